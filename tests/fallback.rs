//! How well whyfail does where no signature knows a failure: of the signatures of the tool that failed all are switched off, one tool
//! after the other, and every recorded log of its failures is diagnosed so. The line that proves the failure must then stand among the
//! suspicious lines, mostly first. `cargo test --test fallback -- --nocapture` prints what was found, tool by tool.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::OneOf;
use serde::Deserialize;
use whyfail::model::{Diagnosis, Outcome};
use whyfail::signature::Role;
use whyfail::{Diagnoser, Matcher, SignatureDb};

/// Of the logs that nothing explains any more, how many must have the proof first, and among the suspicious lines, in percent.
const FIRST: usize = 80;
const AMONG: usize = 90;

/// What of a `scenario.toml` is needed here.
#[derive(Debug, Clone, Deserialize)]
struct Expected {
    outcome: Option<OneOf>,
    signature: Option<String>,
    evidence: Option<OneOf>,
    causes: Option<Vec<String>>,
    #[serde(default)]
    log: BTreeMap<String, Expected>,
}

/// A log of a failure that one signature explains.
struct Failure {
    path: PathBuf,
    signature: String,
    evidence: OneOf,
}

/// The failures of the corpus by their tool, which is the folder of their signature.
fn failures() -> BTreeMap<String, Vec<Failure>> {
    let mut failures: BTreeMap<String, Vec<Failure>> = BTreeMap::new();
    for path in common::corpus() {
        let scenario = std::fs::read_to_string(path.with_file_name("scenario.toml")).unwrap();
        let all: Expected = toml::from_str(&scenario).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let own = path.file_stem().and_then(|name| all.log.get(name.to_str()?));
        let of = |own: Option<&Expected>| own.cloned();
        let own = of(own);
        let special = own.as_ref().is_some_and(|own| own.outcome.is_some() || own.causes.is_some());
        if special || all.outcome.is_some() || all.causes.is_some() {
            continue;
        }
        let signature = own.as_ref().and_then(|own| own.signature.clone()).or(all.signature);
        let evidence = own.and_then(|own| own.evidence).or(all.evidence);
        if let (Some(signature), Some(evidence)) = (signature, evidence) {
            let tool = signature.split('/').next().unwrap_or_default().to_owned();
            failures.entry(tool).or_default().push(Failure { path, signature, evidence });
        }
    }
    failures
}

/// The built-in signatures without the causes that are `off`.
fn without(off: impl Fn(&str) -> bool) -> Arc<Matcher> {
    let built_in = SignatureDb::built_in();
    let mut db = (*built_in).clone();
    for signature in built_in.signatures().filter(|signature| signature.role == Role::Cause && off(&signature.id)) {
        assert!(db.remove(&signature.id), "{}", signature.id);
    }
    Arc::new(Matcher::new(Arc::new(db)))
}

fn diagnose(matcher: &Arc<Matcher>, path: &Path) -> Diagnosis {
    let mut diagnoser = Diagnoser::new(Arc::clone(matcher));
    diagnoser.feed(&std::fs::read(path).unwrap());
    diagnoser.finish()
}

/// Where the proof stands in the answers.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    logs: usize,
    /// Another signature says something.
    explained: usize,
    first: usize,
    among: usize,
    /// The answer is that nothing failed.
    overlooked: usize,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.logs += other.logs;
        self.explained += other.explained;
        self.first += other.first;
        self.among += other.among;
        self.overlooked += other.overlooked;
    }

    fn unknown(&self) -> usize {
        self.logs - self.explained
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unknown = self.unknown();
        let percent = |part: usize| 100 * part / unknown.max(1);
        write!(
            f,
            "{unknown:5} unknown, proof first {:3}%, among the lines {:3}%, no failure seen {:3}% ({} explained otherwise)",
            percent(self.first),
            percent(self.among),
            percent(self.overlooked),
            self.explained
        )
    }
}

fn measure(matcher: &Arc<Matcher>, failures: &[Failure], misses: &mut Vec<String>) -> Tally {
    let mut tally = Tally::default();
    for failure in failures {
        let answer = diagnose(matcher, &failure.path);
        tally.logs += 1;
        if !answer.causes.is_empty() {
            tally.explained += 1;
            continue;
        }
        let place =
            answer.suspicious.iter().position(|line| failure.evidence.any(|text| line.evidence.text.contains(text)));
        tally.first += usize::from(place == Some(0));
        tally.among += usize::from(place.is_some());
        tally.overlooked += usize::from(matches!(answer.outcome, Outcome::NoFailure | Outcome::Succeeded));
        if place != Some(0) {
            let found = answer.suspicious.first().map_or("", |line| line.evidence.text.as_str());
            let path = failure.path.strip_prefix(common::repository("corpus")).unwrap_or(&failure.path);
            misses.push(format!(
                "{} {}: {:?} at {place:?}, first '{}'",
                failure.signature,
                path.display(),
                failure.evidence,
                found.chars().take(120).collect::<String>()
            ));
        }
    }
    tally
}

#[test]
fn without_its_signatures_the_proof_is_the_first_suspicious_line() {
    let failures = failures();
    let mut total = Tally::default();
    let mut misses = Vec::new();
    for (tool, failures) in &failures {
        let family = format!("{tool}/");
        let tally = measure(&without(|id| id.starts_with(&family)), failures, &mut misses);
        println!("{tool:12} {tally}");
        total.add(tally);
    }
    println!("{:12} {total}", "all");
    misses.iter().for_each(|miss| println!("  {miss}"));
    let logs = total.unknown();
    assert!(failures.is_empty() || 100 * total.first >= FIRST * logs, "first in {} of {logs}", total.first);
    assert!(failures.is_empty() || 100 * total.among >= AMONG * logs, "among in {} of {logs}", total.among);
}

/// The same with no cause known at all: no other signature may step in.
#[test]
fn without_any_signature_the_proof_is_among_the_suspicious_lines() {
    let failures: Vec<Failure> = failures().into_values().flatten().collect();
    let mut misses = Vec::new();
    let total = measure(&without(|_| true), &failures, &mut misses);
    println!("{:12} {total}", "none");
    misses.iter().for_each(|miss| println!("  {miss}"));
    assert!(100 * total.among >= FIRST * total.unknown(), "among in {} of {}", total.among, total.unknown());
}
