//! The structured readers: what they declare, and how they behave on whole logs.

mod common;

use std::fmt::Write as _;

use common::repository;
use whyfail::SignatureDb;
use whyfail::extractor::{READERS, Reader};

/// The table of signatures/README.md.
fn table() -> String {
    let mut table = String::from("| reader | kind | captures |\n|---|---|---|\n");
    let mut readers: Vec<&Reader> = READERS.to_vec();
    readers.sort_by_key(|reader| reader.name);
    for (reader, kind) in readers.iter().flat_map(|reader| reader.kinds.iter().map(move |kind| (reader, kind))) {
        let always = kind.always.iter().map(|name| format!("`{name}`"));
        let sometimes = kind.sometimes.iter().map(|name| format!("`{name}`?"));
        let captures: Vec<String> = always.chain(sometimes).collect();
        let _ = writeln!(table, "| `{}` | `{}` | {} |", reader.name, kind.name, captures.join(" "));
    }
    table
}

#[test]
fn the_documentation_lists_every_kind() {
    let text = std::fs::read_to_string(repository("signatures/README.md")).expect("the documentation");
    assert!(text.contains(&table()), "signatures/README.md should hold this table:\n{}", table());
}

/// A kind that nobody claims is read for nothing.
#[test]
fn every_kind_is_claimed_by_a_signature() {
    let db = SignatureDb::built_in();
    let claimed = |reader: &str, kind: &str| {
        let claims = db.signatures().filter_map(|signature| signature.extract.as_ref());
        claims
            .filter(|extract| extract.codes.is_empty())
            .any(|e| e.reader == reader && e.kinds.iter().any(|k| k == kind))
    };
    for (reader, kind) in READERS.iter().flat_map(|reader| reader.kinds.iter().map(move |kind| (reader, kind))) {
        assert!(claimed(reader.name, kind.name), "{}: {}", reader.name, kind.name);
    }
}
