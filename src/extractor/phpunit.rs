//! PHPUnit (`1) App\Tests\CalcTest::testAdd`, the assertion, a diff, `/app/tests/CalcTest.php:12`), the same with `--testdox` (` ✘ Add`, the rest
//! behind `│`), and Pest (`FAILED  Tests\CalcTest > it adds`).
//!
//! Sources: PHPUnit's ResultPrinters (src/TextUI), runs of PHPUnit 9.6, and Collision's Writer. The sections on warnings, risky and skipped tests are none of
//! its findings.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "phpunit",
    kinds: &[Kind { name: "test", always: &["message"], sometimes: &["test", "file", "line", "expected", "got"] }],
    triggers: &[
        Trigger { texts: &["there was ", "there were "], shape: r"^There (?:was|were) \d+ (?:failure|error)s?:" },
        Trigger { texts: &["failed  "], shape: r"^\s+FAILED  \S+ > \S" },
        Trigger { texts: &["failed asserting that"], shape: r"^Failed asserting that " },
        Trigger { texts: &[" ✘ "], shape: r"^ ✘ \S" },
    ],
    start: || Box::new(State::default()),
};

/// How many lines of one failure are read.
const LONGEST: usize = 60;

static SECTION: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^There (?:was|were) \d+ (?P<what>[\w ]+?)s?:"));
static HEAD: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\d+\) (?P<test>\S+::\S.*)$"));
static PEST: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s+FAILED  (?P<test>\S+ > \S.*?)(?:  +(?P<error>\w+))?$"));
static TESTDOX: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^ ✘ (?P<test>\S.*)$"));
static CLASS: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^[A-Z].* \((?P<class>[A-Z][\w\\]*)\)$"));
static FRAME: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*(?:at |\d+\s+)?(?P<file>[^\s:]+\.php):(?P<line>\d+)$"));
static MATCHES: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^Failed asserting that (?P<got>.+?) (?:matches expected|is identical to|is equal to) (?P<expected>.+?)\.$",
    )
});
static DIFF: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^(?P<side>[-+])(?P<value>[^-+].*)$"));

#[derive(Default)]
struct State {
    in_section: bool,
    /// The class over a list of `--testdox`.
    class: String,
    /// The open test is one of such a list: what belongs to it stands behind a bar.
    framed: bool,
    open: Option<Diagnostic>,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        found.extend(self.open.take().filter(|open| open.get("message").is_some()));
        self.framed = false;
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(head) = TESTDOX.take(text) {
            self.close(found);
            let class = if self.class.is_empty() { String::new() } else { format!("{}: ", self.class) };
            let test = format!("{class}{}", group(&head, "test"));
            self.open = Some(Diagnostic::new("test", line).with("test", &test));
            self.framed = true;
            self.read = 0;
            return LONGEST;
        }
        if let Some(class) = CLASS.take(text).filter(|_| !self.in_section) {
            self.close(found);
            self.class = group(&class, "class").to_owned();
            return 0;
        }
        // A test that passed, was skipped or is risky.
        if text.starts_with(" ✔ ") || text.starts_with(" ↩ ") || text.starts_with(" ∅ ") || text.starts_with(" ☢ ")
        {
            self.close(found);
            return usize::from(!self.class.is_empty());
        }
        let bare = text.trim_start();
        let inside = ["│", "┐", "├", "┊", "╵", "┴"].iter().find_map(|bar| bare.strip_prefix(bar));
        if self.framed && inside.is_none() {
            // Other programs have crosses, too.
            if !bare.is_empty() {
                self.close(found);
            }
            return 0;
        }
        let text = inside.map_or(text, |inside| inside.strip_prefix(' ').unwrap_or(inside));
        if let Some(section) = SECTION.take(text) {
            self.close(found);
            self.in_section = matches!(group(&section, "what"), "failure" | "error");
            return 4;
        }
        if let Some(head) = HEAD.take(text).filter(|_| self.in_section).or_else(|| PEST.take(text)) {
            self.close(found);
            self.open = Some(Diagnostic::new("test", line).with("test", group(&head, "test")));
            self.read = 0;
            return LONGEST;
        }
        if text == "--"
            || text.starts_with("FAILURES!")
            || text.starts_with("ERRORS!")
            || text.trim().starts_with("Tests:")
        {
            self.close(found);
            self.in_section &= text == "--";
            return if self.in_section { 6 } else { 0 };
        }
        if self.open.is_none() && text.starts_with("Failed asserting that ") {
            // The rest was not copied.
            found.push(Diagnostic::new("test", line).with("message", text));
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        if self.read > LONGEST {
            self.close(found);
            return 0;
        }
        if let Some(frame) = FRAME.take(text) {
            if !group(&frame, "file").contains("vendor/") && open.get("file").is_none() {
                open.set("file", group(&frame, "file"));
                open.set("line", group(&frame, "line"));
            }
        } else if open.get("message").is_none() {
            if !text.trim().is_empty() {
                open.line = Arc::clone(line);
                open.set("message", text);
                if let Some(sides) = MATCHES.take(text.trim()) {
                    open.set("expected", group(&sides, "expected"));
                    open.set("got", group(&sides, "got"));
                }
            }
        } else if text.starts_with("Failed asserting that ") && open.get("expected").is_none() && self.read == 2 {
            // The test's own words stand before it.
            open.line = Arc::clone(line);
        } else if let Some(diff) = DIFF.take(text) {
            open.set(if group(&diff, "side") == "-" { "expected" } else { "got" }, group(&diff, "value"));
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
        self.in_section = false;
        self.class.clear();
    }
}
