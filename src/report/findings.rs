//! What a report has to say, one finding after the other, for formats that are lists of findings.

use super::github::of_edit;
use super::location::{self, Location};
use super::summary::{self, Page};
use super::{counted, details, left_out, missing, of_step, unexplained, verdict};
use crate::Diagnosis;
use crate::diagnosis::fingerprint_of;
use crate::model::{Advice, Cause, Confidence, Evidence, Objection, Outcome};

/// The rule of a failure that no signature explains.
pub(super) const UNEXPLAINED: &str = "whyfail/unexplained";
/// The rule of a log that ends while something was running.
pub(super) const BREAKS_OFF: &str = "whyfail/breaks-off";

/// What a finding is to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Something to improve; no failure.
    Advice,
    /// No verdict: the log breaks off.
    Undetermined,
    /// A cause behind the first.
    Further(Confidence),
    /// One more thing that the same tool objects to for the same reason.
    More(Confidence),
    /// It failed, and nothing explains why.
    Unexplained,
    /// The answer.
    First(Confidence),
}

/// One finding.
pub(super) struct Finding<'d> {
    pub diagnosis: &'d Diagnosis,
    /// The signature's id, [`UNEXPLAINED`] or [`BREAKS_OFF`].
    pub rule: &'d str,
    pub weight: Weight,
    pub location: Location,
    /// The same for the same finding over runs.
    pub fingerprint: String,
    /// What is wrong, in one line.
    pub title: String,
    /// The rest of it: proof, verdict, first remedy.
    pub lines: Vec<String>,
    /// The lines that prove it.
    pub evidence: &'d [Evidence],
    /// The cause, where there is one.
    pub cause: Option<&'d Cause>,
}

/// The findings, the weightiest first; of those that weigh the same in the order of the logs. A failure that several logs share is
/// one finding.
pub(super) fn of(diagnoses: &[Diagnosis]) -> Vec<Finding<'_>> {
    let (summary, alone) = summary::pages(diagnoses);
    let mut all = Vec::new();
    for page in summary.into_iter().flat_map(|summary| summary.reasons).chain(alone) {
        of_page(&page, &mut all);
    }
    all.sort_by_key(|finding| std::cmp::Reverse(finding.weight));
    all
}

fn of_page<'d>(page: &Page<'d>, all: &mut Vec<Finding<'d>>) {
    let diagnosis = page.diagnosis;
    let start = all.len();
    match diagnosis.outcome {
        Outcome::Succeeded | Outcome::NoFailure => {}
        outcome if diagnosis.causes.is_empty() => all.push(without_cause(diagnosis, outcome)),
        outcome => {
            for cause in &diagnosis.causes {
                all.push(of_cause(diagnosis, cause, outcome));
                let more = cause.objections.iter().skip(1);
                all.extend(more.filter_map(|objection| of_objection(diagnosis, cause, objection, outcome)));
            }
        }
    }
    if let Some(first) = all.get_mut(start) {
        if !page.others.is_empty() {
            let count = page.others.len() as u64;
            first.lines.push(format!("Also in {}.", counted(count, "other log")));
        }
        let said = diagnosis.causes.is_empty();
        first.lines.extend(left_out(diagnosis).filter(|_| !said).map(|text| format!("… and {text}.")));
        first.lines.extend(diagnosis.gaps.iter().map(|gap| format!("Missing: {}", missing(gap))));
    }
    all.extend(diagnosis.advice.iter().map(|advice| of_advice(diagnosis, advice)));
}

fn weight(cause: &Cause, outcome: Outcome) -> Weight {
    match outcome {
        Outcome::Undetermined => Weight::Undetermined,
        _ if cause.rank == 1 => Weight::First(cause.confidence),
        _ => Weight::Further(cause.confidence),
    }
}

fn of_cause<'d>(diagnosis: &'d Diagnosis, cause: &'d Cause, outcome: Outcome) -> Finding<'d> {
    let mut lines: Vec<String> = cause.evidence.iter().take(1).map(proof).collect();
    lines.extend(details(cause));
    if let Some(step) = cause.step.as_ref().and_then(|key| diagnosis.step(key)) {
        lines.push(format!("In step {}", of_step(step)));
    }
    if cause.count > 1 {
        lines.push(format!("{} in all.", counted(cause.count, "finding")));
    }
    lines.push(format!("{}.", capitalised(&verdict(cause).join(", "))));
    if let Some(remedy) = cause.remedies.first() {
        let mark = if remedy.verified { "Fix (verified)" } else { "Fix" };
        lines.push(format!("{mark}: {}", remedy.title.replace('\n', " ")));
        lines.extend(remedy.edits.iter().flat_map(of_edit).map(|line| format!("  {line}")));
        lines.extend(remedy.commands.iter().flat_map(|command| command.lines()).map(|line| format!("  $ {line}")));
    }
    Finding {
        diagnosis,
        rule: &cause.signature,
        weight: weight(cause, outcome),
        location: location::of_cause(diagnosis, cause),
        fingerprint: cause.fingerprint.clone(),
        title: cause.title.clone(),
        lines,
        evidence: &cause.evidence,
        cause: Some(cause),
    }
}

/// A further finding of the same cause, where it has a place of its own.
fn of_objection<'d>(
    diagnosis: &'d Diagnosis,
    cause: &'d Cause,
    objection: &'d Objection,
    outcome: Outcome,
) -> Option<Finding<'d>> {
    let place = objection.place.as_ref()?;
    let location = location::of_place(place)?;
    let said = objection.message.as_ref().or(objection.test.as_ref())?;
    let code = objection.code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default();
    let parts = [cause.fingerprint.as_str(), location.path.as_str(), code.as_str(), said.as_str()];
    Some(Finding {
        diagnosis,
        rule: &cause.signature,
        weight: match weight(cause, outcome) {
            Weight::First(confidence) | Weight::Further(confidence) => Weight::More(confidence),
            weight => weight,
        },
        fingerprint: fingerprint_of(&parts.join("\u{1f}")),
        location,
        title: format!("{code}{said}"),
        lines: vec![format!("Line {} of the log.", objection.line)],
        evidence: &[],
        cause: None,
    })
}

fn without_cause(diagnosis: &Diagnosis, outcome: Outcome) -> Finding<'_> {
    let (rule, weight, title) = match outcome {
        Outcome::Undetermined => (
            BREAKS_OFF,
            Weight::Undetermined,
            "The log breaks off while something was running. No line says why it ended, so there is no verdict."
                .to_owned(),
        ),
        _ => (UNEXPLAINED, Weight::Unexplained, format!("{}.", unexplained(diagnosis))),
    };
    let step = diagnosis.failing_step.as_ref().and_then(|key| diagnosis.step(key));
    let mut lines: Vec<String> = step.map(|step| format!("In step {}", of_step(step))).into_iter().collect();
    lines.extend(diagnosis.exit_code_meaning.as_ref().map(|meaning| format!("The {meaning}")));
    lines.extend(diagnosis.suspicious.iter().take(3).map(|line| proof(&line.evidence)));
    let evidence = diagnosis.suspicious.first().map(|line| &line.evidence);
    let location = location::of_step(diagnosis, diagnosis.failing_step.as_deref())
        .unwrap_or_else(|| location::in_log(diagnosis, evidence));
    let fingerprint = match (&diagnosis.fingerprint, step) {
        (Some(fingerprint), _) => fingerprint.clone(),
        (None, step) => fingerprint_of(&format!("{rule}\u{1f}{}", step.map_or("", |step| step.name.as_str()))),
    };
    Finding {
        diagnosis,
        rule,
        weight,
        location,
        fingerprint,
        title,
        lines,
        evidence: evidence.map_or(&[], std::slice::from_ref),
        cause: None,
    }
}

fn of_advice<'d>(diagnosis: &'d Diagnosis, advice: &'d Advice) -> Finding<'d> {
    let mut lines: Vec<String> = advice.evidence.iter().take(1).map(proof).collect();
    lines.push(advice.explanation.replace('\n', " "));
    let text = advice.evidence.first().map_or("", |line| line.text.as_str());
    Finding {
        diagnosis,
        rule: &advice.signature,
        weight: Weight::Advice,
        location: location::of_evidence(diagnosis, advice.evidence.first()),
        fingerprint: fingerprint_of(&format!("{}\u{1f}{text}", advice.signature)),
        title: advice.title.clone(),
        lines,
        evidence: &advice.evidence,
        cause: None,
    }
}

fn proof(evidence: &Evidence) -> String {
    match &evidence.file {
        Some(file) => format!("Line {} of {file}: {}", evidence.line, evidence.text.trim()),
        None => format!("Line {} of the log: {}", evidence.line, evidence.text.trim()),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
