//! Jenkins: the stamps of its Timestamper plugin, and the `[Pipeline]` marks between the output of steps.
//!
//! Shapes: `[2024-05-06T07:08:09.123Z] text` (Pipeline jobs), `12:34:56  text` (two blanks: the plugin's default format),
//! `[Pipeline] sh`, `[Pipeline] // stage`, `[Pipeline] { (Build)`. Sources: jenkinsci/timestamper-plugin, its README, and
//! jenkinsci/workflow-job-plugin, `WorkflowRun.java`; SAP/jenkins-library issue 789, metasfresh issue 15119. Buildkite's page offers
//! the bracketed stamp too, without the fraction.

use super::prefix::{starts_like, without_fraction};
use super::stamps::rfc3339;
use super::{Builder, Scope};
use crate::model::LineRole;

/// `[2024-05-06T07:08:09.123Z] text`.
pub(super) fn stamp(line: &[u8]) -> Option<&[u8]> {
    let inside = line.strip_prefix(b"[")?;
    if inside.get(10) != Some(&b'T') {
        return None;
    }
    let end = inside.iter().take(40).position(|b| *b == b']')?;
    let (_, rest) = rfc3339(&inside[..end])?;
    if !rest.is_empty() {
        return None;
    }
    let text = &inside[end + 1..];
    Some(text.strip_prefix(b" ").unwrap_or(text))
}

/// `12:34:56  text`.
pub(super) fn clock(line: &[u8]) -> Option<&[u8]> {
    if !starts_like(line, b"dd:dd:dd") {
        return None;
    }
    match without_fraction(&line[8..]) {
        [] => Some(&[]),
        [b' ', b' ', text @ ..] => Some(text),
        _ => None,
    }
}

/// The marks between steps.
pub(super) struct Jenkins;

impl Builder for Jenkins {
    fn name(&self) -> &'static str {
        "jenkins"
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        if !line.starts_with(b"[Pipeline] ") {
            return false;
        }
        // Another step of the pipeline does not belong to what a builder did in the one before.
        scope.builds.set_ambient(None);
        scope.emit(None, LineRole::Structure, line);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, texts};
    use super::*;

    #[test]
    fn stamps_and_marks() {
        let log = b"[Pipeline] sh\n[2024-05-06T07:08:09.123Z] + docker build .\n[2024-05-06T07:08:10.001Z] Step 1/2 : FROM alpine\n\
            [2024-05-06T07:08:10.002Z] Step 2/2 : RUN make\n[2024-05-06T07:08:11.000Z]  ---> Running in c0ffee123456\n\
            [2024-05-06T07:08:11.500Z] /bin/sh: make: not found\n[2024-05-06T07:08:12.000Z] \n[Pipeline] }\nERROR: script returned exit code 127\n";
        let (lines, reader) = read(log);
        assert_eq!(lines[1], "2 - O + docker build .");
        assert_eq!(lines[5], "6 1:2 O /bin/sh: make: not found");
        assert_eq!(lines[7..], ["8 - S [Pipeline] }", "9 - O ERROR: script returned exit code 127"]);
        assert_eq!(reader.dialects(), ["jenkins", "docker-classic"]);
    }

    #[test]
    fn the_clock_of_freestyle_jobs() {
        let log = "13:03:37  Step 7/10 : RUN dos2unix /opt/x.sh\n13:03:37   ---> Running in 43001852d723\n13:03:38  text\n13:03:38  more\n";
        let (lines, _) = read(log.as_bytes());
        assert_eq!(lines[2..], ["3 - O text", "4 - O more"]);
        assert_eq!(clock(b"13:03:37 INFO text"), None);
        assert_eq!(stamp(b"[2024-05-06] text"), None);
        assert_eq!(texts("[1/2] STEP\n"), ["[1/2] STEP"]);
    }
}
