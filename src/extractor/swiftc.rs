//! swiftc, SwiftPM and Xcode: `Sources/App/main.swift:4:9: error: cannot find 'x' in scope`, and the tests: XCTest's
//! `Tests/AppTests.swift:27: error: AppTests.testLogin : XCTAssertEqual failed: …` and Swift Testing's
//! `✘ Test add() recorded an issue at AddTests.swift:8:5: Expectation failed: …`.
//!
//! With several files of a module the compiler says the same once for each of them: that counts once. Swift 6 repeats the message in the
//! source it shows (`` `- error: … ``). `<unknown>:0` has no place. Sources: swift/lib/Frontend/PrintingDiagnosticConsumer.cpp and
//! swift-syntax's SwiftDiagnostics (the newer style), swift-corelibs-xctest, swift-testing's Event.HumanReadableOutputRecorder.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "swiftc",
    kinds: &[
        Kind { name: "error", always: &["message", "file", "line", "column"], sometimes: &["code", "expected", "got"] },
        Kind { name: "placeless", always: &["message"], sometimes: &[] },
        Kind { name: "test", always: &["test", "message"], sometimes: &["file", "line", "column", "expected", "got"] },
    ],
    triggers: &[
        Trigger { texts: &[".swift:"], shape: r"^\s*[^\s:][^:]*\.swift:\d+:(?:\d+:)? (?:fatal )?error: \S" },
        Trigger { texts: &[": error: -["], shape: r"^[^\s:][^:]*\.mm?:\d+: error: -\[\S+ \w+\] : " },
        Trigger { texts: &["<unknown>:0: error: "], shape: r"^\s*<unknown>:0: error: \S" },
        Trigger {
            texts: &[" recorded an issue "],
            shape: r"^\S{1,6} +Test .+ recorded an issue (?:with .+ )?at \S+:\d+:\d+: ",
        },
    ],
    start: || Box::new(State),
};

static ERROR: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\s*(?P<file>[^\s:][^:]*\.swift):(?P<line>\d+):(?P<column>\d+): (?:fatal )?error: (?P<message>.+?)(?: \[#(?P<code>\w+)\])?\s*$",
    )
});
static UNKNOWN: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\s*<unknown>:0: error: (?P<message>\S.*?)\s*$"));
/// What the driver says when something else has failed already.
static ECHO: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"(?:command failed (?:with exit code|due to signal)|^unable to execute command: |^build had \d+ command failure|^fatal error encountered)",
    )
});
static XCTEST: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\s*(?P<file>[^\s:][^:]*\.(?:swift|mm?)):(?P<line>\d+): error: -?\[?(?P<test>[\w.]+[ .]\w+(?:\(\))?)\]? : (?P<message>.+?)\s*$",
    )
});
static TESTING: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r#"^\S{1,6} +Test (?P<test>.+?) recorded an issue (?:with .+? )?at (?P<file>[^\s:]+):(?P<line>\d+):(?P<column>\d+): (?P<message>.+?)\s*$"#,
    )
});
static TYPES: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^cannot (?:convert|assign) (?:value|return expression) of type '(?P<got>[^']+)' to (?:expected argument type |specified type |return type |expected condition type |expected element type |closure result type |type )'(?P<expected>[^']+)'",
    )
});
static SIDES: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r#"^XCTAssertEqual failed: \("(?P<got>.*?)"\) is not equal to \("(?P<expected>.*?)"\)"#));
/// `(add(1, 2) → 4) == 3`, where both sides are plain.
static VALUES: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^Expectation failed: \(.+? → (?P<got>[^()→]+)\) == (?:\(.+? → (?P<expected>[^()→]+)\)|(?P<literal>[^()→]+))$",
    )
});

struct State;

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        let read = |kind: &'static str, names: &[&'static str], groups: &regex::Captures<'_>| {
            let mut diagnostic = Diagnostic::new(kind, line);
            for name in names {
                diagnostic.set(name, group(groups, name));
            }
            diagnostic
        };
        if let Some(error) = ERROR.take(text) {
            let mut diagnostic = read("error", &["file", "line", "column", "message", "code"], &error);
            if let Some(types) = TYPES.take(group(&error, "message")) {
                diagnostic.set("expected", group(&types, "expected"));
                diagnostic.set("got", group(&types, "got"));
            }
            found.push(diagnostic);
        } else if let Some(test) = XCTEST.take(text) {
            let mut diagnostic = read("test", &["test", "file", "line", "message"], &test);
            if let Some(sides) = SIDES.take(group(&test, "message")) {
                diagnostic.set("expected", group(&sides, "expected"));
                diagnostic.set("got", group(&sides, "got"));
            }
            found.push(diagnostic);
        } else if let Some(test) = TESTING.take(text) {
            let mut diagnostic = read("test", &["file", "line", "column", "message"], &test);
            diagnostic.set("test", group(&test, "test").trim_matches('"'));
            if let Some(values) = VALUES.take(group(&test, "message")) {
                diagnostic.set("expected", group(&values, "expected"));
                diagnostic.set("expected", group(&values, "literal"));
                diagnostic.set("got", group(&values, "got"));
            }
            found.push(diagnostic);
        } else if let Some(unknown) = UNKNOWN.take(text).filter(|unknown| !ECHO.fits(group(unknown, "message"))) {
            found.push(read("placeless", &["message"], &unknown));
        }
        0
    }
}
