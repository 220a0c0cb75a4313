//! Runs a command, passes its output through live and unchanged, and hands a copy to the diagnoser.

mod streams;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Instant;

use crate::input::stream;
use crate::model::Run;
use streams::Streams;
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

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
    /// The command's own exit code; 128+n when a signal ended it. More than a byte on Windows only.
    pub exit_code: i32,
    /// The signal by which this process was told to stop meanwhile; it passed it on.
    pub told: Option<i32>,
    /// Streams of this process that could not be written, though somebody may read them, and why.
    pub lost: Vec<(&'static str, io::Error)>,
}

/// Our streams, in the order in which a command's are added.
const STREAMS: [&str; 2] = ["standard output", "standard error"];

/// What told this process to stop, if anything did.
#[derive(Debug, Clone, Default)]
struct Told {
    signal: Arc<AtomicI32>,
    /// Typed at the command's terminal: this process learns of it only by reading the keys.
    typed: Arc<AtomicI32>,
}

impl Told {
    fn set(&self, signal: i32) {
        self.signal.store(signal, Ordering::SeqCst);
    }

    #[cfg_attr(windows, expect(dead_code, reason = "no command has a terminal of its own there"))]
    fn typed(&self, signal: i32) {
        self.typed.store(signal, Ordering::SeqCst);
    }

    fn is_some(&self) -> bool {
        self.signal.load(Ordering::SeqCst) != 0
    }

    /// The signal, where the command ended with this exit code. What was typed counts if the command ended of it.
    fn signal(&self, exit_code: i32) -> Option<i32> {
        let typed = Some(self.typed.load(Ordering::SeqCst)).filter(|typed| exit_code == 128 + typed);
        Some(self.signal.load(Ordering::SeqCst)).filter(|signal| *signal != 0).or(typed.filter(|typed| *typed != 0))
    }
}

/// A command that runs. Reading gives what it prints, standard output and error in one, in whole lines; each goes to the own stream of this
/// process at once and unchanged, whether it is read or not.
pub struct Running {
    streams: Streams,
    words: Vec<String>,
    started: Instant,
    told: Told,
    ties: system::Ties,
}

/// Starts `command`. Standard input is passed on. Signals to this process are passed on to the command. With `terminal` it gets a terminal
/// of its own, on which standard output and error are one.
///
/// # Errors
/// When the command can't be started.
pub fn start(words: &[OsString], terminal: bool) -> Result<Running, ChildFailure> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(ChildFailure::NotFound(String::new()));
    };
    let mut command = Command::new(system::program(program));
    command.args(arguments);
    let failed = |error| start_failure(program, error);
    let words = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    if terminal { system::start_behind(command, words) } else { start_beside(command, words) }.map_err(failed)
}

/// The command has our standard input and pipes for what it prints.
fn start_beside(mut command: Command, words: Vec<String>) -> io::Result<Running> {
    command.stdin(Stdio::inherit()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut ties = system::Ties::new();
    let started = Instant::now();
    let mut child = command.spawn()?;
    let told = ties.told();
    let mut streams = Streams::new(told.clone());
    if let Some(stream) = child.stdout.take() {
        streams.add(stream, stream::stdout().ok());
    }
    if let Some(stream) = child.stderr.take() {
        streams.add(stream, stream::stderr().ok());
    }
    ties.start(&child);
    streams.wait_for(child, ties.ended());
    Ok(Running { streams, words, started, told, ties })
}

impl Read for Running {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.streams.read(room)
    }
}

impl Running {
    /// To be called when all has been read.
    pub fn end(self) -> Output {
        self.ties.read();
        let ended = self.streams.ended();
        let (code, signal) = match &ended.status {
            Ok(status) => (status.code(), system::signal_of(status)),
            Err(_) => (None, None),
        };
        let exit_code = own_exit_code(code, signal);
        let duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let lost =
            ended.lost.into_iter().map(|(number, error)| (STREAMS.get(number).copied().unwrap_or("output"), error));
        Output {
            run: Run { command: self.words, exit_code: code, signal, duration_ms },
            exit_code,
            told: self.told.signal(exit_code),
            lost: lost.collect(),
        }
    }
}

/// Runs `command` on this process's own standard input, output and error, so that a terminal stays a terminal for it. Signals to
/// this process are passed on to the command.
///
/// # Errors
/// When the command can't be started.
pub fn run_untouched(command: &[OsString], environment: &[(&str, &str)]) -> Result<i32, ChildFailure> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(ChildFailure::NotFound(String::new()));
    };
    let mut command = Command::new(system::program(program));
    command.args(arguments).envs(environment.iter().copied());
    let mut ties = system::Ties::new();
    let mut child = command.spawn().map_err(|error| start_failure(program, error))?;
    ties.start(&child);
    let status = child.wait();
    ties.read();
    let status = status.map_err(|error| ChildFailure::Other(program.to_string_lossy().into_owned(), error))?;
    Ok(own_exit_code(status.code(), system::signal_of(&status)))
}

/// The status with which a shell would end after a command.
fn own_exit_code(exit_code: Option<i32>, signal: Option<i32>) -> i32 {
    match (exit_code, signal) {
        (Some(code), _) => code,
        (None, Some(signal)) => 128 + signal,
        (None, None) => 125,
    }
}

fn start_failure(program: &OsStr, error: io::Error) -> ChildFailure {
    let name = program.to_string_lossy().into_owned();
    match error.kind() {
        io::ErrorKind::NotFound if is_there(program) => {
            let error = io::Error::new(error.kind(), "the interpreter that it names is missing");
            ChildFailure::NotExecutable(name, error)
        }
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ChildFailure::NotFound(name),
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::ExecutableFileBusy
        | io::ErrorKind::ArgumentListTooLong => ChildFailure::NotExecutable(name, error),
        _ if error.raw_os_error() == Some(system::NO_PROGRAM) => ChildFailure::NotExecutable(name, error),
        _ => ChildFailure::Other(name, error),
    }
}

/// Is there a file of that name, where the system would look for it?
fn is_there(program: &OsStr) -> bool {
    let path = Path::new(program);
    if path.components().count() > 1 {
        return path.is_file();
    }
    std::env::var_os("PATH").is_some_and(|folders| {
        std::env::split_paths(&folders).any(|folder| !program.is_empty() && folder.join(path).is_file())
    })
}
