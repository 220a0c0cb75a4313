//! mypy, flake8, pylint and ruff: `a.py:3: error: … [rule]`, `a.py:1:8: F401 …`, and ruff's blocks, where ` --> a.py:1:8` follows the rule.
//!
//! Sources: mypy/errors.py (with `--pretty` a long message is wrapped), flake8's default formatter, pylint's text reporter,
//! ruff_linter/src/message (for GitHub it puts `::error title=…::` in front). `note:` and `warning:` are no findings.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "python-lint",
    kinds: &[
        Kind {
            name: "mypy",
            always: &["message", "file", "line"],
            sometimes: &["column", "rule", "code", "expected", "got"],
        },
        Kind { name: "lint", always: &["message", "file", "line", "column", "rule", "code"], sometimes: &[] },
    ],
    triggers: &[
        Trigger {
            texts: &[".py:1", ".py:2", ".py:3", ".py:4", ".py:5", ".py:6", ".py:7", ".py:8", ".py:9", ".pyi:"],
            shape: r"^(?:::error title=.*::)?[^\s:]+\.pyi?:\d+(?::\d+)?(?::\d+:\d+)?: (?:error: \S|[A-Z]{1,6}\d{3,4}:? \S|invalid-syntax: )",
        },
        Trigger { texts: &[" --> "], shape: r"^ *--> [^\s:]+\.(?:pyi?|ipynb):(?:cell \d+:)?\d+:\d+$" },
    ],
    start: || Box::new(State::default()),
};

static MYPY: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?P<file>[^\s:]+\.pyi?):(?P<line>\d+)(?::(?P<column>\d+))?(?::\d+:\d+)?: error: (?P<message>.+?)(?: +\[(?P<rule>[a-z-]+)\])?\s*$",
    )
});
static WRAPPED: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<message>\S?.*?) *\[(?P<rule>[a-z]+(?:-[a-z]+)*)\]\s*$"));
static LINT: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?:::error title=.*::)?(?P<file>[^\s:]+\.pyi?):(?P<line>\d+):(?P<column>\d+): (?P<rule>[A-Z]{1,6}\d{3,4}|invalid-syntax):? (?:\[\*\] )?(?P<message>\S.*?)(?:%0A.*)?$",
    )
});
static RULE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^(?P<rule>[A-Z]{1,6}\d{3,4}|invalid-syntax|unformatted):? (?:\[\*\] )?(?P<message>\S.*)$")
});
static PLACE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^ *--> (?P<file>[^\s:]+\.(?:pyi?|ipynb)):(?:cell \d+:)?(?P<line>\d+):(?P<column>\d+)$"));
static TYPES: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r#"\(got "(?P<got>.+?)", expected "(?P<expected>.+?)"\)|\(expression has type "(?P<got2>.+?)", (?:variable|target) has type "(?P<expected2>.+?)"\)|has incompatible type "(?P<got3>.+?)"; expected "(?P<expected3>.+?)""#,
    )
});

#[derive(Default)]
struct State {
    /// A message of mypy that may go on.
    open: Option<Diagnostic>,
    /// A rule of ruff whose place follows.
    rule: Option<(Arc<Printed>, String, String)>,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let Some(mut open) = self.open.take() else { return };
        let message = open.get("message").unwrap_or_default().to_owned();
        if let Some(types) = TYPES.take(&message) {
            for (name, value) in [
                ("expected", "expected"),
                ("expected", "expected2"),
                ("expected", "expected3"),
                ("got", "got"),
                ("got", "got2"),
                ("got", "got3"),
            ] {
                open.set(name, group(&types, value));
            }
        }
        found.push(open);
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(message) = MYPY.take(text) {
            self.close(found);
            let mut open = Diagnostic::new("mypy", line);
            for name in ["file", "line", "column", "message", "rule"] {
                open.set(name, group(&message, name));
            }
            open.set("code", group(&message, "rule"));
            self.open = Some(open);
            return 1;
        }
        if let Some(wrapped) = WRAPPED.take(text)
            && let Some(open) = self.open.as_mut().filter(|open| open.get("rule").is_none())
        {
            let whole = format!("{} {}", open.get("message").unwrap_or_default(), group(&wrapped, "message"));
            open.captures.retain(|(name, _)| *name != "message");
            open.set("message", &whole);
            open.set("rule", group(&wrapped, "rule"));
            open.set("code", group(&wrapped, "rule"));
        }
        self.close(found);
        if let Some(lint) = LINT.take(text) {
            let mut diagnostic = Diagnostic::new("lint", line).with("code", group(&lint, "rule"));
            for name in ["file", "line", "column", "message", "rule"] {
                diagnostic.set(name, group(&lint, name));
            }
            found.push(diagnostic);
            return 0;
        }
        if let Some(rule) = RULE.take(text) {
            self.rule = Some((Arc::clone(line), group(&rule, "rule").to_owned(), group(&rule, "message").to_owned()));
            return 1;
        }
        let rule = self.rule.take();
        if let (Some((first, rule, message)), Some(place)) = (rule, PLACE.take(text)) {
            let mut diagnostic =
                Diagnostic::new("lint", &first).with("rule", &rule).with("code", &rule).with("message", &message);
            for name in ["file", "line", "column"] {
                diagnostic.set(name, group(&place, name));
            }
            found.push(diagnostic);
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
        self.rule = None;
    }
}
