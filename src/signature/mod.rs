//! The database: what failures whyfail knows, and what it says about them.
//!
//! One TOML file is one signature; `signatures/README.md` describes the format. The files of this module that
//! the build script shares (`vocabulary`, `definition`, `expression`, `parse`, `lint`, `literal`, `template`, `problem`, `folder`, `packed`, `prose`,
//! `proof`, `scenario`) refer to each other by `super::` only. What reads TOML needs the feature `signatures`.

pub(crate) mod common;
#[cfg(feature = "signatures")]
mod common_texts;
mod database;
mod definition;
mod expression;
#[cfg(feature = "signatures")]
pub mod folder;
#[cfg(feature = "signatures")]
pub mod lint;
pub mod literal;
mod packed;
mod prose;
// `parse` finds the readers here as it does in the build script.
#[cfg(feature = "signatures")]
mod parse;
#[cfg(feature = "signatures")]
mod problem;
#[cfg(feature = "signatures")]
pub mod proof;
#[cfg(feature = "signatures")]
pub mod scenario;
pub mod template;
mod vocabulary;

pub use database::{Origin, SignatureDb};
pub use definition::{Among, Edit, Example, Extract, Nearest, Pattern, Remedy, Signature, SignatureFile};
pub use expression::compile;
pub(crate) use expression::{REGEX_SIZE_LIMIT, parsed};
#[cfg(feature = "signatures")]
pub use parse::parse;
#[cfg(feature = "signatures")]
pub use problem::{Problem, code};
pub use prose::Prose;
pub use vocabulary::{Class, EditKind, Owner, Retry, Risk, Role};
