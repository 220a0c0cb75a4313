//! The archive that a build record is: a tar, mostly gzipped, laid out as an OCI image layout.
//!
//! Source: OCI image-spec, image-layout.md; containerd, core/images/archive/exporter.go, which writes the members sorted
//! by name, so that `index.json` comes after the blobs that it names. A tar can only be read in order, so the file is
//! read once for its table of contents and once more for each kind of blob that is too large to keep.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha256};
use tar::EntryType;

use super::problem::{Fault, Problem};
use crate::input::magic::{BLOCK, Magic};
use crate::pieces::Pieces;

/// What the whole archive may unpack to, in bytes.
const UNPACKED: u64 = 4 << 30;
/// Members of one archive.
const MEMBERS: usize = 100_000;
/// A JSON document, in MiB.
pub const DOCUMENT_MIB: u64 = 8;
/// A blob up to this size is kept from the first reading, in bytes …
const SMALL: u64 = 64 << 10;
/// … and so much of them altogether.
const SMALL_TOTAL: u64 = 8 << 20;

/// The name of a blob: the SHA-256 of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Reads `sha256:<64 hexadecimal digits>`.
    pub fn parse(name: &str) -> Result<Self, Fault> {
        name.strip_prefix("sha256:").and_then(Self::of_hex).ok_or_else(|| Fault::DigestName(name.to_owned()))
    }

    fn of_hex(hex: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let digits = hex.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
            let (high, low) = (char::from(*high).to_digit(16)?, char::from(*low).to_digit(16)?);
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        Some(Digest(bytes))
    }
}

/// As the archive names the member.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("blobs/sha256/")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// An OCI image layout in a file, of which the table of contents is known.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    /// The content of `index.json`.
    pub index: Vec<u8>,
    blobs: HashSet<Digest>,
    small: HashMap<Digest, Vec<u8>>,
}

impl Archive {
    /// Reads the table of contents. `None`: the file is no image layout, whatever else it may be.
    pub fn open(path: &Path) -> Result<Option<Self>, Problem> {
        let mut archive =
            Archive { path: path.to_owned(), index: Vec::new(), blobs: HashSet::new(), small: HashMap::new() };
        let mut kept = 0;
        let mut members = 0;
        let whole = walk(path, &mut |member| {
            members += 1;
            if members > MEMBERS {
                return Err(Fault::TooMany(MEMBERS));
            }
            match member.kind {
                Kind::Index => archive.index = document(member.content)?,
                Kind::Blob(digest) => {
                    archive.blobs.insert(digest);
                    if member.size <= SMALL && kept + member.size <= SMALL_TOTAL {
                        kept += member.size;
                        let mut content = Vec::new();
                        member.content.read_to_end(&mut content)?;
                        archive.small.entry(digest).or_insert(content);
                    }
                }
                Kind::Other => {}
                Kind::Foreign => return Ok(false),
            }
            Ok(true)
        })?;
        Ok((whole && !archive.index.is_empty()).then_some(archive))
    }

    /// Is the blob there?
    pub fn has(&self, digest: Digest) -> bool {
        self.blobs.contains(&digest)
    }

    /// Hands each wanted blob to `take`, in the order in which they come, and checks that it fits its digest. What
    /// `take` has taken is good only when this returns `Ok`.
    pub fn read(
        &self,
        wanted: &HashSet<Digest>,
        take: &mut dyn FnMut(Digest, &mut dyn Read) -> Result<(), Fault>,
    ) -> Result<(), Problem> {
        let mut left = HashSet::new();
        for digest in wanted {
            match self.small.get(digest) {
                Some(content) => {
                    checked(*digest, &mut &content[..], take).map_err(|fault| self.problem(digest, fault))?;
                }
                None if self.has(*digest) => drop(left.insert(*digest)),
                None => return Err(self.problem(digest, Fault::Missing)),
            }
        }
        if !left.is_empty() {
            walk(&self.path, &mut |member| {
                if let Kind::Blob(digest) = member.kind
                    && left.remove(&digest)
                {
                    checked(digest, member.content, take)?;
                }
                Ok(!left.is_empty())
            })?;
        }
        // The file was changed while it was read.
        left.iter().next().map_or(Ok(()), |digest| Err(self.problem(digest, Fault::Missing)))
    }

    /// A problem with one member of this file.
    pub fn problem(&self, member: &dyn fmt::Display, fault: Fault) -> Problem {
        problem(&self.path, member, fault)
    }
}

fn problem(path: &Path, member: &dyn fmt::Display, fault: Fault) -> Problem {
    Problem { file: path.display().to_string(), member: member.to_string(), fault }
}

/// Goes through the members from the first on while `visit` returns `true`. Returns whether the end was reached; a
/// file whose very start is no archive has none.
fn walk(path: &Path, visit: &mut dyn FnMut(Member<'_>) -> Result<bool, Fault>) -> Result<bool, Problem> {
    // Where something goes wrong between two members, the one before tells the place.
    let mut before = None::<String>;
    let damaged = |before: &Option<String>, error: io::Error| {
        let place = before.as_ref().map_or("at the start".to_owned(), |name| format!("after {name}"));
        problem(path, &place, error.into())
    };
    let stream = File::open(path).and_then(unpacked).map_err(|error| damaged(&before, error))?;
    let mut archive = tar::Archive::new(Bounded { inner: stream, left: UNPACKED });
    // Raw: what a long name or an extended header says is not needed, and would be read without a bound.
    for entry in archive.entries().map_err(|error| damaged(&before, error))?.raw(true) {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(_) if before.is_none() => return Ok(false),
            Err(error) => return Err(damaged(&before, error)),
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).trim_end_matches('/').to_owned();
        let kind = Kind::of(&name, entry.header().entry_type());
        let size = entry.size();
        let on = visit(Member { kind, size, content: &mut entry }).map_err(|fault| problem(path, &name, fault))?;
        if !on {
            return Ok(false);
        }
        before = Some(name);
    }
    // The checksum of the compression stands at its end.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(|error| damaged(&before, error))?;
    Ok(before.is_some())
}

/// One member on the way.
struct Member<'m> {
    kind: Kind,
    /// In bytes.
    size: u64,
    content: &'m mut dyn Read,
}

/// What a member is for.
enum Kind {
    Blob(Digest),
    Index,
    /// Belongs to an image layout, and is not needed.
    Other,
    /// Does not belong to an image layout.
    Foreign,
}

impl Kind {
    fn of(name: &str, entry: EntryType) -> Self {
        let name = name.strip_prefix("./").unwrap_or(name).trim_end_matches('/');
        match entry {
            EntryType::XHeader | EntryType::XGlobalHeader => Kind::Other,
            EntryType::Directory if matches!(name, "" | "." | "blobs") || name.starts_with("blobs/") => Kind::Other,
            EntryType::Regular | EntryType::Continuous => match name {
                "index.json" => Kind::Index,
                "oci-layout" | "manifest.json" | "repositories" => Kind::Other,
                _ => match name.strip_prefix("blobs/sha256/").and_then(Digest::of_hex) {
                    Some(digest) => Kind::Blob(digest),
                    None if name.starts_with("blobs/") => Kind::Other,
                    None => Kind::Foreign,
                },
            },
            _ => Kind::Foreign,
        }
    }
}

/// Does a file that starts so look like an image layout in a tar, gzipped or not? `head` is best a few KiB.
pub fn looks_like_layout(head: &[u8]) -> bool {
    let mut block = Vec::with_capacity(BLOCK);
    let Ok(stream) = unpacked(head) else { return false };
    // The head ends anywhere, also inside the compressed data: what came before counts.
    let _ = stream.take(BLOCK as u64).read_to_end(&mut block);
    if Magic::of(&block) != Some(Magic::Tar) {
        return false;
    }
    let header = tar::Header::from_byte_slice(&block);
    let name = String::from_utf8_lossy(&header.path_bytes()).into_owned();
    !matches!(Kind::of(&name, header.entry_type()), Kind::Foreign)
}

/// Is a file of this path in a tar a part of an image layout, and nothing that could be a log?
pub fn is_layout_member(path: &str) -> bool {
    match Kind::of(path, EntryType::Regular) {
        Kind::Blob(_) => true,
        _ => path.strip_prefix("./").unwrap_or(path) == "oci-layout",
    }
}

/// The stream without its compression, if it has one.
fn unpacked<'r>(mut file: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    let mut magic = Vec::new();
    file.by_ref().take(2).read_to_end(&mut magic)?;
    let gzipped = Magic::of(&magic) == Some(Magic::Gzip);
    let whole = io::Cursor::new(magic).chain(file);
    Ok(if gzipped { Box::new(GzDecoder::new(whole)) } else { Box::new(whole) })
}

/// A JSON document, whole.
pub fn document(content: &mut dyn Read) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    content.take((DOCUMENT_MIB << 20) + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > DOCUMENT_MIB << 20 {
        return Err(Fault::TooLarge(DOCUMENT_MIB));
    }
    Ok(bytes)
}

/// Hands a blob on and compares all of it with its digest.
fn checked(
    digest: Digest,
    content: &mut dyn Read,
    take: &mut dyn FnMut(Digest, &mut dyn Read) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut hashed = Hashed { inner: content, hash: Sha256::new() };
    let taken = take(digest, &mut hashed);
    io::copy(&mut hashed, &mut io::sink())?;
    if hashed.hash.finalize()[..] != digest.0 {
        return Err(Fault::Digest);
    }
    taken
}

struct Hashed<'r> {
    inner: &'r mut dyn Read,
    hash: Sha256,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(buffer.head(count));
        Ok(count)
    }
}

/// Ends with an error after so many bytes: a small file may unpack to any size.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other(format!("the file unpacks to more than {} GiB", UNPACKED >> 30)))?;
        Ok(count)
    }
}
