//! What the scan needs of a set of signatures: which fixed texts to look for, and which patterns rely on each. The tables of the
//! built-in signatures are made by the build script, which shares this file.

use std::collections::HashMap;
use std::ops::BitOr;

use serde::{Deserialize, Serialize};

use super::digits::ToldApart;
use super::edges::{Edge, Edges};
use super::needs::{Needs, Runs};
use super::prefilter::Prefilter;
use super::records::{Record, Records};
use crate::signature::literal::Literal;
use crate::signature::{Pattern, Role, Signature, parsed};

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
    "caused by",
    "not ok ",
    "unavailable",
    "no matching",
    "untrusted",
    "what went wrong",
    "segmentation fault",
    "core dumped",
    "not recognized",
    "not permitted",
    "not supported",
    "unsupported",
    "does not exist",
    "doesn't exist",
    "incompatible",
    "fehler",
    "fehlgeschlagen",
    "erreur",
    // Without its first letter, whose case is not folded.
    "шибка",
    "错误",
    "失败",
    "錯誤",
    "エラー",
    "失敗",
    "오류",
    "실패",
];

/// What a pattern is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    pub fn patterns(self, signature: &Signature) -> &[Pattern] {
        match self {
            PatternUse::Match => &signature.patterns,
            PatternUse::Near => &signature.near,
            PatternUse::UnlessNear => &signature.unless_near,
            PatternUse::Trigger => signature.extract.as_ref().map_or(&[], |extract| &extract.triggers),
        }
    }
}

/// A pattern of a signature.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct PatternPlace {
    /// The signature's place among those that the tables are of.
    pub signature: u32,
    /// What the pattern is for.
    pub purpose: PatternUse,
    /// Its place in the signature's list.
    pub place: u32,
    /// The digits that it tells apart, and what takes its match away: a place in [`Lists::told_apart`].
    told_apart: u32,
}

/// What a text means.
#[derive(Debug, Clone, Copy, Default)]
pub struct TextUse {
    /// It is a word of alarm.
    pub alarm: bool,
    /// A pattern relies on it whose match matters to more than its own line: it is not only noise.
    pub telling: bool,
}

impl Record for TextUse {
    type Bytes = [u8; 1];

    fn to_bytes(self) -> [u8; 1] {
        [u8::from(self.alarm) | u8::from(self.telling) << 1]
    }
    fn from_bytes([bits]: [u8; 1]) -> Self {
        TextUse { alarm: bits & 1 != 0, telling: bits & 2 != 0 }
    }
}

/// The lists beside the prefilter.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Lists {
    /// What each text means.
    pub texts: Records<TextUse>,
    /// Where the patterns of each text start in `relying`; one more at the end.
    starts: Records<u32>,
    /// The patterns that rely on the texts, one text after the other.
    relying: Records<u32>,
    /// All patterns.
    pub patterns: Vec<PatternPlace>,
    /// What patterns tell apart, each once: most tell the same.
    told_apart: Vec<ToldApart>,
    /// What each pattern wants at the ends of a line.
    pub edges: Edges,
    /// Patterns for the neighbourhood without fixed text, tried close to a match of their signature: on titles of steps, lines of the
    /// Dockerfile and the step's own lines.
    pub title_patterns: Vec<u32>,
    /// The structured readers that signatures rely on: the reader's name and the signature.
    pub readers: Vec<(String, u32)>,
    /// How many signatures the tables are of.
    pub signatures: u32,
    /// Those that another one of them names as its consequence.
    pub consequences: Vec<u32>,
}

impl Lists {
    /// The patterns that rely on a text.
    pub fn relying(&self, text: usize) -> impl Iterator<Item = u32> {
        let bound = |at: usize| self.starts.get(at).map_or(0, |start| start as usize);
        self.relying.range(bound(text)..bound(text + 1))
    }

    /// The digits that the pattern of this number tells apart; none where there is no such pattern.
    pub fn told_apart(&self, pattern: usize) -> ToldApart {
        let place = self.patterns.get(pattern).map(|pattern| pattern.told_apart as usize);
        place.and_then(|place| self.told_apart.get(place)).copied().unwrap_or_default()
    }
}

/// The tables of some signatures.
#[derive(Debug, Clone)]
pub struct Tables {
    /// Finds the texts.
    pub prefilter: Prefilter,
    /// What they mean.
    pub lists: Lists,
    /// What each pattern needs of a line.
    pub needs: Needs,
}

impl Tables {
    /// The tables of these signatures; with the words of alarm, where no other tables have them. Signatures of the role advice have
    /// tables of their own (`advice`), and the others no part in these. The first `apart` ones and those behind them do not say what leads to
    /// each other: a stranger's signature must not make a trusted one doubtful.
    pub fn new<'s>(
        signatures: impl Iterator<Item = &'s Signature>,
        apart: usize,
        with_alarms: bool,
        advice: bool,
    ) -> Self {
        let mut lists = Lists::default();
        let alarm_words: Vec<Literal> = ALARM_WORDS.iter().map(|word| Literal::new(word.as_bytes().to_vec())).collect();
        // Which pattern relies on which text, and whether it is more than noise.
        let mut reliance: Vec<(&Literal, Option<(u32, bool)>)> = Vec::new();
        let (mut needed, mut edges) = (Vec::new(), Vec::new());
        let mut known_apart: HashMap<ToldApart, u32> = HashMap::new();
        let signatures: Vec<&Signature> = signatures.collect();
        // Few lead to another one; of a large folder to ask each pair would take longer than to read it.
        let leading: Vec<(usize, &&Signature)> =
            signatures.iter().enumerate().filter(|(_, cause)| !cause.leads_to.is_empty()).collect();
        for (number, signature) in signatures.iter().enumerate() {
            let follows = |(other, cause): &(usize, &&Signature)| {
                (*other < apart) == (number < apart) && cause.id != signature.id && cause.leads_to(signature)
            };
            if leading.iter().any(follows) {
                lists.consequences.push(number as u32);
            }
        }
        for signature in signatures {
            if (signature.role == Role::Advice) != advice {
                lists.signatures += 1;
                continue;
            }
            let woken = |lists: &Lists| {
                signature
                    .extract
                    .as_ref()
                    .is_some_and(|own| lists.readers.iter().any(|(known, _)| *known == own.reader))
            };
            let unless = signature.unless.iter().map(|pattern| ToldApart::by(parsed(&pattern.regex).as_ref()));
            let unless = unless.fold(ToldApart::default(), ToldApart::bitor);
            for purpose in [PatternUse::Match, PatternUse::Near, PatternUse::UnlessNear, PatternUse::Trigger] {
                if purpose == PatternUse::Trigger && woken(&lists) {
                    continue;
                }
                for (place, pattern) in (0..).zip(purpose.patterns(signature)) {
                    let at = lists.patterns.len() as u32;
                    let telling = signature.role != Role::Noise;
                    reliance.extend(pattern.literals.iter().map(|text| (text, Some((at, telling)))));
                    if pattern.literals.is_empty() {
                        lists.title_patterns.push(at);
                    }
                    let regex = parsed(&pattern.regex);
                    let own = ToldApart::by(regex.as_ref());
                    let told_apart = if purpose == PatternUse::Match { own | unless } else { own };
                    let told_apart = *known_apart.entry(told_apart).or_insert_with(|| {
                        lists.told_apart.push(told_apart);
                        lists.told_apart.len() as u32 - 1
                    });
                    lists.patterns.push(PatternPlace { signature: lists.signatures, purpose, place, told_apart });
                    needed.push(Runs::in_every_match(regex.as_ref()));
                    edges.push(Edge::of(regex.as_ref()));
                }
            }
            if let Some(extract) = &signature.extract {
                lists.readers.push((extract.reader.clone(), lists.signatures));
            }
            lists.signatures += 1;
        }
        if with_alarms {
            reliance.extend(alarm_words.iter().map(|word| (word, None)));
        }
        reliance.sort_unstable();
        let mut texts: Vec<&Literal> = Vec::with_capacity(reliance.len());
        let (mut uses, mut starts, mut relying) = (Vec::<TextUse>::new(), Vec::new(), Vec::new());
        for (text, pattern) in reliance {
            if texts.last() != Some(&text) {
                texts.push(text);
                uses.push(TextUse::default());
                starts.push(relying.len() as u32);
            }
            let Some(means) = uses.last_mut() else { continue };
            match pattern {
                None => means.alarm = true,
                Some((pattern, telling)) => {
                    means.telling |= telling;
                    relying.push(pattern);
                }
            }
        }
        starts.push(relying.len() as u32);
        lists.edges = Edges::of_each(edges.into_iter());
        lists.texts = uses.into_iter().collect();
        lists.starts = starts.into_iter().collect();
        lists.relying = relying.into_iter().collect();
        Tables { prefilter: Prefilter::new(&texts), lists, needs: Needs::of(needed.into_iter()) }
    }
}
