//! Turns any source into chunks of bytes: files, standard input, a child process, records of builds; and reads the project that
//! was built. The only module besides `cli` that touches the world.

pub mod buildx;
mod child;
mod file;
mod project;
pub mod record;
mod verdict_block;

pub use child::{ChildFailure, Output, run, run_untouched};
pub use file::{Refusal, open, refuse};
pub use verdict_block::final_error_block;
pub use project::{ProjectLocation, read_project};

/// Size of the chunks in which a source is read.
pub const CHUNK: usize = 256 * 1024;
