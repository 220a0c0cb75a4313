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

/// A line that never ends is handed on in pieces of this size.
const PARTIAL_LIMIT: usize = 64 << 10;
/// So many tests are followed at a time.
const TESTS_KEPT: usize = 4_096;
/// The keys with which an event may start.
const KEYS: [&[u8]; 4] = [b"{\"Time\":\"", b"{\"Action\":\"", b"{\"ImportPath\":\"", b"{\"Package\":\""];

#[derive(Default)]
pub(super) struct GoTestJson {
    tests: BTreeMap<(String, String), Printed>,
    scratch: Vec<u8>,
}

/// What a test or package has printed.
#[derive(Default)]
struct Printed {
    /// The line that has not ended yet.
    partial: Vec<u8>,
    /// Was anything printed?
    any: bool,
}

#[derive(Deserialize)]
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
        let Ok(event) = serde_json::from_slice::<Event<'_>>(line) else { return false };
        let owner = if event.package.is_empty() { &event.import_path } else { &event.package };
        scope.strand = strand(owner);
        match &*event.action {
            "output" | "build-output" => self.output(owner, &event.test, event.output.as_bytes(), scope),
            "pass" | "fail" | "skip" | "bench" | "build-fail" => self.ended(owner, &event, scope),
            "start" | "run" | "pause" | "cont" | "attr" => {}
            _ => return false,
        }
        true
    }

    fn finish(&mut self, scope: &mut Scope<'_>) {
        for ((owner, _), mut printed) in std::mem::take(&mut self.tests) {
            scope.strand = strand(&owner);
            printed.flush(&mut self.scratch, scope);
        }
    }
}

impl GoTestJson {
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
        let key = (owner.to_owned(), test.to_owned());
        let full = self.tests.len() >= TESTS_KEPT && !self.tests.contains_key(&key);
        if let Some(((other, _), mut printed)) = full.then(|| self.tests.pop_first()).flatten() {
            scope.strand = strand(&other);
            printed.flush(&mut self.scratch, scope);
            scope.strand = strand(owner);
        }
        let printed = self.tests.entry(key).or_default();
        let mut rest = text;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            printed.partial.extend_from_slice(&rest[..end]);
            printed.emit(&mut self.scratch, scope);
            rest = &rest[end + 1..];
        }
        printed.partial.extend_from_slice(rest);
        if printed.partial.len() > PARTIAL_LIMIT {
            printed.emit(&mut self.scratch, scope);
        }
    }

    fn ended(&mut self, owner: &str, event: &Event<'_>, scope: &mut Scope<'_>) {
        let mut printed = self.tests.remove(&(owner.to_owned(), event.test.to_string())).unwrap_or_default();
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
