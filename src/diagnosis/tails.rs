//! The last lines of each step, and its most suspicious ones, in bounded memory.

use std::collections::VecDeque;

use super::collect::CONTEXT;
use super::suspicious;
use crate::model::{LineRole, LogLine, StepRef};

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

/// A line that holds a suspicious word; how suspicious it is, is only found out where someone wants to know.
#[derive(Debug, Clone)]
pub struct Suspect {
    pub line: TailLine,
    /// Until it is weighed, `None`.
    pub score: Option<i64>,
    pub before: Vec<Vec<u8>>,
    pub after: Vec<Vec<u8>>,
}

/// Texts in one buffer.
#[derive(Debug, Default, Clone)]
struct Passed {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Passed {
    fn add(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
    }

    fn holds(&self, text: &[u8]) -> bool {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).any(|(start, end)| &self.bytes[start..*end] == text)
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

/// The last lines and the suspicious ones of a step, or of what stands outside steps.
#[derive(Debug, Default, Clone)]
pub struct Tail {
    /// Oldest first: number, joined, offset, role and text.
    pub lines: VecDeque<TailLine>,
    pub suspects: Vec<Suspect>,
    /// Not chosen yet: they may still get the lines behind them.
    pub fresh: Vec<Suspect>,
    /// The lines with a word of alarm since then that are not suspicious enough.
    passed: Passed,
    weighed: bool,
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
        }
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
    &text[..text.len().min(TAIL_BYTES)]
}

impl Tail {
    /// How suspicious a line is that holds a word of alarm, if it would be kept.
    pub fn promise(&self, text: &[u8]) -> Option<i64> {
        let weakest = self.suspects.iter().map(|known| known.score.unwrap_or(0)).min();
        let floor = weakest.filter(|_| self.suspects.len() >= SUSPECTS).unwrap_or(0);
        let score = suspicious::score_above(limited(text), floor)?;
        (!self.suspects.iter().any(|known| known.line.text == limited(text))).then_some(score)
    }

    /// Takes a line that holds a word of alarm. `true`: it waits for the lines behind it.
    pub fn suspect(&mut self, line: &LogLine<'_>) -> bool {
        if self.fresh.len() + self.passed.ends.len() >= FRESH {
            self.weigh();
        }
        let text = limited(line.text);
        // Short logs never weigh before their end: it takes a dozen regexes.
        let score = if self.weighed { self.promise(text) } else { None };
        if self.weighed && score.is_none() {
            self.passed.add(text);
            return false;
        }
        let skip = self.lines.len().saturating_sub(CONTEXT);
        let before = self.lines.iter().skip(skip).map(|known| known.text.clone()).collect();
        let mut kept = TailLine::empty(line);
        kept.text.extend_from_slice(text);
        self.fresh.push(Suspect { line: kept, score, before, after: Vec::new() });
        true
    }

    /// Was a line of this text, which [`limited`] gave, one of the last or suspicious ones?
    pub fn knows(&self, text: &[u8]) -> bool {
        self.lines.iter().any(|known| known.text == text)
            || self.fresh.iter().chain(&self.suspects).any(|known| known.line.text == text)
            || self.passed.holds(text)
    }

    /// Weighs the fresh suspects and keeps the best.
    pub fn weigh(&mut self) {
        self.passed.clear();
        for mut suspect in std::mem::take(&mut self.fresh) {
            self.weighed = true;
            let score = suspect.score.or_else(|| suspicious::score_above(&suspect.line.text, 0)).unwrap_or(0);
            if score == 0 || self.suspects.iter().any(|known| known.line.text == suspect.line.text) {
                continue;
            }
            if self.suspects.len() >= SUSPECTS {
                // The newest of the weakest goes: the first unexpected line is worth more than its echoes.
                let weakest = self.suspects.iter().enumerate().rev().min_by_key(|(_, known)| known.score);
                match weakest.map(|(at, known)| (at, known.score)) {
                    Some((at, known)) if known < Some(score) => self.suspects.remove(at),
                    _ => continue,
                };
            }
            suspect.score = Some(score);
            self.suspects.push(suspect);
        }
    }
}
