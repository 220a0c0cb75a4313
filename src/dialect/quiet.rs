//! Reads the stretches of a log in which no builder says anything: whole lines that no shape would take. Of these only the ones in
//! which something stands that anyone looks for are handed on, with the lines around them; the others are only counted. Most of a
//! good log is such. What stands in a chunk may have been found beforehand, by [`super::marked`].
//!
//! Which lines are loud is told by [`super::loud`]; `tests/chunks.rs` compares whole answers with those of logs fed byte by byte, which
//! never take the shortcut.

use memchr::{memchr, memrchr};

use super::colours::{Cut, Plain, without_colours};
use super::loud::may_take;
use super::marked::{Marks, PIECE};
use super::sixteen::LineStarts;
use super::{Builds, LineSink, tasks};
use crate::model::{LineMarks, LineRole, LogLine, Mark, StepRef};
use crate::pieces::Pieces;

/// So much at first, where that is to be made ready: where quiet lines soon end, it was done in vain.
const FIRST_PIECE: usize = 1024;
/// In so much text lines are looked for at once.
const LINES_OF: usize = 2048;

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
    cuts: Vec<Cut>,
    starts: LineStarts,
    marks: Vec<Mark>,
}

/// Reads the quiet lines at the start of `block`, which starts with a line. It ends before a line that a shape may take.
pub(super) fn read(
    block: &[u8],
    at: At,
    frame: &dyn Frame,
    marks: Option<Marks<'_>>,
    scratch: &mut Scratch,
    sink: &mut dyn LineSink,
    builds: &mut Builds,
) -> Stretch {
    let mut done = Stretch::default();
    let mut kind = None;
    let mut size = FIRST_PIECE;
    loop {
        let marks = marks.filter(|marks| marks.start + done.bytes < marks.end);
        let is_plain = marks.is_some_and(|marks| marks.plain);
        let rest = block.tail(done.bytes);
        let rest = marks.map_or(rest, |marks| rest.head(marks.end - marks.start - done.bytes));
        let piece = rest.head(if is_plain { PIECE } else { size });
        size = (size * 2).min(PIECE);
        let Some(end) = memrchr(b'\n', piece).map(|end| end + 1) else {
            if piece.len() < rest.len().min(PIECE) {
                continue;
            }
            // A line longer than a piece, or the block's end.
            return done;
        };
        let raw = piece.head(end);
        let plain = if is_plain {
            scratch.cuts.clear();
            Plain::Same(raw.len())
        } else {
            without_colours(raw, true, &mut scratch.text, &mut scratch.cuts)
        };
        let text: &[u8] = match plain {
            Plain::Same(length) => raw.head(length),
            Plain::Copied => &scratch.text,
        };
        let quiet = quiet_lines(text, frame, &mut kind, &mut scratch.starts);
        let starts = scratch.starts.known().head(quiet + 1);
        let of_step = kind == Some(true);
        let at = At { number: at.number + done.lines, offset: at.offset + done.bytes as u64 };
        let quiet = text.head(starts.last().copied().unwrap_or_default());
        scratch.marks.clear();
        match marks {
            Some(marks) => {
                let end = if is_plain { quiet.len() } else { end };
                marks.within(done.bytes..done.bytes + end, &scratch.cuts, &mut scratch.marks);
                // What stands behind the quiet text comes later, and may be cut otherwise.
                let known = scratch.marks.partition_point(|mark| mark.at() < quiet.len());
                scratch.marks.truncate(known);
            }
            None => sink.candidates(quiet, &mut scratch.marks),
        }
        // Into lines in a frame nobody has looked as they are inside.
        let known = marks.filter(|_| is_plain && frame.is_bare());
        let mut reader = PieceReader {
            text: quiet,
            origin: known.map_or(0, |marks| marks.start + done.bytes),
            looked_into: known.map_or(&[], |marks| marks.looked_into),
            starts,
            marks: &scratch.marks,
            cuts: &scratch.cuts,
            removed: 0,
            at,
            handed: 0,
            of_step,
            frame,
        };
        let (lines, stopped) = reader.read(sink, builds);
        let bytes = reader.raw(lines);
        done.bytes += bytes;
        done.lines += lines as u64;
        if stopped || bytes < raw.len() || done.bytes == block.len() {
            return done;
        }
    }
}

/// Hands on what matters of one piece.
struct PieceReader<'p> {
    /// Whole lines without colours.
    text: &'p [u8],
    /// Where each line starts, and the text's end.
    starts: &'p [usize],
    /// What stands in the lines that are still to be read.
    marks: &'p [Mark],
    /// Where the text stands in the chunk, and lines of that which were looked into.
    origin: usize,
    looked_into: &'p [(u32, u32)],
    /// What was taken out of the piece, from here on.
    cuts: &'p [Cut],
    /// How much was taken out before.
    removed: usize,
    /// Where the piece stands.
    at: At,
    /// Lines before this were handed on, or need not be.
    handed: usize,
    of_step: bool,
    frame: &'p dyn Frame,
}

impl<'p> PieceReader<'p> {
    /// Reads the text. Gives how many lines were read, and whether the builder must read the next one.
    fn read(&mut self, sink: &mut dyn LineSink, builds: &mut Builds) -> (usize, bool) {
        let step = self.frame.step(self.of_step);
        let count = self.starts.len() - 1;
        let mut next = 0;
        loop {
            while next < count && !self.is_at_rest(step, sink) {
                if self.holds_several(next) {
                    return (next, true);
                }
                let marks = self.marks_of(next);
                let line = self.line(next, step);
                sink.awaited_line(line, marks, builds);
                next += 1;
                self.handed = next;
            }
            let Some(line) = self.next_telling(next) else { break };
            if self.holds_several(line) {
                self.hand_on_before(line, step, sink);
                return (line, true);
            }
            next = line + 1;
            let marks = self.marks_of(line);
            if sink.is_notable(self.inner(line), marks, step) {
                self.hand_on_before(line, step, sink);
                let notable = self.line(line, step);
                sink.notable_line(notable, builds);
                self.handed = next;
            }
        }
        self.hand_on_before(count, step, sink);
        (count, false)
    }

    /// Waits the sink for no further line? A blank one may be nobody's.
    fn is_at_rest(&self, step: Option<StepRef>, sink: &dyn LineSink) -> bool {
        sink.at_rest(step) && (!self.of_step || sink.at_rest(self.frame.step(false)))
    }

    /// The first line from `next` on in which something telling stands.
    fn next_telling(&mut self, next: usize) -> Option<usize> {
        let start = *self.starts.get(next)?;
        let found = self.marks.iter().find(|mark| mark.is_telling() && mark.at() >= start)?.at();
        let line = next + self.starts.tail(next + 1).partition_point(|start| *start <= found);
        let start = *self.starts.get(line)?;
        self.marks = self.marks.tail(self.marks.iter().take_while(|mark| mark.at() < start).count());
        Some(line)
    }

    /// What stands in a line, not before the one that was asked for last; nothing where the line's end was taken off, too.
    fn marks_of(&mut self, line: usize) -> Option<LineMarks<'p>> {
        let end = *self.starts.get(line + 1)?;
        let (whole, inner) = (self.whole(line).as_ptr_range(), self.inner(line).as_ptr_range());
        let own = self.marks.iter().take_while(|mark| mark.at() < end).count();
        let (marks, rest) = self.marks.split_at_checked(own)?;
        self.marks = rest;
        let start = inner.start.addr().checked_sub(self.text.as_ptr().addr())?;
        let ahead = self.ahead(line);
        (whole.end == inner.end).then(|| LineMarks::new(marks, start).with_ahead(ahead))
    }

    /// The number of what was found out about a line ahead.
    fn ahead(&mut self, line: usize) -> Option<u32> {
        let start = self.origin + self.starts.get(line)?;
        while let Some(((looked_into, number), rest)) = self.looked_into.split_first() {
            let looked_into = *looked_into as usize;
            if looked_into >= start {
                return (looked_into == start).then_some(*number);
            }
            self.looked_into = rest;
        }
        None
    }

    /// Did a line of the step swallow others? Then the builder must read it. Asked only of lines that may matter.
    fn holds_several(&self, line: usize) -> bool {
        let inner = self.inner(line);
        self.of_step && memchr(b'#', inner).is_some() && self.frame.further_line(inner).is_some()
    }

    /// Hands on the last lines before the one of number `end`, so that the sink knows what stands before a line that matters.
    fn hand_on_before(&mut self, end: usize, step: Option<StepRef>, sink: &mut dyn LineSink) {
        let (mut start, mut wanted) = (end, sink.lookback());
        while start > self.handed && wanted > 0 {
            start -= 1;
            if !self.inner(start).trim_ascii().is_empty() {
                wanted -= 1;
            }
        }
        for line in start..end {
            let (mut line, frame) = (self.line(line, step), self.frame);
            while let Some(at) = frame.further_line(line.text).filter(|_| self.of_step) {
                sink.quiet_line(LogLine { text: line.text.head(at), ..line });
                line.text = match frame.inside(line.text.tail(at)) {
                    Inside::Line(text) | Inside::OfStep(text) => text,
                };
            }
            sink.quiet_line(line);
        }
        self.handed = self.handed.max(end);
    }

    /// A line without its feed.
    fn whole(&self, line: usize) -> &'p [u8] {
        let text: &'p [u8] = self.text;
        let Some([start, end]) = self.starts.tail(line).first_chunk() else { return &[] };
        text.part(*start..end.saturating_sub(1))
    }

    /// What stands inside it.
    fn inner(&self, line: usize) -> &'p [u8] {
        let line = self.whole(line);
        if self.frame.is_bare() {
            return line;
        }
        match self.frame.inside(line) {
            Inside::Line(text) | Inside::OfStep(text) => text,
        }
    }

    /// A line, not before the one that was asked for last.
    fn line(&mut self, line: usize, step: Option<StepRef>) -> LogLine<'p> {
        let offset = self.at.offset + self.raw(line) as u64;
        let number = self.at.number + line as u64;
        // A blank line between the lines of a step is nobody's.
        let text = self.inner(line);
        let bare = self.of_step && self.whole(line).is_empty();
        let step = if bare { self.frame.step(false) } else { step };
        LogLine { number, joined: 1, offset, text, step, role: LineRole::Output, strand: 0 }
    }

    /// Where a line starts in the piece as it is; not before the one that was asked for last.
    fn raw(&mut self, line: usize) -> usize {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        while let Some((cut, rest)) = self.cuts.split_first().filter(|(cut, _)| cut.at - self.removed < start) {
            (self.removed, self.cuts) = (cut.total, rest);
        }
        start + self.removed
    }
}

/// How many lines come before the first one that a shape may take, or that is of another kind than those before. Says where they start,
/// and where the last of them ends, in place of what `starts` holds.
fn quiet_lines(text: &[u8], frame: &dyn Frame, kind: &mut Option<bool>, starts: &mut LineStarts) -> usize {
    starts.begin();
    let is_bare = frame.is_bare();
    if is_bare {
        *kind = Some(false);
    }
    let mut quiet = 0;
    for (at, part) in (0..).step_by(LINES_OF).zip(text.chunks(LINES_OF)) {
        starts.add(part, at);
        let known = starts.known().tail(quiet);
        for (start, next) in known.iter().zip(known.tail(1)) {
            let line = text.part(*start..next - 1);
            let ends = if is_bare { may_take(line) } else { is_loud(line, frame, kind) };
            if ends {
                return quiet;
            }
            quiet += 1;
        }
    }
    quiet
}

/// May a shape take the line, or is it of another kind?
fn is_loud(line: &[u8], frame: &dyn Frame, kind: &mut Option<bool>) -> bool {
    if line.is_empty() {
        return false;
    }
    let (of_step, loud) = match frame.inside(line) {
        Inside::OfStep(inner) => {
            (true, inner.first() == Some(&b'{') || inner.starts_with(b"[output clipped") || tasks::herald(inner))
        }
        Inside::Line(inner) => (false, may_take(inner)),
    };
    loud || *kind.get_or_insert(of_step) != of_step
}

#[cfg(test)]
mod tests {
    use memchr::memchr_iter;

    use super::super::marked::{LooksAhead, Marked};
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

        fn marked(&self, text: &[u8], marks: Option<LineMarks<'_>>) {
            let xs = memchr_iter(b'X', text).map(|at| (7, at));
            let mut wanted: Vec<(u32, usize)> = xs.chain(memchr_iter(b'Y', text).map(|at| (8, at))).collect();
            wanted.sort_unstable_by_key(|(_, at)| *at);
            assert_eq!(marks.map(|marks| marks.iter().collect()), Some(wanted), "{}", String::from_utf8_lossy(text));
        }
    }

    impl LineSink for Wants {
        fn log_line(&mut self, line: LogLine<'_>, _: &mut Builds) {
            self.take("=", &line);
            self.waits = false;
        }
        fn candidates(&self, block: &[u8], found: &mut Vec<Mark>) {
            let xs = memchr_iter(b'X', block).map(|at| Mark::new(at as u32, 7, true));
            found.extend(xs.chain(memchr_iter(b'Y', block).map(|at| Mark::new(at as u32, 8, false))));
            found.sort_unstable();
        }
        fn is_notable(&mut self, text: &[u8], marks: Option<LineMarks<'_>>, _: Option<StepRef>) -> bool {
            self.marked(text, marks);
            !text.starts_with(b"not")
        }
        fn awaited_line(&mut self, line: LogLine<'_>, marks: Option<LineMarks<'_>>, builds: &mut Builds) {
            self.marked(line.text, marks);
            self.log_line(line, builds);
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
        let done = read(block, at, &Bare, None, &mut Scratch::default(), &mut sink, &mut Builds::default());
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

    /// Looks into lines with an `X`, and gives them the numbers that they hold.
    struct Numbers;

    impl LooksAhead for Numbers {
        fn find(&self, block: &[u8], found: &mut Vec<Mark>) {
            let mut own = Vec::new();
            Wants::default().candidates(block, &mut own);
            found.append(&mut own);
        }
        fn look_into(&mut self, line: &[u8], marks: LineMarks<'_>) -> Option<u32> {
            Wants::default().marked(line, Some(marks));
            number_in(line)
        }
    }

    fn number_in(line: &[u8]) -> Option<u32> {
        String::from_utf8_lossy(line).split('X').nth(1)?.parse().ok()
    }

    /// Sees that a line with an `X` comes with the number that it holds, if it was looked into.
    struct Sees {
        looked_into: bool,
        seen: usize,
    }

    impl LineSink for Sees {
        fn log_line(&mut self, _: LogLine<'_>, _: &mut Builds) {}
        fn candidates(&self, block: &[u8], found: &mut Vec<Mark>) {
            Wants::default().candidates(block, found);
        }
        fn is_notable(&mut self, text: &[u8], marks: Option<LineMarks<'_>>, _: Option<StepRef>) -> bool {
            let number = number_in(text).filter(|_| self.looked_into);
            assert_eq!(marks.and_then(LineMarks::ahead), number, "{}", String::from_utf8_lossy(text));
            self.seen += 1;
            false
        }
        fn at_rest(&self, _: Option<StepRef>) -> bool {
            true
        }
    }

    #[test]
    fn lines_come_with_what_was_found_out_ahead_where_many_are_telling() {
        for (every, ending, looked_into) in [(1, "\n", true), (3, "\n", true), (90, "\n", false), (3, "\r\n", false)] {
            let line = |number: u32| match number % every {
                0 => format!("line YX{number}{ending}"),
                _ => format!("line Y {number}{ending}"),
            };
            let log: String = (0..9_000).map(line).collect();
            // Its last line goes on in the next chunk.
            let chunk = &log.as_bytes()[..log.len() - 5];
            let mut marked = Marked::default();
            marked.find(chunk, &|| true, &mut Numbers);
            assert_eq!(!marked.looked_into.is_empty(), looked_into, "one of {every}");
            let mut sink = Sees { looked_into, seen: 0 };
            let (mut done, mut scratch, mut builds) = (0, Scratch::default(), Builds::default());
            // As if another reader had taken some lines.
            while let Some(start) = log.as_bytes().get(done..).and_then(|rest| memchr(b'\n', rest)) {
                done += start + 1;
                let marks = marked.behind(done);
                let at = At { number: 1, offset: 0 };
                done += read(chunk.tail(done), at, &Bare, marks, &mut scratch, &mut sink, &mut builds).bytes;
            }
            assert!(sink.seen > 9_000 / every as usize / 2, "{} of {every}", sink.seen);
        }
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
