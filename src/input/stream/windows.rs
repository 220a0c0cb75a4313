//! Streams on Windows: those of the standard library, which translates for consoles.

use std::io::{self, Write};

pub type Source = io::Stdin;

pub enum Echo {
    Stdout(io::Stdout),
    Stderr(io::Stderr),
}

impl Write for Echo {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Echo::Stdout(out) => out.write(bytes),
            Echo::Stderr(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Echo::Stdout(out) => out.flush(),
            Echo::Stderr(out) => out.flush(),
        }
    }
}

pub fn stdin() -> io::Result<Source> {
    Ok(io::stdin())
}

pub fn stdout() -> io::Result<Echo> {
    Ok(Echo::Stdout(io::stdout()))
}

pub fn stderr() -> io::Result<Echo> {
    Ok(Echo::Stderr(io::stderr()))
}

/// Is it a saved log, which has an end? Not known.
pub fn is_file(_: &Source) -> bool {
    false
}
