//! Reads the stretches of a log in which no builder says anything: whole lines that no shape would take. Of these only the ones in
//! which something stands that anyone looks for are handed on, with the lines around them; the others are only counted. Most of a
//! good log is such.
//!
//! What stands here must never be quiet where a shape would take the line: `a_quiet_line_has_no_shape` compares the two on every
//! log of the corpus, and `tests/chunks.rs` compares whole answers with those of logs fed byte by byte, which never take the
//! shortcut.

use memchr::{memchr, memchr_iter, memchr2, memchr3, memmem, memrchr};

use super::{Builds, LineSink, ci_columns, clean, cloud, jenkins, journal, taskcluster, tasks};
use crate::model::{LineRole, LogLine, StepRef};

/// A first word longer than this is none.
const FIRST_WORD: usize = 160;
/// A longer name in brackets is none.
const BRACKETED: usize = 162;
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
    cuts: Vec<Cut>,
    starts: Vec<usize>,
    candidates: Vec<usize>,
}

/// What was taken out of a text.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// Where it stood.
    at: usize,
    /// How many bytes were taken out up to and with it.
    total: usize,
}

/// Where in a chunk something stands that the sink looks for, found beforehand: what [`LineSink::candidates`] would find in the block
/// that begins at `start` of the chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks<'m> {
    /// Bytes of the chunk, line after line.
    pub places: &'m [usize],
    pub start: usize,
}

impl Marks<'_> {
    /// Appends those in `range` of the block, as places in the text that is left of it without `cuts`, which count from its start.
    fn within(&self, range: std::ops::Range<usize>, cuts: &[Cut], found: &mut Vec<usize>) {
        let (from, to) = (self.start + range.start, self.start + range.end);
        let first = self.places.partition_point(|place| *place < from);
        let mut cuts = cuts.iter().peekable();
        let mut removed = 0;
        for place in self.places[first..].iter().take_while(|place| **place < to) {
            let place = place - from;
            while let Some(cut) = cuts.next_if(|cut| cut.at < place) {
                removed = cut.total;
            }
            found.push(place.saturating_sub(removed));
        }
    }
}

/// Appends where in a chunk `find` finds something in the text without colours, in order. `false`: that can't be told, as it holds bytes
/// that no plain text has, such as those of 16-bit text.
pub(super) fn mark(chunk: &[u8], find: &dyn Fn(&[u8], &mut Vec<usize>), found: &mut Vec<usize>) -> bool {
    if memchr(0, chunk).is_some() {
        return false;
    }
    let mut text = Vec::new();
    let mut cuts = Vec::new();
    let before = found.len();
    match without_colours(chunk, false, &mut text, &mut cuts) {
        Plain::Same(_) => {
            find(chunk, found);
            found[before..].sort_unstable();
        }
        Plain::Copied => {
            find(&text, found);
            found[before..].sort_unstable();
            let mut cuts = cuts.iter().peekable();
            let mut removed = 0;
            for place in &mut found[before..] {
                // In the text, a cut stands where the bytes before it end.
                while let Some(cut) = cuts.next_if(|cut| cut.at - removed <= *place) {
                    removed = cut.total;
                }
                *place += removed;
            }
        }
    }
    true
}

/// Reads the quiet lines at the start of `block`, which starts with a line. It ends before a line that a shape may take, and where the
/// sink waits for lines behind one that mattered.
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
        let plain = without_colours(raw, true, &mut scratch.text, &mut scratch.cuts);
        let text: &[u8] = match plain {
            Plain::Same(length) => &raw[..length],
            Plain::Copied => &scratch.text,
        };
        scratch.starts.clear();
        let loud = first_shape(text, frame, &mut kind, &mut scratch.starts);
        scratch.starts.push(loud);
        let of_step = kind == Some(true);
        let at = At { number: at.number + done.lines, offset: at.offset + done.bytes as u64 };
        let quiet = &text[..loud];
        scratch.candidates.clear();
        match marks {
            Some(marks) => {
                marks.within(done.bytes..done.bytes + end, &scratch.cuts, &mut scratch.candidates);
                // What stands behind the quiet text comes later, and may be cut otherwise.
                let known = scratch.candidates.partition_point(|place| *place < quiet.len());
                scratch.candidates.truncate(known);
            }
            None => sink.candidates(quiet, &mut scratch.candidates),
        }
        let mut reader = PieceReader {
            text: quiet,
            starts: &scratch.starts,
            cuts: &scratch.cuts,
            removed: 0,
            at,
            handed: 0,
            of_step,
            frame,
        };
        let (lines, stopped) = reader.read(&scratch.candidates, sink, builds);
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
    /// Reads the text, in which the sink found `candidates`. Gives how many lines were read, and whether the sink waits for more.
    fn read(&mut self, candidates: &[usize], sink: &mut dyn LineSink, builds: &mut Builds) -> (usize, bool) {
        let step = self.frame.step(self.of_step);
        let count = self.starts.len() - 1;
        let mut next = 0;
        for &found in candidates {
            if found < self.starts[next] {
                continue;
            }
            let line = next + self.starts[next..].partition_point(|start| *start <= found) - 1;
            if self.holds_several(line) {
                self.hand_on_before(line, step, sink);
                return (line, true);
            }
            next = line + 1;
            if !sink.is_notable(self.inner(line), step) {
                continue;
            }
            self.hand_on_before(line, step, sink);
            let notable = self.line(line, step);
            sink.notable_line(notable, builds);
            while next < count && !sink.at_rest(step) {
                if self.holds_several(next) {
                    return (next, true);
                }
                let line = self.line(next, step);
                sink.log_line(line, builds);
                next += 1;
            }
            self.handed = next;
            if !sink.at_rest(step) {
                return (next, true);
            }
        }
        self.hand_on_before(count, step, sink);
        (count, false)
    }

    /// Did a line of the step swallow others? Then the builder must read it. Asked only of lines that may matter.
    fn holds_several(&self, line: usize) -> bool {
        self.of_step && self.frame.further_line(self.inner(line)).is_some()
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
                sink.quiet_line(LogLine { text: &line.text[..at], ..line });
                line.text = match frame.inside(&line.text[at..]) {
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
        &text[self.starts[line]..self.starts[line + 1] - 1]
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
        let start = self.starts[line];
        while let Some((cut, rest)) = self.cuts.split_first().filter(|(cut, _)| cut.at - self.removed < start) {
            (self.removed, self.cuts) = (cut.total, rest);
        }
        start + self.removed
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

/// Takes off what [`clean::segments`] would take off without cutting a line in two, and says what. With `strict` it ends before a line in
/// which more happens.
fn without_colours(raw: &[u8], strict: bool, copy: &mut Vec<u8>, cuts: &mut Vec<Cut>) -> Plain {
    cuts.clear();
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
        from = match removed {
            Some(removed) => {
                let before = cuts.last().map_or(0, |cut| cut.total);
                cuts.push(Cut { at, total: before + removed });
                at + removed
            }
            None if strict => {
                let start = memrchr(b'\n', copy).map_or(0, |feed| feed + 1);
                copy.truncate(start);
                return Plain::Copied;
            }
            None => {
                copy.push(raw[at]);
                at + 1
            }
        };
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
/// Appends where the lines before it start.
fn first_shape(text: &[u8], frame: &dyn Frame, kind: &mut Option<bool>, starts: &mut Vec<usize>) -> usize {
    let mut start = 0;
    if frame.is_bare() {
        *kind = Some(false);
        let shapes = Shapes::new(text);
        for end in memchr_iter(b'\n', text) {
            if shapes.may_take(&text[start..end]) {
                return start;
            }
            starts.push(start);
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
        starts.push(start);
        start = end + 1;
    }
    start
}

/// Lines that builders and CI systems start so, and that a shape takes even where it has not been seen before, by their first byte.
#[inline]
fn known_starts(first: u8) -> &'static [&'static [u8]] {
    match first {
        b'-' => &[b"------", b"-->", b"--->", b"--- :"],
        b'[' => &[b"[+] ", b"[INFO] BUILD S", b"[Pipeline] ", b"[@", b"[Container] ", b"[Instance] ", b"[{\""],
        b'_' => &[b"_bk;t="],
        b'b' => &[b"bk;t="],
        b'p' => &[b"process \""],
        b'r' => &[b"remote:"],
        b'~' => &[b"~~~ "],
        b'I' => &[b"INFO["],
        b'W' => &[b"WARN["],
        b'D' => &[b"DEBU["],
        b'F' => &[b"Finished Step #", b"FATA["],
        b'G' => &[b"GECKO("],
        b'l' => &[b"lerna "],
        b'N' => &[b"NX   Running"],
        b'$' => &[b"$ "],
        b'=' => &[b"=> "],
        b'f' => &[b"failed to "],
        b'E' => &[b"ERROR", b"Error", b"ERRO["],
        b'e' => &[b"error"],
        b't' => &[b"target ", b"time="],
        b'T' => &[b"The command '"],
        b'C' => &[b"COPY failed", b"COMMIT"],
        b'A' => &[b"ADD failed"],
        b'S' => &[
            b"Step ",
            b"STEP ",
            b"Successfully ",
            b"Sending build context",
            b"Service '",
            b"Starting Step #",
            b"Scope: ",
        ],
        b'B' => &[b"BUILD SUCCESS"],
        b'R' => &[b"Running with gitlab-runner", b"Removing intermediate"],
        b's' => &[b"section_start:", b"section_end:", b"subprocess exited"],
        b'J' => &[b"Job succeeded"],
        _ => &[],
    }
}

/// A clock with nothing around it: of Jenkins, mozharness, the build pages of hosts and the journal.
#[inline]
fn clocked(line: &[u8]) -> bool {
    let colon = |place: usize| line.get(place) == Some(&b':');
    if colon(2) && colon(5) || colon(1) && colon(4) {
        return ci_columns::clock(line).is_some()
            || jenkins::clock(line).is_some()
            || taskcluster::mozharness(line).is_some();
    }
    colon(9) && colon(12) && (journal::inside(line).is_some() || ci_columns::clock(line).is_some())
}

/// The names in brackets of act, Tekton, `kubectl` and App Platform, and the stamp of TaskCluster.
#[inline]
fn bracketed(text: &[u8]) -> bool {
    let head = &text[..text.len().min(BRACKETED)];
    let Some(end) = memchr(b']', head) else { return false };
    let behind = &text[end + 1..];
    behind.starts_with(b"   |") && ci_columns::act(text).is_some()
        || behind.starts_with(b" [") && cloud::app_platform(text).is_some()
        // Levels and percentages are common, and too short for these.
        || end > 5 && (cloud::kubernetes(text).is_some() || taskcluster::stamp(text).is_some())
}

/// The bracketed stamps of Jenkins, TeamCity and App Platform, and a note of Jenkins that lost its escape character.
fn stamped(text: &[u8]) -> bool {
    let at = |place: usize| text.get(place).copied();
    let jenkins = at(5) == Some(b'-') && at(11) == Some(b'T');
    let clock = at(3) == Some(b':') && at(6) == Some(b':');
    let teamcity = matches!(at(9), Some(b'.' | b',')) || at(10) == Some(b'[') || at(11) == Some(b':');
    let app_platform = at(11) == Some(b' ') && at(14) == Some(b':') && cloud::app_platform(text).is_some();
    jenkins || (clock && teamcity) || app_platform || text.starts_with(b"[8mha:")
}

/// Tells lines that a wrapper or builder may take.
struct Shapes {
    /// There may be a `docker : text` of PowerShell, or a `web-1  | text` of compose.
    words: bool,
}

impl Default for Shapes {
    fn default() -> Self {
        Shapes { words: true }
    }
}

impl Shapes {
    /// For the lines of this text.
    fn new(text: &[u8]) -> Self {
        Shapes { words: memchr(b'|', text).is_some() || memmem::find(text, b" : ").is_some() }
    }

    /// May a wrapper or builder take this line, or learn from it, though none is in the middle of something?
    #[inline]
    fn may_take(&self, line: &[u8]) -> bool {
        let Some(&first) = line.first() else { return false };
        if first.is_ascii_alphanumeric() {
            if self.words && starts_with_name(line) {
                return true;
            }
            // Stamps, and the clock of a line of BuildKit.
            if first.is_ascii_digit() {
                let point = line.iter().take(10).find(|b| !b.is_ascii_digit());
                if line.get(4) == Some(&b'-') || point == Some(&b'.') {
                    return true;
                }
            }
            if clocked(line) {
                return true;
            }
        }
        let start = line.iter().position(|b| !matches!(b, b' ' | b'\t' | b'|')).unwrap_or(line.len());
        let text = &line[start..];
        let Some(&first) = text.first() else { return false };
        let taken = match first {
            b'{' | b'>' | 0..=0x1f => true,
            // The tick of compose, or a byte order mark.
            0x80.. => {
                text.starts_with(b"\xef\xbb\xbf")
                    || text.starts_with("• ".as_bytes())
                    || text.starts_with("✕ [".as_bytes())
                    || text.starts_with("╭──".as_bytes())
                    || memmem::find(text, b"Built").is_some()
            }
            b'#' => matches!(text.get(1), Some(b'#' | b'0'..=b'9')),
            b'+' => text.get(1) == Some(&b' ') || text.starts_with(b"+++ "),
            b'[' if text.get(1).is_some_and(u8::is_ascii_digit) => {
                memmem::find(text, b"] STEP ").is_some() || memmem::find(text, b"] COMMIT").is_some() || stamped(text)
            }
            b'[' if bracketed(text) => true,
            _ => known_starts(first).iter().any(|known| text.starts_with(known)),
        };
        // `Dockerfile:7`
        taken
            || (line.last().is_some_and(|last| last.is_ascii_digit() || last.is_ascii_whitespace())
                && ends_with_number(text))
    }
}

/// `docker : text`, `web-1  | text`.
fn starts_with_name(line: &[u8]) -> bool {
    let head = &line[..line.len().min(FIRST_WORD)];
    let Some(end) = memchr2(b' ', b'|', head) else { return false };
    let blanks = head[end..].iter().take_while(|byte| **byte == b' ').count();
    match head.get(end + blanks) {
        Some(b'|') => true,
        Some(b':') => blanks == 1,
        // Too long to tell.
        None => head.len() == FIRST_WORD,
        _ => false,
    }
}

fn ends_with_number(text: &[u8]) -> bool {
    let text = text.trim_ascii_end();
    let digits = text.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    digits > 0 && text.len() > digits && text[text.len() - digits - 1] == b':'
}

#[cfg(test)]
mod tests {
    use super::super::testing::Collected;
    use super::super::{Scope, Tasks, builders, tasks, wrappers};
    use super::*;

    /// Every line of every recorded log and hard case, each as if it were the first one of its shape.
    #[test]
    fn a_quiet_line_has_no_shape() {
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders = vec![here.join("corpus"), here.join("tests/cases")];
        let (mut quiet, mut all) = (0, 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                if path.extension().is_none_or(|ending| ending != "log" && ending != "txt") {
                    continue;
                }
                let log = std::fs::read(&path).unwrap();
                for line in log.split(|byte| *byte == b'\n') {
                    all += 1;
                    let with_feed = [line, b"\n"].concat();
                    if !Shapes::new(&with_feed).may_take(line) {
                        quiet += 1;
                        assert!(!is_taken(line), "{}: {}", path.display(), String::from_utf8_lossy(line));
                    }
                }
            }
        }
        assert!(all == 0 || quiet * 20 > all, "{quiet} of {all} lines are quiet");
    }

    fn is_taken(line: &[u8]) -> bool {
        let mut builds = Builds::default();
        let mut sink = Collected::default();
        let mut tasks = Tasks::default();
        let (number, offset, joined, consumed, strand) = (9_999, 0, 1, false, 0);
        let mut scope =
            Scope { builds: &mut builds, sink: &mut sink, tasks: &mut tasks, number, offset, joined, consumed, strand };
        wrappers().iter_mut().any(|wrapper| wrapper.unwrap(line, &mut scope).is_some())
            || builders().iter_mut().any(|builder| builder.read(line, &mut scope))
            || tasks::herald(line)
    }

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

    #[test]
    fn colours_go_away_and_shapes_stop() {
        let (done, got) = reads(b"a\r\n\x1b[31mX\x1b[0m\r\nb\r\nc\n#1 [2/3] RUN x\nd\n");
        assert_eq!((done.bytes, done.lines), (20, 4));
        assert_eq!(got, [".1@100 a", "!2@103 X", "=3@115 b", ".4@118 c"]);
        let (done, got) = reads(b"a\nten\rX\n");
        assert_eq!((done.bytes, done.lines, got.len()), (2, 1, 1), "a redraw is read by others");
    }
}
