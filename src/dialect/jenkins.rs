//! Jenkins: the stamps of its Timestamper plugin, the `[Pipeline]` marks between the output of steps, and the branch before each line of
//! parallel stages.
//!
//! Shapes: `[2024-05-06T07:08:09.123Z] text` (Pipeline jobs), `12:34:56  text` (two blanks: the plugin's default format),
//! `[Pipeline] sh`, `[Pipeline] // stage`, `[Pipeline] { (Build)`, `[Pipeline] [linux] sh` and `[linux] text`, a console note that lost its
//! escape characters (`[8mha:////AAAA=[0mtext`; whole ones go away with the colours). Sources: jenkinsci/timestamper-plugin, its README,
//! jenkinsci/jenkins, `ConsoleNote.java`, and jenkinsci/workflow-job-plugin, `WorkflowRun.java`, whose older versions print the
//! branch; SAP/jenkins-library issue 789, metasfresh issue 15119. Buildkite's page offers
//! the bracketed stamp too, without the fraction.

use super::prefix::{starts_like, without_fraction};
use super::stamps::rfc3339;
use super::{Builder, Scope, Wrapper};
use crate::model::LineRole;
use crate::pieces::Pieces;

/// `[2024-05-06T07:08:09.123Z] text`.
pub(super) fn stamp(line: &[u8]) -> Option<&[u8]> {
    let inside = line.strip_prefix(b"[")?;
    if inside.get(10) != Some(&b'T') {
        return None;
    }
    let end = inside.iter().take(40).position(|b| *b == b']')?;
    let (_, rest) = rfc3339(inside.head(end))?;
    if !rest.is_empty() {
        return None;
    }
    let text = inside.tail(end + 1);
    Some(text.strip_prefix(b" ").unwrap_or(text))
}

/// `12:34:56  text`.
pub(super) fn clock(line: &[u8]) -> Option<&[u8]> {
    if line.get(2) != Some(&b':') || !starts_like(line, b"dd:dd:dd") {
        return None;
    }
    match without_fraction(line.tail(8)) {
        [] => Some(&[]),
        [b' ', b' ', text @ ..] => Some(text),
        _ => None,
    }
}

/// `[8mha:////4H+H6gi=[0mtext`.
pub(super) fn note(line: &[u8]) -> Option<&[u8]> {
    let inside = line.strip_prefix(b"[8mha:")?;
    let length = inside.iter().position(|b| !(b.is_ascii_alphanumeric() || b"+/=".contains(b)))?;
    inside.tail(length).strip_prefix(b"[0m")
}

/// So many branches are remembered.
const BRANCHES: usize = 200;
/// Longest name of a branch.
const BRANCH_LENGTH: usize = 100;
/// Branches that printed nothing for so many lines are over.
const PATIENCE: u64 = 2_000;

/// `[linux] text`, where a mark named the branch.
#[derive(Default)]
pub(super) struct Branches {
    names: Vec<Vec<u8>>,
    /// The line on which one of them was heard of last.
    last: u64,
}

impl Wrapper for Branches {
    fn name(&self) -> &'static str {
        "jenkins"
    }

    fn at_rest(&self, number: u64) -> bool {
        self.names.is_empty() || number > self.last + PATIENCE
    }

    fn unwrap<'l>(&mut self, line: &'l [u8], scope: &mut Scope<'_>) -> Option<&'l [u8]> {
        if line.first() != Some(&b'[') {
            return None;
        }
        if let Some(mark) = line.strip_prefix(b"[Pipeline] ") {
            if let Some((name, _)) = bracketed(mark) {
                self.last = scope.line();
                if self.names.len() < BRANCHES && !self.names.iter().any(|known| known == name) {
                    self.names.push(name.to_owned());
                }
            }
            return None;
        }
        if self.at_rest(scope.line()) {
            return None;
        }
        let (name, text) = bracketed(line)?;
        let at = self.names.iter().position(|known| known == name)?;
        self.last = scope.line();
        // Lines of branches alternate: each is read by itself.
        scope.strand = at as u32 + 1;
        Some(text)
    }
}

/// The name in brackets and what stands behind it.
fn bracketed(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = line.strip_prefix(b"[")?;
    let end = inside.iter().take(BRANCH_LENGTH).position(|b| *b == b']')?;
    match inside.tail(end + 1) {
        [] => Some((inside.head(end), &[])),
        [b' ', text @ ..] => Some((inside.head(end), text)),
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
    fn branches_of_parallel_stages() {
        let log = "[Pipeline] [linux] { (Branch: linux)\n[Pipeline] [mac os] sh\n[linux] + make\n[mac os] + make\n[linux] main.c:3:4: error: x\n\
            [INFO] other\n[linux]\n[web] other\n";
        assert_eq!(texts(log)[2..], ["+ make", "+ make", "main.c:3:4: error: x", "[INFO] other", "", "[web] other"]);
        assert_eq!(texts("[linux] + make\n[linux] x\n"), ["[linux] + make", "[linux] x"]);
        let late = format!("[Pipeline] [a] sh\n[a] x\n{}[a] y\n", "text\n".repeat(2_100));
        assert_eq!(texts(&late).last().map(String::as_str), Some("[a] y"));
    }

    #[test]
    fn notes_with_and_without_escapes() {
        let log = "\u{1b}[8mha:////4H+H6g=\u{1b}[0m[Pipeline] sh\n[8mha:////4H+H6g=[0m[Pipeline] }\n[8mha: text\n";
        assert_eq!(texts(log), ["[Pipeline] sh", "[Pipeline] }", "[8mha: text"]);
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
