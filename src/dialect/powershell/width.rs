//! The width of a console, estimated from the lines that it wrapped.

use super::super::held::{Lines, Text};
use crate::pieces::Pieces;

/// The narrowest console.
const NARROWEST: usize = 15;
/// Widths of consoles nobody changed: believed after one wrapped line.
pub const COMMON: [usize; 2] = [79, 119];

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

/// How lines were wrapped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Width {
    columns: usize,
    /// Lines with blanks are cut in the middle of a word.
    hard: bool,
    /// Lines are wrapped after a blank.
    soft: bool,
    /// Is it sure that lines were wrapped so?
    pub sure: bool,
    /// No line speaks against it.
    pub complete: bool,
}

impl Width {
    /// Lines are wrapped after a blank; words that are too long for a line are cut.
    pub fn soft(columns: usize) -> Self {
        Width { columns, hard: false, soft: true, sure: true, complete: false }
    }

    /// Does it lie between these two?
    pub fn is_within(&self, least: usize, most: usize) -> bool {
        (least..=most).contains(&self.columns)
    }

    /// A word that is too long for any line begins where it stands, and is cut at the end of the line.
    fn cuts_word(&self, line: Text<'_>, next: Text<'_>) -> bool {
        let begun = line.bytes.len() - memchr::memrchr(b' ', line.bytes).map_or(0, |blank| blank + 1);
        !ends_blank(line) && begun + needed(next).min(self.columns) > self.columns
    }

    /// Was `next` a part of `line`?
    pub fn joins(&self, line: Text<'_>, next: Text<'_>) -> bool {
        if line.width > self.columns {
            return false;
        }
        let full = line.width == self.columns;
        let cut = self.hard || !has_blank(line) || (self.soft && self.cuts_word(line, next));
        let wrapped = (full && cut && !next.bytes.starts_with(b"\t"))
            || (self.soft && ends_blank(line) && line.width + needed(next) > self.columns);
        wrapped && may_continue(next.bytes)
    }
}

/// The width at which the lines of a block were wrapped, if any were.
pub fn estimate(block: &Lines) -> Option<Width> {
    let evidence = Evidence::of(block);
    let mut candidates: Vec<usize> = evidence.wide_enough.iter().map(|(width, _)| *width as usize).collect();
    candidates.extend(COMMON);
    candidates.sort_unstable();
    candidates.dedup();
    let mut best: Option<(i64, Width)> = None;
    for columns in candidates {
        // Most widths are none, and need no closer look.
        if evidence.at_most(columns) < 1 {
            continue;
        }
        let (score, mut width) = evidence.judge(columns);
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

/// What a block says of widths.
struct Evidence<'b> {
    block: &'b Lines,
    /// The widths of lines that a console may have wrapped, sorted, each with the line's place in the block.
    wide_enough: Vec<(u32, u32)>,
    /// Places of lines that end with a blank.
    end_blank: Vec<u32>,
}

impl<'b> Evidence<'b> {
    fn of(block: &'b Lines) -> Self {
        let (mut wide_enough, mut end_blank) = (Vec::with_capacity(block.len()), Vec::new());
        for (at, line) in (0..).zip(block.texts()) {
            if line.width >= NARROWEST {
                wide_enough.push((u32::try_from(line.width).unwrap_or(u32::MAX), at));
            }
            if ends_blank(line) {
                end_blank.push(at);
            }
        }
        wide_enough.sort_unstable();
        Evidence { block, wide_enough, end_blank }
    }

    /// How many lines are narrower.
    fn narrower(&self, columns: usize) -> usize {
        self.wide_enough.partition_point(|(width, _)| (*width as usize) < columns)
    }

    /// How many lines are as wide as that.
    fn count(&self, columns: usize) -> usize {
        self.narrower(columns + 1) - self.narrower(columns)
    }

    /// What is to be taken off a width's score: lines that are longer speak against it.
    fn against(&self, columns: usize) -> i64 {
        let longer = self.wide_enough.len() - self.narrower(columns + 1);
        // Standard output is not wrapped and may be longer; then the width must stand out.
        let count = self.count(columns);
        let stands_out = columns >= 60 && count >= 8 && count * 2 > longer && {
            let around: usize =
                (1..=4).map(|by| self.count(columns + by) + self.count(columns.saturating_sub(by))).sum();
            count * 2 > around
        };
        (if stands_out { longer / 8 } else { 2 * longer }) as i64
    }

    /// The score of a width is no higher than this.
    fn at_most(&self, columns: usize) -> i64 {
        (self.count(columns) + self.end_blank.len()) as i64 - self.against(columns)
    }

    /// The line at a place and the next one, where that may go on with it.
    fn pair(&self, at: u32) -> Option<(Text<'b>, Text<'b>)> {
        let (line, next) = (self.block.text(at as usize)?, self.block.text(at as usize + 1)?);
        (!alike(line, next) && !is_blank(line.bytes) && may_continue(next.bytes)).then_some((line, next))
    }

    /// What speaks for a width: pairs of lines that it explains, less those that it does not.
    fn judge(&self, columns: usize) -> (i64, Width) {
        // Full lines with and without a blank; lines ending with a blank where the next word did not fit, or did.
        let (mut cut, mut solid, mut wrapped, mut loose) = (0i64, 0i64, 0i64, 0i64);
        // Every line of BuildKit starts with `#N`: one that doesn't goes on with the one before.
        let mut proved = false;
        for (line, next) in self.end_blank.iter().filter_map(|at| self.pair(*at)) {
            if line.width > columns {
                continue;
            }
            if line.width + needed(next) > columns {
                wrapped += 1;
            } else {
                loose += 1;
            }
        }
        let full = self.wide_enough.part(self.narrower(columns)..self.narrower(columns + 1));
        for (line, next) in full.iter().filter_map(|(_, at)| self.pair(*at)) {
            if !ends_blank(line) && !next.bytes.starts_with(b"\t") {
                proved |= line.bytes.starts_with(b"#");
                if has_blank(line) { cut += 1 } else { solid += 1 }
            }
        }
        let hard = cut > 0 && cut * 4 >= wrapped;
        let soft = wrapped > 0 && wrapped * 4 >= cut && wrapped >= loose;
        let score = solid + if hard { cut } else { 0 } + if soft { wrapped - loose / 2 } else { 0 };
        let against = self.against(columns);
        let complete = loose == 0 && against == 0;
        (score - against, Width { columns, hard, soft, sure: proved, complete })
    }
}

pub fn ends_blank(line: Text<'_>) -> bool {
    line.bytes.last() == Some(&b' ')
}

/// Could it have been wrapped after a blank?
fn has_blank(line: Text<'_>) -> bool {
    line.bytes.get(1..).is_some_and(|rest| memchr::memchr(b' ', rest).is_some())
}

/// Columns that the line before would have needed for one more word.
pub fn needed(line: Text<'_>) -> usize {
    match memchr::memchr(b' ', line.bytes) {
        Some(end) => columns(line.bytes.head(end)) + 1,
        None => line.width,
    }
}

/// May it be the rest of the line before? Lines that a builder starts are not.
pub fn may_continue(bytes: &[u8]) -> bool {
    let mut line = bytes;
    while let Some(rest) = line.strip_prefix(b"\x1b[") {
        let colour = rest.iter().take_while(|b| b.is_ascii_digit() || **b == b';').count();
        let Some(b'm') = rest.get(colour) else { break };
        line = rest.tail(colour + 1);
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
    line.tail(digits).trim_ascii_start()
}

/// Rows of a table, and messages on one file, are alike at their start: neither goes on with the other.
pub fn alike(line: Text<'_>, next: Text<'_>) -> bool {
    line.bytes.len() >= 4 && next.bytes.len() >= 4 && line.bytes.head(4) == next.bytes.head(4)
}

pub fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|b| matches!(b, b' ' | b'\r'))
}

/// Characters as the console counts them: 16-bit units.
pub fn columns(text: &[u8]) -> usize {
    text.iter().map(|b| usize::from(b & 0xc0 != 0x80) + usize::from(*b >= 0xf0)).sum()
}
