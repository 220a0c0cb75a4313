//! A gram of a text: under which key it is looked for, and as what it is stored.
//!
//! The build script shares this file.

use super::maps::{FOLD, folded, hash};
use crate::pieces::Pieces;
use crate::signature::literal::{GRAM, LONGEST};

/// Bytes beside a sampled gram that are looked up with it.
const BESIDE: usize = 4;

/// What a gram is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Eight bytes that are sampled, of a text that has no four more on either side.
    Sampled,
    /// The same with the four bytes behind them.
    WithBehind,
    /// The same with the four bytes before them.
    WithBefore,
    /// The run of five bytes of a text that has less than eight.
    Short,
    /// Eight bytes from such a run on.
    From,
    /// Eight bytes that end with such a run.
    Around,
}

/// A gram and its kind in one number.
#[inline]
pub fn keyed(kind: Kind, gram: u64) -> u64 {
    gram ^ (kind as u64) << 61
}

/// The key of the sampled gram at this place of a text.
pub fn sampled_key(text: &[u8], at: usize) -> u64 {
    let gram = folded(text.part(at..at + GRAM));
    if let Some(behind) = text.get(at + GRAM..at + GRAM + BESIDE) {
        return keyed(Kind::WithBehind, with_four(gram, folded(behind)));
    }
    match at.checked_sub(BESIDE) {
        Some(before) => keyed(Kind::WithBefore, with_four(gram, folded(text.part(before..at)))),
        None => keyed(Kind::Sampled, gram),
    }
}

/// A gram and four bytes beside it, the low half of `beside`, in one number.
#[inline(always)]
pub fn with_four(gram: u64, beside: u64) -> u64 {
    gram ^ (beside & u64::from(u32::MAX)).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// The four bytes before a place, letter case folded; nothing where there are fewer, as no text starts there either.
#[inline(always)]
pub fn four_before(block: &[u8], at: usize) -> u64 {
    // A copy of as many bytes as there are would have to be waited for.
    let four = at.checked_sub(BESIDE).and_then(|before| block.tail(before).first_chunk::<BESIDE>());
    four.map_or(0, |four| u64::from(u32::from_le_bytes(*four) | FOLD as u32))
}

/// Where in a text that holds a gram at `offset` another one stands that shares as little with it as can be; none in short texts.
fn other_gram(text: &[u8], offset: usize) -> Option<usize> {
    let last = text.len().checked_sub(GRAM)?;
    Some(if offset > last - offset.min(last) { 0 } else { last }).filter(|at| *at != offset)
}

const OTHER_HASH: u64 = (1 << (TEXT_AT - HASH_AT)) - 1;

/// What an entry keeps of it.
#[inline(always)]
pub fn other_hash(gram: &[u8]) -> u64 {
    hash(folded(gram)) >> 32 & OTHER_HASH
}

/// Bits of the key's hash that do not choose the bucket.
#[inline]
pub fn check_of(key: u64) -> u16 {
    (hash(key) >> 16) as u16
}

/// The bucket of a key, of 2 to the power of `bits`.
#[inline]
pub fn bucket_of(key: u64, bits: u32) -> usize {
    (hash(key) >> (64 - bits)) as usize
}

/// A gram of a text's window.
pub struct Entry {
    /// [`keyed`].
    pub key: u64,
    /// The text's number.
    pub text: u32,
    /// How far the gram is behind the text's start.
    pub offset: u8,
}

impl Entry {
    /// As it is stored; it is of this text.
    pub fn stored(&self, text: &[u8]) -> Stored {
        let offset = u64::from(self.offset);
        let other = other_gram(text, usize::from(self.offset));
        let (other, hash) = other.map_or((NO_OTHER, 0), |at| (at as u64, other_hash(text.part(at..at + GRAM))));
        let number = u64::from(self.text) << TEXT_AT;
        Stored(u64::from(check_of(self.key)) | offset << OFFSET_AT | other << OTHER_AT | hash << HASH_AT | number)
    }
}

/// An entry as it is stored, from the low end: 16 bits of the key's hash, the offset, the offset of the [other gram](other_gram) and
/// 8 bits of its hash, and the text's number.
#[derive(Clone, Copy)]
pub struct Stored(pub u64);

const OFFSET_AT: u32 = 16;
const OTHER_AT: u32 = 22;
const HASH_AT: u32 = 28;
const TEXT_AT: u32 = 36;
/// What an offset may be at most; in place of the other gram's there is none.
const NO_OTHER: u64 = (1 << (OTHER_AT - OFFSET_AT)) - 1;
const _: () = assert!(LONGEST < NO_OTHER as usize && HASH_AT - OTHER_AT == OTHER_AT - OFFSET_AT);

impl Stored {
    /// [`check_of`] its key.
    #[inline(always)]
    pub fn check(self) -> u16 {
        self.0 as u16
    }

    /// How far the gram is behind the text's start.
    #[inline(always)]
    pub fn offset(self) -> usize {
        (self.0 >> OFFSET_AT & NO_OTHER) as usize
    }

    /// Where the other gram is in the text, and its hash.
    #[inline(always)]
    pub fn other(self) -> Option<(usize, u64)> {
        let at = self.0 >> OTHER_AT & NO_OTHER;
        (at != NO_OTHER).then_some((at as usize, self.0 >> HASH_AT & OTHER_HASH))
    }

    /// The text's number.
    #[inline(always)]
    pub fn text(self) -> usize {
        (self.0 >> TEXT_AT) as usize
    }
}
