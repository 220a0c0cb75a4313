//! Zip archives: what is in them, and each member as a stream.
//!
//! The list of members stands at the end. Where it is missing, because the file was cut off, the members are found by
//! the headers in front of them. Source: APPNOTE.TXT 6.3.10, 4.3.7 (local header), 4.3.9 (data descriptor), 4.4.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::rc::Rc;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use zip::ZipArchive;
use zip::result::ZipError;

use super::limits::{Budget, Excess, Limits};
use super::problem::Fault;
use super::stream::{Bites, Trailing, Zstd};
use crate::pieces::Pieces;

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const DIRECTORY: [u8; 4] = *b"PK\x01\x02";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const LOCAL_SIZE: usize = 30;
/// Flags: encrypted; the sizes stand behind the data.
const ENCRYPTED: u16 = 1;
const SIZES_BEHIND: u16 = 8;
/// Extra field with the sizes of a large member.
const ZIP64: u16 = 1;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const ZSTD: u16 = 93;
/// The kind of a file in the mode of Unix, and that of a symbolic link.
const KIND: u32 = 0o170_000;
const LINK: u32 = 0o120_000;

/// A file in a zip.
#[derive(Debug)]
pub struct Member {
    /// Its path as the archive spells it.
    pub name: String,
    /// Where its local header stands.
    start: u64,
    /// In the archive, in bytes; `None` where only the data itself tells.
    packed: Option<u64>,
    encrypted: bool,
    /// The checksum of its content, where it is known before.
    crc: Option<u32>,
}

/// What is in a zip, as far as it can be told.
pub struct Listing {
    /// The files, in the archive's order.
    pub members: Vec<Member>,
    /// Why there may be more.
    pub fault: Option<Fault>,
}

impl Listing {
    fn add(&mut self, member: Member, names: &mut usize, limits: &Limits) -> bool {
        *names += member.name.len();
        let excess = match () {
            () if self.members.len() >= limits.members => Excess::Members(limits.members),
            () if *names > limits.names => Excess::Names(limits.names),
            () => {
                self.members.push(member);
                return true;
            }
        };
        self.fault = Some(excess.into());
        false
    }
}

/// Lists the files of a zip: by its directory, or member by member where that is damaged.
pub fn list(file: &File, budget: &Rc<Budget>, limits: &Limits) -> Listing {
    match by_directory(file, limits) {
        Ok(listing) => listing,
        Err(error) => {
            let mut listing = by_headers(file, budget, limits);
            listing.fault.get_or_insert(match Fault::from(error) {
                Fault::Damaged(why) => Fault::Directory(why),
                Fault::Cut => Fault::Directory("unexpected end".to_owned()),
                fault => fault,
            });
            listing
        }
    }
}

fn by_directory(file: &File, limits: &Limits) -> io::Result<Listing> {
    let mut listing = Listing { members: Vec::new(), fault: None };
    let mut names = 0;
    // The crate keeps the whole directory, whatever its size.
    let bounded = Directory { file, left: limits.directory, limit: limits.directory };
    let archive = ZipArchive::new(BufReader::new(bounded)).map_err(|error| match error {
        ZipError::Io(error) => error,
        error => io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
    })?;
    let directory = archive.metadata();
    for at in 0..directory.len() {
        let entry = directory.entry(at)?;
        // What `zip` read from a pipe calls itself one, and has a content. A device has none.
        let is_link = entry.unix_mode().is_some_and(|mode| mode & KIND == LINK);
        if entry.is_dir() || is_link {
            continue;
        }
        let name = match entry.name() {
            Ok(name) => name.into_owned(),
            Err(_) => String::from_utf8_lossy(entry.name_raw()).into_owned(),
        };
        let member = Member {
            name,
            start: entry.header_start(),
            packed: Some(entry.compressed_size()),
            encrypted: entry.encrypted(),
            crc: Some(entry.crc32()),
        };
        if !listing.add(member, &mut names, limits) {
            break;
        }
    }
    Ok(listing)
}

/// A file of which only so much is read: its end and the list of members there.
struct Directory<'f> {
    file: &'f File,
    left: usize,
    limit: usize,
}

impl Read for Directory<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.left = self.left.checked_sub(count).ok_or_else(|| io::Error::other(Excess::Directory(self.limit)))?;
        Ok(count)
    }
}

impl Seek for Directory<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Goes from header to header, up to where no header follows.
fn by_headers(file: &File, budget: &Rc<Budget>, limits: &Limits) -> Listing {
    let mut listing = Listing { members: Vec::new(), fault: None };
    let mut names = 0;
    let mut at = 0;
    while let Ok(Some(header)) = Header::read(file, at) {
        let data = header.data;
        let packed = header.packed;
        let is_file = !header.name.ends_with('/');
        let member = Member { name: header.name, start: at, packed, encrypted: header.encrypted, crc: header.crc };
        if is_file && !listing.add(member, &mut names, limits) {
            break;
        }
        at = match packed {
            Some(size) => data.saturating_add(size),
            // Only the data itself tells where it ends.
            None if header.method == DEFLATED => match end_of_deflated(file, data, budget) {
                Ok(end) => end,
                Err(fault) => {
                    listing.fault = Some(fault).filter(Fault::is_final);
                    break;
                }
            },
            None => break,
        };
    }
    listing
}

/// Where the next header may stand, behind deflated data and its descriptor.
fn end_of_deflated(file: &File, data: u64, budget: &Rc<Budget>) -> Result<u64, Fault> {
    let mut decoder = DeflateDecoder::new(from(file, data)?);
    // This counts, too, although the content is read once more.
    io::copy(&mut budget.unpacked(&mut decoder), &mut io::sink())?;
    let end = data + decoder.total_in();
    let mut behind = Vec::new();
    from(file, end)?.take(28).read_to_end(&mut behind)?;
    let signed = if behind.starts_with(&DESCRIPTOR) { 4 } else { 0 };
    // A checksum and two sizes, of four or of eight bytes each.
    let size = [12, 20].into_iter().find(|size| {
        let next = behind.get(signed + size..).unwrap_or_default();
        next.starts_with(&LOCAL) || next.starts_with(&DIRECTORY)
    });
    Ok(end + signed as u64 + size.unwrap_or(12) as u64)
}

fn from(file: &File, at: u64) -> io::Result<BufReader<&File>> {
    let mut file = file;
    file.seek(SeekFrom::Start(at))?;
    Ok(BufReader::new(file))
}

/// What stands in front of a member.
struct Header {
    name: String,
    method: u16,
    encrypted: bool,
    packed: Option<u64>,
    crc: Option<u32>,
    /// Where the data starts.
    data: u64,
}

impl Header {
    /// The header at this place. `None`: there is none.
    fn read(file: &File, at: u64) -> io::Result<Option<Self>> {
        let mut source = from(file, at)?;
        let mut fixed = [0; LOCAL_SIZE];
        source.read_exact(&mut fixed)?;
        if fixed[..4] != LOCAL {
            return Ok(None);
        }
        let two = |at: usize| fixed.tail(at).first_chunk().map_or(0, |bytes| u16::from_le_bytes(*bytes));
        let four = |at: usize| fixed.tail(at).first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let mut name = vec![0; usize::from(two(26))];
        source.read_exact(&mut name)?;
        let mut extra = vec![0; usize::from(two(28))];
        source.read_exact(&mut extra)?;
        let flags = two(6);
        let known = flags & SIZES_BEHIND == 0;
        let packed = match four(18) {
            u32::MAX => large_size(&extra),
            size => Some(u64::from(size)),
        };
        Ok(Some(Header {
            name: String::from_utf8_lossy(&name).into_owned(),
            method: two(8),
            encrypted: flags & ENCRYPTED != 0,
            packed: packed.filter(|_| known),
            crc: known.then(|| four(14)),
            data: at + (LOCAL_SIZE + name.len() + extra.len()) as u64,
        }))
    }
}

/// The packed size in the extra field of a large member: it stands behind the unpacked one.
fn large_size(mut extra: &[u8]) -> Option<u64> {
    while let Some((head, rest)) = extra.split_first_chunk::<4>() {
        let (content, next) = rest.split_at_checked(usize::from(u16::from_le_bytes([head[2], head[3]])))?;
        if u16::from_le_bytes([head[0], head[1]]) == ZIP64 {
            return content.get(8..16)?.try_into().ok().map(u64::from_le_bytes);
        }
        extra = next;
    }
    None
}

/// The content of a member.
///
/// # Errors
/// It is encrypted, compressed in a way that is not read, or not where the list says.
pub fn open<'f>(file: &'f File, member: &Member) -> Result<Box<dyn Read + 'f>, Fault> {
    if member.encrypted {
        return Err(Fault::Encrypted);
    }
    let header = match Header::read(file, member.start)? {
        Some(header) if header.encrypted => return Err(Fault::Encrypted),
        Some(header) => header,
        None => return Err(Fault::Damaged("its header is missing".to_owned())),
    };
    let raw = from(file, header.data)?.take(member.packed.unwrap_or(u64::MAX));
    let content: Box<dyn Read + 'f> = match header.method {
        STORED => Box::new(raw),
        DEFLATED => Box::new(DeflateDecoder::new(Bites(raw))),
        ZSTD => Box::new(Zstd::new(raw, Trailing::default())),
        other => return Err(Fault::Method(other)),
    };
    // Stored data that is cut off just ends: the checksum tells.
    Ok(match member.crc {
        Some(told) => Box::new(Checked { inner: content, crc: Crc::new(), told }),
        None => content,
    })
}

/// Compares the content with its checksum at the end.
struct Checked<R> {
    inner: R,
    crc: Crc,
    told: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.crc.update(buffer.head(count));
        if count == 0 && !buffer.is_empty() && self.crc.sum() != self.told {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its checksum does not fit"));
        }
        Ok(count)
    }
}
