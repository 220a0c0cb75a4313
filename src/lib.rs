//! whyfail tells why a build failed: it reads a build's log, ranks the root causes, proves each by a line of the log and says
//! how to mend it.
//!
//! Data flows one way: [`input`] → [`dialect`] → [`matcher`] → [`diagnosis`] → [`report`], with the database [`signature`] and the
//! structured readers [`extractor`] beside them and `cli` on top. From `dialect` to `report` everything is pure: bytes in, a [`Diagnosis`] out. Start at [`Diagnoser`].

#![deny(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)
)]
#![warn(missing_docs)]

pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
mod diagnoser;
pub mod diagnosis;
pub mod dialect;
pub mod draft;
pub mod extractor;
#[cfg(feature = "cli")]
pub mod input;
pub mod matcher;
pub mod model;
mod pieces;
pub mod report;
pub mod signature;

pub use diagnoser::{Diagnoser, Marks};
pub use matcher::Matcher;
pub use model::Diagnosis;
pub use signature::SignatureDb;
