//! Checks the signatures and prepares them for the binary: a mistake in one of them breaks the build.

#![allow(dead_code)]

use std::path::Path;
use std::{env, fs, process};

#[path = "src/extractor/mod.rs"]
mod extractor;
#[path = "src/pieces.rs"]
mod pieces;
#[path = "src/signature"]
mod signature {
    pub mod common;
    pub mod common_texts;
    pub mod definition;
    pub mod expression;
    pub mod folder;
    pub mod lint;
    pub mod literal;
    pub mod packed;
    pub mod parse;
    pub mod problem;
    pub mod proof;
    pub mod prose;
    pub mod scenario;
    pub mod template;
    pub mod vocabulary;

    pub use definition::{Pattern, Signature};
    pub use expression::parsed;
    pub use vocabulary::Role;
}

#[path = "src/matcher"]
mod matcher {
    pub mod digits;
    pub mod edges;
    pub mod fragments;
    pub mod needs;
    pub mod prefilter;
    pub mod records;
    pub mod tables;
}

use matcher::tables::Tables;
use signature::packed::{Contents, Entry, PROSE_BLOCK};
use signature::{Signature, folder, lint, literal, proof, scenario};

fn main() {
    println!("cargo:rerun-if-changed=signatures");
    println!("cargo:rerun-if-changed=src/signature");
    println!("cargo:rerun-if-changed=src/matcher");
    println!("cargo:rerun-if-changed=src/extractor");
    println!("cargo:rerun-if-changed=src/pieces.rs");
    let (files, mut problems) = match folder::read(Path::new("signatures")) {
        Ok(read) => read,
        Err(error) => stop(&format!("signatures/ can't be read: {error}")),
    };
    problems.extend(lint::duplicates(&files, std::iter::empty()));
    if !problems.is_empty() {
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        stop(&format!("{}{} mistakes in signatures/", shown.join("\n"), problems.len()));
    }
    let mut short: Vec<&Vec<u8>> = files
        .iter()
        .filter(|file| file.signature.role != signature::Role::Advice)
        .flat_map(|file| {
            let s = &file.signature;
            let triggers = s.extract.iter().flat_map(|extract| &extract.triggers);
            [&s.patterns, &s.unless, &s.near, &s.unless_near].into_iter().flatten().chain(triggers)
        })
        .flat_map(|pattern| &pattern.literals)
        .map(|literal| &literal.text)
        .filter(|text| text.len() < literal::LONG_ENOUGH)
        .collect();
    short.sort();
    short.dedup();
    if short.len() > literal::SHORT_BUDGET {
        let shown: Vec<_> = short.iter().map(|text| String::from_utf8_lossy(text)).collect();
        stop(&format!(
            "{} fixed texts under {} bytes, {} are allowed (each one slows the scan of every log): {}",
            short.len(),
            literal::LONG_ENOUGH,
            literal::SHORT_BUDGET,
            shown.join(" | ")
        ));
    }
    let mut signatures: Vec<_> = files.into_iter().map(|file| file.signature).collect();
    let recorded = mark_verified(&mut signatures);
    signatures.sort_by(|a, b| a.id.cmp(&b.id));
    let mut contents = Contents::default();
    let mut bytes = Vec::new();
    for signature in &signatures {
        contents.entries.push(Entry {
            id: &signature.id,
            start: bytes.len() as u32,
            advice: signature.role == signature::Role::Advice,
        });
        bytes.extend(stored("a signature", postcard::to_allocvec(signature)));
    }
    let mut prose = Vec::new();
    for block in signatures.chunks(PROSE_BLOCK) {
        contents.prose.push(prose.len() as u32);
        let block: Vec<_> = block.iter().map(Signature::prose).collect();
        prose.extend(packed("the prose", &stored("the prose", postcard::to_allocvec(&block))));
    }
    contents.prose.push(prose.len() as u32);
    let recorded = stored("the recorded builds", postcard::to_allocvec(&recorded));
    write("prose.bin", &prose);
    write("scenarios.bin", &packed("the recorded builds", &recorded));
    let tables = Tables::new(signatures.iter(), 0, true, false);
    write("signatures.bin", &bytes);
    write("contents.bin", &stored("the list of signatures", postcard::to_allocvec(&contents)));
    write("lists.bin", &stored("the scan's lists", postcard::to_allocvec(&tables.lists)));
    write("prefilter.bin", tables.prefilter.as_ref());
    write("needs.bin", tables.needs.as_ref());
    #[cfg(feature = "cli")]
    pack_pages();
}

/// Packs the completions and manual pages; a list of file names and texts. They take a fifteenth of the room so.
#[cfg(feature = "cli")]
fn pack_pages() {
    let mut pages: Vec<(String, String)> = Vec::new();
    for folder in ["completions", "man"] {
        println!("cargo:rerun-if-changed={folder}");
        let files = fs::read_dir(folder).unwrap_or_else(|error| stop(&format!("{folder}/ can't be read: {error}")));
        for file in files.flatten() {
            let text = fs::read_to_string(file.path());
            let text = text.unwrap_or_else(|error| stop(&format!("{}: can't be read: {error}", file.path().display())));
            pages.push((file.file_name().to_string_lossy().into_owned(), text));
        }
    }
    pages.sort();
    write("pages.bin", &packed("the pages", &stored("the pages", postcard::to_allocvec(&pages))));
}

fn packed(what: &str, bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    let result = std::io::Write::write_all(&mut packed, bytes).and_then(|()| packed.finish());
    result.unwrap_or_else(|error| stop(&format!("{what} can't be packed: {error}")))
}

fn stored<T>(what: &str, result: Result<T, postcard::Error>) -> T {
    result.unwrap_or_else(|error| stop(&format!("{what} can't be stored: {error}")))
}

fn write(name: &str, bytes: &[u8]) {
    let Some(folder) = env::var_os("OUT_DIR") else { stop("OUT_DIR is not set") };
    if let Err(error) = fs::write(Path::new(&folder).join(name), bytes) {
        stop(&format!("{name} can't be written: {error}"));
    }
}

/// Marks the remedies that have mended a recorded build. What proves nothing is said, but the build goes on:
/// then the remedy counts as not verified. Returns what was built, for those who want to read of it.
fn mark_verified(signatures: &mut [Signature]) -> Vec<scenario::Scenario> {
    let (found, mut problems) = match proof::read(Path::new("corpus")) {
        Ok(read) => read,
        Err(error) => {
            println!("cargo:warning=corpus/ can't be read: {error}");
            return Vec::new();
        }
    };
    for each in &found {
        println!("cargo:rerun-if-changed={}", each.folder.join("verified.toml").display());
        println!("cargo:rerun-if-changed={}", each.log().display());
    }
    problems.extend(proof::mark(signatures, &found));
    for problem in problems {
        println!("cargo:warning={}", problem.replace('\n', " "));
    }
    let remedies =
        |id: &str| signatures.iter().find(|s| s.id == id).map(|signature| signature.prose().remedies.as_slice());
    let sound = |each: &&proof::Found| each.stale(remedies(&each.proof.signature)).is_none();
    scenario::read(Path::new("corpus"), &found.iter().filter(sound).collect::<Vec<_>>()).unwrap_or_else(|error| {
        println!("cargo:warning=corpus/ can't be read: {error}");
        Vec::new()
    })
}

fn stop(message: &str) -> ! {
    eprintln!("{message}");
    process::exit(1);
}
