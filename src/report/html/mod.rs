//! One page for a browser: no script, nothing from elsewhere, readable on a phone, in the light and in the dark.
//!
//! The template library escapes every piece of text. What a CI system would obey, should it print the page, is spelled as character
//! references, so that the reader sees it as it was.

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::summary::{self, Page, Summary};
use super::{Style, counted, details, left_out, missing, of_step, silent_step, unexplained, verdict, what_follows};
use crate::Diagnosis;
use crate::diagnosis::visible;
use crate::model::{Cause, Confidence, Evidence, EvidenceSource, FilledEdit, FilledRemedy, Outcome};
use crate::signature::{EditKind, Origin, Risk};

const STYLE: &str = include_str!("style.css");
/// Most reports on single logs, or reasons of an archive's failures, on one page.
const PAGES: usize = 200;
/// Most lines of evidence of one cause.
const PROOFS: usize = 3;

/// Nothing may be loaded or run, whatever the page holds.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

pub(super) fn write(out: &mut dyn Write, diagnoses: &[Diagnosis], signatures: usize, style: &Style) -> io::Result<()> {
    let (summary, alone) = summary::pages(diagnoses);
    let view = View { many: diagnoses.len() > 1, ranking: style.explain_ranking };
    let reasons = summary.as_ref().map_or(&[][..], |summary| &summary.reasons);
    let pages: Vec<&Page<'_>> = reasons.iter().chain(&alone).collect();
    let left_out = pages.len().saturating_sub(PAGES);
    let title = title(diagnoses, summary.as_ref());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header.page {
                    strong { "whyfail" }
                    @if let [diagnosis] = diagnoses {
                        span { (read(diagnosis)) }
                    } @else {
                        span { (counted(diagnoses.len() as u64, "log")) }
                    }
                }
                main {
                    @if let Some(summary) = &summary { (overview(summary)) }
                    @for (at, page) in pages.iter().take(PAGES).enumerate() { (view.card(page, at)) }
                    @if left_out > 0 {
                        p.box { (counted(left_out as u64, "further reason")) " left out here; " code { "--format json" } " has all." }
                    }
                }
                footer {
                    "whyfail " (env!("CARGO_PKG_VERSION")) ", " (signatures) " signatures. Secrets in a log are masked here. "
                    "Nothing was sent anywhere."
                }
            }
        }
    };
    out.write_all(spelled(&page.into_string()).as_bytes())?;
    out.write_all(b"\n")
}

fn title(diagnoses: &[Diagnosis], summary: Option<&Summary<'_>>) -> String {
    let what = match (summary, diagnoses.first()) {
        (Some(summary), _) => summary.headline(),
        (None, Some(diagnosis)) => headline(diagnosis),
        (None, None) => "no log".to_owned(),
    };
    format!("{} · whyfail", visible(&what))
}

/// What is wrong, in one line.
fn headline(diagnosis: &Diagnosis) -> String {
    match (diagnosis.outcome, diagnosis.causes.first()) {
        (Outcome::Succeeded, _) => "No failure found: the build succeeded".to_owned(),
        (Outcome::NoFailure, _) => "No failure found".to_owned(),
        (Outcome::Undetermined, _) => "The log breaks off".to_owned(),
        (Outcome::Failed, Some(cause)) => cause.title.clone(),
        (Outcome::Failed, None) => unexplained(diagnosis),
    }
}

/// What was read.
fn read(diagnosis: &Diagnosis) -> String {
    let name = summary::heading(diagnosis);
    let lines = counted(diagnosis.source.lines, "line");
    if name == "-" { lines } else { format!("{} · {lines}", visible(&name)) }
}

/// The tone of a card, and its sign.
fn tone(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Succeeded | Outcome::NoFailure => ("good", "✓"),
        Outcome::Failed => ("failed", "✗"),
        Outcome::Undetermined => ("open", "?"),
    }
}

/// What the logs of an archive come to.
fn overview(summary: &Summary<'_>) -> Markup {
    let (tone, sign) = if summary.is_good() { ("good", "✓") } else { ("failed", "✗") };
    html! {
        section.card.(tone) {
            h1.verdict { span.sign aria-hidden="true" { (sign) } span { (summary.headline()) } }
            p.of {
                @if !summary.source().is_empty() { (visible(summary.source())) " · " }
                (summary.counts())
            }
            @if !summary.is_good() {
                table.sum {
                    @for (at, page) in summary.reasons.iter().take(PAGES).enumerate() {
                        tr {
                            td { (page.count()) " ×" }
                            td {
                                a href={ "#log-" (at + 1) } { (visible(&page.reason())) }
                                small { (visible(&summary.names(page))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

struct View {
    many: bool,
    ranking: bool,
}

impl View {
    /// The report on one log.
    fn card(&self, page: &Page<'_>, at: usize) -> Markup {
        let diagnosis = page.diagnosis;
        let (tone, sign) = tone(diagnosis.outcome);
        let head = html! {
            span.sign aria-hidden="true" { (sign) }
            span { (prose(&headline(diagnosis))) }
        };
        html! {
            article.card.(tone) id={ "log-" (at + 1) } {
                @if self.many {
                    p.of {
                        (visible(&summary::heading(diagnosis)))
                        @if !page.others.is_empty() { ", and " (page.others.len()) " more like it" }
                    }
                    h2.verdict { (head) }
                } @else {
                    h1.verdict { (head) }
                }
                @match diagnosis.outcome {
                    Outcome::Succeeded | Outcome::NoFailure => p.place { (counted(diagnosis.source.lines, "line")) " read." },
                    Outcome::Failed | Outcome::Undetermined => (self.failure(diagnosis)),
                }
                @for advice in &diagnosis.advice {
                    h3 { "Advice" }
                    p.fix { (prose(&advice.title)) }
                    div.calm { (lines(&advice.evidence, 2)) }
                    p { (prose(&advice.explanation)) }
                }
            }
        }
    }

    fn failure(&self, diagnosis: &Diagnosis) -> Markup {
        let failing = diagnosis.failing_step.as_ref().and_then(|key| diagnosis.step(key));
        let cut = diagnosis.outcome == Outcome::Undetermined;
        html! {
            @if cut {
                p {
                    "Its last line is " (diagnosis.source.lines)
                    @if let Some(step) = failing { ", while step " code { (visible(&of_step(step))) } " was running" }
                    ". No line says why it ended, so there is no verdict."
                }
            }
            @match diagnosis.causes.split_first() {
                None => (unknown(diagnosis)),
                Some((first, rest)) => {
                    @if cut { p.fix { (prose(&first.title)) } }
                    (self.cause(diagnosis, first))
                    @if !rest.is_empty() {
                        details {
                            summary { "Other possible causes (" (rest.len()) ")" }
                            @for cause in rest { (self.further(diagnosis, first, cause)) }
                        }
                    }
                    (suspicious(diagnosis, "That is a guess. Other lines worth reading, best first"))
                }
            }
            @if let Some(text) = left_out(diagnosis).filter(|_| !diagnosis.causes.is_empty()) { p.box { "… and " (text) } }
            @for gap in &diagnosis.gaps { p.box { (prose(&missing(gap))) } }
        }
    }

    fn cause(&self, diagnosis: &Diagnosis, cause: &Cause) -> Markup {
        let meaning = diagnosis.exit_code_meaning.as_ref().filter(|meaning| !meaning.starts_with("exit code 1:"));
        let from_project = cause.evidence.iter().filter(|line| line.source == EvidenceSource::Project);
        html! {
            ul.chips {
                @for word in verdict(cause) { li.strong { (word) } }
                li { (cause.class) }
                li { (cause.confidence.as_str()) " confidence" }
            }
            @if cause.origin == Origin::Repository {
                p.place { "Said by a signature of this repository's " code { ".whyfail" } " folder." }
            }
            h3 { "The proof" }
            (lines(&cause.evidence, PROOFS))
            @if let Some(step) = cause.step.as_ref().and_then(|key| diagnosis.step(key)) {
                p.place { "In step " code { (visible(&of_step(step))) } }
                @if let Some(part) = step.failed_part.as_ref().filter(|part| step.command.as_ref() != Some(part)) {
                    p.place { "The part that failed: " code { (visible(part)) } }
                }
            }
            @for line in from_project.take(PROOFS) {
                @if let Some(file) = &line.file {
                    p.file { (visible(file)) }
                    (of_project(line))
                }
            }
            @for detail in details(cause) { p.place { (prose(&detail)) } }
            @if cause.count > 1 {
                p.place {
                    (counted(cause.count, "finding")) " in all"
                    @if !cause.files.is_empty() {
                        ": "
                        @for (at, file) in cause.files.iter().take(8).enumerate() {
                            @if at > 0 { ", " }
                            code { (visible(&file.file)) } " (" (file.count) ")"
                        }
                        @if cause.files.len() > 8 { ", …" }
                    }
                }
            }
            @if let Some(meaning) = meaning { p.place { "The " (prose(meaning)) } }
            @if !cause.explanation.is_empty() {
                h3 { "Why" }
                p { (prose(&cause.explanation)) }
            }
            (remedies(cause))
            (consequences(diagnosis, cause))
            @if let Some(prevention) = &cause.prevention {
                h3 { "Not again" }
                p { (prose(prevention)) }
            }
            (self.score(cause))
            p.more {
                "More: " code { "whyfail explain " (cause.signature) }
                @for reference in &cause.references { " · " (link(reference, cause.origin)) }
            }
        }
    }

    fn further(&self, diagnosis: &Diagnosis, first: &Cause, cause: &Cause) -> Markup {
        let independent = cause.step.is_some() && first.step.is_some() && cause.step != first.step;
        let head = if independent && cause.confidence > Confidence::Low { "Another cause" } else { "Also possible" };
        html! {
            h3 { (cause.rank) ". " (head) }
            p.fix { (prose(&cause.title)) }
            p.when { (cause.class) " · " (cause.confidence.as_str()) " confidence" }
            (lines(&cause.evidence, 1))
            @if let Some(step) = cause.step.as_ref().filter(|_| independent).and_then(|key| diagnosis.step(key)) {
                p.place { "In step " code { (visible(&of_step(step))) } }
            }
            @if let Some(fix) = cause.remedies.first() {
                ol.fixes { li { (remedy(fix)) } }
            }
            (self.score(cause))
        }
    }

    fn score(&self, cause: &Cause) -> Markup {
        html! {
            @if self.ranking {
                h3 { "Score " (cause.score) }
                pre {
                    @for factor in &cause.ranking { (format!("{:>+5}  {}\n", factor.points, visible(&factor.reason))) }
                }
            }
        }
    }
}

/// Nothing matched: where it failed, what the code means, what to read.
fn unknown(diagnosis: &Diagnosis) -> Markup {
    let failing = diagnosis.failing_step.as_ref().and_then(|key| diagnosis.step(key));
    html! {
        @if diagnosis.outcome == Outcome::Failed {
            @if let Some(step) = failing { p { "It failed in step " code { (visible(&of_step(step))) } "." } }
            @if let Some(meaning) = &diagnosis.exit_code_meaning { p { "The " (prose(meaning)) } }
        }
        @if let Some(sentence) = silent_step(diagnosis) { p { (prose(sentence)) } }
        (suspicious(diagnosis, "Most suspicious lines, best first"))
        @if diagnosis.outcome == Outcome::Failed && !diagnosis.suspicious.is_empty() {
            p.more { "Nothing is invented here: whyfail only knows what its signatures know. " code { "whyfail new --from LOG" } " drafts one." }
        }
    }
}

/// The lines worth reading.
fn suspicious(diagnosis: &Diagnosis, head: &str) -> Markup {
    html! {
        @if !diagnosis.suspicious.is_empty() {
            h3 { (head) }
            div.log { table {
                @for (at, line) in diagnosis.suspicious.iter().enumerate() {
                    tr.proof[at == 0] { th scope="row" { (number(&line.evidence)) } td { (marked(&line.evidence)) } }
                    @if at == 0 {
                        @for more in what_follows(diagnosis) { tr.near { th {} td { (visible(more)) } } }
                    }
                }
            } }
            @if let Some(reason) = diagnosis.suspicious.first().and_then(|line| line.innermost.as_ref()) {
                p.place { "Its innermost reason: " code { (visible(reason)) } }
            }
        }
    }
}

/// Lines of the log that prove something, each among those around it. Those are of the same step; which numbers they have in the log is
/// not known.
fn lines(evidence: &[Evidence], most: usize) -> Markup {
    let proofs: Vec<&Evidence> = evidence.iter().filter(|line| line.source == EvidenceSource::Log).take(most).collect();
    if proofs.is_empty() {
        return Markup::default();
    }
    let follows = |at: usize, line: &Evidence| {
        let before = at.checked_sub(1).and_then(|before| proofs.get(before));
        before.is_some_and(|before| before.line + u64::from(before.joined.max(1)) == line.line)
    };
    html! {
        div.log { table {
            @for (at, line) in proofs.iter().enumerate() {
                @if !follows(at, line) {
                    @if at > 0 { tr.near { th { "⋯" } td {} } }
                    (near(&line.context.before))
                }
                (proof(line))
                @if proofs.get(at + 1).is_none_or(|next| !follows(at + 1, next)) { (near(&line.context.after)) }
            }
        } }
    }
}

/// A line of a file of the project.
fn of_project(line: &Evidence) -> Markup {
    html! { div.log { table { (proof(line)) } } }
}

fn near(lines: &[String]) -> Markup {
    html! { @for line in lines { tr.near { th {} td { (visible(line)) } } } }
}

fn proof(line: &Evidence) -> Markup {
    html! { tr.proof { th scope="row" { (number(line)) } td { (marked(line)) } } }
}

fn number(line: &Evidence) -> String {
    match line.joined {
        0 | 1 => line.line.to_string(),
        joined => format!("{}–{}", line.line, line.line + u64::from(joined) - 1),
    }
}

/// The line, with what matched marked in it.
fn marked(line: &Evidence) -> Markup {
    let text = |from: u64, to: u64| -> String {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let to = usize::try_from(to).unwrap_or(usize::MAX);
        visible(&line.text.chars().skip(from).take(to.saturating_sub(from)).collect::<String>())
    };
    let (start, end) = (line.column.saturating_sub(1), line.end_column.saturating_sub(1));
    let all = line.text.chars().count() as u64;
    // A mark over most of the line marks nothing.
    if start >= end || (end - start) * 3 > all * 2 {
        return html! { (visible(&line.text)) };
    }
    html! { (text(0, start)) mark { (text(start, end)) } (text(end, all)) }
}

fn remedies(cause: &Cause) -> Markup {
    let Some((first, rest)) = cause.remedies.split_first() else { return Markup::default() };
    html! {
        h3 { "How to mend it" }
        ol.fixes { li.first { (remedy(first)) } }
        @if !rest.is_empty() {
            details open[rest.len() == 1] {
                summary { "Other ways (" (rest.len()) ")" }
                ol.fixes { @for other in rest { li { (remedy(other)) } } }
            }
        }
        @if cause.remedies.iter().any(|remedy| !remedy.verified) {
            p.when { "What has no ✓ has not been verified by a recorded build." }
        }
    }
}

fn remedy(remedy: &FilledRemedy) -> Markup {
    let note = match remedy.risk {
        Risk::None => None,
        Risk::Caution => Some(("caution", "Caution")),
        Risk::Dangerous => Some(("dangerous", "Dangerous")),
    };
    html! {
        p.fix { (prose(&remedy.title)) }
        @if let Some(when) = &remedy.when { p.when { "When " (prose(when.trim_start_matches("when "))) } }
        @for edit in &remedy.edits { (change(edit)) }
        @if !remedy.commands.is_empty() { pre { code { (shown(&remedy.commands.join("\n"))) } } }
        @if let Some(text) = remedy.verification() { p.note.good { "✓ " (prose(&text)) } }
        @if let Some((tone, word)) = note {
            p.note.(tone) { (word) ": " (prose(remedy.risk_note.as_deref().unwrap_or_default())) }
        }
    }
}

/// A change to a file, as a diff.
fn change(edit: &FilledEdit) -> Markup {
    let lines = |text: &Option<String>| -> Vec<String> {
        text.iter().flat_map(|text| text.trim_end().lines()).map(visible).collect()
    };
    let (removed, added) = match edit.kind {
        EditKind::Replace => (lines(&edit.before), lines(&edit.after)),
        EditKind::Insert => (Vec::new(), lines(&edit.after)),
        EditKind::Delete => (lines(&edit.before), Vec::new()),
    };
    let before = edit.before.as_ref().filter(|_| edit.kind == EditKind::Insert);
    html! {
        p.file {
            code { (visible(&edit.file)) }
            @if let Some(before) = before { ", before " code { (visible(before.trim())) } }
        }
        pre {
            @for line in removed { del { "- " (line) } }
            @for line in added { ins { "+ " (line) } }
        }
    }
}

fn consequences(diagnosis: &Diagnosis, cause: &Cause) -> Markup {
    let mut seen: Vec<(String, Option<u64>)> =
        cause.consequences.iter().map(|then| (then.title.clone(), Some(then.line))).collect();
    let symptoms = diagnosis.symptoms.iter();
    seen.extend(symptoms.map(|symptom| (symptom.title.clone(), symptom.evidence.first().map(|line| line.line))));
    seen.dedup();
    html! {
        @if !seen.is_empty() {
            h3 { "What it led to" }
            ul {
                @for (title, line) in seen {
                    li { (prose(&title)) @if let Some(line) = line { " (line " (line) ")" } }
                }
            }
        }
    }
}

/// A sentence; what stands between backticks is code.
fn prose(text: &str) -> Markup {
    let text = visible(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let pieces: Vec<&str> = text.split('`').collect();
    // An odd backtick out is a backtick.
    let paired = pieces.len() % 2 == 1;
    html! {
        @if paired {
            @for (at, piece) in pieces.iter().enumerate() {
                @if at % 2 == 1 { code { (piece) } } @else { (piece) }
            }
        } @else {
            (text)
        }
    }
}

/// Commands line by line.
fn shown(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// A signature's reference; one that came with the repository is shown, not linked.
fn link(reference: &str, origin: Origin) -> Markup {
    let name = reference.trim_start_matches("https://").trim_end_matches('/');
    html! {
        @if origin != Origin::Repository && reference.starts_with("https://") {
            a href=(visible(reference)) rel="noreferrer noopener" { (visible(name)) }
        } @else {
            code { (visible(reference)) }
        }
    }
}

/// `::cmd::` at the start of a line, `##[cmd]` and the marks of GitLab's sections are commands to CI systems; a page may spell them
/// otherwise. Neither its markup nor its style holds any.
fn spelled(page: &str) -> String {
    let page = page.replace("section_start:", "section_start&#58;").replace("section_end:", "section_end&#58;");
    let mut out = String::with_capacity(page.len() + 64);
    let mut at_start = true;
    let mut chars = page.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '#' if chars.peek() == Some(&'#') => out.push_str("&#35;"),
            ':' if at_start && chars.peek() == Some(&':') => out.push_str("&#58;"),
            c => out.push(c),
        }
        at_start = c == '\n' || (at_start && c.is_whitespace());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_spelled_and_the_style_holds_none() {
        assert_eq!(spelled("###[a]\n ::b:: c::d section_end:1"), "&#35;&#35;#[a]\n &#58;:b:: c::d section_end&#58;1");
        assert_eq!(spelled(STYLE), STYLE);
    }

    #[test]
    fn prose_has_code_and_no_markup() {
        assert_eq!(prose("a `b <c>` & d").into_string(), "a <code>b &lt;c&gt;</code> &amp; d");
        assert_eq!(prose("one ` is one").into_string(), "one ` is one");
        assert_eq!(prose("").into_string(), "");
    }
}
