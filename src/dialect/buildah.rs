//! buildah and `podman build`: `STEP 3/9: RUN …`, `[1/2] STEP 3/4: …` with several stages, the older `STEP 3: …`.
//!
//! Source: containers/buildah, imagebuildah/stage_executor.go and chroot/run.go; recorded with buildah 1.28 and
//! podman 4.3. Output has no prefix, so it belongs to the step titled last.

use super::buildkit_verdict::stage_name;
use super::builds::{Title, exit_code_after, instruction_command};
use super::{Builder, Scope};
use crate::model::{LineRole, Phase, StepOutcome, StepRef};
use crate::pieces::Pieces;

/// How the builder's own last words start.
const FAILURES: [&[u8]; 9] = [
    b"Error: building at STEP \"",
    b"Error: error building at STEP \"",
    b"error building at STEP \"",
    b"Error: creating build container: ",
    b"Error: error creating build container: ",
    b"error creating build container: ",
    b"Error: committing container for step ",
    b"Error: building build container: ",
    b"Error: COPY --from=",
];

#[derive(Default)]
pub(super) struct Buildah {
    current: Option<StepRef>,
    /// Stages run side by side with `--jobs`: the last step of each.
    stages: Vec<(String, StepRef, Option<String>)>,
    committed: bool,
}

impl Builder for Buildah {
    fn name(&self) -> &'static str {
        "buildah"
    }

    fn at_rest(&self) -> bool {
        !self.committed
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        match line.first() {
            Some(b'S' | b'[' | b'C') => self.step(line, scope) || self.tail(line, scope),
            Some(b'-') if self.current.is_some() || self.committed => self.arrow(line, scope),
            Some(b'E' | b'e') => self.failure(line, scope),
            Some(b's') if self.current.is_some() && line.starts_with(b"subprocess exited with status ") => {
                scope.emit(self.current, LineRole::Verdict, line);
                true
            }
            Some(b'0'..=b'9' | b'a'..=b'f') if self.committed && is_id(line, 64) => {
                self.succeeded(line, scope);
                true
            }
            _ => false,
        }
    }
}

impl Buildah {
    fn step(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        let (stage, rest) = staged(line);
        let Some((number, instruction)) = step_title(rest) else { return false };
        if number == "1" && stage.is_none_or(|stage| stage == "1" || self.current.is_none()) {
            scope.builds.start_build();
            *self = Buildah::default();
        }
        let stage = stage.unwrap_or_default().to_owned();
        let mut name = None;
        if let Some(at) = self.stages.iter().position(|(known, ..)| *known == stage) {
            let (_, before, known) = self.stages.swap_remove(at);
            if scope.builds.get(before).is_some_and(|s| s.outcome == StepOutcome::Running) {
                scope.builds.end(before, StepOutcome::Done);
            }
            name = known;
        }
        if instruction.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"FROM ")) {
            name = stage_name(instruction);
        }
        let mut title = Title::plain(&String::from_utf8_lossy(instruction), Phase::Build);
        title.command = instruction_command(&title.name);
        title.stage = name.clone();
        let id = if stage.is_empty() { number } else { format!("{stage}.{number}") };
        let step = scope.builds.open(&id, &title, scope.line());
        self.stages.truncate(200);
        self.stages.push((stage, step, name));
        self.current = Some(step);
        self.committed = false;
        scope.builds.set_ambient(Some(step));
        scope.emit(Some(step), LineRole::Structure, line);
        true
    }

    /// `COMMIT name` and `Successfully tagged …`.
    fn tail(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        if self.current.is_none() && !self.committed {
            return false;
        }
        let (_, rest) = staged(line);
        if rest == b"COMMIT" || rest.starts_with(b"COMMIT ") {
            if let Some(step) = self.current.take() {
                scope.builds.end(step, ended(scope, step));
            }
            self.committed = true;
            scope.builds.set_ambient(None);
            scope.emit(None, LineRole::Structure, line);
            return true;
        }
        if self.committed && line.starts_with(b"Successfully tagged ") {
            self.succeeded(line, scope);
            return true;
        }
        false
    }

    fn succeeded(&mut self, line: &[u8], scope: &mut Scope<'_>) {
        scope.builds.mark_succeeded(scope.line());
        scope.emit(None, LineRole::Structure, line);
    }

    /// `--> Using cache 7aea…`, `--> 7aea8bf0f57`.
    fn arrow(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        let Some(rest) = line.strip_prefix(b"--> ") else { return false };
        let outcome = if rest.starts_with(b"Using cache") {
            StepOutcome::Cached
        } else if is_id(rest, 11) {
            self.current.map_or(StepOutcome::Done, |step| ended(scope, step))
        } else if rest.starts_with(b"Pushing cache") || rest.starts_with(b"Cache pulled") {
            StepOutcome::Running
        } else {
            return false;
        };
        if let Some(step) = self.current.filter(|_| outcome != StepOutcome::Running) {
            scope.builds.end(step, outcome);
        }
        scope.emit(self.current, LineRole::Structure, line);
        true
    }

    fn failure(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        let Some(start) = FAILURES.iter().find(|start| line.starts_with(start)) else { return false };
        let text = String::from_utf8_lossy(line);
        let rest = text.get(start.len()..).unwrap_or_default();
        let instruction = if start.ends_with(b"\"") { rest.rfind("\": ").map(|_| instruction_in(rest)) } else { None };
        let step = instruction.and_then(|name| scope.builds.find_by_name(name)).or(self.current).or_else(|| {
            // Only the last lines were pasted.
            let mut title = Title::plain(instruction?, Phase::Build);
            title.command = instruction_command(&title.name);
            Some(scope.builds.open(&format!("?{}", title.name), &title, scope.line()))
        });
        if let Some(step) = step {
            scope.builds.end(step, StepOutcome::Failed);
            let code = exit_code_after(&text, "exit status ");
            scope.builds.update(step, |s| s.exit_code = code.or(s.exit_code));
        }
        self.current = None;
        scope.builds.set_ambient(None);
        scope.builds.mark_failed(scope.line());
        scope.emit(step, LineRole::Verdict, line);
        true
    }
}

/// Done, unless it was known to be cached.
fn ended(scope: &Scope<'_>, step: StepRef) -> StepOutcome {
    match scope.builds.get(step).map(|s| s.outcome) {
        Some(StepOutcome::Cached) => StepOutcome::Cached,
        _ => StepOutcome::Done,
    }
}

/// The instruction up to the first `": `, in `RUN x": while running runtime: exit status 1`.
fn instruction_in(rest: &str) -> &str {
    rest.split("\": ").next().unwrap_or(rest)
}

/// `[1/2] STEP …` as the stage's number and the rest.
fn staged(line: &[u8]) -> (Option<&str>, &[u8]) {
    let staged = || {
        let inside = line.strip_prefix(b"[")?;
        let end = inside.iter().take(10).position(|b| *b == b']')?;
        let (number, total) = std::str::from_utf8(inside.head(end)).ok()?.split_once('/')?;
        (digits(number) && digits(total)).then_some(())?;
        Some((number, inside.tail(end + 1).strip_prefix(b" ")?))
    };
    staged().map_or((None, line), |(number, rest)| (Some(number), rest))
}

/// `STEP 3/9: RUN x` as number and instruction.
fn step_title(line: &[u8]) -> Option<(String, &[u8])> {
    let rest = line.strip_prefix(b"STEP ")?;
    let colon = rest.iter().take(12).position(|b| *b == b':')?;
    let count = std::str::from_utf8(rest.head(colon)).ok()?;
    let number = match count.split_once('/') {
        Some((number, total)) if digits(total) => number,
        Some(_) => return None,
        None => count,
    };
    let instruction = rest.tail(colon + 1).trim_ascii_start();
    (digits(number) && !instruction.is_empty()).then(|| (number.to_owned(), instruction))
}

fn digits(word: &str) -> bool {
    !word.is_empty() && word.len() < 5 && word.bytes().all(|b| b.is_ascii_digit())
}

/// A hexadecimal image id of at least `length` digits.
fn is_id(word: &[u8], length: usize) -> bool {
    word.len() >= length && word.len() <= 64 && word.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, steps};

    #[test]
    fn a_failing_run_of_several_stages() {
        // corpus/go/proxy-tls-timeout (podman 4.3), shortened.
        let log = b"[1/2] STEP 1/7: FROM golang:1 AS builder
[1/2] STEP 2/7: ARG GOPROXY
--> f6ff9ba44d5
[1/2] STEP 5/7: RUN go mod download
go: example.com/greet@v1.2.0: Get \"https://proxy.example.org\": net/http: TLS handshake timeout
subprocess exited with status 1
Error: building at STEP \"RUN go mod download\": while running runtime: exit status 1
";
        let (lines, reader) = read(log);
        assert!(lines[4].starts_with("5 1:1.5 O go: example.com/greet"));
        assert_eq!(lines[5], "6 1:1.5 V subprocess exited with status 1");
        assert!(lines[6].starts_with("7 1:1.5 V Error: building at STEP"));
        assert_eq!(
            steps(&reader),
            ["1:1.1 Done FROM golang:1 AS builder", "1:1.2 Done ARG GOPROXY", "1:1.5 Failed RUN go mod download"]
        );
        let last = reader.builds().steps().last().unwrap().1;
        assert_eq!((last.exit_code, last.stage.as_deref()), (Some(1), Some("builder")));
        assert_eq!(reader.dialects(), ["buildah"]);
    }

    #[test]
    fn a_good_build_from_the_cache() {
        let log = b"STEP 1/2: FROM scratch
STEP 2/2: COPY x /x
--> Using cache 7aea8bf0f577c12fc8252b1e99dc92e08b5bc02486687c7be56455dc821d89a5
COMMIT foo
--> 7aea8bf0f57
Successfully tagged localhost/foo:latest
7aea8bf0f577c12fc8252b1e99dc92e08b5bc02486687c7be56455dc821d89a5
";
        let (lines, reader) = read(log);
        assert!(lines.iter().all(|line| line.contains(" S ")));
        assert_eq!(steps(&reader), ["1:1 Done FROM scratch", "1:2 Cached COPY x /x"]);
        assert!(reader.builds().verdict().succeeded.is_some() && reader.builds().verdict().failed.is_none());
    }

    #[test]
    fn the_last_line_alone_names_the_step() {
        let (_, reader) =
            read(b"error building at STEP \"RUN a && b\": error while running runtime: exit status 127\n");
        let step = reader.builds().steps().next().unwrap().1;
        assert_eq!((step.command.as_deref(), step.exit_code), (Some("a && b"), Some(127)));
        let (lines, reader) = read(b"[1/2] STEPPING: on\nCOMMIT 1\n--> src/main.rs:1\n");
        assert_eq!((lines.len(), reader.dialects()), (3, vec!["plain".to_owned()]));
    }
}
