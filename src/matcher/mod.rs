//! Which signatures match a line: a literal prefilter over all signatures, then the exact literals, then only the
//! regexes whose literals are there. Regexes compile on first use.

mod prefilter;

use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use once_cell::sync::OnceCell;
use regex::bytes::Regex;

use crate::signature::{Pattern, Role, Signature, SignatureDb, compile};
use prefilter::Prefilter;

/// A capture longer than this is cut, in bytes.
const CAPTURE_LIMIT: usize = 600;

/// What a pattern is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternUse {
    /// It makes the match.
    Match,
    /// It must match a line nearby.
    Near,
    /// It must not match a line nearby.
    UnlessNear,
}

/// A pattern that matched a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Index into [`SignatureDb::signatures`].
    pub signature: usize,
    /// What the pattern is for.
    pub purpose: PatternUse,
    /// Byte range of the match in the line.
    pub span: (usize, usize),
    /// Named groups that took part.
    pub captures: Vec<(String, String)>,
}

struct Prepared {
    signature: usize,
    purpose: PatternUse,
    source: String,
    regex: OnceCell<Option<Regex>>,
}

/// A database made ready for matching; share it between diagnoses.
pub struct Matcher {
    db: Arc<SignatureDb>,
    prefilter: Prefilter,
    literals: AhoCorasick,
    /// For each literal the patterns that rely on it.
    relying: Vec<Vec<u32>>,
    patterns: Vec<Prepared>,
    /// Patterns without fixed text, tried on every title of a step and line of a Dockerfile.
    title_patterns: Vec<u32>,
    /// For each signature its `unless` regexes.
    unless: Vec<Vec<(String, OnceCell<Option<Regex>>)>>,
}

impl Matcher {
    /// Prepares a database.
    ///
    /// # Errors
    /// Only if the literals of the database exceed the limits of the automaton (gigabytes).
    pub fn new(db: Arc<SignatureDb>) -> Result<Self, aho_corasick::BuildError> {
        let mut patterns = Vec::new();
        let mut title_patterns = Vec::new();
        let mut unless = Vec::with_capacity(db.signatures().len());
        let mut texts: Vec<Vec<u8>> = Vec::new();
        let mut relying: Vec<Vec<u32>> = Vec::new();
        let mut known = std::collections::HashMap::new();
        let mut add = |signature: usize, purpose: PatternUse, pattern: &Pattern| {
            let at = patterns.len() as u32;
            if pattern.literals.is_empty() {
                title_patterns.push(at);
            }
            for text in &pattern.literals {
                let literal = *known.entry(text.clone()).or_insert_with(|| {
                    texts.push(text.clone());
                    relying.push(Vec::new());
                    texts.len() - 1
                });
                relying[literal].push(at);
            }
            let source = pattern.regex.clone();
            patterns.push(Prepared { signature, purpose, source, regex: OnceCell::new() });
        };
        for (at, signature) in db.signatures().iter().enumerate() {
            signature.patterns.iter().for_each(|p| add(at, PatternUse::Match, p));
            signature.near.iter().for_each(|p| add(at, PatternUse::Near, p));
            signature.unless_near.iter().for_each(|p| add(at, PatternUse::UnlessNear, p));
            unless.push(signature.unless.iter().map(|p| (p.regex.clone(), OnceCell::new())).collect());
        }
        let literals = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&texts)?;
        Ok(Matcher { prefilter: Prefilter::new(&texts), literals, relying, patterns, title_patterns, unless, db })
    }

    /// The database behind it.
    pub fn db(&self) -> &SignatureDb {
        &self.db
    }

    /// The signature of a hit.
    pub fn signature(&self, hit: &Hit) -> &Signature {
        &self.db.signatures()[hit.signature]
    }

    /// Appends to `hits` what matches the clean line `text`: at most one [`PatternUse::Match`] per signature. On a line that is
    /// noise there is no cause.
    pub fn scan(&self, text: &[u8], hits: &mut Vec<Hit>) {
        if self.prefilter.may_match(text) {
            self.scan_exact(text, hits);
        }
    }

    /// The same for a step's title or a line of a Dockerfile: there are few, and more patterns are tried.
    pub fn scan_title(&self, text: &[u8], hits: &mut Vec<Hit>) {
        self.try_patterns(text, self.title_patterns.clone(), hits);
        self.scan(text, hits);
    }

    /// The same as [`Matcher::scan`] without the prefilter: the reference that tests compare with.
    pub fn scan_exact(&self, text: &[u8], hits: &mut Vec<Hit>) {
        let mut wanted: Vec<u32> = Vec::new();
        for found in self.literals.find_overlapping_iter(text) {
            for &pattern in &self.relying[found.pattern().as_usize()] {
                if !wanted.contains(&pattern) {
                    wanted.push(pattern);
                }
            }
        }
        wanted.sort_unstable();
        self.try_patterns(text, wanted, hits);
    }

    fn try_patterns(&self, text: &[u8], wanted: Vec<u32>, hits: &mut Vec<Hit>) {
        let first = hits.len();
        for pattern in wanted {
            let prepared = &self.patterns[pattern as usize];
            let same = |hit: &Hit| hit.signature == prepared.signature && hit.purpose == prepared.purpose;
            if hits[first..].iter().any(same) {
                continue;
            }
            let regex = prepared.regex.get_or_init(|| compile(&prepared.source).ok());
            let Some(captures) = regex.as_ref().and_then(|regex| regex.captures(text)) else { continue };
            if prepared.purpose == PatternUse::Match && self.excluded(prepared.signature, text) {
                continue;
            }
            let span = captures.get(0).map_or((0, 0), |whole| (whole.start(), whole.end()));
            let named = regex.iter().flat_map(|regex| regex.capture_names().flatten());
            let captures = named
                .filter_map(|name| {
                    let value = captures.name(name)?.as_bytes();
                    let value = &value[..value.len().min(CAPTURE_LIMIT)];
                    Some((name.to_owned(), String::from_utf8_lossy(value).into_owned()))
                })
                .collect();
            hits.push(Hit { signature: prepared.signature, purpose: prepared.purpose, span, captures });
        }
        let role = |hit: &Hit| self.db.signatures()[hit.signature].role;
        let noise = hits[first..].iter().any(|hit| hit.purpose == PatternUse::Match && role(hit) == Role::Noise);
        if noise {
            let mut at = first;
            while at < hits.len() {
                if hits[at].purpose == PatternUse::Match && role(&hits[at]) != Role::Noise {
                    hits.remove(at);
                } else {
                    at += 1;
                }
            }
        }
    }

    fn excluded(&self, signature: usize, text: &[u8]) -> bool {
        self.unless[signature].iter().any(|(source, regex)| {
            regex.get_or_init(|| compile(source).ok()).as_ref().is_some_and(|regex| regex.is_match(text))
        })
    }
}
