//! What is known of lines that came before and differ from the line at hand in nothing but digits that mean nothing to anybody: a log that
//! is full of messages says the same ones again and again, with other clocks, counters and places.
//!
//! To know that costs one look, which is much less than to try all patterns again. Nothing is taken for known that could have another
//! answer: the same fixed texts stand at the same bytes, and those digits are equal that some pattern
//! [tells apart](crate::matcher::ToldApart) where they stand.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use once_cell::sync::OnceCell;

use crate::matcher::{Digits, Hit, RunsOfDigits};
use crate::model::LineMarks;
use crate::pieces::Pieces;

/// Lines that are looked up. Before that nothing is noted: most logs hold fewer that matter.
const PATIENCE: usize = 256;
/// Longer lines are not kept, in bytes, nor those in which more stands.
const LONGEST: u16 = 300;
const MARKS: usize = 48;
/// Of a mark, in bytes.
const MARK: usize = 6;
/// So many signatures are remembered that have nothing to do with a line.
const UNFIT: usize = 4;
/// Sets of lines, by their hash, and lines of one set.
const SETS: usize = 1 << 10;
const WAYS: usize = 4;
/// Hashes of lines that came once.
const ONCE: usize = 1 << 13;
/// Where lines come again, further ones are kept the first time already: this is how long one or the other goes on.
const GAIN: i32 = 64;

/// The byte range of a match, once somebody has asked for it.
pub type Span = OnceCell<(u16, u16)>;

/// What is known of a line.
#[derive(Debug)]
pub struct Known {
    /// What [`fold`] made of it.
    folded: Box<[u8]>,
    /// The digits among which somebody tells some apart: where they are, which are told apart, and what stands there.
    digits: Box<[(u16, Digits, u8)]>,
    /// Those that are.
    told_apart: RunsOfDigits,
    /// What matches it, and where.
    pub found: Box<[(Hit, Span)]>,
    /// It holds a word of alarm.
    pub alarming: bool,
    /// How suspicious it is, if somebody asked.
    pub score: OnceCell<i64>,
    /// Signatures of which no pattern for the neighbourhood matches it, and one more than their numbers.
    unfit: [AtomicU32; UNFIT],
}

/// A line that was looked up.
#[derive(Debug)]
pub enum LookedUp {
    Known(Arc<Known>),
    /// It is worth to be kept, in this set: it came before, or others do.
    Wanted(Set),
    Unknown,
}

/// Where a line of this hash may be kept.
#[derive(Debug, Clone, Copy)]
pub struct Set {
    first: usize,
    hash: u32,
}

/// The lines that are known, a bounded number of them.
#[derive(Debug, Default)]
pub struct Alike {
    looked_up: usize,
    /// Hashes of lines that came once.
    once: Vec<u32>,
    known: Vec<Option<Arc<Known>>>,
    /// Of each of them a part of its hash, so that few are looked at in vain.
    hashes: Vec<u32>,
    /// The next one of a set that goes when room is needed.
    next: usize,
    /// How much more often of late a line was known than not.
    gain: i32,
}

/// Those that several readers of one log share.
#[derive(Debug, Default, Clone)]
pub struct SharedAlike(Arc<Mutex<Alike>>);

impl SharedAlike {
    /// For a short while.
    pub fn lock(&self) -> MutexGuard<'_, Alike> {
        // Whatever stopped the other thread: nothing is kept that is not whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Can anything be known of such a line, in which these marks stand? Then `folded` becomes what lines have in common that are alike: the text
/// with all digits folded into one, and the marks.
pub fn fold(text: &[u8], marks: LineMarks<'_>, folded: &mut Vec<u8>) -> bool {
    folded.clear();
    let Some(length) = u16::try_from(text.len()).ok().filter(|length| *length <= LONGEST) else { return false };
    folded.extend_from_slice(&length.to_le_bytes());
    folded.extend(text.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }));
    let without_marks = folded.len();
    for (what, at) in marks.iter() {
        folded.extend_from_slice(&what.to_le_bytes());
        folded.extend_from_slice(&(at as u16).to_le_bytes());
    }
    (1..=MARKS * MARK).contains(&(folded.len() - without_marks))
}

impl Alike {
    /// Is it known what there is to know of this line? `folded` is what [`fold`] makes of it.
    pub fn find(&mut self, text: &[u8], folded: &[u8]) -> LookedUp {
        self.looked_up += 1;
        if self.looked_up <= PATIENCE {
            return LookedUp::Unknown;
        }
        let hash = hash(folded);
        let first = WAYS * ((hash >> 40) as usize % SETS);
        let set = first..first + WAYS;
        let known = self.known.part(set.clone()).iter().zip(self.hashes.part(set));
        for known in known.filter(|(_, own)| **own == hash as u32).filter_map(|(known, _)| known.as_ref()) {
            if known.is(text, folded) {
                self.gain = (self.gain + 1).min(GAIN);
                return LookedUp::Known(Arc::clone(known));
            }
        }
        self.gain = (self.gain - 1).max(-GAIN);
        if self.gain > 0 {
            return LookedUp::Wanted(Set { first, hash: hash as u32 });
        }
        self.once.resize(ONCE, 0);
        let Some(once) = self.once.get_mut((hash >> 20) as usize % ONCE) else { return LookedUp::Unknown };
        let again = *once == hash as u32;
        *once = hash as u32;
        if again { LookedUp::Wanted(Set { first, hash: hash as u32 }) } else { LookedUp::Unknown }
    }

    /// Keeps what is known of a line in the set in which it was wanted.
    pub fn keep(&mut self, set: Set, known: Arc<Known>) {
        self.known.resize_with(SETS * WAYS, || None);
        self.hashes.resize(SETS * WAYS, 0);
        self.next += 1;
        let place = set.first + self.next % WAYS;
        if let Some((kept, hash)) = self.known.get_mut(place).zip(self.hashes.get_mut(place)) {
            (*kept, *hash) = (Some(known), set.hash);
        }
    }
}

impl Known {
    /// What was found out about a line. `folded` is what [`fold`] made of it.
    pub fn new(text: &[u8], folded: &[u8], told_apart: RunsOfDigits, hits: &[Hit], alarming: bool) -> Self {
        let digit =
            |(at, digits): (usize, Digits)| Some((u16::try_from(at).ok()?, digits, digits.folded(*text.get(at)?)));
        Known {
            folded: folded.into(),
            digits: told_apart.places(text).into_iter().filter_map(digit).collect(),
            told_apart,
            found: hits.iter().map(|hit| (hit.clone(), OnceCell::new())).collect(),
            alarming,
            score: OnceCell::new(),
            unfit: Default::default(),
        }
    }

    /// Is this a line like it? `folded` is what [`fold`] makes of it.
    fn is(&self, text: &[u8], folded: &[u8]) -> bool {
        let same = |(at, told_apart, known): &(u16, Digits, u8)| {
            text.get(usize::from(*at)).is_some_and(|byte| told_apart.folded(*byte) == *known)
        };
        *self.folded == *folded && self.digits.iter().all(same)
    }

    /// What matches it.
    pub fn hits(&self) -> impl Iterator<Item = &Hit> {
        self.found.iter().map(|(hit, _)| hit)
    }

    /// What is known of it holds for lines like it as far as nobody tells more apart than this.
    pub fn holds_for(&self, told_apart: &RunsOfDigits) -> bool {
        told_apart.are_in(&self.told_apart)
    }

    /// Is it known that no pattern for the neighbourhood of this signature matches it?
    pub fn is_unfit(&self, signature: usize) -> bool {
        self.unfit.iter().any(|unfit| unfit.load(Ordering::Relaxed) as usize == signature + 1)
    }

    /// None does. Of many signatures some are not remembered.
    pub fn note_unfit(&self, signature: usize) {
        let set = |place: &AtomicU32| {
            place.compare_exchange(0, signature as u32 + 1, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        };
        let _ = self.unfit.iter().any(set);
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
        let mut folded = Vec::new();
        if !fold(text.as_bytes(), marks, &mut folded) {
            return false;
        }
        match alike.find(text.as_bytes(), &folded) {
            LookedUp::Known(_) => true,
            LookedUp::Unknown => false,
            LookedUp::Wanted(set) => {
                let mut told_apart = RunsOfDigits::default();
                told_apart.add(text.as_bytes(), ToldApart::everywhere(digits.as_bytes()));
                alike.keep(set, Arc::new(Known::new(text.as_bytes(), &folded, told_apart, &[], true)));
                false
            }
        }
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
        let long = "x".repeat(usize::from(LONGEST) + 1);
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
