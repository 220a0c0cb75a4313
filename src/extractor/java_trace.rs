//! A Java program that died: `Exception in thread "main" …`, its frames, and the chain of `Caused by: …`, whose last link is the reason.
//!
//! Source: Throwable.printStackTrace and Thread's default handler in the JDK.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, own_java_frame, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "java-trace",
    kinds: &[
        Kind { name: "uncaught", always: &["exception"], sometimes: &["message", "thread", "file", "line"] },
        // With a chain: what is said is its innermost link.
        Kind { name: "caused", always: &["exception"], sometimes: &["message", "outer", "file", "line"] },
    ],
    triggers: &[
        Trigger { texts: &["exception in thread \""], shape: r#"^Exception in thread "[^"]+" [\w$.]+"# },
        Trigger { texts: &["caused by: "], shape: r"^\s*Caused by: (?:[\w$]+\.)+[\w$]+(?::|$)" },
    ],
    start: || Box::new(State::default()),
};

/// How many lines of frames are read between two links of a chain.
const LONGEST: usize = 120;

static UNCAUGHT: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r#"^Exception in thread "(?P<thread>[^"]+)" (?P<exception>(?:[\w$]+\.)+[\w$]+)(?:: (?P<message>.+))?$"#)
});
static CAUSED: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*Caused by: (?P<exception>(?:[\w$]+\.)+[\w$]+)(?:: (?P<message>.+))?$"));

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    in_link: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        found.extend(self.open.take());
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(uncaught) = UNCAUGHT.take(text) {
            self.close(found);
            let mut open = Diagnostic::new("uncaught", line);
            for name in ["exception", "message", "thread"] {
                open.set(name, group(&uncaught, name));
            }
            self.open = Some(open);
            self.in_link = 0;
            return LONGEST;
        }
        if let Some(caused) = CAUSED.take(text) {
            let outer =
                self.open.take().and_then(|open| open.get("outer").or(open.get("exception")).map(str::to_owned));
            let mut open = Diagnostic::new("caused", line);
            for name in ["exception", "message"] {
                open.set(name, group(&caused, name));
            }
            open.set("outer", outer.as_deref().unwrap_or_default());
            self.open = Some(open);
            self.in_link = 0;
            return LONGEST;
        }
        let Some(open) = &mut self.open else { return 0 };
        self.in_link += 1;
        let frame = text.trim_start();
        let inside = frame.starts_with("at ") || frame.starts_with("... ") || frame.starts_with("Suppressed:");
        if let Some((file, line)) = own_java_frame(text)
            && open.get("file").is_none()
        {
            open.set("file", file);
            open.set("line", line);
        }
        // A message may have further lines of its own.
        if self.in_link > LONGEST || (!inside && open.get("file").is_some() && !text.starts_with([' ', '\t'])) {
            self.close(found);
            return 0;
        }
        usize::from(inside)
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}
