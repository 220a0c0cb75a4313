//! `go test -json` and `go build -json`: one event a line.
//!
//! Source: `go doc test2json` and `go help buildjson`. Before Go 1.24 the compiler's messages stand between the events
//! as plain lines; since then they are `build-output` events with an `ImportPath`, and the package's `fail` event
//! names the `FailedBuild`. An `Output` may be a piece of a line; pieces are joined for each test.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Builder, Scope, clean};
use crate::model::{LineRole, StepRef};
use crate::pieces::Pieces;

/// A line that never ends is handed on in pieces of this size.
const PARTIAL_LIMIT: usize = 64 << 10;
/// So many tests are followed at a time.
const TESTS_KEPT: usize = 4_096;
/// The keys with which an event may start.
const KEYS: [&[u8]; 4] = [b"{\"Time\":\"", b"{\"Action\":\"", b"{\"ImportPath\":\"", b"{\"Package\":\""];

#[derive(Default)]
pub(super) struct GoTestJson {
    /// All tests but the current one.
    tests: BTreeMap<(String, String), Printed>,
    /// The test or package that printed last. Mostly the next event is of the same.
    current: Option<(String, String, Printed)>,
    scratch: Vec<u8>,
    /// Memory for the text of an event.
    text: Vec<u8>,
}

/// What a test or package has printed.
#[derive(Default)]
struct Printed {
    /// The line that has not ended yet.
    partial: Vec<u8>,
    /// Was anything printed?
    any: bool,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event<'j> {
    #[serde(borrow)]
    action: Cow<'j, str>,
    #[serde(borrow, default)]
    package: Cow<'j, str>,
    #[serde(borrow, default)]
    import_path: Cow<'j, str>,
    #[serde(borrow, default)]
    test: Cow<'j, str>,
    #[serde(borrow, default)]
    output: Cow<'j, str>,
    #[serde(borrow, default)]
    failed_build: Cow<'j, str>,
}

impl Builder for GoTestJson {
    fn name(&self) -> &'static str {
        "go-test-json"
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        if line.first() != Some(&b'{') || !KEYS.iter().any(|key| line.starts_with(key)) {
            return false;
        }
        let mut text = std::mem::take(&mut self.text);
        let taken = match plain_event(line) {
            Some((event, output)) if unescape(output, &mut text) => self.event(&event, &text, scope),
            _ => serde_json::from_slice::<Event<'_>>(line)
                .is_ok_and(|event| self.event(&event, event.output.as_bytes(), scope)),
        };
        self.text = text;
        taken
    }

    fn finish(&mut self, scope: &mut Scope<'_>) {
        self.put_back();
        for ((owner, _), mut printed) in std::mem::take(&mut self.tests) {
            scope.strand = strand(&owner);
            printed.flush(&mut self.scratch, scope);
        }
    }
}

impl GoTestJson {
    fn event(&mut self, event: &Event<'_>, output: &[u8], scope: &mut Scope<'_>) -> bool {
        let owner = if event.package.is_empty() { &event.import_path } else { &event.package };
        scope.strand = strand(owner);
        match &*event.action {
            "output" | "build-output" => self.output(owner, &event.test, output, scope),
            "pass" | "fail" | "skip" | "bench" | "build-fail" => self.ended(owner, event, scope),
            "start" | "run" | "pause" | "cont" | "attr" => {}
            _ => return false,
        }
        true
    }

    /// Reads a line that a builder's step printed, if it has this shape.
    pub(super) fn read_in_step(&mut self, step: StepRef, line: &[u8], scope: &mut Scope<'_>) -> bool {
        if line.first() != Some(&b'{') {
            return false;
        }
        let before = scope.builds.ambient();
        scope.builds.set_ambient(Some(step));
        let taken = self.read(line, scope);
        scope.builds.set_ambient(before);
        taken
    }

    fn output(&mut self, owner: &str, test: &str, text: &[u8], scope: &mut Scope<'_>) {
        self.make_current(owner, test, scope);
        let Some((_, _, printed)) = &mut self.current else { return };
        let mut rest = text;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            printed.partial.extend_from_slice(rest.head(end));
            printed.emit(&mut self.scratch, scope);
            rest = rest.tail(end + 1);
        }
        printed.partial.extend_from_slice(rest);
        if printed.partial.len() > PARTIAL_LIMIT {
            printed.emit(&mut self.scratch, scope);
        }
    }

    fn make_current(&mut self, owner: &str, test: &str, scope: &mut Scope<'_>) {
        if self.is_current(owner, test) {
            return;
        }
        self.put_back();
        let key = (owner.to_owned(), test.to_owned());
        let known = self.tests.remove(&key);
        let full = known.is_none() && self.tests.len() >= TESTS_KEPT;
        if let Some(((other, _), mut printed)) = full.then(|| self.tests.pop_first()).flatten() {
            scope.strand = strand(&other);
            printed.flush(&mut self.scratch, scope);
            scope.strand = strand(owner);
        }
        self.current = Some((key.0, key.1, known.unwrap_or_default()));
    }

    fn is_current(&self, owner: &str, test: &str) -> bool {
        self.current.as_ref().is_some_and(|(of, name, _)| of == owner && name == test)
    }

    fn put_back(&mut self) {
        self.tests.extend(self.current.take().map(|(owner, test, printed)| ((owner, test), printed)));
    }

    fn ended(&mut self, owner: &str, event: &Event<'_>, scope: &mut Scope<'_>) {
        let known = if self.is_current(owner, &event.test) {
            self.current.take().map(|(_, _, printed)| printed)
        } else if self.tests.is_empty() {
            None
        } else {
            self.tests.remove(&(owner.to_owned(), event.test.to_string()))
        };
        let mut printed = known.unwrap_or_default();
        printed.flush(&mut self.scratch, scope);
        if printed.any || !matches!(&*event.action, "fail" | "build-fail") {
            return;
        }
        // Nothing was printed: say it as `go test` itself does.
        let text = match (&*event.test, &*event.failed_build) {
            (_, failed) if !failed.is_empty() => format!("FAIL\t{owner} [build failed]"),
            ("", _) => format!("FAIL\t{owner}"),
            (test, _) => format!("--- FAIL: {test}"),
        };
        let ambient = scope.builds.ambient();
        scope.emit(ambient, LineRole::Output, text.as_bytes());
    }
}

/// Reads an event by hand that is as Go writes it: an object of texts, of which only the output holds escapes, and of plain numbers.
/// `None`: the line may be anything. The second part is the output, still escaped.
fn plain_event(line: &[u8]) -> Option<(Event<'_>, &[u8])> {
    // All bytes at once, which is faster than to stop at the first.
    if line.iter().fold(false, |control, byte| control | (*byte < b' ')) {
        return None;
    }
    let line = std::str::from_utf8(line).ok()?;
    let mut event = Event::default();
    let mut output = "";
    let mut seen = 0u32;
    let mut rest = line.strip_prefix('{')?;
    loop {
        let inner = rest.strip_prefix('"')?;
        let key = inner.head(memchr::memchr(b'"', inner.as_bytes())?);
        let value = inner.tail(key.len() + 1).strip_prefix(':')?;
        // Each key once, or it is no event to the exact reader.
        let place = NAMES.iter().position(|name| *name == key)?;
        if seen & (1 << place) != 0 {
            return None;
        }
        seen |= 1 << place;
        let Some(text) = value.strip_prefix('"') else {
            // `0`, `0.213`
            let number = value.find([',', '}']).map(|end| value.head(end))?;
            let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if key != "Elapsed" || !digits(whole) || !digits(part) || (whole.len() > 1 && whole.starts_with('0')) {
                return None;
            }
            rest = value.tail(number.len());
            match rest {
                "}" => break,
                _ => rest = rest.tail(1),
            }
            continue;
        };
        let mut end = memchr::memchr(b'"', text.as_bytes())?;
        if key == "Output" {
            // A quotation mark behind an odd number of backslashes belongs to the text.
            while text.as_bytes().head(end).iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1 {
                end += 1 + memchr::memchr(b'"', text.as_bytes().tail(end + 1))?;
            }
            output = text.head(end);
        } else {
            let value = text.head(end);
            if value.contains('\\') {
                return None;
            }
            let field = match key {
                "Action" => Some(&mut event.action),
                "Package" => Some(&mut event.package),
                "ImportPath" => Some(&mut event.import_path),
                "Test" => Some(&mut event.test),
                "FailedBuild" => Some(&mut event.failed_build),
                _ => None,
            };
            field.into_iter().for_each(|field| *field = Cow::Borrowed(value));
        }
        match text.tail(end + 1) {
            "}" => break,
            more => rest = more.strip_prefix(',')?,
        }
    }
    (!event.action.is_empty()).then_some((event, output.as_bytes()))
}

/// The keys of events as Go writes them.
const NAMES: [&str; 8] = ["Time", "Action", "Package", "Test", "Output", "ImportPath", "Elapsed", "FailedBuild"];

/// Takes the escapes of a JSON text away. `false` where that takes more than a look at one: halves of a character, or mistakes.
fn unescape(text: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(rest.head(at));
        let plain = match rest.get(at + 1) {
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(same @ (b'"' | b'\\' | b'/')) => *same,
            Some(b'u') => {
                let digits = rest.get(at + 2..at + 6).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
                let number = digits.and_then(|digits| std::str::from_utf8(digits).ok());
                let number = number.and_then(|digits| u32::from_str_radix(digits, 16).ok());
                // Half a character is none.
                let Some(character) = number.and_then(char::from_u32) else { return false };
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = rest.tail(at + 6);
                continue;
            }
            _ => return false,
        };
        out.push(plain);
        rest = rest.tail(at + 2);
    }
    out.extend_from_slice(rest);
    true
}

/// Packages are tested at the same time: tells their lines apart.
fn strand(owner: &str) -> u32 {
    let hash = owner.bytes().fold(0x811c_9dc5u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash.max(1)
}

impl Printed {
    fn emit(&mut self, scratch: &mut Vec<u8>, scope: &mut Scope<'_>) {
        self.any = true;
        let ambient = scope.builds.ambient();
        clean::segments(&self.partial, scratch, |text| scope.emit(ambient, LineRole::Output, text));
        self.partial.clear();
    }

    fn flush(&mut self, scratch: &mut Vec<u8>, scope: &mut Scope<'_>) {
        if !self.partial.is_empty() {
            self.emit(scratch, scope);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    #[test]
    fn events_read_by_hand_say_what_the_exact_reader_says() {
        let lines = [
            r#"{"Time":"2026-07-01T09:00:00Z","Action":"output","Package":"p","Test":"A","Output":"a \"b\" \\ \\\" \t\u003cnil\u003e\r é\n"}"#,
            r#"{"Action":"pass","Package":"p","Elapsed":0.213}"#,
            r#"{"Action":"pass","Package":"p","Elapsed":0}"#,
            r#"{"ImportPath":"p [p.test]","Action":"build-fail"}"#,
            r#"{"Action":"fail","Package":"p","Elapsed":1,"FailedBuild":"p [p.test]"}"#,
            // What needs the exact reader, or is no event.
            r#"{"Action":"output","Output":"\ud83d\ude00 half \\u12"}"#,
            r#"{"Action":"output","Output":"\ud83d"}"#,
            r#"{"Action":"output","Output":"\x"}"#,
            r#"{"Action":"output","Output":"a\"}"#,
            r#"{"Action":"output","Output":"a"#,
            r#"{"Action":"output","Output":"a\"#,
            r#"{"Action":"pass","Elapsed":01}"#,
            r#"{"Action":"pass","Elapsed":1.}"#,
            r#"{"Action":"pass","Elapsed":1e3}"#,
            r#"{"Action":"pass","Elapsed":}"#,
            r#"{"Action":"pass","Elapsed":1"#,
            r#"{"Action":"pass","Elapsed":1,}"#,
            r#"{"Action":"pass","Action":"fail"}"#,
            r#"{"Action":"pa\u0073s"}"#,
            r#"{"Action": "pass"}"#,
            r#"{"Action":"pass","More":[1]}"#,
            r#"{"Action":"pass"}}"#,
            r#"{"Action":"pass",}"#,
            r#"{"Action":1}"#,
            r#"{"Test":"A"}"#,
            r#"{"Action":""}"#,
            "{\"Action\":\"output\",\"Output\":\"a\tb\"}",
            "{}",
            "{",
        ];
        let mut by_hand = 0;
        for line in lines {
            let mut text = Vec::new();
            let plain = plain_event(line.as_bytes()).filter(|(_, output)| unescape(output, &mut text));
            let Some((event, _)) = plain else { continue };
            by_hand += 1;
            let mut exact: Event<'_> = serde_json::from_str(line).unwrap();
            let output = std::mem::take(&mut exact.output);
            assert_eq!((event, String::from_utf8_lossy(&text)), (exact, output), "{line}");
        }
        assert_eq!(by_hand, 5);
        let none = plain_event(b"{\"Action\":\"\xff\"}");
        assert_eq!(none, None);
    }

    #[test]
    fn build_output_since_go_1_24() {
        let log = r##"{"ImportPath":"example.com/m [example.com/m.test]","Action":"build-output","Output":"# example.com/m [example.com/m.test]\n"}
{"ImportPath":"example.com/m [example.com/m.test]","Action":"build-output","Output":"./a_test.go:5:2: undefined: foo\n"}
{"ImportPath":"example.com/m [example.com/m.test]","Action":"build-fail"}
{"Time":"2026-11-21T10:26:03.8Z","Action":"start","Package":"example.com/m"}
{"Time":"2026-11-21T10:26:03.8Z","Action":"output","Package":"example.com/m","Output":"FAIL\texample.com/m [build failed]\n"}
{"Time":"2026-11-21T10:26:03.8Z","Action":"fail","Package":"example.com/m","Elapsed":0,"FailedBuild":"example.com/m [example.com/m.test]"}
"##;
        let (lines, reader) = read(log.as_bytes());
        assert_eq!(
            lines,
            [
                "1 - O # example.com/m [example.com/m.test]",
                "2 - O ./a_test.go:5:2: undefined: foo",
                "5 - O FAIL\texample.com/m [build failed]",
            ]
        );
        assert_eq!(reader.dialects(), ["go-test-json"]);
    }

    #[test]
    fn events_inside_a_step_are_read() {
        let log = r#"#7 [2/2] RUN go test -json ./...
#7 0.312 {"Action":"output","Package":"p","Test":"A","Output":"    a_test.go:3: got 1, "}
#7 0.313 {"Action":"output","Package":"p","Test":"A","Output":"want 2\n"}
#7 0.314 {"Action":"fail","Package":"p","Elapsed":0}
#7 0.315 {"a": 1}
"#;
        let (lines, _) = read(log.as_bytes());
        assert_eq!(lines[1..], ["3 1:7 O     a_test.go:3: got 1, want 2", "4 1:7 O FAIL\tp", "5 1:7 O {\"a\": 1}"]);
    }

    #[test]
    fn pieces_are_joined_for_each_test() {
        let log = r#"{"Action":"run","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Test":"A","Output":"one "}
{"Action":"output","Package":"p","Test":"B","Output":"two\n"}
{"Action":"output","Package":"p","Test":"A","Output":"\u001b[31mline\u001b[0m\n"}
{"Action":"output","Package":"p","Test":"A","Output":"no line feed"}
{"Action":"fail","Package":"p","Test":"A","Elapsed":0}
{"Action":"fail","Package":"p","Test":"C","Elapsed":0}
{"Action":"pass","Package":"p","Test":"D"}
{"Action":"other"}
"#;
        let (lines, _) = read(log.as_bytes());
        assert_eq!(
            lines,
            ["3 - O two", "4 - O one line", "6 - O no line feed", "7 - O --- FAIL: C", "9 - O {\"Action\":\"other\"}"]
        );
    }
}
