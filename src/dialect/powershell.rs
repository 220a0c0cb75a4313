//! What Windows PowerShell makes of a log: an error record around the first line of stderr, and every further line of
//! stderr wrapped at the console's width less one.
//!
//! Source: captures that people published (`docker build … > build.log` in Windows PowerShell 5.1). The record starts
//! with `docker : text`, then come the place (`At line:1 char:1`, in any language), the command, `    + CategoryInfo`
//! and `    + FullyQualifiedErrorId`; only its text belongs to the log. A line is wrapped after its last blank, which
//! stays, or else in the middle of a word; some hosts always cut in the middle. Only stderr is wrapped and the width is
//! written nowhere: it is estimated for every block of lines. Escape sequences may be cut by a wrap, so this layer
//! stands before [`super::clean`]. Other logs pass through untouched: it wakes up for 16-bit text or a record, and looks closer where a log
//! of BuildKit begins: a capture may have been converted to 8 bits, and have lost its record.

mod blank;
mod stretches;
mod width;

use std::collections::VecDeque;

use memchr::{memchr_iter, memmem};

use super::held::{Lines, Part, Text};
use super::lines::{RawLine, WideLines};
use super::prefix::SEARCHED;
use super::wide::UNIT;
use crate::pieces::Pieces;
pub(super) use blank::{BLANK, blank};
use stretches::{Stretch, stretches};
use width::{Width, alike, columns, estimate, is_blank};

/// The name in output.
pub(super) const NAME: &str = "powershell";
/// So many lines, or bytes, are looked at together to estimate the width.
const BLOCK_LINES: usize = 256;
const BLOCK_BYTES: usize = 64 << 10;
/// A joined line gets no longer than this.
const JOINED_LIMIT: usize = 32 << 10;
/// The text of an error record is wrapped over fewer lines than this; the whole record over fewer than that.
const RECORD_TEXT: usize = 14;
const RECORD_LINES: usize = 48;

/// What comes out.
pub(super) enum Out<'l> {
    /// A line that was left alone.
    Line(RawLine<'l>),
    /// Lines that were looked at together; the next ones follow on them.
    Lines(Part<'l>),
}

/// Takes what comes out.
type Sink<'s> = dyn FnMut(Out<'_>) + 's;

#[derive(Default)]
pub(super) struct Powershell {
    active: bool,
    /// Whether 8-bit text without a record was wrapped.
    trial: Trial,
    /// Lines that may be an error record.
    record: Vec<Physical>,
    /// The rest of an error record is being dropped: so many lines of it.
    dropping: Option<u32>,
    /// Lines of the log itself that may have been wrapped.
    block: Lines,
    /// Memory to join them in.
    joined: Lines,
    width: Option<Width>,
    /// An error record or a wrapped line was met.
    seen: bool,
}

/// A closer look at one block of 8-bit text.
#[derive(Default, PartialEq)]
enum Trial {
    #[default]
    Waits,
    Runs,
    Over,
}

/// A line that is held.
struct Physical {
    number: u64,
    offset: u64,
    bytes: Vec<u8>,
    /// Characters, with those of `docker : ` that were taken away.
    width: usize,
}

impl Powershell {
    /// Takes the next physical line.
    pub(super) fn line(&mut self, line: RawLine<'_>, sink: &mut Sink<'_>) {
        if line.wide {
            (self.active, self.trial) = (true, Trial::Over);
        } else if self.trial == Trial::Waits && !self.active && begins_build(&line) {
            (self.active, self.trial) = (true, Trial::Runs);
        }
        if line.continued || line.bytes.len() > JOINED_LIMIT {
            self.flush(sink);
            sink(Out::Line(line));
            return;
        }
        if !self.active && self.record.is_empty() && self.dropping.is_none() && record_text(line.bytes).is_none() {
            sink(Out::Line(line));
            return;
        }
        let bytes = without_returns(line.bytes);
        let width = columns(bytes);
        self.take(Physical { number: line.number, offset: line.offset, bytes: bytes.to_owned(), width }, sink);
    }

    /// Takes the next physical lines.
    pub(super) fn wide_lines(&mut self, lines: WideLines<'_>, sink: &mut Sink<'_>) {
        (self.active, self.trial) = (true, Trial::Over);
        let records = memmem::find(lines.text, b" : ").is_some();
        let mut start = 0;
        for (number, end) in (lines.number..).zip(memchr_iter(b'\n', lines.text)) {
            let line = lines.text.part(start..end);
            let offset = lines.offset + (UNIT * start) as u64;
            start = end + 1;
            let bytes = without_returns(line);
            let ordinary = self.record.is_empty()
                && self.dropping.is_none()
                && line.len() <= JOINED_LIMIT
                && !(records && record_text(bytes).is_some());
            if ordinary {
                self.hold(Text { bytes, width: bytes.len() }, number, offset, sink);
            } else {
                self.line(RawLine { number, offset, bytes: line, continued: false, wide: true }, sink);
            }
        }
    }

    /// Would it pass a quiet line on, and learn nothing from it?
    pub(super) fn at_rest(&self) -> bool {
        !self.active && self.record.is_empty() && self.dropping.is_none()
    }

    /// Was anything of this shape met?
    pub(super) fn seen(&self) -> bool {
        self.seen
    }

    /// The log has ended.
    pub(super) fn finish(&mut self, sink: &mut Sink<'_>) {
        self.flush(sink);
    }

    fn flush(&mut self, sink: &mut Sink<'_>) {
        for line in std::mem::take(&mut self.record) {
            self.ordinary(line, sink);
        }
        self.dropping = None;
        self.process(true, sink);
    }

    fn take(&mut self, line: Physical, sink: &mut Sink<'_>) {
        let mut queue = VecDeque::from([line]);
        while let Some(line) = queue.pop_front() {
            if let Some(dropped) = self.dropping {
                let indented = line.bytes.starts_with(b"   ") && !is_blank(&line.bytes);
                self.dropping = (indented && dropped < RECORD_LINES as u32).then_some(dropped + 1);
                // The record ends with a line of one blank.
                if indented || (is_blank(&line.bytes) && !line.bytes.is_empty()) {
                    continue;
                }
            }
            if self.record.is_empty() {
                if record_text(&line.bytes).is_some() {
                    self.record.push(line);
                } else {
                    self.ordinary(line, sink);
                }
                continue;
            }
            let category = line.bytes.trim_ascii_start().starts_with(b"+ Category") && line.bytes.starts_with(b" ");
            let empty = line.bytes.is_empty();
            self.record.push(line);
            if category {
                self.confirm(sink);
                continue;
            }
            let commands = self.record.iter().any(|held| held.bytes.starts_with(b"+ "));
            let over = empty || self.record.len() > if commands { RECORD_LINES } else { RECORD_TEXT };
            if over {
                // No record; but one may begin with a later line.
                let mut held = std::mem::take(&mut self.record).into_iter();
                if let Some(first) = held.next() {
                    self.ordinary(first, sink);
                }
                held.rev().for_each(|line| queue.push_front(line));
                if queue.iter().all(|line| record_text(&line.bytes).is_none()) {
                    queue.drain(..).for_each(|line| self.ordinary(line, sink));
                }
            }
        }
    }

    /// The held lines are an error record: its text is the log's next line.
    fn confirm(&mut self, sink: &mut Sink<'_>) {
        let mut record = std::mem::take(&mut self.record);
        // The width may be another one than before.
        self.process(true, sink);
        (self.active, self.seen, self.dropping) = (true, true, Some(0));
        self.trial = Trial::Over;
        let command =
            record.iter().position(|line| line.bytes.starts_with(b"+ ")).unwrap_or(record.len().saturating_sub(1));
        let mut text = command.saturating_sub(1).max(1);
        if let Some([before, last]) = record.get(text - 1..=text)
            && text > 1
            && !is_place(&last.bytes)
            && is_place(&[&before.bytes[..], &last.bytes].concat())
        {
            text -= 1;
        }
        record.truncate(text);
        if let Some(first) = record.first_mut() {
            let (number, offset) = (first.number, first.offset);
            if let Some(text) = record_text(&first.bytes).map(<[u8]>::to_vec) {
                first.bytes = text;
            }
            if let [first, second, ..] = &mut record[..]
                && is_blank(&first.bytes)
            {
                // A first word that did not fit behind the prefix.
                (second.number, second.offset) = (number, offset);
                record.remove(0);
            }
        }
        for line in record {
            self.ordinary(line, sink);
        }
    }

    /// A line of the log itself.
    fn ordinary(&mut self, line: Physical, sink: &mut Sink<'_>) {
        let Physical { number, offset, width, bytes } = &line;
        if self.active {
            self.hold(Text { bytes, width: *width }, *number, *offset, sink);
        } else {
            sink(Out::Line(RawLine { number: *number, offset: *offset, bytes, continued: false, wide: true }));
        }
    }

    fn hold(&mut self, line: Text<'_>, number: u64, offset: u64, sink: &mut Sink<'_>) {
        self.block.push(line, number, offset);
        let count = self.block.len();
        if count >= BLOCK_LINES || self.block.bytes() - count >= BLOCK_BYTES {
            self.process(false, sink);
        }
    }

    /// Joins the lines of the block and hands them on, but for the last, which may go on with the next block.
    fn process(&mut self, last: bool, sink: &mut Sink<'_>) {
        if self.trial == Trial::Runs {
            self.trial = Trial::Over;
            if !stretches(&self.block, None).iter().any(Stretch::is_certain) {
                self.active = false;
                let all = self.block.first(self.block.len());
                let lines = (0..all.places.len()).filter_map(|at| all.line(at));
                lines.for_each(|(line, _)| sink(Out::Line(RawLine { wide: false, ..line })));
                self.block.clear();
                return;
            }
        }
        let estimated = estimate(&self.block);
        self.width = estimated.or(self.width);
        let complete = estimated.is_some_and(|width| width.sure && width.complete);
        let stretches = if complete { Vec::new() } else { stretches(&self.block, self.width) };
        let mut ahead = stretches.iter().peekable();
        let (block, joined) = (&self.block, &mut self.joined);
        joined.clear();
        // Where lines were joined, `joined` holds all before `copied`.
        let (mut start, mut size, mut copied) = (0, 0, 0);
        for (at, line) in block.texts().enumerate() {
            size += line.bytes.len();
            while ahead.next_if(|stretch| stretch.lines.end <= at).is_some() {}
            let own = ahead.peek().filter(|stretch| stretch.lines.contains(&at)).map(|stretch| stretch.width);
            let width = own.or(self.width);
            let goes_on = match (width, block.text(at + 1)) {
                (Some(width), Some(next)) => {
                    width.joins(line, next)
                        && size < JOINED_LIMIT
                        && block.text(start).is_some_and(|first| !alike(first, next))
                }
                (None, Some(_)) => false,
                (_, None) => !last && size < JOINED_LIMIT,
            };
            if goes_on {
                continue;
            }
            if start < at {
                joined.push_all(block, copied..start);
                joined.push_joined(block, start..at + 1);
                if width.is_some_and(|width| !width.sure) {
                    joined.push_all(block, start..at + 1);
                }
                copied = at + 1;
                self.seen = true;
            }
            (start, size) = (at + 1, 0);
        }
        if copied > 0 {
            joined.push_all(block, copied..start);
            sink(Out::Lines(joined.first(joined.len())));
        } else if start > 0 {
            sink(Out::Lines(block.first(start)));
        }
        // What comes next was wrapped as the block's last lines were.
        if let Some(stretch) = stretches.last().filter(|stretch| stretch.lines.end == self.block.len()) {
            self.width = Some(stretch.width);
        }
        self.block.let_go(start);
    }
}

/// Does BuildKit begin here? Only among a log's first lines.
fn begins_build(line: &RawLine<'_>) -> bool {
    line.number <= SEARCHED && (line.bytes.starts_with(b"#0 building with") || line.bytes.starts_with(b"#1 ["))
}

fn without_returns(line: &[u8]) -> &[u8] {
    let mut bytes = line;
    while let [rest @ .., b'\r'] = bytes {
        bytes = rest;
    }
    bytes
}

/// `text` in `docker : text`, the first line of an error record.
fn record_text(line: &[u8]) -> Option<&[u8]> {
    // A script is called as `.\gradlew.bat` or `./gradlew`.
    if !line.first().is_some_and(u8::is_ascii_alphanumeric) && !line.starts_with(b".") {
        return None;
    }
    let word = line.iter().take(80).position(|b| matches!(b, b' '))?;
    let text = line.tail(word).strip_prefix(b" : ")?;
    Some(text)
}

/// `At line:1 char:1`, `Au caractère Ligne:1 : 1`, `所在位置 行:1 字符: 1`, `At C:\build.ps1:3 char:1`: any words, a
/// colon, a number, any words, a colon, a number.
fn is_place(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let Some(rest) = before_number(line) else { return false };
    (0..=rest.len())
        .rev()
        .any(|end| rest.head(end).last().is_some_and(u8::is_ascii_digit) && before_number(rest.head(end)).is_some())
}

/// What stands before `:12` or `: 12` at the end.
fn before_number(line: &[u8]) -> Option<&[u8]> {
    let digits = line.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let head = line.head(line.len() - digits).trim_ascii_end();
    if digits == 0 { None } else { head.strip_suffix(b":") }
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    /// tests/tools/powershell_capture.py: a line as PowerShell wraps it.
    fn wrapped(line: &str, limit: usize, hard: bool) -> Vec<String> {
        let (mut rest, mut lines) = (line, Vec::new());
        while rest.len() > limit {
            let end = if hard { limit } else { rest[1..limit].rfind(' ').map_or(limit, |at| at + 2) };
            lines.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        lines.push(rest.to_owned());
        lines
    }

    /// A capture of `log` in 8-bit or 16-bit text.
    fn capture(log: &str, limit: usize, hard: bool, wide: bool) -> Vec<u8> {
        let (first, rest) = log.split_once('\n').unwrap_or((log, ""));
        let mut lines = wrapped(&format!("docker : {first}"), limit, hard);
        for part in
            ["At line:1 char:1", "+ docker build -t hello . *> build.log", "+ ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"]
        {
            lines.extend(wrapped(part, limit, true));
        }
        lines.push("    + CategoryInfo          : NotSpecified: (#0 build".into());
        lines.push("   String) [], RemoteException".into());
        lines.extend(["    + FullyQualifiedErrorId : NativeCommandError".into(), " ".into()]);
        rest.lines().for_each(|line| lines.extend(wrapped(line, limit, hard)));
        let text = lines.join("\r\n") + "\r\n";
        if wide {
            [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
        } else {
            text.into_bytes()
        }
    }

    fn texts(log: &[u8]) -> Vec<String> {
        read(log).0.iter().map(|line| line.split_once(' ').map_or("", |(_, rest)| rest).to_owned()).collect()
    }

    const BUILDKIT: &str = "#0 building with \"bench\" instance using remote driver\n\n#1 [internal] load build definition from Dockerfile\n\
#1 transferring dockerfile: 249B done\n#1 DONE 0.0s\n\n#6 [stage-1 1/2] FROM docker.io/library/busybox:latest@sha256:3b4ddd9885820ad3665cc8790557347498977f1879b3af5444e81646308d2b48\n\
#6 resolve docker.io/library/busybox:latest@sha256:3b4ddd9885820ad3665cc8790557347498977f1879b3af5444e81646308d2b48 0.0s done\n#6 DONE 0.1s\n\n\
#10 [builder 4/6] RUN go mod download\n#10 0.129 go: example.com/greet@v1.2.0: reading http://proxy.example.org/example.com/greet/@v/v1.2.0.mod: 403 Forbidden\n\
#10 ERROR: process \"/bin/sh -c go mod download\" did not complete successfully: exit code: 1\n------\n > [builder 4/6] RUN go mod download:\n\
0.129 go: example.com/greet@v1.2.0: reading http://proxy.example.org/example.com/greet/@v/v1.2.0.mod: 403 Forbidden\n------\nDockerfile:5\n\
--------------------\n   3 |     WORKDIR /src\n   4 |     COPY go.mod go.sum ./\n   5 | >>> RUN go mod download\n   6 |     COPY . .\n   7 |     \n--------------------\n\
ERROR: failed to build: failed to solve: process \"/bin/sh -c go mod download\" did not complete successfully: exit code: 1\n";

    #[test]
    fn a_wrapped_buildkit_log_reads_like_its_clean_one() {
        let clean = texts(BUILDKIT.as_bytes());
        for limit in [119, 79, 49, 29, 22] {
            for (hard, wide) in [(false, true), (true, true), (false, false)] {
                assert_eq!(
                    texts(&capture(BUILDKIT, limit, hard, wide)),
                    clean,
                    "{limit} columns, hard {hard}, wide {wide}"
                );
            }
        }
    }

    #[test]
    fn a_wrapped_compiler_log_reads_like_its_clean_one() {
        let mut log = String::from("# example.com/shop/internal/checkout\n");
        for at in 1..30 {
            let detail = "x".repeat(at * 7 % 23);
            log += &format!(
                "internal/checkout/handler_{detail}.go:{at}:17: cannot use order (variable of type *Order{detail}) as string value in argument to fmt.Println\n"
            );
            log += &format!("internal/short.go:{at}:2: undefined: {detail}y\n\thave (int)\n");
        }
        let clean = texts(log.as_bytes());
        for limit in [119, 79, 49, 29] {
            for hard in [false, true] {
                let read = texts(&capture(&log, limit, hard, true));
                let other: Vec<_> = read.iter().zip(&clean).filter(|(a, b)| a != b).take(2).collect();
                assert_eq!((other, read.len()), (vec![], clean.len()), "{limit} columns, hard {hard}");
            }
        }
    }

    #[test]
    fn evidence_names_the_first_physical_line() {
        let (lines, reader) = read(&capture(BUILDKIT, 79, false, true));
        assert_eq!(reader.dialects(), ["powershell", "buildkit-plain", "buildkit"]);
        assert!(lines.iter().any(|line| line.contains("+1 1:10 O go: example.com/greet@v1.2.0")), "{lines:?}");
        assert!(lines[0].starts_with("1 "));
    }

    #[test]
    fn other_logs_pass_untouched() {
        let log = "a : b\nc : d\nerror : e\n\nAt line:1 char:1\n+ x\nlast : \nprog : end";
        let (lines, _) = read(log.as_bytes());
        let expected: Vec<String> =
            log.lines().enumerate().map(|(at, line)| format!("{} - O {line}", at + 1)).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn the_place_is_known_in_any_language() {
        for place in [
            "At line:1 char:1",
            "Au caractère Ligne:1 : 1",
            "En línea: 1 Carácter: 19",
            "所在位置 行:1 字符: 1",
            "At C:\\b.ps1:3 char:1",
        ] {
            assert!(is_place(place.as_bytes()), "{place}");
        }
        assert!(!is_place(b"#0 building with 1"));
        assert!(!is_place(b"main.go:1"));
    }
}
