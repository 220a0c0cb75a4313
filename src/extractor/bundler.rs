//! webpack (`ERROR in ./src/a.js 1:0-23`, the message on the next line) and Vite, Rollup and Rolldown (`error during build:` or `[!] …`,
//! the message, the file).
//!
//! Sources: webpack/lib/stats/DefaultStatsPrinterPlugin.js; vite/src/node/cli.ts, rollup/cli/logging.ts, Rolldown's diagnostics.
//! `WARNING in …` and `(!) …` are no findings.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, is_js_frame, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "bundler",
    kinds: &[
        Kind { name: "webpack", always: &["message"], sometimes: &["file", "line", "column", "module"] },
        Kind { name: "vite", always: &["message"], sometimes: &["file", "line", "column", "module", "code"] },
    ],
    triggers: &[
        Trigger { texts: &["error in ./"], shape: r"^ERROR in \./\S" },
        Trigger { texts: &["error during build:"], shape: r"^error during build:" },
        Trigger { texts: &["rolluperror: ", "] error: "], shape: r"^\[!\] (?:\([^)]*\) )?(?:Rollup)?Error: \S" },
    ],
    start: || Box::new(State::default()),
};

/// How many lines behind a head are read.
const LONGEST: usize = 24;

static WEBPACK: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^ERROR in (?P<file>\./\S+)(?: (?P<line>\d+):(?P<column>\d+)(?:-[\d:]+)?)?$"));
static ROLLUP: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\[!\] (?:\([^)]*\) )?(?:Rollup)?Error: (?P<message>\S.*)$"));
static ROLLDOWN: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\[(?P<code>[A-Z][A-Z_]+)\] (?:Error: )?(?P<message>\S.*)$"));
static PLACE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?:file: (?P<file>\S+?)(?::(?P<line>\d+):(?P<column>\d+))?|\s*╭─\[ (?P<file2>\S+):(?P<line2>\d+):(?P<column2>\d+) \]|(?P<file3>[^\s()]+\.\w+)(?: \((?P<line3>\d+):(?P<column3>\d+)\))?)$",
    )
});
static INSIDE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^(?:\[[\w:.-]+\] )?(?:Error: )?(?P<file>[^\s()]+\.\w+) \((?P<line>\d+):(?P<column>\d+)\): ")
});
static MODULE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r#"(?:[Cc]an't resolve|[Cc]ould not resolve(?: entry module)?|failed to resolve import) ['"](?P<module>[^'"]+)['"](?: (?:from|in) ['"]?(?P<file>[^'"\s]+\.\w+)['"]?)?"#,
    )
});
/// What fork-ts-checker says below such a head is TypeScript's.
static TYPE_CHECKER: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s*TS\d{4,6}: "));
static GENERAL: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^Build failed with \d+ errors?:$"));

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        found.extend(self.open.take().filter(|open| open.get("message").is_some()));
    }
}

fn say(open: &mut Diagnostic, line: &Arc<Printed>, message: &str) {
    open.line = Arc::clone(line);
    open.set("message", message);
    if let Some(inside) = INSIDE.take(message) {
        for name in ["file", "line", "column"] {
            open.set(name, group(&inside, name));
        }
    }
    if let Some(module) = MODULE.take(message) {
        open.set("module", group(&module, "module"));
        open.set("file", group(&module, "file"));
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(head) = WEBPACK.take(text) {
            self.close(found);
            let mut open = Diagnostic::new("webpack", line);
            for name in ["file", "line", "column"] {
                open.set(name, group(&head, name));
            }
            self.open = Some(open);
            self.read = 0;
            return 3;
        }
        if text.starts_with("error during build:") {
            self.close(found);
            self.open = Some(Diagnostic::new("vite", line));
            self.read = 0;
            return LONGEST;
        }
        if let Some(rollup) = ROLLUP.take(text) {
            self.close(found);
            let mut open = Diagnostic::new("vite", line);
            say(&mut open, line, group(&rollup, "message"));
            self.open = Some(open);
            self.read = 0;
            return LONGEST;
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        if self.read > LONGEST || is_js_frame(text) {
            self.close(found);
            return 0;
        }
        if text.trim().is_empty() || GENERAL.fits(text) {
            return 0;
        }
        if open.kind == "webpack" && TYPE_CHECKER.fits(text) {
            self.open = None;
            return 0;
        }
        if open.get("message").is_none() {
            let rolldown = ROLLDOWN.take(text);
            if let Some(rolldown) = &rolldown {
                open.set("code", group(rolldown, "code"));
            }
            let message = rolldown.as_ref().map_or(text, |rolldown| group(rolldown, "message"));
            say(open, line, message.trim_start_matches("Error: "));
        } else if let Some(place) = PLACE.take(text) {
            for (name, others) in [
                ("file", ["file", "file2", "file3"]),
                ("line", ["line", "line2", "line3"]),
                ("column", ["column", "column2", "column3"]),
            ] {
                // The file of the message is named without its line.
                if name == "file" && open.get("line").is_none() {
                    open.captures.retain(|(known, _)| *known != "file");
                }
                for other in others {
                    open.set(name, group(&place, other));
                }
            }
        }
        if open.kind == "webpack" {
            self.close(found);
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}
