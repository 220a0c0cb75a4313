//! Makes archives, and asks about them.
#![allow(dead_code, reason = "each test uses its own part")]

use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::Value;
use whyfail::input::archive::{Archive, Limits, Piece};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::{Ended, Sandbox};

/// A build that fails because a program is missing.
pub const FAILED: &str = "#5 [2/2] RUN frobnicate\n\
    #5 0.123 /bin/sh: frobnicate: not found\n\
    #5 ERROR: process \"/bin/sh -c frobnicate\" did not complete successfully: exit code: 127\n";
pub const GOOD: &str = "all is well\n";
pub const MISSING: &str = "sh/command-not-found";

pub fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    compress_to_vec(bytes.as_ref(), CompressionLevel::Fastest)
}

pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_of(members, CompressionMethod::Deflated)
}

pub fn zip_of(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        archive.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// As it is written into a pipe: the sizes stand behind the data.
pub fn streamed_zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new_stream(Vec::new());
    for (name, content) in members {
        archive
            .start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated))
            .unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

pub fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(if name.ends_with('/') { tar::EntryType::Directory } else { tar::EntryType::Regular });
        // Written past the crate's own checks, which refuse `..`.
        if name.len() <= 100 {
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            archive.append(&header, *content).unwrap();
        } else {
            archive.append_data(&mut header, name, *content).unwrap();
        }
    }
    archive.into_inner().unwrap()
}

/// The first cause of each log, by the part that it is.
pub fn found(answer: &Ended) -> Vec<(String, String)> {
    let json = answer.json();
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let results = json["results"].as_array().unwrap().iter();
    results
        .map(|result| {
            let cause = &result["causes"][0]["signature"];
            (word(&result["source"]["part"]), word(if cause.is_null() { &result["outcome"] } else { cause }))
        })
        .collect()
}

/// Asks about one archive.
pub fn ask(content: &[u8]) -> Ended {
    let sandbox = Sandbox::new();
    sandbox.file("x", content);
    sandbox.run(&["--format", "json", "x"])
}

pub fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(part, said)| ((*part).to_owned(), (*said).to_owned())).collect()
}

/// The part that a log is, its bytes, and whether they are whole.
pub type Log = (String, Vec<u8>, bool);

/// Reads an archive through the library, a few bytes at a time: the logs, and what was wrong.
pub fn read(content: &[u8], limits: &Limits) -> (Vec<Log>, Vec<String>) {
    struct Drops<'d>(&'d [u8]);
    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let most = buffer.len().min(if self.0.len().is_multiple_of(3) { 1 } else { 700 });
            self.0.read(&mut buffer[..most])
        }
    }
    let mut logs: Vec<Log> = Vec::new();
    let archive = Archive::of_stream("x", Drops(content));
    let problems = archive.read(limits, &mut |piece| {
        match piece {
            Piece::Start(part) => logs.push((part.unwrap_or("-").to_owned(), Vec::new(), false)),
            Piece::Bytes(bytes) => logs.last_mut().unwrap().1.extend_from_slice(bytes),
            Piece::End { whole } => logs.last_mut().unwrap().2 = whole,
            Piece::Records(member, _) => logs.push((member.to_owned(), Vec::new(), true)),
        }
        ControlFlow::Continue(())
    });
    (logs, problems.iter().map(ToString::to_string).collect())
}
