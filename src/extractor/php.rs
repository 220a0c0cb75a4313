//! PHP: `PHP Fatal error:  Uncaught RuntimeException: … in /src/a.php:3`, its stack, and what went on while it was thrown.
//!
//! PHP prints the chain of exceptions from the inside out: the one behind `Uncaught` is the reason, those behind `Next` wrap it. The command
//! line writes each message to the log and to the screen, once with `PHP ` and two blanks, once without. Warnings and deprecations are
//! none. Source: main/main.c (php_error_cb) and Zend/zend_exceptions.c.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "php",
    kinds: &[
        Kind { name: "uncaught", always: &["exception", "file", "line"], sometimes: &["message", "outer"] },
        Kind { name: "fatal", always: &["message", "file", "line"], sometimes: &[] },
    ],
    triggers: &[Trigger {
        texts: &["fatal error: "],
        shape: r"^(?:PHP )?Fatal error: +\S.* (?:in \S.*(?: on line \d+|:\d+)|called in )",
    }],
    start: || Box::new(State::default()),
};

/// How many lines of a stack are read.
const LONGEST: usize = 120;

static UNCAUGHT: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?:PHP )?Fatal error: +Uncaught (?P<exception>[\w\\]+)(?:: (?P<message>.*?))? in (?P<file>\S+):(?P<line>\d+)$",
    )
});
static FATAL: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?:PHP )?Fatal error: +(?P<message>\S.*) in (?P<file>\S+) on line (?P<line>\d+)$"));
static NEXT: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^Next (?P<outer>[\w\\]+(?:: .*?)?) in \S[^:]*:\d+$"));
static FRAME: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^#\d+ (?P<file>\S[^(]*)\((?P<line>\d+)\): \S"));

/// Is this file part of a dependency?
fn is_foreign(file: &str) -> bool {
    file.contains("/vendor/") || file.starts_with("phar://") || file.starts_with("/usr/share/php")
}

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    /// Where the first frame of the project's own code is.
    own: Option<(String, String)>,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let own = self.own.take();
        let Some(mut open) = self.open.take() else { return };
        if let Some((file, line)) = own {
            let foreign = open.get("file").is_some_and(is_foreign);
            if foreign {
                open.captures.retain(|(name, _)| !matches!(*name, "file" | "line"));
            }
            open.set("file", &file);
            open.set("line", &line);
        }
        found.push(open);
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(uncaught) = UNCAUGHT.take(text) {
            self.close(found);
            let mut open = Diagnostic::new("uncaught", line);
            for name in ["exception", "message", "file", "line"] {
                open.set(name, group(&uncaught, name));
            }
            self.open = Some(open);
            self.read = 0;
            return LONGEST;
        }
        if let Some(fatal) = FATAL.take(text) {
            self.close(found);
            let mut diagnostic = Diagnostic::new("fatal", line);
            for name in ["message", "file", "line"] {
                diagnostic.set(name, group(&fatal, name));
            }
            found.push(diagnostic);
            return 0;
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        if self.read > LONGEST || text.starts_with("  thrown in ") {
            self.close(found);
            return 0;
        }
        if let Some(next) = NEXT.take(text) {
            // The last one is the outermost.
            open.captures.retain(|(name, _)| *name != "outer");
            open.set("outer", group(&next, "outer"));
        } else if let Some(frame) = FRAME.take(text)
            && self.own.is_none()
            && open.get("outer").is_none()
            && !is_foreign(group(&frame, "file"))
        {
            self.own = Some((group(&frame, "file").to_owned(), group(&frame, "line").to_owned()));
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}
