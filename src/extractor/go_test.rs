//! `go test`, plain, with `-v` or `-json`, and gotestsum: `--- FAIL: TestAdd (0.00s)` and the lines that the test logged.
//!
//! Source: testing/testing.go. A test's lines stand behind its `--- FAIL`, four blanks deeper; with `-v` they stand before it. A panic
//! stands behind it with the goroutine's stack. testify (`Error:`, `expected:`, `actual  :`) and go-cmp (`-want +got`) print inside
//! these lines.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};

use super::shape::{GoPlace, LazyPattern, Take, go_place, group, is_foreign_go, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};
use crate::pieces::Pieces;

pub(super) static READER: Reader = Reader {
    name: "go-test",
    kinds: &[
        Kind {
            name: "test",
            always: &["test"],
            sometimes: &["message", "file", "line", "expected", "got", "package", "duration"],
        },
        // The whole package ran too long.
        Kind { name: "timeout", always: &["duration"], sometimes: &["test", "file", "line"] },
    ],
    triggers: &[
        Trigger { texts: &["--- fail: "], shape: r"^\s*--- FAIL: \S+" },
        Trigger { texts: &["=== fail: "], shape: r"^=== FAIL: \S+ \S+" },
        Trigger { texts: &["panic: test timed out after "], shape: r"^panic: test timed out after \S" },
        Trigger { texts: &["_test.go:"], shape: r"^\s+\S+_test\.go:\d+: " },
    ],
    start: || Box::new(State::default()),
};

/// How many lines behind a failed test are read in search of its own.
const PATIENCE: usize = 40;
/// Lines of tests that stand before their `--- FAIL`.
const LOGGED: usize = 40;

static FAIL: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<indent>\s*)--- FAIL: (?P<test>\S+)(?: \((?P<duration>[\d.]+s)\))?"));
static SUM: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^=== FAIL: (?P<package>\S+) (?P<test>\S+)(?: \((?P<duration>[\d.]+s)\))?"));
static RUNNING: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s+(?P<test>Test\S*|Fuzz\S*|Example\S*) \([\d.hms]+\)$"));
static FRAME: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s+(?P<file>\S+\.go):(?P<line>\d+)(?: \+0x[0-9a-f]+)?$"));
static WORDS: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:(?:\bgot\b[:= ]*|\) = )(?P<got>.+?)(?:[,;]| -?)\s*(?:but )?(?:want(?:ed)?|expected)\b[:= ]*(?P<want>.+)$)|(?:\b(?:want(?:ed)?|expected)\b[:= ]*(?P<want2>.+?)(?:[,;]|)\s*(?:but )?(?:got|actual|found)\b[:= ]*(?P<got2>.+)$)",
    )
});
static COMPLAINS: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:got|want|expect|should|must|err(?:or)?|fail(?:ed|ure)?|unexpected|mismatch|not |cannot|invalid|panic)",
    )
});

/// A line below a message that ends in a colon.
static SIDE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:(?:want(?:ed)?|need(?:ed)?|exp(?:ected)?)\s*[:=]?\s+(?P<want>\S.*)|(?:got|have|act(?:ual)?)\s*[:=]?\s+(?P<got>\S.*))$",
    )
});

/// What a test logged.
struct Logged {
    file: String,
    line: String,
    message: String,
    expected: String,
    got: String,
    /// `expected` and `got` have not been looked for in the message: tests that pass log most lines.
    unread: bool,
    /// One of the two sides had a line of its own.
    sided: bool,
}

impl Logged {
    fn read_sides(&mut self) {
        if !std::mem::take(&mut self.unread) || self.message.contains("+got") || self.message.contains("+want") {
            return;
        }
        let Some(words) = WORDS.take(&self.message) else { return };
        let either = |a: &str, b: &str| {
            let value = group(&words, a);
            if value.is_empty() { group(&words, b) } else { value }.trim_matches([' ', '"', '.']).to_owned()
        };
        let (expected, got) = (either("want", "want2"), either("got", "got2"));
        (self.expected, self.got) = (expected, got);
    }

    fn complains(&self) -> bool {
        COMPLAINS.fits(&self.message) || !self.expected.is_empty()
    }
}

/// `    add_test.go:12: message`, where a test logs, with or without its name in front. Passing tests print most of them, so it is read
/// by hand.
fn logged_line(text: &str) -> Option<(GoPlace<'_>, &str)> {
    let inner = text.trim_start();
    let named = || {
        let (test, rest) = inner.split_at_checked(inner.find(char::is_whitespace)?)?;
        let named = test.len() > "Test:".len() && test.starts_with("Test") && test.ends_with(':');
        go_place(rest.strip_prefix(' ').filter(|_| named)?)
    };
    let place = named().or_else(|| go_place(inner))?;
    let fits = inner.len() < text.len() && !place.file.contains(':') && !text.contains('\n');
    let said = place.rest.strip_prefix(' ').unwrap_or(place.rest);
    fits.then_some((place, said))
}

struct Open {
    diagnostic: Diagnostic,
    depth: usize,
    /// It or one inside it has lines of its own.
    told: bool,
    panicked: bool,
    /// Past `panic(` in the stack.
    in_stack: bool,
}

#[derive(Default)]
struct State {
    /// Logged before any `--- FAIL`.
    before: VecDeque<Logged>,
    /// A test and those around it, the innermost last.
    open: Vec<Open>,
    /// The lines behind the last `--- FAIL`.
    behind: Vec<Logged>,
    /// The last logged line goes on.
    goes_on: bool,
    /// The time is over: the tests that ran and the goroutines follow.
    timeout: Option<(Diagnostic, usize)>,
}

/// How many lines of goroutines are read in search of the test that hangs.
const GOROUTINES: usize = 400;

fn depth_of(indent: &str) -> usize {
    indent.chars().map(|c| if c == '\t' { 4 } else { 1 }).sum()
}

impl State {
    /// Gives the lines that were read to the innermost test.
    fn tell(&mut self) {
        self.goes_on = false;
        let Some(open) = self.open.last_mut() else { return };
        if self.behind.is_empty() && open.told {
            return;
        }
        let mut logged: Vec<Logged> = if self.behind.is_empty() {
            self.before.drain(..).collect()
        } else {
            self.before.clear();
            std::mem::take(&mut self.behind)
        };
        logged.iter_mut().for_each(Logged::read_sides);
        // The first that complains; else the last one, which is what ended the test.
        let best = logged.iter().find(|line| line.complains()).or(logged.last());
        if let Some(line) = best {
            open.told = true;
            let message =
                if line.expected.is_empty() { &line.message } else { line.message.trim_end().trim_end_matches(':') };
            for (name, value) in [
                ("file", line.file.as_str()),
                ("line", &line.line),
                ("message", message.trim_end_matches([':', ' '])),
                ("expected", &line.expected),
                ("got", &line.got),
            ] {
                open.diagnostic.set(name, value);
            }
        }
    }

    /// Reads on behind `panic: test timed out`: the first frame of the project's own code is where it hangs.
    fn timed_out(&mut self, text: &str, found: &mut Vec<Diagnostic>) -> bool {
        let Some((timeout, read)) = &mut self.timeout else { return false };
        *read += 1;
        if let Some(running) = RUNNING.take(text) {
            timeout.set("test", group(&running, "test"));
            return true;
        }
        let own = FRAME.take(text).filter(|frame| !is_foreign_go(group(frame, "file")));
        if let Some(frame) = &own {
            timeout.set("file", group(frame, "file"));
            timeout.set("line", group(frame, "line"));
        }
        let ends = text.starts_with("FAIL") || *read > GOROUTINES;
        if own.is_some() || ends {
            found.extend(self.timeout.take().map(|(timeout, _)| timeout));
        }
        !ends
    }

    /// Closes tests down to this depth. One whose inner tests failed says nothing by itself.
    fn close_to(&mut self, depth: usize, found: &mut Vec<Diagnostic>) {
        self.tell();
        while let Some(open) = self.open.pop_if(|open| open.depth >= depth) {
            found.push(open.diagnostic);
        }
        if depth == 0 {
            self.before.clear();
        }
    }

    fn logged(&mut self, line: Logged) {
        if self.open.is_empty() {
            if self.before.len() == LOGGED {
                self.before.pop_front();
            }
            self.before.push_back(line);
        } else if self.behind.len() < LOGGED {
            self.behind.push(line);
        }
        self.goes_on = true;
    }

    /// A further line of what was logged last: testify's and go-cmp's tables.
    fn continued(&mut self, text: &str) {
        let last = if self.open.is_empty() { self.before.back_mut() } else { self.behind.last_mut() };
        let two_sided =
            |text: &str| SIDE.take(text).map(|side| (group(&side, "want").to_owned(), group(&side, "got").to_owned()));
        let Some(last) = last else { return };
        last.read_sides();
        let text = text.trim();
        let value = |head: &str| text.strip_prefix(head).map(|rest| rest.trim_start_matches(' ').to_owned());
        if ["Error Trace:", "Test:", "Messages:"].iter().any(|head| text.starts_with(head)) {
            // testify's other rows.
        } else if let Some(error) = value("Error:") {
            last.message = error.trim_ascii().to_owned();
        } else if let Some(expected) = value("expected:").or(value("expected :")) {
            last.expected = expected;
        } else if let Some(actual) =
            value("in chain:").or(value("actual  :")).or(value("actual:")).or(value("actual   :"))
        {
            last.got = actual;
        } else if let Some((want, got)) = two_sided(text).filter(|_| last.message.ends_with(':') || last.sided) {
            last.sided = true;
            if last.expected.is_empty() {
                last.expected = want;
            }
            if last.got.is_empty() {
                last.got = got;
            }
        } else if last.message.is_empty() {
            last.message = text.to_owned();
        } else if text.starts_with("- ") && last.expected.is_empty() && last.message.contains("want") {
            last.expected = text.tail(2).trim().to_owned();
        } else if text.starts_with("+ ") && last.got.is_empty() && last.message.contains("want") {
            last.got = text.tail(2).trim().to_owned();
        } else if last.message.ends_with(':') && !last.message.contains('+') {
            last.message.push(' ');
            last.message.push_str(text);
        }
    }

    fn panicked(&mut self, message: &str) {
        if let Some(open) = self.open.last_mut() {
            let message = message.split(" [recovered").next().unwrap_or(message).trim();
            if !message.is_empty() {
                open.diagnostic.set("message", &format!("panic: {message}"));
            }
            open.panicked = true;
            open.told = true;
        }
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(duration) = text.strip_prefix("panic: test timed out after ") {
            self.close_to(0, found);
            self.timeout = Some((Diagnostic::new("timeout", line).with("duration", duration), 0));
            return GOROUTINES;
        }
        if self.timed_out(text, found) {
            return 0;
        }
        let fail = if text.trim_start().starts_with("--- FAIL: ") { FAIL.take(text) } else { None };
        if let Some(fail) = fail {
            let depth = depth_of(group(&fail, "indent"));
            let test = group(&fail, "test");
            let outer = self.open.last().is_some_and(|open| {
                open.depth < depth
                    && !open.panicked
                    && open
                        .diagnostic
                        .get("test")
                        .is_some_and(|name| test.strip_prefix(name).is_some_and(|rest| rest.starts_with('/')))
            });
            if outer {
                // What stood before the outer test's line is for its inner ones.
                if !self.behind.is_empty() {
                    self.tell();
                }
                // The innermost name says it all, unless the outer one complained itself.
                self.open.retain(|open| open.told);
            } else {
                // With -v the inner tests come first: then the outer one has nothing to say.
                if self.open.is_empty() {
                    self.goes_on = false;
                } else {
                    self.close_to(0, found);
                }
            }
            let parent_of_last = found
                .last()
                .and_then(|last| last.get("test"))
                .is_some_and(|inner| inner.strip_prefix(test).is_some_and(|rest| rest.starts_with('/')));
            if parent_of_last && self.before.is_empty() {
                return PATIENCE;
            }
            let diagnostic =
                Diagnostic::new("test", line).with("test", test).with("duration", group(&fail, "duration"));
            self.open.push(Open { diagnostic, depth, told: false, panicked: false, in_stack: false });
            return PATIENCE;
        }
        let sum = if text.starts_with("=== FAIL: ") { SUM.take(text) } else { None };
        if let Some(sum) = sum {
            self.before.clear();
            self.close_to(0, found);
            let diagnostic = Diagnostic::new("test", line)
                .with("test", group(&sum, "test"))
                .with("duration", group(&sum, "duration"))
                .with("package", group(&sum, "package"));
            self.open.push(Open { diagnostic, depth: 0, told: false, panicked: false, in_stack: false });
            return PATIENCE;
        }
        let panicked = self.open.last().is_some_and(|open| open.panicked);
        if let Some((place, said)) = logged_line(text).filter(|_| !panicked) {
            self.logged(Logged {
                file: place.file.to_owned(),
                line: place.line.to_owned(),
                message: said.to_owned(),
                expected: String::new(),
                got: String::new(),
                unread: true,
                sided: false,
            });
            return if self.open.is_empty() { 12 } else { PATIENCE };
        }
        if let Some(message) = text.strip_prefix("panic:").filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
            self.panicked(message);
            return PATIENCE;
        }
        if let Some(open) = self.open.last_mut().filter(|open| open.panicked) {
            open.in_stack |= text.starts_with("panic(") || text.starts_with("goroutine ");
            if !open.in_stack && !text.trim().is_empty() {
                // Where the message starts with a line feed: testify's mocks.
                open.diagnostic.set("message", &format!("panic: {}", text.trim()));
            }
            if let Some(frame) = FRAME.take(text).filter(|frame| open.in_stack && !is_foreign_go(group(frame, "file")))
            {
                open.diagnostic.set("file", group(&frame, "file"));
                open.diagnostic.set("line", group(&frame, "line"));
                self.close_to(0, found);
                return 0;
            }
            return 1;
        }
        if text.starts_with("    ") || text.starts_with('\t') {
            if self.goes_on {
                self.continued(text);
            }
            return usize::from(self.goes_on || !self.open.is_empty());
        }
        if text.starts_with("=== ") && self.open.is_empty() {
            // Another test's lines follow: those before stay with it only if nothing names their test.
            if text.starts_with("=== RUN") {
                self.before.clear();
            }
            return 0;
        }
        if text.is_empty() && !self.open.is_empty() {
            return 1;
        }
        let ends =
            text.starts_with("FAIL") || text.starts_with("ok ") || text.starts_with("=== ") || text.starts_with("---");
        if ends {
            self.close_to(0, found);
            return 0;
        }
        self.goes_on = false;
        usize::from(!self.open.is_empty())
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        found.extend(self.timeout.take().map(|(timeout, _)| timeout));
        if !self.open.is_empty() {
            self.close_to(0, found);
        }
        self.goes_on = false;
    }
}
