//! Finds which of many fixed texts stand in a line or a block of lines, at a cost that hardly grows with their number.
//!
//! The bytes are sampled: grams of eight bytes at every eighth byte, of five and of four at every fourth are hashed into bit maps.
//! Of every text one window is chosen such that wherever the text stands, one sample falls wholly into the window; the window's
//! grams are in the map. So a text that is there is always noticed (Wu–Manber's idea with sampling). Texts of at least 15 bytes
//! rely on the longest grams, those of 8 to 14 on the middle ones. Of the few shorter texts a byte of the gram may stand outside: any
//! byte will do there. Letter case is folded by OR-ing 0x20, on both sides alike.
//!
//! The tables are plain bytes, so that those of the built-in database are made when whyfail is built and used as they lie in the
//! binary; those of a user's signatures are made when they are read. The build script shares this file.

use std::borrow::Cow;

use crate::signature::literal::{LONG_WINDOW, LONGEST, Literal, SHORT_WINDOW};

/// Bytes between two samples of long grams, and their size.
const LONG: usize = 8;
/// Bytes between two samples of other grams.
const STEP: usize = 4;
/// Bytes of a middle gram, for texts of at least 8 bytes.
const MIDDLE: usize = 5;
/// Bytes of a tiny gram, for texts of 5 to 7 bytes.
const TINY: usize = 4;
/// Both have one map, of 2^13 words of 64 bits: their first four bytes choose the word, so that one load serves both.
const SHORT_BITS: u32 = 13;
const SHORT_WORDS: usize = 1 << SHORT_BITS;
const SHORT_BYTES: usize = 8 * SHORT_WORDS;
/// The map of long grams has 2^20 bits, or 2^23 for many texts.
const LONG_BITS: [u32; 2] = [20, 23];
/// So many texts are many.
const MANY: usize = 12_000;
/// The bytes of a middle gram.
const MIDDLE_MASK: u64 = (1 << (8 * MIDDLE)) - 1;
/// The bytes of a tiny gram that always belong to the text.
const TINY_MASK: u64 = 0x00ff_ff00;
const FOLD: u64 = 0x2020_2020_2020_2020;
/// Bytes of one stored entry, and of one place of a text.
const ENTRY: usize = 8;
/// Bytes looked at between two decisions.
const STRIDE: usize = 32;

const _: () = assert!(LONG_WINDOW == 2 * LONG - 1 && SHORT_WINDOW == MIDDLE + STEP - 1 && LONGEST < 128);

/// Finds fixed texts in bytes, regardless of ASCII letter case.
///
/// The bytes: a header of six little-endian `u32`, the maps of short and of long grams, the starts of the buckets, the entries,
/// for each text where it starts and how long it is, the texts, and as many zeros as one look takes in.
#[derive(Debug, Clone)]
pub struct Prefilter {
    bytes: Cow<'static, [u8]>,
    layout: Layout,
}

/// Where the parts stand.
#[derive(Debug, Clone, Copy, Default)]
struct Layout {
    long_bits: u32,
    bucket_bits: u32,
    buckets: usize,
    entries: usize,
    places: usize,
    texts: usize,
    end: usize,
}

const HEADER: usize = 24;

impl Layout {
    fn new(long_bits: u32, bucket_bits: u32, entries: usize, places: usize, texts: usize) -> Self {
        let long = HEADER + SHORT_BYTES;
        let buckets = long + (1 << (long_bits - 3));
        let entries_at = buckets + 4 * ((1 << bucket_bits) + 1);
        let places_at = entries_at + ENTRY * entries;
        let texts_at = places_at + ENTRY * places;
        let end = texts_at + texts + 8;
        Layout { long_bits, bucket_bits, buckets, entries: entries_at, places: places_at, texts: texts_at, end }
    }
}

/// A gram of a text's window. Stored in 8 bytes, from the low end: 16 bits of the key's hash, the offset, nothing, the text.
struct Entry {
    /// [`keyed`].
    key: u64,
    /// The text's number.
    text: u32,
    /// How far the gram is behind the text's start; -1 where it begins before.
    offset: i8,
}

impl Prefilter {
    /// A filter for these texts, each of at least 5 bytes.
    pub fn new(texts: &[&Literal]) -> Self {
        let long_bits = LONG_BITS[usize::from(texts.len() > MANY)];
        let mut short_map = vec![0u8; SHORT_BYTES];
        let mut long_map = vec![0u8; 1 << (long_bits - 3)];
        let mut all = Vec::new();
        let mut places: Vec<(u32, usize)> = Vec::new();
        let mut entries: Vec<Entry> = Vec::new();
        for (number, literal) in (0..).zip(texts) {
            let text = &literal.text[..literal.text.len().min(LONGEST)];
            places.push((all.len() as u32, text.len()));
            all.extend_from_slice(text);
            let mut enter = |key: u64, offset: i8| {
                entries.push(Entry { key, text: number, offset });
            };
            let window = usize::from(literal.window).min(text.len());
            if text.len() >= LONG_WINDOW {
                for at in window..window + LONG {
                    let gram = folded(&text[at..at + LONG]);
                    long_bits_of(gram, long_bits).into_iter().for_each(|bit| mark(&mut long_map, bit));
                    enter(keyed(Kind::Long, gram), at as i8);
                }
            } else if text.len() >= SHORT_WINDOW {
                for at in window..window + STEP {
                    let gram = folded(&text[at..at + MIDDLE]);
                    mark(&mut short_map, 64 * short_word(gram) + middle_bit(gram));
                    enter(keyed(Kind::Middle, gram), at as i8);
                }
            } else {
                // Four samples in a row, of which one is met. The first begins before the text, the last may end behind it.
                for at in -1..STEP as i8 - 1 {
                    let (gram, outside) = match usize::try_from(at) {
                        Err(_) => (folded(&text[..TINY - 1]) << 8, 0xff),
                        Ok(at) => match text.get(at..at + TINY) {
                            Some(gram) => (folded(gram), 0),
                            None => (folded(&text[at..at + TINY - 1]), 0xff << (8 * (TINY - 1))),
                        },
                    };
                    for byte in 0..=u8::MAX {
                        let whole = gram | outside & (u64::from(byte | 0x20) * 0x0101_0101);
                        mark(&mut short_map, 64 * short_word(whole) + tiny_bit(whole));
                    }
                    enter(keyed(Kind::Tiny, gram & TINY_MASK), at);
                }
            }
        }
        let bucket_bits = (entries.len().max(1).ilog2() + 1).clamp(6, 18);
        entries.sort_by_key(|entry| (bucket_of(entry.key, bucket_bits), entry.text));
        let layout = Layout::new(long_bits, bucket_bits, entries.len(), places.len(), all.len());
        let mut bytes = Vec::with_capacity(layout.end);
        for number in [long_bits, bucket_bits, entries.len() as u32, places.len() as u32, all.len() as u32, 0] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&short_map);
        bytes.extend_from_slice(&long_map);
        let mut next = 0;
        for bucket in 0..=1usize << bucket_bits {
            while entries.get(next).is_some_and(|entry| bucket_of(entry.key, bucket_bits) < bucket) {
                next += 1;
            }
            bytes.extend_from_slice(&(next as u32).to_le_bytes());
        }
        for Entry { key, text, offset } in &entries {
            let offset = u64::from(offset.to_le_bytes()[0]);
            let entry = u64::from(check_of(*key)) | offset << 16 | u64::from(*text) << 32;
            bytes.extend_from_slice(&entry.to_le_bytes());
        }
        for (from, length) in places {
            bytes.extend_from_slice(&(u64::from(from) | (length as u64) << 32).to_le_bytes());
        }
        bytes.extend_from_slice(&all);
        bytes.extend_from_slice(&[0; 8]);
        Prefilter { bytes: Cow::Owned(bytes), layout }
    }

    /// A filter made before; `None` if the bytes are not one.
    pub fn from_bytes(bytes: &'static [u8]) -> Option<Self> {
        let number = |at: usize| bytes.get(at..at + 4)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes));
        let (long_bits, bucket_bits) = (number(0)?, number(4)?);
        if !LONG_BITS.contains(&long_bits) || !(6..=18).contains(&bucket_bits) {
            return None;
        }
        let layout =
            Layout::new(long_bits, bucket_bits, number(8)? as usize, number(12)? as usize, number(16)? as usize);
        (bytes.len() >= layout.end).then_some(Prefilter { bytes: Cow::Borrowed(bytes), layout })
    }

    /// Calls `found` with the number of each text that is in `line` and where it starts; with one text perhaps several times.
    #[inline]
    pub fn find(&self, line: &[u8], mut found: impl FnMut(usize, usize)) {
        let _ = self.search(line, |text, start| {
            found(text, start);
            false
        });
    }

    /// The first text met that is `wanted`, by its number and start, and where it starts. Another wanted text may start a few bytes before
    /// it, but none in an earlier line.
    #[inline]
    pub fn first(&self, block: &[u8], wanted: impl FnMut(usize, usize) -> bool) -> Option<usize> {
        self.search(block, wanted)
    }

    #[inline]
    fn search(&self, block: &[u8], wanted: impl FnMut(usize, usize) -> bool) -> Option<usize> {
        const SMALL: usize = 1 << (LONG_BITS[0] - 6);
        const BIG: usize = 1 << (LONG_BITS[1] - 6);
        let (short, rest) = self.bytes.get(HEADER..)?.split_first_chunk::<SHORT_BYTES>()?;
        let short = short.as_chunks::<8>().0.first_chunk::<SHORT_WORDS>()?;
        if self.layout.long_bits == LONG_BITS[0] {
            let maps = Maps { short, long: rest.as_chunks::<8>().0.first_chunk::<SMALL>()? };
            self.search_maps(block, maps, wanted)
        } else {
            let maps = Maps { short, long: rest.as_chunks::<8>().0.first_chunk::<BIG>()? };
            self.search_maps(block, maps, wanted)
        }
    }

    #[inline]
    fn search_maps<const WORDS: usize>(
        &self,
        block: &[u8],
        maps: Maps<'_, WORDS>,
        mut wanted: impl FnMut(usize, usize) -> bool,
    ) -> Option<usize> {
        let mut at = 0;
        // A stride and what its last gram needs behind it.
        while let Some(bytes) = block.get(at..).and_then(|rest| rest.first_chunk::<{ STRIDE + LONG }>()) {
            let mut any = 0;
            for place in (0..STRIDE).step_by(LONG) {
                let (first, second) = (word_at(bytes, place), word_at(bytes, place + STEP));
                any |= maps.look(first, second) << place;
            }
            while any != 0 {
                let place = any.trailing_zeros() as usize;
                any &= any - 1;
                let (first, second) = (word_at(bytes, place), word_at(bytes, place + STEP));
                let start = self.closer(block, at + place, first, second, &maps, &mut wanted);
                if start.is_some() {
                    return start;
                }
            }
            at += STRIDE;
        }
        while at < block.len() {
            let (first, second) = (padded(&block[at..]), padded(block.get(at + STEP..).unwrap_or_default()));
            if maps.look(first, second) != 0 {
                let start = self.closer(block, at, first, second, &maps, &mut wanted);
                if start.is_some() {
                    return start;
                }
            }
            at += LONG;
        }
        None
    }

    /// Looks at every gram of a place where one was met.
    fn closer<const WORDS: usize>(
        &self,
        block: &[u8],
        at: usize,
        first: u64,
        second: u64,
        maps: &Maps<'_, WORDS>,
        wanted: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Option<usize> {
        if maps.has_long(first) {
            let start = self.confirm(block, at, keyed(Kind::Long, first), wanted);
            if start.is_some() {
                return start;
            }
        }
        for (at, word) in [(at, first), (at + STEP, second)] {
            let (middle, tiny) = maps.has_short(word);
            if middle {
                let start = self.confirm(block, at, keyed(Kind::Middle, word & MIDDLE_MASK), wanted);
                if start.is_some() {
                    return start;
                }
            }
            if tiny {
                let start = self.confirm(block, at, keyed(Kind::Tiny, word & TINY_MASK), wanted);
                if start.is_some() {
                    return start;
                }
            }
        }
        None
    }

    /// Is a whole text there, of which a gram stands at `at`? Most hits of single grams are chance.
    #[inline(never)]
    fn confirm(
        &self,
        block: &[u8],
        at: usize,
        key: u64,
        wanted: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Option<usize> {
        let bucket = bucket_of(key, self.layout.bucket_bits);
        let range = self.bytes.get(self.layout.buckets + 4 * bucket..)?.first_chunk::<8>()?;
        let range = u64::from_le_bytes(*range);
        let (from, to) = ((range & 0xffff_ffff) as usize, (range >> 32) as usize);
        let entries = self.bytes.get(self.layout.entries + ENTRY * from..self.layout.entries + ENTRY * to)?;
        let check = u64::from(check_of(key));
        for entry in entries.as_chunks::<ENTRY>().0 {
            let entry = u64::from_le_bytes(*entry);
            if entry & 0xffff != check {
                continue;
            }
            let (offset, text) = (isize::from((entry >> 16) as i8), (entry >> 32) as usize);
            let Some(start) = at.checked_add_signed(-offset) else { continue };
            let place = u64::from_le_bytes(*self.bytes.get(self.layout.places + ENTRY * text..)?.first_chunk::<8>()?);
            let (from, length) = (self.layout.texts + (place & 0xffff_ffff) as usize, (place >> 32) as usize);
            let (Some(bytes), Some(known)) = (block.get(start..start + length), self.bytes.get(from..from + length))
            else {
                continue;
            };
            // Most chance hits end at the first bytes.
            let heads = block
                .get(start..)
                .and_then(|rest| rest.first_chunk::<8>())
                .zip(self.bytes.get(from..)?.first_chunk::<8>());
            let shared = u64::MAX >> (64 - 8 * length.min(8));
            let differs =
                |(a, b): (&[u8; 8], &[u8; 8])| (u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b)) & !FOLD & shared != 0;
            if heads.is_some_and(differs) || !bytes.eq_ignore_ascii_case(known) {
                continue;
            }
            if wanted(text, start) {
                return Some(start);
            }
        }
        None
    }
}

/// The bytes to make it from again.
impl AsRef<[u8]> for Prefilter {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The maps of grams.
#[derive(Clone, Copy)]
struct Maps<'m, const WORDS: usize> {
    short: &'m [[u8; 8]; SHORT_WORDS],
    long: &'m [[u8; 8]; WORDS],
}

impl<const WORDS: usize> Maps<'_, WORDS> {
    const LONG_BITS: u32 = WORDS.ilog2() + 6;

    /// 1: a gram that starts in the first four bytes of one of the two words is known.
    #[inline(always)]
    fn look(&self, first: u64, second: u64) -> u32 {
        let short = |word: u64| {
            let map = self.short_map(word);
            map >> middle_bit(word) | map >> tiny_bit(word)
        };
        let place = long_bit(first, Self::LONG_BITS);
        let long = u64::from_le_bytes(self.long[place >> 6 & (WORDS - 1)]) >> (place & 63);
        (short(first) | short(second) | long) as u32 & 1
    }

    #[inline(always)]
    fn short_map(&self, word: u64) -> u64 {
        u64::from_le_bytes(self.short[short_word(word)])
    }

    /// Is the word's middle gram known, and is its tiny one?
    fn has_short(&self, word: u64) -> (bool, bool) {
        let map = self.short_map(word);
        (map >> middle_bit(word) & 1 == 1, map >> tiny_bit(word) & 1 == 1)
    }

    fn has_long(&self, gram: u64) -> bool {
        let set = |bit: usize| u64::from_le_bytes(self.long[bit >> 6 & (WORDS - 1)]) >> (bit & 63) & 1 == 1;
        long_bits_of(gram, Self::LONG_BITS).into_iter().all(set)
    }
}

fn mark(map: &mut [u8], bit: usize) {
    if let Some(byte) = map.get_mut(bit >> 3) {
        *byte |= 1 << (bit & 7);
    }
}

/// Eight bytes, letter case folded.
#[inline(always)]
fn word_at<const BYTES: usize>(bytes: &[u8; BYTES], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()).map_or(0, |bytes| u64::from_le_bytes(*bytes)) | FOLD
}

/// The last bytes of a block, fewer than a word.
fn padded(bytes: &[u8]) -> u64 {
    let mut word = [0u8; 8];
    let length = bytes.len().min(8);
    word[..length].copy_from_slice(&bytes[..length]);
    u64::from_le_bytes(word) | FOLD
}

/// What a gram was taken from.
#[derive(Clone, Copy)]
enum Kind {
    Long,
    Middle,
    Tiny,
}

/// A gram and its kind in one number.
#[inline]
fn keyed(kind: Kind, gram: u64) -> u64 {
    gram ^ (kind as u64) << 61
}

/// Up to 8 bytes as a number, letter case folded.
fn folded(bytes: &[u8]) -> u64 {
    if let Some(bytes) = bytes.first_chunk::<8>() {
        return u64::from_le_bytes(*bytes) | FOLD;
    }
    let mut word = [0u8; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    let mask = (1u64 << (8 * bytes.len())) - 1;
    (u64::from_le_bytes(word) | FOLD) & mask
}

#[inline(always)]
fn hash(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[inline(always)]
fn long_bit(word: u64, bits: u32) -> usize {
    (hash(word) >> (64 - bits)) as usize
}

/// The bit that is looked at first, and a second one for the same gram: chance seldom hits both.
fn long_bits_of(gram: u64, bits: u32) -> [usize; 2] {
    let second = hash(gram ^ gram >> 29);
    [long_bit(gram, bits), (second >> (64 - bits)) as usize]
}

/// Which word of the map is that of the short grams with which `word` starts.
#[inline(always)]
fn short_word(word: u64) -> usize {
    (short_hash(word) >> (32 - SHORT_BITS)) as usize & (SHORT_WORDS - 1)
}

/// Where a middle gram stands in it, below 64.
#[inline(always)]
fn middle_bit(word: u64) -> usize {
    (u64::from(short_hash(word) >> 7) ^ word >> 32) as usize & 63
}

/// Where a tiny gram stands in it, below 64.
#[inline(always)]
fn tiny_bit(word: u64) -> usize {
    (short_hash(word) >> 13) as usize & 63
}

/// Of the first four bytes.
#[inline(always)]
fn short_hash(word: u64) -> u32 {
    (word as u32).wrapping_mul(0x9e37_79b1)
}

/// Bits of the key's hash that do not choose the bucket.
#[inline]
fn check_of(key: u64) -> u16 {
    (hash(key) >> 16) as u16
}

#[inline]
fn bucket_of(key: u64, bits: u32) -> usize {
    (hash(key) >> (64 - bits)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::literal::required;
    use proptest::prelude::*;

    fn finds(filter: &Prefilter, line: &[u8]) -> bool {
        let mut any = false;
        filter.find(line, |_, _| any = true);
        any
    }

    #[test]
    fn notices_every_text_at_every_place() {
        let texts = [
            "403 Forbidden",
            "permission denied",
            "E401 ",
            "E401 x",
            "E401 xy",
            "no space left on device",
            "short one",
        ];
        let literals: Vec<Literal> = texts.iter().flat_map(|text| required(text).unwrap()).collect();
        for literal in &literals {
            let filter = Prefilter::new(&[literal]);
            for before in 0..40 {
                for after in 0..10 {
                    let text = literal.text.to_ascii_uppercase();
                    let line = [vec![b'x'; before], text, vec![b'y'; after]].concat();
                    assert!(finds(&filter, &line), "{}", String::from_utf8_lossy(&line));
                    assert_eq!(filter.first(&line, |_, _| true), Some(before));
                }
            }
            assert!(!finds(&filter, b"#12 3.456 Downloading crates and compiling everything in sight, slowly"));
        }
    }

    #[test]
    fn stored_and_read_again_it_is_the_same() {
        let literals: Vec<Literal> = required("no such host|E401 x").unwrap();
        let made = Prefilter::new(&literals.iter().collect::<Vec<_>>());
        let bytes: &'static [u8] = made.as_ref().to_vec().leak();
        let read = Prefilter::from_bytes(bytes).unwrap();
        assert!(finds(&read, b"dial tcp: no such host") && finds(&read, b"e401 x") && !finds(&read, b"no such guest"));
        assert!(Prefilter::from_bytes(&bytes[..bytes.len() - 1]).is_none());
        assert!(Prefilter::from_bytes(b"").is_none());
    }

    proptest! {
        #[test]
        fn never_misses(text in "[a-zA-Z0-9 :./-]{5,30}", before in "\\PC{0,60}", after in "\\PC{0,20}") {
            let literals = required(&regex::escape(&text)).unwrap();
            let filter = Prefilter::new(&literals.iter().collect::<Vec<_>>());
            let line = format!("{before}{text}{after}");
            prop_assert!(finds(&filter, line.as_bytes()));
        }
    }
}
