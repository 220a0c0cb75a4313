//! Archives and compressed logs: gzip, zstd, zip, tar, and one inside the other.
//!
//! They are known by their content. Everything is read as a stream and nothing is written but a temporary file where a
//! zip comes through a pipe; names in an archive are only names. What is read has limits: see [`Limits`]. Where
//! something is wrong, what came before is handed on all the same.

mod held;
mod jobs;
mod limits;
mod problem;
mod stream;
mod tar;
mod zip;

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::ops::ControlFlow;
use std::rc::Rc;

use ::tar::EntryType;

pub use limits::{Excess, Limits};
pub use problem::{Fault, Problem};

use super::CHUNK;
use super::file::{HEAD, is_binary};
use super::magic::Magic;
use super::record::{RecordFile, is_layout_member, looks_like_layout};
use crate::pieces::Pieces;
use held::Held;
use limits::Budget;
use stream::{Gzip, Trailing, Zstd};

/// How deep archives are opened: an archive, and what is compressed in it.
pub const DEPTH: u8 = 2;

/// What is in an archive, piece by piece.
#[derive(Debug)]
pub enum Piece<'p> {
    /// A log begins: the member that it is, as the archive spells its path; `None` where all of the input is one log.
    Start(Option<&'p str>),
    /// The next bytes of the log.
    Bytes(&'p [u8]),
    /// The log has ended.
    End {
        /// It is whole: nothing broke off.
        whole: bool,
    },
    /// A member holds build records.
    Records(&'p str, &'p RecordFile),
}

/// Takes the pieces; it may have enough, and says why.
pub type Take<'t> = dyn FnMut(Piece<'_>) -> ControlFlow<Fault> + 't;

/// An archive or a compressed log, not read yet.
pub struct Archive<'a> {
    name: String,
    source: Source<'a>,
}

enum Source<'a> {
    File(File),
    Stream(Box<dyn Read + 'a>),
}

impl<'a> Archive<'a> {
    /// An archive in a regular file, read from its start; `name` is for messages.
    pub fn of_file(name: impl Into<String>, file: File) -> Self {
        Archive { name: name.into(), source: Source::File(file) }
    }

    /// An archive that can be read only once.
    pub fn of_stream(name: impl Into<String>, stream: impl Read + 'a) -> Self {
        Archive { name: name.into(), source: Source::Stream(Box::new(stream)) }
    }

    /// Hands on the logs in it, one after the other. Returns what was wrong; an archive without any log is wrong, too.
    pub fn read(self, limits: &Limits, take: &mut Take<'_>) -> Vec<Problem> {
        let budget = Budget::new(*limits);
        let mut visit = Visit {
            name: self.name,
            limits: *limits,
            budget: Rc::clone(&budget),
            take,
            problems: Vec::new(),
            logs: 0,
            unopened: 0,
            done: false,
        };
        if let Err(error) = visit.source(self.source) {
            visit.problem(None, error.into());
        }
        visit.problems
    }
}

/// The reading of one archive.
struct Visit<'v, 't> {
    name: String,
    limits: Limits,
    budget: Rc<Budget>,
    take: &'v mut Take<'t>,
    problems: Vec<Problem>,
    logs: usize,
    /// Archives that are not opened.
    unopened: usize,
    /// Nothing more is wanted.
    done: bool,
}

/// Most problems of one archive that are told.
const PROBLEMS: usize = 20;

impl Visit<'_, '_> {
    fn problem(&mut self, member: Option<&str>, fault: Fault) {
        self.done |= fault.is_final();
        if self.problems.len() < PROBLEMS {
            self.problems.push(Problem { archive: self.name.clone(), member: member.map(str::to_owned), fault });
        }
    }

    fn source(&mut self, source: Source<'_>) -> io::Result<()> {
        match source {
            Source::File(mut file) => {
                let head = Peeked::new(&mut file);
                let is_zip = Magic::of(head.head()) == Some(Magic::Zip);
                file.rewind()?;
                if is_zip {
                    self.zip(&file)?;
                } else {
                    let mut counted = self.budget.packed(file);
                    self.unwrapped(None, &mut counted, 0);
                }
            }
            Source::Stream(stream) => {
                let mut stream = Peeked::new(stream);
                if Magic::of(stream.head()) == Some(Magic::Zip) {
                    let mut file = tempfile::tempfile()?;
                    match spool(&mut stream, &mut file, self.limits.spooled)? {
                        Some(excess) => self.problem(None, excess.into()),
                        None => self.zip(&file)?,
                    }
                } else {
                    let mut counted = self.budget.packed(stream);
                    self.unwrapped(None, &mut counted, 0);
                }
            }
        }
        Ok(())
    }

    /// Looks what `content` is, `layers` of packing deep, and hands it on if it is a log.
    fn unwrapped(&mut self, member: Option<&str>, content: &mut dyn Read, layers: u8) {
        let mut content = Peeked::new(content);
        let magic = Magic::of(content.head());
        match magic {
            Some(Magic::Gzip | Magic::Zstd | Magic::Tar) if looks_like_layout(content.head()) && member.is_some() => {
                self.records(member.unwrap_or_default(), &mut content);
            }
            Some(Magic::Gzip | Magic::Zstd) if layers < DEPTH => {
                let trailing = Trailing::default();
                let budget = Rc::clone(&self.budget);
                if magic == Some(Magic::Gzip) {
                    let stream = Gzip::new(content, Rc::clone(&trailing));
                    self.unwrapped(member, &mut budget.unpacked(stream), layers + 1);
                } else {
                    let stream = Zstd::new(content, Rc::clone(&trailing));
                    self.unwrapped(member, &mut budget.unpacked(stream), layers + 1);
                }
                if trailing.get() {
                    self.problem(member, Fault::Trailing);
                }
            }
            Some(Magic::Tar) if member.is_none() => self.tar(content, layers),
            Some(_) if member.is_some() => self.unopened += 1,
            Some(kind @ (Magic::Bzip2 | Magic::Xz)) => self.problem(None, Fault::Packed(kind)),
            Some(kind) => self.problem(None, Fault::TooDeep(kind)),
            None if is_binary(content.head()) => match member {
                Some(_) => {}
                None => self.problem(None, Fault::Binary),
            },
            // A member without content has nothing to tell; a whole input without any is an empty log.
            None if content.head().is_empty() && (member.is_some() || content.error.is_some()) => {
                if let Some(error) = content.error {
                    self.problem(member, error.into());
                }
            }
            None => self.log(member, |visit| visit.bytes(member, &mut content)),
        }
    }

    /// One log; `feed` hands on its bytes and says whether they are whole.
    fn log(&mut self, part: Option<&str>, feed: impl FnOnce(&mut Self) -> bool) {
        if self.logs >= self.limits.logs {
            self.problem(None, Excess::Logs(self.limits.logs).into());
            return;
        }
        self.logs += 1;
        self.hand_on(Piece::Start(part));
        let whole = feed(self);
        self.hand_on(Piece::End { whole });
    }

    fn hand_on(&mut self, piece: Piece<'_>) {
        if let ControlFlow::Break(fault) = (self.take)(piece) {
            if !self.done {
                self.problem(None, fault);
            }
            self.done = true;
        }
    }

    /// Hands on all of `content`. Returns whether it is whole.
    fn bytes(&mut self, member: Option<&str>, content: &mut dyn Read) -> bool {
        let mut buffer = vec![0; CHUNK];
        while !self.done {
            match content.read(&mut buffer) {
                Ok(0) => return true,
                Ok(count) => self.hand_on(Piece::Bytes(buffer.head(count))),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.problem(member, error.into());
                    return false;
                }
            }
        }
        false
    }

    /// What may be build records: they are read several times, so out of a copy.
    fn records(&mut self, member: &str, content: &mut dyn Read) {
        let limit = self.limits.spooled;
        let mut copy = || -> Result<tempfile::NamedTempFile, Fault> {
            let mut file = tempfile::NamedTempFile::new()?;
            match spool(content, file.as_file_mut(), limit)? {
                Some(excess) => Err(excess.into()),
                None => Ok(file),
            }
        };
        let copy = match copy() {
            Ok(copy) => copy,
            Err(fault) => return self.problem(Some(member), fault),
        };
        match RecordFile::open(copy.path()) {
            Ok(Some(file)) => {
                self.logs += 1;
                self.hand_on(Piece::Records(member, &file));
            }
            Ok(None) => self.unopened += 1,
            Err(problem) => self.problem(Some(member), Fault::Record(problem.without_file())),
        }
    }

    fn nothing_found(&mut self, members: usize) {
        if self.logs == 0 && self.problems.iter().all(|problem| problem.fault.is_harmless()) {
            let fault = if members == 0 { Fault::Empty } else { Fault::NoLog(self.unopened) };
            self.problem(None, fault);
        }
    }

    fn zip(&mut self, file: &File) -> io::Result<()> {
        self.budget.whole(file.metadata()?.len());
        let listing = zip::list(file, &self.budget, &self.limits);
        let names: Vec<&str> = listing.members.iter().map(|member| member.name.as_str()).collect();
        for log in jobs::plan(&names) {
            if self.done {
                break;
            }
            let members: Vec<&zip::Member> = log.members.iter().filter_map(|at| listing.members.get(*at)).collect();
            match members[..] {
                [member] if log.part == member.name => self.zip_member(file, member),
                _ => self.log(Some(&log.part), |visit| {
                    let mut whole = true;
                    for (place, member) in members.iter().enumerate() {
                        whole &= visit.zip_step(file, member, place > 0);
                    }
                    whole
                }),
            }
        }
        if let Some(fault) = listing.fault {
            self.problem(None, fault);
        }
        self.nothing_found(listing.members.len());
        Ok(())
    }

    fn zip_member(&mut self, file: &File, member: &zip::Member) {
        let budget = Rc::clone(&self.budget);
        match zip::open(file, member) {
            Ok(content) => self.unwrapped(Some(&member.name), &mut budget.unpacked(content), 1),
            Err(fault) => self.problem(Some(&member.name), fault),
        }
    }

    /// One of the files that make a log. Returns whether it is whole.
    fn zip_step(&mut self, file: &File, member: &zip::Member, follows: bool) -> bool {
        let budget = Rc::clone(&self.budget);
        let mut content = match zip::open(file, member) {
            Ok(content) => Peeked::new(budget.unpacked(content)),
            Err(fault) => {
                self.problem(Some(&member.name), fault);
                return false;
            }
        };
        self.step(&member.name, &mut content, follows)
    }

    /// One of the texts that make a log. Returns whether it is whole.
    fn step<R: Read>(&mut self, member: &str, content: &mut Peeked<R>, follows: bool) -> bool {
        if follows {
            content.skip_byte_order_mark();
        }
        let mut ended = EndsLine { inner: content, last: b'\n', ended: false };
        self.bytes(Some(member), &mut ended)
    }

    fn tar(&mut self, content: impl Read, layers: u8) {
        let mut archive = ::tar::Archive::new(content);
        let mut members = 0;
        let mut held = Held::default();
        let read = self.tar_members(&mut archive, layers, &mut members, &mut held);
        // Where the archive breaks off, what came before is handed on all the same.
        let done = std::mem::replace(&mut self.done, false);
        self.hand_on_held(&held, layers);
        self.done |= done;
        match read {
            // The checksum of the compression stands at its end.
            Ok(()) if !self.done => {
                if let Err(error) = io::copy(&mut archive.into_inner(), &mut io::sink()) {
                    self.problem(None, error.into());
                }
            }
            Ok(()) => {}
            Err((before, error)) => {
                let fault = match Fault::from(error) {
                    Fault::Damaged(why) if before.is_empty() => Fault::Damaged(why),
                    Fault::Damaged(why) => Fault::Damaged(format!("after the member {before}: {why}")),
                    fault => fault,
                };
                self.problem(None, fault);
            }
        }
        self.nothing_found(members);
    }

    /// Goes through the members. An error comes with the name of the member before.
    fn tar_members<R: Read>(
        &mut self,
        archive: &mut ::tar::Archive<R>,
        layers: u8,
        members: &mut usize,
        held: &mut Held,
    ) -> Result<(), (String, io::Error)> {
        let mut before = String::new();
        let mut long = tar::LongName::default();
        let entries = archive.entries().map_err(|error| (String::new(), error))?;
        // Raw: the crate would read long names and extended headers without a bound.
        for entry in entries.raw(true) {
            let mut entry = entry.map_err(|error| (before.clone(), error))?;
            *members += 1;
            if *members > self.limits.members {
                self.problem(None, Excess::Members(self.limits.members).into());
                return Ok(());
            }
            let kind = entry.header().entry_type();
            let short = entry.path_bytes().into_owned();
            let size = entry.size();
            let mut content = Whole { inner: &mut entry, left: size, broken: None };
            if long.take(kind, size, &mut content).map_err(|error| (before.clone(), error))? {
                *members -= 1;
                continue;
            }
            let name = long.or(&short);
            // Links and devices have no content of their own.
            if matches!(kind, EntryType::Regular | EntryType::Continuous) {
                if is_layout_member(&name) {
                    self.problem(None, Fault::Layout);
                    return Ok(());
                }
                if held.wants(&name, size, &self.limits) {
                    if let Err(error) = held.keep(&mut content) {
                        self.problem(Some(&name), error.into());
                    }
                } else {
                    if held.is_over() {
                        self.hand_on_held(held, layers);
                        held.clear();
                    }
                    self.unwrapped(Some(&name), &mut content, layers.max(1));
                }
            }
            if self.done {
                return Ok(());
            }
            if let Some(fault) = content.broken {
                // Perhaps said already.
                if self.problems.last().is_none_or(|problem| problem.member.as_deref() != Some(&name)) {
                    self.problem(Some(&name), fault);
                }
                self.done = true;
                return Ok(());
            }
            io::copy(&mut content, &mut io::sink()).map_err(|error| (name.clone(), error))?;
            before = name;
        }
        Ok(())
    }
}

impl Visit<'_, '_> {
    /// Hands on the members that waited for the names of the others, joined where they make one log.
    fn hand_on_held(&mut self, held: &Held, layers: u8) {
        for log in held.logs() {
            if self.done {
                break;
            }
            let result = match log.members[..] {
                [at] if log.alone => self.held_member(held, at, layers),
                _ => self.held_steps(held, &log.part, &log.members),
            };
            if let Err(error) = result {
                self.problem(Some(&log.part), error.into());
            }
        }
    }

    fn held_member(&mut self, held: &Held, at: usize, layers: u8) -> io::Result<()> {
        let Some((name, content, whole)) = held.read(at)? else { return Ok(()) };
        let mut content = Peeked::new(content);
        let text = Magic::of(content.head()).is_none() && !is_binary(content.head()) && !content.head().is_empty();
        if whole || !text {
            self.unwrapped(Some(name), &mut content, layers.max(1));
        } else {
            self.log(Some(name), |visit| visit.bytes(Some(name), &mut content) && whole);
        }
        Ok(())
    }

    fn held_steps(&mut self, held: &Held, part: &str, members: &[usize]) -> io::Result<()> {
        let mut result = Ok(());
        self.log(Some(part), |visit| {
            let mut all = true;
            for (place, at) in members.iter().enumerate() {
                match held.read(*at) {
                    Ok(Some((name, content, whole))) => {
                        all &= visit.step(name, &mut Peeked::new(content), place > 0) && whole;
                    }
                    Ok(None) => {}
                    Err(error) => (all, result) = (false, Err(error)),
                }
            }
            all
        });
        result
    }
}

/// Copies all of `source`, or says that it is too much.
fn spool(source: &mut dyn Read, file: &mut File, limit: u64) -> io::Result<Option<Excess>> {
    let copied = io::copy(&mut source.take(limit + 1), file)?;
    file.flush()?;
    file.rewind()?;
    Ok((copied > limit).then_some(Excess::Spooled(limit)))
}

/// A source of which the first bytes are known. An error among them comes after them.
struct Peeked<R> {
    head: Vec<u8>,
    at: usize,
    error: Option<io::Error>,
    inner: R,
}

impl<R: Read> Peeked<R> {
    fn new(mut inner: R) -> Self {
        let mut head = Vec::with_capacity(HEAD);
        let error = inner.by_ref().take(HEAD as u64).read_to_end(&mut head).err();
        Peeked { head, at: 0, error, inner }
    }

    fn head(&self) -> &[u8] {
        &self.head
    }

    fn skip_byte_order_mark(&mut self) {
        if self.head.starts_with(b"\xef\xbb\xbf") {
            self.at = 3;
        }
    }
}

impl<R: Read> Read for Peeked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at < self.head.len() {
            let count = self.head.tail(self.at).read(buffer)?;
            self.at += count;
            return Ok(count);
        }
        match self.error.take() {
            Some(error) => Err(error),
            None => self.inner.read(buffer),
        }
    }
}

/// A member of a tar: where it ends before its size says so, the archive is cut off.
struct Whole<R> {
    inner: R,
    left: u64,
    /// What is wrong with the archive itself.
    broken: Option<Fault>,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer).inspect_err(|error| self.broken = Some(Fault::of(error)))?;
        self.left = self.left.saturating_sub(count as u64);
        if count == 0 && !buffer.is_empty() && self.left > 0 {
            self.broken = Some(Fault::Cut);
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(count)
    }
}

/// Text whose last line ends, so that another text may follow.
struct EndsLine<R> {
    inner: R,
    last: u8,
    ended: bool,
}

impl<R: Read> Read for EndsLine<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = if self.ended { 0 } else { self.inner.read(buffer)? };
        if let Some(last) = buffer.head(count).last() {
            self.last = *last;
        } else if let Some(first) = buffer.first_mut()
            && !std::mem::replace(&mut self.ended, true)
            && self.last != b'\n'
        {
            *first = b'\n';
            return Ok(1);
        }
        Ok(count)
    }
}
