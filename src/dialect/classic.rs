//! Docker's classic builder: `Step 3/9 : RUN …`, ` ---> Running in …`, `returned a non-zero code: 1`.
//!
//! Source: moby/moby, builder/dockerfile. The older `Step 4 : RUN` has no count.

use super::buildkit_verdict::stage_name;
use super::builds::{Title, exit_code_after, instruction_command};
use super::{Builder, Scope};
use crate::model::{LineRole, Phase, StepOutcome, StepRef};
use crate::pieces::Pieces;

#[derive(Default)]
pub(super) struct Classic {
    current: Option<StepRef>,
    stage: Option<String>,
}

impl Builder for Classic {
    fn name(&self) -> &'static str {
        "docker-classic"
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        match line.first() {
            Some(b'S') => self.step(line, scope) || self.success(line, scope) || context_line(line, scope),
            Some(b' ' | b'-') if self.current.is_some() => self.arrow(line, scope),
            Some(b'R') if self.current.is_some() && line.starts_with(b"Removing intermediate container ") => {
                scope.emit(self.current, LineRole::Structure, line);
                true
            }
            Some(b'T' | b'C' | b'A' | b'E' | b't' | b'e') => self.failure(line, scope),
            _ => false,
        }
    }
}

impl Classic {
    fn step(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        let Some((number, total, instruction)) = step_title(line) else { return false };
        if number == "1" {
            scope.builds.start_build();
            self.stage = None;
        } else if let Some(before) = self.current {
            scope.builds.end(before, StepOutcome::Done);
        }
        let mut title = Title::plain(&String::from_utf8_lossy(instruction), Phase::Build);
        title.command = instruction_command(&title.name);
        if instruction.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"FROM ")) {
            self.stage = stage_name(instruction);
        }
        title.stage = self.stage.clone();
        let _ = total;
        let step = scope.builds.open(&number, &title, scope.line());
        self.current = Some(step);
        scope.builds.set_ambient(Some(step));
        scope.emit(Some(step), LineRole::Structure, line);
        true
    }

    fn success(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        if !line.starts_with(b"Successfully built ") && !line.starts_with(b"Successfully tagged ") {
            return false;
        }
        // pip prints `Successfully built wheel-name` inside a step: the builder prints an image id.
        let word = line.get(19..).unwrap_or_default();
        let is_id = word.len() >= 12 && word.iter().all(u8::is_ascii_hexdigit);
        if line.starts_with(b"Successfully built ") && !is_id {
            return false;
        }
        if let Some(step) = self.current.take() {
            scope.builds.end(step, StepOutcome::Done);
        }
        scope.builds.set_ambient(None);
        scope.builds.mark_succeeded(scope.line());
        scope.emit(None, LineRole::Structure, line);
        true
    }

    fn arrow(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        let Some(rest) = line.trim_ascii_start().strip_prefix(b"---> ") else { return false };
        if let Some(step) = self.current {
            if rest.starts_with(b"Using cache") {
                scope.builds.end(step, StepOutcome::Cached);
            } else if rest.len() >= 12 && rest.head(12).iter().all(u8::is_ascii_hexdigit) {
                let cached = scope.builds.get(step).is_some_and(|s| s.outcome == StepOutcome::Cached);
                scope.builds.end(step, if cached { StepOutcome::Cached } else { StepOutcome::Done });
            }
            if rest.starts_with(b"[Warning]") {
                scope.emit(Some(step), LineRole::Output, rest);
                return true;
            }
            if scope.builds.ambient().is_none() && rest.starts_with(b"Running in") {
                scope.builds.set_ambient(Some(step));
            }
        }
        scope.emit(self.current, LineRole::Structure, line);
        true
    }

    fn failure(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        let ended =
            line.starts_with(b"The command '") && memchr::memmem::find(line, b"returned a non-zero code: ").is_some();
        let copy = line.starts_with(b"COPY failed: ") || line.starts_with(b"ADD failed: ");
        let service = (line.starts_with(b"ERROR: Service '") || line.starts_with(b"Service '"))
            && memchr::memmem::find(line, b"failed to build").is_some();
        if !ended && !copy && !service {
            return false;
        }
        let text = String::from_utf8_lossy(line);
        let step = self.current.take().or_else(|| {
            let command = text.strip_prefix("The command '")?.split("' returned").next()?;
            let command = command.strip_prefix("/bin/sh -c ").unwrap_or(command);
            let mut title = Title::plain(&format!("RUN {command}"), Phase::Build);
            title.command = Some(command.to_owned());
            Some(scope.builds.open(&format!("?{}", title.name), &title, scope.line()))
        });
        if let Some(step) = step {
            scope.builds.end(step, StepOutcome::Failed);
            let code = exit_code_after(&text, "non-zero code: ");
            scope.builds.update(step, |s| s.exit_code = code.or(s.exit_code));
        }
        scope.builds.set_ambient(None);
        scope.builds.mark_failed(scope.line());
        scope.emit(step, LineRole::Verdict, line);
        true
    }
}

fn context_line(line: &[u8], scope: &mut Scope<'_>) -> bool {
    if !line.starts_with(b"Sending build context to Docker daemon") {
        return false;
    }
    scope.emit(None, LineRole::Structure, line);
    true
}

/// `Step 3/9 : RUN x` as number, total and instruction.
fn step_title(line: &[u8]) -> Option<(String, Option<String>, &[u8])> {
    let rest = line.strip_prefix(b"Step ")?;
    let colon = memchr::memmem::find(rest, b" : ")?;
    let (count, instruction) = (std::str::from_utf8(rest.head(colon)).ok()?, rest.tail(colon + 3));
    let (number, total) = match count.split_once('/') {
        Some((number, total)) => (number, Some(total)),
        None => (count, None),
    };
    let digits = |word: &str| !word.is_empty() && word.len() < 6 && word.bytes().all(|b| b.is_ascii_digit());
    (digits(number) && total.is_none_or(digits)).then(|| (number.to_owned(), total.map(str::to_owned), instruction))
}
