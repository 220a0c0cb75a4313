//! TAP, the Test Anything Protocol: `not ok 3 - adds`, then a block of YAML (tape, node-tap, mocha, AVA, Deno), comments (bats, Perl's Test::More) or
//! plain lines (mocha's old form) that say why. Vitest puts those inside a test in braces behind it. prove shows the comments alone, or before the lines that they belong to.
//!
//! Sources: testanything.org, versions 12 to 14; tape, lib/results.js; mocha, lib/reporters/tap.js; bats-core, libexec/bats-core; pytest-tap;
//! Perl, Test::Builder. What is still to be done or was skipped (`# TODO`, `# SKIP`) is left out, as is a test that failed only because one
//! inside it did. Node's own runner is another reader's.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, is_foreign_python, own_js_frame, pattern, unescaped};
use super::{CAPTURE_LIMIT, Diagnostic, Kind, Printed, Reader, Reading, Trigger, cut};

pub(super) static READER: Reader = Reader {
    name: "tap",
    kinds: &[Kind {
        name: "test",
        always: &["test"],
        sometimes: &["message", "file", "line", "column", "expected", "got"],
    }],
    triggers: &[
        Trigger { texts: &["not ok "], shape: r"^\s*not ok \d+(?: |$)" },
        Trigger { texts: &["failed test "], shape: r"^\s*# +Failed test (?:'|at \S)" },
    ],
    start: || Box::new(State::default()),
};

/// How many lines of one failure are read.
const LONGEST: usize = 80;
/// How many lines of Perl's explanation make the message.
const NOTES: usize = 3;
/// How many names are known of failures that were told once already.
const TOLD: usize = 1000;

static POINT: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<indent>\s*)not ok (?P<number>\d+)(?: -)?(?: (?P<rest>.*))?$"));
static DIRECTIVE: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"(?i)(?:^|\s)#\s*(?:todo|skip)"));
static TIME: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?P<name>.*?)\s*# time=[\d.]+m?s(?: \{)?$"));
/// The next test, a plan, or the end of what Test::More says.
static OTHER: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*(?:ok \d+(?: |$)|\d+\.\.\d+|# Subtest|# Looks like you|#\s+Failed \(TODO\))"));
static FAILED: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?P<indent>\s*)# +Failed test(?: '(?P<name>.*)')?(?: (?:at|in) (?P<file>\S.*?)(?: at)? line (?P<line>\d+)\.)?$",
    )
});
/// Deno writes JSON into the block.
static OBJECT: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r#"^\s*\{"message":"(?P<message>(?:[^"\\]|\\.)*)".*?(?:"at":\{"file":"(?P<file>(?:[^"\\]|\\.)*)","line":(?P<line>\d+)\})?\}$"#,
    )
});
static FIELD: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<indent>\s+)(?P<name>[A-Za-z]\w*):(?: +(?P<value>\S.*))?$"));
static PERL_PLACE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*(?:at|in) (?P<file>\S.*?)(?: at)? line (?P<line>\d+)\.$"));
static PERL_SIDE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*(?P<side>got|expected): (?:'(?P<quoted>.*)'|(?P<plain>\S.*))$"));
static BATS_PLACE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^\s*\(?(?:from function .* )?in (?P<test>test )?file (?P<file>[^,]+), line (?P<line>\d+)[,)]$")
});
static BATS_FAILED: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*`(?P<command>.+)' failed(?P<status> with status \d+)?(?:,.*)?$"));
static PYTEST_ERROR: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^ E {2,}(?P<message>\S.*)$"));
static PYTEST_PLACE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^ (?P<file>[^\s:]+\.py):(?P<line>\d+): (?:[A-Z]\w*)?$"));
/// Node's assertions name both sides so.
static BOTH: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s*(?P<got>\S[^!]*?) !==? (?P<expected>\S[^!]*)$"));

/// What the lines below a failing test are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Below {
    /// Nothing was read yet, or comments and plain lines.
    Text,
    /// A block of YAML, from the line after `---`.
    Yaml,
}

struct Open {
    diagnostic: Diagnostic,
    /// The name, by which comments and failing lines find each other, as a hash.
    name: u64,
    indent: usize,
    /// Only Test::More's comment was seen of it.
    by_comment: bool,
    /// It failed because one inside it did.
    of_inner: bool,
    /// Node's own runner names the place and the sort of failure.
    of_node: bool,
    located: bool,
    below: Below,
    /// How far the keys of the block are indented.
    keys: Option<usize>,
    key: String,
    /// Test::More has named the place.
    of_perl: bool,
    /// What it says behind that.
    notes: Vec<String>,
    exit_code: Option<String>,
    read: usize,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// How far the last failing line was indented, if it is inside a test that fails with it.
    inner: Option<usize>,
    /// The same of comments, which come on a stream of their own.
    inner_comment: Option<usize>,
    /// Those inside come behind a test, in braces.
    braced: bool,
    /// Failures that were told by one of the two only, by the hash of their names: above 0 by their comments, below by their lines.
    told: HashMap<u64, i32>,
}

impl Open {
    fn new(line: &Arc<Printed>, name: &str, indent: usize, by_comment: bool) -> Self {
        Open {
            diagnostic: Diagnostic::new("test", line),
            name: hashed(name),
            indent,
            by_comment,
            of_inner: false,
            of_node: false,
            located: false,
            below: Below::Text,
            keys: None,
            key: String::new(),
            of_perl: false,
            notes: Vec::new(),
            exit_code: None,
            read: 0,
        }
    }

    fn is_bare(&self) -> bool {
        self.diagnostic.get("file").is_none() && self.diagnostic.get("message").is_none() && self.notes.is_empty()
    }

    fn place(&mut self, file: &str, line: &str, column: &str) {
        if self.diagnostic.get("file").is_none() {
            self.diagnostic.set("file", file);
            self.diagnostic.set("line", line);
            self.diagnostic.set("column", column);
        }
    }

    fn frame(&mut self, text: &str) {
        if let Some((file, line, column)) = own_js_frame(text) {
            self.place(file, line, column);
        }
    }

    fn message(&mut self, text: &str) {
        self.diagnostic.set("message", text.trim_end_matches([':', ' ']));
    }

    /// Reads a line of a message: bats puts the place there, Node's assertions the two sides.
    fn told(&mut self, text: &str) {
        if let Some(place) = BATS_PLACE.take(text) {
            // The line of the test itself says more than that of a function that it calls.
            if place.name("test").is_some() {
                self.diagnostic.captures.retain(|(name, _)| !matches!(*name, "file" | "line"));
            }
            self.place(group(&place, "file"), group(&place, "line"), "");
        } else if let Some(failed) = BATS_FAILED.take(text) {
            self.message(&format!("`{}` failed{}", group(&failed, "command"), group(&failed, "status")));
        } else if let Some(sides) = BOTH.take(text) {
            self.diagnostic.set("expected", group(&sides, "expected"));
            self.diagnostic.set("got", group(&sides, "got"));
            self.message(text);
        } else if text.trim_start().starts_with("at ") {
            self.frame(text);
        } else {
            self.message(text);
        }
    }

    fn comment(&mut self, text: &str) {
        if let Some(place) = PERL_PLACE.take(text) {
            self.of_perl = true;
            self.place(group(&place, "file"), group(&place, "line"), "");
        } else if let Some(side) = PERL_SIDE.take(text) {
            let value = side.name("quoted").or_else(|| side.name("plain")).map_or("", |value| value.as_str());
            self.diagnostic.set(if group(&side, "side") == "got" { "got" } else { "expected" }, value);
        } else if BATS_PLACE.fits(text) || BATS_FAILED.fits(text) {
            self.told(text);
        } else if let Some(error) = PYTEST_ERROR.take(text) {
            self.message(group(&error, "message"));
        } else if let Some(place) = PYTEST_PLACE.take(text).filter(|place| !is_foreign_python(group(place, "file"))) {
            self.place(group(&place, "file"), group(&place, "line"), "");
        } else if self.of_perl && self.notes.len() < NOTES && !text.trim().is_empty() {
            self.notes.push(cut(text.trim(), CAPTURE_LIMIT).to_owned());
        }
    }

    fn yaml(&mut self, text: &str) {
        if let Some(object) = OBJECT.take(text) {
            self.message(unescaped(group(&object, "message")).lines().next().unwrap_or_default());
            self.place(&unescaped(group(&object, "file")), group(&object, "line"), "");
            return;
        }
        let indent = text.len() - text.trim_start().len();
        let keys = *self.keys.get_or_insert(indent);
        let field = FIELD.take(text);
        if let Some(field) = field.as_ref().filter(|_| indent == keys) {
            let value = group(field, "value").trim();
            self.key = cut(group(field, "name"), CAPTURE_LIMIT).to_owned();
            if !value.is_empty() && !value.starts_with(['|', '>']) {
                self.value(unquoted(value));
            }
            return;
        }
        match (self.key.as_str(), field) {
            ("at", Some(field)) => match group(&field, "name") {
                "fileName" | "file" => self.diagnostic.set("file", unquoted(group(&field, "value"))),
                "lineNumber" | "line" => self.diagnostic.set("line", group(&field, "value")),
                "columnNumber" | "column" => self.diagnostic.set("column", group(&field, "value")),
                _ => {}
            },
            ("error", Some(field)) if group(&field, "name") == "message" => self.told(unquoted(group(&field, "value"))),
            ("error", Some(_)) => {}
            // AVA: what was thrown, or the difference.
            ("details", Some(field)) if group(&field, "name") == "message" => {
                self.told(unquoted(group(&field, "value").trim_end_matches(',')));
            }
            ("details", _) => self.difference(text, ["got", "expected"]),
            ("diff", _) => self.difference(text, ["expected", "got"]),
            _ => self.value(text),
        }
    }

    /// Reads a line of a difference; `sides` says what stands behind a minus, and what behind a plus.
    fn difference(&mut self, text: &str, [minus, plus]: [&'static str; 2]) {
        let text = text.trim_start();
        let (name, value) = match text.split_at_checked(1) {
            _ if text.starts_with("--- ") || text.starts_with("+++ ") => return,
            Some(("-", value)) => (minus, value),
            Some(("+", value)) => (plus, value),
            _ => return,
        };
        self.diagnostic.set(name, value.trim().trim_end_matches(','));
    }

    /// Reads a value, or the next line of it.
    fn value(&mut self, text: &str) {
        match self.key.as_str() {
            "message" | "error" => self.told(text),
            "expected" | "wanted" => self.diagnostic.set("expected", text),
            "actual" | "found" => self.diagnostic.set("got", text),
            "at" | "stack" => {
                let text = text.trim_start();
                self.frame(&if text.starts_with("at ") { text.to_owned() } else { format!("at {text}") });
            }
            "file" => self.diagnostic.set("file", text),
            "line" => self.diagnostic.set("line", text),
            "exitCode" if text != "0" => self.exit_code = Some(cut(text, CAPTURE_LIMIT).to_owned()),
            "location" => self.located = true,
            "failureType" => {
                self.of_node = true;
                self.of_inner |= matches!(text, "subtestsFailed" | "cancelledByParent");
            }
            _ => {}
        }
    }

    /// All that was read, with a message made of what it lacks one for.
    fn finished(mut self) -> Diagnostic {
        let notes = self.notes.join(" ");
        self.message(&notes);
        let sides = self.diagnostic.get("expected").zip(self.diagnostic.get("got"));
        if let Some((expected, got)) = sides.filter(|(expected, got)| expected != got) {
            let message = format!("expected {expected}, got {got}");
            self.message(&message);
        }
        if let Some(code) = self.exit_code.take() {
            self.message(&format!("it ended with exit code {code}"));
        }
        self.diagnostic
    }
}

fn hashed(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> &str {
    ['\'', '"'].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(value)
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let Some(open) = self.open.take() else { return };
        let of_node = open.of_node && open.located;
        if open.of_inner || of_node {
            return;
        }
        // Test::More's comments and the lines that they belong to may come one after the other.
        let (half, step) = if open.by_comment { (true, 1) } else { (open.is_bare(), -1) };
        if half {
            let known = self.told.get_mut(&open.name);
            if let Some(other) = known.filter(|known| **known * step < 0) {
                *other += step;
                return;
            }
            if self.told.len() < TOLD {
                *self.told.entry(open.name).or_default() += step;
            }
        }
        found.push(open.finished());
    }

    /// Is a failure that is indented so far one that was brought along by the last?
    fn is_of_inner(&mut self, indent: usize, by_comment: bool) -> bool {
        let last = if by_comment { &mut self.inner_comment } else { &mut self.inner };
        let of_inner = last.is_some_and(|inner| indent < inner);
        *last = (indent > 0).then_some(indent);
        of_inner && !self.braced
    }

    fn point(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> Option<usize> {
        let point = POINT.take(&line.text)?;
        self.close(found);
        let rest = group(&point, "rest").trim();
        let indent = group(&point, "indent").len();
        if DIRECTIVE.fits(rest) {
            self.inner = self.inner.filter(|inner| *inner <= indent);
            return Some(0);
        }
        let braced = rest.ends_with(" {");
        self.braced |= braced;
        let timed = TIME.take(rest);
        let name = timed.as_ref().map_or(rest, |timed| group(timed, "name")).trim_start_matches("- ");
        let mut open = Open::new(line, name, indent, false);
        open.of_inner = self.is_of_inner(indent, false) || braced;
        open.diagnostic.set("test", name);
        open.diagnostic.set("test", group(&point, "number"));
        self.open = Some(open);
        Some(LONGEST)
    }

    fn failed(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> Option<usize> {
        let failed = FAILED.take(&line.text)?;
        let (name, indent) = (group(&failed, "name"), group(&failed, "indent").len());
        let (file, number) = (group(&failed, "file"), group(&failed, "line"));
        if name.is_empty() && file.is_empty() {
            return None;
        }
        let goes_on =
            |open: &Open| !open.by_comment && open.is_bare() && open.indent == indent && open.name == hashed(name);
        if !self.open.as_ref().is_some_and(goes_on) {
            self.close(found);
            let mut open = Open::new(line, name, indent, true);
            open.diagnostic.set("test", name);
            open.diagnostic.set("test", &format!("at {file} line {number}"));
            self.open = Some(open);
        }
        let of_inner = self.is_of_inner(indent, true);
        if let Some(open) = &mut self.open {
            open.of_inner |= of_inner;
            open.place(file, number, "");
            open.of_perl |= !file.is_empty();
        }
        Some(LONGEST)
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(wanted) = self.point(line, found).or_else(|| self.failed(line, found)) {
            return wanted;
        }
        let Some(open) = &mut self.open else { return 0 };
        open.read += 1;
        let trimmed = text.trim();
        let ends = match open.below {
            Below::Yaml => trimmed == "...",
            Below::Text => OTHER.fits(text),
        };
        if ends || open.read > LONGEST {
            self.close(found);
            return 0;
        }
        match (open.below, trimmed) {
            (_, "") => {}
            (Below::Text, "---") => open.below = Below::Yaml,
            (Below::Yaml, _) => open.yaml(text),
            (Below::Text, _) => {
                if let Some(comment) = trimmed.strip_prefix('#') {
                    open.comment(comment);
                } else if text.starts_with(' ') && text.len() - text.trim_start().len() > open.indent {
                    open.told(text);
                } else {
                    self.close(found);
                }
            }
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}
