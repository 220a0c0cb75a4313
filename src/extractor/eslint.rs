//! ESLint: a file's name, then `  12:3  error  message  rule` for each problem (stylish); also the compact, unix and json formats and
//! `next lint`.
//!
//! Source: lib/cli-engine/formatters, and packages/next/src/lib/eslint/customFormatter.ts. A warning is none of its findings, but keeps the
//! file's name alive.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern, unescaped};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "eslint",
    kinds: &[
        Kind { name: "error", always: &["message", "line", "column"], sometimes: &["file", "rule", "code"] },
        Kind { name: "next-error", always: &["message", "line", "column"], sometimes: &["file", "rule", "code"] },
    ],
    triggers: &[
        Trigger { texts: &["  error  ", "  warning  "], shape: r"^\s+\d+:\d+ +(?:error|warning) +\S" },
        Trigger { texts: &["  error: ", "  warning: "], shape: r"^\d+:\d+  (?:Error|Warning): \S" },
        Trigger { texts: &[", error - "], shape: r"^\S+: line \d+, col \d+, Error - " },
        Trigger { texts: &[" [error/", " [error]"], shape: r"^\S+:\d+:\d+: .+ \[Error(?:/[^\]]+)?\]$" },
        Trigger { texts: &["\"severity\":2"], shape: r#"^(?:\{"results":)?\[\{"filePath":""# },
    ],
    start: || Box::new(State::default()),
};

/// Between the problems of a file stands no other line, but npm and others put theirs in between.
const PATIENCE: usize = 4;

static STYLISH: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\s+(?P<line>\d+):(?P<column>\d+) +(?P<level>error|warning) +(?P<message>\S.*?)(?:  +(?P<rule>@?[\w-]+(?:/[\w-]+)*))?\s*$",
    )
});
static NEXT: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?P<line>\d+):(?P<column>\d+)  (?P<level>Error|Warning): (?P<message>\S.*?)(?:  +(?P<rule>@?[\w-]+(?:/[\w-]+)*))?\s*$",
    )
});
static COMPACT: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^(?P<file>\S+): line (?P<line>\d+), col (?P<column>\d+), Error - (?P<message>.*?)(?: \((?P<rule>@?[\w-]+(?:/[\w-]+)*)\))?$",
    )
});
static UNIX: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^(?P<file>\S+?):(?P<line>\d+):(?P<column>\d+): (?P<message>.+) \[Error(?:/(?P<rule>[^\]]+))?\]$")
});
/// The parts of an object of JSON that say something, in their order. No text inside can look like one: its quotes are escaped.
static JSON: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r#""filePath":"(?P<file>(?:[^"\\]|\\.)*)"|(?P<suppressed>"suppressedMessages":\[)|\{"ruleId":(?:null|"(?P<rule>[^"\\]*)"),(?:"nodeType":[^,]*,)?(?:"fatal":true,)?"severity":2,"message":"(?P<message>(?:[^"\\]|\\.)*)","line":(?P<line>\d+),"column":(?P<column>\d+)"#,
    )
});
static FILE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r#"^\s{0,2}(?P<file>(?:/|[A-Za-z]:\\|\.{0,2}/?)[^:*?"<>|]*\.(?:[cm]?[jt]sx?|vue|svelte|astro|html?|json[c5]?|mdx?))$"#,
    )
});

/// Reads all problems of all files, which stand in one line. Of those that a comment allows, none.
fn read_json(line: &Arc<Printed>, found: &mut Vec<Diagnostic>) {
    let (mut path, mut allowed) = (String::new(), false);
    for part in JSON.iter().flat_map(|json| json.captures_iter(&line.text)) {
        if let Some(file) = part.name("file") {
            path = unescaped(file.as_str());
            allowed = false;
        } else if part.name("suppressed").is_some() {
            allowed = true;
        } else if !allowed {
            let mut diagnostic = Diagnostic::new("error", line).with("file", &path);
            diagnostic.set("message", &unescaped(group(&part, "message")));
            for name in ["line", "column", "rule"] {
                diagnostic.set(name, group(&part, name));
            }
            diagnostic.set("code", group(&part, "rule"));
            found.push(diagnostic);
        }
    }
}

#[derive(Default)]
struct State {
    file: Option<String>,
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if text.starts_with(['[', '{']) {
            read_json(line, found);
            return 0;
        }
        let stylish = STYLISH.take(text);
        let kind = if stylish.is_some() { "error" } else { "next-error" };
        if let Some(problem) = stylish.or_else(|| NEXT.take(text)) {
            if !group(&problem, "level").eq_ignore_ascii_case("warning") {
                let mut diagnostic = Diagnostic::new(kind, line);
                diagnostic.set("file", self.file.as_deref().unwrap_or_default());
                for name in ["line", "column", "message", "rule"] {
                    diagnostic.set(name, group(&problem, name));
                }
                diagnostic.set("code", group(&problem, "rule"));
                // yamllint and others print alike.
                if diagnostic.get("file").is_some() || diagnostic.get("rule").is_some() {
                    found.push(diagnostic);
                }
            }
            return PATIENCE;
        }
        if let Some(problem) = COMPACT.take(text).or_else(|| UNIX.take(text)) {
            let mut diagnostic = Diagnostic::new("error", line);
            for name in ["file", "line", "column", "message", "rule"] {
                diagnostic.set(name, group(&problem, name));
            }
            diagnostic.set("code", group(&problem, "rule"));
            found.push(diagnostic);
            return 0;
        }
        if let Some(file) = FILE.take(text) {
            self.file = Some(group(&file, "file").trim().to_owned());
            return PATIENCE;
        }
        0
    }

    fn rest(&mut self, _found: &mut Vec<Diagnostic>) {
        self.file = None;
    }
}
