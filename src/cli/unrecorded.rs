//! Remembers when a build last failed without a record in BuildKit's history, so that `whyfail last` does not show an older one.
//!
//! Docker's hook and the plugin see such failures; nobody else does. The note is a time in milliseconds, nothing more.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// `whyfail/unrecorded-build` in the user's folder for such things.
fn file() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else {
        set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")))
    };
    base.map(|base| base.join("whyfail").join("unrecorded-build"))
}

/// Notes that it happened now. Where it can't be noted nothing is lost but a hint.
pub fn note() {
    let Some(file) = file() else { return };
    let Ok(now) = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) else { return };
    if let Some(folder) = file.parent() {
        let _ = fs::create_dir_all(folder);
    }
    let _ = fs::write(file, format!("{}\n", now.as_millis()));
}

/// When it last happened.
pub fn when() -> Option<SystemTime> {
    let text = fs::read_to_string(file()?).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(text.trim().parse().ok()?))
}
