//! What Windows PowerShell makes of a log: an error record around the first line of stderr, and every further line of
//! stderr wrapped at the console's width less one.
//!
//! Source: captures that people published (`docker build … > build.log` in Windows PowerShell 5.1). The record starts
//! with `docker : text`, then come the place (`At line:1 char:1`, in any language), the command, `    + CategoryInfo`
//! and `    + FullyQualifiedErrorId`; only its text belongs to the log. A line is wrapped after its last blank, which
//! stays, or else in the middle of a word; some hosts always cut in the middle. Only stderr is wrapped and the width is
//! written nowhere: it is estimated for every block of lines. Escape sequences may be cut by a wrap, so this layer
//! stands before [`super::clean`]. Other logs pass through untouched: it wakes up for 16-bit text or a record.

use std::collections::VecDeque;

use super::lines::RawLine;

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
/// The narrowest console.
const NARROWEST: usize = 15;
/// Widths of consoles nobody changed: believed after one wrapped line.
const COMMON: [usize; 2] = [79, 119];

/// How builders start lines of their own.
const STARTS: [&[u8]; 9] = [
    b" > [",
    b"ERROR: failed to ",
    b"Step ",
    b"STEP ",
    b"--> ",
    b" ---> ",
    b"Removing intermediate container ",
    b"The command '",
    b"Error: building at ",
];

/// Takes a logical line and the number of physical lines that make it.
pub(super) type Sink<'s> = dyn FnMut(RawLine<'_>, u32) + 's;

#[derive(Default)]
pub(super) struct Powershell {
    active: bool,
    /// Lines that may be an error record.
    record: Vec<Physical>,
    /// The rest of an error record is being dropped: so many lines of it.
    dropping: Option<u32>,
    block: Vec<Physical>,
    block_bytes: usize,
    width: Option<Width>,
    /// An error record or a wrapped line was met.
    seen: bool,
}

/// A line that is held.
struct Physical {
    number: u64,
    offset: u64,
    bytes: Vec<u8>,
    /// Characters, with those of `docker : ` that were taken away.
    width: usize,
}

/// How lines were wrapped.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Width {
    columns: usize,
    /// Lines with blanks are cut in the middle of a word.
    hard: bool,
    /// Lines are wrapped after a blank.
    soft: bool,
    sure: bool,
}

impl Powershell {
    /// Takes the next physical line.
    pub(super) fn line(&mut self, line: RawLine<'_>, sink: &mut Sink<'_>) {
        self.active |= line.wide;
        if line.continued || line.bytes.len() > JOINED_LIMIT {
            self.flush(sink);
            sink(line, 1);
            return;
        }
        if !self.active && self.record.is_empty() && self.dropping.is_none() && record_text(line.bytes).is_none() {
            sink(line, 1);
            return;
        }
        let mut bytes = line.bytes;
        while let [rest @ .., b'\r'] = bytes {
            bytes = rest;
        }
        let width = columns(bytes);
        self.take(Physical { number: line.number, offset: line.offset, bytes: bytes.to_owned(), width }, sink);
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
        let command = record.iter().position(|line| line.bytes.starts_with(b"+ ")).unwrap_or(record.len() - 1);
        let mut text = command.saturating_sub(1).max(1);
        if text > 1
            && !is_place(&record[text].bytes)
            && is_place(&[&record[text - 1].bytes[..], &record[text].bytes].concat())
        {
            text -= 1;
        }
        record.truncate(text);
        let (number, offset) = (record[0].number, record[0].offset);
        let prefix = record_text(&record[0].bytes).map_or(0, |text| record[0].bytes.len() - text.len());
        record[0].bytes.drain(..prefix);
        if record.len() > 1 && is_blank(&record[0].bytes) {
            // A first word that did not fit behind the prefix.
            record.remove(0);
            (record[0].number, record[0].offset) = (number, offset);
        }
        for line in record {
            self.ordinary(line, sink);
        }
    }

    /// A line of the log itself.
    fn ordinary(&mut self, line: Physical, sink: &mut Sink<'_>) {
        if !self.active {
            sink(line.raw(), 1);
            return;
        }
        self.block_bytes += line.bytes.len();
        self.block.push(line);
        if self.block.len() >= BLOCK_LINES || self.block_bytes >= BLOCK_BYTES {
            self.process(false, sink);
        }
    }

    /// Joins the lines of the block and hands them on, but for the last, which may go on with the next block.
    fn process(&mut self, last: bool, sink: &mut Sink<'_>) {
        if self.block.is_empty() {
            return;
        }
        self.width = estimate(&self.block).or(self.width);
        let block = std::mem::take(&mut self.block);
        let (mut start, mut size) = (0, 0);
        let mut joined = Vec::new();
        for at in 0..block.len() {
            size += block[at].bytes.len();
            let goes_on = match (self.width, block.get(at + 1)) {
                (Some(width), Some(next)) => {
                    size < JOINED_LIMIT && width.joins(&block[at], next) && !alike(&block[start], next)
                }
                (None, Some(_)) => false,
                (_, None) => !last && size < JOINED_LIMIT,
            };
            if goes_on {
                continue;
            }
            let group = &block[start..=at];
            joined.clear();
            group.iter().for_each(|line| joined.extend_from_slice(&line.bytes));
            let (number, offset) = (group[0].number, group[0].offset);
            self.seen |= group.len() > 1;
            sink(RawLine { number, offset, bytes: &joined, continued: false, wide: true }, group.len() as u32);
            if group.len() > 1 && self.width.is_some_and(|width| !width.sure) {
                group.iter().for_each(|line| sink(line.raw(), 1));
            }
            (start, size) = (at + 1, 0);
        }
        self.block.extend(block.into_iter().skip(start));
        self.block_bytes = self.block.iter().map(|line| line.bytes.len()).sum();
    }
}

impl Physical {
    fn raw(&self) -> RawLine<'_> {
        RawLine { number: self.number, offset: self.offset, bytes: &self.bytes, continued: false, wide: true }
    }

    fn ends_blank(&self) -> bool {
        self.bytes.last() == Some(&b' ')
    }

    /// Could it have been wrapped after a blank?
    fn has_blank(&self) -> bool {
        self.bytes.iter().skip(1).any(|b| *b == b' ')
    }

    /// Columns that the line before would have needed for one more word.
    fn needed(&self) -> usize {
        match memchr::memchr(b' ', &self.bytes) {
            Some(end) => columns(&self.bytes[..end]) + 1,
            None => self.width,
        }
    }

    /// May it be the rest of the line before? Lines that a builder starts are not.
    fn may_continue(&self) -> bool {
        let mut line = &self.bytes[..];
        while let Some(rest) = line.strip_prefix(b"\x1b[") {
            let colour = rest.iter().take_while(|b| b.is_ascii_digit() || **b == b';').count();
            let Some(b'm') = rest.get(colour) else { break };
            line = &rest[colour + 1..];
        }
        let rule = line.len() >= 6 && line.iter().all(|b| *b == b'-');
        let numbered = |line: &[u8]| {
            let digits = line.iter().take_while(|b| b.is_ascii_digit()).count();
            digits > 0 && line.get(digits) == Some(&b' ')
        };
        let step = line.strip_prefix(b"#").is_some_and(numbered);
        let trimmed = line.trim_ascii_start();
        let frame = numbered(trimmed) && behind_number(trimmed).starts_with(b"|");
        !is_blank(line)
            && !is_timed(line)
            && !rule
            && !step
            && !frame
            && !STARTS.iter().any(|start| line.starts_with(start))
    }
}

/// `0.116 text`, `10.09 text`: BuildKit repeats the last lines of a step with a time of five characters.
fn is_timed(line: &[u8]) -> bool {
    let Some((time, rest)) = line.split_at_checked(5) else { return false };
    rest.first() == Some(&b' ')
        && time.iter().all(|b| b.is_ascii_digit() || *b == b'.')
        && time.iter().filter(|b| **b == b'.').count() == 1
}

/// What follows a number and the blanks behind it.
fn behind_number(line: &[u8]) -> &[u8] {
    let digits = line.iter().take_while(|b| b.is_ascii_digit()).count();
    line[digits..].trim_ascii_start()
}

impl Width {
    /// Was `next` a part of `line`?
    fn joins(&self, line: &Physical, next: &Physical) -> bool {
        if line.width > self.columns {
            return false;
        }
        let full = line.width == self.columns;
        let wrapped = (full && (self.hard || !line.has_blank()) && !next.bytes.starts_with(b"\t"))
            || (self.soft && line.ends_blank() && line.width + next.needed() > self.columns);
        wrapped && next.may_continue()
    }
}

/// The width at which the lines of a block were wrapped, if any were.
fn estimate(block: &[Physical]) -> Option<Width> {
    let mut lengths: Vec<usize> = block.iter().map(|line| line.width).filter(|width| *width >= NARROWEST).collect();
    lengths.sort_unstable();
    let mut candidates = lengths.clone();
    candidates.extend(COMMON);
    candidates.sort_unstable();
    candidates.dedup();
    let mut best: Option<(i64, Width)> = None;
    for columns in candidates {
        let (score, mut width) = judge(block, &lengths, columns);
        // In a narrow column many lines are as long by chance.
        let enough = if columns < 60 { 5 } else { 3 };
        let common = COMMON.contains(&columns) && (width.soft || width.sure || score >= 2);
        width.sure = score >= enough || common;
        // Every log has a longest line, and something follows it.
        let least = if width.soft || COMMON.contains(&columns) { 1 } else { 2 };
        // Of two as good ones the wider joins less.
        if score >= least && best.is_none_or(|(known, _)| score >= known) {
            best = Some((score, width));
        }
    }
    best.map(|(_, width)| width)
}

/// What speaks for a width: pairs of lines that it explains, less those that it does not.
fn judge(block: &[Physical], lengths: &[usize], columns: usize) -> (i64, Width) {
    // Full lines with and without a blank; lines ending with a blank where the next word did not fit, or did.
    let (mut cut, mut solid, mut wrapped, mut loose) = (0i64, 0i64, 0i64, 0i64);
    // Every line of BuildKit starts with `#N`: one that doesn't goes on with the one before.
    let mut proved = false;
    for pair in block.windows(2) {
        let (line, next) = (&pair[0], &pair[1]);
        if line.width > columns || alike(line, next) || is_blank(&line.bytes) {
            continue;
        }
        if !next.may_continue() {
            continue;
        }
        if line.ends_blank() {
            if line.width + next.needed() > columns {
                wrapped += 1;
            } else {
                loose += 1;
            }
        } else if line.width == columns && !next.bytes.starts_with(b"\t") {
            proved |= line.bytes.starts_with(b"#");
            if line.has_blank() { cut += 1 } else { solid += 1 }
        }
    }
    let hard = cut > 0 && cut * 4 >= wrapped;
    let soft = wrapped > 0 && wrapped * 4 >= cut && wrapped >= loose;
    let mut score = solid + if hard { cut } else { 0 } + if soft { wrapped - loose / 2 } else { 0 };
    let count = |columns: usize| lengths.partition_point(|l| *l <= columns) - lengths.partition_point(|l| *l < columns);
    let longer = lengths.len() - lengths.partition_point(|l| *l <= columns);
    // Standard output is not wrapped and may be longer; then the width must stand out.
    let around: usize = (1..=4).map(|by| count(columns + by) + count(columns.saturating_sub(by))).sum();
    let stands_out = columns >= 60 && count(columns) >= 8 && count(columns) * 2 > around && count(columns) * 2 > longer;
    score -= if stands_out { longer / 8 } else { 2 * longer } as i64;
    (score, Width { columns, hard, soft, sure: proved })
}

/// Rows of a table, and messages on one file, are alike at their start: neither goes on with the other.
fn alike(line: &Physical, next: &Physical) -> bool {
    line.bytes.len() >= 4 && next.bytes.len() >= 4 && line.bytes[..4] == next.bytes[..4]
}

/// `text` in `docker : text`, the first line of an error record.
fn record_text(line: &[u8]) -> Option<&[u8]> {
    if !line.first().is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let word = line.iter().take(80).position(|b| matches!(b, b' '))?;
    let text = line[word..].strip_prefix(b" : ")?;
    Some(text)
}

/// `At line:1 char:1`, `Au caractère Ligne:1 : 1`, `所在位置 行:1 字符: 1`, `At C:\build.ps1:3 char:1`: any words, a
/// colon, a number, any words, a colon, a number.
fn is_place(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let Some(rest) = before_number(line) else { return false };
    (0..=rest.len())
        .rev()
        .any(|end| rest[..end].last().is_some_and(u8::is_ascii_digit) && before_number(&rest[..end]).is_some())
}

/// What stands before `:12` or `: 12` at the end.
fn before_number(line: &[u8]) -> Option<&[u8]> {
    let digits = line.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let head = line[..line.len() - digits].trim_ascii_end();
    if digits == 0 { None } else { head.strip_suffix(b":") }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|b| matches!(b, b' ' | b'\r'))
}

/// Characters as the console counts them: 16-bit units.
fn columns(text: &[u8]) -> usize {
    text.iter().map(|b| usize::from(b & 0xc0 != 0x80) + usize::from(*b >= 0xf0)).sum()
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
