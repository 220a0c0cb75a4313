//! The proofs of `corpus/*/*/verified.toml`: each must still fit its signature and its log, and what they prove is
//! what whyfail says. A void one is proved anew by `tests/live/record.sh --verify-only SCENARIO`.

mod common;

use std::collections::BTreeSet;

use serde::Deserialize;
use whyfail::SignatureDb;
use whyfail::signature::proof::{self, Found};

/// The words of a proof's `kind`.
const KINDS: [&str; 4] = ["by hand", "edits", "commands", "outside"];

#[derive(Deserialize)]
#[serde(untagged)]
enum Remedies {
    One(toml::Table),
    Many(Vec<toml::Table>),
}

fn proofs() -> Vec<Found> {
    let (found, problems) = proof::read(&common::repository("corpus")).expect("corpus/ can be read");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(!found.is_empty() || !common::repository("corpus").exists(), "nothing is proved");
    found
}

#[test]
fn no_proof_is_void() {
    let db = SignatureDb::built_in();
    let void: Vec<String> = proofs()
        .iter()
        .filter_map(|found| {
            found.stale(db.get(&found.proof.signature).map(|signature| signature.prose().remedies.as_slice()))
        })
        .collect();
    assert!(
        void.is_empty(),
        "{} proofs are void; prove them anew with tests/live/record.sh --verify-only SCENARIO, or rewrite the remedy:\n{}",
        void.len(),
        void.join("\n")
    );
}

#[test]
fn proofs_are_well_formed() {
    for Found { folder, proof } in proofs() {
        let place = folder.display();
        assert!(!proof.with.is_empty(), "{place}: no version");
        for version in &proof.with {
            let number = version.rsplit(' ').next().unwrap_or_default();
            assert!(
                number.split('.').count() == 2 && number.split('.').all(|part| part.parse::<u32>().is_ok()),
                "{place}: '{version}' is no name with a version"
            );
        }
        let date: Vec<usize> = proof.date.split('-').map(str::len).collect();
        assert_eq!(date, [4, 2, 2], "{place}: {}", proof.date);
        assert!(proof.kind.split(" and ").all(|kind| KINDS.contains(&kind)), "{place}: {}", proof.kind);
        assert_eq!(proof.kind.contains("outside"), proof.outside.is_some(), "{place}: outside");
    }
}

/// Nothing is proved that the scenario does not ask for.
#[test]
fn every_proof_belongs_to_a_remedy_of_its_scenario() {
    for Found { folder, proof } in proofs() {
        let manifest = std::fs::read_to_string(folder.join("scenario.toml")).expect("scenario.toml");
        let manifest: toml::Table = manifest.parse().expect("scenario.toml");
        let remedies: Remedies = manifest["remedy"].clone().try_into().expect("[remedy]");
        let remedies = match remedies {
            Remedies::One(one) => vec![one],
            Remedies::Many(many) => many,
        };
        let asked = remedies.iter().any(|remedy| match remedy.get("title").and_then(toml::Value::as_str) {
            Some(title) => proof.title.starts_with(title.trim()),
            None => remedy.contains_key("number"),
        });
        assert!(asked, "{}: '{}' is no remedy of scenario.toml", folder.display(), proof.title);
    }
}

#[test]
fn whyfail_says_what_is_proved_and_nothing_else() {
    let db = SignatureDb::built_in();
    // Void ones are another test's.
    let holds = |found: &Found| {
        let signature = db.get(&found.proof.signature);
        found.stale(signature.map(|signature| signature.prose().remedies.as_slice())).is_none()
    };
    let proved: BTreeSet<(String, String, String)> = proofs()
        .into_iter()
        .filter(holds)
        .flat_map(|found| {
            let proof::Proof { signature, title, with, .. } = found.proof;
            with.into_iter().map(move |version| (signature.clone(), title.clone(), version))
        })
        .collect();
    let said: BTreeSet<(String, String, String)> = db
        .signatures()
        .flat_map(|signature| signature.prose().remedies.iter().map(move |remedy| (signature, remedy)))
        .flat_map(|(signature, remedy)| {
            let versions = remedy.verified_with.iter().flatten();
            versions.map(move |version| (signature.id.clone(), remedy.title.clone(), version.clone()))
        })
        .collect();
    let missing: Vec<_> = proved.difference(&said).collect();
    let invented: Vec<_> = said.difference(&proved).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "proved, but not said (a new proof is seen by the next build: touch build.rs): {missing:#?}\nsaid, but not proved: {invented:#?}"
    );
}
