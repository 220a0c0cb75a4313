//! The last lines of each step, and its most suspicious ones, in bounded memory.

use std::collections::VecDeque;

use super::suspicious;
use crate::model::{LineRole, LogLine, StepRef};
use crate::pieces::Pieces;

/// The last lines kept of a step, for context and for the fallback.
pub const TAIL: usize = 10;
/// Bytes kept of each of them.
pub const TAIL_BYTES: usize = 500;
/// Steps whose last lines are kept.
const TAILS_KEPT: usize = 128;
/// Lines with a suspicious word kept of a step before they are weighed.
const FRESH: usize = 48;
/// Suspicious lines kept of a step.
const SUSPECTS: usize = 12;
/// Lines kept beside them that came last and say by their shape that something failed.
const LATEST: usize = 6;
/// Places in the sketch that counts how often a line of alarm came.
const SKETCH: usize = 256;

/// Lines as they are in the log.
pub type Texts = Vec<Vec<u8>>;

/// A line that holds a suspicious word; how suspicious it is, is only found out where someone wants to know.
#[derive(Debug, Clone)]
pub struct Suspect {
    pub line: TailLine,
    /// Its points by its text alone, where they are known.
    pub score: Option<i64>,
    pub before: Vec<Vec<u8>>,
    pub after: Vec<TailLine>,
    /// More lines before and after it, where more are asked for than the diagnosis itself looks at.
    pub around: Option<(Texts, Texts)>,
    /// The call in the project's own code from which an exception came.
    pub frame: Option<TailLine>,
    /// Frames of a stack come with such a line.
    pub framed: bool,
    /// It announces a reason that the next line tells.
    pub label: bool,
}

impl Suspect {
    fn new(line: TailLine) -> Self {
        Suspect {
            line,
            score: None,
            before: Vec::new(),
            after: Vec::new(),
            around: None,
            frame: None,
            framed: false,
            label: false,
        }
    }

    /// Its score, or 0 where that is not above `floor`.
    fn score_above(&self, floor: i64) -> i64 {
        let text = &self.line.text;
        let marked = self.line.marked && suspicious::MARKED > floor && !suspicious::ends_well(text);
        let mark = if marked { suspicious::MARKED } else { 0 };
        score_above(text, self.score, floor.max(mark)).unwrap_or(mark)
    }
}

/// The score of a text, which may be known, if it is above `floor`.
fn score_above(text: &[u8], known: Option<i64>, floor: i64) -> Option<i64> {
    match known {
        Some(score) => (score > floor).then_some(score),
        None => suspicious::score_above(text, floor),
    }
}

/// How often lines of alarm came that are the same but for their numbers; chance may add to the count of one.
#[derive(Debug, Default, Clone)]
struct Sketch {
    counts: Vec<u16>,
}

impl Sketch {
    /// Two places of a line.
    fn places(text: &[u8]) -> [usize; 2] {
        let fold =
            |hash: u64, word: u64| (hash.rotate_left(23) ^ without_digits(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (words, rest) = limited(text).as_chunks::<8>();
        let hash = words.iter().fold(text.len() as u64, |hash, word| fold(hash, u64::from_le_bytes(*word)));
        let hash = rest.iter().fold(hash, |hash, byte| fold(hash, u64::from(*byte)));
        [(hash >> 8) as usize % SKETCH, SKETCH + (hash >> 32) as usize % SKETCH]
    }

    fn count(&mut self, text: &[u8]) {
        self.counts.resize(2 * SKETCH, 0);
        for place in Self::places(text) {
            if let Some(count) = self.counts.get_mut(place) {
                *count = count.saturating_add(1);
            }
        }
    }

    fn times(&self, text: &[u8]) -> u16 {
        Self::places(text).into_iter().map(|place| self.counts.get(place).copied().unwrap_or(0)).min().unwrap_or(0)
    }
}

/// Eight bytes with all digits of ASCII among them written as `0`.
fn without_digits(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    let values = word ^ (ONES * b'0' as u64);
    // The high bit of each byte that is 10 or more.
    let other = ((values & !HIGH) + (0x80 - 10) * ONES) | values;
    let digit = (!other & HIGH) >> 7;
    word & !(digit * 0x0f)
}

/// The last lines and the suspicious ones of a step, or of what stands outside steps.
#[derive(Debug, Default, Clone)]
pub struct Tail {
    /// Oldest first: number, joined, offset, role and text.
    pub lines: VecDeque<TailLine>,
    pub suspects: Vec<(i64, Suspect)>,
    /// Not weighed yet.
    pub fresh: Vec<Suspect>,
    /// One of those came with a smaller number than the one before it.
    disordered: bool,
    /// The largest number of a line whose suspect was weighed.
    weighed_to: u64,
    /// The loudest of the last ones, oldest first: the failure that ended the log comes after those that were overcome.
    pub latest: VecDeque<(i64, Suspect)>,
    seen: Sketch,
    /// One that was not kept, for its memory.
    spare: Option<Box<Suspect>>,
    /// The last command seen by `set -x`.
    pub traced: Option<String>,
    last_used: u64,
}

/// The tails of the steps used last. Lines of one step mostly follow each other, so the tail used last is tried first.
#[derive(Debug, Default)]
pub struct Tails {
    all: Vec<(Option<StepRef>, Tail)>,
    recent: usize,
    clock: u64,
}

impl Tails {
    /// The tail of a step.
    pub fn get(&self, step: Option<StepRef>) -> Option<&Tail> {
        self.all
            .get(self.recent)
            .filter(|(known, _)| *known == step)
            .or_else(|| self.all.iter().find(|(known, _)| *known == step))
            .map(|(_, tail)| tail)
    }

    pub fn get_mut(&mut self, step: Option<StepRef>) -> Option<&mut Tail> {
        if self.all.get(self.recent).is_none_or(|(known, _)| *known != step) {
            self.recent = self.all.iter().position(|(known, _)| *known == step)?;
        }
        self.all.get_mut(self.recent).map(|(_, tail)| tail)
    }

    /// The tail of a step, made where there is none; the one used longest ago may go for it.
    #[expect(clippy::indexing_slicing, reason = "`recent` was found just before, or is what was pushed")]
    pub fn entry(&mut self, step: Option<StepRef>) -> &mut Tail {
        self.clock += 1;
        if self.get_mut(step).is_none() {
            if self.all.len() >= TAILS_KEPT {
                let steps = self.all.iter().enumerate().filter(|(_, (step, _))| step.is_some());
                let oldest = steps.min_by_key(|(_, (_, tail))| tail.last_used).map_or(0, |(at, _)| at);
                self.all.swap_remove(oldest);
            }
            self.all.push((step, Tail::default()));
            self.recent = self.all.len() - 1;
        }
        let tail = &mut self.all[self.recent].1;
        tail.last_used = self.clock;
        tail
    }
}

/// One of the last lines of a step.
#[derive(Debug, Clone)]
pub struct TailLine {
    pub number: u64,
    pub joined: u32,
    pub offset: u64,
    pub role: LineRole,
    pub text: Vec<u8>,
    pub echo: Echo,
    /// The CI system marked it as an error.
    pub marked: bool,
}

impl TailLine {
    pub fn empty(line: &LogLine<'_>) -> Self {
        TailLine {
            number: line.number,
            joined: line.joined,
            offset: line.offset,
            role: line.role,
            text: Vec::new(),
            echo: Echo::No,
            marked: false,
        }
    }

    /// Makes it another line, still without its text.
    pub fn renew(&mut self, line: &LogLine<'_>) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        *self = TailLine { text, ..TailLine::empty(line) };
    }
}

/// Does a signature say that a line is a symptom or noise?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    No,
    Yes,
    /// It is, if any pattern matches it: nobody has tried, as this is only asked about the last lines of a failed step.
    IfKnown,
}

/// As much of a line as is kept.
pub fn limited(text: &[u8]) -> &[u8] {
    text.head(TAIL_BYTES)
}

impl Tail {
    /// The last so many lines, oldest first.
    pub fn last(&self, count: usize) -> impl ExactSizeIterator<Item = &TailLine> {
        self.lines.iter().skip(self.lines.len().saturating_sub(count))
    }

    /// Would a suspicious line of this text be kept, whose score may be known?
    pub fn may_keep(&mut self, text: &[u8], score: Option<i64>) -> bool {
        self.weigh();
        score_above(limited(text), score, self.weakest().min(suspicious::LOUD - 1)).is_some()
    }

    /// What a suspect must have more than, to be kept for its points.
    fn weakest(&self) -> i64 {
        if self.suspects.len() < SUSPECTS {
            return 0;
        }
        self.suspects.iter().map(|(score, _)| *score).min().unwrap_or(0)
    }

    /// Counts a line of alarm.
    pub fn count(&mut self, text: &[u8]) {
        self.seen.count(text);
    }

    /// How often such a line of alarm came, at most.
    pub fn times(&self, text: &[u8]) -> u16 {
        self.seen.times(text)
    }

    /// The suspect that stands on a line, for what is still to be learnt of it.
    pub fn suspects_on(&mut self, line: u64) -> impl Iterator<Item = &mut Suspect> {
        // Most are asked for right behind them.
        let from = if self.disordered { 0 } else { self.fresh.partition_point(|suspect| suspect.line.number < line) };
        let weighed =
            if line > self.weighed_to { None } else { Some(self.suspects.iter_mut().chain(&mut self.latest)) };
        let weighed = weighed.into_iter().flatten().map(|(_, suspect)| suspect);
        let fresh = self.fresh.get_mut(from..).into_iter().flatten();
        fresh.chain(weighed).filter(move |suspect| suspect.line.number == line)
    }

    /// Would a suspicious line of this score be kept? What a CI system marks is worth more than its words.
    pub fn is_worth(&mut self, text: &[u8], score: i64, marked: bool) -> bool {
        self.weigh();
        let floor = self.weakest().min(suspicious::LOUD - 1);
        score > floor || (marked && suspicious::MARKED > floor && !suspicious::ends_well(text))
    }

    /// Adds one that is to be weighed; at once, where its score is known.
    pub fn suspect(&mut self, suspect: Suspect) {
        let last = self.fresh.last().map_or(0, |last| last.line.number);
        self.disordered = suspect.line.number < last || (self.disordered && !self.fresh.is_empty());
        let is_known = suspect.score.is_some();
        self.fresh.push(suspect);
        if is_known || self.fresh.len() >= FRESH {
            self.weigh();
        }
    }

    /// One about which nothing is known, in the memory of one that was not kept.
    pub fn blank(&mut self, line: &LogLine<'_>) -> Suspect {
        let Some(mut suspect) = self.spare.take() else { return Suspect::new(TailLine::empty(line)) };
        suspect.line.renew(line);
        suspect.after.clear();
        (suspect.score, suspect.around, suspect.frame) = (None, None, None);
        *suspect
    }

    /// Weighs the fresh suspects and keeps the best.
    pub fn weigh(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        let numbers = self.fresh.iter().map(|suspect| suspect.line.number);
        self.weighed_to = numbers.fold(self.weighed_to, u64::max);
        let mut fresh = std::mem::take(&mut self.fresh);
        // Only the last loud ones are kept as such, so those before them need not be weighed for that.
        let mut scores = [0; FRESH];
        let mut loud = 0;
        let mut quiet_from = fresh.len();
        for (at, (score, suspect)) in scores.iter_mut().zip(&fresh).enumerate().rev() {
            *score = suspect.score_above(suspicious::LOUD - 1);
            loud += usize::from(*score > 0);
            quiet_from = at;
            if loud == LATEST {
                break;
            }
        }
        for (at, (score, suspect)) in scores.into_iter().zip(fresh.drain(..)).enumerate() {
            let weakest = self.weakest();
            let is_known = score > 0 || (at >= quiet_from && weakest >= suspicious::LOUD - 1);
            let worth = if is_known { score } else { suspect.score_above(weakest) };
            // A label says the same again and again, and announces another reason each time.
            let same = |known: &(i64, Suspect)| !suspect.label && known.1.line.text == suspect.line.text;
            let is_kept = worth > weakest && !self.suspects.iter().any(same);
            if score > 0 {
                if self.latest.len() >= LATEST {
                    self.spare = self.latest.pop_front().map(|(_, gone)| Box::new(gone));
                }
                if !is_kept {
                    self.latest.push_back((score, suspect));
                    continue;
                }
                self.latest.push_back((score, suspect.clone()));
            }
            if !is_kept {
                continue;
            }
            if self.suspects.len() >= SUSPECTS {
                // The newest of the weakest goes: the first unexpected line is worth more than its echoes.
                let weakest = self.suspects.iter().enumerate().rev().min_by_key(|(_, (score, _))| *score);
                if let Some(at) = weakest.map(|(at, _)| at) {
                    self.suspects.remove(at);
                }
            }
            self.suspects.push((worth, suspect));
        }
        self.fresh = fresh;
    }

    /// Only these suspects count from now on. To weigh the others would cost more than to ask for them.
    pub fn retain(&mut self, mut wanted: impl FnMut(&Suspect) -> bool) {
        self.fresh.retain(|suspect| wanted(suspect));
        self.suspects.retain(|(_, suspect)| wanted(suspect));
        self.latest.retain(|(_, suspect)| wanted(suspect));
    }

    /// All suspects, weighed, in the order of the log.
    pub fn weighed(mut self) -> Vec<(i64, Suspect)> {
        self.weigh();
        let mut all = self.suspects;
        for (score, suspect) in self.latest {
            if !all
                .iter()
                .any(|(_, known)| known.line.number == suspect.line.number || known.line.text == suspect.line.text)
            {
                all.push((score, suspect));
            }
        }
        all.sort_by_key(|(_, suspect)| suspect.line.number);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspect(number: u64) -> Suspect {
        let line = TailLine {
            number,
            joined: 1,
            offset: 0,
            role: LineRole::Output,
            text: format!("error: {number}").into_bytes(),
            echo: Echo::No,
            marked: false,
        };
        Suspect::new(line)
    }

    #[test]
    fn digits_do_not_count() {
        for byte in 0..=u8::MAX {
            let word = u64::from_le_bytes([byte, b'0', b'9', byte, b':', b'/', 0xb5, byte]);
            let folded = if byte.is_ascii_digit() { b'0' } else { byte };
            let expected = [folded, b'0', b'0', folded, b':', b'/', 0xb5, folded];
            assert_eq!(without_digits(word).to_le_bytes(), expected, "{byte}");
        }
        let mut tail = Tail::default();
        (0..3).for_each(|_| tail.count(b"17: error in line 2"));
        assert_eq!((tail.times(b"23: error in line 0"), tail.times(b"23: error in line 10")), (3, 0));
    }

    #[test]
    fn suspects_are_found_by_their_line() {
        let mut tail = Tail::default();
        let found =
            |tail: &mut Tail, line| tail.suspects_on(line).map(|suspect| suspect.line.number).collect::<Vec<_>>();
        [3, 5, 5, 8].into_iter().for_each(|number| tail.suspect(suspect(number)));
        assert_eq!((found(&mut tail, 5), found(&mut tail, 8), found(&mut tail, 4)), (vec![5, 5], vec![8], vec![]));
        tail.suspect(suspect(6));
        assert_eq!((found(&mut tail, 6), found(&mut tail, 8)), (vec![6], vec![8]), "out of order");
        tail.weigh();
        tail.suspect(suspect(9));
        tail.suspect(suspect(9));
        let weighed = tail.suspects.len() + tail.latest.len();
        assert!(weighed > 0 && !found(&mut tail, 8).is_empty());
        assert_eq!(found(&mut tail, 9), [9, 9]);
    }

    /// What is known of a line's score only makes its weighing cheaper.
    #[test]
    fn suspects_are_the_same_whether_their_scores_are_known() {
        let words =
            ["error: no", "all is well", "fatal error: it broke", "warning: hm", "Error:", "it failed", "panic: oh"];
        let (mut unknown, mut known) = (Tail::default(), Tail::default());
        for number in 1..600_u64 {
            let word = words[(number * number / 7) as usize % words.len()];
            let mut new = suspect(number);
            new.line.text = format!("{word} {}", number % 50).into_bytes();
            new.line.marked = number % 31 == 0;
            let score = suspicious::score(&new.line.text);
            if known.is_worth(&new.line.text, score, new.line.marked) {
                known.suspect(Suspect { score: Some(score), ..new.clone() });
            }
            unknown.suspect(new);
        }
        let shown = |tail: Tail| {
            let weighed = tail.weighed().into_iter();
            weighed.map(|(score, suspect)| (score, suspect.line.number)).collect::<Vec<_>>()
        };
        let known = shown(known);
        assert!(known.len() > SUSPECTS && known == shown(unknown), "{known:?}");
    }
}
