//! A Go program that died: `panic: …` or the runtime's `fatal error: …`, then the stack of the goroutine that did it.
//!
//! Of several panics, one while another was under way, the first is the reason; the others stand behind a tab. The first frame outside Go
//! and its modules is the place. Source: runtime/panic.go and runtime/traceback.go. A test's panic is the test runner's.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, is_foreign_go, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "go-trace",
    kinds: &[Kind { name: "panic", always: &["message"], sometimes: &["file", "line", "function"] }],
    triggers: &[
        Trigger { texts: &["panic: "], shape: r"^panic: \S" },
        Trigger { texts: &["fatal error: "], shape: RUNTIME },
    ],
    start: || Box::new(State::default()),
};

/// What the runtime says before it ends the program.
const RUNTIME: &str = r"^fatal error: (?:all goroutines are asleep - deadlock!|concurrent map \S+|stack overflow|unexpected signal during runtime execution)";
/// How many lines of a stack are read.
const LONGEST: usize = 200;

static FATAL: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?:panic|fatal error): (?P<message>.+?)(?: \[recovered(?:, repanicked)?\])?$"));
/// Behind `fatal error: `, which compilers print, too.
static OF_THE_RUNTIME: LazyLock<LazyPattern> = LazyLock::new(|| pattern(RUNTIME));
static FUNCTION: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?P<function>[\w./~-]+\.\S+?)\([^()]*\)$"));
static FRAME: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s+(?P<file>\S+\.go):(?P<line>\d+)(?: \+0x[0-9a-f]+)?$"));

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    function: Option<String>,
    /// The goroutine's heading was there.
    in_stack: bool,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        found.extend(self.open.take());
        self.function = None;
        self.in_stack = false;
        self.read = 0;
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if self.open.is_none() {
            let Some(fatal) = FATAL.take(text) else { return 0 };
            if !text.starts_with("panic: ") && !OF_THE_RUNTIME.fits(text) {
                return 0;
            }
            self.open = Some(Diagnostic::new("panic", line).with("message", group(&fatal, "message")));
            return LONGEST;
        }
        self.read += 1;
        let ends = text.starts_with("exit status ") || text.starts_with("FAIL");
        if ends || self.read > LONGEST || (self.in_stack && text.trim().is_empty()) {
            // With a deadlock each goroutine has a stack of its own; the first that shows the project's code says where.
            if ends || self.read > LONGEST {
                self.close(found);
            }
            return 0;
        }
        if text.starts_with("goroutine ") {
            self.in_stack = true;
        } else if let Some(frame) = FRAME.take(text).filter(|_| self.in_stack) {
            if !is_foreign_go(group(&frame, "file"))
                && let Some(open) = &mut self.open
            {
                open.set("file", group(&frame, "file"));
                open.set("line", group(&frame, "line"));
                open.set("function", self.function.as_deref().unwrap_or_default());
                self.close(found);
            }
        } else if self.in_stack {
            self.function = FUNCTION.take(text).map(|call| group(&call, "function").to_owned());
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}
