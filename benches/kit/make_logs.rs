//! Writes a build log to standard output.
//!
//!     cargo run --release --example make_logs -- KIND [SIZE]
//!
//! KIND is one of the names in `logs::Kind::ALL`, or `hostile-all`: each line holds the fixed text of another signature of the database.
//! SIZE is in bytes, or with K, M or G (powers of 1024); 16M where it is left out.

#[path = "logs/mod.rs"]
mod logs;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::ExitCode;

use whyfail::SignatureDb;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (kind, size) = match args.as_slice() {
        [kind] => (kind.as_str(), Some(16 << 20)),
        [kind, size] => (kind.as_str(), bytes(size)),
        _ => ("", None),
    };
    let mut out = io::stdout().lock();
    let written = match (logs::Kind::named(kind), size) {
        (Some(kind), Some(size)) => logs::write(kind, size, &mut out),
        (None, Some(size)) if kind == "hostile-all" => hostile_all(size, &mut out),
        _ => {
            let kinds: Vec<&str> = logs::Kind::ALL.iter().map(|(name, _)| *name).collect();
            eprintln!(
                "usage: make_logs KIND [SIZE]\nKIND: {}, hostile-all\nSIZE: 1000, 64K, 16M, 1G",
                kinds.join(", ")
            );
            return ExitCode::from(2);
        }
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        // Who read it has had enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("make_logs: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = match text.as_bytes().last()? {
        b'K' => (&text[..text.len() - 1], 1 << 10),
        b'M' => (&text[..text.len() - 1], 1 << 20),
        b'G' => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Every line holds a text on which some signature relies, between words of a good build.
fn hostile_all(size: u64, out: &mut dyn Write) -> io::Result<()> {
    let db = SignatureDb::built_in();
    let texts: BTreeSet<&[u8]> = db
        .signatures()
        .flat_map(|signature| signature.scanned())
        .flat_map(|pattern| &pattern.literals)
        .map(|literal| literal.text.as_slice())
        .collect();
    let mut words = logs::lines::Lines::new(1);
    let mut out = io::BufWriter::new(out);
    let mut written = 0;
    for text in texts.iter().cycle() {
        if written >= size || texts.is_empty() {
            break;
        }
        let head = format!("{:05x} ", words.below(1 << 20));
        let tail = format!(" in part {}\n", words.below(1_000));
        for piece in [head.as_bytes(), text, tail.as_bytes()] {
            out.write_all(piece)?;
            written += piece.len() as u64;
        }
    }
    out.flush()
}
