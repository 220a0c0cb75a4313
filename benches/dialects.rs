//! What each dialect costs: logs of builds that passed. `cargo bench --bench dialects`; figures are bytes of log a second.

mod kit;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kit::logs::{self, Kind};

fn dialects(c: &mut Criterion) {
    let matcher = kit::matcher();
    let mut group = c.benchmark_group("dialect");
    for (name, kind) in Kind::ALL {
        if matches!(kind, Kind::Failing | Kind::Hostile | Kind::Ci | Kind::Short) {
            continue;
        }
        let log = logs::make(kind, 4 << 20);
        group.throughput(Throughput::Bytes(log.len() as u64));
        group.bench_function(name, |b| b.iter(|| kit::diagnose(&matcher, black_box(&log))));
    }
    group.finish();
}

criterion_group!(name = benches; config = kit::criterion(); targets = dialects);
criterion_main!(benches);
