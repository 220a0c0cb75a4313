//! The plugin's file on Windows: a copy of this program, as links need rights that most people lack.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// What becomes of the plugin's file, and what it was before.
pub const PLACED: &str = "copied from";
pub const REPLACED: &str = "it was another one";

/// This program's file, as it was called: a canonical path would begin with `\\?\`, which few programs understand.
pub fn program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// Makes the plugin's file.
pub fn place(program: &Path, file: &Path) -> io::Result<()> {
    fs::copy(program, file).map(|_| ())
}

/// Is the plugin's file this program? Then an update has nothing to do.
pub fn leads_to(file: &Path, program: &Path) -> bool {
    let same_size = matches!((fs::metadata(file), fs::metadata(program)), (Ok(a), Ok(b)) if a.len() == b.len());
    same_size && matches!((fs::read(file), fs::read(program)), (Ok(a), Ok(b)) if a == b)
}

/// May setup have made it?
pub fn is_ours(file: &Metadata) -> bool {
    file.is_symlink() || file.is_file()
}
