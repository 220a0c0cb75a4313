//! Finds fixed text that every match of a regular expression must contain.
//!
//! The matcher looks for this text before it runs any regex; so that no match can be lost,
//! the text is taken from the regex itself, never written by hand.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Serialize};

use super::common::COMMON_GRAMS;
use super::expression::parsed;
use crate::pieces::Pieces;

/// Shortest fixed text that a pattern may rely on without touching the budget of short ones.
pub const LONG_ENOUGH: usize = 8;
/// Shortest fixed text at all.
pub const SHORTEST: usize = 5;
/// How many different texts of `SHORTEST..LONG_ENOUGH` bytes the whole database and the structured readers may hold.
pub const SHORT_BUDGET: usize = 56;
/// Longest text kept: the scan gains nothing from more.
pub const LONGEST: usize = 40;
/// Texts of so many bytes are looked for by few samples: the scan needs a window of that size.
pub const LONG_WINDOW: usize = 15;
/// Texts of so many bytes, and not that long, by twice as many.
pub const MIDDLE_WINDOW: usize = 11;
/// How much more common a long window must be than a middle one to be left for it, as [`windows`] tells.
const WORTH_TWICE_THE_SAMPLES: u32 = 500;
/// The same of a window that is sampled and a short one, which is looked for at every place.
const WORTH_EVERY_PLACE: u32 = 6_000;
/// Of shorter texts the scan needs so many bytes, wherever they stand.
pub const SHORT_WINDOW: usize = 5;
/// Bytes of a gram that the scan samples.
pub const GRAM: usize = 8;
/// How many alternatives one pattern may bring.
const MOST_ALTERNATIVES: usize = 24;

/// A fixed text, ASCII letters in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Literal {
    /// The text.
    pub text: Vec<u8>,
}

impl Literal {
    /// A text that is at least [`SHORTEST`] bytes long.
    pub fn new(text: Vec<u8>) -> Self {
        Literal { text }
    }
}

/// How many bytes of a text the scan relies on.
pub fn window_of(text: &[u8]) -> usize {
    match text.len() {
        LONG_WINDOW.. => LONG_WINDOW,
        MIDDLE_WINDOW.. => MIDDLE_WINDOW,
        _ => SHORT_WINDOW,
    }
}

/// Where the least common window of the text starts, and how long it is. Where every long window is common, twice as many samples are worth
/// it: the middle ones may avoid the words that make it so. Where these are as common, a run is that no good log has: `compiling '` differs
/// from what compilers say all the time in its last two bytes alone.
pub fn rarest_window(text: &[u8]) -> (usize, usize) {
    let rarest = |size: usize| windows(text, size).min_by_key(|(_, cost)| *cost).unwrap_or_default();
    let mut size = window_of(text);
    let (mut start, mut cost) = rarest(size);
    for (smaller, worth) in [(MIDDLE_WINDOW, WORTH_TWICE_THE_SAMPLES), (SHORT_WINDOW, WORTH_EVERY_PLACE)] {
        let (other, less) = rarest(smaller);
        if smaller < size && less + worth < cost {
            (start, cost, size) = (other, less, smaller);
        }
    }
    (start, size)
}

/// How often the rarest window of the text may be met, in no unit. The longer grams of long texts are met far less often.
pub fn frequency(text: &[u8]) -> u32 {
    let window = window_of(text);
    let share = match window {
        LONG_WINDOW => 8,
        MIDDLE_WINDOW => 4,
        _ => 1,
    };
    windows(text, window).map(|(_, cost)| cost).min().unwrap_or(0) / share
}

/// The windows of a text: where each starts and how common its grams are. A gram is as common as the least common run of four bytes in it,
/// as logs of good builds tell; where these say nothing, letters that are frequent in English and in paths decide.
pub fn windows(text: &[u8], window: usize) -> impl Iterator<Item = (usize, u32)> {
    static COMMON: LazyLock<HashMap<[u8; 4], u32>> = LazyLock::new(|| {
        let level = |(level, grams): (u32, &'static &'static str)| {
            grams.as_bytes().as_chunks::<4>().0.iter().map(move |gram| (*gram, 64 * (400 >> level)))
        };
        (0..).zip(&COMMON_GRAMS).flat_map(level).collect()
    });
    let text: Vec<u8> = text.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte | 0x20 }).collect();
    let last = text.len().saturating_sub(window);
    let cost = move |start: usize| -> u32 {
        let part = text.part(start..(start + window).min(text.len()));
        let letters: u32 = part.iter().map(|byte| commonness(*byte)).sum();
        let run = |run: &[u8]| COMMON.get(run).copied().unwrap_or(0);
        let gram = |gram: &[u8]| gram.windows(4).map(run).min().unwrap_or(0);
        letters + part.windows(GRAM.min(window)).map(gram).sum::<u32>()
    };
    (0..=last).map(move |start| (start, cost(start)))
}

const fn commonness(byte: u8) -> u32 {
    match byte {
        b' ' | b'e' => 12,
        b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 9,
        b'l' | b'd' | b'c' | b'u' | b'm' | b'p' | b'g' => 6,
        b'/' | b'.' | b'-' | b'h' | b'f' | b'b' | b'0'..=b'9' => 5,
        _ => 2,
    }
}

/// Texts (ASCII letters in lower case), at least one of which is in every match, compared without
/// regard to ASCII case. `None` if there is no such set.
pub fn required(pattern: &str) -> Option<Vec<Literal>> {
    let hir = parsed(pattern)?;
    let found = walk(&hir);
    let mut best = found.best;
    if let Some(exact) = found.exact {
        best = better(best, usable(exact));
    }
    let mut set = best?;
    for text in &mut set {
        text.truncate(LONGEST);
    }
    set.sort();
    set.dedup();
    Some(set.into_iter().map(Literal::new).collect())
}

/// What is known of one node.
struct Found {
    /// All texts that the node can match, where these are few.
    exact: Option<Vec<Vec<u8>>>,
    /// The best set of texts, one of which every match of the node contains.
    best: Option<Vec<Vec<u8>>>,
    /// With one of these every match begins; with the empty one where nothing is known. Of use where `exact` is not known.
    head: Vec<Vec<u8>>,
    /// With one of these every match ends.
    tail: Vec<Vec<u8>>,
}

impl Found {
    /// A node of which the texts are known, or nothing.
    fn exactly(exact: Option<Vec<Vec<u8>>>) -> Self {
        Found { exact, best: None, head: anything(), tail: anything() }
    }

    /// What a match begins with.
    fn head(&self) -> &[Vec<u8>] {
        self.exact.as_ref().unwrap_or(&self.head)
    }

    /// What a match ends with.
    fn tail(&self) -> &[Vec<u8>] {
        self.exact.as_ref().unwrap_or(&self.tail)
    }
}

fn anything() -> Vec<Vec<u8>> {
    vec![Vec::new()]
}

/// Each of the first followed by each of the second, unless these are too many.
fn joined(heads: &[Vec<u8>], tails: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    let all = || heads.iter().flat_map(|head| tails.iter().map(move |tail| [head.as_slice(), tail].concat())).collect();
    (heads.len() * tails.len() <= MOST_ALTERNATIVES).then(all)
}

/// The texts of all branches, unless these are too many.
fn united<'f>(sets: impl Iterator<Item = &'f [Vec<u8>]>) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = sets.flatten().cloned().collect();
    all.sort_unstable();
    all.dedup();
    if all.len() <= MOST_ALTERNATIVES { all } else { anything() }
}

fn usable(set: Vec<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    (!set.is_empty() && set.iter().all(|text| !text.is_empty())).then_some(set)
}

/// Prefers a set whose texts are all long enough, then the one that logs of good builds hold least often.
fn better(a: Option<Vec<Vec<u8>>>, b: Option<Vec<Vec<u8>>>) -> Option<Vec<Vec<u8>>> {
    let worth = |set: &Vec<Vec<u8>>| {
        let shortest = set.iter().map(Vec::len).min().unwrap_or(0);
        // Of two that are too short the rarer one is better, of two that are of no use the longer one.
        let rank = if shortest < SHORTEST { shortest } else { SHORTEST + usize::from(shortest >= LONG_ENOUGH) };
        let met: u32 = set.iter().map(|text| frequency(text.head(LONGEST))).sum();
        (rank, std::cmp::Reverse(met))
    };
    match (a, b) {
        (Some(a), Some(b)) => Some(if worth(&b) > worth(&a) { b } else { a }),
        (a, b) => a.or(b),
    }
}

fn walk(hir: &Hir) -> Found {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Found::exactly(Some(anything())),
        HirKind::Literal(literal) => Found::exactly(Some(vec![literal.0.to_ascii_lowercase()])),
        HirKind::Class(class) => Found::exactly(class_bytes(class)),
        HirKind::Capture(group) => walk(&group.sub),
        HirKind::Repetition(repetition) => {
            let inner = walk(&repetition.sub);
            match (repetition.min, repetition.max) {
                (0, Some(1)) => {
                    let exact = inner.exact.map(|mut set| {
                        set.push(Vec::new());
                        set
                    });
                    Found::exactly(exact.filter(|set| set.len() <= 4))
                }
                (0, _) => Found::exactly(None),
                (1, Some(1)) => inner,
                _ => {
                    let (head, tail) = (inner.head().to_vec(), inner.tail().to_vec());
                    Found { exact: None, best: better(inner.best, inner.exact.and_then(usable)), head, tail }
                }
            }
        }
        HirKind::Concat(parts) => concat(parts),
        HirKind::Alternation(branches) => alternation(branches),
    }
}

fn concat(parts: &[Hir]) -> Found {
    let mut best = None;
    // What a match so far ends with; until something unknown comes, that is all of it.
    let mut run = anything();
    let mut head = None;
    for part in parts {
        let found = walk(part);
        let whole = found.exact.as_ref().and_then(|set| joined(&run, set));
        best = better(best, found.best.clone());
        if let Some(set) = whole {
            run = set;
            continue;
        }
        let reached = joined(&run, found.head()).unwrap_or_else(|| run.clone());
        best = better(best, usable(reached.clone()));
        head.get_or_insert(reached);
        run = found.tail().to_vec();
    }
    match head {
        None => Found { exact: Some(run), best, head: anything(), tail: anything() },
        Some(head) => Found { exact: None, best: better(best, usable(run.clone())), head, tail: run },
    }
}

fn alternation(branches: &[Hir]) -> Found {
    let all: Vec<Found> = branches.iter().map(walk).collect();
    let exact: Option<Vec<Vec<u8>>> =
        all.iter().map(|found| found.exact.clone()).collect::<Option<Vec<_>>>().map(|sets| sets.concat());
    let sets = all.iter().map(|found| better(found.best.clone(), found.exact.clone().and_then(usable)));
    let best: Option<Vec<Vec<u8>>> = sets.collect::<Option<Vec<_>>>().map(|sets| sets.concat());
    Found {
        exact: exact.filter(|set| set.len() <= MOST_ALTERNATIVES),
        best: best.filter(|set| set.len() <= MOST_ALTERNATIVES),
        head: united(all.iter().map(Found::head)),
        tail: united(all.iter().map(Found::tail)),
    }
}

/// The bytes of a small class, upper case folded into lower case.
pub(crate) fn class_bytes(class: &Class) -> Option<Vec<Vec<u8>>> {
    let class = match class {
        Class::Bytes(class) => class,
        Class::Unicode(class) => return class_chars(class),
    };
    let mut bytes: Vec<u8> = Vec::new();
    for range in class.ranges() {
        if range.len() > 8 {
            return None;
        }
        bytes.extend((range.start()..=range.end()).map(|b| b.to_ascii_lowercase()));
    }
    bytes.sort_unstable();
    bytes.dedup();
    (bytes.len() <= 4).then(|| bytes.into_iter().map(|b| vec![b]).collect())
}

/// The characters of a small class, ASCII upper case folded into lower case.
fn class_chars(class: &regex_syntax::hir::ClassUnicode) -> Option<Vec<Vec<u8>>> {
    let mut chars: Vec<char> = Vec::new();
    for range in class.ranges() {
        if range.len() > 8 {
            return None;
        }
        chars.extend((range.start()..=range.end()).map(|c| c.to_ascii_lowercase()));
    }
    chars.sort_unstable();
    chars.dedup();
    (chars.len() <= 4).then(|| chars.into_iter().map(|c| c.to_string().into_bytes()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pattern: &str) -> Option<Vec<String>> {
        required(pattern).map(|set| set.into_iter().map(|t| String::from_utf8(t.text).unwrap()).collect())
    }

    #[test]
    fn takes_the_longest_fixed_piece() {
        assert_eq!(
            texts(r"(?P<m>\S+)@(?P<v>\S+): reading (?P<u>\S+): 403 Forbidden"),
            Some(vec![": 403 forbidden".into()])
        );
    }

    #[test]
    fn alternatives_need_one_each() {
        assert_eq!(
            texts("(?:no such host|connection refused)!"),
            Some(vec!["connection refused!".into(), "no such host!".into()])
        );
        assert_eq!(texts(r"no such host|\d+"), None);
    }

    #[test]
    fn letter_case_is_folded() {
        assert_eq!(texts("(?i)Permission Denied"), Some(vec!["permission denied".into()]));
    }

    #[test]
    fn fixed_text_reaches_over_the_edge_of_a_group() {
        assert_eq!(texts(r"error (?P<code>LNK\d{4}): "), Some(vec!["error lnk".into()]));
        assert_eq!(
            texts(r"^error (?P<rule>TS(?:5\d{3}|18\d{3})): "),
            Some(vec!["error ts18".into(), "error ts5".into()])
        );
        assert_eq!(texts(r"(?:\d+ one|\w+ two) and more"), Some(vec![" one and more".into(), " two and more".into()]));
        assert_eq!(texts(r"x  +error  +\d"), Some(vec![" error  ".into()]));
        assert_eq!(texts(r"\d(?:ab)+cdefgh\d"), Some(vec!["abcdefgh".into()]));
    }

    #[test]
    fn of_two_short_texts_the_rarer_one_is_relied_on() {
        assert_eq!(texts(r"^packa\S+\.q!::\S"), Some(vec![".q!::".into()]));
    }

    #[test]
    fn optional_parts_are_not_relied_on() {
        assert_eq!(texts("colou?r of .* money"), Some(vec!["color of ".into(), "colour of ".into()]));
        assert_eq!(texts("(?:abcdefghij)*k"), Some(vec!["k".into()]));
    }
}
