//! Lines of BuildKit that a terminal or a mail wrapped, where no width is known.
//!
//! Every line of a step starts with `#N` and a clock, so one that does not goes on with the line before; and a verdict names a process
//! whose exit code must follow. A terminal cuts at its width, in the middle of a word: then nothing in the log is wider. A mail wraps
//! at a blank, which is lost. Source: logs that people pasted. Only a log's first lines are looked at, and verdicts.

use memchr::memmem;

use super::buildkit_plain::{numbered, timed};
use super::lines::{RawLine, Sink};
use super::prefix::SEARCHED;
use super::stamps::rfc3339;

/// A shorter line was not wrapped.
const NARROWEST: usize = 50;
/// Mail programs wrap before this column.
const MAIL: usize = 80;
/// A line is wrapped over no more than this.
const LINES: usize = 12;
/// A longer line is not looked at.
const LINE_LIMIT: usize = 4 << 10;
/// How lines start that go on with none.
const STARTS: [&[u8]; 14] = [
    b"#",
    b"-",
    b"=",
    b">",
    b" > ",
    b" => ",
    b"ERROR",
    b"Error",
    b"error:",
    b"Dockerfile:",
    b"failed to ",
    b"[",
    b"{",
    b"::",
];

#[derive(Default)]
pub(super) struct Wrapped {
    /// A line that may go on, with what was found to belong to it.
    held: Vec<Part>,
    verdict: bool,
    widest: usize,
    /// How many lines are as wide as that.
    as_wide: u32,
    /// The widest line that a mail may have: what is longer had no blank to be wrapped at.
    widest_in_mail: usize,
}

struct Part {
    number: u64,
    offset: u64,
    joined: u32,
    bytes: Vec<u8>,
    width: usize,
}

impl Wrapped {
    /// Takes the next line and the number of physical lines that make it.
    pub(super) fn line(&mut self, line: RawLine<'_>, joined: u32, sink: &mut Sink<'_>) {
        let early = line.number <= SEARCHED;
        if self.held.is_empty() && !early && !may_be_verdict(line.bytes) {
            sink(line, joined);
            return;
        }
        let text = line.bytes.trim_ascii_end();
        let fits = !line.wide && !line.continued && line.bytes.len() <= LINE_LIMIT;
        if self.held.is_empty() && !early && !(fits && is_open_verdict(text)) {
            // What most lines of steps are.
            sink(line, joined);
            return;
        }
        let width = String::from_utf8_lossy(text).chars().count();
        let goes_on = fits && !self.held.is_empty() && self.goes_on(text, width);
        if early && width >= self.widest {
            self.as_wide = if width == self.widest { self.as_wide + 1 } else { 1 };
            self.widest = width;
        }
        if early && width <= MAIL {
            self.widest_in_mail = self.widest_in_mail.max(width);
        }
        let part =
            |bytes: &[u8]| Part { number: line.number, offset: line.offset, joined, bytes: bytes.to_owned(), width };
        if goes_on {
            self.held.push(part(line.bytes));
            if self.verdict && memmem::find(text, b"exit code: ").is_some() {
                self.release(sink);
            }
            return;
        }
        self.release(sink);
        let verdict = fits && width >= NARROWEST && is_open_verdict(text);
        if verdict || (fits && early && width >= NARROWEST && is_output(text)) {
            self.verdict = verdict;
            self.held.push(part(line.bytes));
        } else {
            sink(line, joined);
        }
    }

    /// Would it pass a quiet line on, and learn nothing from it? Lines behind the first ones are not looked at.
    pub(super) fn at_rest(&self, number: u64) -> bool {
        self.held.is_empty() && number > SEARCHED
    }

    /// The log has ended.
    pub(super) fn finish(&mut self, sink: &mut Sink<'_>) {
        self.release(sink);
    }

    fn goes_on(&self, text: &[u8], width: usize) -> bool {
        let Some(before) = self.held.last() else { return false };
        let free = !text.is_empty()
            && self.held.len() < LINES
            && width <= self.widest
            && !STARTS.iter().any(|start| text.starts_with(start))
            && rfc3339(text).is_none()
            && timed(text).is_none();
        let word = text.iter().position(|b| *b == b' ').unwrap_or(text.len());
        let mail = if self.widest_in_mail > NARROWEST { self.widest_in_mail } else { MAIL.min(self.widest) };
        free && (self.is_cut(before) || before.width + 1 + word > mail)
    }

    /// Did the width of a terminal end it, in the middle of a word? A mail wraps before its own, narrower one.
    fn is_cut(&self, part: &Part) -> bool {
        part.width == self.widest && (self.as_wide > 1 || part.width >= MAIL)
    }

    fn release(&mut self, sink: &mut Sink<'_>) {
        let parts = std::mem::take(&mut self.held);
        let Some(first) = parts.first() else { return };
        if parts.len() > 1 {
            let mut bytes = Vec::new();
            let (mut sure, last) = (true, parts.len() - 1);
            for (at, part) in parts.iter().enumerate() {
                let whole = self.is_cut(part) || at == last;
                let text = part.bytes.strip_suffix(b"\r").unwrap_or(&part.bytes);
                bytes.extend_from_slice(if whole { text } else { text.trim_ascii_end() });
                if !whole {
                    bytes.push(b' ');
                    sure = false;
                }
            }
            let joined = parts.iter().map(|part| part.joined).sum();
            sink(
                RawLine { number: first.number, offset: first.offset, bytes: &bytes, continued: false, wide: false },
                joined,
            );
            if sure || self.verdict {
                return;
            }
            // The blank is a guess: the first line alone says what it says.
        }
        for part in &parts {
            let RawPart { number, offset, bytes, joined } = part.raw();
            sink(RawLine { number, offset, bytes, continued: false, wide: false }, joined);
        }
    }
}

struct RawPart<'p> {
    number: u64,
    offset: u64,
    bytes: &'p [u8],
    joined: u32,
}

impl Part {
    fn raw(&self) -> RawPart<'_> {
        RawPart { number: self.number, offset: self.offset, bytes: &self.bytes, joined: self.joined }
    }
}

/// `#7 0.512 text`, or a title: `#7 [2/3] RUN make`.
fn is_output(text: &[u8]) -> bool {
    text.first() == Some(&b'#')
        && numbered(text).is_some_and(|(_, rest)| rest.starts_with(b"[") || timed(rest).is_some())
}

/// Cheap: how verdicts start.
fn may_be_verdict(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'#' | b'E' | b'e' | b'f' | b't'))
        && [&b"#"[..], b"ERROR: ", b"error: ", b"failed to ", b"target "].iter().any(|start| line.starts_with(start))
}

/// A verdict that names a process, but not how it ended.
fn is_open_verdict(text: &[u8]) -> bool {
    if !may_be_verdict(text) {
        return false;
    }
    let text = match numbered(text) {
        Some((_, rest)) if rest.starts_with(b"ERROR: ") => rest,
        Some(_) => return false,
        None => text,
    };
    memmem::find(text, b"process \"").is_some() && memmem::find(text, b"exit code: ").is_none()
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;

    const LOG: &str = "#7 [3/4] RUN go mod download && go build ./... && go test ./... && go vet ./...\n\
        #7 0.512 go: example.com/greet@v1.2.0: reading https://proxy.example.org/example.com/greet/@v/v1.2.0.mod: 403 Forbidden\n\
        #7 0.6 short\n#7 ERROR: process \"/bin/sh -c go mod download && go build ./... && go test ./... && go vet ./...\" did not complete successfully: exit code: 1\n\
        ------\nERROR: failed to build: failed to solve: process \"/bin/sh -c go mod download && go build ./... && go test ./... && go vet ./...\" did not complete successfully: exit code: 1\n";

    fn without_numbers(log: &str) -> Vec<String> {
        let (lines, _) = read(log.as_bytes());
        lines.iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
    }

    #[test]
    fn a_terminal_cut_at_its_width() {
        for width in [80, 100] {
            let cut = |line: &str| {
                let bytes = line.as_bytes();
                bytes.chunks(width).map(|part| format!("{}\n", String::from_utf8_lossy(part))).collect::<String>()
            };
            let wrapped: String = LOG.lines().skip(1).map(cut).collect();
            let whole: String = LOG.lines().skip(1).map(|line| format!("{line}\n")).collect();
            assert_eq!(without_numbers(&wrapped), without_numbers(&whole), "{width}");
        }
    }

    #[test]
    fn a_mail_wrapped_at_blanks() {
        let log = "#7 0.5 go: example.com/greet@v1.2.0: reading example.org/greet.mod:\n403 Forbidden\n#7 0.6 x\n";
        let (lines, _) = read(log.as_bytes());
        assert_eq!(lines[0], "1+1 1:7 O go: example.com/greet@v1.2.0: reading example.org/greet.mod: 403 Forbidden");
        let log = "#7 0.1 https://proxy.example.org/a-very-long-address-without-any-blank-that-no-mail-program-can-wrap/v1\n\
            #7 0.2 a line of this text that reaches the column of a mail program 72\n#7 0.5 main.go:3:8: ambiguous import: found package\n\
            example.com/tools/report/of/old in multiple modules:\n#7 0.6 x\n";
        let (lines, _) = read(log.as_bytes());
        assert_eq!(
            lines[2],
            "3+1 1:7 O main.go:3:8: ambiguous import: found package example.com/tools/report/of/old in multiple modules:"
        );
        let (_, reader) = read(
            b"ERROR: failed to solve: process \"/bin/sh -c make && make install\" did not\ncomplete successfully: exit code: 2\nmore\n",
        );
        assert_eq!(reader.builds().steps().next().and_then(|(_, step)| step.exit_code), Some(2));
    }

    #[test]
    fn other_lines_stay_apart() {
        let log = "#7 0.5 a line that is as wide as any other line in here, but no wider\n#7 0.6 b\n#7 0.7 another line that is as wide as any other one in here, not wider\n\n\
            #8 0.8 another line that is as wide as any other one in here, not wider\n2026-11-21T10:11:12Z stamped\nERROR: process \"x\nnot\n";
        let (lines, _) = read(log.as_bytes());
        assert!(lines.iter().all(|line| !line.split(' ').next().unwrap().contains('+')), "{lines:?}");
    }
}
