//! What Windows knows of a file: there is no bit for executable files, and a folder's volume is not asked for.

use std::fs::File;
use std::io;
use std::path::Path;

/// Not known.
pub fn device(_: &Path) -> Option<u64> {
    None
}

/// Not known.
pub fn executable(_: &Path) -> Option<bool> {
    None
}

/// Opens a file for reading.
pub fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}
