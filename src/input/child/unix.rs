//! Commands on Unix: signals, and terminals of their own.

mod forward;
mod terminal;

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::time::Instant;

use forward::{Forwarding, Target};
use nix::unistd::Pid;
use terminal::Terminal;

use super::streams::Streams;
use super::{Running, Told};
use crate::input::stream;

/// The system's error for a file that is no program (ENOEXEC).
pub(super) const NO_PROGRAM: i32 = 8;

/// The program that is meant by a name: the system finds it.
pub(super) fn program(name: &OsStr) -> &OsStr {
    name
}

/// The signal that ended a process.
pub(super) fn signal_of(status: &ExitStatus) -> Option<i32> {
    status.signal()
}

/// What ties this process to a command: signals are passed on, and a terminal of its own may lie between them.
pub(super) struct Ties {
    forwarding: Forwarding,
    terminal: Option<Arc<Terminal>>,
}

impl Ties {
    /// To be made before the command starts.
    pub(super) fn new() -> Self {
        Ties { forwarding: Forwarding::new(), terminal: None }
    }

    /// What told this process to stop.
    pub(super) fn told(&self) -> Told {
        self.forwarding.told()
    }

    /// The command runs.
    pub(super) fn start(&mut self, child: &Child) {
        self.forwarding.start(Target::Child(pid(child)));
    }

    /// To be called when the command has been waited for.
    pub(super) fn ended(&self) -> impl FnOnce() + Send + 'static {
        self.forwarding.ended()
    }

    /// The command's output has been read.
    pub(super) fn read(&self) {
        self.forwarding.read();
        if let Some(terminal) = &self.terminal {
            terminal.give_back();
        }
    }
}

/// Starts a command that has a terminal of its own.
///
/// # Errors
/// There is no terminal, or the command can't be started.
pub(super) fn start_behind(command: Command, words: Vec<String>) -> io::Result<Running> {
    let mut forwarding = Forwarding::new();
    let started = Instant::now();
    let (child, terminal) = Terminal::start(command)?;
    let told = forwarding.told();
    let mut streams = Streams::new(told.clone());
    streams.add(terminal.output()?, stream::stdout().ok());
    terminal.pass_input(told.clone());
    forwarding.start(Target::Behind(pid(&child), Arc::clone(&terminal)));
    streams.wait_for(child, forwarding.ended());
    Ok(Running { streams, words, started, told, ties: Ties { forwarding, terminal: Some(terminal) } })
}

fn pid(child: &Child) -> Pid {
    // The system's own numbers fit.
    Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX))
}
