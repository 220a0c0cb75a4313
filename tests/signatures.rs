//! The built-in signatures keep their own promises.

mod common;

use std::collections::BTreeSet;

use whyfail::SignatureDb;
use whyfail::check::check;
use whyfail::model::{Outcome, StepOutcome};
use whyfail::signature::{Class, Risk, Role, code, folder, lint};

#[test]
fn every_example_matches_and_wins_and_no_counterexample_matches() {
    let (files, problems) = folder::read(&common::repository("signatures")).unwrap();
    assert!(problems.is_empty(), "{}", problems.iter().map(ToString::to_string).collect::<String>());
    assert_eq!(files.len(), SignatureDb::built_in().len(), "the binary holds what the folder holds");
    let problems = check(&files);
    assert!(problems.is_empty(), "{}", problems.iter().map(ToString::to_string).collect::<String>());
}

/// What the scan of every line costs must stay small: the fast path and trying every pattern agree on every line.
#[test]
fn the_fast_scan_finds_what_trying_every_pattern_finds() {
    let matcher = whyfail::Matcher::new(SignatureDb::built_in());
    let (files, _) = folder::read(&common::repository("signatures")).unwrap();
    let examples = files.iter().flat_map(|file| &file.examples).step_by(17);
    for line in examples.flat_map(|example| example.log.lines()) {
        let (mut fast, mut slow) = (Vec::new(), Vec::new());
        matcher.scan(line.as_bytes(), &mut fast);
        matcher.scan_exhaustively(line.as_bytes(), &mut slow);
        assert_eq!(fast, slow, "{line}");
    }
}

/// No signature explains what did not happen: a good log has no cause, and no cause stands in a step that ended well.
#[test]
fn no_signature_fires_on_what_went_well() {
    let mut wrong = Vec::new();
    let mut good = 0;
    for log in common::corpus() {
        let bytes = std::fs::read(&log).unwrap();
        let answer = common::diagnose(&bytes);
        let went_well = log.components().any(|part| part.as_os_str() == "good");
        good += usize::from(went_well);
        for cause in &answer.causes {
            let step = cause.step.as_ref().and_then(|key| answer.step(key));
            if went_well || step.is_some_and(|step| matches!(step.outcome, StepOutcome::Done | StepOutcome::Cached)) {
                wrong.push(format!("{}: {}", log.display(), cause.signature));
            }
        }
        if went_well && !matches!(answer.outcome, Outcome::Succeeded | Outcome::NoFailure) {
            wrong.push(format!("{}: {:?}", log.display(), answer.outcome));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(good > 80 || common::corpus().is_empty(), "only {good} good logs");
}

/// The doubts that are left have a reason: compilers say no more than `: error: `, and a few tools as little.
#[test]
fn no_new_doubts() {
    let (files, _) = folder::read(&common::repository("signatures")).unwrap();
    let doubts: Vec<_> = files.iter().flat_map(lint::doubts).collect();
    let (common, others): (Vec<_>, Vec<_>) = doubts.iter().partition(|doubt| doubt.code == code::COMMON);
    assert!(others.is_empty(), "{}", others.iter().map(ToString::to_string).collect::<String>());
    assert!(common.len() <= 28, "{}: {}", common.len(), common.iter().map(ToString::to_string).collect::<String>());
}

#[test]
fn every_class_but_unknown_has_a_signature() {
    let db = SignatureDb::built_in();
    let covered: BTreeSet<&str> = db.signatures().filter(|s| s.role == Role::Cause).map(|s| s.class.as_str()).collect();
    let missing: Vec<&str> =
        Class::ALL.iter().map(|class| class.as_str()).filter(|class| !covered.contains(class)).collect();
    assert_eq!(missing, ["unknown"]);
}

#[test]
fn remedies_go_from_safest_to_riskiest() {
    for signature in SignatureDb::built_in().signatures() {
        let risks: Vec<Risk> = signature.prose().remedies.iter().map(|remedy| remedy.risk).collect();
        assert!(risks.is_sorted(), "{}: {risks:?}", signature.id);
        assert_ne!(risks.first(), Some(&Risk::Dangerous), "{}", signature.id);
    }
}
