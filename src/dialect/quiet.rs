//! Finds the stretches of a log that say nothing: whole lines that no shape would take, in which no text stands that anyone looks
//! for. They need not be read line by line, only counted; most of a good log is such.
//!
//! What stands here must never be quiet where a shape would take the line: `a_quiet_line_has_no_shape` compares the two on every
//! log of the corpus, and `tests/chunks.rs` compares whole answers with those of logs fed byte by byte, which never take the
//! shortcut.

use memchr::{memchr, memchr2, memchr3, memrchr};

use super::LineSink;

/// A first word longer than this is none.
const FIRST_WORD: usize = 160;
/// So much is looked at at once: it stays in the fastest cache.
const PIECE: usize = 8 * 1024;
/// Lines that builders and CI systems start so, and that a shape takes even where it has not been seen before.
const STARTS: &[&[u8]] = &[
    b"------",
    b"-->",
    b"--->",
    b"[+] ",
    b"[INFO] BUILD S",
    b"=> ",
    b"failed to ",
    b"ERROR",
    b"Error",
    b"error",
    b"target ",
    b"time=",
    b"The command '",
    b"COPY failed",
    b"ADD failed",
    b"Step ",
    b"STEP ",
    b"Successfully ",
    b"Sending build context",
    b"Service '",
    b"BUILD SUCCESS",
    b"Running with gitlab-runner",
    b"section_start:",
    b"section_end:",
    b"Job succeeded",
    b"Removing intermediate",
    b"subprocess exited",
    b"COMMIT",
];

/// The first bytes of `STARTS`, and those that alone are enough to look closer.
const CLOSER: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < STARTS.len() {
        table[STARTS[at][0] as usize] = true;
        at += 1;
    }
    table
};

/// Lines that can be left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stretch {
    /// How many bytes from the start, whole lines.
    pub bytes: usize,
    /// How many lines they are.
    pub lines: u64,
    /// Up to here, from the same start, lines must then be read one by one.
    pub read_to: usize,
    /// How many of these, blank ones apart, stand before the one for whose sake.
    pub lookback: usize,
}

/// The quiet lines at the start of `block`, which starts with a line. The last lines before one that must be read are left to be read
/// with it: at most `keep`, blank ones apart, and fewer where the sink says so.
pub(super) fn stretch(block: &[u8], keep: usize, sink: &dyn LineSink) -> Stretch {
    let mut kept = LastLines::new(keep);
    let mut at = 0;
    loop {
        let piece = &block[at..block.len().min(at + PIECE)];
        let Some(end) = memrchr(b'\n', piece).map(|end| end + 1) else {
            // A line longer than a piece, or the block's end.
            let line_end = memchr(b'\n', &block[at..]).map_or(block.len(), |end| at + end + 1);
            return kept.stretch(keep, line_end);
        };
        let (loud, mut lines) = first_shape(&piece[..end]);
        let loud = first_control(&piece[..loud]).unwrap_or(loud);
        let notable = sink.first_notable(&piece[..loud]);
        let loud = notable.map_or(loud, |notable| notable.at);
        if loud < end {
            // Not all of what was counted is quiet.
            let start = memrchr(b'\n', &piece[..loud]).map_or(0, |feed| feed + 1);
            lines = Lines::of(&piece[..start]);
            kept.note(&piece[..start], at, lines);
            let line_end = memchr(b'\n', &piece[loud..]).map_or(end, |feed| loud + feed + 1);
            return kept.stretch(notable.map_or(keep, |notable| notable.lookback), at + line_end);
        }
        kept.note(&piece[..end], at, lines);
        at += end;
        if at == block.len() {
            return kept.stretch(keep, at);
        }
    }
}

/// How many lines a piece has.
#[derive(Debug, Clone, Copy)]
struct Lines(u64);

impl Lines {
    fn of(piece: &[u8]) -> Lines {
        Lines(memchr::memchr_iter(b'\n', piece).count() as u64)
    }
}

/// The last lines of a block that are not blank.
struct LastLines {
    keep: usize,
    /// All lines seen so far.
    lines: u64,
    /// Where the kept lines start and how many lines stand before each; oldest first.
    starts: std::collections::VecDeque<(usize, u64)>,
}

impl LastLines {
    fn new(keep: usize) -> Self {
        LastLines { keep, lines: 0, starts: std::collections::VecDeque::new() }
    }

    /// Takes the next piece of whole lines, which starts at `at` in the block.
    fn note(&mut self, piece: &[u8], at: usize, lines: Lines) {
        let mut end = piece.len();
        let mut number = self.lines + lines.0;
        let mut found = 0;
        while end > 0 && found < self.keep {
            let start = memrchr(b'\n', &piece[..end - 1]).map_or(0, |feed| feed + 1);
            number -= 1;
            if !piece[start..end].trim_ascii().is_empty() {
                // Newest first here; put in order below.
                self.starts.insert(self.starts.len() - found, (at + start, number));
                found += 1;
            }
            end = start;
        }
        while self.starts.len() > self.keep {
            self.starts.pop_front();
        }
        self.lines += lines.0;
    }

    /// The quiet lines are at an end. The last `lookback` of them, and what follows up to `read_to`, must be read.
    fn stretch(self, lookback: usize, read_to: usize) -> Stretch {
        match self.starts.len().checked_sub(lookback.max(1)).and_then(|at| self.starts.get(at)) {
            Some(&(bytes, lines)) => Stretch { bytes, lines, read_to, lookback },
            // Fewer lines than are wanted: nothing can be left out.
            None => Stretch { bytes: 0, lines: 0, read_to, lookback },
        }
    }
}

/// The first byte that is no plain text: an escape sequence, a redraw.
fn first_control(block: &[u8]) -> Option<usize> {
    let first = memchr3(0x1b, b'\r', 0x08, block);
    let block = first.map_or(block, |at| &block[..at]);
    memchr(0, block).or(first)
}

/// Where the first line starts that a shape may take (the block's end if there is none), and how many lines the block has, if none.
fn first_shape(block: &[u8]) -> (usize, Lines) {
    let mut start = 0;
    let mut lines = 0;
    for end in memchr::memchr_iter(b'\n', block) {
        if may_have_shape(&block[start..end]) {
            return (start, Lines(lines));
        }
        start = end + 1;
        lines += 1;
    }
    (start, Lines(lines))
}

/// May a wrapper or builder take this line, or learn from it, though none is in the middle of something?
#[inline]
fn may_have_shape(line: &[u8]) -> bool {
    let Some(&first) = line.first() else { return false };
    if first.is_ascii_alphanumeric() {
        // `docker : text` of PowerShell, `web-1  | text` of compose: what follows the first word.
        let head = &line[..line.len().min(FIRST_WORD)];
        let word = memchr2(b' ', b'|', head);
        if word.is_some_and(|at| line[at] == b'|' || matches!(line.get(at + 1), Some(b' ' | b'|' | b':'))) {
            return true;
        }
        // Stamps, and the clock of a line of BuildKit.
        if first.is_ascii_digit() {
            let point = line.iter().take(10).find(|b| !b.is_ascii_digit());
            if line.get(4) == Some(&b'-') || point == Some(&b'.') {
                return true;
            }
        }
    }
    let start = line.iter().position(|b| !matches!(b, b' ' | b'\t' | b'|')).unwrap_or(line.len());
    let text = &line[start..];
    let Some(&first) = text.first() else { return false };
    match first {
        b'{' | b'>' | 0..=0x1f | 0x80.. => return true,
        b'#' if matches!(text.get(1), Some(b'#' | b'0'..=b'9')) => return true,
        b'+' if text.get(1) == Some(&b' ') => return true,
        b'[' if text.get(1).is_some_and(u8::is_ascii_digit) => return true,
        _ if CLOSER[first as usize] && STARTS.iter().any(|known| text.starts_with(known)) => return true,
        _ => {}
    }
    // `Dockerfile:7`
    let text = text.trim_ascii_end();
    let digits = text.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    digits > 0 && text.len() > digits && text[text.len() - digits - 1] == b':'
}

#[cfg(test)]
mod tests {
    use super::super::testing::Collected;
    use super::super::{Builds, Scope, builders, wrappers};
    use super::*;

    /// Every line of every recorded log, each as if it were the first one of its shape.
    #[test]
    fn a_quiet_line_has_no_shape() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        let mut folders = vec![corpus];
        let (mut quiet, mut all) = (0, 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                if path.extension().is_none_or(|ending| ending != "log") {
                    continue;
                }
                let log = std::fs::read(&path).unwrap();
                for line in log.split(|byte| *byte == b'\n') {
                    all += 1;
                    if !may_have_shape(line) {
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
        let mut scope = Scope {
            builds: &mut builds,
            sink: &mut sink,
            number: 9_999,
            offset: 0,
            joined: 1,
            consumed: false,
            strand: 0,
        };
        wrappers().iter_mut().any(|wrapper| wrapper.unwrap(line, &mut scope).is_some())
            || builders().iter_mut().any(|builder| builder.read(line, &mut scope))
    }

    #[test]
    fn what_stands_before_a_notable_line_is_left() {
        struct Wants(&'static [u8]);
        impl LineSink for Wants {
            fn log_line(&mut self, _: crate::model::LogLine<'_>, _: &mut Builds) {}
            fn first_notable(&self, block: &[u8]) -> Option<super::super::Notable> {
                let at = memchr::memmem::find(block, self.0)?;
                Some(super::super::Notable { at, lookback: 2 })
            }
        }
        let block = b"a\nb\nc\n\nd\nXY\ne\n";
        let found = stretch(block, 3, &Wants(b"X"));
        assert_eq!((found.bytes, found.lines, found.read_to), (4, 2, 12), "c, the blank line and d are left");
        let found = stretch(block, 3, &Wants(b"nothing"));
        assert_eq!((found.bytes, found.lines, found.read_to), (7, 4, 14), "d, XY and e are left");
        assert_eq!(stretch(b"a\nb", 1, &Wants(b"X")).read_to, 3, "the last line has not ended");
        assert_eq!(stretch(b"", 1, &Wants(b"X")).bytes, 0);
        let escape = stretch(b"a\nb\n\x1b[31mc\nd\n", 1, &Wants(b"X"));
        assert_eq!((escape.bytes, escape.read_to), (2, 11));
    }
}
