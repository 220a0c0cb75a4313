//! The few lines that docker shows under "What's next" after a failed build.

use super::{Style, counted, defused, missing, verdict};
use crate::Diagnosis;
use crate::model::{Cause, EvidenceSource};

/// docker refuses a message of more lines than this. Source: docker/cli, `maxMessages` in cli-plugins/hooks/template.go.
pub const MOST_LINES: usize = 10;
/// Characters of a line; docker indents it by four.
const WIDTH: usize = 116;

/// Cause, proof, the guilty line of the reader's file and the first remedy of each failed build; `more` is the command that shows
/// the whole report. At most [`MOST_LINES`] lines, none of which holds a line feed.
pub fn next_steps(diagnoses: &[Diagnosis], more: &str, style: &Style) -> Vec<String> {
    let mut lines = Vec::new();
    // One failure in full, several briefly.
    let each = if diagnoses.len() > 1 { 2 } else { MOST_LINES - 1 };
    for diagnosis in diagnoses {
        if lines.len() + each >= MOST_LINES && !lines.is_empty() {
            break;
        }
        lines.extend(about(diagnosis).into_iter().take(each));
    }
    lines.extend(diagnoses.iter().flat_map(|diagnosis| &diagnosis.gaps).take(1).map(missing));
    lines.truncate(MOST_LINES - 1);
    lines.push(format!("more: {more}"));
    lines.truncate(MOST_LINES);
    lines.iter().map(|line| clip(&defused(line, style))).collect()
}

fn about(diagnosis: &Diagnosis) -> Vec<String> {
    match diagnosis.causes.first() {
        Some(cause) => known(diagnosis, cause),
        None => unknown(diagnosis),
    }
}

fn known(diagnosis: &Diagnosis, cause: &Cause) -> Vec<String> {
    let mut lines = vec![format!("✗ {} [{}]", cause.title, verdict(cause).join(", "))];
    if let Some(proof) = cause.evidence.first() {
        lines.push(format!("  {} │ {}", proof.line, proof.text));
    }
    if cause.count > 1 {
        lines.push(format!("  … {} in all", counted(cause.count, "finding")));
    }
    lines.extend(guilty_line(diagnosis, cause));
    if let Some(remedy) = cause.remedies.first() {
        lines.push(format!("fix: {}", remedy.title));
        if let Some(command) = remedy.commands.first().filter(|command| !command.contains('\n')) {
            lines.push(format!("     {command}"));
        }
    }
    lines
}

/// The guilty line of the reader's own files: what they hold, or else the step of the Dockerfile as the builder names it.
fn guilty_line(diagnosis: &Diagnosis, cause: &Cause) -> Option<String> {
    if let Some(line) = cause.evidence.iter().find(|line| line.source == EvidenceSource::Project) {
        return Some(format!("  {}:{} │ {}", line.file.as_ref()?, line.line, line.text));
    }
    let step = diagnosis.step(cause.step.as_ref()?)?;
    let place = format!("{}:{}", step.file.as_ref()?, step.file_line?);
    Some(format!("  {place} │ {}", step.name))
}

fn unknown(diagnosis: &Diagnosis) -> Vec<String> {
    let step = diagnosis.failing_step.as_ref().and_then(|key| diagnosis.step(key));
    let mut lines = vec![match step {
        Some(step) => format!("✗ No signature explains this failure of {}", step.name),
        None => "✗ No signature explains this failure".to_owned(),
    }];
    lines.extend(diagnosis.exit_code_meaning.clone());
    lines.extend(
        diagnosis.suspicious.iter().take(3).map(|line| format!("  {} │ {}", line.evidence.line, line.evidence.text)),
    );
    lines
}

fn clip(line: &str) -> String {
    let line = line.replace(['\n', '\r', '\t'], " ");
    if line.chars().count() <= WIDTH {
        return line;
    }
    let mut out: String = line.chars().take(WIDTH - 1).collect();
    out.push('…');
    out
}
