//! Looks through a chunk of a log before its turn comes, for where something stands that the sink looks for. That is most of the work of
//! reading a good log, needs nothing of what stands before, and so may be done on another thread.

use memchr::{memchr, memrchr};

use super::colours::{Cut, without_colours};
use super::control::first_control;
use crate::model::{LineMarks, Mark};
use crate::pieces::Pieces;

/// So much is looked at at once: it stays in the fast caches.
pub(super) const PIECE: usize = 32 * 1024;

/// Lines are looked into ahead where something telling stands in so many bytes. Where it is less, that is hardly more than nothing for
/// the thread whose turn it is, and to hand on what was found out costs as much.
const DENSE: usize = 256;

/// Where in a chunk something stands that the sink looks for, found beforehand: what [`LineSink::candidates`] would find in the block
/// that begins at `start` of the chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks<'m> {
    /// At bytes of the chunk, in the order of places.
    pub places: &'m [Mark],
    pub start: usize,
    /// What stands from this byte of the chunk on, where a line starts, is not known.
    pub end: usize,
    /// Nothing but text stands before it: no escape sequence, no return.
    pub plain: bool,
    /// Lines that were looked into, by where they start in the chunk, and the number of what was found out.
    pub looked_into: &'m [(u32, u32)],
}

impl Marks<'_> {
    /// Appends those in `range` of the block, as places in the text that is left of it without `cuts`, which count from its start.
    pub(super) fn within(&self, range: std::ops::Range<usize>, cuts: &[Cut], found: &mut Vec<Mark>) {
        let (from, to) = (self.start + range.start, self.start + range.end);
        let first = self.places.partition_point(|mark| mark.at() < from);
        let mut cuts = cuts.iter().peekable();
        let mut removed = 0;
        for mark in self.places.tail(first).iter().take_while(|mark| mark.at() < to) {
            let place = mark.at() - from;
            while let Some(cut) = cuts.next_if(|cut| cut.at < place) {
                removed = cut.total;
            }
            found.push(mark.moved(place.saturating_sub(removed)));
        }
    }
}

/// What was found in a chunk of a log. It depends on nothing that stands before.
#[derive(Debug, Default, Clone)]
pub struct Marked {
    /// Where something stands that the sink looks for, in the order of places.
    places: Vec<Mark>,
    /// The chunk was looked through up to this byte, where a line starts.
    end: usize,
    /// Nothing but text stands there: no escape sequence, no return.
    plain: bool,
    /// Lines that were looked into, by where they start in the chunk, and the number of what was found out.
    pub(super) looked_into: Vec<(u32, u32)>,
    /// Memory to work in.
    text: Vec<u8>,
    cuts: Vec<Cut>,
}

/// What is done with the lines of a chunk before its turn comes.
pub trait LooksAhead {
    /// See [`LineSink::candidates`](super::LineSink::candidates).
    fn find(&self, block: &[u8], found: &mut Vec<Mark>);
    /// Looks into a line in which something telling stands. Gives a number for what was found out, if something was.
    fn look_into(&mut self, line: &[u8], marks: LineMarks<'_>) -> Option<u32>;
}

impl Marked {
    /// Looks through a chunk, in place of the one before, as long as `goes_on`: for places in the lines without their colours, and into those
    /// that have none, where many hold something telling. It ends before bytes that no plain text has, such as those of 16-bit text.
    pub fn find(&mut self, chunk: &[u8], goes_on: &dyn Fn() -> bool, ahead: &mut dyn LooksAhead) {
        self.places.clear();
        self.looked_into.clear();
        (self.end, self.plain) = (0, true);
        if u32::try_from(chunk.len()).is_err() {
            return;
        }
        while self.end < chunk.len() && goes_on() {
            let rest = chunk.tail(self.end);
            let head = rest.head(PIECE);
            let line_end = memrchr(b'\n', head).or_else(|| Some(head.len() + memchr(b'\n', rest.tail(head.len()))?));
            let block = line_end.map_or(rest, |end| rest.head(end + 1));
            let plain = first_control(block).is_none();
            if !plain && memchr(0, block).is_some() {
                return;
            }
            self.find_in(block, plain, ahead);
        }
    }

    /// Looks through the next bytes of the chunk, which may be nothing but text.
    fn find_in(&mut self, block: &[u8], plain: bool, ahead: &mut dyn LooksAhead) {
        let Marked { places, text, cuts, .. } = self;
        let first = places.len();
        cuts.clear();
        if plain {
            ahead.find(block, places);
            if places.tail(first).iter().filter(|mark| mark.is_telling()).count() * DENSE >= block.len() {
                self.look_into(block, first, ahead);
            }
        } else {
            without_colours(block, false, text, cuts);
            ahead.find(text, places);
            self.plain = false;
        }
        let Marked { places, end, cuts, .. } = self;
        let mut cuts = cuts.iter().peekable();
        let mut removed = 0;
        for mark in places.iter_mut().skip(first) {
            // In the text, a cut stands where the bytes before it end.
            while let Some(cut) = cuts.next_if(|cut| cut.at - removed <= mark.at()) {
                removed = cut.total;
            }
            *mark = mark.moved(*end + mark.at() + removed);
        }
        *end += block.len();
    }

    /// Looks into the lines of the next bytes of the chunk in which something telling stands, at those of the places from the `first` on.
    fn look_into(&mut self, block: &[u8], first: usize, ahead: &mut dyn LooksAhead) {
        let Marked { places, looked_into, end: before, .. } = self;
        let mut marks = places.tail(first);
        let mut from = 0;
        while let Some(mark) = marks.iter().find(|mark| mark.is_telling()) {
            let start = memrchr(b'\n', block.part(from..mark.at())).map_or(from, |feed| from + feed + 1);
            // What comes behind the chunk's last line feed is no whole line.
            let Some(end) = memchr(b'\n', block.tail(mark.at())).map(|feed| mark.at() + feed) else { return };
            let earlier = marks.iter().take_while(|mark| mark.at() < start).count();
            let own = marks.tail(earlier).iter().take_while(|mark| mark.at() < end).count();
            let of_line = marks.part(earlier..earlier + own);
            if let Some(number) = ahead.look_into(block.part(start..end), LineMarks::new(of_line, start)) {
                looked_into.push(((*before + start) as u32, number));
            }
            (marks, from) = (marks.tail(earlier + own.max(1)), end + 1);
        }
    }

    /// What is known of the chunk from this byte on.
    pub(super) fn behind(&self, start: usize) -> Option<Marks<'_>> {
        let looked_into = self.looked_into.tail(self.looked_into.partition_point(|(line, _)| (*line as usize) < start));
        let marks = Marks { places: &self.places, start, end: self.end, plain: self.plain, looked_into };
        (start < self.end).then_some(marks)
    }
}
