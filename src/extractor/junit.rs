//! JUnit and TestNG as Maven's surefire and failsafe print them, and as Gradle does: the test, the assertion, the stack with its causes.
//!
//! Surefire prints each failure where it happens and once more in its summary (`AppTest.adds:5 expected: …`); what stood in full before
//! is not counted again. Sources: surefire's ConsoleReporter, TestSetStats and DefaultReporterFactory; Gradle's
//! TestExceptionFormatter (FullExceptionFormatter, ShortExceptionFormatter).

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, add_cause, both_sides, group, own_java_frame, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

const SOMETIMES: &[&str] = &["message", "exception", "cause", "file", "line", "expected", "got"];

pub(super) static READER: Reader = Reader {
    name: "junit",
    kinds: &[
        Kind { name: "surefire", always: &["test"], sometimes: SOMETIMES },
        Kind { name: "gradle", always: &["test"], sometimes: SOMETIMES },
    ],
    triggers: &[
        Trigger { texts: &["<<< failure!", "<<< error!"], shape: r"<<< (?:FAILURE|ERROR)!" },
        Trigger {
            texts: &["[error] failures:", "[error] errors:", "failed tests:", "tests in error:"],
            shape: r"^(?:\[ERROR\] (?:Failures|Errors): *$|(?:\[ERROR\] )?(?:Failed tests|Tests in error):)",
        },
        Trigger { texts: &[" failed"], shape: r"^(?:[\w.$]+\.)?[A-Z][\w$]*(?: > .+)+ FAILED$" },
    ],
    start: || Box::new(State::default()),
};

/// How many lines of one failure are read.
const LONGEST: usize = 150;
/// Tests remembered, so that the summary counts none twice.
const SEEN: usize = 1_000;

static SUREFIRE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^(?:\[ERROR\] +)?(?P<test>[A-Za-z_][^<>]*?) +(?:-- )?Time elapsed: \S+ s(?:ec)? +<<< (?:FAILURE|ERROR)!")
});
static SUMMARY: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^\[ERROR\]   ?(?P<test>[A-Za-z_][\w.$]*\.[\w$\[\] ,{}]+)(?::(?P<line>\d+))?(?:->\S+)? (?P<message>\S.+)$")
});
static OLD_SUMMARY: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^(?:\[ERROR\] )?(?:Failed tests|Tests in error):\s+(?P<test>\S+\([\w.$]+\)): (?P<message>.+)$")
});
static GRADLE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<test>(?:[\w.$]+\.)?[A-Z][\w$]*(?: > .+?)+?)(?:\(.*?\))? FAILED$"));
static THROWN: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\s*(?P<cause>Caused by: )?(?P<exception>(?:[\w$]+\.)+[\w$]+(?:Error|Exception|Failure|Throwable|Failed)?)(?:: (?P<message>.*)| at (?P<file>[\w$]+\.\w+):(?P<line>\d+))?$",
    )
});
static SIDE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*(?P<side>expected|but was|actual|Expected|but)\s*: +(?P<value>\S.*)$"));

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    read: usize,
    /// The own frame of the innermost exception so far.
    place: Option<(String, String)>,
    seen: VecDeque<String>,
    in_summary: bool,
    /// Words below the name of an exception that has none beside it, up to its stack.
    said: Option<String>,
}

/// How much of such words is kept, in bytes.
const SAID: usize = 500;

/// `adds(com.example.AppTest)` and `com.example.AppTest.adds` are the same.
fn short_name(test: &str) -> String {
    let (name, class) = match test.split_once('(').and_then(|(name, class)| Some((name, class.strip_suffix(')')?))) {
        Some(parts) => parts,
        None => match test.rsplit_once('.') {
            Some((class, name)) => (name, class),
            None => (test, ""),
        },
    };
    let class = class.rsplit('.').next().unwrap_or(class);
    format!("{class}.{}", name.split(['[', '(']).next().unwrap_or(name).trim())
}

/// The class of a short name, with a star for all of its tests.
fn whole_class(class: &str) -> String {
    format!("{class}.*")
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        self.say();
        let place = self.place.take();
        let Some(mut open) = self.open.take() else { return };
        if let Some((file, line)) = place {
            open.set("file", &file);
            open.set("line", &line);
        }
        if let Some(message) = open.get("message").map(str::to_owned)
            && let Some((expected, got)) = both_sides(&message)
        {
            open.set("expected", expected);
            open.set("got", got);
        }
        let cause = open.get("cause").filter(|cause| !cause.starts_with("org.junit.")).map(str::to_owned);
        add_cause(&mut open, cause);
        if let Some(test) = open.get("test") {
            let name = short_name(test);
            if self.seen.len() == SEEN {
                self.seen.pop_front();
            }
            // A class that could not be set up is named alone.
            let last = test.rsplit('.').next().unwrap_or(test);
            let class = last.starts_with(|first: char| first.is_ascii_uppercase()) && !test.contains('(');
            self.seen.push_back(if class { whole_class(last) } else { name });
        }
        found.push(open);
    }

    /// The words below an exception's name are complete.
    fn say(&mut self) {
        let said = self.said.take();
        if let (Some(said), Some(open)) = (said, &mut self.open) {
            open.set("message", &said);
            let exception = open.get("exception").unwrap_or_default().to_owned();
            open.set("message", &exception);
        }
    }

    fn start(&mut self, kind: &'static str, line: &Arc<Printed>, test: &str) -> usize {
        self.open = Some(Diagnostic::new(kind, line).with("test", test));
        self.read = 0;
        LONGEST
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(head) = SUREFIRE.take(text) {
            self.close(found);
            self.in_summary = false;
            let test = group(&head, "test");
            // The line of the whole class.
            if test.starts_with("Tests run:") {
                return 1;
            }
            return self.start("surefire", line, test);
        }
        if let Some(head) = GRADLE.take(text) {
            self.close(found);
            return self.start("gradle", line, group(&head, "test"));
        }
        if let Some(summary) = OLD_SUMMARY.take(text).or_else(|| SUMMARY.take(text).filter(|_| self.in_summary)) {
            self.close(found);
            let test = group(&summary, "test");
            self.in_summary = true;
            let short = short_name(test);
            let class = short.split('.').next().unwrap_or_default();
            if !self.seen.contains(&short) && !self.seen.contains(&whole_class(class)) {
                self.start("surefire", line, test);
                if let Some(open) = &mut self.open {
                    open.set("message", group(&summary, "message"));
                    if let Some(number) = summary.name("line") {
                        let class = test.split('.').next().unwrap_or(test);
                        open.set("file", &format!("{class}.java"));
                        open.set("line", number.as_str());
                    }
                }
                self.close(found);
            }
            return 3;
        }
        if text.starts_with("[ERROR] Failures:") || text.starts_with("[ERROR] Errors:") {
            self.close(found);
            self.in_summary = true;
            return 3;
        }
        if text.starts_with("[INFO] Results") || text.starts_with("> Task") || text.starts_with("[ERROR] Tests run:") {
            self.close(found);
            self.in_summary = false;
            return 0;
        }
        if self.open.is_none() {
            return 0;
        }
        self.read += 1;
        if self.read > LONGEST || text.starts_with("[INFO]") {
            self.close(found);
            return 0;
        }
        if text.trim().is_empty() || text.trim_start().starts_with("at ") {
            self.say();
        }
        let Some(open) = &mut self.open else { return 0 };
        let broken = text.contains('<') && !text.contains('>');
        if let Some(said) = self.said.as_mut().filter(|said| said.len() < SAID) {
            if !said.is_empty() {
                said.push(' ');
            }
            said.push_str(text.trim());
        }
        if let Some((file, line)) = own_java_frame(text) {
            if self.place.is_none() {
                self.place = Some((file.to_owned(), line.to_owned()));
            }
        } else if let Some(thrown) = THROWN.take(text) {
            let caused = thrown.name("cause").is_some();
            if open.get("exception").is_none() {
                open.set("exception", group(&thrown, "exception"));
                let message = group(&thrown, "message");
                open.set("message", message);
                if message.is_empty() {
                    self.said = Some(String::new());
                }
                open.set("file", group(&thrown, "file"));
                open.set("line", group(&thrown, "line"));
            } else if caused {
                // The innermost one counts.
                open.captures.retain(|(name, _)| *name != "cause");
                open.set("cause", text.trim().trim_start_matches("Caused by: "));
            }
        } else if let Some(side) = SIDE.take(text).filter(|_| !broken) {
            let name = if group(&side, "side").eq_ignore_ascii_case("expected") { "expected" } else { "got" };
            open.set(name, group(&side, "value"));
        }
        usize::from(!text.trim().is_empty())
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
        self.in_summary = false;
    }
}
