//! What BuildKit's clients print after a failure, in every progress mode: the repeated last lines of the failed step
//! between two `------`, the code frame of the Dockerfile, and the `failed to solve` chain.

use super::buildkit_plain::{numbered, timed};
use memchr::memmem::Finder;
use once_cell::sync::Lazy;

use super::builds::{Title, exit_code_after, instruction_command};
use super::{Builder, Scope};
use crate::model::{LineRole, Phase, StepOutcome, StepRef};
use crate::pieces::Pieces;

/// The recap block is never longer than this, so that a lone `------` of another tool can't swallow a log.
const RECAP_LINES: u32 = 400;

#[derive(Default)]
pub(super) struct BuildkitVerdict {
    place: Place,
    /// The step whose lines are repeated.
    step: Option<StepRef>,
    lines: u32,
    /// The clock of the line before, where an excerpt of a recap lost its head: `281.8 error: …`.
    clock: Option<f64>,
    /// `Dockerfile:7`, not yet given to a step.
    frame: Option<(String, u64)>,
}

#[derive(Default, PartialEq)]
enum Place {
    #[default]
    Outside,
    /// A rule was read; a block follows if ` > [` does.
    Rule,
    Recap,
    /// `Dockerfile:7` was read; a rule follows.
    FrameHead,
    Frame,
}

impl Builder for BuildkitVerdict {
    fn name(&self) -> &'static str {
        "buildkit"
    }

    fn at_rest(&self) -> bool {
        self.place == Place::Outside && self.clock.is_none()
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        // The commonest line in the commonest place: nothing of this shape.
        if self.place == Place::Outside {
            let first = line.iter().find(|b| **b != b' ');
            let heralds = matches!(first, Some(b'-' | b'>' | b'=' | b'f' | b'E' | b'e' | b't' | b'0'..=b'9'));
            // A code frame's head ends with the line's number.
            if !heralds && !line.trim_ascii_end().last().is_some_and(u8::is_ascii_digit) {
                return false;
            }
        }
        let line = line.trim_ascii_end();
        if self.place == Place::Outside && line.first().is_some_and(u8::is_ascii_digit) {
            return self.clocked(line, scope);
        }
        match self.place {
            Place::Recap => return self.recap_line(line, scope),
            Place::Frame | Place::FrameHead => {
                if self.frame_line(line, scope) {
                    return true;
                }
            }
            Place::Rule => {
                if let Some(name) = recap_title(line) {
                    self.begin_recap(name, line, scope);
                    return true;
                }
                if !line.is_empty() {
                    self.place = Place::Outside;
                }
            }
            Place::Outside => {}
        }
        if is_rule(line, 6) {
            self.place = Place::Rule;
            self.lines = 0;
            scope.emit(None, LineRole::Structure, line);
            return true;
        }
        // Markdown and mail eat rules: the title alone starts the block too.
        if let Some(name) = recap_title(line).filter(|name| names_a_step(name)) {
            self.begin_recap(name, line, scope);
            return true;
        }
        if let Some((file, at)) = frame_head(line) {
            self.frame = Some((file, at));
            self.place = Place::FrameHead;
            self.give_frame(scope);
            scope.emit(None, LineRole::Structure, line);
            return true;
        }
        if let Some(chain) = verdict_text(line) {
            self.verdict(line, chain, scope);
            return true;
        }
        false
    }
}

impl BuildkitVerdict {
    fn begin_recap(&mut self, name: &[u8], line: &[u8], scope: &mut Scope<'_>) {
        let name = String::from_utf8_lossy(name).into_owned();
        let nameless = |step: &StepRef| scope.builds.get(*step).is_some_and(|s| s.name.is_empty());
        let headless = scope.builds.last_failed().filter(nameless);
        self.step = scope.builds.find_by_name(&name).or(headless).or_else(|| {
            // A paste of the end only: the block is all that tells of the step.
            let title = Title::of_vertex(name.trim_end_matches(':'));
            let step = scope.builds.open(&format!("?{}", title.name), &title, scope.line());
            Some(step)
        });
        if let Some(step) = self.step {
            scope.builds.end(step, StepOutcome::Failed);
            let title = Title::of_vertex(name.trim_end_matches(':'));
            scope.builds.update(step, |s| {
                if s.name.len() < title.name.len() && title.name.starts_with(&s.name) {
                    (s.name, s.command, s.stage) = (title.name, title.command, title.stage.or(s.stage.take()));
                }
            });
        }
        scope.builds.mark_failed(scope.line());
        self.place = Place::Recap;
        self.lines = 0;
        scope.emit(self.step, LineRole::Structure, line);
    }

    fn recap_line(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        self.lines = self.lines.saturating_add(1);
        if is_rule(line, 6) || self.lines > RECAP_LINES {
            self.place = Place::Outside;
            scope.emit(None, LineRole::Structure, line);
            return true;
        }
        if let Some(name) = recap_title(line) {
            self.begin_recap(name, line, scope);
            return true;
        }
        if verdict_text(line).is_some() || frame_head(line).is_some() {
            // A block that was cut short.
            self.place = Place::Outside;
            return self.read(line, scope);
        }
        let inner = numbered(line).map_or(line, |(_, rest)| rest);
        let text = timed(inner).unwrap_or(inner);
        scope.emit(self.step, LineRole::Recap, text);
        true
    }

    /// `   7 | >>> RUN go mod download`, and the rules around such lines.
    fn frame_line(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        self.lines = self.lines.saturating_add(1);
        let trimmed = line.trim_ascii_start();
        let digits = trimmed.iter().take_while(|b| b.is_ascii_digit()).count();
        let in_frame = line.is_empty()
            || is_rule(line, 10)
            || (digits > 0 && trimmed.tail(digits).trim_ascii_start().starts_with(b"|"));
        if !in_frame || self.lines > RECAP_LINES {
            self.place = Place::Outside;
            return false;
        }
        if is_rule(line, 10) {
            self.place = if self.place == Place::FrameHead { Place::Frame } else { Place::Outside };
        }
        let source = trimmed.tail(digits).trim_ascii_start();
        let source = source.strip_prefix(b"|").unwrap_or(source).trim_ascii_start();
        if let Some(stage) = stage_name(source.strip_prefix(b">>>").unwrap_or(source).trim_ascii_start()) {
            scope.builds.saw_stage(&stage);
        }
        scope.emit(None, LineRole::Structure, line);
        true
    }

    /// A line of a recap without its head: a clock that does not run backwards stands before each.
    fn clocked(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        let before = self.clock.take();
        let Some(text) = timed(line) else { return false };
        let clock =
            std::str::from_utf8(line.head(line.len() - text.len())).ok().and_then(|c| c.trim().parse::<f64>().ok());
        self.clock = clock;
        let runs_on = before.zip(clock).is_some_and(|(before, now)| now >= before && now - before < 600.0);
        if runs_on {
            scope.emit(scope.builds.ambient(), LineRole::Output, text);
        }
        runs_on
    }

    fn give_frame(&mut self, scope: &mut Scope<'_>) {
        let Some((file, at)) = self.frame.clone() else { return };
        if let Some(step) = scope.builds.last_failed() {
            scope.builds.update(step, |s| {
                if s.file.is_none() {
                    s.file = Some(file);
                    s.file_line = Some(at);
                }
            });
            self.frame = None;
        }
    }

    fn verdict(&mut self, line: &[u8], chain: &[u8], scope: &mut Scope<'_>) {
        self.place = Place::Outside;
        scope.builds.mark_failed(scope.line());
        let text = String::from_utf8_lossy(chain).into_owned();
        let code = exit_code_after(&text, "exit code: ");
        let process = process_command(&text);
        let mut step = self.step.take().or(scope.builds.last_failed());
        if step.is_none() && process.is_some() {
            // Only the last lines were pasted.
            let command = process.as_deref().map(|c| c.strip_prefix("/bin/sh -c ").unwrap_or(c).to_owned());
            let mut title = Title::plain(&format!("RUN {}", command.clone().unwrap_or_default()), Phase::Build);
            title.command = command.as_deref().and_then(instruction_command);
            let opened = scope.builds.open(&format!("?{}", title.name), &title, scope.line());
            scope.builds.end(opened, StepOutcome::Failed);
            step = Some(opened);
        }
        if let Some(step) = step {
            scope.builds.update(step, |s| s.exit_code = s.exit_code.or(code));
        }
        self.give_frame(scope);
        scope.emit(step, LineRole::Verdict, line);
    }
}

/// A line of at least `length` dashes and nothing else.
fn is_rule(line: &[u8], length: usize) -> bool {
    let line = line.trim_ascii();
    line.len() >= length && line.len() <= 120 && line.iter().all(|b| *b == b'-')
}

/// ` > [builder 4/6] RUN go mod download:` (the blank in front may be lost).
fn recap_title(line: &[u8]) -> Option<&[u8]> {
    let mut rest = line.trim_ascii_start().strip_prefix(b"> ")?;
    // Quoted by mail.
    while let Some(inner) = rest.trim_ascii_start().strip_prefix(b"> ") {
        rest = inner;
    }
    (rest.starts_with(b"[") || rest.ends_with(b":")).then_some(rest)
}

/// `[builder 4/6] RUN go mod download:`, which nobody but BuildKit prints.
fn names_a_step(name: &[u8]) -> bool {
    let Some(end) = name.iter().take(120).position(|b| *b == b']') else { return false };
    let count = name.head(end).rsplit(|b| matches!(b, b' ' | b'[')).next().unwrap_or_default();
    let digits = count.iter().filter(|b| b.is_ascii_digit()).count();
    name.ends_with(b":") && digits > 1 && digits + 1 == count.len() && count.contains(&b'/')
}

/// `Dockerfile:7`, `api/web.Dockerfile:12`.
fn frame_head(line: &[u8]) -> Option<(String, u64)> {
    if line.len() > 300 || !line.last().is_some_and(u8::is_ascii_digit) || line.contains(&b' ') {
        return None;
    }
    let colon = line.iter().rposition(|b| *b == b':')?;
    let (file, number) = (line.head(colon), line.tail(colon + 1));
    if number.is_empty() || number.len() > 6 || !number.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let name = file.rsplit(|b| matches!(b, b'/' | b'\\')).next()?;
    let lower = name.to_ascii_lowercase();
    let named = memchr::memmem::find(&lower, b"dockerfile").is_some()
        || memchr::memmem::find(&lower, b"containerfile").is_some();
    named.then(|| (String::from_utf8_lossy(file).into_owned(), String::from_utf8_lossy(number).parse().unwrap_or(1)))
}

/// The words of every verdict.
static SOLVE: Lazy<Finder<'static>> = Lazy::new(|| Finder::new("failed to solve"));

/// The chain after the words with which every client starts its last line.
fn verdict_text(line: &[u8]) -> Option<&[u8]> {
    // Few lines start so: the search is for them alone.
    let heralds =
        [&b"failed to solve"[..], b"failed to build: ", b"ERROR: ", b"error: ", b"Error: ", b"target ", b"> ", b"=> "];
    if !heralds.iter().any(|herald| line.trim_ascii_start().starts_with(herald)) {
        return None;
    }
    SOLVE.find(line.head(200)).map(|at| line.tail(at))
}

/// The command in `process "…" did not complete` or `executor failed running […]`.
fn process_command(text: &str) -> Option<String> {
    if let Some(at) = text.find("process \"") {
        let rest = text.tail(at + 9);
        return rest.rfind("\" did not complete").map(|end| rest.head(end).replace("\\\"", "\"").replace("\\t", "\t"));
    }
    let at = text.find("executor failed running [")?;
    let rest = text.tail(at + 25);
    rest.rfind("]: ").map(|end| rest.head(end).to_owned())
}

/// The name in `FROM image AS name`.
pub(super) fn stage_name(instruction: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(instruction).ok()?;
    let mut words = text.split_whitespace();
    if !words.next()?.eq_ignore_ascii_case("from") {
        return None;
    }
    let mut words = words.skip_while(|word| !word.eq_ignore_ascii_case("as"));
    words.next()?;
    words.next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, steps};

    #[test]
    fn a_paste_without_rules_is_read() {
        let log = b"> [builder 4/6] RUN go mod download:\n0.129 go: x: 403 Forbidden\nDockerfile:5\n> [note] this:\n";
        let (lines, reader) = read(log);
        assert!(lines[1].ends_with(" R go: x: 403 Forbidden"), "{lines:?}");
        assert!(lines[3].ends_with(" - O > [note] this:"), "{lines:?}");
        assert_eq!(steps(&reader).len(), 1);
    }

    #[test]
    fn a_name_cut_by_the_screen_is_completed() {
        let log = b"[+] Building 1.0s (3/3)\n => ERROR [web 4/4] RUN sleep 5 && go build -o /tmp/web  4.9s\n------\n \
> [web 4/4] RUN sleep 5 && go build -o /tmp/web .:\n4.9 go: x\n------\n";
        let (_, reader) = read(log);
        assert_eq!(steps(&reader), ["1:1 Failed [web 4/4] RUN sleep 5 && go build -o /tmp/web ."]);
    }
}
