//! What Unix knows of a file.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::libc;

/// The file system that a folder is on.
pub fn device(path: &Path) -> Option<u64> {
    fs::symlink_metadata(path).ok().map(|meta| meta.dev())
}

/// May somebody execute it? Unknown where it can't be looked at.
pub fn executable(path: &Path) -> Option<bool> {
    fs::symlink_metadata(path).ok().map(|meta| meta.permissions().mode() & 0o111 != 0)
}

/// Opens a file for reading: no link, and without waiting for a pipe's other end.
pub fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW).open(path)
}
