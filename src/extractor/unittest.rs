//! unittest and Django's test runner: a line of `=`, `FAIL: test_x (module.Class.test_x)`, a line of `-`, the traceback.
//!
//! Source: Lib/unittest/runner.py and Lib/unittest/result.py. The last frame outside the library is the place; the line without an
//! indent behind it is the message.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, is_foreign_python, pattern, unittest_sides};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "unittest",
    kinds: &[Kind {
        name: "test",
        always: &["test", "suite"],
        sometimes: &["message", "file", "line", "error", "expected", "got", "level"],
    }],
    triggers: &[Trigger { texts: &["fail: ", "error: "], shape: r"^(?:FAIL|ERROR): \w+ \([\w.<>]+\)" }],
    start: || Box::new(State::default()),
};

/// How many lines of one failure are read.
const LONGEST: usize = 200;

static HEAD: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<level>FAIL|ERROR): (?P<test>\w+) \((?P<suite>[\w.<>]+)\)"));
static FRAME: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r#"^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>\S+))?$"#));
static ERROR: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?P<error>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?$"));

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    /// A line of `=` stands before it, or one of `-` behind it: else the words are another program's.
    sure: bool,
    place: Option<(String, String)>,
    in_traceback: bool,
    /// The last line was one of `=`.
    below_rule: bool,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let place = self.place.take();
        self.in_traceback = false;
        let Some(mut open) = self.open.take().filter(|_| self.sure) else { return };
        if let Some((file, line)) = place {
            open.set("file", &file);
            open.set("line", &line);
        }
        found.push(open);
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(head) = HEAD.take(text) {
            self.close(found);
            self.sure = std::mem::take(&mut self.below_rule);
            let mut open = Diagnostic::new("test", line);
            for name in ["test", "suite", "level"] {
                open.set(name, group(&head, name));
            }
            self.open = Some(open);
            self.read = 0;
            return LONGEST;
        }
        self.below_rule = text.starts_with("==========");
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        self.sure |= self.read == 1 && text.starts_with("----------");
        if self.read > LONGEST || self.below_rule || text.starts_with("Ran ") {
            self.close(found);
            return 0;
        }
        if text.starts_with("Traceback (most recent call last)") {
            // The first of several in a chain is where it began.
            self.in_traceback = open.get("error").is_none();
        } else if let Some(frame) = FRAME.take(text).filter(|_| self.in_traceback) {
            if !is_foreign_python(group(&frame, "file")) {
                self.place = Some((group(&frame, "file").to_owned(), group(&frame, "line").to_owned()));
            }
        } else if self.in_traceback
            && !text.starts_with([' ', '-'])
            && let Some(error) = ERROR.take(text)
        {
            self.in_traceback = false;
            open.set("error", group(&error, "error"));
            let message = group(&error, "message");
            open.set("message", if message.is_empty() { group(&error, "error") } else { text });
            if let Some((expected, got)) = unittest_sides(text).filter(|_| text.starts_with("AssertionError: ")) {
                open.set("expected", expected);
                open.set("got", got);
            }
        }
        1
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}
