//! How the built-in signatures lie in the binary: one after the other, and a list of what starts where. The build script shares this
//! file.

use serde::{Deserialize, Serialize};

/// What is packed, in the order of the ids.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Contents {
    /// One entry a signature.
    pub entries: Vec<Entry>,
}

/// Where a signature stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// The signature's id.
    pub id: String,
    /// Its first byte.
    pub start: u32,
    /// It is advice.
    pub advice: bool,
}
