//! What a line must hold for a pattern to match: not only one of its fixed texts, by which it is found, but all of them. That is asked
//! before the pattern is tried, or even made.
//!
//! All runs of three bytes in a text are put into a set of 128 bits, letter case folded. Every match of a regex holds those of all its
//! fixed pieces; so where one of their bits is missing in a line's set, there is no match. A set takes a moment to make and none to
//! compare, where to make a regex ready takes as long as to read many lines. A long line has nearly all bits, and is tried.
//!
//! The build script shares this file.

use std::borrow::Cow;

use regex_syntax::hir::{Hir, HirKind};

use crate::pieces::Pieces;
use crate::signature::literal::class_bytes;

/// Bytes of a run.
const RUN: usize = 3;
/// Longer lines hold whatever is asked for.
const LONGEST: usize = 512;
/// Bytes of a set as it is stored.
const STORED: usize = 16;
/// How often a piece may be repeated to be written out.
const REPEATED: u32 = 8;

/// Runs of bytes, as a set that may hold more than was put into it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Runs([u64; 2]);

impl Runs {
    const ALL: Runs = Runs([u64::MAX; 2]);

    /// The runs in a text.
    pub fn in_text(text: &[u8]) -> Self {
        if text.len() > LONGEST {
            return Runs::ALL;
        }
        let (mut low, mut high) = (0, 0);
        for ((first, second), third) in text.iter().zip(text.tail(1)).zip(text.tail(RUN - 1)) {
            let [first, second, third] = [first, second, third].map(|byte| u32::from(byte | 0x20));
            // The highest seven bits of the product know all bits of the run.
            let bit = (first | second << 8 | third << 16).wrapping_mul(0x9e37_79b1) >> 25;
            let one = 1u64 << (bit & 63);
            let is_high = u64::from(bit >> 6).wrapping_neg();
            low |= one & !is_high;
            high |= one & is_high;
        }
        Runs([low, high])
    }

    /// Those in a fixed piece of a regex that hold no digit: so lines that differ only in digits lack the same ones.
    fn in_piece(piece: &[u8]) -> Self {
        let mut runs = Runs::default();
        piece.split(u8::is_ascii_digit).for_each(|part| runs.add(Runs::in_text(part)));
        runs
    }

    /// Runs without digits that stand in every text that the regex matches.
    pub fn in_every_match(regex: Option<&Hir>) -> Self {
        regex.map_or(Runs::default(), needed)
    }

    /// Are all of `needed` in it?
    #[inline]
    pub fn hold(self, needed: Runs) -> bool {
        self.and(needed) == needed
    }

    fn and(self, other: Runs) -> Runs {
        let (Runs([low, high]), Runs([other_low, other_high])) = (self, other);
        Runs([low & other_low, high & other_high])
    }

    fn add(&mut self, other: Runs) {
        let (Runs([low, high]), Runs([other_low, other_high])) = (&mut *self, other);
        *low |= other_low;
        *high |= other_high;
    }
}

/// The runs in every match of a part of a regex.
fn needed(part: &Hir) -> Runs {
    match part.kind() {
        HirKind::Capture(group) => needed(&group.sub),
        HirKind::Repetition(repeated) if repeated.min > 0 && text_of(part).is_none() => needed(&repeated.sub),
        HirKind::Concat(parts) => {
            let mut all = Runs::default();
            let mut text = Vec::new();
            for part in parts {
                match text_of(part) {
                    Some(more) => text.extend(more),
                    None => {
                        all.add(Runs::in_piece(&std::mem::take(&mut text)));
                        all.add(needed(part));
                    }
                }
            }
            all.add(Runs::in_piece(&text));
            all
        }
        HirKind::Alternation(branches) => branches.iter().map(needed).reduce(Runs::and).unwrap_or_default(),
        _ => text_of(part).map_or(Runs::default(), |text| Runs::in_piece(&text)),
    }
}

/// The one text that a part of a regex stands for, but for letter case.
fn text_of(part: &Hir) -> Option<Vec<u8>> {
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(Vec::new()),
        HirKind::Literal(literal) => Some(literal.0.to_vec()),
        HirKind::Class(class) => class_bytes(class).filter(|texts| texts.len() == 1)?.pop(),
        HirKind::Capture(group) => text_of(&group.sub),
        HirKind::Repetition(repeated) => {
            let times = Some(repeated.min).filter(|min| Some(*min) == repeated.max && *min <= REPEATED)?;
            text_of(&repeated.sub).map(|text| text.repeat(times as usize))
        }
        HirKind::Concat(parts) => parts.iter().map(text_of).collect::<Option<Vec<_>>>().map(|texts| texts.concat()),
        HirKind::Alternation(_) => None,
    }
}

/// What each of many patterns needs, by number.
#[derive(Debug, Clone)]
pub struct Needs(Cow<'static, [u8]>);

impl Needs {
    /// Of patterns in whose matches these runs stand.
    pub fn of(runs: impl Iterator<Item = Runs>) -> Self {
        Needs(runs.flat_map(|Runs(words)| words.into_iter().flat_map(u64::to_le_bytes)).collect())
    }

    /// Those that were stored.
    pub fn from_bytes(bytes: &'static [u8]) -> Self {
        Needs(Cow::Borrowed(bytes))
    }

    /// What the pattern of this number needs; nothing where there is none.
    #[inline]
    pub fn get(&self, pattern: usize) -> Runs {
        let (words, _) = self.0.tail(STORED * pattern).as_chunks::<8>();
        words.first_chunk::<2>().map_or(Runs::default(), |words| Runs(words.map(u64::from_le_bytes)))
    }
}

/// The bytes to make it from again.
impl AsRef<[u8]> for Needs {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn needed_by(regex: &str) -> Runs {
        Runs::in_every_match(crate::signature::parsed(regex).as_ref())
    }

    /// Is a line tried?
    fn tried(regex: &str, line: &str) -> bool {
        Runs::in_text(line.as_bytes()).hold(needed_by(regex))
    }

    #[test]
    fn each_fixed_piece_is_needed() {
        let regex = r"^HTTPS? Error (?P<status>401|403) - (?:Forbidden|Unauthorized) for \S+ today$";
        assert!(tried(regex, "HTTP Error 403 - Forbidden for a today"));
        assert!(!tried(regex, "HTTP Error 403 - Forbidden for a"));
        assert!(!tried(regex, "403 - Forbidden for a today"));
    }

    #[test]
    fn what_all_branches_hold_is_needed() {
        let regex = "(?:no such file|such a file is missing)";
        assert!(!tried(regex, "no directory"));
        assert!(tried(regex, "such a file"), "each branch holds the runs of `such` and `file`");
        assert_eq!(needed_by("(?:abcdef|x)"), Runs::default());
    }

    #[test]
    fn letter_case_and_repeated_pieces() {
        assert!(tried("(?i)permission denied", "PERMISSION Denied"));
        assert!(!tried("(?i)permission denied", "permission granted"));
        assert!(tried(r"(?:ab){2}cd", "ABABCD") && !tried(r"(?:ab){2}cd", "abcd"));
        assert!(tried(r"(?:abc)+d", "abcd") && !tried(r"(?:abc)+d", "abd"));
        assert!(tried(r"(?:abc)*d", "d"));
        assert!(tried(r"x\bab\b$", "xab"), "places between bytes are no bytes");
    }

    #[test]
    fn a_long_line_is_tried() {
        assert!(tried("permission denied", &"x".repeat(LONGEST + 1)));
    }

    #[test]
    fn stored_and_read_again_they_are_the_same() {
        let needs = Needs::of(["permission denied", "x", "no space"].into_iter().map(needed_by));
        let read = Needs::from_bytes(needs.as_ref().to_vec().leak());
        assert_eq!(read.get(0), needed_by("permission denied"));
        assert_eq!((read.get(1), read.get(3)), (Runs::default(), Runs::default()));
        assert_eq!(read.get(2), needed_by("no space"));
    }

    proptest! {
        /// Whatever a regex matches is tried.
        #[test]
        fn no_match_is_lost(
            regex in r"(?:(?:\(\?:)?[a-cA-C .]{1,4}(?:\)\?|\)\+)?|\[ab\]\{2\}|\(a b\|c ab\)|\(\?i:Bca\)|\\b|\.\*){1,6}",
            line in "[a-cA-C \n]{0,24}",
        ) {
            if let Ok(made) = crate::signature::compile(&regex) {
                prop_assert!(!made.is_match(line.as_bytes()) || tried(&regex, &line), "{} on {:?}", regex, line);
            }
        }
    }
}
