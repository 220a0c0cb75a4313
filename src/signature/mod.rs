//! The database: what failures whyfail knows, and what it says about them.
//!
//! One TOML file is one signature; `signatures/README.md` describes the format. The files of this module that
//! the build script shares (`vocabulary`, `definition`, `parse`, `lint`, `literal`, `template`, `problem`, `folder`, `packed`, `proof`) refer to
//! each other by `super::` only.

pub(crate) mod common;
mod common_texts;
mod database;
mod definition;
pub mod folder;
pub mod lint;
pub mod literal;
mod packed;
mod parse;
mod problem;
pub mod proof;
pub mod template;
mod vocabulary;

// `parse` finds the readers here as it does in the build script.

pub use database::{Origin, SignatureDb};
pub use definition::{Among, Edit, Example, Extract, Nearest, Pattern, Remedy, Signature, SignatureFile};
pub(crate) use parse::REGEX_SIZE_LIMIT;
pub use parse::{compile, parse};
pub use problem::{Problem, code};
pub use vocabulary::{Class, EditKind, Owner, Retry, Risk, Role};
