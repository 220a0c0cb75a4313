//! All signatures that one diagnosis uses: the built-in ones and those of the user.

use std::collections::HashMap;
use std::sync::Arc;

use once_cell::sync::Lazy;
use serde::{Deserialize, Serialize};

use super::definition::Signature;

/// The built-in signatures, checked and prepared when whyfail was built.
static BUILT_IN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/signatures.bin"));

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

/// A set of signatures with unique ids.
#[derive(Debug, Clone)]
pub struct SignatureDb {
    signatures: Vec<Signature>,
    origins: Vec<Origin>,
    by_id: HashMap<String, usize>,
}

impl SignatureDb {
    /// The built-in database.
    pub fn built_in() -> Arc<SignatureDb> {
        static DB: Lazy<Arc<SignatureDb>> = Lazy::new(|| {
            // Written by the build script of this very crate: it can't be unreadable. Should it be, an
            // empty database still gives the fallback answer.
            let signatures: Vec<Signature> = postcard::from_bytes(BUILT_IN).unwrap_or_default();
            Arc::new(SignatureDb::from_signatures(signatures, Origin::BuiltIn))
        });
        Arc::clone(&DB)
    }

    /// A database of these signatures alone.
    pub fn from_signatures(signatures: Vec<Signature>, origin: Origin) -> Self {
        let mut db = SignatureDb { signatures: Vec::new(), origins: Vec::new(), by_id: HashMap::new() };
        for signature in signatures {
            db.add(signature, origin);
        }
        db
    }

    /// Adds a signature. One from a repository never replaces another's: it is left out and `false` is
    /// returned. Others replace what has the same id.
    pub fn add(&mut self, signature: Signature, origin: Origin) -> bool {
        match self.by_id.get(&signature.id) {
            Some(_) if origin == Origin::Repository => false,
            Some(&at) => {
                self.signatures[at] = signature;
                self.origins[at] = origin;
                true
            }
            None => {
                self.by_id.insert(signature.id.clone(), self.signatures.len());
                self.signatures.push(signature);
                self.origins.push(origin);
                true
            }
        }
    }

    /// Takes a signature out; `false` if there is none of that id.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(at) = self.by_id.remove(id) else { return false };
        self.signatures.remove(at);
        self.origins.remove(at);
        for place in self.by_id.values_mut().filter(|place| **place > at) {
            *place -= 1;
        }
        true
    }

    /// The signature with this id.
    pub fn get(&self, id: &str) -> Option<&Signature> {
        self.by_id.get(id).map(|&at| &self.signatures[at])
    }

    /// Where the signature with this id comes from.
    pub fn origin(&self, id: &str) -> Option<Origin> {
        self.by_id.get(id).map(|&at| self.origins[at])
    }

    /// All signatures; built-in ones in the order of their ids.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The ids most like a mistyped one.
    pub fn similar(&self, id: &str) -> Vec<&str> {
        let name = id.rsplit('/').next().unwrap_or(id);
        let mut scored: Vec<(f64, &str)> = self
            .signatures
            .iter()
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
