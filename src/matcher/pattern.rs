//! The regex of a pattern in two halves, made of the same states: one tells whether it matches, which every candidate line needs, the
//! other reads its groups, which few lines do.
//!
//! The first is a lazy DFA that runs forwards, the second a backtracker for lines of usual length. Both cost a third of a whole regex,
//! which also learns how to look for its fixed texts (a line is only tried where they stand in it) and to read backwards. That one is
//! only compiled for a long line, and where many lines match: it finds both ends of a match first, and is thrice as fast.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::{AtomicU32, Ordering};

use once_cell::sync::OnceCell;
use regex::bytes::Regex;
use regex_automata::hybrid::dfa::{self, Config, DFA};
use regex_automata::nfa::thompson::backtrack::{self, BoundedBacktracker};
use regex_automata::nfa::thompson::{Compiler, NFA};
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::util::{pool::Pool, syntax};
use regex_automata::{Input, MatchKind, PatternID, PatternSet};

use crate::signature::{REGEX_SIZE_LIMIT, compile};

/// Memory for the states of one DFA, in bytes; beyond, it begins anew.
const STATES: usize = 1 << 20;
/// Longest line for the backtracker, in bytes.
const USUAL: usize = 1_024;
/// So often the backtracker is used.
const SELDOM: u32 = 48;

/// What a search remembers until the next one.
type Caches<T> = Pool<T, Box<dyn Fn() -> T + Send + Sync + UnwindSafe + RefUnwindSafe>>;

/// Where a group starts and ends, one after the other.
type Slots = Vec<Option<NonMaxUsize>>;

/// Reads groups.
type Backtracker = (BoundedBacktracker, Caches<(backtrack::Cache, Slots)>);

/// A pattern made ready.
pub(crate) struct Shape {
    source: String,
    /// `None` should it be impossible to make: then the whole regex does its work.
    test: Option<(DFA, Caches<dfa::Cache>)>,
    groups: OnceCell<Option<Backtracker>>,
    whole: OnceCell<Option<Regex>>,
    /// How often its groups were read.
    reads: AtomicU32,
}

/// A group that took part in a match: its name, where it has one, and its byte range.
type Group<'m> = (Option<&'m str>, (usize, usize));

impl Shape {
    /// Makes a pattern ready that was compiled when its signature was checked.
    pub(crate) fn new(source: &str) -> Self {
        let test = forwards(&[source], MatchKind::LeftmostFirst);
        Shape {
            source: source.to_owned(),
            test,
            groups: OnceCell::new(),
            whole: OnceCell::new(),
            reads: AtomicU32::new(0),
        }
    }

    /// Does it match somewhere in `text`?
    pub(crate) fn fits(&self, text: &[u8]) -> bool {
        if let Some((dfa, caches)) = &self.test {
            let input = Input::new(text).earliest(true);
            if let Ok(found) = dfa.try_search_fwd(&mut caches.get(), &input) {
                return found.is_some();
            }
        }
        self.whole().is_some_and(|regex| regex.is_match(text))
    }

    /// Hands the groups of the first match to `take`, the match itself first.
    pub(super) fn read<'m>(&'m self, text: &[u8], mut take: impl FnMut(Group<'m>)) {
        let nfa = self.test.as_ref().map(|(dfa, _)| dfa.get_nfa()).filter(|_| self.seldom() && text.len() <= USUAL);
        if let Some((nfa, (searcher, caches))) = nfa.zip(nfa.and_then(|nfa| self.backtracker(nfa))) {
            let (cache, slots) = &mut *caches.get();
            if searcher.try_search_slots(cache, &Input::new(text), slots).is_ok() {
                let names = nfa.group_info().pattern_names(PatternID::ZERO);
                for (name, [start, end]) in names.zip(slots.as_chunks::<2>().0) {
                    if let (Some(start), Some(end)) = (start, end) {
                        take((name, (start.get(), end.get())));
                    }
                }
                return;
            }
        }
        let Some((regex, groups)) = self.whole().and_then(|regex| Some((regex, regex.captures(text)?))) else { return };
        for (name, group) in regex.capture_names().zip(groups.iter()) {
            if let Some(group) = group {
                take((name, (group.start(), group.end())));
            }
        }
    }

    /// The byte range of the first match, where the regex that finds it fast is there already and has named groups that cost more.
    pub(super) fn span(&self, text: &[u8]) -> Option<(usize, usize)> {
        let regex = self.whole.get().and_then(Option::as_ref).filter(|regex| regex.captures_len() > 1)?;
        regex.find(text).map(|found| (found.start(), found.end()))
    }

    /// Do few lines match, so that it is not worth to compile the whole regex?
    fn seldom(&self) -> bool {
        // Which way is taken changes nothing but the time.
        self.whole.get().is_none() && self.reads.fetch_add(1, Ordering::Relaxed) < SELDOM
    }

    fn backtracker(&self, nfa: &NFA) -> Option<&Backtracker> {
        let make = || {
            let searcher = BoundedBacktracker::new_from_nfa(nfa.clone()).ok()?;
            let own = searcher.clone();
            let slots = nfa.group_info().slot_len();
            let cache = move || (own.create_cache(), vec![None; slots]);
            Some((searcher, Pool::new(Box::new(cache) as Box<_>)))
        };
        self.groups.get_or_init(make).as_ref()
    }

    fn whole(&self) -> Option<&Regex> {
        self.whole.get_or_init(|| compile(&self.source).ok()).as_ref()
    }
}

/// Patterns that are tried together.
pub(crate) struct Shapes {
    test: Option<(DFA, Caches<dfa::Cache>)>,
}

impl Shapes {
    /// Makes them ready. Where that fails, none ever matches.
    pub(crate) fn new(sources: &[&str]) -> Self {
        Shapes { test: forwards(sources, MatchKind::All) }
    }

    /// Does any match somewhere in `text`?
    pub(crate) fn any_fits(&self, text: &[u8]) -> bool {
        let Some((dfa, caches)) = &self.test else { return false };
        let found = dfa.try_search_fwd(&mut caches.get(), &Input::new(text).earliest(true));
        found.is_ok_and(|found| found.is_some())
    }

    /// How many of them match somewhere in `text`?
    pub(crate) fn count(&self, text: &[u8]) -> usize {
        let Some((dfa, caches)) = &self.test else { return 0 };
        let mut fitting = PatternSet::new(dfa.pattern_len());
        let read = dfa.try_which_overlapping_matches(&mut caches.get(), &Input::new(text), &mut fitting);
        read.map_or(0, |()| fitting.len())
    }
}

/// The DFA of patterns, which means by them what [`compile`] means.
fn forwards(sources: &[&str], kind: MatchKind) -> Option<(DFA, Caches<dfa::Cache>)> {
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    let states = regex_automata::nfa::thompson::Config::new().utf8(false).nfa_size_limit(Some(REGEX_SIZE_LIMIT));
    let nfa = Compiler::new().syntax(syntax).configure(states).build_many(sources).ok()?;
    let config = Config::new().match_kind(kind).cache_capacity(STATES).skip_cache_capacity_check(true);
    let dfa = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
    let own = dfa.clone();
    let cache = move || own.create_cache();
    Some((dfa, Pool::new(Box::new(cache) as Box<_>)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_agree_with_the_whole() {
        let long = format!("{}error: x=1 y", "z".repeat(2 * USUAL));
        let texts =
            ["", "a", "error: x", "ERROR: x=2 ", "x\terror:  ", "größe: kein Platz", "E: b\r", "no errors", &long];
        for pattern in [
            r"^error: \S",
            r"(?i)\berror\b: (?P<what>\w+)(?:=(?P<value>\d))?",
            "größe",
            r"x\s*$",
            r"^E: (?P<name>\w+)",
            "a{0,3}",
            "[^a]:",
            "(?i)GRÖßE",
            "^$",
        ] {
            let (shape, regex) = (Shape::new(pattern), compile(pattern).unwrap());
            assert!(shape.test.is_some(), "{pattern}");
            for text in texts {
                let text = text.as_bytes();
                assert_eq!(shape.fits(text), regex.is_match(text), "{pattern} on {text:?}");
                let read = || {
                    let mut read = Vec::new();
                    shape.read(text, |(name, (start, end))| read.push((name, start..end)));
                    read
                };
                let groups = regex.captures(text);
                let groups = groups.iter().flat_map(|groups| regex.capture_names().zip(groups.iter()));
                let wanted: Vec<_> = groups.filter_map(|(name, group)| Some((name, group?.range()))).collect();
                // Seldom, and often.
                for _ in 0..=SELDOM {
                    assert_eq!(read(), wanted, "{pattern} on {text:?}");
                }
            }
        }
    }

    #[test]
    fn several_are_counted() {
        let shapes = Shapes::new(&["^a", r"(?i)\bb\b", "c$", "é"]);
        for (text, count) in [("", 0), ("x", 0), ("a", 1), ("ab B c", 3), ("xa", 0), ("a b \u{e9} c", 4), ("bb", 0)] {
            assert_eq!((shapes.count(text.as_bytes()), shapes.any_fits(text.as_bytes())), (count, count > 0), "{text}");
        }
    }
}
