//! Streams on Unix: files that nobody buffers.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

pub type Source = File;
pub type Echo = File;

pub fn stdin() -> io::Result<Source> {
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

pub fn stdout() -> io::Result<Echo> {
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

pub fn stderr() -> io::Result<Echo> {
    Ok(io::stderr().as_fd().try_clone_to_owned()?.into())
}

/// Is it a saved log, which has an end?
pub fn is_file(source: &Source) -> bool {
    source.metadata().is_ok_and(|data| data.is_file())
}
