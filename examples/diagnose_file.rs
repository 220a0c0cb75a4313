//! Diagnoses a saved log with the engine alone: no report format, no command line.
//!
//! ```sh
//! cargo run --example diagnose_file -- corpus/go/proxy-403/buildkit-0.29.log
//! ```

use std::error::Error;
use std::sync::Arc;
use std::{env, fs};

use whyfail::model::Outcome;
use whyfail::{Diagnoser, Matcher, SignatureDb};

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("usage: diagnose_file LOG")?;
    let mut diagnoser = Diagnoser::new(Arc::new(Matcher::new(SignatureDb::built_in()))).named(path.clone());
    diagnoser.feed(&fs::read(&path)?);
    let diagnosis = diagnoser.finish();

    println!("outcome: {}", diagnosis.outcome.as_str());
    for cause in &diagnosis.causes {
        println!("{}. {} [{}, {}]", cause.rank, cause.title, cause.class, cause.confidence.as_str());
        for proof in cause.evidence.iter().take(1) {
            println!("   line {}: {}", proof.line, proof.text);
        }
        if let Some(step) = cause.step.as_deref().and_then(|key| diagnosis.step(key)) {
            println!("   in step {}", step.name);
        }
        for remedy in cause.remedies.iter().filter(|remedy| remedy.verified).take(1) {
            println!("   proved remedy: {}", remedy.title);
        }
    }
    // Where no signature knows the failure, the lines worth reading are still there.
    for line in &diagnosis.suspicious {
        println!("   look at line {}: {}", line.evidence.line, line.evidence.text);
    }
    if diagnosis.outcome == Outcome::Failed {
        println!("the same failure elsewhere has the fingerprint {}", diagnosis.fingerprint.unwrap_or_default());
    }
    Ok(())
}
