//! Which signatures match a line: one search for the fixed texts of all signatures, then only the regexes whose texts are
//! there. Regexes compile on first use.

mod prefilter;

use std::sync::Arc;

use once_cell::sync::OnceCell;
use regex::bytes::Regex;

use crate::signature::literal::Literal;
use crate::signature::{Pattern, Role, Signature, SignatureDb, compile};
use prefilter::Prefilter;

/// A capture longer than this is cut, in bytes.
const CAPTURE_LIMIT: usize = 600;

/// Words of alarm, in lower case, each of at least 5 bytes: without one a line is no candidate for a reason of its own.
const ALARM_WORDS: &[&str] = &[
    "error",
    "failed",
    "failure",
    "fatal",
    "panic",
    "cannot ",
    "can't ",
    "could not",
    "denied",
    "not found",
    "unable to",
    "missing",
    "invalid",
    "exception",
    "aborted",
    "refused",
    "timed out",
    "no such",
    "undefined",
    "killed",
    "traceback",
    "unexpected",
    "must ",
    "required",
    "rejected",
    "mismatch",
    "conflict",
    "unknown",
    "forbidden",
    "blocked",
    "violat",
    "not allowed",
    "unresolved",
    "fail: ",
    "fehler",
    "erreur",
    "ошибка",
    "错误",
    "エラー",
];
/// Stands for "no pattern" behind a word of alarm.
const NO_PATTERN: u32 = u32::MAX;

/// `-Werror`, `thiserror`, `liberror`, `on_error`, `/errors.go`: options and names that every good log holds.
fn is_part_of_name(text: &[u8], start: usize) -> bool {
    [&b"-W"[..], b"this", b"lib", b"-", b"_", b"/", b"."].iter().any(|before| text[..start].ends_with(before))
}

/// What a pattern is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternUse {
    /// It makes the match.
    Match,
    /// It must match a line nearby.
    Near,
    /// It must not match a line nearby.
    UnlessNear,
    /// It wakes the structured reader of the signature; the same for all signatures of that reader, so only the first one has it.
    Trigger,
}

impl PatternUse {
    /// The patterns of a signature for this use.
    fn patterns(self, signature: &Signature) -> &[Pattern] {
        match self {
            PatternUse::Match => &signature.patterns,
            PatternUse::Near => &signature.near,
            PatternUse::UnlessNear => &signature.unless_near,
            PatternUse::Trigger => signature.extract.as_ref().map_or(&[], |extract| &extract.triggers),
        }
    }
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
    /// Its place in the signature's list.
    place: usize,
    regex: OnceCell<Option<Regex>>,
}

/// A database made ready for matching; share it between diagnoses.
pub struct Matcher {
    db: Arc<SignatureDb>,
    prefilter: Prefilter,
    /// Which literals are words of alarm.
    alarms: Vec<bool>,
    /// For each literal the patterns that rely on it.
    relying: Vec<Vec<u32>>,
    patterns: Vec<Prepared>,
    /// Patterns for the neighbourhood without fixed text, tried on every title of a step and line of a Dockerfile, and close to a
    /// match of their signature.
    title_patterns: Vec<u32>,
    /// For each signature its `unless` regexes.
    unless: Vec<Vec<OnceCell<Option<Regex>>>>,
}

impl Matcher {
    /// Prepares a database.
    pub fn new(db: Arc<SignatureDb>) -> Self {
        let mut patterns = Vec::new();
        let mut title_patterns = Vec::new();
        let mut unless = Vec::with_capacity(db.signatures().len());
        // Which pattern relies on which text.
        let mut reliance: Vec<(&Literal, u32)> = Vec::new();
        let mut readers: Vec<&str> = Vec::new();
        for (signature, definition) in db.signatures().iter().enumerate() {
            for purpose in [PatternUse::Match, PatternUse::Near, PatternUse::UnlessNear, PatternUse::Trigger] {
                if let Some(extract) = definition.extract.as_ref().filter(|_| purpose == PatternUse::Trigger) {
                    if readers.contains(&extract.reader.as_str()) {
                        continue;
                    }
                    readers.push(&extract.reader);
                }
                for (place, pattern) in purpose.patterns(definition).iter().enumerate() {
                    let at = patterns.len() as u32;
                    reliance.extend(pattern.literals.iter().map(|text| (text, at)));
                    if pattern.literals.is_empty() {
                        title_patterns.push(at);
                    }
                    patterns.push(Prepared { signature, purpose, place, regex: OnceCell::new() });
                }
            }
            unless.push(definition.unless.iter().map(|_| OnceCell::new()).collect());
        }
        let alarm_words: Vec<Literal> = ALARM_WORDS.iter().map(|word| Literal::new(word.as_bytes().to_vec())).collect();
        reliance.extend(alarm_words.iter().map(|word| (word, NO_PATTERN)));
        reliance.sort_unstable();
        let mut texts: Vec<&Literal> = Vec::with_capacity(reliance.len());
        let mut relying: Vec<Vec<u32>> = Vec::with_capacity(reliance.len());
        let mut alarms: Vec<bool> = Vec::with_capacity(reliance.len());
        for (text, pattern) in reliance {
            if texts.last() != Some(&text) {
                texts.push(text);
                relying.push(Vec::new());
                alarms.push(false);
            }
            match (relying.last_mut(), alarms.last_mut()) {
                (_, Some(alarm)) if pattern == NO_PATTERN => *alarm = true,
                (Some(patterns), _) => patterns.push(pattern),
                _ => {}
            }
        }
        let prefilter = Prefilter::new(&texts);
        Matcher { prefilter, alarms, relying, patterns, title_patterns, unless, db }
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
    /// noise there is no cause. Says whether the line holds a word of alarm, whatever the signatures know.
    pub fn scan(&self, text: &[u8], hits: &mut Vec<Hit>) -> bool {
        let mut wanted: Vec<u32> = Vec::new();
        let mut alarming = false;
        self.prefilter.find(text, |literal, start| {
            alarming |= self.alarms[literal as usize] && !is_part_of_name(text, start);
            for &pattern in &self.relying[literal as usize] {
                if !wanted.contains(&pattern) {
                    wanted.push(pattern);
                }
            }
        });
        if !wanted.is_empty() {
            wanted.sort_unstable();
            self.try_patterns(text, wanted, hits);
        }
        alarming
    }

    /// Where in `block`, which may be many lines, the first text stands for which [`Matcher::scan`] would try a pattern, or that is a
    /// word of alarm. A line without any gives nothing.
    pub fn first_notable(&self, block: &[u8]) -> Option<usize> {
        self.prefilter.first(block, |literal, start| {
            let literal = literal as usize;
            !self.relying[literal].is_empty() || (self.alarms[literal] && !is_part_of_name(block, start))
        })
    }

    /// The same for a step's title or a line of a Dockerfile: there are few, and more patterns are tried.
    pub fn scan_title(&self, text: &[u8], hits: &mut Vec<Hit>) {
        self.try_patterns(text, self.title_patterns.clone(), hits);
        let _ = self.scan(text, hits);
    }

    /// The same as [`Matcher::scan`] by trying every pattern: the slow reference that tests compare with.
    pub fn scan_exhaustively(&self, text: &[u8], hits: &mut Vec<Hit>) {
        // The texts of a trigger are a part of what it says.
        let lower = text.to_ascii_lowercase();
        let holds = |literal: &Literal| memchr::memmem::find(&lower, &literal.text).is_some();
        let silent = |at: u32| {
            let prepared = &self.patterns[at as usize];
            let definition = self.db.signatures().get(prepared.signature);
            let pattern = definition.and_then(|d| prepared.purpose.patterns(d).get(prepared.place));
            prepared.purpose == PatternUse::Trigger && !pattern.is_some_and(|p| p.literals.iter().any(holds))
        };
        let all = (0..self.patterns.len() as u32).filter(|at| !self.title_patterns.contains(at) && !silent(*at));
        self.try_patterns(text, all.collect(), hits);
    }

    /// Has the signature patterns for its neighbourhood that are too short to be looked for in every line?
    pub fn watches_neighbourhood(&self, signature: usize) -> bool {
        self.title_patterns.iter().any(|&at| self.patterns[at as usize].signature == signature)
    }

    /// Tries those patterns on a line near a match of the signature.
    pub fn scan_neighbour(&self, signature: usize, text: &[u8], hits: &mut Vec<Hit>) {
        let own = |at: &u32| self.patterns[*at as usize].signature == signature;
        self.try_patterns(text, self.title_patterns.iter().copied().filter(own).collect(), hits);
    }

    fn try_patterns(&self, text: &[u8], wanted: Vec<u32>, hits: &mut Vec<Hit>) {
        let first = hits.len();
        for pattern in wanted {
            let prepared = &self.patterns[pattern as usize];
            let same = |hit: &Hit| hit.signature == prepared.signature && hit.purpose == prepared.purpose;
            if hits[first..].iter().any(same) {
                continue;
            }
            let regex = prepared.regex.get_or_init(|| self.compiled(prepared));
            let Some(regex) = regex else { continue };
            // Whether and where it matches is far cheaper to know than its groups.
            let Some(whole) = regex.find(text) else { continue };
            if prepared.purpose == PatternUse::Match && self.excluded(prepared.signature, text) {
                continue;
            }
            let span = (whole.start(), whole.end());
            let groups = if regex.captures_len() > 1 { regex.captures(text) } else { None };
            let mut captures = Vec::new();
            for name in regex.capture_names().flatten() {
                if let Some(value) = groups.as_ref().and_then(|groups| groups.name(name)) {
                    let value = value.as_bytes();
                    let value = &value[..value.len().min(CAPTURE_LIMIT)];
                    captures.push((name.to_owned(), String::from_utf8_lossy(value).into_owned()));
                }
            }
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

    fn compiled(&self, prepared: &Prepared) -> Option<Regex> {
        let pattern = prepared.purpose.patterns(self.db.signatures().get(prepared.signature)?).get(prepared.place)?;
        compile(&pattern.regex).ok()
    }

    /// Does an `unless` of the signature match the line?
    pub fn excluded(&self, signature: usize, text: &[u8]) -> bool {
        let sources = &self.db.signatures()[signature].unless;
        self.unless[signature].iter().zip(sources).any(|(regex, source)| {
            let regex = regex.get_or_init(|| compile(&source.regex).ok());
            regex.as_ref().is_some_and(|regex| regex.is_match(text))
        })
    }
}
