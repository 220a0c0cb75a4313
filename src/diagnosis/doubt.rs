//! What speaks against being sure: signs in the log that the cause which was found is not what ended the build.
//!
//! A signature that fits proves that a thing happened, not that it is why the build failed. Each doubt takes one step of confidence; it
//! changes no order. All of them read the lines of alarm that no signature knows, in the step where the cause stands.

use super::collect::Collector;
use super::rank::Candidate;
use super::suspicious::{self, LOUD};
use super::tails::Suspect;
use crate::model::StepRef;

/// So many lines behind a finding still belong to it where they are set in, or carry it on in another way.
const BLOCK: u64 = 8;
/// So many lines around a finding, what is said aloud is said of it.
const BESIDE: u64 = 4;
/// The findings of one candidate stand at most so far apart where what is between them belongs to them, in lines.
const SPAN: u64 = 60;
/// Only levels: any program begins a line with them.
const LEVELS: [&[u8]; 9] =
    [b"error:", b"Error:", b"ERROR:", b"ERROR", b"Error", b"error", b"fatal:", b"FAILED", b"##[error]"];

/// The lines of alarm in one step, or outside all steps, that no signature explains; oldest first.
#[derive(Debug, Default)]
pub struct Unexplained {
    step: Option<StepRef>,
    lines: Vec<Alarm>,
}

#[derive(Debug)]
struct Alarm {
    number: u64,
    text: Vec<u8>,
    /// Its shape alone says that something failed.
    loud: bool,
    /// It tells of the environment: network, disk, memory, certificates.
    around: bool,
    /// A signature knows it.
    known: bool,
}

/// Where the findings of a candidate stand, and which word their lines begin with.
#[derive(Debug)]
pub struct Place {
    step: Option<StepRef>,
    lines: Vec<u64>,
    last: u64,
    speakers: Vec<Vec<u8>>,
}

impl Place {
    /// Of a candidate.
    pub fn of(candidate: &Candidate<'_>) -> Self {
        let speaker = |text: &str| first_word(text.as_bytes()).map(<[u8]>::to_vec);
        Place {
            step: candidate.step,
            lines: candidate.findings.iter().map(|finding| finding.line.number).collect(),
            last: candidate.last_line,
            speakers: candidate.findings.iter().filter_map(|finding| speaker(&finding.line.shown.text)).collect(),
        }
    }

    /// Does a line of alarm belong to what was found here?
    fn holds(&self, alarm: &Alarm) -> bool {
        let first = self.lines.first().copied().unwrap_or(self.last);
        let number = alarm.number;
        if first <= number && number <= self.last && self.last - first <= SPAN && !alarm.around {
            return true;
        }
        let near = |most: u64| {
            let is_near = |line: &u64| line.abs_diff(number) <= most;
            self.lines.iter().any(is_near) || is_near(&self.last)
        };
        let same = || first_word(&alarm.text).is_some_and(|word| self.speakers.iter().any(|known| known == word));
        // What the environment did is a reason of its own, wherever it stands and whoever tells it.
        self.lines.contains(&number)
            || (!alarm.around && (near(BESIDE) || (near(BLOCK) && suspicious::carries_on(&alarm.text)) || same()))
    }
}

/// The word that a program puts before all it says: `npm`, `[ERROR]`, `gyp`.
fn first_word(text: &[u8]) -> Option<&[u8]> {
    let word = text.split(u8::is_ascii_whitespace).find(|word| !word.is_empty())?;
    (!LEVELS.contains(&word)).then_some(word)
}

impl Unexplained {
    /// Those of a step, where `places` are those of all candidates.
    pub fn of(collector: &Collector, step: Option<StepRef>, places: &[Place]) -> Self {
        let Some(tail) = collector.tails.get(step) else { return Unexplained { step, lines: Vec::new() } };
        let alarm = |(score, suspect): (i64, Suspect)| Alarm {
            number: suspect.line.number,
            loud: score >= LOUD,
            around: suspicious::is_around(&suspect.line.text),
            known: collector.is_known(&suspect.line.text),
            text: suspect.line.text,
        };
        let here = |place: &&Place| place.step == step || place.step.is_none();
        let claimed = |alarm: &Alarm| places.iter().filter(here).any(|place| place.holds(alarm));
        let mut tail = tail.clone();
        // Mostly these are all: then nothing has to be weighed.
        let proof = |number: &u64| places.iter().filter(here).any(|place| place.lines.contains(number));
        let told = |text: &[u8]| collector.is_known(text) && !suspicious::is_around(text);
        tail.retain(|suspect| !proof(&suspect.line.number) && !told(&suspect.line.text));
        let all = tail.weighed().into_iter().map(alarm);
        let lines = all.filter(|alarm| (alarm.loud || alarm.around) && !claimed(alarm));
        Unexplained { step, lines: lines.filter(|alarm| alarm.around || !alarm.known).collect() }
    }

    /// What speaks against a candidate of this step.
    pub fn doubt(&self, candidate: &Candidate<'_>) -> Option<&'static str> {
        debug_assert_eq!(self.step, candidate.step);
        let first = candidate.findings.first().map_or(candidate.first_line, |finding| finding.line.number);
        if self.lines.iter().any(|alarm| alarm.loud && !alarm.known && alarm.number > candidate.last_line) {
            return Some("another alarm behind it is not explained");
        }
        let before = |alarm: &Alarm| alarm.number < first && (alarm.around || alarm.loud);
        if candidate.may_be_consequence && self.lines.iter().any(before) {
            return Some("an alarm before it, which it may follow from, is not explained");
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::model::Confidence;
    use crate::{Diagnoser, Matcher, SignatureDb};

    fn first(log: &str) -> Option<(String, Confidence)> {
        let mut diagnoser = Diagnoser::new(Arc::new(Matcher::new(SignatureDb::built_in())));
        diagnoser.feed(log.as_bytes());
        let answer = diagnoser.finish();
        answer.causes.first().map(|cause| (cause.signature.clone(), cause.confidence))
    }

    const START: &str = "building the shop\nreading its list of parts\nlooking for its price\n";
    const MISSING: &str = "src/main.c:3:10: fatal error: zlib.h: No such file or directory\n";

    fn confidence(behind: &str) -> Confidence {
        let (signature, confidence) = first(&format!("{START}{MISSING}{behind}")).expect("zlib.h is missing");
        assert_eq!(signature, "cc/header-zlib");
        confidence
    }

    #[test]
    fn an_alarm_that_nothing_explains_costs_confidence() {
        let calm = "tidying up\n".repeat(9);
        assert_eq!(confidence(""), Confidence::High);
        assert_eq!(confidence(&calm), Confidence::High);
        assert_eq!(confidence(&format!("{calm}shopctl: fatal: the ledger is not balanced\n")), Confidence::Medium);
    }

    #[test]
    fn what_stands_beside_the_proof_belongs_to_it() {
        assert_eq!(confidence("    3 | #include <zlib.h>\nshopctl: fatal: see above\n"), Confidence::High);
    }

    #[test]
    fn what_another_failure_leads_to_is_doubted_behind_an_unknown_one() {
        let log = |before: &str| {
            let calm = "resting\n".repeat(9);
            format!("{START}{before}{calm}E: Unable to locate package curl\n")
        };
        assert_eq!(first(&log("")).map(|found| found.1), Some(Confidence::High));
        let before = "mirrorctl: error: the mirror is out of order\n";
        assert_eq!(first(&log(before)).map(|found| found.1), Some(Confidence::Medium));
    }
}
