//! Finds fixed text that every match of a regular expression must contain.
//!
//! The matcher looks for this text before it runs any regex; so that no match can be lost,
//! the text is taken from the regex itself, never written by hand.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Serialize};

use super::common::COMMON_GRAMS;

/// Shortest fixed text that a pattern may rely on without touching the budget of short ones.
pub const LONG_ENOUGH: usize = 8;
/// Shortest fixed text at all.
pub const SHORTEST: usize = 5;
/// How many different texts of `SHORTEST..LONG_ENOUGH` bytes the whole database and the structured readers may hold.
pub const SHORT_BUDGET: usize = 56;
/// Longest text kept: the scan gains nothing from more.
pub const LONGEST: usize = 40;
/// Texts of so many bytes are looked for by few samples; their window has this size.
pub const LONG_WINDOW: usize = 15;
/// The window of shorter texts. One that is shorter still is its own window.
pub const SHORT_WINDOW: usize = 8;
/// How many alternatives one pattern may bring.
const MOST_ALTERNATIVES: usize = 24;

/// A fixed text, ASCII letters in lower case, and which part of it the scan samples.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Literal {
    /// The text.
    pub text: Vec<u8>,
    /// Where its least common window starts: of [`LONG_WINDOW`] bytes in a long text, of [`SHORT_WINDOW`] in a short one.
    pub window: u8,
}

impl Literal {
    /// A text that is at least [`SHORTEST`] bytes long.
    pub fn new(text: Vec<u8>) -> Self {
        let window = rarest_window(&text, if text.len() >= LONG_WINDOW { LONG_WINDOW } else { SHORT_WINDOW });
        Literal { text, window }
    }
}

/// Where the least common window of the text starts.
fn rarest_window(text: &[u8], window: usize) -> u8 {
    windows(text, window).min_by_key(|(_, cost)| *cost).map_or(0, |(start, _)| start)
}

/// How often the rarest window of the text may be met, in no unit. The longer grams of long texts are met far less often.
fn frequency(text: &[u8]) -> u32 {
    let (window, share) = if text.len() >= LONG_WINDOW { (LONG_WINDOW, 8) } else { (SHORT_WINDOW, 1) };
    windows(text, window).map(|(_, cost)| cost).min().unwrap_or(0) / share
}

/// The windows of a text: where each starts and how common it is. Runs of four bytes that good logs hold count most, then letters that are frequent in
/// English and in paths.
fn windows(text: &[u8], window: usize) -> impl Iterator<Item = (u8, u32)> {
    static COMMON: LazyLock<HashMap<[u8; 4], u32>> = LazyLock::new(|| {
        let level = |(level, grams): (u32, &'static &'static str)| {
            grams.as_bytes().as_chunks::<4>().0.iter().map(move |gram| (*gram, 400 >> level))
        };
        (0..).zip(&COMMON_GRAMS).flat_map(level).collect()
    });
    let text: Vec<u8> = text.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte | 0x20 }).collect();
    let last = text.len().saturating_sub(window).min(usize::from(u8::MAX));
    let cost = move |start: usize| -> u32 {
        let part = &text[start..(start + window).min(text.len())];
        let letters: u32 = part.iter().map(|byte| commonness(*byte)).sum();
        let runs = part.windows(4).filter_map(|run| COMMON.get(run));
        letters + runs.sum::<u32>()
    };
    (0..=last).map(move |start| (start as u8, cost(start)))
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
    let hir = regex_syntax::ParserBuilder::new().utf8(false).unicode(false).build().parse(pattern).ok()?;
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
}

fn usable(set: Vec<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    (!set.is_empty() && set.iter().all(|text| !text.is_empty())).then_some(set)
}

/// Prefers a set whose texts are all long enough, then the one that logs of good builds hold least often.
fn better(a: Option<Vec<Vec<u8>>>, b: Option<Vec<Vec<u8>>>) -> Option<Vec<Vec<u8>>> {
    let worth = |set: &Vec<Vec<u8>>| {
        let shortest = set.iter().map(Vec::len).min().unwrap_or(0).min(LONGEST);
        let met: u32 = set.iter().map(|text| frequency(&text[..text.len().min(LONGEST)])).sum();
        (shortest.min(LONG_ENOUGH), std::cmp::Reverse(met))
    };
    match (a, b) {
        (Some(a), Some(b)) => Some(if worth(&b) > worth(&a) { b } else { a }),
        (a, b) => a.or(b),
    }
}

fn walk(hir: &Hir) -> Found {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Found { exact: Some(vec![Vec::new()]), best: None },
        HirKind::Literal(literal) => Found { exact: Some(vec![literal.0.to_ascii_lowercase()]), best: None },
        HirKind::Class(class) => Found { exact: class_bytes(class), best: None },
        HirKind::Capture(group) => walk(&group.sub),
        HirKind::Repetition(repetition) => {
            let inner = walk(&repetition.sub);
            match (repetition.min, repetition.max) {
                (0, Some(1)) => {
                    let exact = inner.exact.map(|mut set| {
                        set.push(Vec::new());
                        set
                    });
                    Found { exact: exact.filter(|set| set.len() <= 4), best: None }
                }
                (0, _) => Found { exact: None, best: None },
                (1, Some(1)) => inner,
                _ => Found { exact: None, best: better(inner.best, inner.exact.and_then(usable)) },
            }
        }
        HirKind::Concat(parts) => concat(parts),
        HirKind::Alternation(branches) => alternation(branches),
    }
}

fn concat(parts: &[Hir]) -> Found {
    let mut best = None;
    let mut run: Vec<Vec<u8>> = vec![Vec::new()];
    let mut whole = true;
    for part in parts {
        let found = walk(part);
        best = better(best, found.best);
        match found.exact {
            Some(set) if set.len() * run.len() <= MOST_ALTERNATIVES => {
                run =
                    run.iter().flat_map(|head| set.iter().map(move |tail| [head.as_slice(), tail].concat())).collect();
            }
            other => {
                best = better(best, usable(std::mem::replace(&mut run, vec![Vec::new()])));
                whole = false;
                if let Some(set) = other {
                    run = set;
                }
            }
        }
    }
    if whole { Found { exact: Some(run), best } } else { Found { exact: None, best: better(best, usable(run)) } }
}

fn alternation(branches: &[Hir]) -> Found {
    let mut exact: Option<Vec<Vec<u8>>> = Some(Vec::new());
    let mut best: Option<Vec<Vec<u8>>> = Some(Vec::new());
    for branch in branches {
        let found = walk(branch);
        let set = better(found.best, found.exact.clone().and_then(usable));
        best = match (best, set) {
            (Some(mut all), Some(set)) => {
                all.extend(set);
                Some(all)
            }
            _ => None,
        };
        exact = match (exact, found.exact) {
            (Some(mut all), Some(set)) => {
                all.extend(set);
                Some(all)
            }
            _ => None,
        };
    }
    Found {
        exact: exact.filter(|set| set.len() <= MOST_ALTERNATIVES),
        best: best.filter(|set| set.len() <= MOST_ALTERNATIVES),
    }
}

/// The bytes of a small class, upper case folded into lower case.
fn class_bytes(class: &Class) -> Option<Vec<Vec<u8>>> {
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
    fn optional_parts_are_not_relied_on() {
        assert_eq!(texts("colou?r of .* money"), Some(vec!["color of ".into(), "colour of ".into()]));
        assert_eq!(texts("(?:abcdefghij)*k"), Some(vec!["k".into()]));
    }
}
