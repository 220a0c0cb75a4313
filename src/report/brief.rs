//! At most 1 KB a log: cause, proof, place, first remedy, and the command that shows more.

use std::io::{self, Write};

use super::{Style, counted, defused, details, missing, silent_step, summary, verdict};
use crate::Diagnosis;
use crate::model::{Cause, EvidenceSource, Outcome};
use crate::pieces::Pieces;

/// The most that is written about one log, in bytes.
const LIMIT: usize = 1_024;

/// Most reasons of an archive's failures that are told.
const REASONS: usize = 3;

pub(super) fn write(out: &mut dyn Write, diagnoses: &[Diagnosis], style: &Style) -> io::Result<()> {
    let (summary, alone) = summary::pages(diagnoses);
    if let Some(summary) = &summary {
        let source = clip(&defused(summary.source(), style), 120);
        let place = if source.is_empty() { source } else { format!(" in {source}") };
        writeln!(out, "whyfail: {}{place}", summary.headline())?;
        for page in summary.reasons.iter().take(REASONS) {
            let names = clip(&defused(&summary.names(page), style), 200);
            writeln!(out, "in {names}:")?;
            out.write_all(render(page.diagnosis, style).as_bytes())?;
        }
        if summary.reasons.len() > REASONS {
            writeln!(out, "and {}", counted((summary.reasons.len() - REASONS) as u64, "more reason"))?;
        }
    }
    for page in alone {
        out.write_all(render(page.diagnosis, style).as_bytes())?;
    }
    Ok(())
}

fn render(diagnosis: &Diagnosis, style: &Style) -> String {
    let mut text = String::new();
    let name = clip(&defused(&diagnosis.source.name, style), 120);
    match (diagnosis.outcome, diagnosis.causes.first()) {
        (Outcome::Succeeded | Outcome::NoFailure, _) => text = format!("whyfail: no failure found in {name}\n"),
        (_, Some(cause)) => cause_lines(&mut text, diagnosis, cause, style),
        (outcome, None) => {
            let what = match outcome {
                Outcome::Undetermined => "the log breaks off; no verdict",
                _ if diagnosis.causes_left_out > 0 => "failed; what may be the cause is less certain than asked for",
                _ => "failed, cause unknown",
            };
            text.push_str(&format!("whyfail: {what}\n"));
            if let Some(step) = diagnosis.failing_step.as_ref().and_then(|key| diagnosis.step(key)) {
                text.push_str(&format!("at: {}\n", clip(&defused(&step.name, style), 160)));
            }
            if let Some(reason) = diagnosis.suspicious.first().and_then(|line| line.innermost.as_ref()) {
                text.push_str(&format!("innermost: {}\n", clip(&defused(reason, style), 160)));
            }
            if let Some(sentence) = silent_step(diagnosis) {
                text.push_str(&format!("{sentence}\n"));
            }
            for line in diagnosis.suspicious.iter().take(3) {
                text.push_str(&format!(
                    "line {}: {}\n",
                    line.evidence.line,
                    clip(&defused(&line.evidence.text, style), 200)
                ));
            }
        }
    }
    for gap in diagnosis.gaps.iter().take(1) {
        let line = format!("missing: {}\n", clip(&defused(&missing(gap), style), 240));
        let at = text.rfind("more: ").filter(|at| text.head(*at).ends_with('\n')).unwrap_or(text.len());
        text.insert_str(at, &line);
    }
    if let Some(first) = diagnosis.advice.first() {
        let more = match diagnosis.advice.len() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        let line = first.evidence.first().map_or(0, |line| line.line);
        let title = clip(&defused(&first.title, style), 160);
        let advice = format!("advice: line {line}: {title}{more}\n");
        // How to see more stays the last line.
        let at = text.rfind("more: ").filter(|at| text.head(*at).ends_with('\n')).unwrap_or(text.len());
        text.insert_str(at, &advice);
    }
    clip_bytes(text)
}

fn cause_lines(text: &mut String, diagnosis: &Diagnosis, cause: &Cause, style: &Style) {
    let title = clip(&defused(&cause.title, style), 160);
    let verdict = verdict(cause).join(", ");
    text.push_str(&format!("whyfail: {title} [{}, {}; {verdict}]\n", cause.class, cause.confidence.as_str()));
    if let Some(proof) = cause.evidence.first() {
        text.push_str(&format!("proof: line {}: {}\n", proof.line, clip(&defused(&proof.text, style), 260)));
    }
    if let Some(line) = cause.evidence.iter().find(|line| line.source == EvidenceSource::Project) {
        let file = clip(&defused(line.file.as_deref().unwrap_or_default(), style), 80);
        text.push_str(&format!("project: {file}:{}: {}\n", line.line, clip(&defused(line.text.trim(), style), 120)));
    }
    if let Some(place) = &cause.place {
        let line = place.line.map(|line| format!(":{line}")).unwrap_or_default();
        text.push_str(&format!("place: {}{line}", clip(&defused(&place.file, style), 120)));
        text.push_str(&if cause.count > 1 {
            format!(" ({} in all)\n", counted(cause.count, "finding"))
        } else {
            "\n".into()
        });
    } else if let Some(step) = cause.step.as_ref().and_then(|key| diagnosis.step(key)) {
        let file = match (&step.file, step.file_line) {
            (Some(file), Some(line)) => format!(" ({file}:{line})"),
            _ => String::new(),
        };
        text.push_str(&format!("place: {}{file}\n", clip(&defused(&step.name, style), 120)));
    }
    for detail in details(cause).iter().filter(|detail| !detail.starts_with("at ")) {
        text.push_str(&format!("{}\n", clip(&defused(detail, style), 120)));
    }
    if let Some(line) = diagnosis.suspicious.first() {
        let said = clip(&defused(&line.evidence.text, style), 160);
        text.push_str(&format!("a guess; see also line {}: {said}\n", line.evidence.line));
    }
    if let Some(remedy) = cause.remedies.first() {
        let mark = if remedy.verified { " (verified)" } else { "" };
        text.push_str(&format!("fix{mark}: {}", clip(&defused(&remedy.title, style), 160)));
        if let Some(command) = remedy.commands.first().filter(|c| c.len() <= 160 && !c.contains('\n')) {
            text.push_str(&format!(": {}", defused(command, style)));
        }
        text.push('\n');
    }
    text.push_str(&format!("more: whyfail explain {}\n", cause.signature));
}

fn clip(text: &str, limit: usize) -> String {
    let text = text.replace('\n', " ");
    if text.chars().count() <= limit {
        return text;
    }
    let mut out: String = text.chars().take(limit - 1).collect();
    out.push('…');
    out
}

/// Cuts whole lines until the text fits; the last line (how to see more) stays.
fn clip_bytes(text: String) -> String {
    if text.len() <= LIMIT {
        return text;
    }
    let mut lines: Vec<String> = text.lines().map(|line| clip(line, 110)).collect();
    while lines.len() > 3 && lines.iter().map(|line| line.len() + 1).sum::<usize>() > LIMIT {
        lines.remove(lines.len() - 2);
    }
    lines.iter().map(|line| format!("{}\n", clip(line, 80))).collect::<String>()
}
