//! The built-in signatures keep their own promises.

mod common;

use std::collections::BTreeSet;

use whyfail::SignatureDb;
use whyfail::check::check;
use whyfail::signature::{Class, Risk, Role, folder};

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

#[test]
fn every_class_but_unknown_has_a_signature() {
    let db = SignatureDb::built_in();
    let covered: BTreeSet<&str> = db.signatures().filter(|s| s.role == Role::Cause).map(|s| s.class.as_str()).collect();
    let missing: Vec<&str> =
        Class::ALL.iter().map(|class| class.as_str()).filter(|class| !covered.contains(class)).collect();
    assert_eq!(missing, ["unknown"]);
}

#[test]
fn the_first_remedy_gives_up_no_protection() {
    for signature in SignatureDb::built_in().signatures() {
        if let Some(first) = signature.remedies.first() {
            assert_ne!(first.risk, Risk::Dangerous, "{}", signature.id);
        }
    }
}
