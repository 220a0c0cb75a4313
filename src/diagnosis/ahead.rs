//! What is found out about the lines of a chunk before its turn comes, on another thread: what matches them, and what else is worth to be
//! known of a line that matters. It depends on nothing but the line.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::alike::Known;
use super::at_hand::LineAtHand;
use crate::dialect::LooksAhead;
use crate::matcher::{Hit, Matcher, PatternUse};
use crate::model::{LineMarks, Mark};
use crate::pieces::Pieces;
use crate::signature::Role;

/// Where so few of the lines were asked for (one in so many), what stands around them is read first: nobody looks into them for so many chunks.
const FEW: usize = 4;
const PAUSE: usize = 64;

/// What was found out about the lines of a chunk, by number.
#[derive(Debug, Default)]
pub struct Ahead {
    lines: Vec<Line>,
    hits: Vec<Hit>,
    /// How often somebody asked.
    asked: AtomicUsize,
}

#[derive(Debug)]
enum Line {
    /// What stands on lines like it, and whether one of them came before.
    Known(Arc<Known>, bool),
    /// Its hits, and whether it is alarming.
    New(Range<u32>, bool),
}

/// What was found out about a line.
pub enum FoundOut<'a> {
    /// What is known of lines like it, and whether one of them came before.
    Known(&'a Arc<Known>, bool),
    /// What matches it, and whether it is alarming.
    New(&'a [Hit], bool),
}

impl Ahead {
    /// What was found out about the line of this number.
    pub fn get(&self, number: u32) -> Option<FoundOut<'_>> {
        Some(match self.lines.get(number as usize)? {
            Line::Known(known, again) => FoundOut::Known(known, *again),
            Line::New(hits, alarming) => {
                FoundOut::New(self.hits.part(hits.start as usize..hits.end as usize), *alarming)
            }
        })
    }

    /// Somebody has asked for so many lines.
    pub fn note_asked(&self, lines: usize) {
        self.asked.store(lines, Ordering::Relaxed);
    }

    /// Was it of use?
    fn was_of_use(&self) -> bool {
        self.asked.load(Ordering::Relaxed) * FEW >= self.lines.len()
    }

    fn clear(&mut self) {
        self.lines.clear();
        self.hits.clear();
        self.asked = AtomicUsize::default();
    }
}

/// Looks into lines ahead.
pub struct Lookout {
    at_hand: LineAtHand,
    /// For so many chunks nobody looks.
    pause: usize,
}

impl Lookout {
    /// One that shares with `at_hand` what is known.
    pub fn beside(at_hand: &LineAtHand) -> Self {
        Lookout { at_hand: at_hand.another(), pause: 0 }
    }

    /// Begins a chunk: what is found out is noted in `ahead`, in place of what was found out about another one.
    pub fn begin<'l>(&'l mut self, matcher: &'l Matcher, ahead: &'l mut Ahead) -> impl LooksAhead + 'l {
        self.pause = if ahead.was_of_use() { self.pause.saturating_sub(1) } else { PAUSE };
        ahead.clear();
        Looking { matcher, at_hand: (self.pause == 0).then_some(&mut self.at_hand), ahead }
    }
}

/// Looks only for fixed texts.
pub struct OnlyMarks<'m>(pub &'m Matcher);

impl LooksAhead for OnlyMarks<'_> {
    fn find(&self, block: &[u8], found: &mut Vec<Mark>) {
        self.0.mark(block, found);
    }

    fn look_into(&mut self, _: &[u8], _: LineMarks<'_>) -> Option<u32> {
        None
    }
}

struct Looking<'l> {
    matcher: &'l Matcher,
    at_hand: Option<&'l mut LineAtHand>,
    ahead: &'l mut Ahead,
}

impl LooksAhead for Looking<'_> {
    fn find(&self, block: &[u8], found: &mut Vec<Mark>) {
        self.matcher.mark(block, found);
    }

    fn look_into(&mut self, line: &[u8], marks: LineMarks<'_>) -> Option<u32> {
        let Looking { matcher, at_hand, ahead: Ahead { lines, hits, .. } } = self;
        // Without room patterns are made anew for each line: two threads would need twice the memory for that.
        let at_hand = at_hand.as_mut().filter(|_| !matcher.is_full())?;
        at_hand.scan(matcher, line, Some(marks));
        let number = u32::try_from(lines.len()).ok()?;
        let first = u32::try_from(hits.len()).ok()?;
        lines.push(match at_hand.known() {
            Some((known, again)) => {
                at_hand.weigh(line);
                let is_finding =
                    |hit: &Hit| hit.purpose == PatternUse::Match && matcher.signature(hit).role != Role::Noise;
                for (number, hit) in known.hits().enumerate().filter(|(_, hit)| is_finding(hit)) {
                    at_hand.span(matcher, number, hit, line);
                }
                Line::Known(Arc::clone(known), again)
            }
            None => {
                hits.extend_from_slice(&at_hand.hits);
                Line::New(first..u32::try_from(hits.len()).ok()?, at_hand.alarming)
            }
        });
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::SignatureDb;

    const LINES: [&str; 5] = [
        "12: curl: (6) Could not resolve host: example.org",
        "34: src/a.c:3:1: error: expected ';' before '}' token",
        "56: FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        "78: everything failed for no reason",
        "90: E: Unable to locate package libfoo-dev",
    ];

    /// What is found out ahead is what is found out when a line's turn comes, new ones and those that are known.
    #[test]
    fn what_is_found_out_ahead_is_true() {
        let matcher = Matcher::new(SignatureDb::built_in());
        let mut at_hand = LineAtHand::default();
        let mut lookout = Lookout::beside(&at_hand);
        let mut ahead = Ahead::default();
        let mut known = 0;
        for chunk in 0..30 {
            let lines: Vec<String> = (0..40).map(|at| format!("{at:03} {}", LINES[at % LINES.len()])).collect();
            let marks: Vec<Vec<Mark>> = lines
                .iter()
                .map(|line| {
                    let mut marks = Vec::new();
                    matcher.mark(line.as_bytes(), &mut marks);
                    marks
                })
                .collect();
            let of_lines =
                || lines.iter().map(String::as_bytes).zip(marks.iter().map(|marks| LineMarks::new(marks, 0)));
            let mut looking = lookout.begin(&matcher, &mut ahead);
            let numbers: Vec<_> = of_lines().map(|(line, marks)| looking.look_into(line, marks)).collect();
            drop(looking);
            let shared = Arc::new(std::mem::take(&mut ahead));
            at_hand.expect(Some(Arc::clone(&shared)));
            for ((line, marks), number) in of_lines().zip(numbers) {
                assert!(number.is_some(), "chunk {chunk}");
                at_hand.scan(&matcher, line, Some(marks.with_ahead(number)));
                known += usize::from(at_hand.known().is_some_and(|(_, again)| again));
                let mut hits = Vec::new();
                let alarming = matcher.scan(line, &mut hits);
                assert_eq!((&at_hand.hits, at_hand.alarming), (&hits, alarming), "{}", String::from_utf8_lossy(line));
                for (number, hit) in hits.iter().enumerate() {
                    let span = at_hand.span(&matcher, number, hit, line);
                    assert!(span.is_none_or(|span| span == matcher.take(hit, line).span));
                }
            }
            at_hand.expect(None);
            ahead = Arc::try_unwrap(shared).expect("nobody else");
        }
        assert!(known > 600, "{known}");
    }

    #[test]
    fn nobody_looks_where_nobody_asks() {
        let matcher = Matcher::new(SignatureDb::built_in());
        let mut lookout = Lookout::beside(&LineAtHand::default());
        let mut ahead = Ahead::default();
        let line = LINES[0].as_bytes();
        let mut marks = Vec::new();
        matcher.mark(line, &mut marks);
        let mut looks = |asked: Option<usize>| {
            asked.into_iter().for_each(|lines| ahead.note_asked(lines));
            let mut looking = lookout.begin(&matcher, &mut ahead);
            (0..FEW).all(|_| looking.look_into(line, LineMarks::new(&marks, 0)).is_some())
        };
        assert!(looks(None) && looks(Some(1)), "one in {FEW} was asked for");
        assert!((0..PAUSE).all(|_| !looks(Some(0))), "none was");
        assert!(looks(Some(0)), "it is tried again");
    }
}
