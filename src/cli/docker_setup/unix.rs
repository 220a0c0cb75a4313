//! The plugin's file on Unix: a link to this program.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix;
use std::path::{Path, PathBuf};

/// What becomes of the plugin's file, and what it was before.
pub const PLACED: &str = "linked to";
pub const REPLACED: &str = "it led elsewhere";

/// This program's file.
pub fn program() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(fs::canonicalize(&program).unwrap_or(program))
}

/// Makes the plugin's file.
pub fn place(program: &Path, file: &Path) -> io::Result<()> {
    unix::fs::symlink(program, file)
}

/// Is the plugin's file this program?
pub fn leads_to(file: &Path, program: &Path) -> bool {
    fs::canonicalize(file).is_ok_and(|target| target == program)
}

/// May setup have made it? What is no link was packaged, or put there by hand.
pub fn is_ours(file: &Metadata) -> bool {
    file.is_symlink()
}
