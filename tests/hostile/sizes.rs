//! Logs of great size: memory stays within a bound that does not depend on it, and time grows with it and no faster.
//!
//! The ordinary test takes small sizes; `cargo test --release --test hostile -- --ignored --nocapture --test-threads 1` takes the
//! full ones and prints what they cost; `WHYFAIL_SIZES="one line"` takes only those with these words in their name.

use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::process::{ChildStdin, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use whyfail::SignatureDb;

use super::common::Sandbox;
use super::common::memory::peak;

/// What the program may take, in KiB.
const MEMORY: u64 = 64 << 10;
const MB: u64 = 1 << 20;

/// Writes a log of some size into a pipe.
type Writer = fn(&mut dyn Write, u64) -> std::io::Result<()>;

/// A kind of log: its name, how it is written, and its size (bytes, or steps): of the ordinary test and in full.
struct Kind {
    name: &'static str,
    write: Writer,
    small: u64,
    full: u64,
    /// The exit statuses that are right.
    ends: &'static [i32],
}

static KINDS: &[Kind] = &[
    Kind { name: "one line", write: one_line, small: 8 * MB, full: 1024 * MB, ends: &[0, 1] },
    Kind { name: "one line of errors", write: one_line_of_errors, small: 2 * MB, full: 256 * MB, ends: &[0, 1] },
    Kind { name: "only NULs", write: nuls, small: 8 * MB, full: 1024 * MB, ends: &[2] },
    Kind { name: "only line feeds and NULs", write: nul_lines, small: 4 * MB, full: 256 * MB, ends: &[0] },
    Kind { name: "lone returns", write: returns, small: 4 * MB, full: 256 * MB, ends: &[0] },
    Kind { name: "lines that end with a return", write: return_lines, small: 2 * MB, full: 256 * MB, ends: &[0, 1] },
    Kind { name: "UTF-16", write: wide, small: 4 * MB, full: 256 * MB, ends: &[0, 1] },
    Kind { name: "steps", write: steps, small: 30_000, full: 10_000_000, ends: &[1, 3] },
    Kind { name: "steps that fail", write: failed_steps, small: 3_000, full: 300_000, ends: &[1] },
    Kind { name: "steps with long names", write: long_names, small: 10_000, full: 300_000, ends: &[1, 3] },
    Kind { name: "wrappers", write: wrappers, small: MB, full: 256 * MB, ends: &[0, 1] },
    Kind { name: "one line of wrappers", write: line_of_wrappers, small: MB, full: 256 * MB, ends: &[0, 1] },
    Kind { name: "all texts on one line", write: all_texts, small: 1, full: 40, ends: &[0, 1] },
    Kind { name: "some texts on each line", write: some_texts, small: MB, full: 32 * MB, ends: &[0, 1] },
    Kind { name: "deep JSON", write: deep_json, small: 2 * MB, full: 256 * MB, ends: &[0, 1, 3] },
    Kind { name: "deep JSON on one line", write: deeper_json, small: 2 * MB, full: 256 * MB, ends: &[0, 1] },
    Kind { name: "escape sequences", write: escapes, small: MB, full: 128 * MB, ends: &[0, 1] },
    Kind { name: "sequences that are never closed", write: open_escapes, small: MB, full: 128 * MB, ends: &[0, 1] },
    Kind { name: "moves to the right", write: moves, small: MB, full: 64 * MB, ends: &[0, 1] },
    Kind { name: "distinct captures", write: distinct, small: MB, full: 64 * MB, ends: &[1] },
    Kind { name: "secrets", write: secrets, small: MB, full: 64 * MB, ends: &[0, 1] },
];

/// Writes a text again and again, `size` bytes in all.
fn again(out: &mut dyn Write, text: &[u8], size: u64) -> std::io::Result<()> {
    let block: Vec<u8> = text.iter().copied().cycle().take(text.len() * (1 + 65_536 / text.len())).collect();
    let mut left = size;
    while left > 0 {
        let piece = usize::try_from(left).map_or(block.len(), |left| left.min(block.len()));
        out.write_all(&block[..piece])?;
        left -= piece as u64;
    }
    Ok(())
}

fn one_line(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    out.write_all(b"error: ")?;
    again(out, b"x", size)?;
    out.write_all(b" failed\n")
}

fn one_line_of_errors(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    again(out, b"error: failed to solve: x: not found ", size)
}

fn nuls(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    again(out, b"\0", size)
}

fn nul_lines(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    again(out, b"\0\0\0\n", size)
}

fn returns(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    again(out, b"\r", size)
}

fn return_lines(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    again(out, b"step 1 of 9, error: x failed\r", size)
}

fn wide(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    let text: Vec<u8> = "error: größer failed\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    out.write_all(b"\xff\xfe")?;
    again(out, &text, size / text.len() as u64 * text.len() as u64)
}

fn steps(out: &mut dyn Write, count: u64) -> std::io::Result<()> {
    (0..count).try_for_each(|id| writeln!(out, "#{id} [{id}/{count}] RUN make {id}\n#{id} 0.1 error: failed {id}"))
}

fn failed_steps(out: &mut dyn Write, count: u64) -> std::io::Result<()> {
    (0..count).try_for_each(|id| {
        writeln!(out, "#{id} [{id}/{count}] RUN make {id}\n#{id} 0.1 /bin/sh: c{id}: not found\n#{id} ERROR: process \"/bin/sh -c make {id}\" did not complete successfully: exit code: 127")
    })
}

fn long_names(out: &mut dyn Write, count: u64) -> std::io::Result<()> {
    let long = "x".repeat(2_100);
    (0..count).try_for_each(|id| {
        writeln!(out, "#{id} [{id}/{count}] RUN {long}\n#{id} 0.1 error: {long}\n#{id} ERROR: process \"/bin/sh -c x\" did not complete successfully: exit code: 1")
    })
}

fn wrappers(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    let around =
        "2026-01-01T00:00:00.0000000Z web-1  | 2026-01-01T00:00:00Z [2026-01-01T00:00:00.000Z] ##[group]".repeat(40);
    again(out, format!("{around}error: x failed\n").as_bytes(), size)
}

fn line_of_wrappers(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    again(out, b"2026-01-01T00:00:00.0000000Z web-1  | ", size)
}

/// The fixed texts of all signatures.
static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let db = SignatureDb::built_in();
    let patterns = db.signatures().flat_map(|signature| signature.scanned());
    let mut texts: Vec<String> = patterns
        .flat_map(|pattern| &pattern.literals)
        .map(|literal| String::from_utf8_lossy(&literal.text).replace('\n', " "))
        .collect();
    texts.sort();
    texts.dedup();
    texts
});

fn all_texts(out: &mut dyn Write, count: u64) -> std::io::Result<()> {
    let line = TEXTS.join(" ");
    (0..count).try_for_each(|_| writeln!(out, "{line}"))
}

/// Each line holds others, so that all signatures have their turn; whole messages among them.
fn some_texts(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    let db = SignatureDb::built_in();
    let samples: Vec<&str> = db.signatures().map(|signature| signature.prose().sample.as_str()).collect();
    let mut written = 0;
    for at in 0usize.. {
        let mut line = String::new();
        for place in 0..40 {
            let _ = write!(line, "{} ", TEXTS[(at * 40 + place * 7) % TEXTS.len()]);
        }
        let sample = samples[at % samples.len()];
        writeln!(out, "{line}\n{sample}")?;
        written += (line.len() + sample.len() + 2) as u64;
        if written >= size {
            break;
        }
    }
    Ok(())
}

fn deep_json(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    again(out, &super::corpus::deep_json(100_000), size)
}

fn deeper_json(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    out.write_all(b"{\"vertexes\":")?;
    again(out, b"[", size)
}

fn escapes(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    again(out, b"\x1b]52;c;aGVsbG8=\x07\x1b[31merror\x1b[0m\x1bPq#0\x1b\\\x1b[2J\x08", size)
}

fn open_escapes(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    again(out, b"\x1b]0;\x1bP\x1b\x1b]", size)
}

fn moves(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    again(out, b"\x1b[400C", size)
}

fn distinct(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    let long = "x".repeat(180);
    let mut written = 0;
    for at in 0u64.. {
        let text = format!(
            "E: Unable to locate package p{at}{long}\n/src/{at}/{long}/main.c:{at}:3: error: unknown type name 't{at}'\n./p{at}/{long}.go:8:2: undefined: u{at}\n/bin/sh: c{at}{long}: not found\n"
        );
        out.write_all(text.as_bytes())?;
        written += text.len() as u64;
        if written >= size {
            break;
        }
    }
    Ok(())
}

fn secrets(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    let token = ["gh", "p_", "0123456789abcdefghijABCDEFGHIJ012345"].concat();
    let key = "aB3d".repeat(16);
    let line = format!("error: TOKEN={token} https://a:b@x password={key} -----BEGIN RSA PRIVATE KEY-----\n{key}\n");
    again(out, line.as_bytes(), size)
}

/// What a run took.
struct Cost {
    code: i32,
    /// KiB; of the operating systems only Linux tells.
    memory: Option<u64>,
    time: Duration,
    out: String,
}

/// Pipes a log into the program.
fn measure(kind: &Kind, size: u64) -> Cost {
    let sandbox = Sandbox::new();
    let mut command = sandbox.whyfail(&["--no-echo", "-f", "brief", "-o", "json=report.json"]);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("whyfail starts");
    let pipe = child.stdin.take().expect("a pipe");
    let write = kind.write;
    // The program may end early.
    let feed = move |pipe: ChildStdin| {
        let mut out = BufWriter::with_capacity(1 << 16, pipe);
        let _ = write(&mut out, size).and_then(|()| out.flush());
    };
    let started = Instant::now();
    let writer = std::thread::spawn(move || feed(pipe));
    let mut memory = None;
    let code = loop {
        memory = peak(child.id()).max(memory);
        if let Some(status) = child.try_wait().expect("it is a child") {
            break status.code().unwrap_or(-1);
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let time = started.elapsed();
    writer.join().expect("the writer ends");
    let mut out = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().expect("a pipe"), &mut out).expect("UTF-8");
    Cost { code, memory, time, out }
}

fn holds(kind: &Kind, size: u64) -> Cost {
    let cost = measure(kind, size);
    assert!(kind.ends.contains(&cost.code), "{}: exit status {}: {}", kind.name, cost.code, cost.out);
    assert!(cost.memory.is_none_or(|memory| memory <= MEMORY), "{}: {:?} KiB", kind.name, cost.memory);
    assert!(cost.out.len() <= 1_100, "{}: {}", kind.name, cost.out);
    cost
}

#[test]
fn memory_is_bounded_and_time_linear() {
    for kind in KINDS {
        let small = holds(kind, kind.small);
        let large = holds(kind, 4 * kind.small);
        // Far from exact: other tests run beside it. What grows with the square takes sixteen times as long.
        let most = 10 * small.time + Duration::from_secs(3);
        assert!(large.time <= most, "{}: {:?}, four times as much {:?}", kind.name, small.time, large.time);
    }
}

#[test]
#[ignore = "takes minutes; see the top of the file"]
fn full_sizes() {
    println!("| log | size | seconds | MiB |\n|---|---|---|---|");
    let wanted = std::env::var("WHYFAIL_SIZES").unwrap_or_default();
    for kind in KINDS.iter().filter(|kind| kind.name.contains(&wanted)) {
        let cost = holds(kind, kind.full);
        let unit = if kind.full >= MB && !kind.name.contains("step") {
            format!("{} MB", kind.full / MB)
        } else {
            kind.full.to_string()
        };
        let memory = cost.memory.map_or_else(|| "–".to_owned(), |memory| format!("{:.1}", memory as f64 / 1024.0));
        println!("| {} | {unit} | {:.1} | {memory} |", kind.name, cost.time.as_secs_f64());
    }
}
