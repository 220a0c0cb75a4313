//! For a person at a terminal, who is tired: the cause, its proof, why, what to do.

use std::io;

use colored::{Color, Colorize};
use textwrap::{Options, WordSplitter};

use super::sections::Screen;
use super::summary::{self, Summary};
use super::{
    Style, counted, defused, details, left_out, missing, silent_step, title_of_step, unexplained, verdict, what_follows,
};
use crate::Diagnosis;
use crate::model::{Cause, Confidence, Evidence, EvidenceSource, FilledRemedy, Outcome, Step, StepOutcome};
use crate::signature::{Class, EditKind, Origin, Owner, Risk};

/// Narrower, the text is unreadable anyway.
const NARROWEST: usize = 40;
/// Wider, lines are hard to read.
const WIDEST: usize = 110;
/// Most reasons of an archive's failures that are told.
const REASONS: usize = 20;
/// Most causes behind the first that are told, unless the reader asks for more.
const FURTHER: usize = 4;
/// Longest name of a file in front of one of its lines, in characters.
const FILE_NAME: usize = 30;

pub(super) fn write(out: &mut dyn Screen, diagnoses: &[Diagnosis], style: &Style) -> io::Result<()> {
    let (summary, alone) = summary::pages(diagnoses);
    let mut page = Page { out, style, width: style.width.clamp(NARROWEST, WIDEST) };
    let mut at_start = true;
    let mut first = true;
    if let Some(summary) = &summary {
        page.summary(summary)?;
        at_start = false;
    }
    let reasons = summary.iter().flat_map(|summary| &summary.reasons).take(REASONS);
    for shown in reasons.chain(&alone) {
        if !std::mem::take(&mut at_start) {
            writeln!(page.out)?;
        }
        let many = diagnoses.len() > 1;
        let head = if many { summary::heading(shown.diagnosis) } else { "whyfail".to_owned() };
        page.out.open(&head, std::mem::take(&mut first))?;
        page.diagnosis(shown.diagnosis, diagnoses.len() > 1, shown.others.len())?;
        page.out.close()?;
    }
    Ok(())
}

struct Page<'p> {
    out: &'p mut dyn Screen,
    style: &'p Style,
    width: usize,
}

impl Page<'_> {
    fn paint(&self, text: &str, color: Color, bold: bool) -> String {
        if !self.style.color {
            return text.to_owned();
        }
        let text = text.color(color);
        if bold { text.bold().to_string() } else { text.to_string() }
    }

    fn dim(&self, text: &str) -> String {
        if self.style.color { text.dimmed().to_string() } else { text.to_owned() }
    }

    fn quoted(&self, text: &str) -> String {
        defused(text, self.style)
    }

    /// Writes `text` wrapped behind `head`, later lines indented as far.
    fn wrapped(&mut self, head: &str, text: &str, paint: impl Fn(&Self, &str) -> String) -> io::Result<()> {
        let indent = textwrap::core::display_width(head);
        let pad = " ".repeat(indent);
        let room = self.width.saturating_sub(indent).max(20);
        let options = Options::new(room).word_splitter(WordSplitter::NoHyphenation).break_words(false);
        let mut first = true;
        for paragraph in text.split('\n') {
            let paragraph = paragraph.trim();
            for line in textwrap::wrap(paragraph, &options) {
                let lead = if first { head } else { &pad };
                let line = paint(self, &line);
                writeln!(self.out, "{}", format!("{lead}{line}").trim_end())?;
                first = false;
            }
        }
        Ok(())
    }

    fn rule(&mut self, verdict: &str) -> io::Result<()> {
        let head = if verdict.is_empty() { String::new() } else { format!("· {verdict} ") };
        let rest = self.width.saturating_sub(11 + head.chars().count());
        if rest == 0 {
            return self.wrapped("── whyfail · ", verdict, |page, line| page.paint(line, Color::Yellow, false));
        }
        let head = self.paint(&head, Color::Yellow, false);
        writeln!(self.out, "{}{head}{}", self.dim("── whyfail "), self.dim(&"─".repeat(rest)))
    }

    /// What the logs of an archive come to.
    fn summary(&mut self, summary: &Summary<'_>) -> io::Result<()> {
        self.rule("")?;
        let (mark, color) = if summary.is_good() { ("✓", Color::Green) } else { ("✗", Color::Red) };
        let headline = self.paint(&format!("{mark} {}", summary.headline()), color, true);
        let source = self.quoted(summary.source());
        let source = if source.is_empty() { source } else { format!("{source}, ") };
        let counts = if summary.is_good() { String::new() } else { format!(" ({source}{})", summary.counts()) };
        writeln!(self.out, "{headline}{}", self.dim(&counts))?;
        for page in summary.reasons.iter().take(REASONS) {
            let reason = self.quoted(&page.reason());
            self.wrapped(&format!("{:>5} × ", page.count()), &reason, |_, line| line.to_owned())?;
            let names = self.quoted(&summary.names(page));
            self.wrapped("        ", &names, |page, line| page.dim(line))?;
        }
        if summary.reasons.len() > REASONS {
            let more =
                format!("        … and {} more reasons (--format json shows all)", summary.reasons.len() - REASONS);
            writeln!(self.out, "{}", self.dim(&more))?;
        }
        Ok(())
    }

    /// The report on one log, and on `others` with the same failure.
    fn diagnosis(&mut self, diagnosis: &Diagnosis, many: bool, others: usize) -> io::Result<()> {
        self.rule(&diagnosis.causes.first().map(|cause| verdict(cause).join(" · ")).unwrap_or_default())?;
        if many {
            let heading = self.quoted(&summary::heading(diagnosis));
            let others = if others > 0 { format!(", and {others} more like it") } else { String::new() };
            writeln!(self.out, "{heading}{}", self.dim(&others))?;
        }
        match diagnosis.outcome {
            Outcome::Succeeded => self.good(diagnosis, "No failure found: the build succeeded."),
            Outcome::NoFailure if diagnosis.source.bytes == 0 => {
                self.good(diagnosis, "No failure found: the log is empty. (Are errors missing? Use 2>&1 in the pipe.)")
            }
            Outcome::NoFailure => self.good(diagnosis, "No failure found."),
            Outcome::Failed | Outcome::Undetermined => self.failure(diagnosis),
        }?;
        self.advice(diagnosis)
    }

    /// What could be better, whatever became of the build.
    fn advice(&mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        for advice in &diagnosis.advice {
            writeln!(self.out)?;
            let title = self.quoted(&advice.title);
            self.wrapped("advice: ", &title, |page, line| page.paint(line, Color::Yellow, true))?;
            for evidence in advice.evidence.iter().take(2) {
                self.evidence(evidence)?;
            }
            let text = self.quoted(&advice.explanation.replace('\n', " "));
            self.labelled("  ", &text)?;
        }
        Ok(())
    }

    fn good(&mut self, diagnosis: &Diagnosis, text: &str) -> io::Result<()> {
        let mark = self.paint("✓", Color::Green, true);
        let lines = counted(diagnosis.source.lines, "line");
        writeln!(self.out, "{mark} {text} {}", self.dim(&format!("({lines} read)")))
    }

    fn failure(&mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        if diagnosis.outcome == Outcome::Undetermined {
            self.broken_off(diagnosis)?;
        }
        match diagnosis.causes.split_first() {
            None => self.unknown(diagnosis)?,
            Some((first, rest)) => {
                self.cause(diagnosis, first)?;
                let most = self.style.top.map_or(FURTHER, |top| top.max(1) - 1);
                if !rest.is_empty() {
                    self.out.open(&format!("further causes: {}", rest.len()), false)?;
                }
                for cause in rest.iter().take(most) {
                    self.further(diagnosis, first, cause)?;
                }
                if rest.len() > most {
                    let more = format!("  … and {} weaker ones (--format json shows all)", rest.len() - most);
                    writeln!(self.out, "\n{}", self.dim(&more))?;
                }
                if !rest.is_empty() {
                    self.out.close()?;
                }
                self.suspicious(diagnosis, "That is a guess. Other lines worth reading, best first:")?;
            }
        }
        // Where nothing is left of a failure, its headline has said it.
        let said = diagnosis.causes.is_empty() && diagnosis.outcome == Outcome::Failed;
        if let Some(text) = left_out(diagnosis).filter(|_| !said) {
            writeln!(self.out, "\n{}", self.dim(&format!("  … and {text}")))?;
        }
        for gap in &diagnosis.gaps {
            let text = self.quoted(&missing(gap));
            self.wrapped("  ! ", &text, |page, line| page.paint(line, Color::Yellow, false))?;
        }
        Ok(())
    }

    fn broken_off(&mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        let step = diagnosis.failing_step.as_ref().and_then(|key| diagnosis.step(key));
        let what = match step {
            Some(step) => format!(
                "The log breaks off (line {}) while this step was running: {}",
                diagnosis.source.lines,
                self.quoted(&title_of_step(step))
            ),
            None => "The log breaks off.".to_owned(),
        };
        self.wrapped("? ", &what, |page, line| page.paint(line, Color::Yellow, true))?;
        self.wrapped(
            "  ",
            "No line says why it ended: the runner may have gone away, or only a part was saved. No verdict.",
            |_, line| line.to_owned(),
        )
    }

    /// The answer.
    fn cause(&mut self, diagnosis: &Diagnosis, cause: &Cause) -> io::Result<()> {
        if own_code(cause) {
            return self.own_code(diagnosis, cause);
        }
        let title = format!("✗ {}", self.quoted(&cause.title));
        self.wrapped("", &title, |page, line| page.paint(line, Color::Red, true))?;
        writeln!(self.out, "  {}", self.dim(&tag(cause)))?;
        if cause.origin == Origin::Repository {
            let text = "  (said by a signature of this repository's .whyfail folder)";
            writeln!(self.out, "{}", self.paint(text, Color::Yellow, false))?;
        }
        writeln!(self.out)?;
        let mut shown_to = 0;
        for evidence in cause.evidence.iter().filter(|line| line.source == EvidenceSource::Log).take(2) {
            // What stands close behind the first line was shown around it.
            if evidence.line > shown_to {
                self.proof(evidence)?
            } else {
                self.evidence(evidence)?
            }
            shown_to = evidence.line + 2 * self.style.context as u64;
        }
        self.place(diagnosis, cause)?;
        for evidence in cause.evidence.iter().filter(|line| line.source == EvidenceSource::Project).take(3) {
            self.evidence(evidence)?;
        }
        if !cause.explanation.is_empty() {
            writeln!(self.out)?;
            let text = self.quoted(&cause.explanation.replace('\n', " "));
            let head = self.label("Why");
            self.labelled(&head, &text)?;
        }
        if !cause.remedies.is_empty() {
            writeln!(self.out)?;
            for (at, remedy) in cause.remedies.iter().enumerate() {
                if at == 1 {
                    self.out.open(&format!("more ways to mend it: {}", cause.remedies.len() - 1), false)?;
                }
                self.remedy(at, remedy)?;
            }
            if cause.remedies.len() > 1 {
                self.out.close()?;
            }
            if cause.remedies.iter().any(|remedy| !remedy.verified) {
                writeln!(self.out, "        {}", self.dim("What has no ✓ has not been verified by a recorded build."))?;
            }
        }
        self.consequences(diagnosis, cause)?;
        self.last_line(cause)
    }

    /// The reader's own code does not compile or fails its tests: what, where, how many. No lecture.
    fn own_code(&mut self, diagnosis: &Diagnosis, cause: &Cause) -> io::Result<()> {
        let title = format!("✗ {}", self.quoted(&cause.title));
        let tag = self.dim(&tag(cause));
        let room = self.width.saturating_sub(2);
        if textwrap::core::display_width(&title) + textwrap::core::display_width(&tag) < room {
            let title = self.paint(&title, Color::Red, true);
            writeln!(self.out, "{title}  {tag}")?;
        } else {
            self.wrapped("", &title, |page, line| page.paint(line, Color::Red, true))?;
        }
        if let Some(evidence) = cause.evidence.first() {
            self.proof(evidence)?;
        }
        for detail in details(cause) {
            let detail = self.quoted(&detail);
            self.wrapped("          ", &detail, |_, line| line.to_owned())?;
        }
        let mut text = String::new();
        if cause.count > 1 {
            text.push_str(&self.findings(cause));
            text.push_str("; ");
        }
        if let Some(step) = cause.step.as_ref().and_then(|key| diagnosis.step(key)) {
            text.push_str(&format!("in step {}", self.quoted(&title_of_step(step))));
            if let (Some(file), Some(line)) = (&step.file, step.file_line) {
                text.push_str(&format!(" ({}:{line})", self.quoted(file)));
            }
            text.push_str("; ");
        }
        text.push_str(&format!("more: whyfail explain {}", cause.signature));
        self.wrapped("  ", &text, |page, line| page.dim(line))?;
        if self.style.explain_ranking {
            self.ranking(cause)?;
        }
        Ok(())
    }

    fn label(&self, word: &str) -> String {
        format!("  {word:<5} ")
    }

    fn labelled(&mut self, head: &str, text: &str) -> io::Result<()> {
        self.wrapped(head, text, |_, line| line.to_owned())
    }

    /// A line of evidence, with the lines around it that the reader asked for.
    fn proof(&mut self, evidence: &Evidence) -> io::Result<()> {
        let context = self.style.context;
        let before = &evidence.context.before;
        self.around(before.iter().skip(before.len().saturating_sub(context)).map(String::as_str))?;
        self.evidence(evidence)?;
        self.around(evidence.context.after.iter().take(context).map(String::as_str))
    }

    /// Lines without a number, each on one line of the screen. Blank ones are left out.
    fn around<'l>(&mut self, lines: impl Iterator<Item = &'l str>) -> io::Result<()> {
        for line in lines.filter(|line| !line.trim().is_empty()) {
            let text = format!("  {:>5} │ {}", "", self.quoted(&line.replace('\t', "    ")));
            let text: String = text.chars().take(self.width).collect();
            writeln!(self.out, "{}", self.dim(&text))?;
        }
        Ok(())
    }

    fn evidence(&mut self, evidence: &Evidence) -> io::Result<()> {
        let number = match evidence.joined {
            0 | 1 => evidence.line.to_string(),
            joined => format!("{}-{}", evidence.line, evidence.line + u64::from(joined) - 1),
        };
        let number = match &evidence.file {
            Some(file) => format!("{}:{number}", self.quoted(&tail(file, FILE_NAME))),
            None => number,
        };
        let head = format!("  {number:>5} │ ");
        let text = self.quoted(&evidence.text.replace('\t', "    "));
        let indent = head.chars().count();
        let room = self.width.saturating_sub(indent).max(20);
        let mut chars: Vec<char> = text.chars().collect();
        let mut lead = self.dim(&head);
        // Three screen lines of proof are enough for the eye; JSON has it whole.
        for at in 0..3 {
            let rest: Vec<char> = chars.split_off(chars.len().min(room));
            let mut line: String = chars.iter().collect();
            if at == 2 && !rest.is_empty() {
                line.pop();
                line.push('…');
            }
            let line = self.paint(&line, Color::White, true);
            writeln!(self.out, "{lead}{line}")?;
            if rest.is_empty() {
                break;
            }
            chars = rest;
            lead = self.dim(&format!("{}│ ", " ".repeat(indent.saturating_sub(2))));
        }
        Ok(())
    }

    fn place(&mut self, diagnosis: &Diagnosis, cause: &Cause) -> io::Result<()> {
        if let Some(step) = cause.step.as_ref().and_then(|key| diagnosis.step(key)) {
            self.step(step)?;
        }
        if let Some(meaning) = diagnosis.exit_code_meaning.as_ref().filter(|m| !m.starts_with("exit code 1:")) {
            let text = format!("  {:>5}   {meaning}", "");
            writeln!(self.out, "{}", self.dim(&text))?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> io::Result<()> {
        let mut text = format!("in step {}", self.quoted(&title_of_step(step)));
        if let (Some(file), Some(line)) = (&step.file, step.file_line) {
            text.push_str(&format!(" ({}:{line})", self.quoted(file)));
        }
        self.wrapped("          ", &text, |page, line| page.dim(line))?;
        let whole = step.command.as_deref() == step.failed_part.as_deref();
        if let Some(part) = step.failed_part.as_ref().filter(|_| !whole) {
            let text = format!("the part that failed: {}", self.quoted(part));
            self.wrapped("          ", &text, |page, line| page.dim(line))?;
        }
        Ok(())
    }

    /// How many findings there are, in which files.
    fn findings(&self, cause: &Cause) -> String {
        let word = if cause.class == Class::TestFailure { "failure" } else { "error" };
        let mut text = counted(cause.count, word);
        if !cause.files.is_empty() {
            text.push_str(&format!(" in {}: ", counted(cause.files.len() as u64, "file")));
            let shown = cause.files.iter().take(5).map(|file| format!("{} ({})", self.quoted(&file.file), file.count));
            text.push_str(&shown.collect::<Vec<_>>().join(", "));
            if cause.files.len() > 5 {
                text.push_str(", …");
            }
        }
        text
    }

    fn remedy(&mut self, at: usize, remedy: &FilledRemedy) -> io::Result<()> {
        let head = if at == 0 { self.label("Fix") } else { self.label("or") };
        let mut title = self.quoted(&remedy.title.replace('\n', " "));
        if let Some(when) = &remedy.when {
            title.push_str(&format!(" (when {})", self.quoted(when.trim_start_matches("when "))));
        }
        self.labelled(&head, &title)?;
        // Edits first: a command often builds what they have changed.
        for edit in &remedy.edits {
            self.edit(edit)?;
        }
        for command in &remedy.commands {
            for line in self.quoted(command).lines() {
                let line = self.paint(line, Color::Cyan, false);
                writeln!(self.out, "          $ {line}")?;
            }
        }
        if let Some(text) = remedy.verification() {
            self.wrapped("        ✓ ", &self.quoted(&text), |page, line| page.paint(line, Color::Green, false))?;
        }
        let note = match remedy.risk {
            Risk::None => None,
            Risk::Caution => Some((Color::Yellow, "caution")),
            Risk::Dangerous => Some((Color::Red, "dangerous")),
        };
        if let Some((color, word)) = note {
            let text =
                format!("{word}: {}", self.quoted(&remedy.risk_note.clone().unwrap_or_default().replace('\n', " ")));
            self.wrapped("        ! ", &text, |page, line| page.paint(line, color, false))?;
        }
        Ok(())
    }

    fn edit(&mut self, edit: &crate::model::FilledEdit) -> io::Result<()> {
        let file = self.quoted(&edit.file);
        let lines = |text: &Option<String>| text.clone().unwrap_or_default().trim_end().to_owned();
        let (removed, added) = match edit.kind {
            EditKind::Replace => (lines(&edit.before), lines(&edit.after)),
            EditKind::Insert => (String::new(), lines(&edit.after)),
            EditKind::Delete => (lines(&edit.before), String::new()),
        };
        let place = match (edit.kind, &edit.before) {
            (EditKind::Insert, Some(before)) => format!("{file}, before {}:", self.quoted(before.trim())),
            _ => format!("{file}:"),
        };
        writeln!(self.out, "          {}", self.dim(&place))?;
        for line in removed.lines() {
            let line = self.paint(&format!("- {}", self.quoted(line)), Color::Red, false);
            writeln!(self.out, "          {line}")?;
        }
        for line in added.lines() {
            let line = self.paint(&format!("+ {}", self.quoted(line)), Color::Green, false);
            writeln!(self.out, "          {line}")?;
        }
        Ok(())
    }

    fn consequences(&mut self, diagnosis: &Diagnosis, cause: &Cause) -> io::Result<()> {
        let mut seen: Vec<String> =
            cause.consequences.iter().map(|c| format!("{} (line {})", c.title, c.line)).collect();
        seen.extend(diagnosis.symptoms.iter().map(|symptom| {
            let line = symptom.evidence.first().map(|e| format!(" (line {})", e.line)).unwrap_or_default();
            format!("{}{line}", symptom.title)
        }));
        seen.dedup();
        if seen.is_empty() {
            return Ok(());
        }
        writeln!(self.out)?;
        let text = self.quoted(&seen.join("; "));
        let head = self.label("Then");
        self.wrapped(&head, &text, |page, line| page.dim(line))
    }

    /// Where to read more.
    fn last_line(&mut self, cause: &Cause) -> io::Result<()> {
        writeln!(self.out)?;
        let text = format!("More: whyfail explain {}", cause.signature);
        self.wrapped("  ", &text, |page, line| page.dim(line))?;
        if self.style.explain_ranking {
            self.ranking(cause)?;
        }
        Ok(())
    }

    fn ranking(&mut self, cause: &Cause) -> io::Result<()> {
        writeln!(self.out, "  Score {} = (clamped to 0..1000)", cause.score)?;
        for factor in &cause.ranking {
            writeln!(self.out, "    {:>+5}  {}", factor.points, factor.reason)?;
        }
        Ok(())
    }

    /// A cause behind the first: another step's own, or a possibility.
    fn further(&mut self, diagnosis: &Diagnosis, first: &Cause, cause: &Cause) -> io::Result<()> {
        writeln!(self.out)?;
        let independent = cause.step.is_some() && first.step.is_some() && cause.step != first.step;
        let head = if independent && cause.confidence > Confidence::Low { "Another cause" } else { "Also possible" };
        let title = format!(
            "{}. {head}: {} [{}, {}]",
            cause.rank,
            self.quoted(&cause.title),
            cause.class,
            cause.confidence.as_str()
        );
        self.wrapped("", &title, |page, line| page.paint(line, Color::Yellow, true))?;
        if let Some(evidence) = cause.evidence.first() {
            self.proof(evidence)?;
        }
        if independent {
            self.place(diagnosis, cause)?;
        }
        if let Some(remedy) = cause.remedies.first().filter(|_| !own_code(cause)) {
            self.remedy(0, remedy)?;
        }
        if self.style.explain_ranking {
            self.ranking(cause)?;
        }
        Ok(())
    }

    /// Nothing matched: where it failed, what the code means, what to read.
    fn unknown(&mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        if diagnosis.outcome == Outcome::Failed {
            let text = format!("✗ {}.", unexplained(diagnosis));
            self.wrapped("", &text, |page, line| page.paint(line, Color::Red, true))?;
        }
        let failing = diagnosis.failing_step.as_ref().and_then(|key| diagnosis.step(key));
        if let Some(step) = failing.filter(|step| step.outcome == StepOutcome::Failed) {
            self.step(step)?;
        }
        if let Some(meaning) = &diagnosis.exit_code_meaning {
            self.wrapped("          ", &meaning.clone(), |_, line| line.to_owned())?;
        }
        if let Some(sentence) = silent_step(diagnosis) {
            writeln!(self.out)?;
            self.wrapped("  ", sentence, |_, line| line.to_owned())?;
        }
        self.suspicious(diagnosis, "Most suspicious lines, best first:")?;
        if diagnosis.suspicious.is_empty() {
            return Ok(());
        }
        if diagnosis.outcome == Outcome::Failed && diagnosis.causes_left_out == 0 {
            writeln!(self.out)?;
            let text = "Nothing is invented here: whyfail only knows what its signatures know. `whyfail new --from LOG` drafts one.";
            self.wrapped("  ", text, |page, line| page.dim(line))?;
        }
        Ok(())
    }

    /// The lines worth reading.
    fn suspicious(&mut self, diagnosis: &Diagnosis, head: &str) -> io::Result<()> {
        if diagnosis.suspicious.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n  {head}")?;
        for (at, line) in diagnosis.suspicious.iter().enumerate() {
            if at > 0 {
                self.evidence(&line.evidence)?;
                continue;
            }
            if self.style.context > 0 {
                self.proof(&line.evidence)?;
            } else {
                self.evidence(&line.evidence)?;
                self.around(what_follows(diagnosis))?;
            }
            if let Some(reason) = &line.innermost {
                let reason = self.quoted(reason);
                self.wrapped("          its innermost reason: ", &reason, |_, line| line.to_owned())?;
            }
        }
        Ok(())
    }
}

fn tag(cause: &Cause) -> String {
    format!("[{} · {} confidence]", cause.class, cause.confidence.as_str())
}

/// Was the reader's own code found wanting? Then no lecture.
fn own_code(cause: &Cause) -> bool {
    cause.owner == Owner::Code && matches!(cause.class, Class::CompileError | Class::TestFailure)
}

/// The end of a long name: there it says which file it is.
fn tail(name: &str, most: usize) -> String {
    let mut rest = name;
    while rest.chars().count() > most {
        match rest.split_once('/') {
            Some((_, inner)) => rest = inner,
            None => break,
        }
    }
    if rest.len() == name.len() { name.to_owned() } else { format!("…/{rest}") }
}
