//! rustc and clippy: `error[E0308]: mismatched types`, then ` --> src/main.rs:1:39`, the source and its labels.
//!
//! Source: compiler/rustc_errors/src/emitter.rs, clippy_utils/src/diagnostics.rs (the link to a lint's page); `--error-format=short` puts the place first. cargo prints the same lines.
//! With `--message-format=json` each line is an object that holds the same text.
//! `error: …` without a place is cargo's or the linker's own and none of this reader's.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern, unescaped};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "rustc",
    kinds: &[
        Kind {
            name: "error",
            always: &["message", "file", "line", "column"],
            sometimes: &["code", "number", "expected", "got", "lint"],
        },
        // clippy's: the code compiles, the linter says no.
        Kind { name: "lint", always: &["message", "file", "line", "column", "lint"], sometimes: &["expected", "got"] },
        // Numbered, and nothing says where.
        Kind { name: "placeless", always: &["message", "code", "number"], sometimes: &[] },
    ],
    triggers: &[
        Trigger { texts: &["error: ", "error[e0"], shape: r"^\s*(?:[^\s:]+\.rs:\d+:\d+: )?error(?:\[E\d{4}\])?: " },
        Trigger {
            texts: &[r#""level":"error""#],
            shape: r#"^\{"(?:reason":"compiler-message"|\$message_type":"diagnostic"|message":")"#,
        },
    ],
    start: || Box::new(State::default()),
};

/// The place follows the message at once, or behind the rest of a long message.
const PATIENCE: usize = 4;
/// How many lines of source and labels are read.
const LONGEST: usize = 40;

static HEAD: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*error(?:\[(?P<code>E0?(?P<number>\d{3,4}))\])?: (?P<message>.+)$"));
static SHORT: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?P<file>[^\s:]+\.rs):(?P<line>\d+):(?P<column>\d+): error(?:\[(?P<code>E0?(?P<number>\d{3,4}))\])?: (?P<message>.+)$",
    )
});
static PLACE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*--> (?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+)$"));
/// The text that a person would have seen, in an object of JSON; the notes inside have none.
static RENDERED: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r#""rendered":"(?P<text>(?:[^"\\]|\\.)*)""#));
static COLOUR: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"\x1b\[[0-9;]*m"));
static FOUND: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"\bexpected (?P<expected>[^,]+(?:<[^>]*>)?[^,]*), found (?P<got>.+)$"));
static LINT: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"(?:#\[(?:deny|forbid)\((?P<deny>[\w:]+)\)\]|`-[DF] (?P<option>[\w:-]+)`|rust-clippy/\S*#(?P<page>\w+))")
});

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let Some(mut open) = self.open.take() else { return };
        // Without a place and without a number it was not the compiler.
        if open.get("file").is_some() {
            // A lint has no number. Its name is told once, the page about it every time.
            let lint = open.get("lint").is_some_and(|lint| lint.starts_with("clippy::"));
            if lint && open.get("code").is_none() {
                open.kind = "lint";
            }
            found.push(open);
        } else if open.get("code").is_some() {
            open.kind = "placeless";
            found.push(open);
        }
    }
}

/// Reads the text inside an object of JSON; the line that holds it is what proves each finding.
fn read_object(line: &Arc<Printed>, found: &mut Vec<Diagnostic>) {
    let Some(rendered) = RENDERED.take(&line.text) else { return };
    let text = unescaped(group(&rendered, "text"));
    let text = COLOUR.as_ref().map_or_else(|| text.as_str().into(), |colour| colour.replace_all(&text, ""));
    let (mut inside, mut read) = (State::default(), Vec::new());
    for text in text.lines() {
        let text = text.to_owned();
        let Printed { id, number, joined, offset, noise, .. } = **line;
        inside.line(&Arc::new(Printed { id, number, joined, offset, noise, text }), &mut read);
    }
    inside.close(&mut read);
    found.extend(read.into_iter().map(|diagnostic| Diagnostic { line: Arc::clone(line), ..diagnostic }));
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if text.starts_with("{\"") {
            self.close(found);
            read_object(line, found);
            return 0;
        }
        if let Some(head) = HEAD.take(text).or_else(|| SHORT.take(text)) {
            self.close(found);
            let mut open = Diagnostic::new("error", line);
            for name in ["code", "number", "message", "file", "line", "column"] {
                open.set(name, group(&head, name));
            }
            self.read = 0;
            if open.get("file").is_some() {
                if let Some(types) = FOUND.take(group(&head, "message")) {
                    open.set("expected", group(&types, "expected").trim_matches('`'));
                    open.set("got", group(&types, "got").trim_matches('`'));
                }
                found.push(open);
                return 0;
            }
            self.open = Some(open);
            return PATIENCE;
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        if open.get("file").is_none() {
            if let Some(place) = PLACE.take(text) {
                if group(&place, "file").ends_with(".toml") {
                    // cargo shows mistakes in a manifest alike.
                    self.open = None;
                    return 0;
                }
                for name in ["file", "line", "column"] {
                    open.set(name, group(&place, name));
                }
                return LONGEST;
            }
            let other = text.starts_with("warning") || text.starts_with("error") || text.trim().is_empty();
            if self.read >= PATIENCE || other {
                self.close(found);
                return 0;
            }
            return PATIENCE - self.read;
        }
        let inside = text.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
        let inside_of_it =
            inside.starts_with(['|', '=', '.']) || inside.starts_with("-->") || inside.starts_with(":::");
        let continues = inside.starts_with("found ") || (text.starts_with("   ") && !inside.is_empty());
        if self.read > LONGEST || !(inside_of_it || continues) {
            self.close(found);
            return 0;
        }
        if text.contains('^')
            && let Some(types) = FOUND.take(text)
        {
            open.set("expected", group(&types, "expected").trim_matches('`'));
            open.set("got", group(&types, "got").trim_matches('`'));
        }
        if let Some(lint) = LINT.take(text) {
            open.set("lint", group(&lint, "deny"));
            open.set("lint", group(&lint, "option"));
            if open.get("lint").is_none() && !group(&lint, "page").is_empty() {
                open.set("lint", &format!("clippy::{}", group(&lint, "page")));
            }
        }
        1
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}
