//! Stretches of a block that were wrapped at a width of their own: the console was resized, or only a part of the log went through it.
//!
//! A line that was wrapped after a blank tells its width within bounds: it fits, and with the next word it would not have. Lines that
//! follow each other and whose bounds agree, with nothing longer between them, were wrapped at the same width.

use std::ops::Range;

use super::super::held::Lines;
use super::width::{COMMON, Width, alike, ends_blank, is_blank, may_continue, needed};
use crate::pieces::Pieces;

/// So many wrapped lines prove a stretch …
const ENOUGH: usize = 5;
/// … or so many, where builders' heads stand before some of them: what follows without one goes on with the line before.
const WITH_HEADS: usize = 3;
const HEADS: usize = 2;

/// Lines that were wrapped at one width.
#[derive(Debug)]
pub struct Stretch {
    /// Their places in the block.
    pub lines: Range<usize>,
    pub width: Width,
    /// Lines of BuildKit among those that go on.
    heads: usize,
}

impl Stretch {
    /// Do lines of BuildKit prove it, so that also a log in 8 bits without any error record was wrapped?
    pub fn is_certain(&self) -> bool {
        self.heads >= HEADS
    }
}

/// A line that goes on with the next one, and between which widths it was wrapped.
struct Pair {
    at: usize,
    least: usize,
    most: usize,
    /// The longest line from here on to the next pair.
    longest: usize,
    head: bool,
}

/// The stretches of a block, in order. Where `base` explains one as well, it is none of its own.
pub fn stretches(block: &Lines, base: Option<Width>) -> Vec<Stretch> {
    let pairs = pairs(block);
    let mut found: Vec<Stretch> = Vec::new();
    let mut first = 0;
    while first < pairs.len() {
        let (mut least, mut most, mut end) = (0, usize::MAX, first);
        while let Some(pair) = pairs.get(end) {
            let (wider, narrower) = (least.max(pair.least), most.min(pair.most));
            // What stands between two pairs counts with the later one.
            let between = pairs.part(first..end).last().map_or(0, |pair| pair.longest);
            if wider.max(between) > narrower {
                break;
            }
            (least, most, end) = (wider.max(between), narrower, end + 1);
        }
        let near = pairs.part(first..end);
        let count = near.len();
        let heads = near.iter().filter(|pair| pair.head).count();
        let common = COMMON.into_iter().find(|columns| (least..=most).contains(columns));
        let columns = common.unwrap_or(least);
        // Lines that were cut in the middle of words are all as wide, also those that end with a blank by chance.
        let short = near.iter().filter(|pair| pair.least < columns).count();
        let proved = (count >= ENOUGH || (count >= WITH_HEADS && heads >= HEADS)) && short * 2 >= count;
        if let Some((start, last)) = near.first().zip(near.last())
            && proved
            && !base.is_some_and(|base| base.is_within(least, most))
        {
            let from = found.last().map_or(0, |before| before.lines.end);
            let lines = around(block, start.at, last.at + 2, from, columns);
            found.push(Stretch { lines, width: Width::soft(columns), heads });
            first = end;
        } else {
            first += 1;
        }
    }
    found
}

fn pairs(block: &Lines) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for (at, line) in block.texts().enumerate() {
        if let Some(last) = pairs.last_mut() {
            last.longest = last.longest.max(line.width);
        }
        let Some(next) = block.text(at + 1).filter(|_| ends_blank(line) && !is_blank(line.bytes)) else { continue };
        if may_continue(next.bytes) && !alike(line, next) {
            let head = line.bytes.starts_with(b"#");
            pairs.push(Pair { at, least: line.width, most: line.width + needed(next) - 1, longest: line.width, head });
        }
    }
    pairs
}

/// The lines with their neighbours, as far as these are not longer.
fn around(block: &Lines, start: usize, end: usize, from: usize, columns: usize) -> Range<usize> {
    let fits = |at: &usize| block.text(*at).is_some_and(|line| line.width <= columns);
    let before = (from..start).rev().take_while(fits).count();
    let behind = (end..block.len()).take_while(fits).count();
    start - before..end + behind
}
