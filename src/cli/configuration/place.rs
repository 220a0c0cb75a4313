//! Where configuration and own signatures lie.

use std::env;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The configuration file of a repository.
const FILE: &str = ".whyfail.toml";
/// The folder of signatures of a repository.
const FOLDER: &str = ".whyfail";
/// A configuration file larger than this is refused unread.
const LARGEST: u64 = 64 * 1024;

/// The root of the repository that the working directory is in.
pub fn repository_root() -> Option<PathBuf> {
    let start = env::current_dir().ok()?;
    start.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_path_buf)
}

/// The nearest thing of this name, from the working directory up to the root of its repository.
fn upward(name: &str, fits: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let start = env::current_dir().ok()?;
    for folder in start.ancestors() {
        let own = folder.join(name);
        if fits(&own) {
            return Some(own);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// `.whyfail.toml` above the working directory, and the root of its repository: its own folder where there is none.
pub fn repository_file() -> Option<(PathBuf, PathBuf)> {
    // Also a link that leads nowhere, and a folder: they are mistakes that somebody wants to know of.
    let path = upward(FILE, |path| path.symlink_metadata().is_ok())?;
    let root = repository_root().or_else(|| path.parent().map(Path::to_path_buf))?;
    Some((path, root))
}

/// `.whyfail` above the working directory, and the root of its repository.
pub fn repository_signatures() -> Option<(PathBuf, PathBuf)> {
    let path = upward(FOLDER, Path::is_dir)?;
    let root = repository_root().or_else(|| path.parent().map(Path::to_path_buf))?;
    Some((path, root))
}

/// Something in the user's configuration folder for whyfail.
fn of_user(name: &str) -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        set("APPDATA")
    } else {
        set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")))
    };
    base.map(|base| base.join("whyfail").join(name))
}

/// `whyfail/signatures` in the user's configuration folder.
pub fn user_folder() -> Option<PathBuf> {
    of_user("signatures").filter(|path| path.is_dir())
}

/// `whyfail/config.toml` in the user's configuration folder.
pub fn user_file() -> Option<PathBuf> {
    of_user("config.toml").filter(|path| path.symlink_metadata().is_ok())
}

/// Does the path lie below `root`, all links followed?
pub fn in_root(path: &Path, root: &Path) -> bool {
    path.canonicalize().is_ok_and(|path| root.canonicalize().is_ok_and(|root| path.starts_with(root)))
}

/// A path as a file in `folder` means it.
pub fn resolved(folder: &Path, path: &str) -> PathBuf {
    match home(path) {
        Some(path) => folder.join(path),
        None => folder.join(path),
    }
}

/// The path with `~/` at its start spelled out; `None` where nobody knows the home folder.
pub fn home(path: &str) -> Option<PathBuf> {
    let Some(rest) = path.strip_prefix("~/") else { return Some(PathBuf::from(path)) };
    let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    env::var_os(variable).filter(|value| !value.is_empty()).map(|home| PathBuf::from(home).join(rest))
}

/// The text of a configuration file.
///
/// # Errors
/// It is no regular file, too large, or not UTF-8; those of the system.
pub fn read(path: &Path) -> io::Result<String> {
    let found = fs::metadata(path)?;
    if !found.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut text = String::new();
    File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("larger than {} KiB", LARGEST / 1024)));
    }
    Ok(text)
}
