//! Commands on Windows: scripts as programs, and Ctrl-C.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{self, Child, Command, ExitStatus};
use std::sync::{Mutex, PoisonError};

use super::{Running, Told};

/// The system's error for a file that is no program (ERROR_BAD_EXE_FORMAT).
pub(super) const NO_PROGRAM: i32 = 193;
/// The exit code of a process that Ctrl-C ended (STATUS_CONTROL_C_EXIT).
const CONTROL_C: i32 = 0xC000_013A_u32.cast_signed();
/// Ctrl-C, as the C library calls it here, too.
const SIGINT: i32 = 2;

/// The program that is meant by a name. The system only knows `.exe`, but many tools are scripts here (`npm.cmd`), and people
/// leave the ending away: it is looked for on PATH with the endings of PATHEXT, as a command prompt does.
pub(super) fn program(name: &OsStr) -> OsString {
    if Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("exe")) {
        return name.to_owned();
    }
    which::which(name).map_or_else(|_| name.to_owned(), Into::into)
}

/// No process is ended by a signal here.
pub(super) fn signal_of(_: &ExitStatus) -> Option<i32> {
    None
}

/// There is one, but nothing here that could use it.
///
/// # Errors
/// Always.
pub(super) fn start_behind(_: Command, _: Vec<String>) -> io::Result<Running> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "--pty needs a terminal of Unix; leave it away on Windows"))
}

/// Who is to learn of Ctrl-C while a command runs. Without anybody it ends this process.
static LISTENER: Mutex<Option<Told>> = Mutex::new(None);

/// What ties this process to a command: Ctrl-C, which the console sends to both, is the command's own affair.
pub(super) struct Ties {
    told: Told,
}

impl Ties {
    /// To be made before the command starts: from now on this process outlives Ctrl-C and Ctrl-Break.
    pub(super) fn new() -> Self {
        let told = Told::default();
        listen(Some(told.clone()));
        // It can be set once; the second time it is there already.
        let _ = ctrlc::try_set_handler(|| match &*LISTENER.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(told) => told.set(SIGINT),
            None => process::exit(CONTROL_C),
        });
        Ties { told }
    }

    /// What told this process to stop.
    pub(super) fn told(&self) -> Told {
        self.told.clone()
    }

    /// The command runs. There is nothing to pass on.
    pub(super) fn start(&mut self, _: &Child) {}

    /// To be called when the command has been waited for.
    pub(super) fn ended(&self) -> impl FnOnce() + Send + 'static {
        || ()
    }

    /// The command's output has been read: who presses Ctrl-C now does not want the report.
    pub(super) fn read(&self) {
        listen(None);
    }
}

fn listen(told: Option<Told>) {
    *LISTENER.lock().unwrap_or_else(PoisonError::into_inner) = told;
}
