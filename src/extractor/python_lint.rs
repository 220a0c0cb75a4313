//! mypy, flake8, pylint and ruff: `a.py:3: error: … [rule]`, `a.py:1:8: F401 …`, and ruff's blocks, where ` --> a.py:1:8` follows the rule.
//!
//! Their other forms: `a.py:1: [F401] …` (ruff's `pylint`, pylint's `parseable`), a file's name with its findings below (ruff's
//! `grouped`), and one object of JSON in each line (mypy's `json`, ruff's `json-lines`).
//!
//! Sources: mypy/errors.py and error_formatter.py (with `--pretty` a long message is wrapped), flake8's default formatter, pylint's text
//! reporter, ruff_linter/src/message (for GitHub it puts `::error title=…::` in front). `note:` and `warning:` are no findings.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern, unescaped};
use super::{CAPTURE_LIMIT, Diagnostic, Kind, Printed, Reader, Reading, Trigger, cut};

pub(super) static READER: Reader = Reader {
    name: "python-lint",
    kinds: &[
        Kind {
            name: "mypy",
            always: &["message", "file", "line"],
            sometimes: &["column", "rule", "code", "expected", "got"],
        },
        Kind { name: "lint", always: &["message", "file", "line", "rule", "code"], sometimes: &["column"] },
    ],
    triggers: &[
        Trigger {
            texts: &[".py:1", ".py:2", ".py:3", ".py:4", ".py:5", ".py:6", ".py:7", ".py:8", ".py:9", ".pyi:"],
            shape: r"^(?:::error title=.*::)?[^\s:]+\.pyi?:\d+(?::\d+)?(?::\d+:\d+)?: (?:error: \S|[A-Z]{1,6}\d{3,4}:? \S|invalid-syntax: |\[(?:[A-Z]{1,6}\d{3,4}|invalid-syntax)[\](])",
        },
        Trigger { texts: GROUPED_TEXTS, shape: r"^ {2,}\d+:\d+ +(?:[A-Z]{1,6}\d{3,4}|invalid-syntax):? \S" },
        Trigger { texts: &["\"severity\": \"error\""], shape: r#"^\{"file": ""# },
        Trigger { texts: &["\"end_location\":{"], shape: r#"^\{"cell":"# },
        Trigger { texts: &[" --> "], shape: r"^ *--> [^\s:]+\.(?:pyi?|ipynb):(?:cell \d+:)?\d+:\d+$" },
    ],
    start: || Box::new(State::default()),
};

/// Words of the messages that are most often met of ruff: a place and a rule alone hold no fixed text. Where one of them stands below a
/// file's name, all its neighbours are read.
const GROUPED_TEXTS: &[&str] = &[
    "import block is un-sorted",
    "imported but unused",
    "is assigned to but never used",
    "invalid-syntax: ",
    "line too long (",
    "undefined name `",
    "redefinition of unused `",
    "module level import not at top",
    "do not use bare `except`",
    "multiple statements on one line",
    "multiple imports on one line",
    "unnecessary semicolon",
    "may be undefined, or defined from",
    "import *` used",
    "avoid equality comparisons",
    "do not assign a `lambda`",
    "test for membership should",
    "`is` and `is not` for type",
    "dictionary key literal",
    "referenced before assignment",
    "is annotated but never used",
    "missing whitespace ",
    " blank lines",
    "ambiguous variable name",
    "comparison to `",
    "f-string without any placeholders",
    "missing docstring in ",
    "missing return type annotation",
    "missing type annotation for",
    "use of `assert` detected",
    "is too complex (",
    "too many arguments",
    "too many branches",
    "too many statements",
    "too many return statements",
    "magic value used in comparison",
    "loop variable `",
    "unused function argument",
    "unused method argument",
    "raise exceptions with `raise",
    "do not use mutable data structures",
    "do not perform function call",
    "do not catch blind exception",
    "possible hardcoded password",
    "`subprocess` call",
    "`print` found",
    "found commented-out code",
    "trailing whitespace",
    "blank line contains whitespace",
    "no newline at end of file",
    "trailing comma missing",
    "boolean-typed positional argument",
    "boolean default positional",
    "avoid specifying long messages",
    "exception must not use ",
    "instead of `if`-`else`",
    "use a single `if` statement",
    "use a single `with` statement",
    "`try`-`except`-`pass`",
    "should be lowercase",
    "private member accessed",
    "for type annotations",
    "invalid escape sequence",
    "is deprecated, use",
];
/// Between the findings of two files stand a blank line and the next name.
const GROUPED_PATIENCE: usize = 3;

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
/// ruff's `pylint` and pylint's `parseable` forms: `a.py:1: [F401] …`, `a.py:1: [C0114(missing-module-docstring), ] …`.
static BRACKETED: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?P<file>[^\s:]+\.pyi?):(?P<line>\d+): \[(?P<rule>[A-Z]{1,6}\d{3,4}|invalid-syntax)(?:\([^)]*\)[^\]]*)?\] (?P<message>\S.*)$",
    )
});
static GROUP: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?P<file>[^\s:][^:]*\.(?:pyi?|ipynb)):$"));
static GROUPED: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^ {2,}(?:cell \d+:)?(?P<line>\d+):(?P<column>\d+) +(?P<rule>[A-Z]{1,6}\d{3,4}|invalid-syntax):? (?:\[\*\] )?(?P<message>\S.*)$",
    )
});
static MYPY_JSON: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r#"^\{"file": "(?P<file>(?:[^"\\]|\\.)*)", "line": (?P<line>\d+), "column": (?P<column>\d+),.*? "message": "(?P<message>(?:[^"\\]|\\.)*)", "hint": .*, "code": (?:null|"(?P<rule>[a-z-]+)"), "severity": "(?P<severity>[a-z]+)"\}$"#,
    )
});
static RUFF_JSON: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r#"^\{"cell":[^,]*,"code":(?:null|"(?P<rule>[^"\\]*)"),.*?"filename":"(?P<file>(?:[^"\\]|\\.)*)",.*"location":\{"column":(?P<column>\d+),"row":(?P<line>\d+)\},"message":"(?P<message>(?:[^"\\]|\\.)*)"(?:.*"severity":"(?P<severity>[a-z]+)")?"#,
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
    /// The file whose findings stand below its name.
    file: Option<String>,
}

/// An object of mypy or ruff; notes and warnings are none.
fn read_json(line: &Arc<Printed>) -> Option<Diagnostic> {
    let (kind, object) = match MYPY_JSON.take(&line.text) {
        Some(object) => ("mypy", object),
        None => ("lint", RUFF_JSON.take(&line.text)?),
    };
    let severity = object.name("severity").map_or("error", |severity| severity.as_str());
    let rule = object.name("rule").map_or(if kind == "lint" { "invalid-syntax" } else { "" }, |rule| rule.as_str());
    let column: u64 = group(&object, "column").parse().ok()?;
    let mut diagnostic = Diagnostic::new(kind, line).with("rule", rule).with("code", rule);
    for name in ["file", "message"] {
        diagnostic.set(name, &unescaped(group(&object, name)));
    }
    diagnostic.set("line", group(&object, "line"));
    // mypy counts these from 0, other than in its text.
    diagnostic.set("column", &(column + u64::from(kind == "mypy")).to_string());
    (severity == "error").then_some(diagnostic)
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
        if text.starts_with("{\"") {
            self.close(found);
            self.open = read_json(line);
            self.close(found);
            return 0;
        }
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
        if let Some(finding) = GROUPED.take(text) {
            let Some(file) = &self.file else { return 0 };
            let mut diagnostic = Diagnostic::new("lint", line).with("file", file).with("code", group(&finding, "rule"));
            for name in ["line", "column", "message", "rule"] {
                diagnostic.set(name, group(&finding, name));
            }
            found.push(diagnostic);
            return GROUPED_PATIENCE;
        }
        if let Some(file) = GROUP.take(text) {
            self.file = Some(cut(group(&file, "file"), CAPTURE_LIMIT).to_owned());
            return GROUPED_PATIENCE;
        }
        if !text.trim().is_empty() {
            self.file = None;
        }
        if let Some(lint) = LINT.take(text).or_else(|| BRACKETED.take(text)) {
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
        self.file = None;
    }
}
