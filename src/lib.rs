//! whyfail tells why a build failed: it reads a build's log, ranks the root causes, proves each by a line of the log and says
//! how to mend it.
//!
//! # A worked example
//!
//! A [`SignatureDb`] knows the failures, a [`Matcher`] is made of it once and shared, and each log gets a [`Diagnoser`]. It takes the
//! bytes as they come and ends in a [`Diagnosis`]: plain data, which `serde` writes as the JSON that the program prints.
//!
//! ```
//! use std::sync::Arc;
//! use whyfail::model::{Confidence, Outcome};
//! use whyfail::{Diagnoser, Matcher, SignatureDb};
//!
//! let matcher = Arc::new(Matcher::new(SignatureDb::built_in()));
//!
//! let mut diagnoser = Diagnoser::new(Arc::clone(&matcher)).named("build.log");
//! for chunk in [
//!     "#9 [4/5] RUN go mod download\n",
//!     "#9 0.129 go: example.com/greet@v1.2.0: reading https://proxy.example.org/example.com/gr",
//!     "eet/@v/v1.2.0.mod: 403 Forbidden\n",
//!     "#9 ERROR: process \"/bin/sh -c go mod download\" did not complete successfully: exit code: 1\n",
//! ] {
//!     diagnoser.feed(chunk.as_bytes());
//! }
//! let diagnosis = diagnoser.finish();
//!
//! // The answer is the first cause; `exit code: 1` is only what it led to.
//! assert_eq!(diagnosis.outcome, Outcome::Failed);
//! let cause = &diagnosis.causes[0];
//! assert_eq!(cause.signature, "go/proxy-forbidden");
//! assert_eq!(cause.class.as_str(), "net-forbidden");
//! assert!(cause.confidence >= Confidence::Medium);
//! assert_eq!(cause.captures["host"], "proxy.example.org");
//!
//! // It is proved by a line of the log, in a step of the build.
//! let proof = &cause.evidence[0];
//! assert_eq!(proof.line, 2);
//! assert!(proof.text.ends_with("403 Forbidden"));
//! let step = proof.step.as_deref().and_then(|key| diagnosis.step(key));
//! assert_eq!(step.map(|step| step.name.as_str()), Some("[4/5] RUN go mod download"));
//!
//! // And there is something to do about it.
//! assert!(cause.remedies.iter().any(|remedy| remedy.verified));
//! ```
//!
//! The programs in `examples/` go on from here: they diagnose a file, feed a log as it comes, bring signatures of their own, count the
//! classes of many logs and write reports.
//!
//! # Features
//!
//! | feature | brings |
//! |---|---|
//! | none | the engine: [`Diagnoser`], [`Matcher`], [`SignatureDb`], [`model`]. It is pure (no files, threads, clocks, environment or processes) and compiles to WebAssembly |
//! | `report` | [`report`]: every form of the report |
//! | `signatures` | own signatures out of TOML files: [`signature::folder`], [`check`], [`draft`] |
//! | `cli` (default) | all of these, [`input`] (files, archives, build records, processes) and the command line |
//!
//! # How it is built
//!
//! Data flows one way: [`input`] → [`dialect`] → [`matcher`] → [`diagnosis`] → [`report`], with the database [`signature`] and the
//! structured readers [`extractor`] beside them and `cli` on top. From `dialect` to `report` everything is pure: bytes in, a
//! [`Diagnosis`] out.
//!
//! # What stays as it is
//!
//! Semantic versioning holds for what stands at the root, in [`model`], [`report`], [`signature`], [`check`] and [`draft`]; fields and
//! variants may be added to what is marked non-exhaustive. The other modules are public for the program and its tests, and may
//! change with every release. The JSON form of a report has a version of its own ([`report::SCHEMA_VERSION`]). New signatures, and a
//! better answer to the same log, are no break.

#![deny(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)
)]
#![warn(missing_docs)]

#[cfg(feature = "signatures")]
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
mod diagnoser;
pub mod diagnosis;
pub mod dialect;
#[cfg(feature = "signatures")]
pub mod draft;
pub mod extractor;
mod hashing;
#[cfg(feature = "cli")]
pub mod input;
pub mod matcher;
pub mod model;
mod pieces;
#[cfg(feature = "report")]
pub mod report;
pub mod signature;

pub use diagnoser::{Diagnoser, Marks, Scout};
pub use matcher::Matcher;
pub use model::Diagnosis;
pub use signature::SignatureDb;
