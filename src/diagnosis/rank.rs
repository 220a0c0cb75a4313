//! Which finding is the cause, which is its consequence, and how sure that is. All rules stand here.
//!
//! 1. What was found in a step that ended well, or that was stopped because another failed, is no cause.
//! 2. Of several signatures on one line the most specific one speaks; a `generic` one never speaks beside another.
//! 3. A signature that says `leads_to` folds what it names in the same place under itself.
//! 4. Where the environment failed first (memory, disk, network), what then was missing in the same step is its consequence.
//! 5. The rest is ordered by score: the step that failed, what the builder itself repeats as the reason, the class's nearness to the
//!    root, the order in the log.

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
    /// The last line on which a builder said that it clipped a step's output.
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
            _ => step.is_some_and(Step::ended_well) || canceled,
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
            into.count += 1;
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
        Some(StepOutcome::Done | StepOutcome::Cached) => add(-400, "in a step that ended well"),
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
            let better = lines.get(&line).is_none_or(|&known| voice(candidate, line) > voice(&candidates[known], line));
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
                let winner = lines.get(&finding.line.number).copied().unwrap_or(at);
                winner == at
                    || candidate.signature.leads_to(candidates[winner].signature)
                    || candidates[winner].signature.leads_to(candidate.signature)
            })
        })
        .collect();
    let mut at = 0;
    candidates.retain(|_| {
        at += 1;
        spoken[at - 1]
    });
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
    let mut parent: Vec<Option<usize>> = vec![None; count];
    for other in 0..count {
        parent[other] =
            (0..count).filter(|&cause| cause != other).find(|&cause| explains(&candidates[cause], &candidates[other]));
    }
    let root = |start: usize| -> usize {
        let mut at = start;
        for _ in 0..count {
            match parent[at] {
                Some(up) => at = up,
                None => return at,
            }
        }
        start
    };
    let roots: Vec<usize> = (0..count).map(root).collect();
    for at in 0..count {
        let up = roots[at];
        if up != at {
            let folded = &candidates[at];
            let captures = folded.findings.first().map(|f| f.captures.clone()).unwrap_or_default();
            let entry = Folded { signature: folded.signature, captures, line: folded.first_line };
            if !candidates[up].led_to.iter().any(|known| known.signature.id == entry.signature.id) {
                candidates[up].led_to.push(entry);
            }
        }
    }
    let mut at = 0;
    candidates.retain(|_| {
        at += 1;
        roots[at - 1] == at - 1
    });
}

/// Confidence, from the score and from what else is there.
fn judge(candidates: &mut [Candidate<'_>], situation: &Situation<'_>, places: &[Place]) {
    let best = candidates.first().map(|c| (c.score, c.step));
    for (at, candidate) in candidates.iter_mut().enumerate() {
        let mut confidence = if candidate.signature.generic {
            Confidence::Medium
        } else if candidate.score >= if candidate.signature.extract.is_some() { READ_WHOLE } else { 720 } {
            Confidence::High
        } else if candidate.score >= 560 {
            Confidence::Medium
        } else {
            Confidence::Low
        };
        // Behind a better cause of the same place, a further one is only a possibility.
        if at > 0 && best.is_some_and(|(_, step)| step == candidate.step) {
            confidence = confidence.min(Confidence::Medium);
        }
        // Something was lost in the middle; what stands behind the gap is proof all the same.
        if situation.clipped.is_some_and(|line| candidate.last_line < line) {
            confidence = confidence.min(Confidence::Medium);
        }
        // What another failure leads to, so near the top that this one may have been cut off.
        if candidate.may_be_consequence && candidate.first_line <= CUT_OFF && !situation.begins {
            confidence = confidence.min(Confidence::Medium);
        }
        if situation.outcome == Outcome::Undetermined {
            confidence = Confidence::Low;
        }
        if confidence > Confidence::Low
            && let Some(doubt) = Unexplained::of(situation.collector, candidate.step, places).doubt(candidate)
        {
            confidence = if candidate.signature.generic { Confidence::Low } else { Confidence::Medium };
            candidate.factors.push(RankingFactor { reason: format!("(less sure: {doubt})"), points: 0 });
        }
        candidate.confidence = confidence;
    }
}
