//! What the benches share: logs, and one way to diagnose them.

// Each bench uses its own part.
#![allow(dead_code)]

pub mod logs;

use std::sync::Arc;
use std::time::Duration;

use criterion::Criterion;
use whyfail::{Diagnoser, Matcher, SignatureDb};

/// What the program reads at a time.
const CHUNK: usize = 256 << 10;

/// Few samples of short runs: the differences that matter are large, and all benches together should take a few minutes.
pub fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(400))
        .measurement_time(Duration::from_millis(1_500))
}

/// The built-in signatures, ready to match.
pub fn matcher() -> Arc<Matcher> {
    Arc::new(Matcher::new(SignatureDb::built_in()))
}

/// A diagnoser that has read the whole log.
pub fn read(matcher: &Arc<Matcher>, log: &[u8]) -> Diagnoser {
    let mut diagnoser = Diagnoser::new(Arc::clone(matcher));
    for chunk in log.chunks(CHUNK) {
        diagnoser.feed(chunk);
    }
    diagnoser
}

/// The number of causes found.
pub fn diagnose(matcher: &Arc<Matcher>, log: &[u8]) -> usize {
    read(matcher, log).finish().causes.len()
}
