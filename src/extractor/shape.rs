//! Pieces of text that several tools print alike.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::Diagnostic;
use crate::pieces::Pieces;

/// Compiles a pattern of this module's own; one that does not compile matches nothing. Digits are those of ASCII: tools number
/// lines with no others, and those of all scripts make a regex ten times as large.
pub(super) fn pattern(text: &'static str) -> LazyPattern {
    Regex::new(&ascii_digits(text)).ok()
}

/// Writes `[0-9]` for `\d`.
fn ascii_digits(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 32);
    let mut in_class = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('d') => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
                escaped => {
                    out.push(c);
                    out.extend(escaped);
                }
            },
            '[' | ']' => {
                in_class = c == '[';
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// A pattern of a reader.
pub(super) type LazyPattern = Option<Regex>;

/// What a pattern takes from a text.
pub(super) trait Take {
    /// The groups of the first match.
    fn take<'t>(&self, text: &'t str) -> Option<Captures<'t>>;
    /// Does it match?
    fn fits(&self, text: &str) -> bool;
}

impl Take for LazyLock<LazyPattern> {
    fn take<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.as_ref().and_then(|regex| regex.captures(text))
    }

    fn fits(&self, text: &str) -> bool {
        self.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

/// The text of a group, empty where it took no part.
pub(super) fn group<'t>(captures: &Captures<'t>, name: &str) -> &'t str {
    captures.name(name).map_or("", |found| found.as_str())
}

/// A frame of a JavaScript stack: `at f (file:line:column)`, ` ❯ file:line:column`.
static JS_FRAME: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\s*(?:at (?:.*[( ])?|❯ (?:\S+ )?)(?:file://)?(?P<file>(?:[A-Za-z]:)?[^\s():]+):(?P<line>\d+):(?P<column>\d+)\)?$",
    )
});

/// Where a frame of a JavaScript stack is, if it is in the project's own code.
pub(super) fn own_js_frame(text: &str) -> Option<(&str, &str, &str)> {
    let frame = JS_FRAME.take(text)?;
    let file = group(&frame, "file");
    let foreign = file.contains("node_modules") || file.starts_with("node:") || file.starts_with("internal/");
    (!foreign && !file.starts_with('<')).then(|| (file, group(&frame, "line"), group(&frame, "column")))
}

/// Is it a frame of a JavaScript stack at all?
pub(super) fn is_js_frame(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("at ") || text.starts_with("❯ ")
}

/// Is this Python file part of an installation, not of the project?
pub(super) fn is_foreign_python(file: &str) -> bool {
    ["site-packages", "dist-packages", "/lib/python", "/lib64/python", "importlib", "<frozen", "<string>"]
        .iter()
        .any(|mark| file.contains(mark))
}

/// A frame of a Java stack: `at com.example.App.load(App.java:2)`, with a module or class loader in front.
static JAVA_FRAME: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\s*at (?:[\w.@$-]*/+)*(?P<class>[\w.$]+)\.[^.()]+\((?P<file>[\w$]+\.(?:java|kt|groovy|scala)):(?P<line>\d+)\)",
    )
});
/// Packages that are no project's own.
const JAVA_LIBRARIES: &[&str] = &[
    "java.",
    "javax.",
    "jdk.",
    "sun.",
    "com.sun.",
    "kotlin.",
    "kotlinx.",
    "scala.",
    "groovy.",
    "org.codehaus.groovy.",
    "org.junit.",
    "junit.",
    "org.opentest4j.",
    "org.gradle.",
    "org.apache.",
    "org.assertj.",
    "org.hamcrest.",
    "org.mockito.",
    "org.springframework.",
    "org.testng.",
    "io.kotest.",
    "worker.",
    "org.hibernate.",
    "com.google.common.",
    "io.netty.",
    "reactor.",
    "org.spockframework.",
    "com.fasterxml.",
    "org.eclipse.",
    "com.intellij.",
    "net.bytebuddy.",
    "io.mockk.",
    "org.scalatest.",
    "com.zaxxer.",
    "org.postgresql.",
];

/// Where a frame of a Java stack is, if it is in the project's own code.
pub(super) fn own_java_frame(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    if !text.starts_with("at ") {
        return None;
    }
    let frame = JAVA_FRAME.take(text)?;
    let class = group(&frame, "class");
    (!JAVA_LIBRARIES.iter().any(|library| class.starts_with(library)))
        .then(|| (group(&frame, "file"), group(&frame, "line")))
}

/// What should have come and what came, in the words of the assertions of JUnit, TestNG, Hamcrest, Kotest and MSTest.
static SIDES: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"(?i)expected:? ?(?P<open>[<\[])(?P<expected>.*?)[>\]]\.? ?(?:but (?:was|found|had)|actual):? ?[<\[](?P<got>.*?)[>\]]\.?(?:$|\s)",
    )
});

/// The two sides of an assertion that names both in one line: expected, then got.
pub(super) fn both_sides(text: &str) -> Option<(&str, &str)> {
    SIDES.take(text).map(|sides| (group(&sides, "expected"), group(&sides, "got")))
}

/// `file.go:12:` and what stands behind it.
pub(super) struct GoPlace<'t> {
    pub file: &'t str,
    pub line: &'t str,
    pub rest: &'t str,
}

/// Reads the place of a Go file at the start of a text; a drive may stand in front of it.
pub(super) fn go_place(text: &str) -> Option<GoPlace<'_>> {
    let bytes = text.as_bytes();
    let drive = if bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':') { 2 } else { 0 };
    let end = drive + text.tail(drive).find(|c: char| c == ':' || c.is_whitespace())?;
    let stem = text.part(drive..end).strip_suffix(".go")?;
    let (line, rest) = number(text.tail(end).strip_prefix(':')?)?;
    let rest = rest.strip_prefix(':')?;
    (!stem.is_empty()).then_some(GoPlace { file: text.head(end), line, rest })
}

/// The digits at the start of a text, at least one, and the rest.
pub(super) fn number(text: &str) -> Option<(&str, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| text.split_at(digits))
}

/// A cause below an error of JavaScript: Node's `[cause]: TypeError: …`, Mocha's and Vitest's `Caused by: …`.
static JS_CAUSE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s*(?:\[cause\]: |Caused by: )(?P<message>\S.*?)(?: \{)?$"));

/// What a line names as the cause of the error above it.
pub(super) fn js_cause(text: &str) -> Option<&str> {
    JS_CAUSE.take(text).and_then(|cause| cause.name("message")).map(|message| message.as_str())
}

/// Puts the innermost cause behind the message of the error that wraps it.
pub(super) fn add_cause(diagnostic: &mut Diagnostic, cause: Option<String>) {
    let Some(cause) = cause else { return };
    if let Some((_, message)) = diagnostic.captures.iter_mut().find(|(name, _)| *name == "message") {
        message.push_str(&format!(" (caused by {cause})"));
        let length = super::cut(message, super::CAPTURE_LIMIT).len();
        message.truncate(length);
    }
    diagnostic.set("cause", &cause);
}

/// A string of JSON, without its quotes, as it was meant. What is no escape stays as it is.
pub(super) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut chars = escape.chars();
        let meant = match chars.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b' | 'f') => ' ',
            Some('u') => {
                let (meant, length) = code_point(escape.tail(1));
                chars = escape.tail(1 + length).chars();
                meant
            }
            Some(other) => other,
            None => '\\',
        };
        out.push(meant);
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

/// What the digits behind `\u` stand for, and how many bytes say so: a pair of surrogates is one character.
fn code_point(text: &str) -> (char, usize) {
    let unit = |at: usize| {
        let digits = text.part(at..at + 4);
        u16::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 4)
    };
    let Some(first) = unit(0) else { return (char::REPLACEMENT_CHARACTER, 0) };
    let second = text.part(4..6).starts_with("\\u").then(|| unit(6)).flatten();
    match (char::from_u32(u32::from(first)), second) {
        (Some(meant), _) => (meant, 4),
        (None, Some(second)) => match char::decode_utf16([first, second]).next() {
            Some(Ok(meant)) => (meant, 10),
            _ => (char::REPLACEMENT_CHARACTER, 4),
        },
        (None, None) => (char::REPLACEMENT_CHARACTER, 4),
    }
}

/// One side of a diff of values: the comma behind it belongs to the list that it stands in.
pub(super) fn side(value: &str) -> &str {
    value.strip_suffix(',').unwrap_or(value)
}

/// unittest's comparison. By custom what came stands on the left.
static DIFFERS: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^(?:AssertionError: )?(?:\w+ differ: )?(?P<got>[^!]+?) != (?P<expected>[^!]+?)(?: : .*)?$")
});

/// The sides of unittest's `1 != 2 : the message`: expected, then got.
pub(super) fn unittest_sides(text: &str) -> Option<(&str, &str)> {
    DIFFERS.take(text).map(|sides| (group(&sides, "expected"), group(&sides, "got")))
}

/// Is this Go file part of Go itself or of a dependency?
pub(super) fn is_foreign_go(file: &str) -> bool {
    ["/go/src/", "/pkg/mod/", "/vendor/", "/libexec/src/", "/hostedtoolcache/", "/usr/lib/go", "_testmain.go"]
        .iter()
        .any(|mark| file.contains(mark))
        && !is_below_gopath_src(file)
}

/// `/go/src/` is also where a project lies in GOPATH mode: there the path goes on with a host.
fn is_below_gopath_src(file: &str) -> bool {
    let inner = file.split_once("/go/src/").map(|(_, inner)| inner);
    inner.is_some_and(|inner| inner.split('/').next().is_some_and(|host| host.contains('.') && !host.ends_with(".go")))
        && !file.contains("/pkg/mod/")
        && !file.contains("/vendor/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_ascii() {
        assert_eq!(ascii_digits(r"^\d+[\d.]\[\d\\d[^\]\d]"), r"^[0-9]+[0-9.]\[[0-9]\\d[^\]0-9]");
        assert!(pattern(r"^\d$").is_some_and(|digit| digit.is_match("7") && !digit.is_match("٣")));
    }

    #[test]
    fn frames_of_the_project() {
        assert_eq!(
            own_js_frame("      at Object.<anonymous> (src/a.test.js:5:17)"),
            Some(("src/a.test.js", "5", "17"))
        );
        assert_eq!(own_js_frame(" ❯ src/a.test.ts:5:17"), Some(("src/a.test.ts", "5", "17")));
        assert_eq!(own_js_frame(" ❯ add src/a.ts:5:17"), Some(("src/a.ts", "5", "17")));
        assert_eq!(own_js_frame("    at file:///app/a.mjs:3:9"), Some(("/app/a.mjs", "3", "9")));
        assert_eq!(own_js_frame("    at Test.run (node:internal/test_runner/test:797:9)"), None);
        assert_eq!(own_js_frame("    at x (/app/node_modules/expect/build/index.js:1:2)"), None);
        assert!(is_foreign_go("/usr/local/go/src/runtime/panic.go"));
        assert!(!is_foreign_go("/go/src/example.com/app/main.go"));
        let place = |text| go_place(text).map(|place| (place.file, place.line, place.rest));
        assert_eq!(place(r"C:\a\b.go:12:7: x"), Some((r"C:\a\b.go", "12", "7: x")));
        assert_eq!(place("größe/b.go:3: x"), Some(("größe/b.go", "3", " x")));
        for none in ["b.go: x", ".go:1: x", "b.go:1", "b c.go:1: x", "b.go :1: x", "b.go::", ""] {
            assert_eq!(place(none), None, "{none}");
        }
        assert!(!is_foreign_go("/src/main.go"));
    }
}
