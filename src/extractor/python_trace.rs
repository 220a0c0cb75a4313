//! A Python program that died: `Traceback (most recent call last):`, its frames, the exception. In a chain the first one is the reason:
//! the others were raised while it was handled.
//!
//! Source: Lib/traceback.py and Python/pythonrun.c.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, is_foreign_python, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "python-trace",
    kinds: &[Kind {
        name: "exception",
        always: &["error"],
        sometimes: &["message", "file", "line", "outer", "exception"],
    }],
    triggers: &[Trigger {
        texts: &["traceback (most recent call last)"],
        shape: r"^[\s|+]*(?:Exception Group )?Traceback \(most recent call last\):",
    }],
    start: || Box::new(State::default()),
};

/// How many lines of one traceback are read.
const LONGEST: usize = 200;

static FRAME: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r#"^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in .+)?$"#));
static ERROR: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\s*(?P<exception>(?:[A-Za-z_]\w*\.)*(?P<error>[A-Za-z_]\w*(?:Error|Exception|Interrupt|Exit|Warning|Configured|NotFound|DoesNotExist|Timeout|Failed|Failure|Conflict|Denied|[A-Z]\w+)))(?:: (?P<message>.*))?$",
    )
});

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    /// The chain goes on, and another exception follows.
    chained: bool,
    place: Option<(String, String)>,
    in_traceback: bool,
    indent: usize,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        found.extend(self.open.take());
        self.chained = false;
    }
}

fn is_group(open: &Diagnostic) -> bool {
    open.get("error").is_some_and(|error| error.ends_with("ExceptionGroup"))
}

/// A line without what draws the tree of an exception group in front of it: `  | `, `  + `, `  +-+---------------- 1 ----------------`.
fn without_tree(text: &str) -> &str {
    let inner = text.trim_start();
    if inner.starts_with("+-") {
        return "";
    }
    let inner = inner.strip_prefix("| ").or(inner.strip_prefix("+ ")).filter(|_| inner.len() < text.len());
    inner.unwrap_or(text)
}

fn indent_of(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = without_tree(&line.text);
        let heading = text.trim_start();
        let heading = heading.strip_prefix("Exception Group ").unwrap_or(heading);
        if heading.starts_with("Traceback (most recent call last)") {
            // The first exception of a group is its reason.
            let in_group = self.open.as_ref().is_some_and(is_group);
            if !self.chained && !in_group {
                self.close(found);
            }
            self.place = None;
            self.in_traceback = true;
            self.indent = indent_of(text);
            self.read = 0;
            return LONGEST;
        }
        if text.contains("During handling of the above exception, another exception occurred")
            || text.contains("The above exception was the direct cause of the following exception")
        {
            self.chained = self.open.is_some();
            return 6;
        }
        if !self.in_traceback {
            if !text.trim().is_empty() {
                self.close(found);
            }
            return 0;
        }
        self.read += 1;
        if self.read > LONGEST {
            self.in_traceback = false;
            self.close(found);
            return 0;
        }
        if let Some(frame) = FRAME.take(text) {
            if !is_foreign_python(group(&frame, "file")) {
                self.place = Some((group(&frame, "file").to_owned(), group(&frame, "line").to_owned()));
            }
        } else if indent_of(text) == self.indent
            && let Some(error) = ERROR.take(text)
        {
            self.in_traceback = false;
            if let Some(open) = self.open.as_mut().filter(|open| !is_group(open)) {
                open.captures.retain(|(name, _)| *name != "outer");
                open.set("outer", text);
                open.until = line.number;
            } else {
                let mut open = Diagnostic::new("exception", line);
                for name in ["error", "message", "exception"] {
                    open.set(name, group(&error, name));
                }
                if let Some((file, line)) = self.place.take() {
                    open.set("file", &file);
                    open.set("line", &line);
                }
                if let Some(outer) = self.open.take() {
                    let said = outer.get("message").unwrap_or_default();
                    open.set("outer", &format!("{}: {said}", outer.get("exception").unwrap_or_default()));
                }
                self.open = Some(open);
            }
            return 3;
        }
        1
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.in_traceback = false;
        self.close(found);
    }
}
