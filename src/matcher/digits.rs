//! Which digits a regex tells apart, and where. Lines that differ only in others are all the same to it: it matches all of them, at the same
//! bytes, or none.
//!
//! `x509: ` asks for three digits, but only for such as stand behind an `x`: what number a line starts with is nothing to it. So of each
//! regex is kept which digits it names, and which bytes may stand before a run of digits for it to look at them.
//!
//! The build script shares this file.

use std::ops::{BitOr, BitOrAssign};

use regex_syntax::hir::{Class, Hir, HirKind, Look};
use serde::{Deserialize, Serialize};

/// A set of ASCII digits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Digits(u16);

impl Digits {
    const ALL: Digits = Digits(0x3ff);

    /// Those of a list; whatever else is in it does not count.
    const fn of(list: &[u8]) -> Self {
        let (mut set, mut list) = (0, list);
        while let Some((byte, rest)) = list.split_first() {
            if byte.is_ascii_digit() {
                set |= 1 << (*byte - b'0');
            }
            list = rest;
        }
        Digits(set)
    }

    /// Is it none?
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What stands for a byte, where only these digits are told apart: for the others one of them.
    #[inline]
    pub fn folded(self, byte: u8) -> u8 {
        let is_other = byte.is_ascii_digit() && self.0 >> (byte - b'0') & 1 == 0;
        if is_other { b'0' + (!self.0).trailing_zeros() as u8 } else { byte }
    }
}

impl BitOrAssign for Digits {
    fn bitor_assign(&mut self, other: Digits) {
        self.0 |= other.0;
    }
}

/// A set of bytes that may stand before a run of digits. The start of a line counts as NUL, and so does what is not ASCII.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Before(u128);

impl Before {
    const ANY: Before = Before(u128::MAX);
    const START: Before = Before(1);

    const fn byte(byte: u8) -> Self {
        Before(if byte.is_ascii() { 1 << byte } else { 1 })
    }

    /// All but letters, digits and the underscore.
    const fn no_word() -> Self {
        let (mut set, mut byte) = (0, 0u8);
        while byte < 0x80 {
            if !byte.is_ascii_alphanumeric() && byte != b'_' {
                set |= 1 << byte;
            }
            byte += 1;
        }
        Before(set)
    }

    /// May a digit be the last byte? Then nothing is known of what stands before its run.
    fn settled(self) -> Self {
        let digits = (b'0'..=b'9').fold(0, |set, digit| set | 1 << digit);
        if self.0 & digits == 0 { self } else { Before::ANY }
    }
}

impl BitOr for Before {
    type Output = Before;

    fn bitor(self, other: Before) -> Before {
        Before(self.0 | other.0)
    }
}

/// What a regex tells apart: these digits, in runs that one of these bytes stands before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ToldApart {
    digits: Digits,
    before: Before,
}

impl ToldApart {
    /// The digits in `list`, wherever they stand.
    pub const fn everywhere(list: &[u8]) -> Self {
        ToldApart { digits: Digits::of(list), before: Before::ANY }
    }

    /// The digits in `list` where no word goes on.
    pub const fn in_numbers(list: &[u8]) -> Self {
        ToldApart { digits: Digits::of(list), before: Before::no_word() }
    }

    /// What a regex tells apart; everything if it is none.
    pub fn by(regex: Option<&Hir>) -> Self {
        let Some(regex) = regex else { return ToldApart { digits: Digits::ALL, before: Before::ANY } };
        let mut told = ToldApart::default();
        told.read(regex, Before::ANY);
        told
    }

    /// Does it tell nothing apart?
    pub fn is_nothing(self) -> bool {
        self.digits.is_empty()
    }

    /// The digits that it tells apart in a run that this byte stands before, if it is not at the line's start.
    #[inline]
    pub fn behind(self, byte: Option<u8>) -> Digits {
        let before = byte.map_or(Before::START, Before::byte);
        if self.before.0 & before.0 == 0 { Digits::default() } else { self.digits }
    }

    /// Does it tell apart whatever the other one does?
    #[cfg(test)]
    pub fn has_all(self, other: ToldApart) -> bool {
        other.is_nothing()
            || (self.digits.0 & other.digits.0 == other.digits.0 && self.before.0 & other.before.0 == other.before.0)
    }

    fn add(&mut self, digits: Digits, before: Before) {
        if !digits.is_empty() {
            *self |= ToldApart { digits, before };
        }
    }

    /// Reads a part of a regex. Of the run of digits to which its first byte may belong, `before` says what stands before; gives the same for
    /// the byte behind the part.
    fn read(&mut self, part: &Hir, before: Before) -> Before {
        match part.kind() {
            HirKind::Empty => before,
            HirKind::Look(Look::Start) => Before::START,
            HirKind::Look(Look::StartLF | Look::StartCRLF) => Before::START | Before::byte(b'\n') | Before::byte(b'\r'),
            // A digit is part of a word, so none goes on there.
            HirKind::Look(Look::WordAscii | Look::WordStartAscii) => Before(before.0 & Before::no_word().0),
            HirKind::Look(_) => before,
            HirKind::Literal(literal) => literal.0.iter().fold(before, |before, byte| {
                self.add(Digits::of(&[*byte]), before);
                if byte.is_ascii_digit() { before } else { Before::byte(*byte) }
            }),
            HirKind::Class(class) => {
                self.add(told_apart_by_class(class), before);
                (0..=u8::MAX)
                    .filter(|byte| holds(class, *byte))
                    .fold(Before::default(), |set, byte| set | Before::byte(byte))
                    .settled()
            }
            HirKind::Capture(group) => self.read(&group.sub, before),
            HirKind::Repetition(repeated) => {
                // Once more from what it may end with; then that is all that it may end with.
                let once = self.read(&repeated.sub, before);
                let from = if repeated.max == Some(1) { before } else { before | once };
                let ends = self.read(&repeated.sub, from);
                if repeated.min == 0 { before | ends } else { ends }
            }
            HirKind::Concat(parts) => parts.iter().fold(before, |before, part| self.read(part, before)),
            HirKind::Alternation(parts) => {
                parts.iter().fold(Before::default(), |ends, part| ends | self.read(part, before))
            }
        }
    }
}

impl BitOr for ToldApart {
    type Output = ToldApart;

    fn bitor(self, other: ToldApart) -> ToldApart {
        let (digits, before) = (Digits(self.digits.0 | other.digits.0), self.before | other.before);
        ToldApart { digits, before }
    }
}

impl BitOrAssign for ToldApart {
    fn bitor_assign(&mut self, other: ToldApart) {
        *self = *self | other;
    }
}

/// Is this byte in a class? What is not ASCII is taken to be in one of characters.
fn holds(class: &Class, byte: u8) -> bool {
    match class {
        Class::Bytes(class) => class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&byte)),
        Class::Unicode(_) if !byte.is_ascii() => true,
        Class::Unicode(class) => {
            class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&char::from(byte)))
        }
    }
}

/// The digits in a class, or those that are not, whichever are fewer.
fn told_apart_by_class(class: &Class) -> Digits {
    let inside: Vec<u8> = (b'0'..=b'9').filter(|digit| holds(class, *digit)).collect();
    let inside = Digits::of(&inside);
    if inside.0.count_ones() <= 5 { inside } else { Digits(!inside.0 & Digits::ALL.0) }
}

/// Which digits are told apart in each run of digits of a line, by all that look at it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs(Vec<Digits>);

impl Runs {
    /// Adds what is told apart in a line of this text.
    pub fn add(&mut self, text: &[u8], told: ToldApart) {
        if told.is_nothing() {
            return;
        }
        let mut run = 0;
        let mut last = None;
        for byte in text {
            if byte.is_ascii_digit() && !last.is_some_and(|last: u8| last.is_ascii_digit()) {
                let digits = told.behind(last);
                if !digits.is_empty() {
                    self.0.resize(self.0.len().max(run + 1), Digits::default());
                    self.0.get_mut(run).into_iter().for_each(|run| *run |= digits);
                }
                run += 1;
            }
            last = Some(*byte);
        }
    }

    /// Is all that is told apart in `other`, too?
    pub fn are_in(&self, other: &Runs) -> bool {
        let own = |at: usize| other.0.get(at).map_or(0, |digits| digits.0);
        self.0.iter().enumerate().all(|(at, digits)| own(at) & digits.0 == digits.0)
    }

    /// The digits of a line that are in runs where something is told apart: where they are, and what is told apart there.
    pub fn places(&self, text: &[u8]) -> Vec<(usize, Digits)> {
        let mut runs = self.0.iter();
        let mut run = None;
        let mut places = Vec::new();
        for (at, byte) in text.iter().enumerate() {
            if byte.is_ascii_digit() {
                let digits: Digits = *run.get_or_insert_with(|| runs.next().copied().unwrap_or_default());
                if !digits.is_empty() {
                    places.push((at, digits));
                }
            } else {
                run = None;
            }
        }
        places
    }

    /// The bytes of a line with the same runs, each digit that is not told apart folded into another one.
    #[cfg(test)]
    pub fn folded(&self, text: &[u8]) -> Vec<u8> {
        let mut folded: Vec<u8> = text.iter().map(|byte| Digits::default().folded(*byte)).collect();
        for (at, digits) in self.places(text) {
            folded[at] = digits.folded(text[at]);
        }
        folded
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A line with the digits folded that the regex does not tell apart.
    fn folded(regex: &str, line: &str) -> String {
        let mut runs = Runs::default();
        runs.add(line.as_bytes(), ToldApart::by(crate::signature::parsed(regex).as_ref()));
        String::from_utf8_lossy(&runs.folded(line.as_bytes())).into_owned()
    }

    #[test]
    fn digits_that_are_named_are_told_apart_where_they_may_stand() {
        for (regex, line, same) in [
            (r"^error: (?P<line>\d+):[0-9a-f]+ \b\S\w.*$", "error: 12:3a", "error: 00:0a"),
            (r"\b403 +forbidden", "403: 0403 a403 x34", "403: 0403 a000 x00"),
            (r"x509: ", "509: x50959 z509", "000: x50959 z000"),
            (r"error\[E(?P<code>0382|0499)\]", "3823 E0382 e0382", "0000 E0382 e0000"),
            (r"exit code [1-9]\d*", "10 code 105", "00 code 101"),
            (r"code=?\d*404", "x1404 e404", "x1404 e404"),
            (r"^7", "7 7", "7 0"),
            (r"a7?8", "a78b78", "a78b00"),
            (r"(?:ab7)+8", "b78 a78", "b78 a00"),
            (r"(?i)x5", "x55 X57 y5", "x55 X50 y0"),
            ("(", "0123456789", "0123456789"),
        ] {
            assert_eq!(folded(regex, line), same, "{regex}");
        }
    }

    #[test]
    fn one_digit_stands_for_those_that_are_not_told_apart() {
        let folded: Vec<u8> = b"a0123456789/:".iter().map(|byte| Digits::of(b"03").folded(*byte)).collect();
        assert_eq!(String::from_utf8_lossy(&folded), "a0113111111/:");
        assert!((0..=u8::MAX).all(|byte| Digits::ALL.folded(byte) == byte));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        /// A regex finds the same in a line whose other digits are folded.
        #[test]
        fn folded_lines_are_the_same_to_it(
            regex in r"(?:(?:\(\?:)?[0-3a:.]{1,3}(?:\)\?|\)\+|\)\*)?|\\d\+|\[1-9\]|\[\^2\]|\(0 3\|a 1\|2\)|\\b|\^|\.\*|\\w\*\?|\\D|\$|\[a0\]\?){1,6}",
            line in "[0-3a :]{0,20}",
        ) {
            if let Ok(made) = crate::signature::compile(&regex) {
                let folded = folded(&regex, &line);
                let found = |text: &str| made.find(text.as_bytes()).map(|found| found.range());
                prop_assert_eq!(found(&line), found(&folded), "{} on {:?} and {:?}", regex, line, folded);
            }
        }
    }
}
