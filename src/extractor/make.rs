//! make and ninja, which run what others print: `make: *** [Makefile:3: all] Error 1`, and ninja's `FAILED: main.o`, below it the command
//! and all that the command printed.
//!
//! ninja keeps the output of a command together, so what stands there belongs to it however many run at once. make does not. Since
//! ninja 1.13 the exit code is told (`FAILED: [code=1] main.o`). make names the Makefile and its line since 4.0. Sources: GNU make,
//! src/job.c and its po/ folder; ninja, src/status_printer.cc.

use std::sync::{Arc, LazyLock};

use super::shape::{LazyPattern, Take, group, pattern};
use super::{Diagnostic, Kind, Printed, Reader, Reading, Trigger};

pub(super) static READER: Reader = Reader {
    name: "make",
    kinds: &[
        Kind { name: "target", always: &["target"], sometimes: &["file", "line", "code", "signal"] },
        Kind { name: "edge", always: &["target", "command"], sometimes: &["message", "code"] },
    ],
    triggers: &[
        Trigger {
            texts: &["make: *** [", "]: *** [", "make.exe: *** ["],
            shape: r"^\S*make(?:\.exe)?(?:\[\d+\])?: \*\*\* \[",
        },
        Trigger { texts: &["failed: "], shape: r"^FAILED: (?:\[code=-?\d+\] )?\S" },
    ],
    start: || Box::new(State::default()),
};

/// How many lines of a command's output are read.
const LONGEST: usize = 200;

static TARGET: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"^\S*make(?:\.exe)?(?:\[\d+\])?: \*\*\* \[(?:(?P<file>(?:[A-Za-z]:)?[^\]:]+):(?P<line>\d+): )?(?P<target>[^\]]+)\] (?:(?:Error|Fehler|Erreur|エラー|错误|錯誤|Ошибка|Błąd|Erro|Errore|Fout|오류|Помилка|Hata|Fel|Fejl|Virhe|Chyba|Lỗi) (?P<code>-?\d+|0x[0-9A-Fa-f]+)|(?P<signal>\p{L}[\p{L} ]*?)(?: \((?:core dumped|Speicherabzug geschrieben)\))?)\s*$",
    )
});
static FAILED: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"^FAILED: (?:\[code=(?P<code>-?\d+)\] )?(?P<target>\S.*?)\s*$"));
/// What ninja prints in front of what it does.
static STATUS: LazyLock<LazyPattern> = LazyLock::new(|| pattern(r"^\[[^\]]*\d+/\d+[^\]]*\] ?"));
static COMPLAINS: LazyLock<LazyPattern> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:\berrors?\b|\bfatal\b|\bfail(?:ed|ure)?\b|\bcannot\b|can't|could not|unable|not found|no such|denied|invalid|unknown|undefined|missing|unexpected|exception|traceback|panic|killed|unrecognized|unsupported|expected )",
    )
});
/// Warnings, counts of nothing, and what only shows the source.
static HARMLESS: LazyLock<LazyPattern> =
    LazyLock::new(|| pattern(r"(?i)(?:\bwarning\b|\bnote: |\b0 (?:errors|fail)|^\s*\d* ?\|)"));

#[derive(Default)]
struct State {
    /// The line above is one of ninja's.
    status: bool,
    open: Option<Open>,
}

struct Open {
    diagnostic: Diagnostic,
    /// The line that says what is wrong, and whether it sounds like that.
    said: Option<(Arc<Printed>, bool)>,
    read: usize,
}

impl State {
    fn close(&mut self, found: &mut Vec<Diagnostic>) {
        let Some(Open { mut diagnostic, said, .. }) = self.open.take() else { return };
        if diagnostic.get("command").is_none() {
            return;
        }
        if let Some((line, _)) = said {
            diagnostic.set("message", &line.text);
            diagnostic.line = line;
        }
        found.push(diagnostic);
    }
}

/// What CMake puts around a command.
fn bare(command: &str) -> &str {
    let command = command.trim();
    let command = command.strip_prefix(": && ").unwrap_or(command);
    command.strip_suffix(" && :").unwrap_or(command)
}

impl Reading for State {
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize {
        let text = line.text.as_str();
        if let Some(target) = TARGET.take(text) {
            let mut diagnostic = Diagnostic::new("target", line);
            for name in ["target", "file", "line", "code", "signal"] {
                diagnostic.set(name, group(&target, name));
            }
            found.push(diagnostic);
            return 0;
        }
        let status = STATUS.fits(text);
        if let Some(failed) = FAILED.take(text).filter(|_| self.status) {
            self.close(found);
            let diagnostic = Diagnostic::new("edge", line)
                .with("target", group(&failed, "target"))
                .with("code", group(&failed, "code"));
            self.open = Some(Open { diagnostic, said: None, read: 0 });
            return 2;
        }
        self.status = status;
        let Some(open) = &mut self.open else { return 0 };
        open.read += 1;
        open.diagnostic.until = line.number;
        if status || text.starts_with("ninja: ") || text.starts_with("samu: ") || open.read > LONGEST {
            self.close(found);
            return 1;
        }
        if open.diagnostic.get("command").is_none() {
            open.diagnostic.set("command", bare(text));
        } else if !text.trim().is_empty() && !open.said.as_ref().is_some_and(|(_, sounds)| *sounds) {
            // The first line that sounds like it, else the last one.
            let sounds = COMPLAINS.fits(text) && !HARMLESS.fits(text);
            open.said = Some((Arc::clone(line), sounds));
        }
        1
    }

    fn rest(&mut self, found: &mut Vec<Diagnostic>) {
        self.close(found);
        self.status = false;
    }
}
