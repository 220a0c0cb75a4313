//! Mocha, and Cypress, which prints like it: behind `4 failing` each failure with its number, the names of its suites and its own, the
//! error, a diff (`-` is what came) and the stack.
//!
//! Source: lib/reporters/base.js.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, add_cause, group, is_js_frame, js_cause, own_js_frame, pattern, side};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "mocha",
    kinds: &[Kind {
        name: "test",
        always: &["test", "message"],
        sometimes: &["file", "line", "column", "expected", "got", "cause"],
    }],
    triggers: &[Trigger { texts: &[" failing"], shape: r"^\s{1,4}[1-9]\d* failing$" }],
    start: || Box::new(State::default()),
};

/// How many lines of one failure are read.
const LONGEST: usize = 80;

static HEAD: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^  (?P<number>\d+)\) (?P<name>\S.*)$"));
static LEGEND: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s*\+ expected - actual$"));
static DIFF: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^      (?P<side>[-+])(?P<value>.*\S.*)$"));
static PLAIN: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?:AssertionError[^:]*: )?expected (?P<got>.+?) to (?:equal|deeply equal|be|eql|deep equal) (?P<expected>.+)$",
    )
});

#[derive(Default)]
struct State {
    in_section: bool,
    open: Option<Diagnostic>,
    names: Vec<String>,
    /// The names are complete.
    named: bool,
    in_diff: bool,
    /// The innermost so far.
    cause: Option<String>,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let names = std::mem::take(&mut self.names);
        self.in_diff = false;
        let cause = self.cause.take();
        let Some(mut open) = self.open.take() else { return };
        open.set("test", &names.join(" › "));
        if let Some((expected, got)) = open.get("message").and_then(|message| {
            let sides = PLAIN.take(message)?;
            Some((group(&sides, "expected").to_owned(), group(&sides, "got").to_owned()))
        }) {
            open.set("expected", &expected);
            open.set("got", &got);
        }
        add_cause(&mut open, cause);
        found.push(open);
    }

    fn name(&mut self, text: &str) {
        let name = text.trim();
        self.named = name.ends_with(':');
        if self.names.len() < 20 {
            self.names.push(name.trim_end_matches(':').to_owned());
        }
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if text.trim_end().ends_with(" failing") && text.trim().bytes().next().is_some_and(|b| b.is_ascii_digit()) {
            self.close(found);
            self.in_section = true;
            return 3;
        }
        if !self.in_section {
            return 0;
        }
        if let Some(head) = HEAD.take(text) {
            self.close(found);
            self.open = Some(Diagnostic::new("test", line));
            self.read = 0;
            self.name(group(&head, "name"));
            return LONGEST;
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        if self.read > LONGEST {
            self.close(found);
            self.in_section = false;
            return 0;
        }
        if !self.named {
            if !text.trim().is_empty() {
                self.name(text);
            }
            return 0;
        }
        if LEGEND.fits(text) {
            self.in_diff = true;
        } else if let Some(diff) = DIFF.take(text).filter(|_| self.in_diff) {
            open.set(if group(&diff, "side") == "+" { "expected" } else { "got" }, side(group(&diff, "value")));
        } else if is_js_frame(text) {
            self.in_diff = false;
            if let Some((file, line, column)) = own_js_frame(text)
                && open.get("file").is_none()
            {
                open.set("file", file);
                open.set("line", line);
                open.set("column", column);
            }
        } else if let Some(cause) = js_cause(text).filter(|_| open.get("message").is_some()) {
            self.cause = Some(cause.to_owned());
        } else if open.get("message").is_none() {
            open.set("message", text.trim_end_matches([':', ' ']));
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
        self.in_section = false;
    }
}
