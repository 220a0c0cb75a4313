//! Rust's own test harness (`cargo test`) and nextest: `test x ... FAILED`, then in the section "failures" the panic of each test.
//!
//! Source: library/test/src/formatters and library/std/src/panicking.rs (before 1.73 the message stood in quotes before the place);
//! nextest-runner/src/reporter. `assert_eq!` prints `left` and `right`: by custom the left one is what came.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "rust-test",
    kinds: &[Kind {
        name: "test",
        always: &["test"],
        sometimes: &["message", "file", "line", "column", "expected", "got"],
    }],
    triggers: &[
        Trigger { texts: &[" ... failed"], shape: r"^test \S.* \.\.\. FAILED" },
        Trigger { texts: &[" stdout ---", " stderr ---"], shape: r"^-{3,4} \S.* std(?:out|err)(?: ---| ----|: )" },
        Trigger { texts: &[" fail [ "], shape: r"^\s+FAIL \[ +\d" },
        Trigger { texts: &["test result: failed"], shape: r"^test result: FAILED" },
    ],
    start: || Box::new(State::default()),
};

/// Tests that failed and whose panic was not seen yet.
const PENDING: usize = 200;
/// How many lines of a test's output are read.
const LONGEST: usize = 60;

static FAILED: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^test (?P<test>\S+(?: - .*?)?(?: \(line \d+\))?) \.\.\. FAILED"));
/// `        FAIL [   0.356s] (12/57) shop tests::total`, told again at the end.
static NEXTEST: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s+FAIL \[ *\d[^\]]*\] (?:\([^)]*\) )?(?P<test>\S+ \S.*?)\s*$"));
static OUTPUT: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^-{3,4} (?P<test>\S.*?) std(?:out|err) -{3,4}$"));
static PANIC: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^\s*thread '[^']*' (?:\(\d+\) )?panicked at (?P<file>[^:\s]+):(?P<line>\d+):(?P<column>\d+):?$")
});
static OLD_PANIC: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^\s*thread '[^']*' panicked at '(?P<message>.*)', (?P<file>[^:\s]+):(?P<line>\d+):(?P<column>\d+)$")
});
static OLD_OPEN: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s*thread '[^']*' panicked at '(?P<message>.+)$"));
static SIDE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*(?P<side>left|right): `?(?P<value>.+?)`?(?P<end>',? .*)?,?$"));
static QUIET: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^note: test did not panic as expected(?: at (?P<file>[^:\s]+):(?P<line>\d+):(?P<column>\d+))?$")
});
static OTHER_WORDS: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r#"^\s+(?P<side>panic message|expected substring): `?(?P<value>.+?)`?,?$"#));
static OLD_PLACE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"', (?P<file>[^:\s']+):(?P<line>\d+):(?P<column>\d+)$"));

#[derive(Default)]
struct State {
    /// Tests of nextest that were told.
    told: HashSet<String>,
    pending: VecDeque<(String, Arc<Printed>)>,
    open: Option<Diagnostic>,
    /// The next line is the panic's message.
    message_next: bool,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        self.message_next = false;
        let Some(open) = self.open.take() else { return };
        if let Some(test) = open.get("test") {
            self.pending.retain(|(known, _)| known != test);
        }
        found.push(open);
    }

    fn give_up_pending(&mut self, found: &mut Vec<Diagnostic>) {
        let pending = self.pending.drain(..);
        found.extend(pending.map(|(test, line)| Diagnostic::new("test", &line).with("test", &test)));
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(failed) = FAILED.take(text) {
            let test = group(&failed, "test").trim_end_matches(" - should panic").to_owned();
            if self.pending.len() < PENDING && !self.pending.iter().any(|(known, _)| *known == test) {
                self.pending.push_back((test, Arc::clone(line)));
            }
            return 0;
        }
        if let Some(failed) = NEXTEST.take(text) {
            self.close(found);
            let test = group(&failed, "test");
            if self.told.len() >= PENDING || !self.told.insert(test.to_owned()) {
                return 0;
            }
            self.open = Some(Diagnostic::new("test", line).with("test", test));
            self.read = 0;
            return LONGEST;
        }
        if let Some(output) = OUTPUT.take(text) {
            self.close(found);
            let test = group(&output, "test");
            let known = self.pending.iter().find(|(known, _)| known == test).map(|(_, line)| Arc::clone(line));
            self.open = Some(Diagnostic::new("test", &known.unwrap_or_else(|| Arc::clone(line))).with("test", test));
            self.read = 0;
            return LONGEST;
        }
        if text.starts_with("test result: FAILED") {
            self.close(found);
            self.give_up_pending(found);
            return 0;
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        let said = text.trim_start();
        if self.read > LONGEST || said == "failures:" || said.starts_with("note: run with `RUST_BACKTRACE") {
            self.close(found);
            return 0;
        }
        if self.message_next {
            self.message_next = false;
            open.set("message", text);
        } else if let Some(panic) = PANIC.take(text) {
            self.message_next = open.get("file").is_none();
            for name in ["file", "line", "column"] {
                open.set(name, group(&panic, name));
            }
        } else if let Some(panic) = OLD_PANIC.take(text) {
            for name in ["message", "file", "line", "column"] {
                open.set(name, group(&panic, name));
            }
        } else if let Some(panic) = OLD_OPEN.take(text) {
            open.set("message", group(&panic, "message").trim_end_matches('`'));
        } else if let Some(side) = SIDE.take(text) {
            // Of `assert_ne!` both sides are what came.
            let unequal = open.get("message").is_some_and(|message| message.contains("left != right"));
            match group(&side, "side") {
                "left" => open.set("got", group(&side, "value")),
                _ if unequal => {}
                _ => open.set("expected", group(&side, "value")),
            }
            if let Some(place) = OLD_PLACE.take(text) {
                for name in ["file", "line", "column"] {
                    open.set(name, group(&place, name));
                }
            }
        } else if let Some(quiet) = QUIET.take(text) {
            // A test with `should_panic`.
            open.set("message", "test did not panic as expected");
            for name in ["file", "line", "column"] {
                open.set(name, group(&quiet, name));
            }
        } else if let Some(words) = OTHER_WORDS.take(text) {
            let name = if group(&words, "side").starts_with('p') { "got" } else { "expected" };
            open.set(name, group(&words, "value"));
        } else if let Some(message) = said.strip_prefix("Error: ") {
            // A test that returned an error.
            open.set("message", message);
        }
        1
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }

    fn finish(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
        self.give_up_pending(found);
    }
}
