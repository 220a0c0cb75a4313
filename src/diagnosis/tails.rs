//! The last lines of each step, and its most suspicious ones, in bounded memory.

use std::collections::VecDeque;

use super::suspicious;
use crate::model::{LineRole, LogLine, StepRef};

/// The last lines kept of a step, for context and for the fallback.
pub const TAIL: usize = 10;
/// Bytes kept of each of them.
pub const TAIL_BYTES: usize = 500;
/// Steps whose last lines are kept.
const TAILS_KEPT: usize = 128;
/// Lines with a suspicious word kept of a step before they are weighed.
pub const FRESH: usize = 48;
/// Suspicious lines kept of a step.
const SUSPECTS: usize = 12;

/// A line that holds a suspicious word; how suspicious it is, is only found out where someone wants to know.
#[derive(Debug, Clone)]
pub struct Suspect {
    pub line: TailLine,
    pub before: Vec<Vec<u8>>,
    pub after: Vec<Vec<u8>>,
}

/// The last lines and the suspicious ones of a step, or of what stands outside steps.
#[derive(Debug, Default, Clone)]
pub struct Tail {
    /// Oldest first: number, joined, offset, role and text.
    pub lines: VecDeque<TailLine>,
    pub suspects: Vec<(i64, Suspect)>,
    /// Not weighed yet.
    pub fresh: Vec<Suspect>,
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
    /// A symptom or noise.
    pub echo: bool,
}

impl TailLine {
    pub fn empty(line: &LogLine<'_>) -> Self {
        TailLine {
            number: line.number,
            joined: line.joined,
            offset: line.offset,
            role: line.role,
            text: Vec::new(),
            echo: false,
        }
    }
}

/// As much of a line as is kept.
pub fn limited(text: &[u8]) -> &[u8] {
    &text[..text.len().min(TAIL_BYTES)]
}

impl Tail {
    /// Would a suspicious line of this text be kept?
    pub fn may_keep(&mut self, text: &[u8]) -> bool {
        self.weigh();
        let score = suspicious::score(limited(text));
        let weakest = self.suspects.iter().map(|(score, _)| *score).min();
        let full = self.suspects.len() >= SUSPECTS;
        score > 0 && !(full && weakest.is_some_and(|weakest| weakest >= score))
    }

    /// Weighs the fresh suspects and keeps the best.
    pub fn weigh(&mut self) {
        for suspect in std::mem::take(&mut self.fresh) {
            let score = suspicious::score(&suspect.line.text);
            if score == 0 || self.suspects.iter().any(|(_, known)| known.line.text == suspect.line.text) {
                continue;
            }
            if self.suspects.len() >= SUSPECTS {
                // The newest of the weakest goes: the first unexpected line is worth more than its echoes.
                let weakest = self.suspects.iter().enumerate().rev().min_by_key(|(_, (score, _))| *score);
                match weakest.map(|(at, (known, _))| (at, *known)) {
                    Some((at, known)) if known < score => self.suspects.remove(at),
                    _ => continue,
                };
            }
            self.suspects.push((score, suspect));
        }
    }
}
