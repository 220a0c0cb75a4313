//! What is told of a failure where it is found: most of a signature's text, which most logs need of a few signatures only.

use serde::{Deserialize, Serialize};

use super::definition::Remedy;

/// What is told of a failure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prose {
    /// Template: why this happens.
    pub explain: String,
    /// Template: how not to meet it again.
    pub prevent: Option<String>,
    /// Addresses of documentation.
    pub references: Vec<String>,
    /// Safest first.
    pub remedies: Vec<Remedy>,
    /// The first example's lines, for `whyfail explain`.
    pub sample: String,
}

/// Where a signature's prose is.
#[derive(Debug, Clone)]
pub(super) enum Held {
    /// In the signature.
    Own(Box<Prose>),
    /// In the binary, packed: what unpacks that of this number.
    Packed(usize, fn(usize) -> &'static Prose),
}

impl Held {
    pub(super) fn get(&self) -> &Prose {
        match self {
            Held::Own(prose) => prose,
            Held::Packed(number, unpack) => unpack(*number),
        }
    }
}

impl From<Prose> for Held {
    fn from(prose: Prose) -> Self {
        Held::Own(Box::new(prose))
    }
}

impl Default for Held {
    fn default() -> Self {
        Held::Own(Box::default())
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Held {}
