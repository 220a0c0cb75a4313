//! Runs a command, passes its output through live and unchanged, and hands a copy to the diagnoser.

#[cfg(unix)]
mod unix;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use memchr::memrchr;

use crate::model::Run;
use crate::pieces::Pieces;

/// A descendant that keeps the pipe open after the command ended is waited for only while it prints…
const QUIET: Duration = Duration::from_millis(400);
/// … and not longer than this.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Chunks under way between the readers and the diagnoser: back-pressure instead of growth.
const QUEUE: usize = 16;
/// A stream's unfinished line is handed over at this size.
const LINE: usize = 64 * 1024;

/// Why a command could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ChildFailure {
    /// There is no such program.
    #[error("{0}: command not found")]
    NotFound(String),
    /// It is there but may not be executed or is no program.
    #[error("{0}: can't be executed: {1}")]
    NotExecutable(String, io::Error),
    /// Something else went wrong before it ran.
    #[error("{0}: can't be started: {1}")]
    Other(String, io::Error),
}

impl ChildFailure {
    /// The exit status that a shell gives in this case.
    pub fn exit_code(&self) -> u8 {
        match self {
            ChildFailure::NotFound(_) => 127,
            ChildFailure::NotExecutable(..) => 126,
            ChildFailure::Other(..) => 125,
        }
    }
}

/// How a command ended and with which status its caller must end.
#[derive(Debug)]
pub struct Output {
    /// For the diagnosis.
    pub run: Run,
    /// The command's own exit code; 128+n when a signal ended it.
    pub exit_code: u8,
    /// This process was sent a signal (which it passed on) while the command ran.
    pub interrupted: bool,
}

enum Event {
    Bytes(usize, Vec<u8>),
    Eof,
    Exited(io::Result<ExitStatus>),
}

/// Runs `command`. Standard input is passed on, standard output and error each go to the own stream of this process at
/// once and unchanged; whole lines of both go to `copy`. Signals to this process are passed on to the command.
///
/// # Errors
/// When the command can't be started.
pub fn run(command: &[OsString], mut copy: impl FnMut(&[u8])) -> Result<Output, ChildFailure> {
    let started = Instant::now();
    let (program, arguments) = match command.split_first() {
        Some((program, arguments)) => (program, arguments),
        None => return Err(ChildFailure::NotFound(String::new())),
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| start_failure(program.to_string_lossy().into_owned(), error))?;
    #[cfg(unix)]
    let forwarding = unix::forward_signals(child.id());
    let (sender, events) = mpsc::sync_channel(QUEUE);
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    if let Some(stream) = stdout {
        pass_through(0, stream, io::stdout(), sender.clone());
    }
    if let Some(stream) = stderr {
        pass_through(1, stream, io::stderr(), sender.clone());
    }
    wait_for(child, sender);
    let status = collect(&events, &mut copy);
    let (exit_code, signal) = match &status {
        Ok(status) => (status.code(), signal_of(status)),
        Err(_) => (None, None),
    };
    let own = own_exit_code(exit_code, signal);
    #[cfg(unix)]
    let interrupted = forwarding.seen();
    #[cfg(not(unix))]
    let interrupted = false;
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let command = command.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    Ok(Output { run: Run { command, exit_code, signal, duration_ms }, exit_code: own, interrupted })
}

/// Runs `command` on this process's own standard input, output and error, so that a terminal stays a terminal for it. Signals to
/// this process are passed on to the command.
///
/// # Errors
/// When the command can't be started.
pub fn run_untouched(command: &[OsString], environment: &[(&str, &str)]) -> Result<u8, ChildFailure> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(ChildFailure::NotFound(String::new()));
    };
    let name = || program.to_string_lossy().into_owned();
    let mut child = Command::new(program)
        .args(arguments)
        .envs(environment.iter().copied())
        .spawn()
        .map_err(|error| start_failure(name(), error))?;
    #[cfg(unix)]
    let _forwarding = unix::forward_signals(child.id());
    let status = child.wait().map_err(|error| ChildFailure::Other(name(), error))?;
    Ok(own_exit_code(status.code(), signal_of(&status)))
}

/// The status with which a shell would end after a command.
fn own_exit_code(exit_code: Option<i32>, signal: Option<i32>) -> u8 {
    match (exit_code, signal) {
        (Some(code), _) => u8::try_from(code & 0xff).unwrap_or(1),
        (None, Some(signal)) => u8::try_from(128 + signal).unwrap_or(255),
        (None, None) => 125,
    }
}

fn start_failure(name: String, error: io::Error) -> ChildFailure {
    match error.kind() {
        io::ErrorKind::NotFound => ChildFailure::NotFound(name),
        io::ErrorKind::PermissionDenied => ChildFailure::NotExecutable(name, error),
        // ENOEXEC: a file that is no program; ENOTDIR: a folder of the path is none.
        _ if error.raw_os_error() == Some(8) => ChildFailure::NotExecutable(name, error),
        io::ErrorKind::NotADirectory => ChildFailure::NotFound(name),
        io::ErrorKind::IsADirectory => ChildFailure::NotExecutable(name, error),
        _ => ChildFailure::Other(name, error),
    }
}

/// Copies one stream to ours. When ours is closed the child's is drained all the same, so that the child never blocks.
fn pass_through(
    number: usize,
    mut stream: impl Read + Send + 'static,
    mut ours: impl Write + Send + 'static,
    events: SyncSender<Event>,
) {
    thread::spawn(move || {
        let mut buffer = vec![0u8; 64 * 1024];
        let mut open = true;
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    open = open && ours.write_all(buffer.head(count)).and_then(|()| ours.flush()).is_ok();
                    if events.send(Event::Bytes(number, buffer.head(count).to_vec())).is_err() {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let _ = events.send(Event::Eof);
    });
}

fn wait_for(mut child: Child, events: SyncSender<Event>) {
    thread::spawn(move || {
        let status = child.wait();
        let _ = events.send(Event::Exited(status));
    });
}

/// Hands whole lines to `copy`, so that the two streams never mix inside a line, until the command and its streams have ended.
fn collect(events: &Receiver<Event>, copy: &mut impl FnMut(&[u8])) -> io::Result<ExitStatus> {
    let mut partial = [Vec::new(), Vec::new()];
    let mut open = 2;
    let mut status = None;
    let mut ended_at: Option<Instant> = None;
    loop {
        let event = if let Some(ended_at) = ended_at {
            if ended_at.elapsed() > LAST_WORDS {
                break;
            }
            match events.recv_timeout(QUIET) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        } else {
            match events.recv() {
                Ok(event) => event,
                Err(_) => break,
            }
        };
        match event {
            Event::Exited(ended) => {
                status = Some(ended);
                ended_at = Some(Instant::now());
            }
            Event::Eof => open -= 1,
            Event::Bytes(stream, bytes) => {
                let Some(held) = partial.get_mut(stream) else { continue };
                let end = match memrchr(b'\n', &bytes) {
                    Some(end) => end + 1,
                    None if held.len() + bytes.len() > LINE => bytes.len(),
                    None => 0,
                };
                if end > 0 {
                    held.extend_from_slice(bytes.head(end));
                    copy(held);
                    held.clear();
                }
                held.extend_from_slice(bytes.tail(end));
            }
        }
        if open == 0 && status.is_some() {
            break;
        }
    }
    for held in &partial {
        if !held.is_empty() {
            copy(held);
            if !held.ends_with(b"\n") {
                copy(b"\n");
            }
        }
    }
    status.unwrap_or_else(|| Err(io::Error::other("the command's end was not seen")))
}

#[cfg(unix)]
fn signal_of(status: &ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(status)
}

#[cfg(not(unix))]
fn signal_of(_status: &ExitStatus) -> Option<i32> {
    None
}
