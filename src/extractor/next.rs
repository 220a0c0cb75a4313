//! `next build`: `./app/page.tsx:56:18`, then `Type error: …`; Turbopack: the same place, then `Module not found: …` or `Parsing … failed`.
//! From Next 16.4 on `Error: …` stands behind each place, and below `Failed to compile.` behind each file, with no line where webpack is the
//! bundler.
//!
//! Sources: packages/next/src/lib/typescript/diagnosticFormatter.ts, turbopack's issue formatting (crates/next-core), runs of Next 16.4 with
//! both bundlers. The place may stand behind the prefix of a package manager, as the message then does.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "next",
    kinds: &[
        Kind { name: "type", always: &["message"], sometimes: &["file", "line", "column", "expected", "got"] },
        Kind { name: "turbopack", always: &["message", "file"], sometimes: &["line", "column", "module"] },
    ],
    triggers: &[
        Trigger { texts: &["type error: "], shape: r"^(?:(?:\S+ )?\S+: )?Type error: \S" },
        Trigger { texts: &["module not found: "], shape: r"^(?:Error: )?Module not found: Can't resolve '[^']+'$" },
        Trigger {
            texts: &["parsing ecmascript source code failed"],
            shape: r"^Parsing ecmascript source code failed$",
        },
        Trigger {
            texts: &["turbopack build failed with "],
            shape: r"^(?:Error: )?Turbopack build failed with \d+ errors?:$",
        },
        Trigger { texts: &["failed to compile."], shape: r"^Failed to compile\.$" },
    ],
    start: || Box::new(State::default()),
};

static PLACE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?:(?:\S+ )?\S+: )?\./(?P<file>\S+?):(?P<line>\d+):(?P<column>\d+)$"));
static FILE: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\./(?P<file>[^\s:]+\.\w+)$"));
static ERROR: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^Error: (?: +[x×] )?(?P<message>\S.*)$"));
static TYPE: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?:(?:\S+ )?\S+: )?Type error: (?P<message>\S.*)$"));
static MODULE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?:Error: )?(?P<message>Module not found: Can't resolve '(?P<module>[^']+)')$"));
static EXPLAINED: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?P<message>[A-Z][^|]*\S)$"));
static TYPES: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?:Type|Argument of type) '(?P<got>.+?)' is not assignable to (?:parameter of )?type '(?P<expected>.+?)'(?:\.(?:\s|$)|$)",
    )
});

/// How many lines behind the head of a list of errors are read.
const LONGEST: usize = 60;

#[derive(Default)]
struct State {
    place: Option<(String, String, String)>,
    /// Turbopack says below the source what it expected.
    parsing: Option<Arc<Printed>>,
    read: usize,
    /// Below the head of a list of errors.
    listed: bool,
    /// The message of the last place stood before its source.
    said: bool,
}

impl State {
    fn diagnostic(&mut self, kind: &'static str, line: &Arc<Printed>) -> Diagnostic {
        let (file, at, column) = self.place.take().unwrap_or_default();
        Diagnostic::new(kind, line).with("file", &file).with("line", &at).with("column", &column)
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(place) = PLACE.take(text) {
            let part = |name| group(&place, name).to_owned();
            self.place = Some((part("file"), part("line"), part("column")));
            self.said = false;
            return if self.listed { LONGEST } else { 1 };
        }
        if text == "Failed to compile." || text.contains("Turbopack build failed with ") {
            self.listed = true;
            return LONGEST;
        }
        if let Some(file) = FILE.take(text).filter(|_| self.listed) {
            self.place = Some((group(&file, "file").to_owned(), String::new(), String::new()));
            self.said = false;
            return LONGEST;
        }
        if let Some(said) = TYPE.take(text) {
            let message = group(&said, "message");
            let mut diagnostic = self.diagnostic("type", line).with("message", message);
            if let Some(types) = TYPES.take(message) {
                diagnostic.set("expected", group(&types, "expected"));
                diagnostic.set("got", group(&types, "got"));
            }
            found.push(diagnostic);
            return 0;
        }
        if let Some(said) = MODULE.take(text) {
            self.said = true;
            let diagnostic = self.diagnostic("turbopack", line);
            found.push(diagnostic.with("message", group(&said, "message")).with("module", group(&said, "module")));
            return 0;
        }
        if let Some(said) = ERROR.take(text).filter(|_| self.listed && self.place.is_some()) {
            self.said = true;
            found.push(self.diagnostic("turbopack", line).with("message", group(&said, "message")));
            return LONGEST;
        }
        if text == "Parsing ecmascript source code failed" {
            if self.said {
                return 0;
            }
            self.parsing = Some(Arc::clone(line));
            self.read = 0;
            return 12;
        }
        if let Some(first) = self.parsing.clone() {
            self.read += 1;
            if let Some(said) = EXPLAINED.take(text) {
                self.parsing = None;
                let diagnostic = self.diagnostic("turbopack", &first);
                found.push(diagnostic.with("message", group(&said, "message")));
            }
            return 0;
        }
        if !text.trim().is_empty() {
            self.place = None;
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        if let Some(first) = self.parsing.take() {
            let diagnostic = self.diagnostic("turbopack", &first);
            found.push(diagnostic.with("message", &first.text));
        }
        self.place = None;
        self.listed = false;
    }
}
