//! All signatures that one diagnosis uses: the built-in ones and those of the user.
//!
//! The built-in ones lie in the binary as the build script packed them, and each is unpacked when somebody asks for it: a diagnosis
//! needs few.

use std::collections::HashMap;
use std::sync::Arc;

use once_cell::sync::{Lazy, OnceCell};
use serde::{Deserialize, Serialize};

use super::definition::Signature;
use super::packed::{self, Contents, PROSE_BLOCK};
use super::prose::{Held, Prose};
use super::vocabulary::Role;

/// The built-in signatures, checked and packed when whyfail was built.
static BUILT_IN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/signatures.bin"));
/// What stands where in them.
static CONTENTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/contents.bin"));
/// What is told of them, in blocks.
static PROSE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/prose.bin"));

/// Where a signature comes from; a stranger's must not silence a trusted one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Compiled into the binary.
    BuiltIn,
    /// A folder that the user named, or the user's own configuration.
    User,
    /// `.whyfail/` of the repository at hand, which may come with a stranger's pull request.
    Repository,
}

/// A set of signatures with unique ids. Each has a number, which never changes.
#[derive(Debug, Clone, Default)]
pub struct SignatureDb {
    /// The built-in ones, where they belong to the set: they have the first numbers.
    packed: Option<Arc<Packed>>,
    /// The others.
    own: Vec<(Signature, Origin)>,
    /// The numbers of those in the set that are not found in `packed`.
    own_ids: HashMap<String, usize>,
    /// Numbers that were taken out.
    removed: Vec<usize>,
}

/// The built-in signatures.
#[derive(Debug)]
struct Packed {
    contents: Contents<'static>,
    unpacked: Vec<OnceCell<Box<Signature>>>,
    /// The blocks of their prose.
    prose: Vec<OnceCell<Vec<Prose>>>,
}

impl SignatureDb {
    /// The built-in database.
    pub fn built_in() -> Arc<SignatureDb> {
        static DB: Lazy<Arc<SignatureDb>> = Lazy::new(|| {
            Arc::new(SignatureDb { packed: Some(Arc::clone(Packed::built_in())), ..SignatureDb::default() })
        });
        Arc::clone(&DB)
    }

    /// A database of these signatures alone.
    pub fn from_signatures(signatures: Vec<Signature>, origin: Origin) -> Self {
        let mut db = SignatureDb::default();
        for signature in signatures {
            db.add(signature, origin);
        }
        db
    }

    /// Adds a signature. One from a repository never replaces another's: it is left out and `false` is
    /// returned. Others replace what has the same id.
    pub fn add(&mut self, signature: Signature, origin: Origin) -> bool {
        if let Some(number) = self.number(&signature.id) {
            if origin == Origin::Repository {
                return false;
            }
            self.removed.push(number);
        }
        self.own_ids.insert(signature.id.clone(), self.built_in_count() + self.own.len());
        self.own.push((signature, origin));
        true
    }

    /// Takes a signature out; `false` if there is none of that id.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(number) = self.number(id) else { return false };
        self.own_ids.remove(id);
        self.removed.push(number);
        true
    }

    /// How many built-in signatures are a part of it, also those taken out: they have the first numbers.
    pub(crate) fn built_in_count(&self) -> usize {
        self.packed.as_ref().map_or(0, |packed| packed.unpacked.len())
    }

    fn number(&self, id: &str) -> Option<usize> {
        if let Some(number) = self.own_ids.get(id) {
            return Some(*number);
        }
        let entries = &self.packed.as_ref()?.contents.entries;
        let number = entries.binary_search_by(|entry| entry.id.cmp(id)).ok()?;
        (!self.removed.contains(&number)).then_some(number)
    }

    /// Does the set still hold the signature of this number?
    pub fn holds(&self, number: usize) -> bool {
        number < self.built_in_count() + self.own.len() && !self.removed.contains(&number)
    }

    /// The signature of this number, also one that was taken out.
    pub fn at(&self, number: usize) -> Option<&Signature> {
        match number.checked_sub(self.built_in_count()) {
            Some(own) => self.own.get(own).map(|(signature, _)| signature),
            None => self.packed.as_ref()?.get(number),
        }
    }

    /// The signature with this id.
    pub fn get(&self, id: &str) -> Option<&Signature> {
        self.at(self.number(id)?)
    }

    /// Where the signature with this id comes from.
    pub fn origin(&self, id: &str) -> Option<Origin> {
        let number = self.number(id)?;
        match number.checked_sub(self.built_in_count()) {
            Some(own) => self.own.get(own).map(|(_, origin)| *origin),
            None => Some(Origin::BuiltIn),
        }
    }

    /// All signatures; built-in ones first, in the order of their ids.
    pub fn signatures(&self) -> impl Iterator<Item = &Signature> {
        (0..self.built_in_count() + self.own.len()).filter(|number| self.holds(*number)).filter_map(|at| self.at(at))
    }

    /// The signatures of the role advice, as a set of their own.
    pub fn advice(&self) -> SignatureDb {
        let entries = self.packed.iter().flat_map(|packed| &packed.contents.entries);
        let packed = entries.enumerate().filter(|(_, entry)| entry.advice).map(|(number, _)| number);
        let own = (0..self.own.len()).map(|number| number + self.built_in_count());
        let found = packed.chain(own).filter(|number| self.holds(*number)).filter_map(|number| self.at(number));
        let mut advice = SignatureDb::default();
        for signature in found.filter(|signature| signature.role == Role::Advice) {
            advice.add(signature.clone(), Origin::User);
        }
        advice
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.built_in_count() + self.own.len() - self.removed.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Are the built-in signatures a part of it?
    pub(crate) fn has_built_in(&self) -> bool {
        self.packed.is_some()
    }

    /// All signatures in the order of their numbers, also those taken out.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = &Signature> {
        (0..self.built_in_count() + self.own.len()).filter_map(|number| self.at(number))
    }

    /// The signatures that are not built in, in the order of their numbers, also those taken out.
    pub(crate) fn own(&self) -> impl Iterator<Item = &Signature> {
        self.own.iter().map(|(signature, _)| signature)
    }

    /// What was built on purpose to show the failure of this id, and to mend it; those with a proved remedy first. None for a signature
    /// that is not built in.
    #[cfg(feature = "signatures")]
    pub fn recorded(&self, id: &str) -> Vec<super::scenario::Scenario> {
        static SCENARIOS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/scenarios.bin"));
        if self.origin(id) != Some(Origin::BuiltIn) {
            return Vec::new();
        }
        let mut all = super::scenario::recorded(SCENARIOS);
        all.retain(|scenario| scenario.signature == id);
        // What was made for this very tool says more than one where it came along.
        let tool = id.split('/').next().unwrap_or(id);
        let elsewhere = |folder: &str| folder.split('/').nth(1) != Some(tool);
        all.sort_by_key(|each| (std::cmp::Reverse(each.remedies.len()), elsewhere(&each.folder)));
        all
    }

    /// The ids most like a mistyped one.
    pub fn similar(&self, id: &str) -> Vec<&str> {
        let name = id.rsplit('/').next().unwrap_or(id);
        let mut scored: Vec<(f64, &str)> = self
            .signatures()
            .map(|s| {
                let own = s.id.rsplit('/').next().unwrap_or(&s.id);
                (strsim::jaro_winkler(id, &s.id).max(strsim::jaro_winkler(name, own)), s.id.as_str())
            })
            .filter(|(score, _)| *score > 0.8)
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(3).map(|(_, id)| id).collect()
    }
}

impl Packed {
    /// The built-in signatures.
    fn built_in() -> &'static Arc<Packed> {
        static PACKED: Lazy<Arc<Packed>> = Lazy::new(|| {
            // Written by the build script of this very crate: it can't be unreadable. Should it be, an
            // empty database still gives the fallback answer.
            let contents: Contents<'_> = postcard::from_bytes(CONTENTS).unwrap_or_default();
            let unpacked = contents.entries.iter().map(|_| OnceCell::new()).collect();
            let prose = contents.prose.iter().map(|_| OnceCell::new()).collect();
            Arc::new(Packed { contents, unpacked, prose })
        });
        &PACKED
    }

    /// The prose of the built-in signature of this number.
    fn prose(number: usize) -> &'static Prose {
        static NONE: Lazy<Prose> = Lazy::new(Prose::default);
        let packed = Packed::built_in();
        let at = number / PROSE_BLOCK;
        let unpack = || {
            let bounds = (packed.contents.prose.get(at), packed.contents.prose.get(at + 1));
            let (Some(start), Some(end)) = bounds else { return Vec::new() };
            let bytes = PROSE.get(*start as usize..*end as usize).unwrap_or_default();
            postcard::from_bytes(&packed::unpack(bytes)).unwrap_or_default()
        };
        let block = packed.prose.get(at).map(|cell| cell.get_or_init(unpack));
        block.and_then(|block| block.get(number % PROSE_BLOCK)).unwrap_or(&NONE)
    }

    fn get(&self, number: usize) -> Option<&Signature> {
        let cell = self.unpacked.get(number)?;
        let unpack = || {
            let entry = self.contents.entries.get(number).ok_or(())?;
            let bytes = BUILT_IN.get(entry.start as usize..).ok_or(())?;
            let (mut signature, _) = postcard::take_from_bytes::<Box<Signature>>(bytes).map_err(|_| ())?;
            signature.prose = Held::Packed(number, Packed::prose);
            Ok::<_, ()>(signature)
        };
        cell.get_or_try_init(unpack).ok().map(|signature| &**signature)
    }
}
