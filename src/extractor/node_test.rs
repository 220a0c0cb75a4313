//! Node's own test runner: the section "failing tests" of the spec reporter (`test at a.test.mjs:2:1`, `✖ adds (1.6ms)`, the error), the end of
//! the dot reporter (`Failed tests:`, then the same without the places) and TAP (`not ok 1 - adds` with its block of YAML).
//!
//! Source: lib/internal/test_runner/reporter/{spec,dot,tap}.js. A test that failed only because one inside it did is left out, as is one that
//! was cancelled with the suite around it, and what is still to be done (`# TODO`).

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, add_cause, group, js_cause, own_js_frame, pattern, side};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "node-test",
    kinds: &[Kind {
        name: "test",
        always: &["test"],
        sometimes: &["file", "line", "column", "message", "expected", "got", "frame", "error", "cause"],
    }],
    triggers: &[
        Trigger { texts: &["test at "], shape: r"^test at \S.*:\d+:\d+$" },
        Trigger { texts: &["failed tests:"], shape: r"^Failed tests:$" },
        Trigger { texts: &["not ok "], shape: r"^\s*not ok \d+ - \S" },
    ],
    start: || Box::new(State::default()),
};

/// How many lines of one failure are read.
const LONGEST: usize = 80;

static PLACE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^test at (?P<file>\S.*):(?P<line>\d+):(?P<column>\d+)$"));
static NAME: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^✖ (?P<test>\S.*?)(?: \([\d.]+m?s\))?(?P<todo> # (?:TODO|SKIP).*)?$"));
static NOT_OK: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<indent>\s*)not ok \d+ - (?P<test>\S.*?)(?P<todo> # (?:TODO|SKIP).*)?$"));
static FIELD: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r#"^\s+(?P<name>location|failureType|error|expected|actual|name): ['"]?(?P<value>.*?)['"]?,?$"#)
});
static LOCATION: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?P<file>.+):(?P<line>\d+):(?P<column>\d+)$"));
static ERROR: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^\s+(?P<error>(?:[A-Z]\w*)?(?:Error|Exception)|\[?Error)(?: \[\w+\])?: (?P<message>\S.*)$")
});

/// A suite's hook failed, and its tests with it.
const CANCELLED: &str = "test did not finish before its parent and was cancelled";
/// What is said of a suite whose tests failed.
static SUBTESTS: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\d+ subtests? failed$"));
/// What is said of a file that ended badly by itself.
const OF_A_FILE: &str = "test failed";
static DIFF: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s*(?P<side>[-+]) +(?P<value>\S.*)$"));

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    tap: bool,
    /// In the list at the end of the dot reporter.
    dot: bool,
    /// The innermost so far.
    cause: Option<String>,
    in_diff: bool,
    /// The next line is the error's text.
    text_next: bool,
    /// It failed because one inside it did.
    of_inner: bool,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let cause = self.cause.take();
        self.in_diff = false;
        if let Some(mut open) = self.open.take().filter(|_| !self.of_inner) {
            let message = open.get("message").unwrap_or_default();
            // A block of TAP without a place is another program's.
            let other = self.tap && open.get("file").is_none();
            if !other && message != CANCELLED && !SUBTESTS.fits(message) {
                if message == OF_A_FILE {
                    let file = open.get("test").unwrap_or_default().to_owned();
                    open.set("file", &file);
                }
                add_cause(&mut open, cause);
                found.push(open);
            }
        }
        self.of_inner = false;
        self.text_next = false;
    }

    fn start(&mut self, open: Diagnostic, tap: bool) -> usize {
        self.open = Some(open);
        self.tap = tap;
        self.read = 0;
        LONGEST
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(place) = PLACE.take(text) {
            self.close(found);
            let mut open = Diagnostic::new("test", line);
            for name in ["file", "line", "column"] {
                open.set(name, group(&place, name));
            }
            return self.start(open, false);
        }
        if let Some(not_ok) = NOT_OK.take(text) {
            self.close(found);
            if not_ok.name("todo").is_some() {
                return 0;
            }
            return self.start(Diagnostic::new("test", line).with("test", group(&not_ok, "test")), true);
        }
        if text == "Failed tests:" {
            self.close(found);
            self.dot = true;
            return LONGEST;
        }
        if self.dot && text.starts_with(|c: char| !c.is_whitespace()) {
            self.close(found);
            let name = NAME.take(text);
            self.dot = name.is_some() || text.starts_with('⚠');
            let Some(name) = name.filter(|name| name.name("todo").is_none()) else { return LONGEST };
            return self.start(Diagnostic::new("test", line).with("test", group(&name, "test")), false);
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        if self.read > LONGEST || (self.tap && text.trim() == "...") {
            self.close(found);
            return 0;
        }
        if let Some(name) = NAME.take(text) {
            if name.name("todo").is_some() {
                self.open = None;
                return 0;
            }
            open.set("test", group(&name, "test"));
        } else if let Some(cause) = js_cause(text) {
            self.cause = Some(cause.to_owned());
        } else if text.trim() == "+ actual - expected" {
            self.in_diff = true;
        } else if let Some(diff) = DIFF.take(text).filter(|_| self.in_diff) {
            open.set(if group(&diff, "side") == "+" { "got" } else { "expected" }, side(group(&diff, "value")));
        } else if self.text_next {
            self.text_next = text.trim().is_empty();
            open.set("message", text.trim_end_matches([':', ' ']));
        } else if let Some(field) = FIELD.take(text) {
            let value = group(&field, "value");
            match group(&field, "name") {
                "location" => {
                    if let Some(place) = LOCATION.take(value) {
                        // The name is in the title; this line says where.
                        open.line = Arc::clone(line);
                        for name in ["file", "line", "column"] {
                            open.set(name, group(&place, name));
                        }
                    }
                }
                "failureType" => self.of_inner = value == "subtestsFailed",
                "error" if value.starts_with('|') => self.text_next = true,
                "error" => open.set("message", value),
                "name" => open.set("error", value),
                "expected" => open.set("expected", value),
                _ => open.set("got", value),
            }
        } else if let Some(error) = ERROR.take(text).filter(|_| !self.tap) {
            open.set("error", group(&error, "error"));
            open.set("message", group(&error, "message").trim_end_matches(':'));
        } else if let Some((file, line, column)) = own_js_frame(text.trim_end_matches(" {")) {
            open.set("frame", &format!("{file}:{line}"));
            if self.dot && open.get("file").is_none() {
                open.set("file", file);
                open.set("line", line);
                open.set("column", column);
            }
        } else if text.trim_start().starts_with("'") && open.get("message").is_none() {
            open.set("message", text.trim().trim_matches('\''));
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
        self.dot = false;
    }
}
