//! Whether answers deserve trust, measured on the recorded corpus: a log of which a part is missing, and the same failure in several logs.
//! Figures are printed: `cargo test --test judgement -- --nocapture`.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use common::{corpus, diagnose};
use whyfail::model::{Cause, Confidence};

/// Recorded logs of failures, in which a line is a line.
fn failures() -> impl Iterator<Item = PathBuf> {
    corpus().into_iter().filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let good = path.components().any(|part| part.as_os_str() == "good");
        name.ends_with(".log") && !good && !name.contains("rawjson") && !name.contains("tty")
    })
}

/// Numbers that are the same in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

#[derive(Default)]
struct Cuts {
    all: usize,
    same: usize,
    /// Another first cause, although with high confidence.
    fooled: Vec<String>,
}

fn cut(cuts: &mut Cuts, path: &Path, whole: &Cause, lines: &[&[u8]]) {
    let answer = diagnose(&lines.concat());
    let first = answer.causes.first();
    cuts.all += 1;
    if first.is_some_and(|cause| cause.signature == whole.signature) {
        cuts.same += 1;
    } else if let Some(cause) = first.filter(|cause| cause.confidence == Confidence::High) {
        cuts.fooled.push(format!("{}: {} for {}", path.display(), cause.signature, whole.signature));
    }
}

#[test]
fn a_log_of_which_a_part_is_missing_keeps_its_cause_or_its_modesty() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let (mut heads, mut tails, mut middles) = (Cuts::default(), Cuts::default(), Cuts::default());
    for path in failures() {
        let log = std::fs::read(&path).expect("it was listed");
        let answer = diagnose(&log);
        let Some(whole) = answer.causes.first() else { continue };
        let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
        let proof = whole.evidence.first().map_or(1, |evidence| evidence.line) as usize;
        let from = numbers.below(proof.saturating_sub(1));
        cut(&mut heads, &path, whole, &lines[from..]);
        let to = proof + numbers.below(lines.len() + 1 - proof.min(lines.len()));
        cut(&mut tails, &path, whole, &lines[..to.min(lines.len())]);
        let from = numbers.below(lines.len());
        let to = from + 1 + numbers.below(lines.len() - from);
        cut(&mut middles, &path, whole, &lines[from..to.min(lines.len())]);
    }
    for (name, cuts) in [("without its head", &heads), ("without its tail", &tails), ("any piece", &middles)] {
        println!(
            "{name}: {} logs, the same cause {}, another with high confidence {}",
            cuts.all,
            cuts.same,
            cuts.fooled.len()
        );
        for fooled in &cuts.fooled {
            println!("    {fooled}");
        }
    }
    let share = |cuts: &Cuts| cuts.same as f64 / cuts.all.max(1) as f64;
    assert!(share(&heads) > 0.99, "the end of the failing step is there: {:.4}", share(&heads));
    assert!(share(&tails) > 0.98, "the proof is there: {:.4}", share(&tails));
    let (all, fooled) = [&heads, &tails, &middles]
        .into_iter()
        .fold((0, 0), |(all, fooled), cuts| (all + cuts.all, fooled + cuts.fooled.len()));
    assert!(fooled * 1000 <= all * 4, "{fooled} of {all} pieces give another cause with high confidence");
}

#[test]
fn one_failure_has_one_fingerprint_and_another_has_another() {
    let mut scenarios: BTreeMap<PathBuf, BTreeMap<String, usize>> = BTreeMap::new();
    let mut meanings: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in corpus() {
        let Ok(log) = std::fs::read(&path) else { continue };
        let answer = diagnose(&log);
        let Some(cause) = answer.causes.first() else { continue };
        let folder = path.parent().expect("in a folder").to_owned();
        *scenarios.entry(folder).or_default().entry(cause.fingerprint.clone()).or_default() += 1;
        meanings.entry(cause.fingerprint.clone()).or_default().insert(cause.signature.clone());
    }
    let all: usize = scenarios.values().flat_map(BTreeMap::values).sum();
    let usual: usize = scenarios.values().filter_map(|counts| counts.values().max()).sum();
    let several = scenarios.values().filter(|counts| counts.len() > 1).count();
    println!(
        "{usual} of {all} logs have the usual fingerprint of their project; {several} of {} projects have several",
        scenarios.len()
    );
    println!("{} fingerprints", meanings.len());
    let collisions: Vec<_> = meanings.iter().filter(|(_, signatures)| signatures.len() > 1).collect();
    assert!(collisions.is_empty(), "one fingerprint for several signatures: {collisions:?}");
    assert!(usual * 1000 >= all * 980, "{usual} of {all}");
}
