//! What is known of lines that came before and differ from the line at hand in nothing but digits that mean nothing to anybody: a log that
//! is full of messages says the same ones again and again, with other clocks, counters and places.
//!
//! To know that costs one look, which is much less than to try all patterns again. Nothing is taken for known that could have another
//! answer: the same fixed texts stand at the same bytes, and those digits are equal that some pattern
//! [tells apart](crate::matcher::ToldApart) where they stand.

use crate::matcher::{Digits, Hit, RunsOfDigits};
use crate::model::LineMarks;

/// Lines that are looked up. Before that nothing is noted: most logs hold fewer that matter.
const PATIENCE: usize = 256;
/// Longer lines are not kept, in bytes, nor those in which more stands.
const LONGEST: usize = 300;
const MARKS: usize = 48;
/// Sets of lines, by their hash, and lines of one set.
const SETS: usize = 1 << 10;
const WAYS: usize = 4;
/// Hashes of lines that came once.
const ONCE: usize = 1 << 12;
/// Where lines come again, further ones are kept the first time already: this is how long one or the other goes on.
const GAIN: i32 = 64;

/// What is known of a line.
#[derive(Debug)]
pub struct Known {
    /// All digits folded into one.
    folded: Vec<u8>,
    /// The digits among which somebody tells some apart: where they are, which are told apart, and what stands there.
    digits: Vec<(usize, Digits, u8)>,
    /// Those that are.
    told_apart: RunsOfDigits,
    /// What stands in it, and where.
    marks: Vec<(u32, usize)>,
    /// What matches it.
    pub hits: Vec<Hit>,
    /// The byte ranges of the matches, as far as somebody asked for them.
    pub spans: Vec<Option<(usize, usize)>>,
    /// It holds a word of alarm.
    pub alarming: bool,
    /// How suspicious it is, if somebody asked.
    pub score: Option<i64>,
    /// Signatures of which no pattern for the neighbourhood matches it.
    pub unfit: Vec<usize>,
}

/// Where something known is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(usize);

/// The lines that are known, a bounded number of them.
#[derive(Debug, Default)]
pub struct Alike {
    looked_up: usize,
    /// Hashes of lines that came once.
    once: Vec<u32>,
    known: Vec<Option<Box<Known>>>,
    /// The line that was looked up last, its digits folded into one.
    folded: Vec<u8>,
    /// The first place of its set, where it is worth to be kept.
    wanted: Option<usize>,
    /// The next one of a set that goes when room is needed.
    next: usize,
    /// How much more often of late a line was known than not.
    gain: i32,
}

impl Alike {
    /// Where it is kept what is known of this line, if it is, in which these marks stand.
    pub fn find(&mut self, text: &[u8], marks: LineMarks<'_>) -> Option<Place> {
        self.wanted = None;
        self.looked_up += 1;
        if self.looked_up <= PATIENCE || text.len() > LONGEST || marks.iter().next().is_none() {
            return None;
        }
        self.folded.clear();
        self.folded.extend(text.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }));
        let hash = hash(&self.folded);
        let first = WAYS * ((hash >> 40) as usize % SETS);
        for (place, known) in self.known.iter().enumerate().skip(first).take(WAYS) {
            if known.as_ref().is_some_and(|known| known.is(text, &self.folded, marks)) {
                self.gain = (self.gain + 1).min(GAIN);
                return Some(Place(place));
            }
        }
        self.gain = (self.gain - 1).max(-GAIN);
        if self.gain > 0 {
            self.wanted = Some(first);
            return None;
        }
        self.once.resize(ONCE, 0);
        if let Some(once) = self.once.get_mut((hash >> 20) as usize % ONCE) {
            if *once == hash as u32 {
                self.wanted = Some(first);
            }
            *once = hash as u32;
        }
        None
    }

    /// Is the line that was looked up last worth to be kept? It came before, or others do.
    pub fn wants(&self) -> bool {
        self.wanted.is_some()
    }

    /// Keeps what was found out about it.
    pub fn keep(
        &mut self,
        text: &[u8],
        marks: LineMarks<'_>,
        told_apart: RunsOfDigits,
        hits: &[Hit],
        alarming: bool,
    ) -> Option<Place> {
        let first = self.wanted.take()?;
        let marks: Vec<(u32, usize)> = marks.iter().take(MARKS + 1).collect();
        if marks.len() > MARKS {
            return None;
        }
        let known = Known {
            folded: self.folded.clone(),
            digits: told_apart
                .places(text)
                .into_iter()
                .filter_map(|(at, digits)| Some((at, digits, digits.folded(*text.get(at)?))))
                .collect(),
            told_apart,
            marks,
            hits: hits.to_vec(),
            spans: vec![None; hits.len()],
            alarming,
            score: None,
            unfit: Vec::new(),
        };
        self.known.resize_with(SETS * WAYS, || None);
        self.next += 1;
        let place = first + self.next % WAYS;
        *self.known.get_mut(place)? = Some(Box::new(known));
        Some(Place(place))
    }

    /// What is kept there.
    pub fn get(&self, place: Place) -> Option<&Known> {
        self.known.get(place.0)?.as_deref()
    }

    /// The same, to learn more of it.
    pub fn get_mut(&mut self, place: Place) -> Option<&mut Known> {
        self.known.get_mut(place.0)?.as_deref_mut()
    }
}

impl Known {
    /// Is this a line like it? `folded` is the same with all digits folded into one.
    fn is(&self, text: &[u8], folded: &[u8], marks: LineMarks<'_>) -> bool {
        let same = |(at, told_apart, known): &(usize, Digits, u8)| {
            text.get(*at).is_some_and(|byte| told_apart.folded(*byte) == *known)
        };
        self.folded == folded && self.digits.iter().all(same) && marks.iter().eq(self.marks.iter().copied())
    }

    /// What is known of it holds for lines like it as far as nobody tells more apart than this.
    pub fn holds_for(&self, told_apart: &RunsOfDigits) -> bool {
        told_apart.are_in(&self.told_apart)
    }
}

/// Nobody gains by two lines with the same one: they are compared.
fn hash(text: &[u8]) -> u64 {
    let fold = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (words, rest) = text.as_chunks::<8>();
    let hash = words.iter().fold(text.len() as u64, |hash, word| fold(hash, u64::from_le_bytes(*word)));
    let hash = rest.iter().fold(hash, |hash, byte| fold(hash, u64::from(*byte)));
    hash ^ hash >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::ToldApart;
    use crate::model::Mark;

    /// Looks a line up, with a mark at its start, and keeps it where that is wanted; these digits are told apart.
    fn meet(alike: &mut Alike, text: &str, what: u32, digits: &str) -> bool {
        let marks = [Mark::new(0, what, true)];
        let marks = LineMarks::new(&marks, 0);
        let found = alike.find(text.as_bytes(), marks).is_some();
        if alike.wants() {
            let mut told_apart = RunsOfDigits::default();
            told_apart.add(text.as_bytes(), ToldApart::everywhere(digits.as_bytes()));
            alike.keep(text.as_bytes(), marks, told_apart, &[], true);
        }
        found
    }

    /// One that has lost its patience.
    fn awake() -> Alike {
        Alike { looked_up: PATIENCE, ..Alike::default() }
    }

    #[test]
    fn lines_are_alike_but_for_digits_that_mean_nothing() {
        let mut alike = awake();
        let mut met = |text, what| meet(&mut alike, text, what, "4");
        assert!(!met("12: error 404 at 7", 1) && !met("13: error 404 at 7", 1), "the second time it is kept");
        assert!(met("95: error 404 at 8", 1));
        for (other, what) in [
            ("95: error 403 at 8", 1),
            ("45: error 404 at 8", 1),
            ("95: error 404 at 18", 1),
            ("95: error 404 in 8", 1),
            ("9a: error 404 at 8", 1),
            ("95: error 404 at 8", 2),
        ] {
            assert!(!met(other, what), "{other}");
        }
    }

    #[test]
    fn all_digits_can_be_told_apart() {
        let mut alike = awake();
        assert!(!meet(&mut alike, "a 0", 1, "0123456789") && !meet(&mut alike, "a 1", 1, "0123456789"));
        assert!(meet(&mut alike, "a 1", 1, "0123456789") && !meet(&mut alike, "a 2", 1, "0123456789"));
    }

    #[test]
    fn few_lines_are_nothing_to_remember() {
        let mut alike = Alike::default();
        assert!((0..PATIENCE).all(|_| !meet(&mut alike, "a", 1, "")) && alike.once.is_empty());
        let long = "x".repeat(LONGEST + 1);
        assert!((0..3).all(|_| !meet(&mut alike, &long, 1, "")));
        assert!(alike.known.is_empty());
        for number in 0..5 {
            assert_eq!(meet(&mut alike, "a", 1, ""), number > 1);
        }
    }

    #[test]
    fn what_is_kept_has_a_limit() {
        let mut alike = awake();
        for number in 0..3 * SETS * WAYS {
            // Letters: digits would be folded.
            let text: String = format!("{number:x}").chars().map(|c| char::from(b'g' + c as u8 % 16)).collect();
            for _ in 0..2 {
                meet(&mut alike, &text, 1, "");
            }
        }
        assert_eq!(alike.known.len(), SETS * WAYS);
    }
}
