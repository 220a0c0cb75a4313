//! Lines that are held together: one text, and where in the log each of its lines comes from.

use std::ops::Range;

use super::lines::RawLine;
use crate::pieces::Pieces;

/// Lines, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Each line with its line feed.
    text: Vec<u8>,
    places: Vec<Place>,
}

/// Where a line comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The number of its first physical line.
    pub number: u64,
    /// The offset of that in the log, in bytes.
    pub offset: u64,
    /// How many physical lines make it.
    pub joined: u32,
    /// Characters, as a console counts them.
    width: usize,
    /// Where its line feed stands in the text.
    end: usize,
}

/// What a line says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'l> {
    /// Without the line feed.
    pub bytes: &'l [u8],
    /// Characters, as a console counts them.
    pub width: usize,
}

/// Some of the lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'l> {
    /// Each line with its line feed.
    pub text: &'l [u8],
    /// As many as there are lines.
    pub places: &'l [Place],
}

impl Lines {
    /// Adds a physical line, without its line feed.
    pub(super) fn push(&mut self, line: Text<'_>, number: u64, offset: u64) {
        self.text.extend_from_slice(line.bytes);
        self.end_line(Place { number, offset, joined: 1, width: line.width, end: 0 });
    }

    /// Adds lines of another text.
    pub(super) fn push_all(&mut self, others: &Lines, range: Range<usize>) {
        let (start, end) = (others.start(range.start), others.start(range.end));
        let base = self.text.len();
        self.text.extend_from_slice(others.text.part(start..end));
        self.places
            .extend(others.places.part(range).iter().map(|place| Place { end: place.end - start + base, ..*place }));
    }

    /// Adds lines of another text as one.
    pub(super) fn push_joined(&mut self, others: &Lines, range: Range<usize>) {
        let Some(first) = others.places.get(range.start) else { return };
        let joined = range.len() as u32;
        for text in range.filter_map(|at| others.text(at)) {
            self.text.extend_from_slice(text.bytes);
        }
        self.end_line(Place { joined, ..*first });
    }

    fn end_line(&mut self, place: Place) {
        self.places.push(Place { end: self.text.len(), ..place });
        self.text.push(b'\n');
    }

    /// How many lines there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// How many bytes they have, with their line feeds.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The line of this index.
    #[inline]
    pub(super) fn text(&self, at: usize) -> Option<Text<'_>> {
        let place = self.places.get(at)?;
        Some(Text { bytes: self.text.part(self.start(at)..place.end), width: place.width })
    }

    /// All lines.
    pub(super) fn texts(&self) -> impl Iterator<Item = Text<'_>> {
        let mut start = 0;
        self.places.iter().map(move |place| {
            let bytes = self.text.part(start..place.end);
            start = place.end + 1;
            Text { bytes, width: place.width }
        })
    }

    /// Where a line starts, or the text ends.
    fn start(&self, at: usize) -> usize {
        start_of(&self.places, at)
    }

    /// The first `count` lines.
    pub(super) fn first(&self, count: usize) -> Part<'_> {
        Part { text: self.text.head(self.start(count)), places: self.places.head(count) }
    }

    /// Lets go all lines.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.places.clear();
    }

    /// Lets go the first `count` lines.
    pub(super) fn let_go(&mut self, count: usize) {
        let start = self.start(count).min(self.text.len());
        self.text.drain(..start);
        self.places.drain(..count.min(self.places.len()));
        self.places.iter_mut().for_each(|place| place.end -= start);
    }
}

impl<'l> Part<'l> {
    /// The line of this index, and how many physical lines make it.
    pub(super) fn line(&self, at: usize) -> Option<(RawLine<'l>, u32)> {
        let Place { number, offset, joined, end, .. } = *self.places.get(at)?;
        let bytes = self.text.part(self.start(at)..end);
        Some((RawLine { number, offset, bytes, continued: false, wide: true }, joined))
    }

    /// Where the line of this index starts in the text, or the text ends.
    pub(super) fn start(&self, at: usize) -> usize {
        start_of(self.places, at)
    }
}

fn start_of(places: &[Place], at: usize) -> usize {
    at.checked_sub(1).and_then(|before| places.get(before)).map_or(0, |before| before.end + 1)
}
