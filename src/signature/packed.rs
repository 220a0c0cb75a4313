//! How the built-in signatures lie in the binary: one after the other, and a list of what starts where. The build script shares this
//! file.

use std::io::Read;

use serde::{Deserialize, Serialize};

/// Signatures whose prose is packed together. More take less room and longer to unpack for the sake of one.
pub const PROSE_BLOCK: usize = 32;

/// What is packed, in the order of the ids.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Contents<'b> {
    /// One entry a signature.
    #[serde(borrow)]
    pub entries: Vec<Entry<'b>>,
    /// The first byte of each block of prose, and where the last one ends.
    pub prose: Vec<u32>,
}

/// Where a signature stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry<'b> {
    /// The signature's id.
    pub id: &'b str,
    /// Its first byte.
    pub start: u32,
    /// It is advice.
    pub advice: bool,
}

/// Unpacks what the build script has packed; as much as can be unpacked.
pub fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Written by the build script of this very crate: there is nothing to be said about a mistake.
    let _ = flate2::read::DeflateDecoder::new(packed).read_to_end(&mut bytes);
    bytes
}
