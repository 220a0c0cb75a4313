//! Turns any source into chunks of bytes: files, standard input, archives, a child process, records of builds; and reads the
//! project that was built. The only module besides `cli` that touches the world.

pub mod archive;
pub mod buildx;
mod child;
mod file;
mod magic;
mod patient;
mod project;
pub mod record;
mod relay;
mod stop;
pub mod stream;
mod verdict_block;

pub use child::{ChildFailure, Output, Running, run_untouched, start};
pub use file::{Opened, Refusal, open, refuse};
pub use magic::Magic;
pub use patient::Patient;
pub use project::{ProjectLocation, read_project};
pub use relay::{read, relay};
pub use stop::end_by;
pub use verdict_block::final_error_block;

/// Size of the chunks in which a source is read.
pub const CHUNK: usize = 256 * 1024;
