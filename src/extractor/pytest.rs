//! pytest: the section FAILURES with a block for each test (`>` the source, `E` the assertion, `file:line: Error`), then the short summary.
//!
//! Source: src/_pytest/terminal.py, src/_pytest/_code/code.py. The summary names the test in full, the block has the assertion and the
//! place: they are put together. By custom an `assert` has what came on the left.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, is_foreign_python, pattern, unittest_sides};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "pytest",
    kinds: &[
        Kind {
            name: "test",
            always: &["test"],
            sometimes: &["message", "file", "line", "expected", "got", "error", "suite"],
        },
        // A module that can't be collected, a fixture that fails.
        Kind {
            name: "error",
            always: &["test"],
            sometimes: &["message", "file", "line", "error", "suite", "expected", "got"],
        },
    ],
    triggers: &[
        Trigger { texts: &["= failures =", "= errors ="], shape: "^=+ (?:FAILURES|ERRORS) =+$" },
        Trigger { texts: &["failed ", "error "], shape: r"^(?:FAILED|ERROR) [^\s:]+\.(?:py|txt|rst|md)(?:::\S| - |$)" },
    ],
    start: || Box::new(State::default()),
};

/// How many lines of one block are read.
const LONGEST: usize = 400;
/// Blocks whose line of the summary did not come yet.
const PENDING: usize = 100;

static SECTION: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^=+ (?P<name>\S.*?) =+$"));
static BLOCK: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^_{2,} (?P<when>ERROR (?:at setup of|at teardown of|collecting) )?(?P<test>\S.*?) _{2,}$")
});
static SUMMARY: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?P<level>FAILED|ERROR) (?P<test>(?P<file>[^\s:]+\.(?:py|txt|rst|md))(?:::(?P<name>.+?))?)(?: - (?P<message>.*))?$",
    )
});
static SAID: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^E  {2,}(?P<message>\S.*)$"));
static FRAME: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^(?P<file>[^\s:]+\.py):(?P<line>\d+):(?: (?:in (?P<function>\S+)|(?P<error>[\w.]+)))?\s*$")
});
static COMPARED: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^(?:AssertionError: )?(?:.*[^\w]\s*)?assert (?P<got>[^=!<>]+?) == (?P<expected>[^=]+?)$")
});

static PARSED: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r#"^File "(?P<file>[^"]+)", line (?P<line>\d+)$"#));
static NAMED: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^[A-Z]\w*(?:Error|Exception|Warning)\b"));
/// A failure of `--tb=line`.
static LINE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<file>[^\s:]+\.py):(?P<line>\d+): (?P<message>\S.*)$"));

struct Block {
    diagnostic: Diagnostic,
    /// The frames in the project's own code: the last one is the innermost.
    place: Option<(String, String)>,
    /// It is a module that does not parse.
    parsed: bool,
}

#[derive(Default)]
struct State {
    open: Option<Block>,
    read: usize,
    /// Complete blocks in the order of the log.
    pending: VecDeque<Diagnostic>,
    in_section: bool,
}

/// `Class.test[1]` of a block's heading is the end of `file::Class::test[1]`.
fn is_block_of(block: &Diagnostic, name: &str, file: &str, message: &str) -> bool {
    let Some(heading) = block.get("suite") else {
        // One of --tb=line.
        return !message.is_empty() && block.get("message").is_some_and(|whole| whole.starts_with(message));
    };
    if name.is_empty() {
        return heading == file;
    }
    heading.replace("::", ".") == name.replace("::", ".")
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let Some(Block { mut diagnostic, place, .. }) = self.open.take() else { return };
        if let Some((file, line)) = place {
            diagnostic.set("file", &file);
            diagnostic.set("line", &line);
        }
        if self.pending.len() == PENDING
            && let Some(first) = self.pending.pop_front()
        {
            give(first, found);
        }
        self.pending.push_back(diagnostic);
    }
}

/// A block without its line of the summary.
fn give(mut block: Diagnostic, found: &mut Vec<Diagnostic>) {
    let heading = block.get("suite").map(str::to_owned).unwrap_or_default();
    block.set("test", &heading);
    if block.get("test").is_some() {
        found.push(block);
    }
}

fn compare(diagnostic: &mut Diagnostic, message: &str) {
    if let Some(sides) = COMPARED.take(message) {
        diagnostic.set("got", group(&sides, "got"));
        diagnostic.set("expected", group(&sides, "expected"));
    } else if let Some((expected, got)) = unittest_sides(message).filter(|_| message.starts_with("AssertionError: ")) {
        diagnostic.set("expected", expected);
        diagnostic.set("got", got);
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(summary) = SUMMARY.take(text) {
            self.close(found);
            let (name, file) = (group(&summary, "name"), group(&summary, "file"));
            let message = group(&summary, "message").trim_end_matches("...");
            let at = self.pending.iter().position(|block| is_block_of(block, name, file, message));
            let kind = if group(&summary, "level") == "FAILED" { "test" } else { "error" };
            let block = at.and_then(|at| self.pending.remove(at));
            let mut diagnostic =
                Diagnostic::new(kind, line).with("test", group(&summary, "test")).with("message", message);
            // The block's message is not cut to the screen's width.
            if let Some(block) = block {
                // What was asserted proves more than that it failed.
                if block.get("message").is_some() {
                    diagnostic.line = Arc::clone(&block.line);
                }
                let whole = block.get("message").unwrap_or_default().to_owned();
                diagnostic.captures.retain(|(name, _)| *name != "message" || whole.is_empty());
                for (name, value) in &block.captures {
                    if *name != "suite" {
                        diagnostic.set(name, value);
                    }
                }
            }
            let message = diagnostic.get("message").unwrap_or_default().to_owned();
            compare(&mut diagnostic, &message);
            diagnostic.set("file", file);
            found.push(diagnostic);
            return 3;
        }
        if let Some(section) = SECTION.take(text) {
            self.close(found);
            self.in_section = matches!(group(&section, "name"), "FAILURES" | "ERRORS");
            return if self.in_section { LONGEST } else { 3 };
        }
        if let Some(block) = BLOCK.take(text).filter(|_| self.in_section) {
            self.close(found);
            let kind = if block.name("when").is_some() { "error" } else { "test" };
            let diagnostic = Diagnostic::new(kind, line).with("suite", group(&block, "test"));
            self.open = Some(Block { diagnostic, place: None, parsed: false });
            self.read = 0;
            return LONGEST;
        }
        if let Some(short) = LINE.take(text).filter(|_| self.in_section && self.open.is_none()) {
            let diagnostic = Diagnostic::new("test", line).with("message", group(&short, "message"));
            let own = !is_foreign_python(group(&short, "file"));
            let place = own.then(|| (group(&short, "file").to_owned(), group(&short, "line").to_owned()));
            self.open = Some(Block { diagnostic, place, parsed: false });
            self.close(found);
            return 3;
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        if self.read > LONGEST {
            self.close(found);
            return 0;
        }
        if let Some(said) = SAID.take(text) {
            if let Some(parsed) = PARSED.take(group(&said, "message")).filter(|_| !open.parsed) {
                // A module that does not parse: its source follows, then the error.
                open.parsed = open.diagnostic.get("message").is_none();
                open.place = Some((group(&parsed, "file").to_owned(), group(&parsed, "line").to_owned()));
            } else if open.parsed && !NAMED.fits(group(&said, "message")) {
                return 1;
            } else if open.diagnostic.get("message").is_none() {
                // The line with the assertion proves more than the heading.
                open.diagnostic.line = Arc::clone(line);
                let message = group(&said, "message").to_owned();
                open.diagnostic.set("message", &message);
                compare(&mut open.diagnostic, &message);
            }
        } else if let Some(frame) = FRAME.take(text) {
            open.diagnostic.set("error", group(&frame, "error"));
            if !is_foreign_python(group(&frame, "file")) {
                open.place = Some((group(&frame, "file").to_owned(), group(&frame, "line").to_owned()));
            }
        }
        1
    }

    fn finish(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
        for block in self.pending.drain(..) {
            give(block, found);
        }
    }
}
