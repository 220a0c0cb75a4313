//! An archive gives logs or an error, within its limits, however it is packed, damaged and handed over.

use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use whyfail::input::archive::{Archive, Limits, Piece};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

const LIMITS: Limits = Limits {
    unpacked: 4 << 20,
    ratio_from: 1 << 20,
    ratio: 2_000,
    members: 64,
    logs: 32,
    names: 16 << 10,
    directory: 64 << 10,
    spooled: 1 << 20,
};

/// Most messages about one archive: those of the reading, and of build records.
const MESSAGES: usize = 20;

/// What came out.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    /// The part that a log is, its bytes, and whether they are whole.
    logs: Vec<(Option<String>, Vec<u8>, bool)>,
    problems: Vec<String>,
}

/// Of `data` the first byte chooses how the rest is packed, the second and third how that is damaged.
pub fn check(data: &[u8]) {
    let Some((&[packing, place, damage], content)) = data.split_first_chunk::<3>() else { return };
    let mut archive = packed(packing, content);
    if damage != 0 {
        let at = archive.len().saturating_sub(1) * usize::from(place) / 255;
        if damage == 255 {
            archive.truncate(at);
        } else if let Some(byte) = archive.get_mut(at) {
            *byte ^= damage;
        }
    }
    let whole = read(Archive::of_stream("x", &archive[..]));
    let (step, most) = (1 + usize::from(place), LIMITS.unpacked as usize);
    let slow = read(Archive::of_stream("x", Drops { bytes: &archive, step }));
    // How much of damaged data comes before the error depends on how it is handed over; whether there is one does not.
    assert_eq!(whole.problems.is_empty(), slow.problems.is_empty(), "{step} bytes at a time: {whole:?} {slow:?}");
    if whole.problems.is_empty() {
        assert_eq!(whole, slow, "{step} bytes at a time");
    }
    let size: usize = whole.logs.iter().map(|(_, log, _)| log.len()).sum();
    // Steps that make one log are joined by line ends.
    assert!(size <= most.max(archive.len()) + LIMITS.members, "{size} bytes came out");
    assert!(whole.logs.len() <= LIMITS.logs && whole.problems.len() <= MESSAGES, "{:?}", whole.problems);
    assert!(!whole.logs.is_empty() || !whole.problems.is_empty(), "nothing is said of an archive without logs");
    if whole.logs.iter().any(|(_, _, is_whole)| !is_whole) {
        assert!(!whole.problems.is_empty(), "a log breaks off, and nothing is said");
    }
}

/// The content in an archive; 0 is the content itself.
fn packed(packing: u8, content: &[u8]) -> Vec<u8> {
    let (first, second) = content.split_at(content.len() / 2);
    let members: [(&str, &[u8]); 4] =
        [("0_a.txt", first), ("../b.log", second), ("a/1_Set up.txt", first), ("a/2_x.txt", content)];
    match packing % 12 {
        1 => gzip(content),
        2 => zstd(content),
        3 => zip(&members, CompressionMethod::Deflated),
        4 => zip(&members[..2], CompressionMethod::Stored),
        5 => tar(&members),
        6 => gzip(&tar(&members)),
        7 => zstd(&tar(&members)),
        8 => zstd(&gzip(content)),
        9 => zip(&[("a.gz", &gzip(content)), ("b.zst", &zstd(content)), ("c.zip", content)], CompressionMethod::Stored),
        10 => tar(&[("a.gz", &gzip(content)), ("b", content), ("c.zst", &zstd(first))]),
        11 => [gzip(first), gzip(second), zstd(content)].concat(),
        _ => content.to_vec(),
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn zstd(content: &[u8]) -> Vec<u8> {
    compress_to_vec(content, CompressionLevel::Fastest)
}

fn zip(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        archive.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("a member");
        archive.write_all(content).expect("memory takes it");
    }
    archive.finish().expect("memory takes it").into_inner()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        // Written past the crate's own checks, which refuse `..`.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        archive.append(&header, *content).expect("memory takes it");
    }
    archive.into_inner().expect("memory takes it")
}

/// Comes a few bytes at a time.
struct Drops<'d> {
    bytes: &'d [u8],
    step: usize,
}

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(self.step);
        self.bytes.read(&mut buffer[..most])
    }
}

/// Reads an archive; its pieces come in order.
fn read(archive: Archive<'_>) -> Found {
    let mut found = Found::default();
    let mut open = false;
    let problems = archive.read(&LIMITS, &mut |piece| {
        match piece {
            Piece::Start(part) => {
                assert!(!open, "a log begins inside another");
                open = true;
                found.logs.push((part.map(str::to_owned), Vec::new(), false));
            }
            Piece::Bytes(bytes) => {
                assert!(open, "bytes of no log");
                found.logs.last_mut().expect("it was begun").1.extend_from_slice(bytes);
            }
            Piece::End { whole } => {
                assert!(std::mem::take(&mut open), "the end of no log");
                found.logs.last_mut().expect("it was begun").2 = whole;
            }
            Piece::Records(member, _) => found.logs.push((Some(member.to_owned()), Vec::new(), true)),
        }
        ControlFlow::Continue(())
    });
    assert!(!open, "a log does not end");
    found.problems = problems.iter().map(ToString::to_string).collect();
    found
}
