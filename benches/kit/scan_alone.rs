//! Prints how many bytes of a log the search for all fixed texts reads in a second, on one core: the step that touches every byte, without
//! the reading of lines behind it. Two figures: for a log that is read in chunks, as the program does it, where reading is not
//! counted; and for one that lies in memory, each byte of which has to come from there.
//!
//!     cargo run --release --example scan_alone -- build.log

use std::fs::File;
use std::io::Read;
use std::time::{Duration, Instant};

use whyfail::{Marks, Matcher, SignatureDb};

/// As much as the program reads at once.
const CHUNK: usize = 256 * 1024;
const RUNS: usize = 7;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("which log?")?;
    let log = std::fs::read(&path)?;
    let matcher = Matcher::new(SignatureDb::built_in());
    let mut marks = Marks::default();
    let mut search = |chunk: &[u8]| {
        let started = Instant::now();
        marks.find(&matcher, chunk);
        std::hint::black_box(&marks);
        started.elapsed()
    };
    let (mut in_chunks, mut in_memory) = (Vec::new(), Vec::new());
    let mut chunk = vec![0; CHUNK];
    for _ in 0..RUNS {
        let mut file = File::open(&path)?;
        let mut time = Duration::ZERO;
        loop {
            match file.read(&mut chunk)? {
                0 => break,
                read => time += search(chunk.get(..read).unwrap_or_default()),
            }
        }
        in_chunks.push(time);
        in_memory.push(log.chunks(CHUNK).map(&mut search).sum());
    }
    for mut times in [in_chunks, in_memory] {
        times.sort();
        println!("{:.0}", log.len() as f64 / times.get(RUNS / 2).map_or(f64::NAN, Duration::as_secs_f64));
    }
    Ok(())
}
