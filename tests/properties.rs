//! What holds of any bytes: the pipeline, the reports, archives and signature files. `fuzz/` tries the same with many more.

#![allow(clippy::duplicate_mod, reason = "the fuzz targets take the properties without the module common")]

#[path = "properties/archive.rs"]
mod archive;
mod common;
#[path = "properties/pipeline.rs"]
mod pipeline;
#[path = "properties/reports.rs"]
mod reports;
#[path = "properties/signatures.rs"]
mod signatures;

use std::path::PathBuf;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// What is checked of bytes, and the folder of `fuzz/seeds` for it.
type Property = (&'static str, fn(&[u8]));

const PROPERTIES: [Property; 4] = [
    ("pipeline", pipeline::check),
    ("reports", valid_reports),
    ("archive", archive::check),
    ("signatures", signatures::check),
];

/// The reports, with the schema as well.
fn valid_reports(data: &[u8]) {
    static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
        let schema = serde_json::from_str(include_str!("../schema/whyfail.schema.json")).expect("JSON");
        jsonschema::draft202012::new(&schema).expect("a schema")
    });
    reports::check_with(data, &|report| {
        let mistakes: Vec<String> =
            SCHEMA.iter_errors(report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(mistakes.is_empty(), "{}\n{report}", mistakes.join("\n"));
    });
}

/// The seeds of a target; none in the published package, which comes without them.
fn seeds(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = std::fs::read_dir(common::repository("fuzz/seeds").join(name)).into_iter().flatten().flatten();
    let mut seeds: Vec<_> = folder.filter_map(|file| Some((file.path(), std::fs::read(file.path()).ok()?))).collect();
    seeds.sort();
    seeds
}

/// Among them is whatever the fuzzer once found.
#[test]
fn every_seed_holds() {
    for (name, check) in PROPERTIES {
        for (path, bytes) in seeds(name) {
            let result = std::panic::catch_unwind(|| check(&bytes));
            assert!(result.is_ok(), "{}", path.display());
        }
    }
}

#[test]
fn seeds_stay_few_and_small() {
    for (name, _) in PROPERTIES {
        let seeds = seeds(name);
        assert!(seeds.len() <= 80, "{name}: {}", seeds.len());
        let large: Vec<_> = seeds.iter().filter(|(_, bytes)| bytes.len() > 8 << 10).map(|(path, _)| path).collect();
        assert!(large.is_empty(), "{large:?}");
    }
}

/// A seed with a few bytes changed, or with the end of another.
fn changed_seed(name: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<Index>(), any::<Index>(), vec(any::<u8>(), 0..6), any::<bool>());
    (vec(change, 1..5), any::<Index>()).prop_map(move |(changes, which)| {
        let seeds = seeds(name);
        let Some((_, mut bytes)) = (!seeds.is_empty()).then(|| which.get(&seeds).clone()) else { return Vec::new() };
        for (at, other, new, insert) in changes {
            let at = at.index(bytes.len() + 1);
            if new.is_empty() {
                let (_, end) = other.get(&seeds);
                bytes.truncate(at);
                bytes.extend_from_slice(end.get(at..).unwrap_or_default());
            } else {
                let end = if insert { at } else { (at + new.len()).min(bytes.len()) };
                bytes.splice(at..end, new);
            }
        }
        bytes
    })
}

/// 60 runs of each, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 60 };
    ProptestConfig { failure_persistence: None, cases, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_pipeline_gives_one_answer(data in changed_seed("pipeline")) {
        pipeline::check(&data);
    }

    #[test]
    fn the_pipeline_gives_one_answer_to_anything(data in vec(any::<u8>(), 4..2_000)) {
        pipeline::check(&data);
    }

    #[test]
    fn reports_stay_what_they_are(data in changed_seed("reports")) {
        valid_reports(&data);
    }

    #[test]
    fn reports_stay_what_they_are_for_anything(data in vec(any::<u8>(), 2..1_000)) {
        valid_reports(&data);
    }

    #[test]
    fn archives_give_logs_or_an_error(data in changed_seed("archive")) {
        archive::check(&data);
    }

    #[test]
    fn anything_packed_and_damaged_gives_logs_or_an_error(data in vec(any::<u8>(), 3..2_000)) {
        archive::check(&data);
    }

    #[test]
    fn signatures_are_refused_or_usable(data in changed_seed("signatures")) {
        signatures::check(&data);
    }

    #[test]
    fn templates_take_any_value(template in "[a-z {}'\"|x]{0,30}", value in "\\PC{0,20}") {
        signatures::check(format!("\u{3}{template}\0{value}").as_bytes());
    }
}
