//! The shared nouns: what the modules hand to each other and what a [`Diagnosis`] holds.

mod diagnosis;
mod line;
pub mod project;
mod step;

pub use diagnosis::{
    Advice, Cause, Confidence, Consequence, Context, Diagnosis, Evidence, EvidenceSource, FileCount, FilledEdit,
    FilledRemedy, Gap, GapKind, Objection, Outcome, Place, RankingFactor, Run, SourceInfo, Suspicious, Symptom,
    Truncation,
};
pub(crate) use line::{LineMarks, Mark};
pub use line::{LineRole, LogLine};
pub use project::ProjectFacts;
pub use step::{Phase, Step, StepOutcome, StepRef};
