//! Tools that object to files of the build itself: protoc, CMake and hadolint.
//!
//! Shapes: `api.proto:5:1: "Foo" is not defined.`, with `warning: ` in front of what is none; `CMake Error at CMakeLists.txt:12
//! (message):` with the text indented below, without a command where the file does not parse; `Dockerfile:3 DL3006 error: …`, with
//! `-f gnu` `hadolint:Dockerfile:3: DL3006 error: …`. Sources: google/protobuf/compiler/command_line_interface.cc,
//! Source/cmMessenger.cxx, Hadolint/Formatter/TTY.hs.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "build-files",
    kinds: &[
        Kind { name: "protoc", always: &["message", "file", "line", "column"], sometimes: &[] },
        Kind { name: "cmake", always: &["file", "line"], sometimes: &["command", "message"] },
        Kind { name: "hadolint", always: &["message", "file", "line", "code"], sometimes: &[] },
    ],
    triggers: &[
        Trigger { texts: &[".proto:"], shape: r"^[^\s:]+\.proto:\d+:\d+: \S" },
        Trigger { texts: &["cmake error at "], shape: r"^\s*CMake Error at [^:]+:\d+(?: \(\w+\))?:" },
        Trigger { texts: &[" error: "], shape: r"^(?:hadolint:)?[^\s:]+:\d+:? (?:DL|SC)\d{4} (?:\S*)error(?:\S*): \S" },
    ],
    start: || Box::new(State::default()),
};

static PROTOC: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^(?P<file>[^\s:]+\.proto):(?P<line>\d+):(?P<column>\d+): (?P<message>\S.*)$"));
static CMAKE: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^\s*CMake Error at (?P<file>[^:]+):(?P<line>\d+)(?: \((?P<command>\w+)\))?:(?: (?P<message>\S.*))?$")
});
static HADOLINT: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(r"^(?:hadolint:)?(?P<file>[^\s:]+):(?P<line>\d+):? (?P<code>(?:DL|SC)\d{4}) error: (?P<message>\S.*)$")
});

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    text: String,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let text = std::mem::take(&mut self.text);
        let Some(mut open) = self.open.take() else { return };
        open.set("message", &text);
        found.push(open);
    }
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(head) = CMAKE.take(text) {
            self.close(found);
            let mut open = Diagnostic::new("cmake", line);
            for name in ["file", "line", "command", "message"] {
                open.set(name, group(&head, name));
            }
            self.open = Some(open);
            return 10;
        }
        if let Some(protoc) = PROTOC.take(text) {
            self.close(found);
            // `[libprotobuf WARNING …]` and `warning:` go on.
            if !group(&protoc, "message").to_ascii_lowercase().starts_with("warning") {
                let mut diagnostic = Diagnostic::new("protoc", line);
                for name in ["file", "line", "column", "message"] {
                    diagnostic.set(name, group(&protoc, name));
                }
                found.push(diagnostic);
            }
            return 0;
        }
        if let Some(hadolint) = HADOLINT.take(text) {
            self.close(found);
            let mut diagnostic = Diagnostic::new("hadolint", line);
            for name in ["file", "line", "code", "message"] {
                diagnostic.set(name, group(&hadolint, name));
            }
            found.push(diagnostic);
            return 0;
        }
        if self.open.is_none() {
            return 0;
        }
        let indented = text.starts_with("  ");
        // A colon announces one more paragraph: the name of a file, a list.
        let whole = !self.text.is_empty() && !self.text.ends_with(':');
        if (!indented && !text.trim().is_empty()) || (text.trim().is_empty() && whole) {
            self.close(found);
        } else if indented {
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            self.text.push_str(text.trim());
        }
        0
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
    }
}
