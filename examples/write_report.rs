//! Writes a report in any format, with lines of the log around the proof and only the causes that are sure. Needs the feature
//! `report`.
//!
//! ```sh
//! cargo run --example write_report -- text corpus/go/proxy-403/buildkit-0.29.log
//! ```

use std::error::Error;
use std::sync::Arc;
use std::{env, fs, io};

use whyfail::model::Confidence;
use whyfail::report::{self, Format, Selection, Style};
use whyfail::{Diagnoser, Matcher, SignatureDb};

/// Lines of the log shown before and after the line that proves the failure.
const CONTEXT: usize = 4;

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: write_report FORMAT LOG";
    let mut words = env::args().skip(1);
    let format = Format::from_name(&words.next().ok_or(usage)?).ok_or("no such format")?;
    let path = words.next().ok_or(usage)?;

    let db = SignatureDb::built_in();
    let matcher = Matcher::new(Arc::clone(&db)).with_context(CONTEXT);
    let mut diagnoser = Diagnoser::new(Arc::new(matcher)).named(path.clone());
    diagnoser.feed(&fs::read(&path)?);
    let mut diagnosis = diagnoser.finish();

    // What is left out is counted in the report; nothing else of the answer changes.
    Selection { top: None, min_confidence: Confidence::Medium }.apply(&mut diagnosis);
    let style = Style { width: 80, context: CONTEXT, ..Style::default() };
    report::write(&mut io::stdout().lock(), format, &[diagnosis], &db, &style)?;
    Ok(())
}
