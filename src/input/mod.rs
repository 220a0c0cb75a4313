//! Turns any source into chunks of bytes: files, standard input, a child process. The only module besides `cli` that
//! touches the world.

mod child;
mod file;

pub use child::{ChildFailure, Output, run};
pub use file::{Refusal, open, refuse};

/// Size of the chunks in which a source is read.
pub const CHUNK: usize = 256 * 1024;
