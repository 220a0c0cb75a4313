//! `next build`: `./app/page.tsx:56:18`, then `Type error: …`; Turbopack: the same place, then `Module not found: …` or `Parsing … failed`.
//!
//! Sources: packages/next/src/lib/typescript/diagnosticFormatter.ts, turbopack's issue formatting (crates/next-core). The place may stand
//! behind the prefix of a package manager, as the message then does.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "next",
    kinds: &[
        Kind { name: "type", always: &["message"], sometimes: &["file", "line", "column", "expected", "got"] },
        Kind { name: "turbopack", always: &["message", "file", "line", "column"], sometimes: &["module"] },
    ],
    triggers: &[
        Trigger { texts: &["type error: "], shape: r"^(?:(?:\S+ )?\S+: )?Type error: \S" },
        Trigger { texts: &["module not found: "], shape: r"^Module not found: Can't resolve '[^']+'$" },
        Trigger {
            texts: &["parsing ecmascript source code failed"],
            shape: r"^Parsing ecmascript source code failed$",
        },
    ],
    start: || Box::new(State::default()),
};

static PLACE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?:(?:\S+ )?\S+: )?\./(?P<file>\S+?):(?P<line>\d+):(?P<column>\d+)$"));
static TYPE: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?:(?:\S+ )?\S+: )?Type error: (?P<message>\S.*)$"));
static MODULE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<message>Module not found: Can't resolve '(?P<module>[^']+)')$"));
static EXPLAINED: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?P<message>[A-Z][^|]*\S)$"));
static TYPES: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?:Type|Argument of type) '(?P<got>.+?)' is not assignable to (?:parameter of )?type '(?P<expected>.+?)'(?:\.(?:\s|$)|$)",
    )
});

#[derive(Default)]
struct State {
    place: Option<(String, String, String)>,
    /// Turbopack says below the source what it expected.
    parsing: Option<Arc<Printed>>,
    read: usize,
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
            return 1;
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
            let diagnostic = self.diagnostic("turbopack", line);
            found.push(diagnostic.with("message", group(&said, "message")).with("module", group(&said, "module")));
            return 0;
        }
        if text == "Parsing ecmascript source code failed" {
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
    }
}
