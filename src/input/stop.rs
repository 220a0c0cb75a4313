//! What tells this process to stop.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use unix::{STOP, Watch, end_by, not_ignored};
#[cfg(windows)]
pub use windows::{Watch, end_by};
