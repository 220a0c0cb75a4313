//! Kaniko: `INFO[0045] RUN go build`, the command's output without any prefix, `error building image: …`.
//!
//! Source: GoogleContainerTools/kaniko, `pkg/executor/build.go`, `pkg/commands/run.go` and `cmd/executor`; logrus' text format, with seconds
//! since the start or, by `--log-timestamp`, a date in the bracket. Other programs log in that format too: it is kaniko's where its own
//! words stand in it.

use super::builds::{Title, exit_code_after, instruction_command};
use super::{Builder, Scope};
use crate::model::{LineRole, Phase, StepOutcome, StepRef};
use crate::pieces::Pieces;

/// What nobody else says.
const OWN: [&[u8]; 12] = [
    b"Resolved base name ",
    b"Using dockerignore file",
    b"Retrieving image manifest ",
    b"Retrieving image ",
    b"Returning cached image manifest",
    b"Built cross stage deps: ",
    b"Executing 0 build triggers",
    b"Building stage '",
    b"Unpacking rootfs as cmd ",
    b"Skipping unpacking as no commands require it",
    b"Taking snapshot of f",
    b"Checking for cached layer ",
];
/// The instructions that kaniko announces.
const INSTRUCTIONS: [&[u8]; 17] = [
    b"RUN ",
    b"COPY ",
    b"ADD ",
    b"WORKDIR ",
    b"ENV ",
    b"ARG ",
    b"USER ",
    b"LABEL ",
    b"EXPOSE ",
    b"VOLUME ",
    b"CMD ",
    b"ENTRYPOINT ",
    b"SHELL ",
    b"HEALTHCHECK ",
    b"STOPSIGNAL ",
    b"ONBUILD ",
    b"MAINTAINER ",
];

#[derive(Default)]
pub(super) struct Kaniko {
    active: bool,
    current: Option<StepRef>,
    stage: u64,
    number: u64,
}

impl Builder for Kaniko {
    fn name(&self) -> &'static str {
        "kaniko"
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        match line.first() {
            Some(b'I' | b'W' | b'E' | b'D' | b'F') => {
                let Some((level, text)) = logged(line) else { return false };
                if !self.active && !OWN.iter().any(|words| text.starts_with(words)) {
                    return false;
                }
                self.logged(level, text, scope);
                true
            }
            Some(b'e') if line.starts_with(b"error building image: ") => {
                self.failed(line, scope);
                true
            }
            Some(b'e') if self.active && line.starts_with(b"error pushing image: ") => {
                self.failed(line, scope);
                true
            }
            _ => false,
        }
    }
}

impl Kaniko {
    fn logged(&mut self, level: &[u8], text: &[u8], scope: &mut Scope<'_>) {
        let verdict = scope.builds.verdict();
        if !self.active || verdict.failed.is_some() || verdict.succeeded.is_some() {
            scope.builds.start_build();
            *self = Kaniko { active: true, ..Kaniko::default() };
        }
        let text = text.trim_ascii_end();
        if level != b"INFO" {
            // A warning, or what a failing push says before it is tried again.
            scope.emit(self.current, LineRole::Output, text);
            return;
        }
        if text.starts_with(b"Building stage '") {
            self.stage += 1;
        } else if INSTRUCTIONS.iter().any(|instruction| text.starts_with(instruction)) {
            self.instruction(text, scope);
        } else if text.starts_with(b"Pushed ") || text.starts_with(b"Skipping push to container registry") {
            self.over(StepOutcome::Done, scope);
            scope.builds.mark_succeeded(scope.line());
        }
        scope.emit(self.current, LineRole::Structure, text);
    }

    /// Kaniko says an instruction twice where it first looks for a cached layer.
    fn instruction(&mut self, text: &[u8], scope: &mut Scope<'_>) {
        let name = String::from_utf8_lossy(text).into_owned();
        let same = |step: &StepRef| scope.builds.get(*step).is_some_and(|s| s.name == name);
        if self.current.as_ref().is_some_and(same) {
            return;
        }
        self.over(StepOutcome::Done, scope);
        self.number += 1;
        let mut title = Title::plain(&name, Phase::Build);
        title.command = instruction_command(&name);
        let id = if self.stage > 1 { format!("{}.{}", self.stage, self.number) } else { self.number.to_string() };
        let step = scope.builds.open(&id, &title, scope.line());
        self.current = Some(step);
        scope.builds.set_ambient(Some(step));
    }

    fn over(&mut self, outcome: StepOutcome, scope: &mut Scope<'_>) {
        if let Some(step) = self.current.take() {
            scope.builds.end(step, outcome);
        }
        scope.builds.set_ambient(None);
    }

    fn failed(&mut self, line: &[u8], scope: &mut Scope<'_>) {
        let step = self.current.take();
        if let Some(step) = step {
            scope.builds.end(step, StepOutcome::Failed);
            let code = exit_code_after(&String::from_utf8_lossy(line), "exit status ");
            scope.builds.update(step, |s| s.exit_code = code.or(s.exit_code));
        }
        scope.builds.set_ambient(None);
        scope.builds.mark_failed(scope.line());
        scope.emit(step, LineRole::Verdict, line);
    }
}

/// Level and text of `INFO[0045] text`, `WARN[2022-02-18T03:28:31Z] text`.
fn logged(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let level = [&b"INFO"[..], b"WARN", b"ERRO", b"DEBU", b"FATA"].into_iter().find(|level| line.starts_with(level))?;
    let inside = line.tail(4).strip_prefix(b"[")?;
    let end = inside.iter().take(36).position(|b| *b == b']')?;
    let clock = inside.head(end).iter().all(|b| b.is_ascii_digit() || b"-:.+TZ".contains(b));
    let text = (clock && end >= 4).then(|| inside.tail(end + 1))?;
    Some((level, text.strip_prefix(b" ").unwrap_or(text)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, steps};

    #[test]
    fn a_failing_command() {
        let log = b"INFO[0000] Retrieving image manifest golang:1.22\nINFO[0001] Unpacking rootfs as cmd COPY . . requires it.\nINFO[0002] COPY . .\n\
            INFO[0002] Taking snapshot of files...\nINFO[0003] RUN go build ./...\nINFO[0003] Initializing snapshotter ...\n\
            INFO[0003] Taking snapshot of full filesystem...\nINFO[0003] Cmd: /bin/sh\n\
            INFO[0003] Args: [-c go build ./...]\nINFO[0003] Running: [/bin/sh -c go build ./...]\nmain.go:3:8: undefined: foo\n\
            error building image: error building stage: failed to execute command: waiting for process to exit: exit status 1\nmore\n";
        let (lines, reader) = read(log);
        assert_eq!(lines[10], "11 1:2 O main.go:3:8: undefined: foo");
        assert!(lines[11].starts_with("12 1:2 V error building image: "));
        assert_eq!(lines[12], "13 - O more");
        assert_eq!(steps(&reader), ["1:1 Done COPY . .", "1:2 Failed RUN go build ./..."]);
        let failed = reader.builds().steps().last().unwrap().1;
        assert_eq!((failed.exit_code, failed.command.as_deref()), (Some(1), Some("go build ./...")));
    }

    #[test]
    fn a_good_build_and_dates() {
        let log = b"INFO[2022-02-18T03:28:31Z] Retrieving image manifest alpine:3.12\nINFO[2022-02-18T03:28:37Z] RUN make\nok\n\
            INFO[2022-02-18T03:28:38Z] Taking snapshot of full filesystem...\nINFO[2022-02-18T03:28:39Z] Pushed registry.example.org/x@sha256:00\n";
        let (_, reader) = read(log);
        assert_eq!(reader.builds().verdict().succeeded, Some(5));
        assert_eq!(steps(&reader), ["1:1 Done RUN make"]);
    }

    #[test]
    fn other_programs_log_so_too() {
        let (lines, reader) = read(b"INFO[0000] Parallel tasks (0) below minimum\nINFO[0001] RUN x\nERROR[x] y\n");
        assert_eq!(lines[1], "2 - O INFO[0001] RUN x");
        assert_eq!(reader.dialects(), ["plain"]);
    }
}
