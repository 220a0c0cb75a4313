//! Prints how many bytes of a log the search for all fixed texts reads in a second, on one core: the step that touches every byte, without
//! the reading of the file before it and the reading of lines behind it.
//!
//!     cargo run --release --example scan_alone -- build.log

use std::time::Instant;

use whyfail::{Marks, Matcher, SignatureDb};

/// As much as the program reads at once.
const CHUNK: usize = 256 * 1024;
const RUNS: usize = 7;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("which log?")?;
    let log = std::fs::read(path)?;
    let matcher = Matcher::new(SignatureDb::built_in());
    let mut marks = Marks::default();
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            for chunk in log.chunks(CHUNK) {
                marks.find(&matcher, chunk);
                std::hint::black_box(&marks);
            }
            started.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{:.0}", log.len() as f64 / times[RUNS / 2]);
    Ok(())
}
