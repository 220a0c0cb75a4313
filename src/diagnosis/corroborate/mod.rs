//! Holds a diagnosis against the reader's own files: what they confirm is shown as a second kind of evidence.
//!
//! Each check looks at one cause and speaks only where the files themselves show the reason. It adds lines of those files, one sentence
//! and a few points; it never replaces the log's proof, and never makes a cause that the log does not show. Where the Dockerfile at hand
//! is not the one that the log tells of, all checks are silent.

mod contents;
mod go;
mod image;
mod instructions;
mod names;
mod node;
mod scene;
mod scripts;
mod sources;
mod stages;
mod versions;

use super::text;
use crate::model::project::{FileLine, ProjectFacts};
use crate::model::{
    Cause, Confidence, Context, Diagnosis, Evidence, EvidenceSource, Outcome, RankingFactor, Truncation,
};
use scene::Scene;

/// Most findings that one cause is told.
const FINDINGS: usize = 2;
/// Most lines of the project beside one cause.
const LINES: usize = 4;
/// From this score on an answer is sure.
const SURE: i64 = 720;

/// What a check found.
#[derive(Debug, Clone, Default)]
pub(super) struct Finding {
    /// What agrees, in a few words: for `--explain-ranking`.
    pub agrees: &'static str,
    /// Lines of files that show it, each with the file's name as the reader can open it.
    pub lines: Vec<(String, FileLine)>,
    /// What it means, in one or two sentences.
    pub sentence: String,
    /// How much it counts, in per mille.
    pub points: i64,
}

/// A check: silent unless the files show why.
type Check = fn(&Scene<'_>) -> Option<Finding>;

/// The checks, the more telling ones first.
const CHECKS: &[Check] = &[
    sources::copied_source,
    stages::unknown_stage,
    stages::path_in_stage,
    instructions::broken_line,
    instructions::dockerfile_elsewhere,
    go::checksum_file,
    go::local_module,
    go::vendor_folder,
    node::lock_file,
    node::script_name,
    versions::language,
    scripts::line_ends,
    scripts::execute_bit,
    scripts::no_interpreter,
    contents::manifest,
    contents::file_of_a_step,
];

/// Corroborates the causes of a failed build by the project's files, and orders them anew.
pub fn corroborate(diagnosis: &mut Diagnosis, facts: &ProjectFacts) {
    if matches!(diagnosis.outcome, Outcome::Succeeded | Outcome::NoFailure) {
        return;
    }
    let told: Vec<Told> = diagnosis.causes.iter().map(|cause| told(diagnosis, cause, facts)).collect();
    for (cause, told) in diagnosis.causes.iter_mut().zip(told) {
        told.add_to(cause);
    }
    reorder(diagnosis);
}

/// All that is said about one cause.
#[derive(Default)]
struct Told {
    evidence: Vec<Evidence>,
    sentences: Vec<String>,
    factors: Vec<RankingFactor>,
}

fn told(diagnosis: &Diagnosis, cause: &Cause, facts: &ProjectFacts) -> Told {
    let mut told = Told::default();
    let Some(scene) = Scene::new(diagnosis, cause, facts) else { return told };
    let mut lines: Vec<(String, FileLine)> = Vec::new();
    for finding in CHECKS.iter().filter_map(|check| check(&scene)).take(FINDINGS) {
        let reason = format!("the project's files agree: {}", finding.agrees);
        told.factors.push(RankingFactor { reason, points: finding.points });
        told.sentences.push(text::show_value(&finding.sentence));
        lines.extend(finding.lines);
    }
    lines.extend(scene.guilty_line());
    for (file, line) in lines {
        if told.evidence.len() < LINES && !told.evidence.iter().any(|known| same_place(known, &file, line.line)) {
            told.evidence.push(evidence(&file, &line, cause));
        }
    }
    told
}

fn same_place(known: &Evidence, file: &str, line: u64) -> bool {
    known.line == line && known.file.as_deref() == Some(text::show_value(file).as_str())
}

fn evidence(file: &str, line: &FileLine, cause: &Cause) -> Evidence {
    let bytes = line.text.as_bytes();
    let start = bytes.len() - bytes.trim_ascii_start().len();
    let shown = text::show(bytes, (start, bytes.trim_ascii_end().len().max(start)));
    Evidence {
        source: EvidenceSource::Project,
        file: Some(text::show_value(file)),
        line: line.line,
        joined: 1,
        byte: 0,
        column: shown.column,
        end_column: shown.end_column,
        text: shown.text,
        cut: shown.cut,
        masked: shown.masked,
        step: cause.step.clone(),
        context: Context::default(),
    }
}

impl Told {
    fn add_to(self, cause: &mut Cause) {
        cause.evidence.extend(self.evidence);
        if !self.sentences.is_empty() {
            // What is known of this very project goes before what is true in general.
            let mut text = self.sentences.join(" ");
            if !cause.explanation.is_empty() {
                text.push('\n');
                text.push_str(&cause.explanation);
            }
            cause.explanation = text;
        }
        if !self.factors.is_empty() {
            cause.ranking.extend(self.factors);
            cause.score = cause.ranking.iter().map(|factor| factor.points).sum::<i64>().clamp(0, 1000);
        }
    }
}

/// Puts the causes in the order of their scores; equal ones keep theirs.
fn reorder(diagnosis: &mut Diagnosis) {
    let first = diagnosis.causes.first().map(|cause| cause.signature.clone());
    diagnosis.causes.sort_by_key(|cause| std::cmp::Reverse(cause.score));
    let sure = diagnosis.outcome == Outcome::Failed && diagnosis.source.truncated != Truncation::Clipped;
    let best = diagnosis.causes.first().map(|cause| cause.step.clone());
    for (at, cause) in diagnosis.causes.iter_mut().enumerate() {
        cause.rank = u32::try_from(at + 1).unwrap_or(u32::MAX);
        if at > 0 && best.as_ref() == Some(&cause.step) {
            // Behind a better cause of the same place it is only a possibility.
            cause.confidence = cause.confidence.min(Confidence::Medium);
        }
        let agrees = cause.ranking.iter().any(|factor| factor.points > 0 && factor.reason.starts_with("the project's"));
        let broad = cause.ranking.iter().any(|factor| factor.reason == "a broad pattern");
        if at == 0 && sure && agrees && !broad && cause.score >= SURE {
            cause.confidence = Confidence::High;
        }
    }
    if diagnosis.causes.first().map(|cause| &cause.signature) != first.as_ref() {
        diagnosis.fingerprint = diagnosis.causes.first().map(|cause| cause.fingerprint.clone());
    }
}
