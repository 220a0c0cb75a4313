//! Brings a signature of its own, out of TOML, beside the built-in ones. Needs the feature `signatures`.
//!
//! ```sh
//! cargo run --example own_signatures
//! ```
//!
//! A whole folder of them is read by `whyfail::signature::folder::read`, and checked by `whyfail::check`.

use std::sync::Arc;

use whyfail::signature::{Origin, parse};
use whyfail::{Diagnoser, Matcher, SignatureDb, check};

const SIGNATURE: &str = r#"
title   = "The licence server {server} has no seat left"
class   = "res-other"
owner   = "infrastructure"
retry   = "helps"
match   = ['^shopbuild: no free seat on (?P<server>\S+)$']
explain = "shopbuild takes a seat of the licence server for each build, and all seats are in use."

[[remedy]]
title = "Run it again when another build has ended"

[[example]]
log    = 'shopbuild: no free seat on licence.example.org'
source = "shopbuild 3.1, src/seat.c"
captures = { server = "licence.example.org" }

[[example]]
log    = '#7 0.412 shopbuild: no free seat on 127.0.0.1:27000'
source = "the same in a Docker build"

[[counterexample]]
log    = 'shopbuild: seat 3 of 8 taken on licence.example.org'
source = "shopbuild 3.1, src/seat.c"
"#;

const LOG: &str = "#7 [2/2] RUN shopbuild --release\n\
                   #7 0.412 shopbuild: no free seat on licence.example.org\n\
                   #7 ERROR: process \"/bin/sh -c shopbuild --release\" did not complete successfully: exit code: 4\n";

fn main() {
    // The id is the path that the file would have: <tool>/<name>.toml.
    let file = match parse("shopbuild/no-seat", "shopbuild/no-seat.toml", SIGNATURE) {
        Ok(file) => file,
        Err(problems) => {
            problems.iter().for_each(|problem| eprintln!("{problem}"));
            std::process::exit(2);
        }
    };
    // Its examples are its tests.
    let problems = check::check(std::slice::from_ref(&file));
    println!("mistakes: {}", problems.len());
    problems.iter().for_each(|problem| println!("{problem}"));

    let mut db = (*SignatureDb::built_in()).clone();
    db.add(file.signature, Origin::User);
    let mut diagnoser = Diagnoser::new(Arc::new(Matcher::new(Arc::new(db))));
    diagnoser.feed(LOG.as_bytes());
    for cause in diagnoser.finish().causes {
        println!("{}: {} (running it again: {})", cause.signature, cause.title, cause.retry);
    }
}
