//! RSpec (`Failure/Error:` with what was expected, then `rspec ./spec/a_spec.rb:3 # name`) and Minitest (`ATest#test_add [test/a.rb:5]:`, and
//! `ATest#test_err:` with the exception and its stack).
//!
//! Sources: rspec-core's ExceptionPresenter and SummaryNotification, minitest's Minitest::Test and SummaryReporter, Rails'
//! TestUnitReporter, which shows a failure at once and without a number; runs of RSpec 3.12 and Minitest 5.15. What RSpec shows in
//! full is put together with its line of the list at the end.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, add_cause, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "ruby-test",
    kinds: &[
        Kind {
            name: "rspec",
            always: &["test", "file"],
            sometimes: &["line", "message", "expected", "got", "frame", "cause"],
        },
        Kind { name: "minitest", always: &["test", "file", "line"], sometimes: &["message", "expected", "got"] },
    ],
    triggers: &[
        Trigger { texts: &["failure/error:"], shape: r"^\s+(?:\d+\.\d+\) )?Failure/Error:" },
        Trigger { texts: &["rspec ./"], shape: r"^rspec \./\S+ # " },
        Trigger { texts: &[") failure:", ") error:"], shape: r"^\s*\d+\) (?:Failure|Error):$" },
        Trigger { texts: &["#test_"], shape: r"^[A-Z]\S*#test_\w+(?: \[[^\]:]+:\d+\])?:$" },
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
    LazyLock::new(|| pattern(r"^\s*(?P<side>expected|got|received|Expected|Actual): (?P<value>\S.*)$"));
static FRAME: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s+# (?P<file>\./[^\s:]+):(?P<line>\d+)"));
static MINITEST: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<test>\S.*#\S.*) \[(?P<file>[^\]:]+):(?P<line>\d+)\]:$"));
static RAISED: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?P<test>\S.*#\S.*):$"));
static STACK: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s+(?P<file>[^\s:]+\.rb):(?P<line>\d+):in "));
static DIFF: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?P<side>[-+])(?P<value>[^-+].*)$"));
static CAUSE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s+# (?:--- )?(?P<said>Caused by: ---|[A-Z][\w:]*:|  [^\s.].*)$"));

#[derive(Default)]
struct State {
    /// The last name in front of a failure.
    name: Option<String>,
    open: Option<Diagnostic>,
    /// The source line behind `Failure/Error:`.
    source: String,
    /// What stands below the source: the exception, or the matcher's words.
    reason: String,
    /// The innermost cause so far; its class stands before its words.
    cause: Option<String>,
    /// Below `--- expected`.
    in_diff: bool,
    read: usize,
    pending: VecDeque<Diagnostic>,
}

impl State {
    /// A failure begins.
    fn start(&mut self) {
        self.source.clear();
        self.reason.clear();
        self.cause = None;
        self.in_diff = false;
        self.read = 0;
    }

    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let Some(mut open) = self.open.take() else { return };
        if open.kind == "rspec" {
            let told = open.get("expected").is_some() || self.reason.is_empty();
            open.set("message", if told { &self.source } else { &self.reason });
            add_cause(&mut open, self.cause.take());
        }
        if open.kind == "minitest" {
            found.push(open);
        } else if self.pending.len() < PENDING {
            self.pending.push_back(open);
        }
    }
}

/// What stands behind `Failure/Error:`, perhaps nothing.
fn source_line(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let text = text.split_once(") ").filter(|(number, _)| number.contains('.')).map_or(text, |(_, rest)| rest);
    text.strip_prefix("Failure/Error:").map(str::trim)
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
        let name = NAME.take(text).map(|name| group(&name, "test").to_owned());
        if let Some(name) = name.or_else(|| matches!(text, "Failure:" | "Error:" | "Skipped:").then(|| text.to_owned()))
        {
            self.close(found);
            let minitest = matches!(name.as_str(), "Failure:" | "Error:");
            self.name = Some(name);
            return if minitest { 3 } else { 1 };
        }
        if let Some(source) = source_line(text) {
            // Further failures of the same example have no name of their own.
            if let Some(name) = self.name.take() {
                self.close(found);
                self.open = Some(Diagnostic::new("rspec", line).with("test", &name));
                self.start();
                self.source = source.to_owned();
            }
            return LONGEST;
        }
        let skipped = self.name.as_deref() == Some("Skipped:");
        if let Some(test) = MINITEST.take(text).filter(|_| !skipped) {
            self.close(found);
            let mut open = Diagnostic::new("minitest", line);
            for name in ["test", "file", "line"] {
                open.set(name, group(&test, name));
            }
            self.open = Some(open);
            self.start();
            return LONGEST;
        }
        if let Some(test) = RAISED.take(text).filter(|_| self.name.as_deref() == Some("Error:")) {
            self.close(found);
            self.open = Some(Diagnostic::new("minitest", line).with("test", group(&test, "test")));
            self.start();
            return LONGEST;
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        let over = text.starts_with("Finished in ") || text.starts_with("Failed examples:") || self.read > LONGEST;
        if over || (open.kind == "minitest" && text.trim().is_empty()) {
            self.close(found);
        } else if text == "--- expected" {
            self.in_diff = true;
        } else if let Some(side) = DIFF.take(text).filter(|_| self.in_diff) {
            open.set(if group(&side, "side") == "-" { "expected" } else { "got" }, group(&side, "value"));
        } else if let Some(frame) = STACK.take(text).filter(|_| open.kind == "minitest") {
            let file = group(&frame, "file");
            if !file.contains("/gems/") && !file.contains("/lib/ruby/") && open.get("file").is_none() {
                open.set("file", file);
                open.set("line", group(&frame, "line"));
            }
        } else if let Some(side) = SIDE.take(text) {
            let name = if group(&side, "side").eq_ignore_ascii_case("expected") { "expected" } else { "got" };
            open.set(name, group(&side, "value"));
        } else if let Some(caused) = CAUSE.take(text).filter(|_| open.kind == "rspec") {
            let said = group(&caused, "said");
            match &mut self.cause {
                _ if said.ends_with(": ---") => self.cause = Some(String::new()),
                Some(cause) if cause.is_empty() => cause.push_str(said),
                Some(cause) if cause.ends_with(':') => {
                    cause.push(' ');
                    cause.push_str(said.trim());
                }
                _ => {}
            }
        } else if let Some(frame) = FRAME.take(text) {
            open.set("frame", &format!("{}:{}", group(&frame, "file"), group(&frame, "line")));
        } else if open.kind == "rspec" {
            let text = text.trim();
            if self.source.is_empty() {
                self.source = text.to_owned();
            } else if self.reason.ends_with(':') && !text.is_empty() {
                self.reason = format!("{} {text}", self.reason);
            } else if self.reason.is_empty() && !text.starts_with('#') && !text.starts_with("(compared using") {
                self.reason = text.to_owned();
            }
        } else if !self.in_diff && open.get("message").is_none() {
            open.set("message", text);
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}
