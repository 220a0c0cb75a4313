//! For job summaries, comments and chats: CommonMark as GitHub and GitLab read it.
//!
//! Text of a log may say anything, so none of it is ever read as Markdown: whole lines stand in fenced blocks, and inside a
//! sentence every word that is not a plain one stands in a code span. There is no HTML, mention, reference or link in either. The only
//! HTML of a page are the folds around its long parts, whose heads hold words of whyfail's own and numbers.

use std::io::{self, Write};

use super::summary::{self, Summary};
use super::{Style, counted, details, left_out, missing, of_step, silent_step, unexplained, verdict, what_follows};
use crate::Diagnosis;
use crate::diagnosis::visible;
use crate::model::{Cause, Confidence, Context, Evidence, FilledEdit, FilledRemedy, Outcome};
use crate::pieces::Pieces;
use crate::signature::{EditKind, Origin, Risk};

/// The most that is written, in bytes. A job summary of GitHub may have 1 MiB, a comment 64 KiB.
const LIMIT: usize = 60 * 1024;
/// Most reasons of an archive's failures that are told.
const REASONS: usize = 20;
/// Said where the limit cut something off.
const CUT: &str = "_The report is longer than this page may be; `--format json` has all of it._";

pub(super) fn write(out: &mut dyn Write, diagnoses: &[Diagnosis], style: &Style) -> io::Result<()> {
    let mut page = Page { blocks: Vec::new(), explain_ranking: style.explain_ranking, context: style.context };
    let (summary, alone) = summary::pages(diagnoses);
    if let Some(summary) = &summary {
        page.summary(summary);
    }
    for shown in summary.iter().flat_map(|summary| &summary.reasons).take(REASONS).chain(&alone) {
        page.diagnosis(shown.diagnosis, diagnoses.len() > 1, shown.others.len());
    }
    out.write_all(page.text().as_bytes())
}

/// Blocks with a blank line between them.
struct Page {
    blocks: Vec<String>,
    explain_ranking: bool,
    context: usize,
}

impl Page {
    /// As many blocks as fit.
    fn text(&self) -> String {
        let mut out = String::new();
        for block in &self.blocks {
            if out.len() + block.len() + 2 + CUT.len() + 2 > LIMIT {
                out.push('\n');
                out.push_str(CUT);
                out.push('\n');
                break;
            }
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(block);
            out.push('\n');
        }
        out
    }

    fn say(&mut self, block: impl Into<String>) {
        self.blocks.push(block.into());
    }

    /// Folds what `part` says behind `head`, which is HTML: words of whyfail's own. It stays or goes as a whole where the limit cuts.
    fn folded(&mut self, head: &str, part: impl FnOnce(&mut Self)) {
        let start = self.blocks.len();
        part(self);
        let inside = self.blocks.split_off(start);
        if !inside.is_empty() {
            self.say(format!("<details>\n<summary>{head}</summary>\n\n{}\n\n</details>", inside.join("\n\n")));
        }
    }

    /// What the logs of an archive come to.
    fn summary(&mut self, summary: &Summary<'_>) {
        let mark = if summary.is_good() { "✓" } else { "✗" };
        self.say(format!("# {mark} {}", summary.headline()));
        if summary.is_good() {
            return;
        }
        let source = summary.source();
        let source = if source.is_empty() { String::new() } else { format!("{}, ", code(source)) };
        self.say(format!("{source}{}", summary.counts()));
        let reasons = summary.reasons.iter().take(REASONS);
        let lines: Vec<String> = reasons
            .map(|page| format!("- {} × {} in {}", page.count(), inline(&page.reason()), code(&summary.names(page))))
            .collect();
        self.say(lines.join("\n"));
        if summary.reasons.len() > REASONS {
            self.say(format!("_… and {} more reasons; `--format json` has all._", summary.reasons.len() - REASONS));
        }
    }

    fn diagnosis(&mut self, diagnosis: &Diagnosis, many: bool, others: usize) {
        if many {
            let others = if others > 0 { format!(", and {others} more like it") } else { String::new() };
            self.say(format!("## {}{others}", code(&summary::heading(diagnosis))));
        }
        match diagnosis.outcome {
            Outcome::Succeeded => self.say("### ✓ No failure found: the build succeeded"),
            Outcome::NoFailure => self.say("### ✓ No failure found"),
            Outcome::Failed | Outcome::Undetermined => self.failure(diagnosis),
        }
        for advice in &diagnosis.advice {
            self.say(format!("#### Advice: {}", inline(&advice.title)));
            for evidence in advice.evidence.iter().take(2) {
                self.evidence(diagnosis, evidence);
            }
            self.say(inline(&advice.explanation));
        }
    }

    fn failure(&mut self, diagnosis: &Diagnosis) {
        let failing = diagnosis.failing_step.as_ref().and_then(|key| diagnosis.step(key));
        if diagnosis.outcome == Outcome::Undetermined {
            self.say("### ? The log breaks off");
            let place = failing.map(|step| format!(" while step {} was running", code(&of_step(step))));
            self.say(format!(
                "Its last line is {}{}. No line says why it ended, so there is no verdict.",
                diagnosis.source.lines,
                place.unwrap_or_default()
            ));
        }
        match diagnosis.causes.split_first() {
            None => self.unknown(diagnosis),
            Some((first, rest)) => {
                self.cause(diagnosis, first);
                self.folded(&format!("Other possible causes: {}", rest.len()), |page| {
                    for cause in rest {
                        page.further(diagnosis, first, cause);
                    }
                });
                self.suspicious(diagnosis, "That is a guess. Other lines worth reading, best first:");
            }
        }
        let said = diagnosis.causes.is_empty() && diagnosis.outcome == Outcome::Failed;
        if let Some(text) = left_out(diagnosis).filter(|_| !said) {
            self.say(format!("… and {}", inline(&text)));
        }
        for gap in &diagnosis.gaps {
            self.say(format!("> {}", inline(&missing(gap))));
        }
    }

    fn cause(&mut self, diagnosis: &Diagnosis, cause: &Cause) {
        self.say(format!("### ✗ {} · {}", inline(&cause.title), verdict(cause).join(" · ")));
        self.say(format!("`{}` · {} confidence", cause.class, cause.confidence.as_str()));
        if cause.origin == Origin::Repository {
            self.say("(Said by a signature of this repository's `.whyfail` folder.)");
        }
        for evidence in cause.evidence.iter().take(2) {
            self.evidence(diagnosis, evidence);
        }
        for detail in details(cause) {
            self.say(inline(&detail));
        }
        if cause.count > 1 {
            self.say(format!("{} in all.", counted(cause.count, "finding")));
        }
        let meaning = diagnosis.exit_code_meaning.as_ref().filter(|meaning| !meaning.starts_with("exit code 1:"));
        if let Some(meaning) = meaning {
            self.say(format!("The {}", inline(meaning)));
        }
        if !cause.explanation.is_empty() {
            self.say(format!("**Why:** {}", inline(&cause.explanation)));
        }
        if let Some((first, others)) = cause.remedies.split_first() {
            self.remedy("Fix", first);
            self.folded(&format!("Other ways to mend it: {}", others.len()), |page| {
                for remedy in others {
                    page.remedy("Or", remedy);
                }
            });
        }
        self.folded("The lines around the proof, what it led to, and how not to meet it again", |page| {
            // Where the reader asked for them, they stand around the proof itself.
            let asked = page.context > 0;
            if let Some(evidence) = cause.evidence.first().filter(|_| !asked) {
                page.around(evidence);
            }
            page.consequences(diagnosis, cause);
            if let Some(prevention) = &cause.prevention {
                page.say(format!("**Not again:** {}", inline(prevention)));
            }
        });
        self.ranking(cause);
        let mut more = format!("More: `whyfail explain {}`", cause.signature);
        for reference in &cause.references {
            more.push_str(&format!(" · {}", link(reference, cause.origin)));
        }
        self.say(more);
    }

    fn further(&mut self, diagnosis: &Diagnosis, first: &Cause, cause: &Cause) {
        let independent = cause.step.is_some() && first.step.is_some() && cause.step != first.step;
        let head = if independent && cause.confidence > Confidence::Low { "Another cause" } else { "Also possible" };
        self.say(format!("#### {}. {head}: {}", cause.rank, inline(&cause.title)));
        self.say(format!("`{}` · {} confidence", cause.class, cause.confidence.as_str()));
        if let Some(evidence) = cause.evidence.first() {
            self.evidence(diagnosis, evidence);
        }
        if let Some(remedy) = cause.remedies.first() {
            self.remedy("Fix", remedy);
        }
        self.ranking(cause);
    }

    fn unknown(&mut self, diagnosis: &Diagnosis) {
        if diagnosis.outcome == Outcome::Failed {
            self.say(format!("### ✗ {}", unexplained(diagnosis)));
            let step = diagnosis.failing_step.as_ref().and_then(|key| diagnosis.step(key));
            if let Some(step) = step {
                self.say(format!("It failed in step {}.", code(&of_step(step))));
            }
            if let Some(meaning) = &diagnosis.exit_code_meaning {
                self.say(format!("The {}", inline(meaning)));
            }
        }
        if let Some(sentence) = silent_step(diagnosis) {
            self.say(inline(sentence));
        }
        self.suspicious(diagnosis, "Most suspicious lines, best first:");
    }

    /// The lines worth reading.
    fn suspicious(&mut self, diagnosis: &Diagnosis, head: &str) {
        if !diagnosis.suspicious.is_empty() {
            self.say(head);
            let mut lines: Vec<String> = diagnosis
                .suspicious
                .iter()
                .map(|line| format!("{:>6} | {}", line.evidence.line, visible(&line.evidence.text)))
                .collect();
            let beside = |more: &str| format!("{:>6} | {}", "", visible(more));
            let first = diagnosis.suspicious.first().filter(|_| self.context > 0).map(|line| &line.evidence.context);
            if let Some(Context { before, after }) = first {
                let after = after.iter().take(self.context).map(|line| beside(line));
                lines.splice(1..1, after.collect::<Vec<String>>());
                let before = before.iter().skip(before.len().saturating_sub(self.context)).map(|line| beside(line));
                lines.splice(0..0, before.collect::<Vec<String>>());
            } else {
                lines.splice(1..1, what_follows(diagnosis).map(beside).collect::<Vec<String>>());
            }
            self.say(fence("text", &lines.join("\n")));
        }
    }

    fn evidence(&mut self, diagnosis: &Diagnosis, evidence: &Evidence) {
        let place = match &evidence.file {
            Some(file) => format!("Line {} of {}", evidence.line, code(file)),
            None => format!("Line {} of the log", evidence.line),
        };
        let step = evidence.step.as_ref().and_then(|key| diagnosis.step(key));
        let step = step.map(|step| format!(", in step {}", code(&of_step(step)))).unwrap_or_default();
        self.say(format!("{place}{step}:"));
        let around = &evidence.context;
        let before = around.before.iter().skip(around.before.len().saturating_sub(self.context));
        let after = around.after.iter().take(self.context);
        let [before, after] = [before.collect::<Vec<_>>(), after.collect()];
        if evidence.file.is_some() || (before.is_empty() && after.is_empty()) {
            return self.say(fence("text", &evidence.text));
        }
        let beside = |line: &&String| format!("{:>6} | {}", "", visible(line));
        let proof = format!("{:>6} | {}", evidence.line, visible(&evidence.text));
        let lines: Vec<String> = before.iter().map(beside).chain([proof]).chain(after.iter().map(beside)).collect();
        self.say(fence("text", &lines.join("\n")));
    }

    /// The line among those around it, which are of the same step.
    fn around(&mut self, evidence: &Evidence) {
        let context = &evidence.context;
        if context.before.is_empty() && context.after.is_empty() {
            return;
        }
        let other = |text: &String| format!("{:>6} | {}", "", visible(text));
        let mut lines: Vec<String> = context.before.iter().map(other).collect();
        lines.push(format!("{:>6} | {}", evidence.line, visible(&evidence.text)));
        lines.extend(context.after.iter().map(other));
        self.say(fence("text", &lines.join("\n")));
    }

    fn remedy(&mut self, head: &str, remedy: &FilledRemedy) {
        let when = remedy.when.as_ref().map(|when| format!(" (when {})", inline(when.trim_start_matches("when "))));
        self.say(format!("**{head}:** {}{}", inline(&remedy.title), when.unwrap_or_default()));
        for edit in &remedy.edits {
            self.edit(edit);
        }
        if !remedy.commands.is_empty() {
            self.say(fence("sh", &remedy.commands.join("\n")));
        }
        if let Some(text) = remedy.verification() {
            self.say(format!("✓ {}", inline(&text)));
        }
        if remedy.risk != Risk::None {
            self.say(format!("> **{}:** {}", remedy.risk, inline(remedy.risk_note.as_deref().unwrap_or_default())));
        }
    }

    fn edit(&mut self, edit: &FilledEdit) {
        let lines = |mark: char, text: &Option<String>| -> Vec<String> {
            text.iter().flat_map(|text| text.trim_end().lines()).map(|line| format!("{mark} {line}")).collect()
        };
        let (place, changes) = match (edit.kind, &edit.before) {
            (EditKind::Insert, Some(before)) => (format!(", before {}", code(before.trim())), lines('+', &edit.after)),
            (EditKind::Insert, None) => (String::new(), lines('+', &edit.after)),
            (EditKind::Delete, _) => (String::new(), lines('-', &edit.before)),
            (EditKind::Replace, _) => (String::new(), [lines('-', &edit.before), lines('+', &edit.after)].concat()),
        };
        self.say(format!("In {}{place}:", code(&edit.file)));
        self.say(fence("diff", &changes.join("\n")));
    }

    fn consequences(&mut self, diagnosis: &Diagnosis, cause: &Cause) {
        let mut seen: Vec<String> =
            cause.consequences.iter().map(|c| format!("{} (line {})", inline(&c.title), c.line)).collect();
        seen.extend(diagnosis.symptoms.iter().map(|symptom| {
            let line = symptom.evidence.first().map(|e| format!(" (line {})", e.line)).unwrap_or_default();
            format!("{}{line}", inline(&symptom.title))
        }));
        seen.dedup();
        if !seen.is_empty() {
            self.say(format!("**Then:** {}", seen.join("; ")));
        }
    }

    fn ranking(&mut self, cause: &Cause) {
        if self.explain_ranking {
            let lines = cause.ranking.iter().map(|factor| format!("\n{:>+5}  {}", factor.points, factor.reason));
            self.say(fence("text", &format!("score {}{}", cause.score, lines.collect::<String>())));
        }
    }
}

/// What may stand before a plain word, and behind it.
const BEFORE: &[char] = &['(', '"', '\'', '“', '‘', '„'];
const BEHIND: &[char] = &[')', ',', '.', ';', ':', '!', '?', '"', '\'', '”', '’', '…'];

/// A sentence on one line: plain words as they are, what stands between backticks and every other word in a code span.
fn inline(text: &str) -> String {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::new();
    let mut rest = text.as_str();
    loop {
        let quoted = rest.split_once('`').and_then(|(before, tail)| {
            let (inside, after) = tail.split_once('`')?;
            // Between words: what is glued to one belongs to it, and so do further backticks.
            let own = !inside.trim().is_empty() && !after.starts_with('`');
            (own && before.chars().all(|c| c != '`') && !before.ends_with(glued) && !after.starts_with(glued))
                .then_some((before, inside, after))
        });
        let Some((before, inside, after)) = quoted else { break };
        words(before, &mut out);
        out.push_str(&code(inside));
        rest = after;
    }
    words(rest, &mut out);
    out
}

fn glued(c: char) -> bool {
    c != ' ' && !BEFORE.contains(&c) && !BEHIND.contains(&c)
}

fn words(text: &str, out: &mut String) {
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let rest = word.trim_start_matches(BEFORE);
        let core = rest.trim_end_matches(BEHIND);
        out.push_str(word.head(word.len() - rest.len()));
        if is_plain(core) {
            out.push_str(core);
        } else {
            out.push_str(&code(core));
        }
        out.push_str(rest.tail(core.len()));
    }
}

/// A word that neither Markdown nor a forge's own syntax reads as anything else: letters, or a short number.
fn is_plain(word: &str) -> bool {
    if matches!(word, "" | "e.g" | "i.e" | "–" | "—" | "·" | "→") {
        return true;
    }
    let commit = word.len() >= 7 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let letters = word.starts_with(char::is_alphabetic)
        && word.ends_with(char::is_alphabetic)
        && word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'));
    let number = word.len() <= 6 && word.bytes().all(|b| b.is_ascii_digit());
    !commit && (letters || number)
}

/// A code span, whatever `text` holds.
fn code(text: &str) -> String {
    let text = visible(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    // One blank on both sides belongs to the fence, so that a backtick or a blank at the edge stays.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A fenced block, whatever `text` holds.
fn fence(language: &str, text: &str) -> String {
    let lines: Vec<String> = text.lines().map(visible).collect();
    let text = lines.join("\n");
    let fence = "`".repeat((longest_run(&text) + 1).max(3));
    format!("{fence}{language}\n{text}\n{fence}")
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A signature's reference; one that came with the repository is shown, not linked.
fn link(reference: &str, origin: Origin) -> String {
    let good = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&'()*+,;=%".contains(c);
    if origin != Origin::Repository && reference.starts_with("https://") && reference.chars().all(good) {
        format!("<{reference}>")
    } else {
        code(reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_and_the_rest_is_code() {
        for (text, expected) in [
            (
                "The host proxy.example.org refuses (403), can't go on.",
                "The host `proxy.example.org` refuses (403), can't go on.",
            ),
            ("@everyone see #12 and !3, GH-4", "`@everyone` see `#12` and `!3`, `GH-4`"),
            ("[x](javascript:alert(1))", "`[x](javascript:alert(1`))"),
            ("</details> <img src=x onerror=y>", "`</details>` `<img` `src=x` `onerror=y>`"),
            ("Run `npm ci --omit=dev`, or (`make`).", "Run `npm ci --omit=dev`, or (`make`)."),
            ("a ``c`` d ` e", "a ``` ``c`` ``` d `` ` `` e"),
            ("**bold** _it_ ~~no~~ | \\ $x$ a&amp;b", "`**bold**` `_it_` `~~no~~` `|` `\\` `$x$` `a&amp;b`"),
            (
                "deadbeef defaced 1234567 http://x www.y a@b.c",
                "`deadbeef` `defaced` `1234567` `http://x` `www.y` `a@b.c`",
            ),
            (":smile: - -- x", "`:smile`: `-` `--` x"),
            ("one\ntwo\u{1b}[31m\rthree", "one `two␛[31m` three"),
        ] {
            assert_eq!(inline(text), expected);
        }
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("sh", "a ```` b\n```\u{7}"), "`````sh\na ```` b\n```␇\n`````");
        assert_eq!(fence("text", ""), "```text\n\n```");
    }

    #[test]
    fn only_addresses_of_the_database_are_links() {
        assert_eq!(link("https://go.dev/ref/mod#a", Origin::BuiltIn), "<https://go.dev/ref/mod#a>");
        assert_eq!(link("https://go.dev/ref/mod#a", Origin::Repository), "`https://go.dev/ref/mod#a`");
        assert_eq!(link("https://x/><b>", Origin::User), "`https://x/><b>`");
    }
}
