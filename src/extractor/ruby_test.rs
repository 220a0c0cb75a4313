//! RSpec (`Failure/Error:` with what was expected, then `rspec ./spec/a_spec.rb:3 # name`) and Minitest (`ATest#test_add [test/a.rb:5]:`).
//!
//! Sources: rspec-core's ExceptionPresenter and SummaryNotification, minitest's Minitest::Test and SummaryReporter. What RSpec shows in
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

static ERROR: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?P<test>[\w:]+#\S+):(?P<file>-)?$"));
static OWN: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^    (?P<file>[^\s:]+\.rb):(?P<line>\d+)(?::in |$)"));
static DIFF: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?P<side>[-+])(?P<value>[^-+\s].*)$"));
static CAUSE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s+# (?:--- )?(?P<said>Caused by: ---|[A-Z][\w:]*:|  [^\s.].*)$"));

#[derive(Default)]
struct State {
    /// The last name in front of a failure.
    name: Option<String>,
    open: Option<Diagnostic>,
    /// The example's own line, behind `Failure/Error:`.
    source: String,
    /// What RSpec says below it: the error's class, then its words.
    said: String,
    /// The innermost cause so far; its class stands before its words.
    cause: Option<String>,
    /// An error of minitest comes without brackets behind its name.
    error: bool,
    /// Below `--- expected` of minitest.
    in_diff: bool,
    read: usize,
    pending: VecDeque<Diagnostic>,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let (source, said, cause) =
            (std::mem::take(&mut self.source), std::mem::take(&mut self.said), self.cause.take());
        let in_diff = std::mem::take(&mut self.in_diff);
        let Some(mut open) = self.open.take() else { return };
        if open.kind == "rspec" {
            // A comparison says the rest by its two sides.
            let compared = open.get("expected").is_some() && open.get("got").is_some();
            open.set("message", if said.is_empty() || compared { &source } else { said.trim_end_matches(':') });
            add_cause(&mut open, cause);
        } else if in_diff {
            open.set("message", "expected and actual differ");
        } else if let (Some(expected), Some(got)) = (open.get("expected"), open.get("got")) {
            let sides = format!("expected: {expected}, got: {got}");
            open.set("message", &sides);
        }
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
            self.open = Some(Diagnostic::new("rspec", line).with("test", &name));
            self.source = source.to_owned();
            self.read = 0;
            return LONGEST;
        }
        let error = ERROR.take(text).filter(|_| self.name.as_deref() == Some("Error:"));
        if let Some(test) = MINITEST.take(text).or(error) {
            self.close(found);
            self.error = test.name("file").is_none();
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
        if self.error {
            self.error = false;
            open.set("message", text);
            return 1;
        }
        let over = text.starts_with("Finished in ") || text.starts_with("Failed examples:") || self.read > LONGEST;
        if over || (open.kind == "minitest" && text.trim().is_empty()) {
            self.close(found);
        } else if let Some(side) = SIDE.take(text) {
            let name = if group(&side, "side").eq_ignore_ascii_case("expected") { "expected" } else { "got" };
            open.set(name, group(&side, "value"));
        } else if let Some(diff) = DIFF.take(text).filter(|_| self.in_diff) {
            open.set(if group(&diff, "side") == "-" { "expected" } else { "got" }, group(&diff, "value"));
        } else if let Some(frame) =
            OWN.take(text).filter(|frame| open.kind == "minitest" && !group(frame, "file").contains("/gems/"))
        {
            open.set("file", group(&frame, "file"));
            open.set("line", group(&frame, "line"));
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
            let words = text.trim();
            let first = self.said.is_empty() && !words.is_empty();
            if first || self.said.ends_with("Error:") || self.said.ends_with("Exception:") {
                let gap = if first { "" } else { " " };
                // RSpec's remark on how it compared.
                if !words.starts_with('(') && !words.starts_with('#') && !words.is_empty() {
                    self.said.push_str(gap);
                    self.said.push_str(words);
                }
            }
        } else if text == "--- expected" {
            self.in_diff = true;
        } else if open.get("message").is_none() && !self.in_diff {
            open.set("message", text);
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}
