//! Pipes where nothing special is known of them.

use std::io;

/// Bytes are passed on by reading and writing.
pub fn duplicate<S, E>(_: &S, _: &E, _: usize) -> Option<io::Result<usize>> {
    None
}

/// They keep their size.
pub fn enlarge<T>(_: &T) {}
