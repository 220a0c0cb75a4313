//! Turns any source into chunks of bytes: files, standard input, a child process; and reads the reader's project. The only module besides `cli` that
//! touches the world.

mod child;
mod file;
mod project;

pub use child::{ChildFailure, Output, run};
pub use file::{Refusal, open, refuse};
pub use project::{ProjectLocation, read_project};

/// Size of the chunks in which a source is read.
pub const CHUNK: usize = 256 * 1024;
