//! The line that is being read: what matches it, found out anew or known of a line like it.

use std::sync::Arc;

use super::ahead::{Ahead, FoundOut};
use super::alike::{Known, LookedUp, SharedAlike, fold};
use super::suspicious;
use super::tails::limited;
use crate::matcher::{Hit, Matcher, RunsOfDigits};
use crate::model::LineMarks;

/// What is found out about it, once or, for lines like it, once for all.
#[derive(Default)]
pub struct LineAtHand {
    /// What matches it.
    pub hits: Vec<Hit>,
    /// It holds a word of alarm.
    pub alarming: bool,
    source: Source,
    alike: SharedAlike,
    /// What was found out about lines of the chunk that is being read.
    ahead: Option<Arc<Ahead>>,
    /// For so many of them somebody asked.
    asked: usize,
    /// It with all digits folded into one.
    folded: Vec<u8>,
}

/// Where it is known from.
#[derive(Default)]
enum Source {
    /// It is new, and nobody will ask again.
    #[default]
    New,
    /// It is new, and kept for those that are like it.
    Kept(Arc<Known>),
    /// From a line like it.
    Alike(Arc<Known>),
    /// It was found out ahead, under this number.
    Ahead(u32),
}

impl LineAtHand {
    /// One that knows the same lines.
    pub fn another(&self) -> Self {
        LineAtHand { alike: self.alike.clone(), ..LineAtHand::default() }
    }

    /// This is what was found out about lines that come next, if something was.
    pub fn expect(&mut self, ahead: Option<Arc<Ahead>>) {
        if let Some(before) = std::mem::replace(&mut self.ahead, ahead) {
            before.note_asked(self.asked);
        }
        (self.asked, self.source) = (0, Source::New);
    }

    /// Finds out what matches a line, and whether it is alarming: from now on it is the one at hand, and what is asked for is asked of it.
    pub fn scan(&mut self, matcher: &Matcher, text: &[u8], marks: Option<LineMarks<'_>>) {
        self.hits.clear();
        let number = marks.and_then(LineMarks::ahead);
        if let Some((number, found)) = number.and_then(|number| Some((number, self.ahead.as_ref()?.get(number)?))) {
            match found {
                FoundOut::Known(known, _) => {
                    self.hits.extend(known.hits().cloned());
                    self.alarming = known.alarming;
                }
                FoundOut::New(hits, alarming) => {
                    self.hits.extend_from_slice(hits);
                    self.alarming = alarming;
                }
            }
            self.source = Source::Ahead(number);
            self.asked += 1;
            return;
        }
        let looked_up = match marks.is_some_and(|marks| fold(text, marks, &mut self.folded)) {
            true => self.alike.lock().find(text, &self.folded),
            false => LookedUp::Unknown,
        };
        if let LookedUp::Known(known) = looked_up {
            self.hits.extend(known.hits().cloned());
            self.alarming = known.alarming;
            self.source = Source::Alike(known);
            return;
        }
        self.source = Source::New;
        self.alarming = matcher.scan_marked(text, marks, &mut self.hits);
        if let (LookedUp::Wanted(set), Some(marks)) = (looked_up, marks) {
            let mut told_apart = RunsOfDigits::default();
            matcher.tell_apart(text, marks, &mut told_apart);
            if self.alarming {
                suspicious::tell_apart(text, &mut told_apart);
            }
            let known = Arc::new(Known::new(text, &self.folded, told_apart, &self.hits, self.alarming));
            self.alike.lock().keep(set, Arc::clone(&known));
            self.source = Source::Kept(known);
        }
    }

    /// What is known of lines like it, where it is, and whether one of them came before.
    pub fn known(&self) -> Option<(&Arc<Known>, bool)> {
        match &self.source {
            Source::New => None,
            Source::Kept(known) => Some((known, false)),
            Source::Alike(known) => Some((known, true)),
            Source::Ahead(number) => match self.ahead.as_ref()?.get(*number)? {
                FoundOut::Known(known, again) => Some((known, again)),
                FoundOut::New(..) => None,
            },
        }
    }

    /// The byte range of the hit of this number, where that is cheap to have.
    pub fn span(&self, matcher: &Matcher, number: usize, hit: &Hit, text: &[u8]) -> Option<(usize, usize)> {
        let Some((_, kept)) = self.known().and_then(|(known, _)| known.found.get(number)) else {
            return matcher.span(hit, text);
        };
        if let Some((start, end)) = kept.get() {
            return Some((usize::from(*start), usize::from(*end)));
        }
        let span = matcher.span(hit, text)?;
        // Lines are kept that are short.
        if let (Ok(start), Ok(end)) = (u16::try_from(span.0), u16::try_from(span.1)) {
            let _ = kept.set((start, end));
        }
        Some(span)
    }

    /// Its score, where it is known or worth to be.
    pub fn score(&self, text: &[u8]) -> Option<i64> {
        let (known, again) = self.known().filter(|(known, _)| known.alarming)?;
        if again { Some(score_of(known, text)) } else { known.score.get().copied() }
    }

    /// Finds out its score, where it is kept for those that are like it.
    pub fn weigh(&self, text: &[u8]) {
        if let Some((known, _)) = self.known().filter(|(known, _)| known.alarming) {
            score_of(known, text);
        }
    }

    /// What of a signature's patterns for the neighbourhood matches it.
    pub fn hits_nearby(&self, matcher: &Matcher, signature: usize, text: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        if self.known().is_some_and(|(known, _)| known.is_unfit(signature)) {
            return hits;
        }
        matcher.scan_neighbour(signature, text, &mut hits);
        if let Some((known, _)) = self.known().filter(|_| hits.is_empty()) {
            let mut told_apart = RunsOfDigits::default();
            matcher.tell_apart_nearby(signature, text, &mut told_apart);
            if known.holds_for(&told_apart) {
                known.note_unfit(signature);
            }
        }
        hits
    }
}

/// The score of a line like the one that is known.
fn score_of(known: &Known, text: &[u8]) -> i64 {
    *known.score.get_or_init(|| suspicious::score(limited(text)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::signature::SignatureDb;

    /// The lines of all files below a folder.
    fn lines_below(folder: &Path, lines: &mut Vec<Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                lines_below(&path, lines);
            } else {
                let text = std::fs::read(&path).unwrap();
                lines.extend(text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec));
            }
        }
    }

    /// For each line what is taken for known is what would have been found out.
    #[test]
    fn what_is_known_of_lines_that_are_alike_is_true() {
        let matcher = Matcher::new(SignatureDb::built_in());
        let mut at_hand = LineAtHand::default();
        let mut lines = Vec::new();
        // Signatures hold what tools print, and much that nearly is.
        lines_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("signatures"), &mut lines);
        lines.retain(|line| line.len() < 300 && line.iter().any(u8::is_ascii_digit));
        let mut state = 5u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut known = 0;
        for line in lines.iter().step_by(3) {
            for round in 0..10 {
                let text: Vec<u8> = line
                    .iter()
                    .map(|byte| match byte.is_ascii_digit() && round % 4 > 0 && random(3) == 0 {
                        true => b'0' + random(10) as u8,
                        false => *byte,
                    })
                    .collect();
                let mut marks = Vec::new();
                matcher.mark(&text, &mut marks);
                at_hand.scan(&matcher, &text, Some(LineMarks::new(&marks, 0)));
                known += usize::from(at_hand.known().is_some_and(|(_, again)| again));
                let mut hits = Vec::new();
                let alarming = matcher.scan(&text, &mut hits);
                let shown = String::from_utf8_lossy(&text);
                assert_eq!((&at_hand.hits, at_hand.alarming), (&hits, alarming), "{shown}");
                if let Some(score) = at_hand.score(&text) {
                    assert_eq!(score, suspicious::score(&text), "{shown}");
                }
                for (at, hit) in hits.iter().enumerate() {
                    let span = at_hand.span(&matcher, at, hit, &text);
                    assert!(span.is_none() || span == Some(matcher.take(hit, &text).span), "{shown}");
                    let mut nearby = Vec::new();
                    matcher.scan_neighbour(hit.signature, &text, &mut nearby);
                    assert_eq!(at_hand.hits_nearby(&matcher, hit.signature, &text), nearby, "{shown}");
                }
            }
        }
        assert!(known > 10_000, "{known}");
    }
}
