//! Saved logs.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use memchr::memchr;

use super::archive::Archive;
use super::magic::Magic;
use super::record::Problem;
use crate::pieces::Pieces;

/// How much of a file is looked at to tell a log from a binary.
pub(super) const HEAD: usize = 4 * 1024;

/// Between runs of zeros a log has so much text, in bytes, or whole lines.
const TEXT: usize = 16;

/// Why a file is not read as a log.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is none of that name.
    #[error("{0}: no such file")]
    Missing(String),
    /// It is a folder.
    #[error("{0}: is a directory; name a log file in it")]
    Directory(String),
    /// It may not be read, or reading failed.
    #[error("{0}: can't be read: {1}")]
    Unreadable(String, io::Error),
    /// It holds build records, and is damaged.
    #[error(transparent)]
    Record(#[from] Problem),
    /// It is no text.
    #[error("{0}: is a binary file, not a log")]
    Binary(String),
}

/// A file that may be read.
pub enum Opened {
    /// A log as it is.
    Log(Box<dyn Read + Send>),
    /// Compressed, or an archive.
    Packed(Archive<'static>),
}

/// Opens a saved log. What can't be a log is refused.
///
/// # Errors
/// Why it can't be read; each message starts with the file's name.
pub fn open(path: &Path) -> Result<Opened, Refusal> {
    let name = || path.display().to_string();
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Refusal::Missing(name()),
        io::ErrorKind::IsADirectory => Refusal::Directory(name()),
        _ => Refusal::Unreadable(name(), error),
    };
    if path.is_dir() {
        return Err(Refusal::Directory(name()));
    }
    let mut file = File::open(path).map_err(failed)?;
    let head = head_of(&mut file).map_err(failed)?;
    if Magic::of(&head).is_none() {
        refuse(&name(), &head)?;
        return Ok(Opened::Log(Box::new(io::Cursor::new(head).chain(file))));
    }
    // Only a regular file can be read in any order.
    if file.metadata().is_ok_and(|data| data.is_file()) && file.rewind().is_ok() {
        return Ok(Opened::Packed(Archive::of_file(name(), file)));
    }
    Ok(Opened::Packed(Archive::of_stream(name(), io::Cursor::new(head).chain(file))))
}

/// The first bytes of a stream, by few calls.
fn head_of(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD];
    let mut filled = 0;
    while let Some(rest) = head.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match stream.read(rest) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(filled);
    Ok(head)
}

/// Refuses what can't be a log, by its first bytes; `name` is for the message.
///
/// # Errors
/// What it is instead.
pub fn refuse(name: &str, head: &[u8]) -> Result<(), Refusal> {
    if is_binary(head.head(HEAD)) {
        return Err(Refusal::Binary(name.to_owned()));
    }
    Ok(())
}

/// Text in 8 or 16 bits has few control characters; a binary is full of them.
pub(super) fn is_binary(head: &[u8]) -> bool {
    if head.starts_with(b"\x7fELF")
        || head.starts_with(b"\x89PNG")
        || head.starts_with(b"MZ\x90")
        || head.starts_with(b"SQLite format")
    {
        return true;
    }
    let wide = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
    let odd = |b: &u8| matches!(b, 0..=6 | 14..=26 | 28..=31);
    if !wide && memchr(0, head).is_none() {
        return head.iter().filter(|b| odd(b)).count() * 10 > head.len();
    }
    let nuls = |first: usize| head.iter().skip(first).step_by(2).filter(|b| **b == 0).count();
    if wide || head.len() >= 4 && (nuls(0) == 0) != (nuls(1) == 0) {
        return false;
    }
    // A log that was rotated while it was written, or cut by a power failure, has a run of zeros between its text.
    let mut text = head.split(|b| *b == 0).filter(|text| !text.is_empty());
    let in_runs = text.all(|text| text.len() >= TEXT || text.ends_with(b"\n")) && head.iter().any(|b| *b != 0);
    let counts = |b: &&u8| !in_runs || **b != 0;
    head.iter().filter(counts).filter(|b| odd(b)).count() * 10 > head.iter().filter(counts).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_and_binaries_are_told_apart() {
        assert!(is_binary(b"\x7fELF\x02\x01\x01"));
        assert!(is_binary(&[0, 1, 2, 3, 0, 0, 9, 200, 0, 0, 0, 1]));
        assert!(!is_binary(b"\x1b[31merror\x1b[0m: x\r\n"));
        let zeros = [0; 700];
        assert!(!is_binary(&[b"a line of the log\n", &zeros[..], b"and so it goes on"].concat()));
        assert!(!is_binary(&[&zeros[..], b"the rest of a log\n"].concat()));
        assert!(is_binary(&[&zeros[..], b"\x01\x02 of a file\x03\x04\x05\x06", &zeros].concat()));
        assert!(is_binary(&[b"a\0b\0\0c", &zeros[..]].concat()));
        assert!(is_binary(&zeros));
        let wide: Vec<u8> = "docker : x\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(!is_binary(&wide));
        assert!(!is_binary(b""));
    }
}
