//! A terminal for the command: what it prints is read from the other side, what is typed here is passed on to it.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use nix::sys::termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::{getpgrp, tcgetpgrp};
use pty_process::blocking::Pty;
use signal_hook::consts::SIGINT;

use super::Told;
use crate::input::{patient, stream};

/// Rows and columns where nothing tells: wide, because what a tool cuts to fit is lost for the diagnosis, too.
const SIZE: (u16, u16) = (40, 160);
/// The type of terminal where the environment names none: what every system knows.
const TERM: &str = "xterm";

/// The terminal's side that is not the command's.
pub(in crate::input::child) struct Terminal {
    pty: Pty,
    /// The terminal that we are at ourselves, and its modes.
    ours: Mutex<Option<Ours>>,
}

/// What has to be put back.
struct Ours {
    terminal: OwnedFd,
    before: Termios,
    raw: Termios,
}

impl Terminal {
    /// Starts a command in a new terminal, which is the controlling one of a session of its own.
    ///
    /// # Errors
    /// There is no terminal, or the command can't be started.
    pub(in crate::input::child) fn start(command: Command) -> io::Result<(Child, Arc<Terminal>)> {
        let (pty, other) = pty_process::blocking::open().map_err(into_io)?;
        let ours = Ours::take_over();
        if ours.is_none() {
            // What comes through a pipe is no typing, and need not be shown.
            let mut modes = tcgetattr(&pty)?;
            modes.local_flags.remove(LocalFlags::ECHO);
            tcsetattr(&pty, SetArg::TCSANOW, &modes)?;
        }
        let terminal = Terminal { pty, ours: Mutex::new(ours) };
        terminal.follow_size();
        let mut command = pty_process::blocking::Command::from(command);
        if std::env::var_os("TERM").is_none_or(|name| name.is_empty()) {
            command = command.env("TERM", TERM);
        }
        let child = command.spawn(other).map_err(into_io)?;
        Ok((child, Arc::new(terminal)))
    }

    /// What the command prints.
    ///
    /// # Errors
    /// This process has too many open files.
    pub(in crate::input::child) fn output(&self) -> io::Result<File> {
        Ok(self.pty.as_fd().try_clone_to_owned()?.into())
    }

    /// Passes standard input on. Typed Ctrl-C reaches the command through its terminal; `told` learns of it.
    pub(in crate::input::child) fn pass_input(self: &Arc<Self>, told: Told) {
        let typed = self.ours.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if !typed && io::stdin().is_terminal() {
            // Somebody else has the terminal: this process runs in the background, and would be stopped.
            return;
        }
        let terminal = Arc::clone(self);
        thread::spawn(move || {
            let Ok(mut source) = stream::stdin(false) else { return };
            let mut room = vec![0u8; 16 * 1024];
            let mut last = b'\n';
            while let Ok(count) = patient::read(&mut source, &mut room) {
                let bytes = room.get(..count).unwrap_or_default();
                let Some(end) = bytes.last() else { break };
                last = *end;
                if typed && bytes.contains(&terminal.key(SpecialCharacterIndices::VINTR)) {
                    told.typed(SIGINT);
                }
                if patient::write_all(&mut &terminal.pty, bytes).is_err() {
                    return;
                }
            }
            // The end of the input is a key. In the middle of a line it only sends off what there is.
            let end = [terminal.key(SpecialCharacterIndices::VEOF)].repeat(if last == b'\n' { 1 } else { 2 });
            let _ = patient::write_all(&mut &terminal.pty, &end);
        });
    }

    /// What this key is on the command's terminal.
    fn key(&self, key: SpecialCharacterIndices) -> u8 {
        let default = if key == SpecialCharacterIndices::VINTR { 3 } else { 4 };
        tcgetattr(&self.pty).ok().and_then(|modes| modes.control_chars.get(key as usize).copied()).unwrap_or(default)
    }

    /// Gives the command's terminal the size of ours; whoever is in front there is told.
    pub(in crate::input::child) fn follow_size(&self) {
        let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse().ok());
        let (rows, columns) = match terminal_size::terminal_size() {
            Some((columns, rows)) => (rows.0, columns.0),
            None => (number("LINES").unwrap_or(SIZE.0), number("COLUMNS").unwrap_or(SIZE.1)),
        };
        // A terminal that keeps its old size is still a terminal.
        let _ = self.pty.resize(pty_process::Size::new(rows, columns));
    }

    /// We were stopped, and the shell has put its own modes in place.
    pub(in crate::input::child) fn take_over_again(&self) {
        if let Some(ours) = &*self.ours.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = tcsetattr(&ours.terminal, SetArg::TCSANOW, &ours.raw);
        }
        self.follow_size();
    }

    /// Puts our own terminal back as it was.
    pub(in crate::input::child) fn give_back(&self) {
        if let Some(ours) = self.ours.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = tcsetattr(&ours.terminal, SetArg::TCSADRAIN, &ours.before);
        }
    }
}

impl Ours {
    /// From now on each key goes to the command, whose terminal knows what it means. Nothing where standard input is no terminal, or
    /// another process is in front.
    fn take_over() -> Option<Ours> {
        let stdin = io::stdin();
        if tcgetpgrp(stdin.as_fd()).ok()? != getpgrp() {
            return None;
        }
        let terminal = stdin.as_fd().try_clone_to_owned().ok()?;
        let before = tcgetattr(&terminal).ok()?;
        let mut raw = before.clone();
        cfmakeraw(&mut raw);
        tcsetattr(&terminal, SetArg::TCSANOW, &raw).ok()?;
        Some(Ours { terminal, before, raw })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.give_back();
    }
}

fn into_io(error: pty_process::Error) -> io::Error {
    match error {
        pty_process::Error::Io(error) => error,
        pty_process::Error::Rustix(error) => error.into(),
    }
}
