//! What was said, and does not count: by an earlier run in the same log whose tool then ended well, or by a command whose failure was
//! excused from the start.

use once_cell::sync::Lazy;
use regex::Regex;

use super::collect::Collector;
use super::farewell::{ALARM, farewell};
use super::rank::Candidate;
use super::suspicious;
use crate::dialect::Builds;

/// Words of a script that goes on without what just failed.
static WITHOUT: Lazy<Option<Regex>> = Lazy::new(|| {
    Regex::new(
        r"(?i)\b(?:falling back|(?:continuing|proceeding|carrying on) (?:anyway|without|with)|(?:building|compiling) (?:it )?from source|using (?:the )?(?:cached|local|bundled)|(?:feature|support) (?:is )?(?:off|disabled)|non-?blocking|non-?fatal)\b",
    )
    .ok()
});

/// What a tool is called in commands, where its signatures have another name.
const NAMES: [(&str, &[&str]); 4] = [
    ("rustc", &["cargo"]),
    ("python", &["python3", "ruff", "flake8", "pylint", "pytest"]),
    ("eslint", &["lint"]),
    ("node", &["ts-node", "tsx", "npm", "npx"]),
];
/// Tools whose messages any command prints.
const ANYBODY: [&str; 5] = ["cli", "config", "fs", "net", "sh"];

/// Drops the candidates that do not count.
pub fn drop_history<'c>(
    collector: &Collector,
    builds: &Builds,
    causes: &mut Vec<Candidate<'c>>,
    symptoms: &mut Vec<Candidate<'c>>,
) {
    for candidates in [&mut *causes, &mut *symptoms] {
        candidates.retain(|candidate| !is_excused(candidate, builds));
    }
    // Who goes on without may still fail for the lack of it: so only where nothing else is found.
    let Some(tail) = collector.tails.get(None) else { return };
    let last = causes.iter().map(|candidate| candidate.last_line).max().unwrap_or_default();
    let behind = tail.lines.iter().filter(|line| line.number > last);
    let calm = behind.map(|line| suspicious::score_above(&line.text, ALARM - 1)).all(|score| score.is_none());
    let plain = builds.steps().next().is_none();
    if calm && plain && symptoms.is_empty() && causes.iter().all(is_done_without) {
        causes.clear();
    }
    let lines: Vec<(u64, &[u8])> = tail.lines.iter().map(|line| (line.number, &line.text[..])).collect();
    let Some(farewell) = farewell(&lines) else { return };
    // One thing that the good-bye does not settle is enough: then something did fail, and any of the others may be the reason.
    let settled = |candidate: &Candidate<'_>| {
        let signature = candidate.signature;
        candidate.step.is_some()
            || (candidate.last_line < farewell.line && farewell.settles(&signature.id, signature.tool()))
    };
    if causes.iter().chain(symptoms.iter()).all(settled) {
        for candidates in [causes, symptoms] {
            candidates.retain(|candidate| candidate.step.is_some());
        }
    }
}

/// Did it stand in the output of commands that may fail?
fn is_excused(candidate: &Candidate<'_>, builds: &Builds) -> bool {
    let tool = candidate.signature.tool();
    let names = NAMES.iter().find(|(known, _)| *known == tool).map_or(&[][..], |(_, names)| names);
    let may_fail = |line: u64| {
        builds.excused().iter().filter(|excused| excused.line < line && line < excused.until).any(|excused| {
            let named = |word: &str| word == tool || names.contains(&word);
            ANYBODY.contains(&tool) || excused.command.split(|byte: char| !byte.is_ascii_alphanumeric()).any(named)
        })
    };
    let lines = candidate.findings.iter().map(|finding| finding.line.number);
    candidate.step.is_none() && lines.chain([candidate.last_line]).all(may_fail)
}

/// Does whoever met it say right behind it how the build goes on without?
fn is_done_without(candidate: &Candidate<'_>) -> bool {
    let says = |line: &String| WITHOUT.as_ref().is_some_and(|words| words.is_match(line));
    candidate.findings.iter().all(|finding| finding.line.after.iter().any(says))
        && (candidate.findings.len() as u64) >= candidate.count
}
