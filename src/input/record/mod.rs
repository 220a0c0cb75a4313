//! Build records: what `docker buildx history export` writes and docker/build-push-action attaches to a run
//! (`….dockerbuild`). Such a file holds what BuildKit remembers of one or more builds: the status stream, the error,
//! and things that are of no use here (trace, provenance).
//!
//! It is turned into the log that the build would have printed with `--progress=rawjson`, with the error at its end, so
//! that the rest of the program reads it like any other. Source: docker/buildx, util/desktop/bundle/export.go.
//!
//! Nothing is unbounded: see the limits in `archive` and `status_stream`, and [`RECORDS`].

mod archive;
mod failure;
mod layout;
mod messages;
mod problem;
mod status_stream;

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::Path;

pub use archive::{is_layout_member, looks_like_layout};
pub use problem::{Fault, Problem};

use super::verdict_block::{code_words, final_error_block};
use crate::input::buildx::LocalState;
use archive::{Archive, DOCUMENT_MIB, Digest, document};
use failure::Failure;
use layout::{Descriptor, Document, HistoryRecord};

/// Records of one file.
pub const RECORDS: usize = 1000;
/// How deep indexes may name indexes.
const DEPTH: usize = 4;
/// What all documents of a file together may hold, in MiB.
const DOCUMENTS_MIB: u64 = 8 * DOCUMENT_MIB;
/// How much of a file is looked at to tell whether it may be a record.
const HEAD: u64 = 4 << 10;
/// The gRPC code of an error that somebody asked for.
const CANCELED: i32 = 1;

/// What became of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was good.
    Succeeded,
    /// It failed.
    Failed,
    /// Somebody stopped it.
    Canceled,
    /// The record was written before the build ended.
    Open,
}

/// One build.
#[derive(Debug)]
pub struct Record {
    /// BuildKit's own id of the build.
    pub reference: String,
    /// What became of it.
    pub ending: Ending,
    /// Where it was started, if the record says so. For looking things up; not for reports.
    pub local: Option<LocalState>,
    logs: Option<Digest>,
    /// What is printed after the log.
    block: Vec<u8>,
}

/// A file of build records.
#[derive(Debug)]
pub struct RecordFile {
    archive: Archive,
    /// The builds, in the file's order; at least one.
    pub records: Vec<Record>,
}

/// A manifest of a record: the blobs that matter.
struct Parts {
    config: Digest,
    logs: Option<Digest>,
    error: Option<Digest>,
}

impl RecordFile {
    /// Opens a file of build records. `None`: it is something else, or can't be read at all. Only a regular file can be
    /// one, because it is read several times.
    ///
    /// # Errors
    /// It is one, but is damaged; the message starts with the file's name and names the member.
    pub fn open(path: &Path) -> Result<Option<Self>, Problem> {
        let Ok(mut file) = std::fs::File::open(path) else { return Ok(None) };
        if !file.metadata().is_ok_and(|data| data.is_file()) {
            return Ok(None);
        }
        let mut head = Vec::new();
        if file.by_ref().take(HEAD).read_to_end(&mut head).is_err() || !looks_like_layout(&head) {
            return Ok(None);
        }
        let Some(archive) = Archive::open(path)? else { return Ok(None) };
        let named_so = path.extension().is_some_and(|ending| ending == "dockerbuild");
        let manifests = manifests(&archive, named_so)?;
        if manifests.is_empty() {
            return Ok(None);
        }
        let records = records(&archive, &manifests)?;
        Ok(Some(RecordFile { archive, records }))
    }

    /// Hands on the logs: the number of the record and the next bytes of its log, `None` at its end. A record's bytes come
    /// in order; the records come as their logs stand in the file, some perhaps beside each other. What was handed on is
    /// good only when this returns `Ok`.
    ///
    /// # Errors
    /// Where the file is damaged.
    pub fn logs(&self, take: &mut dyn FnMut(usize, Option<&[u8]>)) -> Result<(), Problem> {
        let mut wanted: HashMap<Digest, Vec<usize>> = HashMap::new();
        for (number, record) in self.records.iter().enumerate() {
            match record.logs {
                Some(digest) => wanted.entry(digest).or_default().push(number),
                None => self.end(number, take),
            }
        }
        self.archive.read(&wanted.keys().copied().collect(), &mut |digest, content| {
            let numbers = wanted.get(&digest).map(Vec::as_slice).unwrap_or_default();
            status_stream::to_rawjson(content, &mut |line| numbers.iter().for_each(|at| take(*at, Some(line))))?;
            numbers.iter().for_each(|number| self.end(*number, take));
            Ok(())
        })
    }

    fn end(&self, number: usize, take: &mut dyn FnMut(usize, Option<&[u8]>)) {
        if let Some(record) = self.records.get(number) {
            take(number, Some(&record.block));
        }
        take(number, None);
    }
}

/// The manifests of all records, found from `index.json` on. An archive without any is something else than a file of
/// records: then also a manifest that it names and does not hold is its own affair, unless the file's name says otherwise.
fn manifests(archive: &Archive, named_so: bool) -> Result<Vec<Parts>, Problem> {
    let index: Document =
        serde_json::from_slice(&archive.index).map_err(|error| archive.problem(&"index.json", error.into()))?;
    let mut level = index.manifests.unwrap_or_default();
    let mut found = Vec::new();
    let mut missing = None;
    let mut certain = named_so;
    let mut budget = Budget::default();
    for _ in 0..DEPTH {
        let mut wanted = HashSet::new();
        for descriptor in &level {
            let digest = digest_of(archive, descriptor)?;
            certain |= descriptor.is_of_record();
            if archive.has(digest) {
                wanted.insert(digest);
            } else {
                missing = Some(digest);
            }
        }
        if wanted.len() > RECORDS {
            return Err(archive.problem(&"index.json", Fault::TooMany(RECORDS)));
        }
        let mut documents: HashMap<Digest, Document> = HashMap::new();
        archive.read(&wanted, &mut |digest, content| {
            documents.insert(digest, serde_json::from_slice(&budget.spend(document(content)?)?)?);
            Ok(())
        })?;
        let mut next = Vec::new();
        for descriptor in &level {
            // Each once, also where it is named twice.
            let Some(document) = documents.remove(&digest_of(archive, descriptor)?) else { continue };
            next.extend(document.manifests.unwrap_or_default());
            let Some(config) = document.config.filter(|config| config.media_type == layout::RECORD) else { continue };
            let layers = document.layers.unwrap_or_default();
            let layer = |fits: &dyn Fn(&str) -> bool| {
                layers.iter().find(|layer| fits(&layer.media_type)).map(|layer| digest_of(archive, layer)).transpose()
            };
            found.push(Parts {
                config: digest_of(archive, &config)?,
                logs: layer(&|media_type| media_type == layout::LOGS)?,
                error: layer(&layout::is_error)?,
            });
        }
        if found.len() > RECORDS {
            return Err(archive.problem(&"index.json", Fault::TooMany(RECORDS)));
        }
        level = next;
    }
    match missing.filter(|_| certain || !found.is_empty()) {
        Some(digest) => Err(archive.problem(&digest, Fault::Missing)),
        None => Ok(found),
    }
}

/// Reads the records that the manifests name.
fn records(archive: &Archive, manifests: &[Parts]) -> Result<Vec<Record>, Problem> {
    let configs: HashSet<Digest> = manifests.iter().map(|parts| parts.config).collect();
    let errors: HashSet<Digest> = manifests.iter().filter_map(|parts| parts.error).collect();
    let mut documents: HashMap<Digest, HistoryRecord> = HashMap::new();
    let mut failures: HashMap<Digest, Failure> = HashMap::new();
    let mut budget = Budget::default();
    archive.read(&configs.union(&errors).copied().collect(), &mut |digest, content| {
        let bytes = budget.spend(document(content)?)?;
        if configs.contains(&digest) {
            documents.insert(digest, serde_json::from_slice(&bytes)?);
        } else {
            failures.insert(digest, Failure::of(&bytes)?);
        }
        Ok(())
    })?;
    let record_of = |parts: &Parts| {
        let document = documents.get(&parts.config)?;
        Some(record(document, parts.error.and_then(|digest| failures.get(&digest)), parts.logs))
    };
    Ok(manifests.iter().filter_map(record_of).collect())
}

fn record(document: &HistoryRecord, failure: Option<&Failure>, logs: Option<Digest>) -> Record {
    let brief = document.error.as_ref().map(|error| (error.code, error.message.as_str()));
    let error = brief.or_else(|| failure.map(|failure| (failure.code, failure.message.as_str())));
    let ending = match error {
        Some((CANCELED, _)) => Ending::Canceled,
        Some(_) => Ending::Failed,
        None if document.completed.is_some() => Ending::Succeeded,
        None => Ending::Open,
    };
    let block = error.map_or_else(Vec::new, |(code, message)| {
        let message = match code_words(code) {
            Some(words) if !message.starts_with(words) => format!("{words}: {message}"),
            _ => message.to_owned(),
        };
        final_error_block(&message, failure.map(|failure| &failure.frames[..]))
    });
    Record { reference: document.reference.clone(), ending, local: document.local.clone(), logs, block }
}

fn digest_of(archive: &Archive, descriptor: &Descriptor) -> Result<Digest, Problem> {
    Digest::parse(&descriptor.digest).map_err(|fault| archive.problem(&"a descriptor", fault))
}

/// How much of all documents has been read.
#[derive(Default)]
struct Budget(u64);

impl Budget {
    fn spend(&mut self, document: Vec<u8>) -> Result<Vec<u8>, Fault> {
        self.0 = self.0.saturating_add(document.len() as u64);
        if self.0 > DOCUMENTS_MIB << 20 { Err(Fault::TooLarge(DOCUMENTS_MIB)) } else { Ok(document) }
    }
}
