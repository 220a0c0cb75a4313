//! GitLab job logs: sections, time stamps, and the runner's verdict.
//!
//! Shapes: `section_start:1560896352:build[collapsed=true]\r\e[0Ktitle`, `section_end:…` (GitLab docs, "job logs"); since
//! runner 17.0 stamps `2024-05-22T12:43:46.962646Z 00O text`: time, stream number in hexadecimal, `O` or `E` for
//! stdout or stderr, and a blank, or `+` where the line goes on with the one before. Sections are cut from the text
//! behind them by [`super::clean`], which splits at the carriage return.

use super::stamps::rfc3339;
use super::{Builder, Scope, Wrapper};
use crate::model::LineRole;

/// The stamps in front of every line.
pub(super) struct GitlabStamps;

/// Sections and the verdict.
#[derive(Default)]
pub(super) struct Gitlab {
    /// A line that only a GitLab runner writes was seen.
    active: bool,
}

impl Wrapper for GitlabStamps {
    fn name(&self) -> &'static str {
        "gitlab"
    }

    fn unwrap<'l>(&mut self, line: &'l [u8], _scope: &mut Scope<'_>) -> Option<&'l [u8]> {
        self.strip(line)
    }

    fn strip<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        // Cheap first: the place of the `T`.
        if line.get(10) != Some(&b'T') {
            return None;
        }
        let (_, rest) = rfc3339(line)?;
        match rest {
            [a, b, b'O' | b'E', rest @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => match rest {
                [] => Some(rest),
                [b' ' | b'+', text @ ..] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Builder for Gitlab {
    fn name(&self) -> &'static str {
        "gitlab"
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        match line.first() {
            Some(b's') => self.section(line, scope),
            Some(b'E')
                if line.starts_with(b"ERROR: Job failed") && matches!(line.get(17), None | Some(b':' | b' ')) =>
            {
                scope.builds.mark_job_failed(scope.line());
                scope.builds.set_ambient(None);
                scope.emit(None, LineRole::Verdict, line);
                true
            }
            Some(b'R') if line.starts_with(b"Running with gitlab-runner ") => {
                self.active = true;
                scope.emit(None, LineRole::Structure, line);
                true
            }
            Some(b'J') if self.active && line == b"Job succeeded" => {
                // A failed build inside a good job (`|| true`, allowed to fail) keeps its own verdict.
                if scope.builds.verdict().failed.is_none() && scope.builds.job_failed().is_none() {
                    scope.builds.mark_succeeded(scope.line());
                }
                scope.emit(None, LineRole::Structure, line);
                true
            }
            _ => false,
        }
    }
}

impl Gitlab {
    fn section(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        let Some(rest) = line.strip_prefix(b"section_start:").or_else(|| line.strip_prefix(b"section_end:")) else {
            return false;
        };
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 || rest.get(digits) != Some(&b':') {
            return false;
        }
        self.active = true;
        // A script of a new section doesn't belong to a step of a builder in the one before.
        scope.builds.set_ambient(None);
        scope.emit(None, LineRole::Structure, line);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;

    #[test]
    fn sections_and_the_verdict() {
        let log = b"Running with gitlab-runner 16.11.0 (91a27b2a)\n\
            section_start:1716381826:step_script\r\x1b[0K\x1b[0K\x1b[36;1mExecuting \"step_script\" stage\x1b[0;m\x1b[0;m\n\
            \x1b[32;1m$ go build ./...\x1b[0;m\nmain.go:3:8: undefined: foo\n\
            section_end:1716381830:step_script\r\x1b[0K\x1b[31;1mERROR: Job failed: exit code 1\n\x1b[0;m\n";
        let (lines, reader) = read(log);
        assert_eq!(
            lines,
            [
                "1 - S Running with gitlab-runner 16.11.0 (91a27b2a)",
                "2 - S section_start:1716381826:step_script",
                "2 - O Executing \"step_script\" stage",
                "3 - O $ go build ./...",
                "4 - O main.go:3:8: undefined: foo",
                "5 - S section_end:1716381830:step_script",
                "5 - V ERROR: Job failed: exit code 1",
                "6 - O ",
            ]
        );
        assert_eq!((reader.builds().job_failed(), reader.dialects()), (Some(5), vec!["gitlab".to_owned()]));
    }

    #[test]
    fn stamps_with_a_stream() {
        let log = b"2024-05-22T12:43:46.962646Z 00O section_start:1716381826:build\r\x1b[0KBuild\n\
            2024-05-22T12:43:47.000000Z 01E #7 0.312 text\n2024-05-22T12:43:47.000000Z 01O+goes on\n\
            2024-05-22T12:43:47.000000Z 01O\n2024-05-22T12:43:48.000000Z 00O ERROR: Job failed (system failure): no space\n";
        let (lines, reader) = read(log);
        assert_eq!(
            lines[2..],
            ["2 1:7 O text", "3 - O goes on", "4 - O ", "5 - V ERROR: Job failed (system failure): no space"]
        );
        assert_eq!(reader.dialects()[0], "gitlab");
    }
}
