//! The TypeScript compiler and what prints its messages: vue-tsc, ts-node, ts-jest, ts-loader, fork-ts-checker, Angular, Nest.
//!
//! Shapes: `src/a.ts(1,7): error TS2322: …`, `src/a.ts:1:7 - error TS2322: …` (--pretty), and `ERROR in src/a.ts:1:7` with `TS2322: …` on
//! the next line. Angular 17 and later prints them as esbuild does, and so they are read there. Source:
//! compiler/program.ts and executeCommandLine.ts.

use std::sync::{Arc, LazyLock};

use regex::Captures;

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "tsc",
    kinds: &[Kind {
        name: "error",
        always: &["message", "code", "rule", "file", "line"],
        sometimes: &["column", "expected", "got"],
    }],
    triggers: &[
        Trigger { texts: &[": error ts", " - error ts"], shape: r"\berror TS\d{4,6}: " },
        Trigger { texts: &["error in "], shape: r"^(?:\[tsl\] )?ERROR in \S" },
    ],
    start: || Box::new(State::default()),
};

/// What stands before and behind the `): ` of a plain message. In one piece, each letter of the message would be taken for the file's.
static PLACE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\s*(?:(?:\S+ )?\S+: )?(?P<file>[^\s](?:[^()]|\([^()\s]*\))*?\.[cm]?(?:[tj]sx?|vue|svelte|astro|json|mts|cts))\((?P<line>\d+),(?P<column>\d+)$",
    )
});
static SAID: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^error (?P<code>TS\d+): (?P<message>.*)$"));
static PRETTY: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\s*(?:(?:\S+ )?\S+: )?(?P<file>(?:[A-Za-z]:)?[^\s:]+\.[cm]?(?:[tj]sx?|vue|svelte|astro|json|html)):(?P<line>\d+):(?P<column>\d+) - error (?P<code>TS\d+): (?P<message>.*)$",
    )
});
static PLACE_FIRST: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?:\[tsl\] )?ERROR in (?P<file>(?:[A-Za-z]:)?(?:[^\s:()]|\([\w.@-]+\))+)(?::(?P<line>\d+):(?P<column>\d+)|\((?P<line2>\d+),(?P<column2>\d+)\))$",
    )
});
static CODE: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s*(?P<code>TS\d+): (?P<message>.*)$"));
static TYPES: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?:Type|Argument of type) '(?P<got>.+?)' is not assignable to (?:parameter of )?type '(?P<expected>.+?)'(?:\.(?:\s|$)|$)",
    )
});
static ARGUMENTS: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^Expected (?P<expected>[\w-]+ (?:type )?arguments?), but got (?P<got>\w+)\.?$"));

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    read: usize,
}

/// Adds the code and the message, and the types that the message names.
fn say(mut diagnostic: Diagnostic, code: &str, message: &str) -> Diagnostic {
    diagnostic.set("code", code);
    diagnostic.set("rule", code);
    diagnostic.set("message", message);
    if let Some(types) = TYPES.take(message).or_else(|| ARGUMENTS.take(message)) {
        diagnostic.set("expected", group(&types, "expected"));
        diagnostic.set("got", group(&types, "got"));
    }
    diagnostic
}

/// A message behind a place.
fn told(line: &Arc<Printed>, place: &Captures<'_>, said: &Captures<'_>) -> Diagnostic {
    let mut diagnostic = Diagnostic::new("error", line);
    for name in ["file", "line", "column"] {
        diagnostic.set(name, group(place, name));
    }
    say(diagnostic, group(said, "code"), group(said, "message"))
}

fn plain(text: &str, line: &Arc<Printed>) -> Option<Diagnostic> {
    let mut ends = text.match_indices("): error TS").map(|(end, _)| text.split_at(end));
    ends.find_map(|(place, said)| Some(told(line, &PLACE.take(place)?, &SAID.take(said.strip_prefix("): ")?)?)))
}

fn pretty(text: &str, line: &Arc<Printed>) -> Option<Diagnostic> {
    let whole = PRETTY.take(text)?;
    Some(told(line, &whole, &whole))
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        let named = text.contains("error TS");
        if let Some(diagnostic) = if named { plain(text, line).or_else(|| pretty(text, line)) } else { None } {
            self.open = None;
            found.push(diagnostic);
            return 0;
        }
        if let Some(place) = if text.contains("ERROR in ") { PLACE_FIRST.take(text) } else { None } {
            let mut open = Diagnostic::new("error", line);
            for (name, other) in [("file", "file"), ("line", "line2"), ("column", "column2")] {
                open.set(name, group(&place, name));
                open.set(name, group(&place, other));
            }
            self.open = Some(open);
            self.read = 0;
            return 2;
        }
        let Some(open) = self.open.take() else { return 0 };
        self.read += 1;
        if let Some(code) = CODE.take(text) {
            found.push(say(open, group(&code, "code"), group(&code, "message")));
        } else if self.read < 2 {
            self.open = Some(open);
            return 1;
        }
        0
    }

    fn rest(&mut self, _found: &mut Vec<Diagnostic>) {
        self.open = None;
    }
}
