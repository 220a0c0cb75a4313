//! What is said where no signature explains a failure: whether a log without a builder shows one at all, and which lines are worth
//! reading.

use super::collect::{CONTEXT, Collector, Kept};
use super::farewell::farewell;
use super::rank::Candidate;
use super::suspicious::{self, LOUD};
use super::tails::{Suspect, TAIL, Tail, TailLine};
use super::text;
use crate::dialect::Builds;
use crate::model::{Context, LineRole, StepRef};
use crate::pieces::Pieces;

/// Suspicious lines in an answer.
const SHOWN: usize = 8;
/// A loud line so close to the end of a log speaks for the whole log, in lines.
const NEAR: u64 = 30;
/// And so close, where all that stands behind it belongs to it.
const FAR: u64 = 200;
/// How many of the last lines are read as the log's last words.
const LAST_WORDS: usize = 6;
/// Lines of alarm no further apart belong to the same failure.
const GAP: u64 = 60;
/// With fewer points it says nothing beyond that something failed.
const TOLD: i64 = 100;
/// Lines of fewer points only repeat that something failed, wherever they stand.
const ENDING: i64 = 260;
/// What the line of a symptom loses: mostly another line says why.
const SYMPTOM: i64 = 150;
/// What a link of a chain of causes loses where another follows.
const OUTER: i64 = 60;
/// Calls in the project's own code in an answer.
const FRAMES: usize = 2;

/// A line worth reading, and how much so in per mille.
pub struct Chosen {
    pub score: i64,
    pub line: Kept,
    pub step: Option<StepRef>,
}

/// Does a log in which no builder speaks show that something failed? Good logs hold tempting lines, too: so it must stand close to the
/// end, and nothing behind it may say that all went well.
pub fn shows_failure(collector: &Collector, builds: &Builds) -> bool {
    let Some(mut tail) = collector.tails.get(None).cloned() else { return false };
    tail.weigh();
    let last: Vec<(u64, &[u8])> = tail.lines.iter().map(|line| (line.number, &line.text[..])).collect();
    if farewell(&last).is_some() {
        return false;
    }
    let counts = |line: &TailLine| !builds.may_fail(line.number);
    let lines: Vec<&TailLine> = tail.lines.iter().filter(|line| counts(line) && !collector.is_echo(line)).collect();
    // Who goes on with a command that may fail, was not stopped before it.
    let went_on = |number: u64| builds.excused().iter().any(|excused| excused.line > number);
    let well_after = |number: u64| {
        went_on(number) || lines.iter().any(|line| line.number > number && suspicious::ends_well(&line.text))
    };
    let last_words = || lines.iter().rev().take(LAST_WORDS);
    let bad = last_words().find(|line| line.marked || suspicious::ends_badly(&line.text));
    if bad.is_some_and(|line| !well_after(line.number)) {
        return true;
    }
    let Some((_, loud)) = tail.latest.iter().rfind(|(_, suspect)| counts(&suspect.line)) else { return false };
    let number = loud.line.number;
    let behind = collector.last_number.saturating_sub(number);
    let carried_on = || lines.iter().filter(|line| line.number > number).all(|line| suspicious::carries_on(&line.text));
    !well_after(number) && (behind <= NEAR || (behind <= FAR && carried_on()))
}

/// The lines worth reading in the failing step (or outside all steps), best first; without any, its last lines.
pub fn lines(collector: &Collector, failing: Option<StepRef>, symptoms: &[Candidate<'_>]) -> Vec<Chosen> {
    let mut places = vec![failing];
    if failing.is_some() {
        places.push(None);
    }
    let mut found: Vec<Chosen> = Vec::new();
    for place in places {
        let Some(tail) = collector.tails.get(place) else { continue };
        let mut here = weighed(tail, place);
        // Without a word of alarm: the very last things that were said.
        let last = tail
            .lines
            .iter()
            .rev()
            .filter(|l| !collector.is_echo(l) && !is_echo(&l.text) && l.role != LineRole::Verdict);
        for (back, line) in last.take(4).enumerate() {
            // Beside a line that complains, one that says that all went well is none to read.
            let well = !here.is_empty() && suspicious::ends_well(&line.text);
            let shown = in_context(tail, line);
            if well || here.iter().any(|known| is_same(&known.line, &shown)) || (here.len() >= 3 && place.is_none()) {
                continue;
            }
            // What is set in belongs to a line above it.
            let inset = if line.text.first().is_some_and(u8::is_ascii_whitespace) { 70 } else { 0 };
            let objection = 150 - 30 * back as i64 + suspicious::objection(&line.text) - inset;
            let score = objection.max(suspicious::score(&line.text)).max(1);
            here.push(Chosen { score, line: shown, step: place });
        }
        if place.is_none() && failing.is_some() {
            // Outside the failing step only the builder's own last words matter, after the step's.
            here.retain(|line| line.score >= 200);
            here.iter_mut().for_each(|line| line.score -= 200);
        }
        found.extend(here);
    }
    found.extend(told_by_symptoms(symptoms));
    found.retain(|chosen| !chosen.line.shown.text.trim().is_empty());
    found.sort_by(|a, b| b.score.cmp(&a.score).then(a.line.number.cmp(&b.line.number)));
    found.truncate(SHOWN);
    found
}

/// What the lines of symptoms say beyond that something failed: a builder's message may be all that there is.
fn told_by_symptoms(symptoms: &[Candidate<'_>]) -> Vec<Chosen> {
    let mut chosen: Vec<Chosen> = Vec::new();
    for candidate in symptoms {
        for finding in candidate.findings.iter().take(2) {
            let score = suspicious::score(finding.line.shown.text.as_bytes()) - SYMPTOM;
            if score >= TOLD && !chosen.iter().any(|known| known.line.number == finding.line.number) {
                chosen.push(Chosen { score, line: finding.line.clone(), step: candidate.step });
            }
        }
    }
    chosen
}

/// The suspicious lines of one place with their scores, in no order.
fn weighed(tail: &Tail, place: Option<StepRef>) -> Vec<Chosen> {
    let all = tail.clone().weighed();
    let end = tail.lines.back().map_or(0, |line| line.number);
    let last_failure = last_failure(&all);
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut add = |score: i64, line: Kept| {
        if !chosen.iter().any(|known| is_same(&known.line, &line)) {
            chosen.push(Chosen { score: score.clamp(1, 999), line, step: place });
        }
    };
    let mut frames = 0;
    for (at, (score, suspect)) in all.iter().enumerate() {
        let mut score = *score + suspicious::near_root(&suspect.line.text, *score);
        // What a program says last before it ends is a little more likely its reason.
        if score < LOUD && end.saturating_sub(suspect.line.number) < TAIL as u64 {
            score += 30;
        }
        if score >= ENDING && suspect.line.number >= last_failure {
            score += 20;
        }
        // Progress and attempts repeat themselves, reasons seldom do.
        score -= match tail.times(&suspect.line.text) {
            0..5 => 0,
            5..20 => 40,
            _ => 80,
        };
        // Of a chain of causes the innermost one comes last.
        if all.get(at + 1).is_some_and(|(_, next)| is_cause_of(next, suspect)) {
            score -= OUTER;
        }
        let reason = if suspicious::is_label(&suspect.line.text) { announced(suspect) } else { None };
        if let Some(reason) = reason {
            add(score + suspicious::LABELLED, kept(reason));
        }
        if let Some(frame) = suspect.frame.as_ref().filter(|_| frames < FRAMES && score >= LOUD) {
            add(score - 100, kept(frame));
            frames += 1;
        }
        let shown = |lines: &mut dyn Iterator<Item = &[u8]>| lines.map(|text| text::show(text, (0, 0)).text).collect();
        let before = shown(&mut suspect.before.iter().map(Vec::as_slice));
        let after = shown(&mut suspect.after.iter().take(CONTEXT).map(|line| line.text.as_slice()));
        let around = suspect.around.as_ref().map(|(before, after)| {
            let (before, after) = (before.iter(), after.iter());
            let before = shown(&mut before.map(Vec::as_slice));
            Box::new(Context { before, after: shown(&mut after.map(Vec::as_slice)) })
        });
        add(score, Kept { before, after, around, ..kept(&suspect.line) });
    }
    chosen
}

/// Where the failure begins that the log, or the step, ends with: lines of alarm that are close to each other.
fn last_failure(all: &[(i64, Suspect)]) -> u64 {
    let mut start = u64::MAX;
    for (_, suspect) in all.iter().rev().filter(|(score, _)| *score >= LOUD) {
        if start != u64::MAX && start - suspect.line.number > GAP {
            break;
        }
        start = suspect.line.number;
    }
    start
}

/// The line that tells what a label announces: the first one, or the last of a numbered chain, which is the innermost.
fn announced(label: &Suspect) -> Option<&TailLine> {
    let mut lines = label.after.iter().skip_while(|line| line.text.trim_ascii().is_empty());
    let first = lines.next()?;
    let numbered = |line: &&TailLine| {
        let text = line.text.trim_ascii_start();
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        digits > 0 && text.tail(digits).starts_with(b": ")
    };
    if numbered(&first) { lines.take_while(numbered).last().or(Some(first)) } else { Some(first) }
}

/// Is the line the next link of a chain of causes?
fn is_cause_of(next: &Suspect, outer: &Suspect) -> bool {
    let behind = next.line.number.saturating_sub(outer.line.number);
    let thrown = suspicious::is_caused_by(&outer.line.text) || suspicious::has_frames(&outer.line.text);
    suspicious::is_caused_by(&next.line.text) && (behind <= 3 || (behind <= FAR && thrown))
}

/// The same line of the log: in rawjson several share a number.
fn is_same(a: &Kept, b: &Kept) -> bool {
    a.number == b.number && a.shown.text == b.shown.text
}

/// A remembered line, ready to be shown.
fn kept(line: &TailLine) -> Kept {
    Kept {
        number: line.number,
        joined: line.joined,
        offset: line.offset,
        shown: text::show(&line.text, (0, line.text.len())),
        before: Vec::new(),
        after: Vec::new(),
        around: None,
    }
}

/// A line of a step's end with its neighbours.
fn in_context(tail: &Tail, line: &TailLine) -> Kept {
    let shown = |line: &TailLine| text::show(&line.text, (0, 0)).text;
    let above = tail.lines.iter().rev().filter(|other| other.number < line.number);
    let mut before: Vec<String> = above.take(CONTEXT).map(shown).collect();
    before.reverse();
    let after = tail.lines.iter().filter(|other| other.number > line.number).take(CONTEXT).map(shown).collect();
    Kept { before, after, ..kept(line) }
}

/// Is the line only the builder's or shell's echo of a failure?
fn is_echo(text: &[u8]) -> bool {
    text.starts_with(b"+ ") || text.trim_ascii().is_empty()
}
