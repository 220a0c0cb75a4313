//! Streams where nothing special is known of pipes.

use std::io::{self, Write};

#[cfg(unix)]
pub type Source = std::fs::File;
#[cfg(not(unix))]
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

#[cfg(unix)]
pub fn stdin() -> io::Result<Source> {
    use std::os::fd::AsFd;
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

#[cfg(not(unix))]
pub fn stdin() -> io::Result<Source> {
    Ok(io::stdin())
}

pub fn stdout() -> io::Result<Echo> {
    Ok(Echo::Stdout(io::stdout()))
}

pub fn stderr() -> io::Result<Echo> {
    Ok(Echo::Stderr(io::stderr()))
}

pub fn duplicate(_: &Source, _: &Echo, _: usize) -> Option<io::Result<usize>> {
    None
}

pub fn enlarge<T>(_: &T) {}

#[cfg(unix)]
pub fn is_file(source: &Source) -> bool {
    source.metadata().is_ok_and(|data| data.is_file())
}

#[cfg(not(unix))]
pub fn is_file(_: &Source) -> bool {
    false
}
