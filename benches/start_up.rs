//! What a diagnosis costs whatever the log's length: preparing the database, reading a short log, ranking what was found.
//! `cargo bench --bench start_up`. The database is unpacked once in a process and is not part of these figures:
//! `benches/instructions.py` and `benches/compare.sh` measure whole processes.

mod kit;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use kit::logs::{self, Kind};
use whyfail::{Matcher, SignatureDb};

fn start_up(c: &mut Criterion) {
    c.bench_function("start-up/prepare the database", |b| b.iter(|| Matcher::new(black_box(SignatureDb::built_in()))));
    let short = logs::make(Kind::Short, 0);
    // A matcher compiles a regex when it needs it first, so each run gets a new one.
    c.bench_function("start-up/50-line failing log", |b| {
        b.iter_batched(kit::matcher, |matcher| kit::diagnose(&matcher, black_box(&short)), BatchSize::PerIteration);
    });
}

fn ranking(c: &mut Criterion) {
    let matcher = kit::matcher();
    for (name, kind) in [("of one failed step", Kind::Short), ("of two dozen causes in turn", Kind::Failing)] {
        let log = logs::make(kind, 1 << 20);
        c.bench_function(&format!("ranking/{name}"), |b| {
            b.iter_batched(|| kit::read(&matcher, &log), |diagnoser| diagnoser.finish(), BatchSize::PerIteration);
        });
    }
}

criterion_group!(name = benches; config = kit::criterion(); targets = start_up, ranking);
criterion_main!(benches);
