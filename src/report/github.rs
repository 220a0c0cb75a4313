//! Annotations of GitHub Actions: one workflow command for each cause.
//!
//! The escapes are those of actions/toolkit (`packages/core/src/command.ts`); the runner shows ten annotations of a kind for a
//! step and 4096 characters of a message (actions/runner, `ExecutionContext.cs`).

use std::io::{self, Write};

use super::defuse::defused;
use super::{counted, details, missing, of_step, summary, unexplained, verdict};
use crate::Diagnosis;
use crate::diagnosis::visible;
use crate::model::{Advice, Cause, Confidence, EvidenceSource, FilledEdit, FilledRemedy, Outcome};
use crate::signature::{EditKind, Risk};

/// The most annotations of one report.
const LIMIT: usize = 10;
/// The longest message, in characters; what the runner would cut off is cut at the end of a line instead.
const LONGEST: usize = 4_000;
/// The longest title, in characters.
const LONGEST_TITLE: usize = 200;

#[derive(Clone, Copy)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Notice => "notice",
        }
    }
}

#[derive(Default)]
struct Place {
    file: String,
    line: Option<u64>,
    column: Option<u64>,
}

struct Annotation {
    level: Level,
    place: Option<Place>,
    title: String,
    message: Vec<String>,
}

pub(super) fn write(out: &mut dyn Write, diagnoses: &[Diagnosis]) -> io::Result<()> {
    let many = diagnoses.len() > 1;
    let mut first = Vec::new();
    let mut rest = Vec::new();
    let mut notices = Vec::new();
    let (summary, alone) = summary::pages(diagnoses);
    if let Some(summary) = &summary {
        writeln!(out, "whyfail: {}", summary.headline())?;
    }
    for page in summary.iter().flat_map(|summary| &summary.reasons).chain(&alone) {
        let diagnosis = page.diagnosis;
        let mut annotations = annotations(diagnosis);
        if many {
            let others =
                if page.others.is_empty() { String::new() } else { format!(" and {} more", page.others.len()) };
            for annotation in &mut annotations {
                annotation.message.push(format!("Log: {}{others}", summary::heading(diagnosis)));
            }
        }
        let mut annotations = annotations.into_iter();
        match annotations.next() {
            Some(annotation) => first.push(annotation),
            None => {
                let name = visible(&diagnosis.source.name);
                writeln!(out, "whyfail: no failure found in {}", defused(&name))?;
            }
        }
        rest.extend(annotations);
        notices.extend(diagnosis.advice.iter().map(|advice| of_advice(diagnosis, advice)));
    }
    rest.extend(notices);
    let all = first.len() + rest.len();
    for annotation in first.iter().chain(&rest).take(LIMIT) {
        writeln!(out, "{}", command(annotation))?;
    }
    if all > LIMIT {
        writeln!(out, "whyfail: {} more not annotated", counted((all - LIMIT) as u64, "finding"))?;
    }
    Ok(())
}

/// The answer first.
fn annotations(diagnosis: &Diagnosis) -> Vec<Annotation> {
    match diagnosis.outcome {
        Outcome::Succeeded | Outcome::NoFailure => Vec::new(),
        Outcome::Failed if diagnosis.causes.is_empty() => vec![unknown(diagnosis, Level::Error)],
        Outcome::Undetermined if diagnosis.causes.is_empty() => vec![unknown(diagnosis, Level::Notice)],
        outcome => diagnosis
            .causes
            .iter()
            .map(|cause| {
                let level = match outcome {
                    Outcome::Undetermined => Level::Notice,
                    _ if cause.rank > 1 && cause.confidence == Confidence::Low => Level::Warning,
                    _ => Level::Error,
                };
                of_cause(diagnosis, cause, level)
            })
            .collect(),
    }
}

fn of_cause(diagnosis: &Diagnosis, cause: &Cause, level: Level) -> Annotation {
    let mut message = vec![cause.title.clone()];
    if let Some(proof) = cause.evidence.first() {
        message.push(format!("line {}: {}", proof.line, proof.text));
    }
    message.extend(details(cause));
    if let Some(step) = cause.step.as_ref().and_then(|key| diagnosis.step(key)) {
        message.push(format!("in step {}", of_step(step)));
    }
    if let Some(remedy) = cause.remedies.iter().find(|remedy| remedy.risk == Risk::None) {
        of_remedy(&mut message, remedy);
    }
    for line in diagnosis.suspicious.iter().take(if cause.rank == 1 { 2 } else { 0 }) {
        message.push(format!("see also line {}: {}", line.evidence.line, line.evidence.text));
    }
    message.extend(diagnosis.gaps.iter().filter(|_| cause.rank == 1).map(missing));
    message.push(format!("More: whyfail explain {}", cause.signature));
    let title = format!("whyfail: {}, {}", cause.class, verdict(cause).join(", "));
    Annotation { level, place: place(diagnosis, cause), title, message }
}

fn of_advice(diagnosis: &Diagnosis, advice: &Advice) -> Annotation {
    let proof = advice.evidence.first();
    let mut message = vec![advice.title.clone()];
    message.extend(proof.map(|proof| format!("line {}: {}", proof.line, proof.text)));
    message.push(advice.explanation.clone());
    let step = proof.and_then(|proof| diagnosis.step(proof.step.as_ref()?));
    let place = step.and_then(|step| dockerfile(step.file.as_ref(), step.file_line));
    Annotation { level: Level::Notice, place, title: "whyfail: advice".to_owned(), message }
}

fn unknown(diagnosis: &Diagnosis, level: Level) -> Annotation {
    let what = match level {
        Level::Notice => "The log breaks off while something was running; no line says why it ended. No verdict.",
        _ => &format!("{}.", unexplained(diagnosis)),
    };
    let mut message = vec![what.to_owned()];
    let step = diagnosis.failing_step.as_ref().and_then(|key| diagnosis.step(key));
    message.extend(step.map(|step| format!("in step {}", of_step(step))));
    message.extend(diagnosis.exit_code_meaning.clone());
    for line in diagnosis.suspicious.iter().take(3) {
        message.push(format!("line {}: {}", line.evidence.line, line.evidence.text));
    }
    message.extend(diagnosis.gaps.iter().map(missing));
    let place = step.and_then(|step| dockerfile(step.file.as_ref(), step.file_line));
    Annotation { level, place, title: "whyfail".to_owned(), message }
}

fn of_remedy(message: &mut Vec<String>, remedy: &FilledRemedy) {
    let when = remedy.when.as_ref().map(|when| format!(" (when {})", when.trim_start_matches("when ")));
    message.push(format!("Fix: {}{}", remedy.title, when.unwrap_or_default()));
    message.extend(remedy.edits.iter().flat_map(of_edit));
    for command in &remedy.commands {
        message.extend(command.lines().map(|line| format!("$ {line}")));
    }
    message.extend(remedy.verification().map(|text| format!("✓ {text}")));
}

/// A change to a file: where, and its lines with `-` and `+`.
pub(super) fn of_edit(edit: &FilledEdit) -> Vec<String> {
    let lines = |mark: char, text: &Option<String>| -> Vec<String> {
        text.iter().flat_map(|text| text.trim_end().lines()).map(|line| format!("{mark} {line}")).collect()
    };
    let (head, changes) = match (edit.kind, &edit.before) {
        (EditKind::Insert, Some(before)) => {
            (format!("{}, before {}:", edit.file, before.trim()), lines('+', &edit.after))
        }
        (EditKind::Insert, None) => (format!("{}:", edit.file), lines('+', &edit.after)),
        (EditKind::Delete, _) => (format!("{}:", edit.file), lines('-', &edit.before)),
        (EditKind::Replace, _) => {
            (format!("{}:", edit.file), [lines('-', &edit.before), lines('+', &edit.after)].concat())
        }
    };
    std::iter::once(head).chain(changes).collect()
}

/// Where the reader can mend it: the place in the sources, else the instruction in the Dockerfile, else the file of the project
/// that takes part in the proof.
fn place(diagnosis: &Diagnosis, cause: &Cause) -> Option<Place> {
    if let Some(place) = &cause.place {
        let file = place.file.strip_prefix("./").unwrap_or(&place.file).to_owned();
        return Some(Place { file, line: place.line, column: place.column });
    }
    let step = cause.step.as_ref().and_then(|key| diagnosis.step(key));
    if let Some(place) = step.and_then(|step| dockerfile(step.file.as_ref(), step.file_line)) {
        return Some(place);
    }
    let evidence = cause.evidence.iter().find(|evidence| evidence.source == EvidenceSource::Project)?;
    Some(Place { file: evidence.file.clone()?, line: Some(evidence.line), column: Some(evidence.column) })
}

fn dockerfile(file: Option<&String>, line: Option<u64>) -> Option<Place> {
    Some(Place { file: file?.clone(), line: Some(line?), column: None })
}

fn command(annotation: &Annotation) -> String {
    let mut properties = Vec::new();
    if let Some(place) = annotation.place.as_ref().filter(|place| !place.file.is_empty()) {
        properties.push(format!("file={}", property(&place.file)));
        if let Some(line) = place.line.filter(|line| *line > 0) {
            properties.push(format!("line={line}"));
            properties.extend(place.column.filter(|column| *column > 0).map(|column| format!("col={column}")));
        }
    }
    let title: String = annotation.title.chars().take(LONGEST_TITLE).collect();
    properties.push(format!("title={}", property(&title)));
    format!("::{} {}::{}", annotation.level.as_str(), properties.join(","), data(&message(&annotation.message)))
}

/// As many lines as fit. Each is defused on its own: the runner prints the message, and other programs may read it there.
fn message(lines: &[String]) -> String {
    let mut out = String::new();
    let mut room = LONGEST;
    for line in lines {
        let line = defused(&visible(line));
        let length = line.chars().count() + 1;
        if length > room {
            break;
        }
        room -= length;
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&line);
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&defused(&visible(text))).replace(':', "%3A").replace(',', "%2C")
}
