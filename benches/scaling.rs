//! How the cost grows with the number of signatures, which should hardly matter, and with the bytes, to which it should be
//! proportional. `cargo bench --bench scaling`; figures are bytes of log a second.

mod kit;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kit::logs::{self, Kind};
use whyfail::signature::literal::Literal;
use whyfail::signature::{Origin, Signature};
use whyfail::{Matcher, SignatureDb};

/// The same signature under another name, for messages of the same words in another order.
fn altered(signature: &Signature) -> Signature {
    let mut copy = signature.clone();
    copy.id.push_str("-altered");
    for pattern in copy.patterns.iter_mut().chain(&mut copy.near).chain(&mut copy.unless_near) {
        for literal in &mut pattern.literals {
            *literal = Literal::new(reordered(&literal.text));
        }
        let texts: Vec<String> =
            pattern.literals.iter().map(|literal| regex::escape(&String::from_utf8_lossy(&literal.text))).collect();
        pattern.regex = format!("(?i){}", texts.join("|"));
    }
    copy
}

fn reordered(text: &[u8]) -> Vec<u8> {
    let mut words: Vec<&[u8]> = text.split(|byte| *byte == b' ').collect();
    words.reverse();
    let reordered = words.join(&b' ');
    if reordered == text { text.iter().rev().copied().collect() } else { reordered }
}

fn signatures(c: &mut Criterion) {
    let all = SignatureDb::built_in().signatures().cloned().collect::<Vec<_>>();
    let every = |nth: usize| all.iter().step_by(nth).cloned().collect::<Vec<_>>();
    let twice = all.iter().cloned().chain(all.iter().map(altered)).collect();
    let log = logs::make(Kind::Plain, 8 << 20);
    let mut group = c.benchmark_group("signatures");
    for set in [every(4), every(2), every(1), twice] {
        let count = set.len();
        let db = Arc::new(SignatureDb::from_signatures(set, Origin::BuiltIn));
        let matcher = Arc::new(Matcher::new(Arc::clone(&db)));
        group.throughput(Throughput::Bytes(log.len() as u64));
        group.bench_function(BenchmarkId::new("scan", count), |b| b.iter(|| kit::diagnose(&matcher, black_box(&log))));
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("prepare", count), |b| b.iter(|| Matcher::new(Arc::clone(&db))));
    }
    group.finish();
}

fn bytes(c: &mut Criterion) {
    let matcher = kit::matcher();
    let mut group = c.benchmark_group("bytes");
    for (name, kind) in [("passing", Kind::Plain), ("failing", Kind::Failing), ("hostile", Kind::Hostile)] {
        for size in [64 << 10, 512 << 10, 4 << 20] {
            let log = logs::make(kind, size);
            group.throughput(Throughput::Bytes(log.len() as u64));
            group.bench_function(BenchmarkId::new(name, log.len()), |b| {
                b.iter(|| kit::diagnose(&matcher, black_box(&log)))
            });
        }
    }
    group.finish();
}

criterion_group!(name = benches; config = kit::criterion(); targets = signatures, bytes);
criterion_main!(benches);
