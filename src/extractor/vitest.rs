//! Vitest: ` FAIL  src/a.test.ts > suite > test`, the error, a diff of expected and received, `❯ src/a.test.ts:5:17`.
//!
//! Source: packages/vitest/src/node/reporters/base.ts and packages/vitest/src/node/printError.ts. Tests that failed alike share one error
//! below several such lines.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, add_cause, group, is_js_frame, js_cause, own_js_frame, pattern, side};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "vitest",
    kinds: &[
        Kind {
            name: "test",
            always: &["test", "message"],
            sometimes: &["suite", "file", "line", "column", "expected", "got", "project", "cause"],
        },
        Kind {
            name: "suite",
            always: &["message", "suite"],
            sometimes: &["file", "line", "column", "project", "cause", "expected", "got"],
        },
    ],
    triggers: &[Trigger { texts: &[" fail  "], shape: r"^\s*FAIL  (?:\|?\S+\|? +)?\S+\.[\w.-]*[jt]sx?\b" }],
    start: || Box::new(State::default()),
};

/// How many lines of an error are read.
const LONGEST: usize = 80;
/// Tests that share an error.
const SHARED: usize = 50;

static HEAD: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\s*FAIL  (?:\|?(?P<project>[^\s|/]+)\|? +)?(?P<suite>\S+\.[\w.-]*[jt]sx?)(?: > (?P<test>.+?)| \[ .* \])?$",
    )
});
static ERROR: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^(?P<message>(?:[A-Z]\w*(?:Error|Exception|Failure)|Error|Snapshot|Unknown Error)\b.*)$")
});
static DIFF: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s{0,2}(?P<side>[-+]) (?P<value> *\S.*)$"));
/// A snapshot in the source shows both on a line each.
static SIDE: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?P<side>Expected|Received): +(?P<value>\S.*)$"));
static LEGEND: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s{0,2}[-+] (?:Expected|Received|Snapshot)\b"));
static WORDS: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^AssertionError: expected (?P<got>.+?) to (?:be|equal|deeply equal|strictly equal|match) (?P<expected>[^/]+?)(?: // .*)?$",
    )
});

#[derive(Default)]
struct State {
    open: Vec<Diagnostic>,
    place: Option<(String, String, String)>,
    in_diff: bool,
    /// The innermost so far.
    cause: Option<String>,
    read: usize,
}

impl State {
    fn each(&mut self, name: &'static str, value: &str) {
        self.open.iter_mut().for_each(|open| open.set(name, value));
    }

    fn told(&self) -> bool {
        self.open.first().is_some_and(|open| open.get("message").is_some())
    }

    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let place = self.place.take();
        self.in_diff = false;
        let cause = self.cause.take();
        for mut open in self.open.drain(..) {
            if let Some((file, line, column)) = &place {
                open.set("file", file);
                open.set("line", line);
                open.set("column", column);
            }
            let suite = open.get("suite").map(str::to_owned).unwrap_or_default();
            open.set("file", &suite);
            if let Some((expected, got)) = open.get("message").and_then(|message| {
                let words = WORDS.take(message)?;
                Some((group(&words, "expected").to_owned(), group(&words, "got").to_owned()))
            }) {
                open.set("expected", &expected);
                open.set("got", &got);
            }
            if open.get("message").is_some() {
                add_cause(&mut open, cause.clone());
                found.push(open);
            }
        }
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(head) = HEAD.take(text) {
            if self.told() || self.open.len() >= SHARED {
                self.close(found);
            }
            let kind = if head.name("test").is_some() { "test" } else { "suite" };
            let mut open = Diagnostic::new(kind, line);
            for name in ["suite", "test", "project"] {
                open.set(name, group(&head, name));
            }
            self.open.push(open);
            self.read = 0;
            return LONGEST;
        }
        if self.open.is_empty() {
            return 0;
        }
        self.read += 1;
        let ends = text.starts_with('⎯') || text.trim_start().starts_with("Test Files ");
        if self.read > LONGEST || (ends && self.told()) {
            self.close(found);
            return 0;
        }
        if LEGEND.fits(text) {
            self.in_diff = true;
        } else if !self.told() {
            if let Some(error) = ERROR.take(text) {
                self.each("message", group(&error, "message"));
            }
        } else if let Some(cause) = js_cause(text) {
            self.cause = Some(cause.to_owned());
        } else if let Some(sides) = SIDE.take(text) {
            self.each(if group(&sides, "side") == "Expected" { "expected" } else { "got" }, group(&sides, "value"));
        } else if let Some(diff) = DIFF.take(text).filter(|_| self.in_diff) {
            self.each(if group(&diff, "side") == "-" { "expected" } else { "got" }, side(group(&diff, "value")));
        } else if is_js_frame(text) {
            self.in_diff = false;
            if self.place.is_none()
                && let Some((file, line, column)) = own_js_frame(text)
            {
                self.place = Some((file.to_owned(), line.to_owned(), column.to_owned()));
            }
        }
        1
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}
