//! What tells a process to end on Windows: Ctrl-C ends it, without asking.

use std::io;

/// There are no such signals: the exit status has to tell.
pub fn end_by(_: i32) {}

/// Watches for nothing.
pub struct Watch;

impl Watch {
    /// # Errors
    /// None.
    pub fn new() -> io::Result<Self> {
        Ok(Watch)
    }

    /// Nothing came.
    pub fn told(&self) -> Option<i32> {
        None
    }

    /// Reading waits by itself.
    pub fn wait<T>(&mut self, _: T) -> bool {
        true
    }
}
