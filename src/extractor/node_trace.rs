//! A Node program that died: the error, its frames, `[cause]: …` inside, `Node.js v20.20.2` at the end.
//!
//! Source: lib/internal/process/execution.js and lib/internal/util/inspect.js. The innermost cause is the reason. Without the closing line
//! with Node's version the error may have been caught and only shown.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, is_js_frame, own_js_frame, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "node-trace",
    kinds: &[Kind {
        name: "exception",
        always: &["error", "message"],
        sometimes: &["file", "line", "column", "code", "outer"],
    }],
    triggers: &[Trigger {
        texts: &["error: ", "error [", "exception: "],
        shape: r"^(?:Uncaught |\[)?(?:[A-Z]\w*)?(?:Error|Exception)(?: \[\w+\])?: \S",
    }],
    start: || Box::new(State::default()),
};

/// How many lines of one error are read.
const LONGEST: usize = 80;

static ERROR: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?P<inside>\s+\[cause\]: )?(?:Uncaught )?(?P<error>(?:[A-Z]\w*)?(?:Error|Exception))(?: \[(?P<code>\w+)\])?: (?P<message>\S.*?)(?: \{)?$",
    )
});
/// An error without a stack stands in brackets: `[AggregateError: All promises were rejected] {`.
static BRACKETED: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^\[(?P<error>(?:[A-Z]\w*)?(?:Error|Exception))(?: \[(?P<code>\w+)\])?: (?P<message>\S.*?)\](?: \{)?$")
});
/// One of the errors that an `AggregateError` holds.
static HELD: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^\s+(?P<inside>)(?P<error>(?:[A-Z]\w*)?(?:Error|Exception))(?: \[(?P<code>\w+)\])?: (?P<message>\S.*)$")
});
static CODE: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s+code: '(?P<code>\w+)',?$"));
static END: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^Node\.js v\d+\.\d+\.\d+"));

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    /// Node showed the line of source that threw: then the program ended there.
    sure: bool,
    /// The last line was the mark below that line.
    below_mark: bool,
    /// The error stood below such a mark; it is Node's if frames follow, and another language's else.
    shown: bool,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        found.extend(self.open.take().filter(|_| self.sure));
        self.sure = false;
        self.shown = false;
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        let holds = |open: &Diagnostic| open.get("error") == Some("AggregateError") && open.get("outer").is_none();
        let held = HELD.take(text).filter(|_| self.open.as_ref().is_some_and(holds));
        if let Some(error) = ERROR.take(text).or_else(|| BRACKETED.take(text)).or(held) {
            let inside = error.name("inside").is_some();
            if !inside {
                self.close(found);
                self.shown = std::mem::take(&mut self.below_mark);
            }
            let outer = self.open.take().filter(|_| inside);
            if inside && outer.is_none() {
                return 0;
            }
            let mut open = Diagnostic::new("exception", line);
            for name in ["error", "message", "code"] {
                open.set(name, group(&error, name));
            }
            if let Some(outer) = outer {
                let whole =
                    format!("{}: {}", outer.get("error").unwrap_or_default(), outer.get("message").unwrap_or_default());
                open.set("outer", outer.get("outer").unwrap_or(&whole));
            }
            self.open = Some(open);
            self.read = 0;
            return LONGEST;
        }
        let mark = text.trim();
        if !mark.is_empty() {
            self.below_mark = mark.bytes().all(|b| b == b'^');
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        if END.fits(text) {
            self.sure = true;
            open.until = line.number;
            self.close(found);
            return 0;
        }
        if self.read > LONGEST {
            self.close(found);
            return 0;
        }
        if is_js_frame(text) {
            self.sure |= self.shown;
            if let Some((file, line, column)) = own_js_frame(text.trim_end_matches(" {"))
                && open.get("file").is_none()
            {
                open.set("file", file);
                open.set("line", line);
                open.set("column", column);
            }
        } else if let Some(code) = CODE.take(text) {
            open.set("code", group(&code, "code"));
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
        self.below_mark = false;
    }
}
