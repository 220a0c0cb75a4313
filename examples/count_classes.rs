//! Counts over many logs what they failed for: by class, and by failure. One matcher is shared by all threads.
//!
//! ```sh
//! cargo run --example count_classes -- corpus/go/*/buildkit-0.29.log
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, io, thread};

use whyfail::model::Outcome;
use whyfail::{Diagnoser, Diagnosis, Matcher, SignatureDb};

fn main() -> Result<(), Box<dyn Error>> {
    let logs: Vec<String> = env::args().skip(1).collect();
    if logs.is_empty() {
        return Err("usage: count_classes LOG…".into());
    }
    let matcher = Arc::new(Matcher::new(SignatureDb::built_in()));
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, usize::from).min(logs.len());
    let mut found: Vec<(usize, io::Result<Diagnosis>)> = thread::scope(|scope| {
        let work = || {
            let mut found = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(log) = logs.get(at) else { return found };
                found.push((at, diagnose(log, &matcher)));
            }
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });

    // In the order of the logs, whichever thread was faster.
    found.sort_by_key(|(at, _)| *at);

    let mut classes: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut failures: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for (_, diagnosis) in found {
        let diagnosis = diagnosis?;
        let class = match (diagnosis.causes.first(), diagnosis.outcome) {
            (Some(cause), _) => cause.class.as_str(),
            (None, Outcome::Failed) => "unknown",
            (None, outcome) => outcome.as_str(),
        };
        *classes.entry(class).or_default() += 1;
        if let (Some(fingerprint), Some(cause)) = (diagnosis.fingerprint, diagnosis.causes.first()) {
            failures.entry(fingerprint).or_insert_with(|| (0, cause.title.clone())).0 += 1;
        }
    }
    println!("{} logs", logs.len());
    for (class, count) in &classes {
        println!("{count:>4} {class}");
    }
    let mut often: Vec<&(usize, String)> = failures.values().filter(|(count, _)| *count > 1).collect();
    often.sort_by(|a, b| b.cmp(a));
    println!("{} different failures; more than once:", failures.len());
    for (count, title) in often {
        println!("{count:>4} {title}");
    }
    Ok(())
}

fn diagnose(log: &str, matcher: &Arc<Matcher>) -> io::Result<Diagnosis> {
    let mut diagnoser = Diagnoser::new(Arc::clone(matcher)).named(log);
    diagnoser.feed(&fs::read(log)?);
    Ok(diagnoser.finish())
}
