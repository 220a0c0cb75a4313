//! Feeds a log while it comes: out of a channel, a socket or a pipe, cut anywhere. The memory used does not grow with the log.
//!
//! ```sh
//! cargo run --example feed_chunks < corpus/go/proxy-403/classic.log
//! ```

use std::error::Error;
use std::io::{self, Read};
use std::sync::{Arc, mpsc};
use std::thread;

use whyfail::model::Run;
use whyfail::{Diagnoser, Matcher, SignatureDb};

/// Small and odd, to show that it does not matter where a chunk ends.
const CHUNK: usize = 37;

fn main() -> Result<(), Box<dyn Error>> {
    let (sender, chunks) = mpsc::sync_channel::<Vec<u8>>(16);
    let reader = thread::spawn(move || -> io::Result<()> {
        let mut input = io::stdin().lock();
        let mut buffer = [0; CHUNK];
        loop {
            match input.read(&mut buffer)? {
                0 => return Ok(()),
                count if sender.send(buffer[..count].to_vec()).is_err() => return Ok(()),
                _ => {}
            }
        }
    });

    // One matcher serves every log of the process; a diagnoser serves one log.
    let matcher = Arc::new(Matcher::new(SignatureDb::built_in()));
    let mut diagnoser = Diagnoser::new(matcher);
    for chunk in chunks {
        diagnoser.feed(&chunk);
    }
    reader.join().map_err(|_| "the reader did not end well")??;

    // Who ran the command knows how it ended, and that decides the outcome.
    let run = Run {
        command: vec!["docker".into(), "build".into(), ".".into()],
        exit_code: Some(1),
        signal: None,
        duration_ms: 0,
    };
    let diagnosis = diagnoser.finish_run(Some(run));
    println!("{} bytes, {} lines, {}", diagnosis.source.bytes, diagnosis.source.lines, diagnosis.outcome.as_str());
    match diagnosis.causes.first() {
        Some(cause) => println!("{}: {}", cause.signature, cause.title),
        None => println!("no signature explains it"),
    }
    Ok(())
}
