//! The line that is being read: what matches it, found out anew or known of a line like it.

use super::alike::{Alike, Place};
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
    /// What is known of lines like it is kept there.
    known: Option<Place>,
    /// It was known before this line came.
    is_known: bool,
    alike: Alike,
}

impl LineAtHand {
    /// Finds out what matches a line, and whether it is alarming: from now on it is the one at hand, and what is asked for is asked of it.
    pub fn scan(&mut self, matcher: &Matcher, text: &[u8], marks: Option<LineMarks<'_>>) {
        self.hits.clear();
        self.known = marks.and_then(|marks| self.alike.find(text, marks));
        self.is_known = self.known.is_some();
        if let Some(known) = self.known.and_then(|known| self.alike.get(known)) {
            self.hits.extend_from_slice(&known.hits);
            self.alarming = known.alarming;
            return;
        }
        self.alarming = matcher.scan_marked(text, marks, &mut self.hits);
        if let Some(marks) = marks.filter(|_| self.alike.wants()) {
            let mut told_apart = RunsOfDigits::default();
            matcher.tell_apart(text, marks, &mut told_apart);
            if self.alarming {
                suspicious::tell_apart(text, &mut told_apart);
            }
            self.known = self.alike.keep(text, marks, told_apart, &self.hits, self.alarming);
        }
    }

    /// The byte range of the hit of this number, where that is cheap to have.
    pub fn span(&mut self, matcher: &Matcher, number: usize, hit: &Hit, text: &[u8]) -> Option<(usize, usize)> {
        let known = self.known.and_then(|known| self.alike.get_mut(known));
        let Some(kept) = known.and_then(|known| known.spans.get_mut(number)) else { return matcher.span(hit, text) };
        if kept.is_none() {
            *kept = matcher.span(hit, text);
        }
        *kept
    }

    /// Its score, where it is known or worth to be.
    pub fn score(&mut self, text: &[u8]) -> Option<i64> {
        let known = self.known.filter(|_| self.is_known).and_then(|known| self.alike.get_mut(known));
        let known = known.filter(|known| known.alarming)?;
        Some(*known.score.get_or_insert_with(|| suspicious::score(limited(text))))
    }

    /// What of a signature's patterns for the neighbourhood matches it.
    pub fn hits_nearby(&mut self, matcher: &Matcher, signature: usize, text: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut known = self.known.and_then(|known| self.alike.get_mut(known));
        if known.as_ref().is_some_and(|known| known.unfit.contains(&signature)) {
            return hits;
        }
        matcher.scan_neighbour(signature, text, &mut hits);
        if let Some(known) = known.as_mut().filter(|_| hits.is_empty()) {
            let mut told_apart = RunsOfDigits::default();
            matcher.tell_apart_nearby(signature, text, &mut told_apart);
            if known.holds_for(&told_apart) {
                known.unfit.push(signature);
            }
        }
        hits
    }
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
                known += usize::from(at_hand.is_known);
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
