//! Reads the stretches of a log in which no builder says anything: whole lines that no shape would take. Of these only the ones in
//! which something stands that anyone looks for are handed on, with the lines around them; the others are only counted. Most of a
//! good log is such.
//!
//! Which lines are loud is told by [`super::loud`]; `tests/chunks.rs` compares whole answers with those of logs fed byte by byte, which
//! never take the shortcut.

use memchr::{memchr, memchr_iter, memchr3, memrchr};

use super::loud::Shapes;
use super::{Builds, LineSink, clean, tasks};
use crate::model::{LineRole, LogLine, StepRef};

/// So much is looked at at once: it stays in the fast caches.
const PIECE: usize = 32 * 1024;
/// So much at first: where quiet lines soon end, what lies behind was looked at in vain.
const FIRST_PIECE: usize = 1024;

/// What stands inside a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside<'l> {
    /// A line of its own, which a shape may take.
    Line(&'l [u8]),
    /// Output of the step that the builder is at.
    OfStep(&'l [u8]),
}

/// Takes off what stands around a line, where nothing is learnt by it.
pub(super) trait Frame {
    /// What stands inside the line.
    fn inside<'l>(&self, line: &'l [u8]) -> Inside<'l>;
    /// Where a further line starts inside the output of the step.
    fn further_line(&self, _output: &[u8]) -> Option<usize> {
        None
    }
    /// Does anything stand around lines at all?
    fn is_bare(&self) -> bool;
    /// The step of lines that are `OfStep`, and of the others.
    fn step(&self, of_step: bool) -> Option<StepRef>;
}

/// Lines that were read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stretch {
    /// How many bytes from the start, whole lines.
    pub bytes: usize,
    /// How many lines they are.
    pub lines: u64,
}

/// Where a block stands in the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    /// The number of its first line.
    pub number: u64,
    /// Its offset in bytes.
    pub offset: u64,
}

/// Memory to work in.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    text: Vec<u8>,
    candidates: Vec<usize>,
}

/// Reads the quiet lines at the start of `block`, which starts with a line. It ends before a line that a shape may take, and where the
/// sink waits for lines behind one that mattered.
pub(super) fn read(
    block: &[u8],
    at: At,
    frame: &dyn Frame,
    scratch: &mut Scratch,
    sink: &mut dyn LineSink,
    builds: &mut Builds,
) -> Stretch {
    let mut done = Stretch::default();
    let mut kind = None;
    let mut size = FIRST_PIECE;
    loop {
        let rest = &block[done.bytes..];
        let piece = &rest[..rest.len().min(size)];
        size = (size * 2).min(PIECE);
        let Some(end) = memrchr(b'\n', piece).map(|end| end + 1) else {
            if piece.len() < rest.len().min(PIECE) {
                continue;
            }
            // A line longer than a piece, or the block's end.
            return done;
        };
        let raw = &piece[..end];
        let plain = plain_text(raw, &mut scratch.text);
        let text: &[u8] = match plain {
            Plain::Same(length) => &raw[..length],
            Plain::Copied => &scratch.text,
        };
        let loud = first_shape(text, frame, &mut kind);
        let of_step = kind == Some(true);
        let at = At { number: at.number + done.lines, offset: at.offset + done.bytes as u64 };
        let quiet = &text[..loud];
        let mut reader = PieceReader {
            text: quiet,
            raw,
            copied: plain == Plain::Copied,
            cursor: Cursor::new(at),
            handed: 0,
            of_step,
            frame,
        };
        scratch.candidates.clear();
        sink.candidates(quiet, &mut scratch.candidates);
        let stopped = reader.read(&scratch.candidates, sink, builds);
        let cursor = reader.cursor;
        done.bytes += cursor.raw;
        done.lines += cursor.number - at.number;
        if stopped || cursor.raw < raw.len() || done.bytes == block.len() {
            return done;
        }
    }
}

/// How far a piece has been counted.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    /// In the plain text.
    text: usize,
    /// In the piece as it is.
    raw: usize,
    /// The line that starts there.
    number: u64,
    /// Of the piece, in the log.
    offset: u64,
}

impl Cursor {
    fn new(at: At) -> Self {
        Cursor { text: 0, raw: 0, number: at.number, offset: at.offset }
    }
}

/// Hands on what matters of one piece.
struct PieceReader<'p> {
    text: &'p [u8],
    raw: &'p [u8],
    /// `text` is not `raw` itself, but has the same lines.
    copied: bool,
    cursor: Cursor,
    /// Lines before this were handed on, or need not be.
    handed: usize,
    of_step: bool,
    frame: &'p dyn Frame,
}

impl<'p> PieceReader<'p> {
    /// Reads the text, in which the sink found `candidates`; `true`: the sink waits for more lines.
    fn read(&mut self, candidates: &[usize], sink: &mut dyn LineSink, builds: &mut Builds) -> bool {
        let step = self.frame.step(self.of_step);
        let mut from = 0;
        for &found in candidates {
            if found < from {
                continue;
            }
            let start = memrchr(b'\n', &self.text[..found]).map_or(0, |feed| feed + 1);
            let end = memchr(b'\n', &self.text[found..]).map_or(self.text.len(), |feed| found + feed);
            from = (end + 1).min(self.text.len());
            let inner = self.inner(start, end);
            if self.holds_several(inner) {
                return self.stop_before(start, step, sink);
            }
            if !sink.is_notable(inner, step) {
                continue;
            }
            self.hand_on_before(start, step, sink);
            let line = self.line(start, end, step);
            sink.notable_line(line, builds);
            self.handed = from;
            while from < self.text.len() && !sink.at_rest(step) {
                let end = memchr(b'\n', &self.text[from..]).map_or(self.text.len(), |feed| from + feed);
                let line = self.line(from, end, step);
                if self.holds_several(line.text) {
                    return self.stop_before(from, step, sink);
                }
                sink.log_line(line, builds);
                from = (end + 1).min(self.text.len());
                self.handed = from;
            }
            if !sink.at_rest(step) {
                self.move_to(from);
                return true;
            }
        }
        self.hand_on_before(self.text.len(), step, sink);
        self.move_to(self.text.len());
        false
    }

    /// Did a line of the step swallow others? Then the builder must read it. Asked only of lines that may matter.
    fn holds_several(&self, inner: &[u8]) -> bool {
        self.of_step && memchr(b'#', inner).is_some() && self.frame.further_line(inner).is_some()
    }

    fn stop_before(&mut self, start: usize, step: Option<StepRef>, sink: &mut dyn LineSink) -> bool {
        self.hand_on_before(start, step, sink);
        self.move_to(start);
        true
    }

    /// Hands on the last lines before `end`, so that the sink knows what stands before a line that matters.
    fn hand_on_before(&mut self, end: usize, step: Option<StepRef>, sink: &mut dyn LineSink) {
        let (mut start, mut wanted) = (end, sink.lookback());
        while start > self.handed && wanted > 0 {
            let before = memrchr(b'\n', &self.text[..start - 1]).map_or(0, |feed| feed + 1);
            if !self.inner(before, start - 1).trim_ascii().is_empty() {
                wanted -= 1;
            }
            start = before;
        }
        while start < end {
            let stop = memchr(b'\n', &self.text[start..]).map_or(self.text.len(), |feed| start + feed);
            let mut line = self.line(start, stop, step);
            let frame = self.frame;
            while self.holds_several(line.text) {
                let Some(at) = frame.further_line(line.text) else { break };
                sink.quiet_line(LogLine { text: &line.text[..at], ..line });
                line.text = match frame.inside(&line.text[at..]) {
                    Inside::Line(text) | Inside::OfStep(text) => text,
                };
            }
            sink.quiet_line(line);
            start = stop + 1;
        }
        self.handed = self.handed.max(end);
    }

    fn inner(&self, start: usize, end: usize) -> &'p [u8] {
        let text: &'p [u8] = self.text;
        let line = &text[start..end];
        if self.frame.is_bare() {
            return line;
        }
        match self.frame.inside(line) {
            Inside::Line(text) | Inside::OfStep(text) => text,
        }
    }

    fn line(&mut self, start: usize, end: usize, step: Option<StepRef>) -> LogLine<'p> {
        self.move_to(start);
        let Cursor { raw, number, offset, .. } = self.cursor;
        // A blank line between the lines of a step is nobody's.
        let text = self.inner(start, end);
        let bare = self.of_step && start == end;
        let step = if bare { self.frame.step(false) } else { step };
        LogLine { number, joined: 1, offset: offset + raw as u64, text, step, role: LineRole::Output, strand: 0 }
    }

    /// Counts the lines up to `to`, the start of one.
    fn move_to(&mut self, to: usize) {
        let lines = memchr_iter(b'\n', &self.text[self.cursor.text..to]).count();
        self.cursor.raw = if !self.copied {
            to
        } else if lines == 0 {
            self.cursor.raw
        } else {
            let feed = memchr_iter(b'\n', &self.raw[self.cursor.raw..]).nth(lines - 1);
            feed.map_or(self.raw.len(), |feed| self.cursor.raw + feed + 1)
        };
        self.cursor.text = to;
        self.cursor.number += lines as u64;
    }
}

/// The text of a piece without colours.
#[derive(Debug, PartialEq, Eq)]
enum Plain {
    /// The piece itself, so many bytes of it: whole lines.
    Same(usize),
    /// Another text with the same lines, up to one that needs a closer look.
    Copied,
}

/// Takes off what [`clean::segments`] would take off without cutting a line in two. Ends before a line in which more happens.
fn plain_text(raw: &[u8], copy: &mut Vec<u8>) -> Plain {
    let Some(mut at) = first_control(raw) else { return Plain::Same(raw.len()) };
    copy.clear();
    let mut from = 0;
    loop {
        copy.extend_from_slice(&raw[from..at]);
        let removed = match raw[at] {
            0x1b => {
                let end = memchr(b'\n', &raw[at..]).map_or(raw.len(), |feed| at + feed);
                clean::removable(&raw[at..end])
            }
            b'\r' => {
                let returns = raw[at..].iter().take_while(|byte| **byte == b'\r').count();
                (raw.get(at + returns) == Some(&b'\n')).then_some(returns)
            }
            _ => None,
        };
        let Some(removed) = removed else {
            let start = memrchr(b'\n', copy).map_or(0, |feed| feed + 1);
            copy.truncate(start);
            return Plain::Copied;
        };
        from = at + removed;
        match first_control(&raw[from..]) {
            Some(next) => at = from + next,
            None => {
                copy.extend_from_slice(&raw[from..]);
                return Plain::Copied;
            }
        }
    }
}

/// The first byte that is no plain text: an escape sequence, a redraw.
#[inline]
fn first_control(block: &[u8]) -> Option<usize> {
    let first = memchr3(0x1b, b'\r', 0x08, block);
    let block = first.map_or(block, |at| &block[..at]);
    memchr(0, block).or(first)
}

/// Where the first line starts that a shape may take, or that is of another kind than those before; the text's end if there is none.
fn first_shape(text: &[u8], frame: &dyn Frame, kind: &mut Option<bool>) -> usize {
    let mut start = 0;
    if frame.is_bare() {
        *kind = Some(false);
        let shapes = Shapes::new(text);
        for end in memchr_iter(b'\n', text) {
            if shapes.may_take(&text[start..end]) {
                return start;
            }
            start = end + 1;
        }
        return start;
    }
    // A prefix of compose may stand in any line.
    let shapes = Shapes::default();
    for end in memchr_iter(b'\n', text) {
        let line = &text[start..end];
        if !line.is_empty() {
            let (of_step, loud) = match frame.inside(line) {
                Inside::OfStep(inner) => (
                    true,
                    inner.first() == Some(&b'{') || inner.starts_with(b"[output clipped") || tasks::herald(inner),
                ),
                Inside::Line(inner) => (false, shapes.may_take(inner)),
            };
            if loud || *kind.get_or_insert(of_step) != of_step {
                return start;
            }
        }
        start = end + 1;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing stands around lines.
    struct Bare;

    impl Frame for Bare {
        fn inside<'l>(&self, line: &'l [u8]) -> Inside<'l> {
            Inside::Line(line)
        }
        fn is_bare(&self) -> bool {
            true
        }
        fn step(&self, _: bool) -> Option<StepRef> {
            None
        }
    }

    /// Wants lines with an `X`, and one line behind each.
    #[derive(Default)]
    struct Wants {
        got: Vec<String>,
        waits: bool,
    }

    impl Wants {
        fn take(&mut self, mark: &str, line: &LogLine<'_>) {
            self.got.push(format!("{mark}{}@{} {}", line.number, line.offset, String::from_utf8_lossy(line.text)));
        }
    }

    impl LineSink for Wants {
        fn log_line(&mut self, line: LogLine<'_>, _: &mut Builds) {
            self.take("=", &line);
            self.waits = false;
        }
        fn candidates(&self, block: &[u8], found: &mut Vec<usize>) {
            found.extend(memchr_iter(b'X', block));
        }
        fn is_notable(&mut self, text: &[u8], _: Option<StepRef>) -> bool {
            !text.starts_with(b"not")
        }
        fn notable_line(&mut self, line: LogLine<'_>, _: &mut Builds) {
            self.take("!", &line);
            self.waits = true;
        }
        fn quiet_line(&mut self, line: LogLine<'_>) {
            self.take(".", &line);
        }
        fn at_rest(&self, _: Option<StepRef>) -> bool {
            !self.waits
        }
        fn lookback(&self) -> usize {
            2
        }
    }

    fn reads(block: &[u8]) -> (Stretch, Vec<String>) {
        let mut sink = Wants::default();
        let at = At { number: 1, offset: 100 };
        let done = read(block, at, &Bare, &mut Scratch::default(), &mut sink, &mut Builds::default());
        (done, sink.got)
    }

    #[test]
    fn what_stands_around_a_notable_line_is_handed_on() {
        let (done, got) = reads(b"a\nb\nc\n\nd\nnot X\nXY\ne\nf\ng\nh\nlast");
        assert_eq!((done.bytes, done.lines), (26, 11));
        assert_eq!(got, [".5@107 d", ".6@109 not X", "!7@115 XY", "=8@118 e", ".10@122 g", ".11@124 h"]);
        let (done, got) = reads(b"X\n");
        assert_eq!((done, got), (Stretch { bytes: 2, lines: 1 }, vec!["!1@100 X".to_owned()]));
        assert_eq!(reads(b"no line").0, Stretch::default());
    }

    #[test]
    fn colours_go_away_and_shapes_stop() {
        let (done, got) = reads(b"a\r\n\x1b[31mX\x1b[0m\r\nb\r\nc\n#1 [2/3] RUN x\nd\n");
        assert_eq!((done.bytes, done.lines), (20, 4));
        assert_eq!(got, [".1@100 a", "!2@103 X", "=3@115 b", ".4@118 c"]);
        let (done, got) = reads(b"a\nten\rX\n");
        assert_eq!((done.bytes, done.lines, got.len()), (2, 1, 1), "a redraw is read by others");
    }
}
