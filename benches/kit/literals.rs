//! Prints the fixed texts on which the built-in signatures rely, one a line: what `rg -F -f` has to look for to do the same
//! first step as whyfail.
//!
//!     cargo run --release --example literals
//!
//! The texts are in lower case, as whyfail keeps them; it compares them without regard to ASCII case. Its words of alarm
//! (`error`, `failed` …), which it looks for in the same pass, are not among them.

use std::collections::BTreeSet;
use std::io::{self, Write};

use whyfail::SignatureDb;

fn main() -> io::Result<()> {
    let db = SignatureDb::built_in();
    let texts: BTreeSet<&[u8]> = db
        .signatures()
        .flat_map(|signature| signature.scanned())
        .flat_map(|pattern| &pattern.literals)
        .map(|literal| literal.text.as_slice())
        // A line of a list can't hold a line feed.
        .filter(|text| !text.contains(&b'\n'))
        .collect();
    let mut out = io::stdout().lock();
    for text in texts {
        // A long text may have been cut inside a character, which rg refuses.
        let whole = std::str::from_utf8(text).map_or_else(|error| error.valid_up_to(), str::len);
        out.write_all(&text[..whole])?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
