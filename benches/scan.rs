//! How fast logs are diagnosed: of builds that passed, that failed, and such as hold a fixed text on every line.
//! `cargo bench --bench scan`; figures are bytes of log a second.

mod kit;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kit::logs::{self, Kind};

fn scan(c: &mut Criterion) {
    let matcher = kit::matcher();
    let mut group = c.benchmark_group("scan");
    for (name, kind, size) in [
        ("passing", Kind::Plain, 16 << 20),
        ("failing, 1 % of the lines", Kind::Failing, 4 << 20),
        ("hostile, every line", Kind::Hostile, 1 << 20),
        ("CI job with a failed test", Kind::Ci, 16 << 20),
    ] {
        let log = logs::make(kind, size);
        group.throughput(Throughput::Bytes(log.len() as u64));
        group.bench_function(name, |b| b.iter(|| kit::diagnose(&matcher, black_box(&log))));
    }
    group.finish();
}

criterion_group!(name = benches; config = kit::criterion(); targets = scan);
criterion_main!(benches);
