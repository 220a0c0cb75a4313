//! MSBuild's messages (`Program.cs(12,9): error CS0103: … [/src/app.csproj]`, of C#, F#, VB, Razor and Visual C++) and `dotnet test`.
//!
//! Sources: MSBuild's CanonicalError and EventArgsFormatting, vstest's ConsoleLogger, the messages of xUnit, NUnit and MSTest. MSBuild
//! repeats each message in its summary: it counts once. `warning` is no finding.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, both_sides, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "dotnet",
    kinds: &[
        Kind {
            name: "error",
            always: &["message", "code", "error_code", "file", "line"],
            sometimes: &["column", "project", "expected", "got"],
        },
        Kind {
            name: "cpp",
            always: &["message", "code", "error_code", "file", "line"],
            sometimes: &["column", "project", "expected", "got"],
        },
        Kind {
            name: "test",
            always: &["test"],
            sometimes: &["message", "file", "line", "expected", "got", "duration"],
        },
    ],
    triggers: &[
        Trigger {
            texts: &["): error ", ") : error ", "): fatal error ", ") : fatal error "],
            shape: r"\(\d+(?:,\d+){0,3}\) ?: (?:fatal )?error [A-Z]{1,6}\d{3,5}\b",
        },
        Trigger {
            texts: &["  failed "],
            shape: r"^\s+Failed \S.* \[(?:< )?[\d.,]+ (?:ms|[smh])(?: \d+ (?:ms|[smh]))*\]$",
        },
        Trigger { texts: &["error message:"], shape: r"^  Error Message:$" },
        Trigger { texts: &["[xunit.net "], shape: r"^\s*\[xUnit\.net [\d:.]+\]\s+\S.* \[FAIL\]$" },
    ],
    start: || Box::new(State::default()),
};

/// How many lines of a failed test are read.
const LONGEST: usize = 60;
/// Tests that xUnit called failed and that wait for their block.
const PENDING: usize = 200;

static MESSAGE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r#"^\s*(?:\d+>)?\s*(?P<file>(?:[A-Za-z]:)?[^\s:()<>|"][^:()<>|"]*\.(?P<ending>[A-Za-z+]+))\((?P<line>\d+)(?:,(?P<column>\d+)(?:,\d+,\d+)?)?\) ?: (?:fatal )?error (?P<code>[A-Z]{1,6}\d{3,5}):? ?(?P<message>.*?)(?: \[(?P<project>[^\]]+proj)(?:::[^\]]*)?\])?$"#,
    )
});
static TYPES: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^Cannot implicitly convert type '(?P<got>.+?)' to '(?P<expected>.+?)'"));
static FAILED: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^\s+Failed (?P<test>\S.*?) \[(?P<duration>(?:< )?[\d.,]+ (?:ms|[smh])(?: \d+ (?:ms|[smh]))*)\]$")
});
/// A test that took no time has none.
static TIMELESS: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^  Failed (?P<test>\S.*)$"));
static XUNIT: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*\[xUnit\.net [\d:.]+\]\s+(?P<test>\S.*?) \[FAIL\]$"));
static SIDE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*(?P<side>Expected|Actual|But was|Not found):\s+(?P<value>\S.*)$"));
static FRAME: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s+at .+ in (?P<file>\S.*):line (?P<line>\d+)$"));

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    message_next: bool,
    /// The last name without a duration, if its line was the one before.
    timeless: Option<Diagnostic>,
    read: usize,
    pending: Vec<(String, Arc<Printed>)>,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        self.message_next = false;
        let Some(mut open) = self.open.take() else { return };
        if let Some((expected, got)) =
            open.get("message").and_then(both_sides).map(|(a, b)| (a.to_owned(), b.to_owned()))
        {
            open.set("expected", &expected);
            open.set("got", &got);
        }
        if let Some(test) = open.get("test") {
            self.pending.retain(|(known, _)| known != test);
        }
        found.push(open);
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if self.open.is_none() && text.contains(": error TS") && !text.ends_with(']') {
            // TypeScript's compiler has the same shape.
            return 0;
        }
        let message = if text.contains("error ") { MESSAGE.take(text) } else { None };
        if let Some(message) = message {
            let code = group(&message, "code");
            let letters = code.trim_end_matches(|c: char| c.is_ascii_digit());
            let kind = match (letters, group(&message, "ending")) {
                ("C" | "RC" | "MIDL", _) => "cpp",
                ("MSB" | "NU" | "NETSDK" | "TS" | "LNK", _) => return 0,
                (_, "cs" | "vb" | "fs" | "razor" | "cshtml" | "xaml") => "error",
                _ => return 0,
            };
            let mut diagnostic = Diagnostic::new(kind, line).with("error_code", code);
            for name in ["file", "line", "column", "code", "message"] {
                diagnostic.set(name, group(&message, name));
            }
            if let Some(types) = TYPES.take(group(&message, "message")) {
                diagnostic.set("expected", group(&types, "expected"));
                diagnostic.set("got", group(&types, "got"));
            }
            found.push(diagnostic);
            return 0;
        }
        if let Some(xunit) = if text.contains("[xUnit") { XUNIT.take(text) } else { None } {
            let test = group(&xunit, "test").to_owned();
            if self.pending.len() < PENDING && !self.pending.iter().any(|(known, _)| *known == test) {
                self.pending.push((test, Arc::clone(line)));
            }
            return 0;
        }
        let failed = if text.trim_start().starts_with("Failed ") { FAILED.take(text) } else { None };
        if let Some(failed) = failed {
            self.close(found);
            self.open = Some(
                Diagnostic::new("test", line)
                    .with("test", group(&failed, "test"))
                    .with("duration", group(&failed, "duration")),
            );
            self.read = 0;
            return LONGEST;
        }
        if let Some(failed) = TIMELESS.take(text) {
            self.timeless = Some(Diagnostic::new("test", line).with("test", group(&failed, "test")));
            return 1;
        }
        if let Some(test) = self.timeless.take().filter(|_| text == "  Error Message:") {
            self.close(found);
            self.open = Some(test);
            self.read = 0;
            self.message_next = true;
            return LONGEST;
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        let ends = text.starts_with("Failed!") || text.starts_with("Passed!") || text.starts_with("  Passed ");
        if self.read > LONGEST || ends {
            self.close(found);
        } else if text.trim() == "Error Message:" {
            self.message_next = true;
        } else if self.message_next {
            self.message_next = false;
            open.set("message", text);
        } else if let Some(side) = SIDE.take(text) {
            let name = if group(&side, "side") == "Expected" { "expected" } else { "got" };
            open.set(name, group(&side, "value"));
        } else if let Some(frame) = FRAME.take(text) {
            open.set("file", group(&frame, "file"));
            open.set("line", group(&frame, "line"));
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }

    fn finish(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
        let pending = self.pending.drain(..);
        found.extend(pending.map(|(test, line)| Diagnostic::new("test", &line).with("test", &test)));
    }
}
