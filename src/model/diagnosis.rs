//! The result: what the reports render. Its JSON form is the public contract (`schema/`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::step::Step;
use crate::signature::{Class, EditKind, Owner, Retry, Risk};

/// What became of the build, as far as the log tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The log shows a failure.
    Failed,
    /// The builder itself said that it was good.
    Succeeded,
    /// Nothing points to a failure.
    NoFailure,
    /// The log breaks off while something was running.
    Undetermined,
}

impl Outcome {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Failed => "failed",
            Outcome::Succeeded => "succeeded",
            Outcome::NoFailure => "no_failure",
            Outcome::Undetermined => "undetermined",
        }
    }
}

/// How sure an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A guess worth a look.
    Low,
    /// Likely.
    Medium,
    /// Proved by the log.
    High,
}

impl Confidence {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }

    /// Every word, the least first.
    pub const ALL: [Confidence; 3] = [Confidence::Low, Confidence::Medium, Confidence::High];

    /// The confidence of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Confidence::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// Which end of the log is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Truncation {
    /// It looks whole.
    None,
    /// The start is missing.
    Head,
    /// The end is missing.
    Tail,
    /// Both are.
    Both,
    /// The builder clipped a step's output.
    Clipped,
}

/// How a part of the log got lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum GapKind {
    /// The builder clipped a step's output.
    Clipped,
    /// A CI system or logger dropped lines, by size or by rate.
    Dropped,
    /// The start is missing.
    Head,
    /// The end is missing.
    Tail,
    /// A screen showed only some of the lines.
    Screen,
}

/// A part of the log that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gap {
    /// How it got lost.
    pub kind: GapKind,
    /// The line of the log that says so, or where it breaks off.
    pub line: Option<u64>,
    /// What is missing, in words.
    pub what: String,
    /// How to get it next time.
    pub how: String,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SourceInfo {
    /// The file's name, or `-` for a stream.
    pub name: String,
    /// The member of an archive: its path, or that of a folder of steps with `/*`; of a build record its reference.
    pub part: Option<String>,
    /// Size of the input in bytes.
    pub bytes: u64,
    /// Number of lines.
    pub lines: u64,
    /// `utf-8`, `utf-16le` or `utf-16be`.
    pub encoding: String,
    /// The shapes recognised, outermost first.
    pub dialects: Vec<String>,
    /// Is an end missing?
    pub truncated: Truncation,
}

/// How a wrapped command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The command and its arguments.
    pub command: Vec<String>,
    /// Its exit code; `None` when a signal ended it.
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// How long it ran, in milliseconds.
    pub duration_ms: u64,
}

/// Where a line of evidence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EvidenceSource {
    /// The log.
    Log,
    /// A file of the reader's project.
    Project,
}

/// Lines around a line of evidence, clean and masked like it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The lines before, oldest first.
    pub before: Vec<String>,
    /// The lines after.
    pub after: Vec<String>,
}

/// A line that proves something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evidence {
    /// The log or a file.
    pub source: EvidenceSource,
    /// The file, for `project`.
    pub file: Option<String>,
    /// Line number from 1.
    pub line: u64,
    /// How many physical lines make it.
    pub joined: u32,
    /// Offset of the line in the input, in bytes; 0 for `project`.
    pub byte: u64,
    /// Column of the match in `text`, in characters from 1.
    pub column: u64,
    /// Column after the match.
    pub end_column: u64,
    /// The clean line, safe to print, secrets masked.
    pub text: String,
    /// Only a part of the line is shown.
    pub cut: bool,
    /// A secret was masked.
    pub masked: bool,
    /// Key of the step.
    pub step: Option<String>,
    /// Lines around it.
    pub context: Context,
}

/// A place in a source file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file as the tool named it.
    pub file: String,
    /// Line from 1.
    pub line: Option<u64>,
    /// Column from 1.
    pub column: Option<u64>,
}

/// How often a failure names one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCount {
    /// The file as the tool named it.
    pub file: String,
    /// How many findings.
    pub count: u64,
}

/// A change to a file, with its captures filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FilledEdit {
    /// The file.
    pub file: String,
    /// What happens to it.
    pub kind: EditKind,
    /// The line as it is.
    pub before: Option<String>,
    /// The line as it should be.
    pub after: Option<String>,
}

/// A way to mend the failure, with its captures filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FilledRemedy {
    /// What to do.
    pub title: String,
    /// How far it can do harm.
    pub risk: Risk,
    /// What the risk is.
    pub risk_note: Option<String>,
    /// In which case.
    pub when: Option<String>,
    /// Shell commands, safe to paste.
    pub commands: Vec<String>,
    /// Changes to files.
    pub edits: Vec<FilledEdit>,
    /// Was it executed and did it mend the recorded build?
    pub verified: bool,
    /// With which tool versions.
    pub verified_with: Vec<String>,
}

impl FilledRemedy {
    /// What the reports say of a verified one: `verified with buildkit 0.29, go 1.26`.
    pub fn verification(&self) -> Option<String> {
        let with = if self.verified_with.is_empty() { "" } else { " with " };
        self.verified.then(|| format!("verified{with}{}", self.verified_with.join(", ")))
    }
}

/// One reason for a cause's score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankingFactor {
    /// What counted.
    pub reason: String,
    /// How much, in per mille.
    pub points: i64,
}

/// What a cause brought along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Consequence {
    /// The signature's id.
    pub signature: String,
    /// What it says.
    pub title: String,
    /// Where it stands in the log.
    pub line: u64,
}

/// One thing that a compiler, linter or test runner objects to, as a structured reader took it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Objection {
    /// Where it stands in the log, from 1.
    pub line: u64,
    /// Where in the sources.
    pub place: Option<Place>,
    /// The tool's own number or name for it: `E0308`, `TS2322`, `no-undef`.
    pub code: Option<String>,
    /// The tool's words.
    pub message: Option<String>,
    /// The test that failed.
    pub test: Option<String>,
    /// What should have come, or which type.
    pub expected: Option<String>,
    /// What came.
    pub got: Option<String>,
}

/// A root cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cause {
    /// 1 is the answer.
    pub rank: u32,
    /// The signature's id.
    pub signature: String,
    /// Which database the signature is from.
    pub origin: crate::signature::Origin,
    /// What kind of thing is wrong.
    pub class: Class,
    /// What is wrong, in the reader's words.
    pub title: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// Per mille.
    pub score: i64,
    /// The same for the same failure over runs, builders and tool versions.
    pub fingerprint: String,
    /// Who has to act.
    pub owner: Owner,
    /// Would running it again help?
    pub retry: Retry,
    /// What the signature took from the line.
    pub captures: BTreeMap<String, String>,
    /// Where in the sources.
    pub place: Option<Place>,
    /// How many distinct findings.
    pub count: u64,
    /// The findings by file, first one first.
    pub files: Vec<FileCount>,
    /// The first findings one by one, where a structured reader took them.
    #[serde(default)]
    pub objections: Vec<Objection>,
    /// The links of the first line of evidence, outermost first, where it is a chain of errors that wrap each other.
    #[serde(default)]
    pub chain: Vec<String>,
    /// Key of the step.
    pub step: Option<String>,
    /// The lines that prove it, the first one first.
    pub evidence: Vec<Evidence>,
    /// Why this happens.
    pub explanation: String,
    /// How not to meet it again.
    pub prevention: Option<String>,
    /// Safest first.
    pub remedies: Vec<FilledRemedy>,
    /// Ids of what it brought along.
    pub led_to: Vec<String>,
    /// The same with their words and lines.
    pub consequences: Vec<Consequence>,
    /// Addresses of documentation.
    pub references: Vec<String>,
    /// Why it has its score.
    pub ranking: Vec<RankingFactor>,
}

/// A line that only shows that something failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Symptom {
    /// The signature's id.
    pub signature: String,
    /// What it says.
    pub title: String,
    /// The lines.
    pub evidence: Vec<Evidence>,
}

/// A line worth reading when no signature explains the failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Suspicious {
    /// Per mille.
    pub score: i64,
    /// The last link of the line, where it is a chain of errors that wrap each other.
    #[serde(default)]
    pub innermost: Option<String>,
    /// The line.
    pub evidence: Evidence,
}

/// Something to improve in a build that did not fail because of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Advice {
    /// The signature's id.
    pub signature: String,
    /// What to improve.
    pub title: String,
    /// The lines.
    pub evidence: Vec<Evidence>,
    /// Why.
    pub explanation: String,
}

/// Why one build failed: the whole answer for one log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// What was read.
    pub source: SourceInfo,
    /// How the wrapped command ended.
    pub run: Option<Run>,
    /// What became of the build.
    pub outcome: Outcome,
    /// What the exit code of the failing step stands for, in words.
    pub exit_code_meaning: Option<String>,
    /// Key of the step that failed first, or that ran last where the log breaks off.
    pub failing_step: Option<String>,
    /// Every step that something here refers to.
    pub steps: Vec<Step>,
    /// Root causes, best first.
    pub causes: Vec<Cause>,
    /// How many more there are that the reader did not ask to see: see [`Selection`](crate::report::Selection).
    #[serde(default)]
    pub causes_left_out: u64,
    /// What only shows that something failed.
    pub symptoms: Vec<Symptom>,
    /// Lines worth reading where nothing matched, or the first cause is a guess.
    pub suspicious: Vec<Suspicious>,
    /// Things to improve.
    pub advice: Vec<Advice>,
    /// What of the log is missing.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// The same for the same failure; `None` where nothing failed.
    pub fingerprint: Option<String>,
}

impl Diagnosis {
    /// The step with this key.
    pub fn step(&self, key: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.key == key)
    }
}
