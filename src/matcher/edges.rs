//! What a line must begin or end with for a pattern to match that is bound to its start or its end. That is asked before the pattern is tried, or
//! even made, as what it [needs](super::needs) is: many are bound to a start that tells them from each other at once (`ERROR: `, `FAILED `, a `#`).
//!
//! For each of the first bytes, and of the last ones from the end on, it is known which can stand there in any match, letter case folded. A line in
//! which another one does has no match.
//!
//! The build script shares this file.

use std::collections::HashMap;

use regex_syntax::hir::{Class, Hir, HirKind, Look};
use serde::{Deserialize, Serialize};

use super::fragments::entry;
use super::records::Records;

/// So many bytes are known at the most, at either end.
const DEEP: usize = 8;
/// So many parts of a regex are gone through, those that are repeated several times: a stranger's may be nested so that it would take for ever.
const PARTS: usize = 10_000;
/// Any byte.
const ANY: u64 = u64::MAX;

/// Which bytes can stand at places from one end of a match on: bits for each [`entry`].
type Places = Vec<u64>;

/// The first and the last bytes of the matches of one pattern: of the line's, where all matches are bound to its start or end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Edge([Places; 2]);

impl Edge {
    /// Those of a regex.
    pub fn of(regex: Option<&Hir>) -> Self {
        let Some(regex) = regex else { return Edge::default() };
        let (first, last) = (regex.properties().look_set_prefix(), regex.properties().look_set_suffix());
        let if_bound = |bound: bool, backwards: bool| if bound { places(regex, backwards) } else { Places::new() };
        Edge([if_bound(first.contains(Look::Start), false), if_bound(last.contains(Look::End), true)])
    }
}

/// What can stand at the first places of all matches, or the last ones.
fn places(regex: &Hir, backwards: bool) -> Places {
    let mut walk = Walk { backwards, sets: [0; DEEP], left: PARTS };
    let ends = walk.through(regex, 1);
    if walk.left == 0 {
        return Places::new();
    }
    // Behind the end of the shortest match anything may stand.
    let known = (ends.trailing_zeros() as usize).min(DEEP);
    let mut places: Places = walk.sets.into_iter().take(known).collect();
    while places.last() == Some(&ANY) {
        places.pop();
    }
    places
}

/// A walk through a regex from one end on.
struct Walk {
    backwards: bool,
    /// What can stand at each place.
    sets: [u64; DEEP],
    /// So many parts may still be gone through.
    left: usize,
}

impl Walk {
    /// Goes through a part that may begin at any of the places of which there is a bit; gives those where it may end. Further ones than are known do
    /// not count.
    fn through(&mut self, part: &Hir, from: u16) -> u16 {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || from == 0 {
            return 0;
        }
        match part.kind() {
            HirKind::Empty | HirKind::Look(_) => from,
            HirKind::Literal(text) if self.backwards => {
                text.0.iter().rev().fold(from, |at, byte| self.step(bit(*byte), at))
            }
            HirKind::Literal(text) => text.0.iter().fold(from, |at, byte| self.step(bit(*byte), at)),
            HirKind::Class(Class::Bytes(class)) => {
                let bytes = class.ranges().iter().flat_map(|range| range.start()..=range.end());
                self.step(bytes.fold(0, |set, byte| set | bit(byte)), from)
            }
            // Up to four bytes.
            HirKind::Class(Class::Unicode(_)) => {
                let mut one_more = |(ends, at): (u16, u16)| {
                    let next = self.step(ANY, at);
                    (ends | next, next)
                };
                (0..4).fold((0, from), |reached, _| one_more(reached)).0
            }
            HirKind::Repetition(repeated) => {
                let mut ends = if repeated.min == 0 { from } else { 0 };
                let mut at = from;
                for times in 1..=repeated.max.unwrap_or(u32::MAX) {
                    let before = at;
                    at = self.through(&repeated.sub, before);
                    let known = ends;
                    if times >= repeated.min || at == before {
                        ends |= at;
                    }
                    // Once more would lead to no other place.
                    if at == before || (times >= repeated.min && ends == known) {
                        break;
                    }
                }
                ends
            }
            HirKind::Capture(group) => self.through(&group.sub, from),
            HirKind::Concat(parts) if self.backwards => {
                parts.iter().rev().fold(from, |at, part| self.through(part, at))
            }
            HirKind::Concat(parts) => parts.iter().fold(from, |at, part| self.through(part, at)),
            HirKind::Alternation(branches) => branches.iter().fold(0, |ends, branch| ends | self.through(branch, from)),
        }
    }

    /// One byte further.
    fn step(&mut self, set: u64, from: u16) -> u16 {
        for (place, known) in self.sets.iter_mut().enumerate() {
            if from >> place & 1 == 1 {
                *known |= set;
            }
        }
        from << 1 & ((1 << DEEP) - 1)
    }
}

/// The bit of a byte.
fn bit(byte: u8) -> u64 {
    1 << entry(byte)
}

/// The edges of many patterns, by number.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Edges {
    /// Where in `edges` that of each pattern stands.
    starts: Records<u32>,
    /// How many first places are known, how many last ones, and the number of the set for each.
    edges: Records<u8>,
    /// What can stand at a place. The first one is any byte, as there are so many numbers only.
    sets: Records<u64>,
}

impl Edges {
    /// Of these patterns.
    pub fn of_each(patterns: impl Iterator<Item = Edge>) -> Self {
        let (mut starts, mut edges, mut sets) = (Vec::new(), Vec::new(), vec![ANY]);
        let (mut known_edges, mut known_sets) = (HashMap::<Edge, u32>::new(), HashMap::<u64, u8>::new());
        for edge in patterns {
            starts.push(*known_edges.entry(edge).or_insert_with_key(|Edge(ends)| {
                let start = edges.len() as u32;
                edges.extend(ends.iter().map(|places| places.len() as u8));
                for set in ends.iter().flatten() {
                    edges.push(*known_sets.entry(*set).or_insert_with(|| match u8::try_from(sets.len()) {
                        Ok(number) if *set != ANY => {
                            sets.push(*set);
                            number
                        }
                        _ => 0,
                    }));
                }
                start
            }));
        }
        Edges {
            starts: starts.into_iter().collect(),
            edges: edges.into_iter().collect(),
            sets: sets.into_iter().collect(),
        }
    }

    /// May the pattern of this number match the line?
    pub fn may_match(&self, pattern: usize, line: &[u8]) -> bool {
        let Some(start) = self.starts.get(pattern).map(|start| start as usize) else { return true };
        let length = |end: usize| self.edges.get(start + end).map_or(0, usize::from);
        let (first, last) = (length(0), length(1));
        let can_stand = |number: Option<u8>, byte: Option<&u8>| {
            let set = number.and_then(|number| self.sets.get(usize::from(number))).unwrap_or(ANY);
            byte.is_some_and(|byte| set & bit(*byte) != 0)
        };
        let firsts = (0..first).all(|place| can_stand(self.edges.get(start + 2 + place), line.get(place)));
        let from_end = |place: usize| line.len().checked_sub(place + 1).and_then(|at| line.get(at));
        firsts && (0..last).all(|place| can_stand(self.edges.get(start + 2 + first + place), from_end(place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(regex: &str, line: &str) -> bool {
        let regex = regex::bytes::RegexBuilder::new(regex).unicode(false).build();
        regex.is_ok_and(|regex| regex.is_match(line.as_bytes()))
    }

    fn edges(regex: &str) -> Edges {
        Edges::of_each([Edge::of(crate::signature::parsed(regex).as_ref())].into_iter())
    }

    fn tried(regex: &str, line: &str) -> bool {
        edges(regex).may_match(0, line.as_bytes())
    }

    #[test]
    fn bytes_at_either_end_are_asked_for() {
        assert!(tried("^(?:FAILED|ERROR) x", "ERROR x") && tried("^(?:FAILED|ERROR) x", "failed x"));
        assert!(!tried("^(?:FAILED|ERROR) x", "ERROR: x") && !tried("^(?:FAILED|ERROR) x", " ERROR x"));
        assert!(
            tried(r"^\s*(?:a|bc)?\d", "  bc7") && tried(r"^\s*(?:a|bc)?\d", "7") && !tried(r"^\s*(?:a|bc)?\d", "x7")
        );
        assert!(tried(r"\w+ (?:FAILED|BROKEN)$", "x BROKEN") && !tried(r"\w+ (?:FAILED|BROKEN)$", "x FAILED at 1"));
        assert!(tried("^ab{3}c$", "abbbc") && !tried("^ab{3}c$", "abbc") && !tried("^ab{3}c$", ""));
        assert!(tried("(?i)^Fail$", "FAIL"), "letter case is folded");
    }

    #[test]
    fn what_is_not_bound_is_tried_and_so_is_what_may_end_early() {
        for regex in ["error", "^a|b", "(?m)^error$", "^", "$", "^(?:error)?", "^x*$"] {
            assert!(tried(regex, "some error here") || !matches(regex, "some error here"), "{regex}");
            assert!(tried(regex, "error"), "{regex}");
        }
        assert!(tried("(?m)^error$", "an\nerror\n"), "there may be more lines than one");
    }

    #[test]
    fn what_is_too_large_is_not_gone_through() {
        let branches: Vec<String> = (0..PARTS).map(|number| format!("a{number}b")).collect();
        assert!(tried(&format!("^(?:{})", branches.join("|")), "x"), "it can't be known");
        assert!(!tried(&format!("^(?:{})", branches[..PARTS / 2].join("|")), "x"));
        let nested = format!("^{}a{}", "(?:a?".repeat(60), "b)*".repeat(60));
        assert!(!tried(&format!("{nested}c"), "x"), "nor does it take long");
    }

    #[test]
    fn more_sets_than_there_are_numbers_for_are_any() {
        let one =
            |first: char, second: char| Edge::of(crate::signature::parsed(&format!("^[{first}{second}]x")).as_ref());
        let pairs = ('a'..='z').flat_map(|first| (first..='z').map(move |second| (first, second)));
        let all = Edges::of_each(pairs.clone().map(|(first, second)| one(first, second)));
        for (number, (first, second)) in pairs.enumerate() {
            assert!(
                all.may_match(number, format!("{first}x").as_bytes())
                    && all.may_match(number, format!("{second}x").as_bytes())
            );
            assert!(!all.may_match(number, format!("{first}").as_bytes()));
            assert!(number > 250 || !all.may_match(number, b"0x"));
        }
    }

    #[test]
    fn many_built_in_patterns_are_bound() {
        let db = crate::SignatureDb::built_in();
        let patterns = db.signatures().flat_map(|signature| &signature.patterns);
        let all: Vec<Edge> =
            patterns.map(|pattern| Edge::of(crate::signature::parsed(&pattern.regex).as_ref())).collect();
        let bound = all.iter().filter(|edge| **edge != Edge::default()).count();
        assert!(4 * bound > all.len(), "{bound} of {}", all.len());
    }

    const PARTS_OF_REGEXES: &[&str] = &[
        "a",
        "b|c",
        "(?:b|c)",
        "[ab]",
        "[^a]",
        r"\s",
        "ab",
        "(?:a|bc)",
        "(?:ab)?",
        r"a\*?",
        "b*",
        r"c\+?",
        "(?:ab|c)+",
        "(?:a?b){2}",
        "(?i:A)",
        r"\b",
        "a{2,3}",
        "(?:^|b)",
        "(?:$|c)",
        "(?:a*b)*",
        "(?:(?:ab?)+c?){2,}",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn nothing_that_matches_is_left_out(
            parts in prop::collection::vec(prop::sample::select(PARTS_OF_REGEXES), 0..6),
            ends in 0..4usize,
            line in "[abcA *+]{0,10}",
        ) {
            let (start, end) = (if ends & 1 == 0 { "^" } else { "" }, if ends & 2 == 0 { "$" } else { "" });
            let regex = format!("{start}{}{end}", parts.concat());
            if matches(&regex, &line) {
                prop_assert!(tried(&regex, &line), "{regex} {line}");
            }
        }
    }
}
