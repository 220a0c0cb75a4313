//! Jest: `  ● suite › test`, the assertion, `Expected:` and `Received:`, the stack. Its summary repeats all of it, which counts once.
//!
//! Source: packages/jest-message-util/src/index.ts, packages/jest-matcher-utils/src/index.ts. `● Console` and the like are headings of
//! something else.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, add_cause, group, is_js_frame, own_js_frame, pattern, side};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "jest",
    kinds: &[
        Kind {
            name: "test",
            always: &["test", "message"],
            sometimes: &["suite", "file", "line", "column", "expected", "got", "frame", "cause"],
        },
        Kind {
            name: "suite",
            always: &["message"],
            sometimes: &["suite", "file", "line", "column", "expected", "got", "cause"],
        },
    ],
    // The second text is what a Windows console makes of the bullet.
    triggers: &[Trigger { texts: &["  ● ", "  ΓùÅ "], shape: "^  (?:\u{25cf}|\u{393}\u{f9}\u{c5}) \\S" }],
    start: || Box::new(State::default()),
};

/// How many lines of a failure are read.
const LONGEST: usize = 80;
/// Headings that name no test.
const OTHER: &[&str] =
    &["Console", "Validation", "Deprecation", "Cannot log after", "process.exit called", "Multiple configs"];

static HEAD: LazyLock<LazyPattern> = LazyLock::new(|| pattern("^  (?:\u{25cf}|\u{393}\u{f9}\u{c5}) (?P<test>\\S.*)$"));
static FILE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*FAIL\s+(?:.*\s)?(?P<file>\S+\.[cm]?[jt]sx?)(?: \([\d.]+ m?s.*\))?$"));
static EXPECTED: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s+(?P<side>Expected|Received)(?P<what>(?: [\w ]+?)?): +(?P<value>\S.*)$"));
static DIFF: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^    (?P<side>[-+]) (?P<value> *\S.*)$"));
static LEGEND: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^    [-+] (?:Expected|Received|Snapshot)\b"));

#[derive(Default)]
struct State {
    file: Option<String>,
    open: Option<Diagnostic>,
    /// Where in the project's own code, besides the test file.
    frame: Option<(String, String, String)>,
    in_diff: bool,
    /// The innermost error that this one wraps, so far.
    cause: Option<String>,
    /// The next words are a cause's.
    cause_next: bool,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let frame = self.frame.take();
        self.in_diff = false;
        self.cause_next = false;
        let cause = self.cause.take();
        let Some(mut open) = self.open.take() else { return };
        if let Some((file, line, column)) = &frame {
            open.set("file", file);
            open.set("line", line);
            open.set("column", column);
        }
        if let Some(file) = &self.file {
            open.set("suite", file);
            open.set("file", file);
        }
        // Without a word on what is wrong it was another heading.
        if open.get("message").is_some() {
            add_cause(&mut open, cause);
            found.push(open);
        }
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(head) = HEAD.take(text) {
            self.close(found);
            let test = group(&head, "test");
            if OTHER.iter().any(|other| test.starts_with(other)) {
                return 1;
            }
            self.read = 0;
            self.open = Some(if test == "Test suite failed to run" {
                Diagnostic::new("suite", line)
            } else {
                // What a Windows console makes of `›`.
                Diagnostic::new("test", line).with("test", &test.replace("\u{393}\u{c7}\u{2551}", "›"))
            });
            return LONGEST;
        }
        if let Some(file) = FILE.take(text) {
            self.close(found);
            self.file = Some(group(&file, "file").to_owned());
            return 2;
        }
        if text.starts_with("PASS ") || text.starts_with("Test Suites:") || text.starts_with("Tests: ") {
            self.close(found);
            return 0;
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        if self.read > LONGEST {
            self.close(found);
            return 0;
        }
        if LEGEND.fits(text) {
            self.in_diff = true;
            return 1;
        }
        let words = text.trim();
        if words == "Cause:" || (words == "Errors contained in AggregateError:" && self.cause.is_none()) {
            self.cause_next = true;
            return 1;
        }
        if self.cause_next && !words.is_empty() {
            self.cause_next = false;
            self.cause = Some(words.to_owned());
            return 1;
        }
        if let Some(side) = EXPECTED.take(text) {
            let name = if group(&side, "side") == "Expected" { "expected" } else { "got" };
            open.set(name, &format!("{}{}", group(&side, "value"), of_what(group(&side, "what"))));
            return 1;
        }
        if let Some(diff) = DIFF.take(text).filter(|_| self.in_diff) {
            open.set(if group(&diff, "side") == "-" { "expected" } else { "got" }, side(group(&diff, "value")));
            return 1;
        }
        if is_js_frame(text) {
            if self.frame.is_none()
                && let Some((file, line, column)) = own_js_frame(text)
            {
                self.frame = Some((file.to_owned(), line.to_owned(), column.to_owned()));
            }
            return 1;
        }
        // ts-jest may put the file on a line of its own.
        let said = open.kind == "test" || text.trim().contains(' ');
        if open.get("message").is_none() && text.starts_with("    ") && said {
            open.set("message", text);
            open.line = Arc::clone(line);
        }
        1
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}

/// `number of calls` behind a number says what is counted.
fn of_what(what: &str) -> &'static str {
    match what.trim() {
        "number of calls" => " calls",
        "number of returns" => " returns",
        "length" => " elements",
        _ => "",
    }
}
