//! Node's own test runner: the section "failing tests" of the spec reporter (`test at a.test.mjs:2:1`, `✖ adds (1.6ms)`, the error), and TAP
//! (`not ok 1 - adds` with its block of YAML).
//!
//! Source: lib/internal/test_runner/reporter/{spec,tap}.js. A test that failed only because one inside it did is left out.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, own_js_frame, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "node-test",
    kinds: &[Kind {
        name: "test",
        always: &["test", "file", "line"],
        sometimes: &["column", "message", "expected", "got", "frame", "error"],
    }],
    triggers: &[
        Trigger { texts: &["test at "], shape: r"^test at \S.*:\d+:\d+$" },
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

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    tap: bool,
    /// The next line is the error's text.
    text_next: bool,
    /// It failed because one inside it did.
    of_inner: bool,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        found.extend(self.open.take().filter(|_| !self.of_inner));
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
        } else if let Some((file, line, _)) = own_js_frame(text) {
            open.set("frame", &format!("{file}:{line}"));
        } else if text.trim_start().starts_with("'") && open.get("message").is_none() {
            open.set("message", text.trim().trim_matches('\''));
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}
