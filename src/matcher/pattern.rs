//! The regex of a pattern in two halves, made of the same states: one tells whether it matches, which every candidate line needs, the
//! other reads its groups, which few lines do. A pattern that is a fixed text needs neither.
//!
//! The first is a lazy DFA that runs forwards, the second a backtracker for lines of usual length. Both cost a third of a whole regex,
//! which also learns how to look for its fixed texts (a line is only tried where they stand in it) and to read backwards. That one is
//! only compiled for a long line, and where many lines match: it finds both ends of a match first, and is thrice as fast.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use memchr::memmem::Finder;
use once_cell::sync::OnceCell;
use regex::bytes::Regex;
use regex_automata::hybrid::dfa::{self, Config, DFA};
use regex_automata::nfa::thompson::backtrack::{self, BoundedBacktracker};
use regex_automata::nfa::thompson::{Compiler, NFA};
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, PatternID, PatternSet};

use crate::signature::{REGEX_SIZE_LIMIT, compile};

/// Memory for the states of one DFA, in bytes; beyond, it begins anew.
const STATES: usize = 1 << 20;
/// Longest line for the backtracker, in bytes.
const USUAL: usize = 1_024;
/// So often the backtracker is used.
const SELDOM: u32 = 48;

/// What a search remembers until the next one. Threads take it in turn: they seldom want it at the same time, and each further one takes
/// as much memory.
struct Caches<T> {
    idle: Mutex<Vec<Box<T>>>,
    make: Box<dyn Fn() -> T + Send + Sync + UnwindSafe + RefUnwindSafe>,
}

impl<T> Caches<T> {
    fn new(make: impl Fn() -> T + Send + Sync + UnwindSafe + RefUnwindSafe + 'static) -> Self {
        Caches { idle: Mutex::default(), make: Box::new(make) }
    }

    /// Searches with one.
    fn with<R>(&self, search: impl FnOnce(&mut T) -> R) -> R {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let mut cache = taken.unwrap_or_else(|| Box::new((self.make)()));
        let found = search(&mut cache);
        idle().push(cache);
        found
    }
}

/// Where a group starts and ends, one after the other.
type Slots = Vec<Option<NonMaxUsize>>;

/// Reads groups.
type Backtracker = (BoundedBacktracker, Caches<(backtrack::Cache, Slots)>);

/// Room for the patterns that a matcher has made ready, in bytes: more than a log with many kinds of messages needs.
const ROOM: usize = 8 << 20;
/// The same where a log has filled one already: it holds the messages of all tools in turn, and no room would be enough.
const FURTHER_ROOM: usize = 3 << 20;
/// So many patterns are made for one line only before all are forgotten: by then that costs no more than it has cost to keep them.
const PASSED: usize = 400;
/// What a whole regex is counted as, with the states that it may come to have, and a backtracker.
const WHOLE: usize = 60_000;
const BACKTRACKER: usize = 16_000;
/// What one pattern takes beside its states.
const OWN: usize = 4_000;

/// How much memory the patterns of a matcher take. Most logs need few; who prints the fixed texts of all could make all be made.
#[derive(Debug, Clone)]
pub(super) struct Weight {
    taken: Arc<AtomicUsize>,
    /// How many patterns found no room.
    passed: Arc<AtomicUsize>,
    room: usize,
}

impl Default for Weight {
    fn default() -> Self {
        Weight { taken: Arc::default(), passed: Arc::default(), room: ROOM }
    }
}

impl Weight {
    /// For a matcher that takes the place of a full one.
    pub(super) fn further() -> Self {
        Weight { taken: Arc::default(), passed: Arc::default(), room: FURTHER_ROOM }
    }

    pub(super) fn is_further(&self) -> bool {
        self.room == FURTHER_ROOM
    }

    fn add(&self, bytes: usize) {
        if bytes == 0 {
            // Other threads read it, too.
            return;
        }
        self.taken.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts an automaton and its first cache.
    fn add_states(&self, dfa: &DFA, cache: &dfa::Cache) {
        self.add(OWN + dfa.get_nfa().memory_usage() + cache.memory_usage());
    }

    /// Is there no room for more?
    pub(super) fn is_full(&self) -> bool {
        self.taken.load(Ordering::Relaxed) > self.room
    }

    /// A pattern is made for one line only.
    pub(super) fn pass(&self) {
        self.passed.fetch_add(1, Ordering::Relaxed);
    }

    /// Have so many found no room that those which did are hardly the ones that are wanted now?
    pub(super) fn is_outdated(&self) -> bool {
        self.passed.load(Ordering::Relaxed) > PASSED
    }
}

/// A pattern made ready.
pub(crate) struct Shape {
    source: String,
    /// Where its memory is counted.
    weight: Weight,
    test: Test,
    groups: OnceCell<Option<Backtracker>>,
    whole: OnceCell<Option<Regex>>,
    /// How often its groups were read.
    reads: AtomicU32,
}

/// Tells whether a pattern matches.
#[allow(clippy::large_enum_variant, reason = "the large one is the usual one, and lies in a box or a static")]
enum Test {
    /// It is nothing but this text.
    Fixed(Finder<'static>),
    States(DFA, Caches<dfa::Cache>),
    /// It could not be made: the whole regex does its work.
    None,
}

/// A group that took part in a match: its name, where it has one, and its byte range.
type Group<'m> = (Option<&'m str>, (usize, usize));

impl Shape {
    /// Makes a pattern ready that was compiled when its signature was checked.
    pub(crate) fn new(source: &str) -> Self {
        Shape::weighed(source, Weight::default())
    }

    /// The same, with its memory counted.
    pub(super) fn weighed(source: &str, weight: Weight) -> Self {
        let made = || match forwards(&[source], MatchKind::LeftmostFirst) {
            Some(dfa) => {
                let own = dfa.clone();
                let weight = weight.clone();
                let make = move || {
                    let cache = own.create_cache();
                    weight.add_states(&own, &cache);
                    cache
                };
                Test::States(dfa, Caches::new(make))
            }
            None => Test::None,
        };
        Shape {
            source: source.to_owned(),
            test: fixed(source).map_or_else(made, |text| Test::Fixed(Finder::new(&text).into_owned())),
            groups: OnceCell::new(),
            whole: OnceCell::new(),
            reads: AtomicU32::new(0),
            weight,
        }
    }

    /// Does it match somewhere in `text`?
    pub(crate) fn fits(&self, text: &[u8]) -> bool {
        match &self.test {
            Test::Fixed(fixed) => return fixed.find(text).is_some(),
            Test::States(dfa, caches) => {
                let input = Input::new(text).earliest(true);
                let found = caches.with(|cache| {
                    let before = cache.memory_usage();
                    let found = dfa.try_search_fwd(cache, &input);
                    self.weight.add(cache.memory_usage().saturating_sub(before));
                    found
                });
                if let Ok(found) = found {
                    return found.is_some();
                }
            }
            Test::None => {}
        }
        self.whole().is_some_and(|regex| regex.is_match(text))
    }

    /// Hands the groups of the first match to `take`, the match itself first.
    pub(super) fn read<'m>(&'m self, text: &[u8], mut take: impl FnMut(Group<'m>)) {
        let nfa = match &self.test {
            Test::Fixed(fixed) => {
                if let Some(start) = fixed.find(text) {
                    take((None, (start, start + fixed.needle().len())));
                }
                return;
            }
            Test::States(dfa, _) => Some(dfa.get_nfa()).filter(|_| self.seldom() && text.len() <= USUAL),
            Test::None => None,
        };
        if let Some((nfa, (searcher, caches))) = nfa.zip(nfa.and_then(|nfa| self.backtracker(nfa))) {
            let found = caches.with(|(cache, slots)| {
                let found = searcher.try_search_slots(cache, &Input::new(text), slots).is_ok();
                let names = nfa.group_info().pattern_names(PatternID::ZERO);
                for (name, [start, end]) in names.zip(slots.as_chunks::<2>().0).filter(|_| found) {
                    if let (Some(start), Some(end)) = (start, end) {
                        take((name, (start.get(), end.get())));
                    }
                }
                found
            });
            if found {
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
            self.weight.add(BACKTRACKER);
            let own = searcher.clone();
            let slots = nfa.group_info().slot_len();
            let cache = move || (own.create_cache(), vec![None; slots]);
            Some((searcher, Caches::new(cache)))
        };
        self.groups.get_or_init(make).as_ref()
    }

    fn whole(&self) -> Option<&Regex> {
        let make = || {
            self.weight.add(WHOLE);
            compile(&self.source).ok()
        };
        self.whole.get_or_init(make).as_ref()
    }
}

/// Patterns that are tried together, in one reading of the text.
pub(crate) struct Shapes(Together, Weight);

#[allow(clippy::large_enum_variant, reason = "the large one is the usual one, and lies in a box or a static")]
enum Together {
    /// Fixed texts, and few.
    Fixed(Vec<Finder<'static>>),
    States(DFA, Caches<(dfa::Cache, PatternSet)>),
    /// So large that they could not be made: one after the other.
    Alone(Vec<Shape>),
}

/// So many fixed texts are looked for one by one.
const FEW: usize = 4;

impl Shapes {
    /// Makes them ready.
    pub(crate) fn new(sources: &[&str]) -> Self {
        Shapes::weighed(sources, Weight::default())
    }

    /// The same, with their memory counted.
    pub(super) fn weighed(sources: &[&str], weight: Weight) -> Self {
        let count = sources.len();
        let fixed = || sources.iter().map(|source| Some(Finder::new(&fixed(source)?).into_owned())).collect();
        let test = match Some(()).filter(|()| count <= FEW).and_then(|()| fixed()) {
            Some(fixed) => Together::Fixed(fixed),
            None => match forwards(sources, MatchKind::All) {
                Some(dfa) => {
                    let own = dfa.clone();
                    let weight = weight.clone();
                    let cache = move || {
                        let cache = own.create_cache();
                        weight.add_states(&own, &cache);
                        (cache, PatternSet::new(count))
                    };
                    Together::States(dfa, Caches::new(cache))
                }
                None => Together::Alone(sources.iter().map(|source| Shape::weighed(source, weight.clone())).collect()),
            },
        };
        Shapes(test, weight)
    }

    /// Does any match somewhere in `text`?
    pub(crate) fn any_fits(&self, text: &[u8]) -> bool {
        match &self.0 {
            Together::Fixed(fixed) => fixed.iter().any(|fixed| fixed.find(text).is_some()),
            Together::States(dfa, caches) => caches.with(|(cache, _)| {
                let before = cache.memory_usage();
                let found = dfa.try_search_fwd(cache, &Input::new(text).earliest(true));
                self.1.add(cache.memory_usage().saturating_sub(before));
                found.is_ok_and(|found| found.is_some())
            }),
            Together::Alone(shapes) => shapes.iter().any(|shape| shape.fits(text)),
        }
    }

    /// How many of them match somewhere in `text`?
    pub(crate) fn count(&self, text: &[u8]) -> usize {
        let mut count = 0;
        self.fitting(text, |_| count += 1);
        count
    }

    /// Hands the places of those that match somewhere in `text` to `take`, in order.
    pub(crate) fn fitting(&self, text: &[u8], mut take: impl FnMut(usize)) {
        match &self.0 {
            Together::Fixed(fixed) => {
                fixed.iter().enumerate().filter(|(_, fixed)| fixed.find(text).is_some()).for_each(|(at, _)| take(at));
            }
            Together::States(dfa, caches) => caches.with(|(cache, set)| {
                set.clear();
                let before = cache.memory_usage();
                let searched = dfa.try_which_overlapping_matches(cache, &Input::new(text), set);
                self.1.add(cache.memory_usage().saturating_sub(before));
                if searched.is_ok() {
                    set.iter().for_each(|pattern| take(pattern.as_usize()));
                }
            }),
            Together::Alone(shapes) => {
                shapes.iter().enumerate().filter(|(_, shape)| shape.fits(text)).for_each(|(at, _)| take(at));
            }
        }
    }
}

/// The text that a pattern stands for, if it is nothing but that.
fn fixed(source: &str) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(source.len());
    let mut bytes = source.bytes();
    while let Some(byte) = bytes.next() {
        text.push(match byte {
            b'.' | b'+' | b'*' | b'?' | b'(' | b')' | b'|' | b'[' | b']' | b'{' | b'}' | b'^' | b'$' => return None,
            b'\\' => bytes.next().filter(u8::is_ascii_punctuation)?,
            byte => byte,
        });
    }
    (!text.is_empty()).then_some(text)
}

/// The DFA of patterns, which means by them what [`compile`] means.
fn forwards(sources: &[&str], kind: MatchKind) -> Option<DFA> {
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    let states = regex_automata::nfa::thompson::Config::new().utf8(false).nfa_size_limit(Some(REGEX_SIZE_LIMIT));
    let nfa = Compiler::new().syntax(syntax).configure(states).build_many(sources).ok()?;
    let config = Config::new().match_kind(kind).cache_capacity(STATES).skip_cache_capacity_check(true);
    DFA::builder().configure(config).build_from_nfa(nfa).ok()
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
            "größe: ",
            r"x=1 y",
            r"error: x\=1",
        ] {
            let (shape, regex) = (Shape::new(pattern), compile(pattern).unwrap());
            assert!(!matches!(shape.test, Test::None), "{pattern}");
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
        let fixed = Shapes::new(&["a.b", "b: c"].map(|text| text.replace('.', r"\.")).each_ref().map(String::as_str));
        for (text, places) in [("a.b: c", &[0, 1][..]), ("axb: c", &[1]), ("a.b", &[0]), ("", &[])] {
            let mut found = Vec::new();
            fixed.fitting(text.as_bytes(), |at| found.push(at));
            assert_eq!((&found[..], fixed.any_fits(text.as_bytes())), (places, !places.is_empty()), "{text}");
        }
    }
}
