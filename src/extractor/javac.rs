//! The compilers of the Java world: javac alone, javac and others below Maven, kotlinc, scalac below sbt.
//!
//! Shapes: `A.java:3: error: cannot find symbol` with `  symbol:   method foo()` below; `[ERROR] /src/A.java:[3,9] …`, which Maven prints
//! twice; `e: file:///src/A.kt:3:9 …`; `[error] /src/A.scala:3:9: …`. Sources: jdk.compiler's BasicDiagnosticFormatter,
//! maven-compiler-plugin's CompilationFailureException, the Kotlin compiler's MessageRenderer, sbt's ManagedLoggedReporter. `w: `,
//! `[WARNING]` and `warning:` are no findings.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

const ALWAYS: &[&str] = &["message", "file", "line"];

pub(super) static READER: Reader = Reader {
    name: "javac",
    kinds: &[
        Kind { name: "javac", always: ALWAYS, sometimes: &["expected", "got", "symbol", "location"] },
        Kind { name: "maven", always: ALWAYS, sometimes: &["column", "expected", "got", "symbol", "location"] },
        Kind { name: "kotlin", always: ALWAYS, sometimes: &["column", "expected", "got"] },
        Kind { name: "scala", always: ALWAYS, sometimes: &["column", "code", "expected", "got"] },
    ],
    triggers: &[
        Trigger { texts: &[": error: "], shape: r"^\S+\.(?:java|kts?):\d+:(?:\d+:)? error: \S" },
        Trigger {
            texts: &[".java:[", ".kt:[", ".kt: (", ".kts: (", ".scala:", ".groovy:[", ".java:"],
            shape: r"^\[(?:ERROR|error)\] (?:file://)?\S+\.(?:java|kt|groovy|scala|sc): ?(?:\[\d+,\d+\]|\(\d+, ?\d+\)|\d+:)",
        },
        Trigger { texts: &["e: file:", ".kt: (", ".kts: ("], shape: r"^e: (?:file://)?\S.*\.kts?:" },
        Trigger { texts: &["[error] -- "], shape: r"^\[error\] -- (?:\[E\d+\] )?[\w ]*Error: \S+:\d+:\d+" },
    ],
    start: || Box::new(State::default()),
};

/// How many lines behind a message are read.
const LONGEST: usize = 12;

static JAVAC: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<file>\S+\.java):(?P<line>\d+): error: (?P<message>.+)$"));
static MAVEN: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\[ERROR\] (?:file://)?(?P<file>\S+\.(?:java|kt|groovy|scala)): ?[\[(](?P<line>\d+), ?(?P<column>\d+)[\])] (?:error: )?(?P<message>.+)$",
    )
});
static MAVEN_LINE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\[ERROR\] (?P<file>\S+\.(?:java|scala)):(?P<line>\d+): (?:error: )?(?P<message>.+)$"));
static KOTLIN: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^e: file://(?P<file>(?:/[A-Za-z]:)?[^:]+):(?P<line>\d+):(?P<column>\d+):? (?P<message>.+)$")
});
static OLD_KOTLIN: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^e: (?P<file>(?:[A-Za-z]:)?[^:]+?\.kts?): \((?P<line>\d+), (?P<column>\d+)\): (?P<message>.+)$")
});
static KOTLINC: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<file>\S+\.kts?):(?P<line>\d+):(?P<column>\d+): error: (?P<message>.+)$"));
static SCALA: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^\[error\] (?P<file>\S+\.(?:scala|java|sc)):(?P<line>\d+):(?:(?P<column>\d+):)? (?P<message>.+)$")
});
static SCALA_3: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\[error\] -- (?:\[(?P<code>E\d+)\] )?(?P<message>[\w ]*Error): (?P<file>\S+\.scala):(?P<line>\d+):(?P<column>\d+)",
    )
});
static CONVERTED: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^incompatible types: (?P<got>.+?) cannot be converted to (?P<expected>.+)$"));
static MISMATCH: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:inferred type is '?(?P<got>.+?)'? but '?(?P<expected>.+?)'? was expected|actual type is '(?P<got2>.+?)', but '(?P<expected2>.+?)' was expected)",
    )
});
static MORE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^(?:\[(?:ERROR|error)\])?\s+(?P<what>symbol|location|required|found)\s*: +(?P<value>\S.*)$")
});

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let Some(mut open) = self.open.take() else { return };
        // "cannot find symbol" alone says too little.
        if let (Some("cannot find symbol"), Some(symbol)) = (open.get("message"), open.get("symbol")) {
            let whole = format!("cannot find symbol: {symbol}");
            open.captures.retain(|(name, _)| *name != "message");
            open.set("message", &whole);
        }
        found.push(open);
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        let shapes: [(&'static str, &LazyLock<LazyPattern>); 8] = [
            ("javac", &JAVAC),
            ("maven", &MAVEN),
            ("maven", &MAVEN_LINE),
            ("kotlin", &KOTLIN),
            ("kotlin", &OLD_KOTLIN),
            ("kotlin", &KOTLINC),
            ("scala", &SCALA),
            ("scala", &SCALA_3),
        ];
        if let Some((kind, message)) =
            shapes.into_iter().find_map(|(kind, shape)| shape.take(text).map(|message| (kind, message)))
        {
            self.close(found);
            let mut open = Diagnostic::new(kind, line);
            let file = group(&message, "file");
            // `file:///C:/app/A.kt`
            let drive = file.strip_prefix('/').filter(|rest| rest.as_bytes().get(1) == Some(&b':'));
            open.set("file", drive.unwrap_or(file));
            for name in ["line", "column", "message", "code"] {
                open.set(name, group(&message, name));
            }
            let said = group(&message, "message");
            if let Some(types) = CONVERTED.take(said).or_else(|| MISMATCH.take(said)) {
                for (name, value) in
                    [("expected", "expected"), ("expected", "expected2"), ("got", "got"), ("got", "got2")]
                {
                    open.set(name, group(&types, value));
                }
            }
            self.open = Some(open);
            self.read = 0;
            return LONGEST;
        }
        let Some(open) = &mut self.open else { return 0 };
        self.read += 1;
        if let Some(more) = MORE.take(text) {
            let name = match group(&more, "what") {
                "symbol" => "symbol",
                "location" => "location",
                "required" => "expected",
                _ => "got",
            };
            open.set(name, group(&more, "value"));
        }
        if self.read >= LONGEST || text.starts_with(|c: char| c.is_ascii_digit()) || text.starts_with("[INFO]") {
            self.close(found);
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}
