//! A step of a build.

use serde::{Deserialize, Serialize};

/// A handle to a step of this log.
pub type StepRef = u32;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepOutcome {
    /// It ran and was good.
    Done,
    /// Its result was taken from the cache.
    Cached,
    /// It failed.
    Failed,
    /// It was stopped because something else failed.
    Canceled,
    /// The log does not say that it ended.
    Running,
}

/// What a step is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Reading the Dockerfile, the context, image names.
    Load,
    /// An instruction of the Dockerfile.
    Build,
    /// Writing the image.
    Export,
    /// Writing the build cache.
    CacheExport,
    /// Sending the image to a registry.
    Push,
    /// A program that runs outside any builder.
    Run,
}

/// A step of a build, as far as the log tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Unique in the log: `<build>:<id>`.
    pub key: String,
    /// The builder's own number or name for it.
    pub id: String,
    /// Which build of the log, counted from 1.
    pub build: u32,
    /// The title, as the builder shows it.
    pub name: String,
    /// The build stage.
    pub stage: Option<String>,
    /// The bake or compose target.
    pub target: Option<String>,
    /// What it is for.
    pub phase: Phase,
    /// How it ended.
    pub outcome: StepOutcome,
    /// The command of a `RUN`, or the whole instruction.
    pub command: Option<String>,
    /// Which part of an `a && b` chain failed, where the log tells.
    pub failed_part: Option<String>,
    /// The Dockerfile.
    pub file: Option<String>,
    /// Line in the Dockerfile, from 1.
    pub file_line: Option<u64>,
    /// The exit code of the command.
    pub exit_code: Option<i64>,
    /// Where the step's title stands in the log.
    pub line: u64,
}

impl Step {
    /// Did it end well?
    pub fn ended_well(&self) -> bool {
        matches!(self.outcome, StepOutcome::Done | StepOutcome::Cached)
    }
}
