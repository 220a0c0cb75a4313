//! RSpec (`Failure/Error:` with what was expected, then `rspec ./spec/a_spec.rb:3 # name`) and Minitest (`ATest#test_add [test/a.rb:5]:`).
//!
//! Sources: rspec-core's ExceptionPresenter and SummaryNotification, minitest's Minitest::Test and SummaryReporter. What RSpec shows in
//! full is put together with its line of the list at the end.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "ruby-test",
    kinds: &[
        Kind { name: "rspec", always: &["test", "file"], sometimes: &["line", "message", "expected", "got", "frame"] },
        Kind { name: "minitest", always: &["test", "file", "line"], sometimes: &["message", "expected", "got"] },
    ],
    triggers: &[
        Trigger { texts: &["failure/error:"], shape: r"^\s+Failure/Error: " },
        Trigger { texts: &["rspec ./"], shape: r"^rspec \./\S+ # " },
        Trigger { texts: &[") failure:", ") error:"], shape: r"^\s*\d+\) (?:Failure|Error):$" },
    ],
    start: || Box::new(State::default()),
};

/// How many lines of one failure are read.
const LONGEST: usize = 40;
/// Examples that wait for their line of the list.
const PENDING: usize = 200;

static NAME: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s+\d+\) (?P<test>\S.*)$"));
static LISTED: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^rspec (?P<file>\./[^\s\[:]+)(?::(?P<line>\d+)|\[[\d:]+\]) # (?P<test>.+)$"));
static SIDE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*(?P<side>expected|got|Expected|Actual): (?P<value>\S.*)$"));
static FRAME: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s+# (?P<file>\./[^\s:]+):(?P<line>\d+)"));
static MINITEST: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<test>[\w:]+#\S+) \[(?P<file>[^\]:]+):(?P<line>\d+)\]:$"));

#[derive(Default)]
struct State {
    /// The last name in front of a failure.
    name: Option<String>,
    open: Option<Diagnostic>,
    /// Said by the line behind `Failure/Error:`.
    reason: bool,
    read: usize,
    pending: VecDeque<Diagnostic>,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let Some(open) = self.open.take() else { return };
        if open.kind == "minitest" {
            found.push(open);
        } else if self.pending.len() < PENDING {
            self.pending.push_back(open);
        }
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(listed) = LISTED.take(text) {
            self.close(found);
            let mut diagnostic = Diagnostic::new("rspec", line);
            for name in ["test", "file", "line"] {
                diagnostic.set(name, group(&listed, name));
            }
            let at = self.pending.iter().position(|known| known.get("test") == diagnostic.get("test"));
            if let Some(known) = at.and_then(|at| self.pending.remove(at)) {
                for (name, value) in known.captures {
                    diagnostic.set(name, &value);
                }
            }
            found.push(diagnostic);
            return 2;
        }
        if let Some(name) = NAME.take(text) {
            self.close(found);
            self.name = Some(group(&name, "test").to_owned());
            return if matches!(group(&name, "test"), "Failure:" | "Error:") { 3 } else { 1 };
        }
        if let Some(source) = text.trim_start().strip_prefix("Failure/Error: ") {
            self.close(found);
            let name = self.name.take().unwrap_or_default();
            self.open = Some(Diagnostic::new("rspec", line).with("test", &name).with("message", source));
            self.read = 0;
            self.reason = false;
            return LONGEST;
        }
        if let Some(test) = MINITEST.take(text) {
            self.close(found);
            let mut open = Diagnostic::new("minitest", line);
            for name in ["test", "file", "line"] {
                open.set(name, group(&test, name));
            }
            self.open = Some(open);
            self.read = 0;
            return LONGEST;
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        let over = text.starts_with("Finished in ") || text.starts_with("Failed examples:") || self.read > LONGEST;
        if over || (open.kind == "minitest" && text.trim().is_empty()) {
            self.close(found);
        } else if let Some(side) = SIDE.take(text) {
            let name = if group(&side, "side").eq_ignore_ascii_case("expected") { "expected" } else { "got" };
            open.set(name, group(&side, "value"));
        } else if let Some(frame) = FRAME.take(text) {
            open.set("frame", &format!("{}:{}", group(&frame, "file"), group(&frame, "line")));
        } else if open.get("message").is_none() {
            open.set("message", text);
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}
