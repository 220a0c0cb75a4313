//! Which finding is the cause, which is its consequence, and how sure that is. All rules stand here.
//!
//! # Order
//! 1. What was found in a step that ended well, or that was stopped because another failed, is no cause: the builder itself says that
//!    the build went on without it. Unless the step's own command hides that it failed (`| tee`, `|| true`) and a later one did: then
//!    it is one behind what is found there.
//! 2. Of several signatures on one line the most specific one speaks, as it says most; a `generic` one never speaks beside another: it
//!    is a net for what nobody knows.
//! 3. A signature that says `leads_to` folds what it names in the same place under itself: who wrote it has seen the one bring the other.
//! 4. Where the environment failed first (memory, disk, network), what then was missing in the same step is its consequence: tools warn
//!    of a failed download, go on, and fail for the lack of what they did not get.
//! 5. The rest is ordered by score (`--explain-ranking` shows it): the step that failed before one that did not end, and that before
//!    what stands outside of all steps, because the builder names the step; what the builder itself repeats as the reason; the class's
//!    nearness to the root, because a full disk breaks tests, and no test fills a disk; not what came after the build or the job had
//!    failed, because that is tidying up. Where that is equal, the first in the log leads: a cause comes before its consequence. The
//!    place in the log is no more than that; only in a log without any structure the last words count a little.
//!
//! # Confidence
//! It begins with the score. Each of these doubts takes it down, and none changes the order:
//! - a `generic` signature is never surer than medium; where no builder says that its step failed, it is a guess: strangers' logs hold
//!   such lines about what was overcome (right in one of four, measured);
//! - a cause of another kind that is as good stands in the same place: either may have ended the build;
//! - an alarm that nothing explains stands behind it, or before it where it may be a consequence (see [`super::doubt`]);
//! - lines behind it are missing: clipped, dropped, cut off;
//! - it may be a consequence, and stands so near the log's top that its cause may have been cut off;
//! - the log breaks off: nobody knows what came then.
//!
//! Before all of this, what does not count at all is dropped: see [`super::history`]. What no signature knows is in [`super::fallback`].

use std::collections::HashMap;

use super::collect::{Collector, Finding, Group, Sighting, Sightings};
use super::doubt::{Place, Unexplained};
use crate::dialect::Builds;
use crate::matcher::PatternUse;
use crate::model::{Confidence, Outcome, Phase, RankingFactor, Step, StepOutcome, StepRef};
use crate::signature::{Class, Role, Signature};

/// The score from which something is certain that a structured reader took as a whole, not from a word or two.
const READ_WHOLE: i64 = 700;

/// On the first lines of a log nobody can tell what stood before them.
const CUT_OFF: u64 = 3;

/// A candidate that is another's consequence.
#[derive(Debug)]
pub struct Folded<'c> {
    pub signature: &'c Signature,
    /// Of its first finding.
    pub captures: Vec<(String, String)>,
    pub line: u64,
}

/// A group of findings on its way to become a cause.
#[derive(Debug)]
pub struct Candidate<'c> {
    pub signature: &'c Signature,
    pub step: Option<StepRef>,
    pub findings: Vec<Finding>,
    pub count: u64,
    pub files: Vec<(String, u64)>,
    pub first_line: u64,
    pub last_line: u64,
    pub repeated_by_builder: bool,
    /// Some other failure leads to it.
    pub may_be_consequence: bool,
    pub score: i64,
    pub confidence: Confidence,
    pub factors: Vec<RankingFactor>,
    /// What is folded under it.
    pub led_to: Vec<Folded<'c>>,
}

/// What counts for the ranking besides the candidates themselves.
pub struct Situation<'c> {
    pub collector: &'c Collector,
    pub builds: &'c Builds,
    pub outcome: Outcome,
    /// The step that failed first, where the log has steps.
    pub failing: Option<StepRef>,
    /// Some builder's structure was recognised.
    pub structured: bool,
    pub last_line: u64,
    /// whyfail ran the command itself, so the log has its beginning.
    pub begins: bool,
    /// The last line on which a builder said that it clipped a step's output, or a CI system that it dropped lines.
    pub clipped: Option<u64>,
}

impl Situation<'_> {
    fn step(&self, step: Option<StepRef>) -> Option<&Step> {
        step.and_then(|at| self.builds.get(at))
    }
}

/// Takes the groups that are candidates: matched lines whose neighbourhood fits, in steps that did not end well.
pub fn candidates<'c>(collector: &'c Collector, situation: &Situation<'_>, role: Role) -> Vec<Candidate<'c>> {
    let mut candidates: Vec<Candidate<'c>> = Vec::new();
    for group in &collector.groups {
        let signature = collector.matcher().numbered(group.signature);
        let step = situation.step(group.step);
        let canceled = step.is_some_and(|step| step.outcome == StepOutcome::Canceled) && situation.failing.is_some();
        let is_over = match role {
            // Advice is on what went well.
            Role::Advice => step.is_some_and(|step| {
                let failed = matches!(step.outcome, StepOutcome::Failed | StepOutcome::Canceled);
                failed && matches!(step.phase, Phase::Build | Phase::Run)
            }),
            _ => (step.is_some_and(Step::ended_well) && !is_masked(step, situation)) || canceled,
        };
        if signature.role != role || is_over {
            continue;
        }
        let sightings = collector.sightings.get(&group.signature);
        let findings: Vec<Finding> =
            group.findings.iter().filter_map(|finding| in_place(signature, group, finding, sightings)).collect();
        let Some(first) = findings.first() else { continue };
        let first_line = first.line.number;
        // A line that does not name what failed says the same as one that does.
        let names = |finding: &&Finding| finding.captures.iter().any(|(name, _)| signature.identity.contains(name));
        let named = findings.iter().filter(names).count();
        let nameless = if named > 0 { findings.len() - named } else { 0 };
        let dropped = group.findings.len() - findings.len() + nameless;
        let candidate = Candidate {
            signature,
            step: group.step,
            first_line,
            last_line: group.last_line,
            count: group.count - dropped as u64,
            files: if group.files.is_empty() { collector.files_nearby(group) } else { group.files.clone() },
            repeated_by_builder: group.repeated_by_builder,
            may_be_consequence: collector.matcher().may_be_consequence(group.signature),
            findings,
            score: 0,
            confidence: Confidence::Low,
            factors: Vec::new(),
            led_to: Vec::new(),
        };
        match candidates.iter_mut().find(|known| same_failure(known, &candidate)) {
            Some(known) => merge(known, candidate),
            None => candidates.push(candidate),
        }
    }
    candidates
}

/// Did the step end well only because its command hides how it ended, and did a later one fail?
fn is_masked(step: Option<&Step>, situation: &Situation<'_>) -> bool {
    let Some(step) = step.filter(|step| step.outcome == StepOutcome::Done) else { return false };
    let failed = situation.step(situation.failing);
    let before = failed.is_some_and(|failed| failed.build == step.build && failed.line > step.line);
    before && step.command.as_deref().and_then(mask_of).is_some()
}

/// How a command hides its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mask {
    /// A pipe has the code of its last command: `npm run build | tee build.log`.
    Pipe,
    /// It is meant so: `npm test || true`.
    Meant,
}

fn mask_of(command: &str) -> Option<Mask> {
    if command.contains("pipefail") {
        return None;
    }
    if command
        .split("|| ")
        .skip(1)
        .any(|rest| ["true", ":", "exit 0", "echo"].iter().any(|word| rest.starts_with(word)))
    {
        return Some(Mask::Meant);
    }
    let piped = |rest: &str| ["tee ", "tail", "head", "cat", "ts"].iter().any(|word| rest.starts_with(word));
    command.split("| ").skip(1).any(piped).then_some(Mask::Pipe)
}

/// Does the neighbourhood of a finding fit the signature? Adds the captures of the neighbour.
fn in_place(signature: &Signature, group: &Group, finding: &Finding, sightings: Option<&Sightings>) -> Option<Finding> {
    // A structured reader has looked around by itself.
    let near = !signature.near.is_empty() && finding.by_pattern;
    if !near && signature.unless_near.is_empty() {
        return Some(finding.clone());
    }
    let close = |sighting: &&Sighting| {
        sighting.line.abs_diff(finding.line.number) <= u64::from(signature.within)
            && (sighting.step == group.step || sighting.step.is_none() || group.step.is_none())
    };
    let found = |purpose: PatternUse| {
        sightings
            .into_iter()
            .flat_map(Sightings::iter)
            .filter(move |sighting| sighting.purpose == purpose)
            .filter(close)
            .min_by_key(|sighting| sighting.line.abs_diff(finding.line.number))
    };
    if found(PatternUse::UnlessNear).is_some() {
        return None;
    }
    let mut finding = finding.clone();
    if near {
        let near = found(PatternUse::Near)?;
        for (name, value) in &near.captures {
            if !finding.captures.iter().any(|(known, _)| known == name) {
                finding.captures.push((name.clone(), value.clone()));
            }
        }
    }
    Some(finding)
}

/// The same signature with the same captures, once in a step and once in the builder's words outside.
fn same_failure(a: &Candidate<'_>, b: &Candidate<'_>) -> bool {
    if a.signature.id != b.signature.id || (a.step.is_some() && b.step.is_some() && a.step != b.step) {
        return false;
    }
    let identity = |candidate: &Candidate<'_>| -> Vec<(String, String)> {
        let captures = candidate.findings.first().map(|f| f.captures.clone()).unwrap_or_default();
        if candidate.signature.identity.is_empty() {
            captures
        } else {
            captures.into_iter().filter(|(name, _)| candidate.signature.identity.contains(name)).collect()
        }
    };
    a.step == b.step || identity(a) == identity(b)
}

fn merge(into: &mut Candidate<'_>, other: Candidate<'_>) {
    into.repeated_by_builder |= other.repeated_by_builder;
    into.step = into.step.or(other.step);
    into.first_line = into.first_line.min(other.first_line);
    into.last_line = into.last_line.max(other.last_line);
    let identity = into.signature.identity.clone();
    let same = |a: &Finding, b: &Finding| {
        let of = |finding: &Finding| -> Vec<(String, String)> {
            finding
                .captures
                .iter()
                .filter(|(name, _)| identity.is_empty() || identity.contains(name))
                .cloned()
                .collect()
        };
        let (a, b) = (of(a), of(b));
        a == b || a.is_empty() || b.is_empty()
    };
    for finding in other.findings {
        if !into.findings.iter().any(|known| same(known, &finding)) {
            into.count = into.count.saturating_add(1);
            into.findings.push(finding);
        }
    }
    into.findings.sort_by_key(|finding| finding.line.number);
}

/// How near to the root a class usually is: higher is nearer.
fn rootness(class: Class) -> i64 {
    match class {
        Class::ResMemory | Class::ResDisk | Class::ResOther => 60,
        Class::NetDns | Class::NetTimeout | Class::NetRefused | Class::NetTls | Class::NetProxy => 50,
        Class::NetForbidden | Class::NetRateLimit | Class::NetServerError | Class::AuthRegistry | Class::AuthGit => 45,
        Class::IntegrityChecksum | Class::Daemon | Class::PermSocket | Class::StageRef => 45,
        Class::PkgApt | Class::PkgApk | Class::PkgNpm | Class::PkgPip | Class::PkgMavenGradle | Class::PkgCargo => 10,
        Class::PkgDotnet | Class::PkgOther | Class::TestFailure | Class::RuntimeCrash => 10,
        Class::TimeoutCi => 5,
        Class::Unknown => 0,
        _ => 30,
    }
}

/// Rule 4: the environment failed, so something was missing.
fn environment_brings(cause: Class, consequence: Class) -> bool {
    let environment = matches!(
        cause,
        Class::ResMemory
            | Class::ResDisk
            | Class::NetDns
            | Class::NetTimeout
            | Class::NetRefused
            | Class::NetTls
            | Class::NetProxy
    );
    let dependent = matches!(
        consequence,
        Class::PkgApt
            | Class::PkgApk
            | Class::PkgNpm
            | Class::PkgPip
            | Class::PkgMavenGradle
            | Class::PkgCargo
            | Class::PkgDotnet
            | Class::PkgOther
            | Class::ModNotFound
            | Class::CmdNotFound
            | Class::RuntimeCrash
    );
    environment && dependent
}

/// Do the two stand in the same place: the same step, or one of them outside all steps?
fn same_place(a: &Candidate<'_>, b: &Candidate<'_>) -> bool {
    a.step == b.step || a.step.is_none() || b.step.is_none()
}

/// Applies rules 2 to 5. Best first.
pub fn rank<'c>(mut candidates: Vec<Candidate<'c>>, situation: &Situation<'_>) -> Vec<Candidate<'c>> {
    for candidate in &mut candidates {
        weigh(candidate, situation);
    }
    candidates.sort_by(|a, b| {
        b.score.cmp(&a.score).then(a.first_line.cmp(&b.first_line)).then(a.signature.id.cmp(&b.signature.id))
    });
    let places: Vec<Place> = candidates.iter().map(Place::of).collect();
    one_voice_a_line(&mut candidates);
    fold(&mut candidates);
    judge(&mut candidates, situation, &places);
    candidates
}

fn weigh(candidate: &mut Candidate<'_>, situation: &Situation<'_>) {
    let mut add = |points: i64, reason: &str| {
        if points != 0 {
            candidate.factors.push(RankingFactor { reason: reason.to_owned(), points });
        }
    };
    add(500, "a signature matches");
    let step = situation.step(candidate.step);
    match step.map(|s| s.outcome) {
        Some(StepOutcome::Failed) => add(250, "in a step that failed"),
        Some(StepOutcome::Running) => add(120, "in a step that had not ended"),
        Some(StepOutcome::Canceled) => add(-150, "in a step that was stopped because another failed"),
        // Only where its command hides that it failed: see `is_masked`.
        Some(StepOutcome::Done) => match step.and_then(|step| step.command.as_deref()).and_then(mask_of) {
            Some(Mask::Pipe) => add(110, "in a step before the failed one, whose pipe hides that it failed"),
            _ => add(-100, "in a step before the failed one, which may fail"),
        },
        Some(StepOutcome::Cached) => add(-400, "in a step that ended well"),
        None if !situation.structured => add(200, "the log has no steps"),
        None if candidate.repeated_by_builder => add(220, "in the builder's own words"),
        None => add(60, "outside of all steps"),
    }
    if candidate.repeated_by_builder && candidate.step.is_some() {
        add(60, "the builder gives it as the reason");
    }
    add(rootness(candidate.signature.class), "how near to the root its class usually is");
    if candidate.signature.generic {
        add(-150, "a broad pattern");
    }
    let over = situation.builds.verdict().failed.is_some_and(|line| candidate.first_line > line);
    if over && candidate.step.is_none() && !candidate.repeated_by_builder && situation.failing.is_some() {
        add(-250, "after the build had failed");
    }
    // Steps that tidy up run on after the one that failed.
    if situation.builds.job_failed_last().is_some_and(|line| candidate.first_line > line) {
        add(-250, "after the job had failed");
    }
    // Position is a weak sign: only the very end of a log without structure speaks for a line.
    if !situation.structured && situation.last_line.saturating_sub(candidate.last_line) <= 40 {
        add(30, "close to the end");
    }
    candidate.score = candidate.factors.iter().map(|f| f.points).sum::<i64>().clamp(0, 1000);
}

/// Rule 2.
fn one_voice_a_line(candidates: &mut Vec<Candidate<'_>>) {
    // The voice of a line: not generic, then one with a pattern of its own before a reader of all that its tool prints, then the one
    // that takes more from it.
    let voice = |candidate: &Candidate<'_>, line: u64| -> Option<(bool, bool, i64, usize, usize)> {
        let finding = candidate.findings.iter().find(|f| f.line.number == line)?;
        let nearby = !candidate.signature.near.is_empty();
        let own = candidate.signature.extract.is_none();
        Some((!candidate.signature.generic, own, i64::from(nearby), finding.captures.len().min(3), finding.width))
    };
    let mut lines: HashMap<u64, usize> = HashMap::new();
    for (at, candidate) in candidates.iter().enumerate() {
        for finding in &candidate.findings {
            let line = finding.line.number;
            let known = lines.get(&line).and_then(|known| candidates.get(*known));
            let better = known.is_none_or(|known| voice(candidate, line) > voice(known, line));
            if better {
                lines.insert(line, at);
            }
        }
    }
    // A candidate none of whose own lines are left is a mere echo of others — unless they say it led to them.
    let spoken: Vec<bool> = candidates
        .iter()
        .enumerate()
        .map(|(at, candidate)| {
            candidate.findings.iter().any(|finding| {
                let winner = lines.get(&finding.line.number).filter(|winner| **winner != at);
                winner.and_then(|winner| candidates.get(*winner)).is_none_or(|winner| {
                    candidate.signature.leads_to(winner.signature) || winner.signature.leads_to(candidate.signature)
                })
            })
        })
        .collect();
    let mut spoken = spoken.into_iter();
    candidates.retain(|_| spoken.next().unwrap_or(true));
}

/// Rules 2 (generic), 3 and 4: folds consequences under their cause.
fn fold<'c>(candidates: &mut Vec<Candidate<'c>>) {
    let explains = |cause: &Candidate<'c>, other: &Candidate<'c>| -> bool {
        if !same_place(cause, other) {
            return false;
        }
        let before = cause.first_line <= other.last_line;
        if cause.signature.leads_to(other.signature) {
            // Two that name each other: the first one in the log leads.
            return !other.signature.leads_to(cause.signature) || cause.first_line < other.first_line;
        }
        if other.signature.leads_to(cause.signature) {
            return false;
        }
        let same_step = cause.step == other.step;
        (same_step
            && before
            && environment_brings(cause.signature.class, other.signature.class)
            && !cause.signature.generic)
            || (other.signature.generic && !cause.signature.generic)
    };
    let count = candidates.len();
    let numbered = || candidates.iter().enumerate();
    let parent: Vec<Option<usize>> = numbered()
        .map(|(at, other)| numbered().position(|(cause_at, cause)| cause_at != at && explains(cause, other)))
        .collect();
    let root = |start: usize| -> usize {
        let mut at = start;
        for _ in 0..count {
            match parent.get(at) {
                Some(Some(up)) => at = *up,
                _ => return at,
            }
        }
        start
    };
    let roots: Vec<usize> = (0..count).map(root).collect();
    for (at, up) in roots.iter().enumerate().filter(|(at, up)| at != *up) {
        let Some(folded) = candidates.get(at) else { continue };
        let captures = folded.findings.first().map(|f| f.captures.clone()).unwrap_or_default();
        let entry = Folded { signature: folded.signature, captures, line: folded.first_line };
        if let Some(cause) = candidates.get_mut(*up)
            && !cause.led_to.iter().any(|known| known.signature.id == entry.signature.id)
        {
            cause.led_to.push(entry);
        }
    }
    let mut kept = roots.iter().enumerate().map(|(at, up)| at == *up);
    candidates.retain(|_| kept.next().unwrap_or(true));
}

/// A rival is as good a cause as the best one when it has at most so many points less.
const RIVAL: i64 = 60;

/// Confidence, from the score and from what else is there.
fn judge(candidates: &mut [Candidate<'_>], situation: &Situation<'_>, places: &[Place]) {
    let best = candidates.first().map(|c| (c.score, c.step));
    let rivalled = has_rival(candidates);
    for (at, candidate) in candidates.iter_mut().enumerate() {
        let mut confidence = if candidate.score >= if candidate.signature.extract.is_some() { READ_WHOLE } else { 720 }
        {
            Confidence::High
        } else if candidate.score >= 560 {
            Confidence::Medium
        } else {
            Confidence::Low
        };
        let mut doubts: Vec<(Confidence, &str)> = Vec::new();
        let failed = situation.step(candidate.step).is_some_and(|step| step.outcome == StepOutcome::Failed);
        // Where a builder says that the step failed, a broad pattern is mostly right; where nobody does, once in four times.
        match (candidate.signature.generic, failed || candidate.repeated_by_builder) {
            (true, true) => confidence = Confidence::Medium,
            (true, false) => doubts.push((Confidence::Low, "a broad pattern, and no builder names the step")),
            (false, _) => {}
        }
        if at > 0 && best.is_some_and(|(_, step)| step == candidate.step) {
            doubts.push((Confidence::Medium, "a better cause stands in the same place"));
        }
        if at == 0 && rivalled {
            doubts.push((Confidence::Medium, "a cause of another kind stands in the same place"));
        }
        // What stands behind the gap is proof all the same.
        if situation.clipped.is_some_and(|line| candidate.last_line < line) {
            doubts.push((Confidence::Medium, "lines behind it are missing"));
        }
        if candidate.may_be_consequence && candidate.first_line <= CUT_OFF && !situation.begins {
            doubts.push((Confidence::Medium, "what it may follow from may have stood before the log's first line"));
        }
        let ended = situation.step(candidate.step).is_none_or(|step| step.outcome != StepOutcome::Running);
        if candidate.may_be_consequence && !ended && !situation.begins {
            doubts.push((Confidence::Medium, "its step had not ended where the log breaks off"));
        }
        if situation.outcome == Outcome::Undetermined {
            doubts.push((Confidence::Low, "the log breaks off"));
        }
        if let Some(doubt) = Unexplained::of(situation.collector, candidate.step, places).doubt(candidate) {
            doubts.push((if candidate.signature.generic { Confidence::Low } else { Confidence::Medium }, doubt));
        }
        doubts.retain(|(most, _)| *most < confidence);
        candidate.confidence = doubts.iter().map(|(most, _)| *most).min().unwrap_or(confidence);
        let told = doubts.iter().map(|(most, doubt)| format!("({} confidence at most: {doubt})", most.as_str()));
        candidate.factors.extend(told.map(|reason| RankingFactor { reason, points: 0 }));
    }
}

/// Is there another cause as good as the best one, in the same place and of another kind? Then either may have ended the build.
fn has_rival(candidates: &[Candidate<'_>]) -> bool {
    let Some((best, others)) = candidates.split_first() else { return false };
    others.iter().any(|other| {
        other.step == best.step
            && !other.signature.generic
            && other.signature.class != best.signature.class
            && best.score - other.score <= RIVAL
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Diagnoser, Matcher, SignatureDb};

    fn causes(log: &str) -> Vec<(String, Confidence)> {
        let mut diagnoser = Diagnoser::new(Arc::new(Matcher::new(SignatureDb::built_in())));
        diagnoser.feed(log.as_bytes());
        diagnoser.finish().causes.into_iter().map(|cause| (cause.signature, cause.confidence)).collect()
    }

    #[test]
    fn masks_are_told_from_plain_commands() {
        assert_eq!(mask_of("npm run build 2>&1 | tee build.log"), Some(Mask::Pipe));
        assert_eq!(mask_of("npm test || true"), Some(Mask::Meant));
        assert_eq!(mask_of("set -o pipefail && make | tee x"), None);
        assert_eq!(mask_of("curl -f x || wget x"), None);
        assert_eq!(mask_of("curl x | tar xz"), None);
    }

    #[test]
    fn a_pipe_that_hides_a_failure_does_not_hide_the_cause() {
        let log = |command: &str| {
            format!(
                "#5 [2/3] RUN {command}\n#5 1.0 main.go:3:2: undefined: total\n#5 DONE 1.0s\n\
                 #6 [3/3] RUN ./check\n#6 0.1 nothing here\n#6 ERROR: process \"/bin/sh -c ./check\" did not complete successfully: exit code: 1\n"
            )
        };
        assert_eq!(causes(&log("go build ./... | tee build.log"))[0], ("go/compile-error".into(), Confidence::Medium));
        assert_eq!(causes(&log("go build ./... || true"))[0], ("go/compile-error".into(), Confidence::Low));
        assert_eq!(causes(&log("go build ./...")), []);
    }

    #[test]
    fn what_tidies_up_behind_a_failed_job_is_not_its_cause() {
        let proof = "reading\nsorting\nwriting\nsrc/main.c:3:10: fatal error: zlib.h: No such file or directory\n";
        let log = format!(
            "{proof}##[error]Process completed with exit code 1.\nbash: cleanup.sh: No such file or directory\n"
        );
        assert_eq!(causes(&log)[0].0, "cc/header-zlib");
    }

    #[test]
    fn of_two_causes_of_another_kind_none_is_sure() {
        let log = "reading\nsorting\nwriting\nsrc/main.c:3:10: fatal error: zlib.h: No such file or directory\n\
            make: *** No rule to make target 'shop'.  Stop.\n";
        assert_eq!(causes(log)[0].1, Confidence::Medium);
    }
}
