//! Checks the signatures and prepares them for the binary: a mistake in one of them breaks the build.

#![allow(dead_code)]

use std::path::Path;
use std::{env, fs, process};

#[path = "src/signature/definition.rs"]
mod definition;
#[path = "src/extractor/mod.rs"]
mod extractor;
#[path = "src/signature/folder.rs"]
mod folder;
#[path = "src/signature/literal.rs"]
mod literal;
#[path = "src/signature/parse.rs"]
mod parse;
#[path = "src/signature/problem.rs"]
mod problem;
#[path = "src/signature/proof.rs"]
mod proof;
#[path = "src/signature/template.rs"]
mod template;
#[path = "src/signature/vocabulary.rs"]
mod vocabulary;

fn main() {
    println!("cargo:rerun-if-changed=signatures");
    println!("cargo:rerun-if-changed=src/signature");
    println!("cargo:rerun-if-changed=src/extractor");
    let (files, problems) = match folder::read(Path::new("signatures")) {
        Ok(read) => read,
        Err(error) => stop(&format!("signatures/ can't be read: {error}")),
    };
    if !problems.is_empty() {
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        stop(&format!("{}{} mistakes in signatures/", shown.join("\n"), problems.len()));
    }
    let mut short: Vec<&Vec<u8>> = files
        .iter()
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
    mark_verified(&mut signatures);
    let bytes = match postcard::to_allocvec(&signatures) {
        Ok(bytes) => bytes,
        Err(error) => stop(&format!("signatures can't be stored: {error}")),
    };
    let Some(folder) = env::var_os("OUT_DIR") else { stop("OUT_DIR is not set") };
    if let Err(error) = fs::write(Path::new(&folder).join("signatures.bin"), bytes) {
        stop(&format!("signatures.bin can't be written: {error}"));
    }
}

/// Marks the remedies that have mended a recorded build. What proves nothing is said, but the build goes on:
/// then the remedy counts as not verified.
fn mark_verified(signatures: &mut [definition::Signature]) {
    let (found, mut problems) = match proof::read(Path::new("corpus")) {
        Ok(read) => read,
        Err(error) => {
            println!("cargo:warning=corpus/ can't be read: {error}");
            return;
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
}

fn stop(message: &str) -> ! {
    eprintln!("{message}");
    process::exit(1);
}
