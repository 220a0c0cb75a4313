//! How fast whole logs are diagnosed. `cargo bench`; figures are bytes of log a second.

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use whyfail::{Diagnoser, Matcher, SignatureDb};

/// Words that ordinary builds print.
const WORDS: [&str; 16] = [
    "serde", "regex", "tokio", "hyper", "webpack", "react", "openssl", "kernel", "vendor", "internal", "cache",
    "parser", "codec", "window", "thread", "socket",
];

/// A log of a good build, some `size` bytes long, as BuildKit prints it (`prefix`) or without any builder.
fn passing(size: usize, builder: bool) -> String {
    let mut log = String::with_capacity(size + 1_000);
    let word = |n: usize| WORDS[(n * 7 + n / 16) % WORDS.len()];
    let mut n = 0;
    while log.len() < size {
        let step = n / 5_000 + 1;
        if builder {
            if n % 5_000 == 0 {
                let _ = writeln!(log, "#{step} [builder {step}/99] RUN make part{step}");
            }
            let _ = write!(log, "#{step} {}.{:03} ", n % 5_000 / 10, n % 1_000);
        }
        let (a, b) = (word(n), word(n / 3));
        let _ = match n % 8 {
            0 => writeln!(
                log,
                "Get:{n} http://deb.example.org/debian bookworm/main amd64 lib{a}-{b} amd64 1.{n} [{n} kB]"
            ),
            1 => writeln!(log, "   Compiling {a}-{b} v1.{}.{}", n % 30, n % 7),
            2 => writeln!(log, "gcc -O2 -Wall -Wextra -Werror -c -o build/{a}_{n}.o src/{b}/{a}_{n}.c"),
            3 => writeln!(log, "  Downloading {a}_{b}-{}.{}-py3-none-any.whl ({n} kB)", n % 9, n % 11),
            4 => writeln!(log, "Setting up lib{a}{}:amd64 (2.{}-{}) ...", n % 9, n % 40, n % 4),
            5 => writeln!(log, "asset {a}.{n:08x}.js {n} KiB [emitted] [minimized] (name: {b})"),
            6 => writeln!(log, "ok  \texample.com/{a}/{b}\t0.{:03}s", n % 999),
            _ => writeln!(log, "[{:3}%] Building CXX object src/{a}/CMakeFiles/{b}.dir/{a}.cpp.o", n % 100),
        };
        n += 1;
        if builder && n % 5_000 == 0 {
            let _ = writeln!(log, "#{step} DONE 12.3s\n");
        }
    }
    log
}

/// A short failing build.
fn failing() -> String {
    let mut log = passing(4_000, true);
    log.push_str("#2 [builder 2/3] RUN go mod download\n");
    log.push_str("#2 0.412 go: example.com/m@v1.2.3: reading https://proxy.example.org/example.com/m/@v/v1.2.3.mod: 403 Forbidden\n");
    log.push_str("#2 ERROR: process \"/bin/sh -c go mod download\" did not complete successfully: exit code: 1\n");
    log
}

fn diagnose(matcher: &Arc<Matcher>, log: &[u8]) -> usize {
    let mut diagnoser = Diagnoser::new(Arc::clone(matcher));
    for chunk in log.chunks(256 * 1024) {
        diagnoser.feed(chunk);
    }
    diagnoser.finish().causes.len()
}

fn scan(c: &mut Criterion) {
    let matcher = Arc::new(Matcher::new(SignatureDb::built_in()));
    let mut group = c.benchmark_group("scan");
    group.sample_size(10);
    for (name, log) in [
        ("passing, BuildKit", passing(16 << 20, true)),
        ("passing, plain", passing(16 << 20, false)),
        ("failing, 50 lines", failing()),
    ] {
        group.throughput(Throughput::Bytes(log.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &log, |b, log| {
            b.iter(|| diagnose(&matcher, black_box(log.as_bytes())));
        });
    }
    group.finish();
}

fn start_up(c: &mut Criterion) {
    c.bench_function("prepare the database", |b| b.iter(|| Matcher::new(black_box(SignatureDb::built_in()))));
}

criterion_group!(benches, scan, start_up);
criterion_main!(benches);
