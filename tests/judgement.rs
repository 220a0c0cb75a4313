//! Whether answers deserve trust, measured on the recorded corpus: a log of which a part is missing, and the same failure in several logs.
//! Figures are printed: `cargo test --test judgement -- --nocapture`.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::{corpus, diagnose};
use whyfail::model::{Cause, Confidence};
use whyfail::signature::{Class, Owner, Retry};
use whyfail::{Diagnoser, Matcher, SignatureDb};

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
    /// Another first cause, or none.
    changed: Vec<String>,
    /// Another first cause, although with high confidence.
    fooled: Vec<String>,
}

fn cut(cuts: &mut Cuts, path: &Path, causes: &[Cause], lines: &[&[u8]]) {
    let Some(whole) = causes.first() else { return };
    let answer = diagnose(&lines.concat());
    let first = answer.causes.first();
    cuts.all += 1;
    // Where the proof itself is cut off, what it led to is left of it.
    let db = SignatureDb::built_in();
    let led = |cause: &Cause| {
        let known = |id: &str| db.get(id).expect("a cause has a signature");
        known(&whole.signature).leads_to(known(&cause.signature)) && cause.class == whole.class
    };
    if first.is_some_and(|cause| cause.signature == whole.signature || led(cause)) {
        cuts.same += 1;
        return;
    }
    let found = first.map_or("nothing", |cause| &cause.signature);
    cuts.changed.push(format!("{}: {found} for {}", path.display(), whole.signature));
    if let Some(cause) = first.filter(|cause| {
        // A second failure of the whole log is none that was made up.
        cause.confidence == Confidence::High && !causes.iter().any(|known| known.signature == cause.signature)
    }) {
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
        cut(&mut heads, &path, &answer.causes, &lines[from..]);
        let to = proof + numbers.below(lines.len() + 1 - proof.min(lines.len()));
        cut(&mut tails, &path, &answer.causes, &lines[..to.min(lines.len())]);
        let from = numbers.below(lines.len());
        let to = from + 1 + numbers.below(lines.len() - from);
        cut(&mut middles, &path, &answer.causes, &lines[from..to.min(lines.len())]);
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
    println!("another cause without the head:");
    heads.changed.iter().for_each(|changed| println!("    {changed}"));
    let share = |cuts: &Cuts| cuts.same as f64 / cuts.all.max(1) as f64;
    assert!(heads.changed.is_empty(), "the end of the failing step is there");
    assert!(share(&tails) > 0.98, "the proof is there: {:.4}", share(&tails));
    let fooled = [&heads, &tails, &middles].into_iter().map(|cuts| cuts.fooled.len()).sum::<usize>();
    assert_eq!(fooled, 0, "pieces that give another cause with high confidence");
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

/// Takes away the signature that explains a log, one after the other, and asks again: what is said then is of another failure, mostly
/// of a consequence. Of such an answer nobody may be sure.
#[test]
fn without_its_signature_a_failure_is_not_explained_with_high_confidence() {
    let mut logs: BTreeMap<String, Vec<(PathBuf, Class)>> = BTreeMap::new();
    for path in failures() {
        let answer = diagnose(&std::fs::read(&path).expect("it was listed"));
        if let Some(cause) = answer.causes.first() {
            logs.entry(cause.signature.clone()).or_default().push((path, cause.class));
        }
    }
    let built_in = SignatureDb::built_in();
    let mut table: BTreeMap<Confidence, [usize; 2]> = BTreeMap::new();
    let (mut all, mut unexplained) = (0, 0);
    for (signature, logs) in logs {
        let mut db = (*built_in).clone();
        assert!(db.remove(&signature), "{signature}");
        let matcher = Arc::new(Matcher::new(Arc::new(db)));
        for (path, class) in logs {
            let mut diagnoser = Diagnoser::new(Arc::clone(&matcher));
            diagnoser.feed(&std::fs::read(&path).expect("it was listed"));
            let answer = diagnoser.finish();
            all += 1;
            let Some(cause) = answer.causes.first() else {
                unexplained += 1;
                continue;
            };
            let counts = table.entry(cause.confidence).or_default();
            counts[1] += 1;
            counts[0] += usize::from(cause.class == class);
        }
    }
    println!("without their signature {unexplained} of {all} logs are unexplained");
    for (confidence, [right, said]) in &table {
        println!("    {} confidence: the class of the failure in {right} of {said}", confidence.as_str());
    }
    let [right, said] = table.get(&Confidence::High).copied().unwrap_or_default();
    assert!((said - right) * 100 <= all * 4, "{} of {all} are surely of another class", said - right);
}

/// Who mostly has to act on a class, who else may where the failure is of one kind or the other, and whether a retry helps.
fn usual(class: Class) -> (&'static [Owner], Retry) {
    use Owner::{Code, Configuration, Dependencies, Infrastructure};
    match class {
        Class::NetRateLimit | Class::NetServerError | Class::NetTimeout => (&[Infrastructure], Retry::Helps),
        Class::NetDns | Class::NetRefused | Class::ResMemory | Class::Daemon | Class::TimeoutCi => {
            (&[Infrastructure], Retry::Unknown)
        }
        Class::NetProxy | Class::ResDisk | Class::ResOther | Class::PermSocket => (&[Infrastructure], Retry::No),
        Class::NetTls | Class::NetForbidden => (&[Infrastructure, Configuration], Retry::No),
        Class::IntegrityChecksum => (&[Dependencies, Infrastructure, Configuration], Retry::Unknown),
        Class::ModMissingSum | Class::ModNeedsTidy | Class::ModPathConflict => (&[Dependencies], Retry::No),
        // Also a download whose address is wrong.
        Class::ModNotFound => (&[Dependencies, Configuration], Retry::No),
        Class::PkgNpm
        | Class::PkgPip
        | Class::PkgCargo
        | Class::PkgMavenGradle
        | Class::PkgDotnet
        | Class::PkgOther => (&[Dependencies], Retry::No),
        Class::CompileError | Class::TestFailure => (&[Code], Retry::No),
        Class::RuntimeCrash => (&[Code, Configuration], Retry::Unknown),
        // Also a file of the project that does not parse.
        Class::Config => (&[Configuration, Code], Retry::No),
        Class::CmdNotFound | Class::PermFile => (&[Configuration, Infrastructure], Retry::No),
        _ => (&[Configuration], Retry::No),
    }
}

#[test]
fn owner_and_retry_are_those_of_the_kind_of_failure() {
    let (mut all, mut owners, mut retries) = (0, 0, 0);
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    for path in failures() {
        let answer = diagnose(&std::fs::read(&path).expect("it was listed"));
        let Some(cause) = answer.causes.first() else { continue };
        let (owner, retry) = usual(cause.class);
        all += 1;
        owners += usize::from(owner.contains(&cause.owner));
        retries += usize::from(cause.retry == retry || (retry == Retry::Unknown && cause.retry == Retry::No));
        if !owner.contains(&cause.owner) || (cause.retry != retry && retry != Retry::Unknown) {
            let what = format!("{} {}: {:?}, {:?}", cause.class, cause.signature, cause.owner, cause.retry);
            *others.entry(what).or_default() += 1;
        }
        // A lock that another process holds is the one thing that goes away by itself.
        let passes = retry != Retry::No || cause.signature.ends_with("/lock");
        assert!(cause.retry != Retry::Helps || passes, "{}: {}", path.display(), cause.signature);
    }
    println!("of {all} failures owner {owners}, retry {retries} as usual; others:");
    others.iter().for_each(|(what, count)| println!("    {count:4} {what}"));
    assert!(owners * 100 >= all * 95, "owner {owners} of {all}");
    assert!(retries * 100 >= all * 95, "retry {retries} of {all}");
}
