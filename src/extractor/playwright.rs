//! Playwright: `  1) [chromium] › tests/a.spec.ts:5:7 › suite › test ───`, the error, `Expected:` and `Received:`, the stack.
//!
//! Source: packages/playwright/src/reporters/base.ts. A flaky test is printed alike, and only the summary tells: without `1 failed` in
//! it nothing has failed.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, own_js_frame, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "playwright",
    kinds: &[Kind {
        name: "test",
        always: &["test", "message", "file", "line"],
        sometimes: &["column", "expected", "got", "project", "frame"],
    }],
    triggers: &[
        Trigger { texts: &[" › "], shape: r"^\s{2,4}\d+\) (?:\[[^\]]+\] › )?\S+:\d+:\d+ › \S" },
        Trigger { texts: &[" failed", " flaky", " passed ("], shape: r"^  \d+ (?:failed|flaky|passed \(.*\))$" },
    ],
    start: || Box::new(State::default()),
};

/// How many lines of one failure are read.
const LONGEST: usize = 60;
/// Failures that wait for the summary.
const PENDING: usize = 200;

static HEAD: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\s{2,4}\d+\) (?:\[(?P<project>[^\]]+)\] › )?(?P<file>\S+):(?P<line>\d+):(?P<column>\d+) › (?P<test>\S.*?)(?: [─=]+)?$",
    )
});
static SIDE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s+(?P<side>Expected|Received)(?: [\w ]+?)?: +(?P<value>\S.*)$"));
static SUMMARY: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^  \d+ (?P<what>failed|flaky|passed)\b"));

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    read: usize,
    pending: VecDeque<Diagnostic>,
    /// The run was summed up.
    summed: bool,
}

impl State {
    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        // A retry is printed without its number; a later block of the same test is the same failure.
        let same =
            |known: &Diagnostic| known.get("test") == open.get("test") && known.get("project") == open.get("project");
        if open.get("message").is_some() && self.pending.len() < PENDING && !self.pending.iter().any(same) {
            self.pending.push_back(open);
        }
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(head) = HEAD.take(text) {
            self.close();
            let mut open = Diagnostic::new("test", line);
            for name in ["project", "file", "line", "column", "test"] {
                open.set(name, group(&head, name));
            }
            self.open = Some(open);
            self.read = 0;
            return LONGEST;
        }
        if let Some(summary) = SUMMARY.take(text) {
            self.close();
            self.summed = true;
            if group(&summary, "what") == "failed" {
                found.extend(self.pending.drain(..));
            }
            return 0;
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        if self.read > LONGEST {
            self.close();
            return 0;
        }
        if let Some(side) = SIDE.take(text) {
            open.set(if group(&side, "side") == "Expected" { "expected" } else { "got" }, group(&side, "value"));
        } else if let Some((file, line, _)) = own_js_frame(text) {
            open.set("frame", &format!("{file}:{line}"));
        } else if open.get("message").is_none() && text.starts_with("    ") && !text.trim_start().starts_with("Retry #")
        {
            open.set("message", text);
        }
        0
    }

    fn rest(&mut self, _found: &mut Vec<Diagnostic>) {
        self.close();
    }

    fn finish(&mut self, found: &mut Vec<Diagnostic>) {
        self.close();
        if !self.summed {
            found.extend(self.pending.drain(..));
        }
    }
}
