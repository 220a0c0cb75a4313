//! esbuild and what uses it (Angular, Vite): `✘ [ERROR] Could not resolve "./x"`, a blank line, `    src/a.ts:1:16:`, the source.
//!
//! Source: internal/logger/logger.go. `▲ [WARNING]` is no finding.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "esbuild",
    kinds: &[Kind {
        name: "error",
        always: &["message", "file", "line", "column"],
        sometimes: &["plugin", "code", "module"],
    }],
    triggers: &[Trigger { texts: &[" [error] "], shape: r"^\S{1,8} \[ERROR\] \S" }],
    start: || Box::new(State::default()),
};

static HEAD: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\S{1,8} \[ERROR\] (?P<message>(?:(?P<code>TS-?\d{4,6}|NG-?\d{3,6}): )?\S.*?)(?: \[plugin (?P<plugin>[\w:-]+)\])?$",
    )
});
static PLACE: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^\s{2,6}(?P<file>(?:[A-Za-z]:)?[^\s:][^:]*\.\w+):(?P<line>\d+):(?P<column>\d+):?$"));
static MODULE: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r#"^Could not resolve "(?P<module>[^"]+)"$"#));

#[derive(Default)]
struct State {
    open: Option<Diagnostic>,
    read: usize,
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(head) = HEAD.take(text) {
            let mut open = Diagnostic::new("error", line);
            for name in ["message", "code", "plugin"] {
                open.set(name, group(&head, name));
            }
            if let Some(module) = MODULE.take(group(&head, "message")) {
                open.set("module", group(&module, "module"));
            }
            self.open = Some(open);
            self.read = 0;
            return 6;
        }
        let Some(mut open) = self.open.take() else { return 0 };
        self.read += 1;
        if let Some(place) = PLACE.take(text) {
            for name in ["file", "line", "column"] {
                open.set(name, group(&place, name));
            }
            found.push(open);
        } else if self.read < 6 {
            self.open = Some(open);
        }
        0
    }

    fn rest(&mut self, _found: &mut Vec<Diagnostic>) {
        self.open = None;
    }
}
