//! BuildKit's `--progress=plain`: every line starts with `#N`.
//!
//! Shapes: `#5 [builder 2/4] RUN …` (title), `#5 0.312 text` (output), `#0 0.312 text` (output of the step titled
//! last, BuildKit 0.11), `#5 sha256:…`, `#5 DONE 0.4s`, `#5 CACHED`, `#5 CANCELED`, `#5 ERROR: …`, `#5 ...`. Where a log was read in the
//! wrong code page, a broken character may have swallowed the line feed: `#5 1.2 text�#5 1.3 more`.
//! Source: moby/buildkit, util/progress/progressui/printer.go.

use super::builds::{Title, exit_code_after};
use super::go_test_json::GoTestJson;
use super::{Builder, Scope};
use crate::model::{LineRole, Phase, StepOutcome, StepRef};
use crate::pieces::Pieces;

#[derive(Default)]
pub(super) struct BuildkitPlain {
    active: bool,
    /// The step titled last.
    current: Option<StepRef>,
    /// The step of the line before, by its number, so that runs of lines need no look-up.
    recent: Option<(u64, StepRef)>,
    /// Number of the build that `recent` belongs to.
    highest: u64,
    /// `go test -json` in a step.
    tests: GoTestJson,
}

/// Words with which BuildKit's own vertices start.
const VERTICES: &[&str] = &[
    "[",
    "exporting",
    "importing",
    "building with",
    "pushing",
    "resolve",
    "copy ",
    "docker-image://",
    "merging",
    "naming",
    "writing image",
    "auth",
    "preparing",
    "sending tarball",
    "load ",
    "local://",
    "git://",
    "https://",
    "http://",
    "mkfile",
    "from ",
    "COPY ",
    "RUN ",
    "ADD ",
    "WORKDIR ",
    "/bin/sh ",
    "CACHED [",
];

impl Builder for BuildkitPlain {
    fn name(&self) -> &'static str {
        "buildkit-plain"
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        // A paste may have been indented, or quoted by `> `.
        let start = line.iter().take(40).position(|b| !matches!(b, b' ' | b'\t' | b'>' | b'|')).unwrap_or(0);
        let Some((id, rest)) = numbered(line.tail(start)) else { return false };
        let head = line.part(start..line.len() - rest.len());
        let (mut rest, mut taken) = (rest, false);
        while let Some(at) = further_line(rest, head) {
            taken |= self.read_one(id, rest.head(at), scope);
            rest = rest.tail(at + head.len());
        }
        taken | self.read_one(id, rest, scope)
    }

    fn at_step(&self) -> Option<(StepRef, String)> {
        let (id, step) = self.recent?;
        (self.current == Some(step) && id > 0).then(|| (step, format!("#{id} ")))
    }

    fn finish(&mut self, scope: &mut Scope<'_>) {
        self.tests.finish(scope);
    }
}

impl BuildkitPlain {
    /// Reads one line: what stands behind the number.
    fn read_one(&mut self, id: u64, rest: &[u8], scope: &mut Scope<'_>) -> bool {
        let timed = timed(rest);
        if !self.active {
            let known =
                timed.is_some() || VERTICES.iter().any(|word| rest.starts_with(word.as_bytes())) || is_ending(rest);
            if !known {
                return false;
            }
            self.active = true;
        }
        if timed.is_none() && !is_ending(rest) && is_stack_frame(rest) {
            return false;
        }
        if id == 0 && timed.is_some() {
            let text = timed.unwrap_or(rest);
            scope.emit(self.current.or(scope.builds.last_failed()), LineRole::Output, text);
            return true;
        }
        if (id == 0 && rest.starts_with(b"building with")) || self.begins_anew(id, rest, scope) {
            scope.builds.start_build();
            (self.recent, self.current, self.highest) = (None, None, 0);
        }
        self.highest = self.highest.max(id);
        match timed {
            Some(text) => self.output(id, text, scope),
            None => self.bookkeeping(id, rest, scope),
        }
        true
    }

    /// `#1` after a verdict, or with another title than before, starts a further build.
    fn begins_anew(&self, id: u64, rest: &[u8], scope: &Scope<'_>) -> bool {
        if id != 1 || self.highest < 2 || !rest.starts_with(b"[") {
            return false;
        }
        let verdict = scope.builds.verdict();
        verdict.failed.is_some() || verdict.succeeded.is_some() || scope.builds.last_failed().is_some()
    }

    fn step(&mut self, id: u64, scope: &mut Scope<'_>) -> StepRef {
        if let Some((known, step)) = self.recent.filter(|(known, _)| *known == id) {
            debug_assert_eq!(known, id);
            return step;
        }
        let name = id.to_string();
        let step = match scope.builds.find(&name) {
            Some(step) => step,
            // A paste that lost its head: the title is unknown.
            None => scope.builds.open(&name, &Title::plain("", Phase::Build), scope.line()),
        };
        self.recent = Some((id, step));
        step
    }

    fn output(&mut self, id: u64, text: &[u8], scope: &mut Scope<'_>) {
        let step = self.step(id, scope);
        self.current = Some(step);
        if text.starts_with(b"[output clipped") {
            scope.builds.mark_clipped(scope.number);
        }
        if !self.tests.read_in_step(step, text, scope) {
            scope.emit(Some(step), LineRole::Output, text);
        }
    }

    fn bookkeeping(&mut self, id: u64, rest: &[u8], scope: &mut Scope<'_>) {
        let name = id.to_string();
        if scope.builds.find(&name).is_none() && !is_ending(rest) {
            let title = Title::of_vertex(&String::from_utf8_lossy(rest));
            let step = scope.builds.open(&name, &title, scope.line());
            self.recent = Some((id, step));
            self.current = Some(step);
            if rest.starts_with(b"CACHED [") {
                scope.builds.end(step, StepOutcome::Cached);
            }
            scope.emit(Some(step), LineRole::Structure, rest);
            return;
        }
        let step = self.step(id, scope);
        if rest == b"CACHED" {
            scope.builds.end(step, StepOutcome::Cached);
        } else if rest.starts_with(b"DONE") {
            scope.builds.end(step, StepOutcome::Done);
            if scope.builds.get(step).is_some_and(|s| matches!(s.phase, Phase::Export | Phase::Push)) {
                scope.builds.mark_succeeded(scope.line());
            }
        } else if rest.starts_with(b"CANCELED") {
            scope.builds.end(step, StepOutcome::Canceled);
        } else if let Some(message) = rest.strip_prefix(b"ERROR").filter(|m| m.starts_with(b":") || m.is_empty()) {
            self.failed(step, message, scope);
            return;
        } else if rest == b"..." {
            // The printer turns to another step.
        } else if rest.starts_with(b"[") && same_title(scope, step, rest) {
            self.current = Some(step);
        } else {
            if rest.starts_with(b"[output clipped") {
                scope.builds.mark_clipped(scope.number);
            }
            let role = if is_progress(rest) { LineRole::Structure } else { LineRole::Output };
            scope.emit(Some(step), role, rest);
            return;
        }
        scope.emit(Some(step), LineRole::Structure, rest);
    }

    fn failed(&mut self, step: StepRef, message: &[u8], scope: &mut Scope<'_>) {
        let text = String::from_utf8_lossy(message.strip_prefix(b":").unwrap_or(message)).trim().to_owned();
        if text.ends_with("context canceled") && scope.builds.last_failed().is_some() {
            // Old printers say so of steps that were stopped because another one failed.
            scope.builds.end(step, StepOutcome::Canceled);
        } else {
            scope.builds.end(step, StepOutcome::Failed);
            let code = exit_code_after(&text, "exit code: ");
            scope.builds.update(step, |s| s.exit_code = code.or(s.exit_code));
        }
        scope.emit(Some(step), LineRole::Verdict, text.as_bytes());
    }
}

fn same_title(scope: &Scope<'_>, step: StepRef, rest: &[u8]) -> bool {
    scope.builds.get(step).is_some_and(|s| s.name.as_bytes() == rest || s.name.is_empty())
}

/// Counts and layers that move along: no words of a failure.
fn is_progress(rest: &[u8]) -> bool {
    [&b"sha256:"[..], b"transferring ", b"extracting", b"resolve ", b"naming to", b"writing image", b"exporting"]
        .iter()
        .any(|start| rest.starts_with(start))
        && memchr::memmem::find(rest, b"rror").is_none()
}

/// `#94 /src/Testable.php(429): run()`, `#0 0x55d in main main.c:3`: frames of PHP, gdb and the sanitizers.
fn is_stack_frame(rest: &[u8]) -> bool {
    rest.starts_with(b"0x")
        || rest.starts_with(b"{main}")
        || rest.starts_with(b"[internal function]")
        || (rest.starts_with(b"/") && !rest.starts_with(b"/bin/sh"))
        || rest.get(1..3) == Some(b":\\")
}

fn is_ending(rest: &[u8]) -> bool {
    rest == b"CACHED"
        || rest.starts_with(b"DONE ")
        || rest.starts_with(b"CANCELED")
        || rest.starts_with(b"ERROR: ")
        || rest == b"ERROR"
        || rest == b"..."
}

/// Where a further line of the step starts whose lines have this head: it stands behind other text without a blank.
pub(super) fn further_line(output: &[u8], head: &[u8]) -> Option<usize> {
    memchr::memchr(b'#', output)?;
    memchr::memmem::find_iter(output, head).find(|at| {
        let rest = output.tail(at + head.len());
        output.head(*at).last().is_some_and(|before| !before.is_ascii_whitespace())
            && (timed(rest).is_some() || is_ending(rest))
    })
}

/// `#12 rest` as the number and the rest.
pub(super) fn numbered(line: &[u8]) -> Option<(u64, &[u8])> {
    let rest = line.strip_prefix(b"#")?;
    let digits = rest.iter().take(9).take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let id = rest.head(digits).iter().fold(0u64, |n, d| n * 10 + u64::from(d - b'0'));
    match rest.get(digits) {
        None => None,
        Some(b' ') => Some((id, rest.tail(digits + 1))),
        Some(_) => None,
    }
}

/// `3.456 text` as the text: the seconds since the step began.
pub(super) fn timed(rest: &[u8]) -> Option<&[u8]> {
    let whole = rest.iter().take(9).take_while(|b| b.is_ascii_digit()).count();
    if whole == 0 || rest.get(whole) != Some(&b'.') {
        return None;
    }
    let fraction = rest.tail(whole + 1).iter().take(9).take_while(|b| b.is_ascii_digit()).count();
    let end = whole + 1 + fraction;
    match (fraction, rest.get(end)) {
        (0, _) => None,
        (_, None) => Some(&[]),
        (_, Some(b' ')) => Some(rest.tail(end + 1)),
        _ => None,
    }
}
