//! Finds which of many fixed texts stand in a line or a block of lines, at a cost that hardly grows with their number.
//!
//! The bytes are sampled: at every eighth byte a gram of eight, at every fourth byte a gram of four is hashed into a bit map. Of
//! every text one window is chosen such that wherever the text stands, one sample falls wholly into the window; the window's grams
//! are in the map. So a text that is there is always noticed (Wu–Manber's idea with sampling). Texts of at least 15 bytes rely on
//! the long grams, shorter ones on the short ones. Short grams are met often by chance: there the six bytes from the sample on are
//! looked up in a second map, or, for the few texts of less than 8 bytes, the same four in a map of their own. Letter case is folded
//! by OR-ing 0x20, on both sides alike.
//!
//! The tables are plain bytes, so that those of the built-in database are made when whyfail is built and used as they lie in the
//! binary; those of a user's signatures are made when they are read. The build script shares this file.

use std::borrow::Cow;

use crate::signature::literal::{LONG_WINDOW, LONGEST, Literal, SHORT_WINDOW};

/// Bytes between two samples of long grams.
const LONG_STEP: usize = 8;
/// Bytes of a long gram.
const LONG_GRAM: usize = 8;
/// Bytes between two samples of short grams, and their size.
const SHORT: usize = 4;
/// The map of short grams has 2^18 bits.
const SHORT_BITS: u32 = 18;
const SHORT_BYTES: usize = 1 << (SHORT_BITS - 3);
/// A second look at short grams takes in so many bytes.
const SIX: usize = 6;
/// Its map has 2^18 bits too.
const SIX_BITS: u32 = 18;
const SIX_BYTES: usize = 1 << (SIX_BITS - 3);
/// A text of so many bytes has a map of its own to be looked up in a second time: too little of it stands in six bytes.
const TINY: usize = 7;
/// That map has 2^17 bits.
const TINY_BITS: u32 = 17;
const TINY_BYTES: usize = 1 << (TINY_BITS - 3);
/// The map of long grams has 2^20 bits, or 2^23 for many texts.
const LONG_BITS: [u32; 2] = [20, 23];
/// So many texts are many.
const MANY: usize = 12_000;
const FOLD: u64 = 0x2020_2020_2020_2020;
/// Bytes of one stored entry.
const ENTRY: usize = 26;
/// Bytes looked at between two decisions.
const STRIDE: usize = 32;

// Of a short gram's six bytes at most one may stand behind the text.
const _: () = assert!(
    LONG_WINDOW == LONG_STEP + LONG_GRAM - 1
        && SHORT_WINDOW + 1 == SHORT - 1 + SIX
        && TINY < SHORT_WINDOW
        && LONGEST < 128
);

/// Finds fixed texts in bytes, regardless of ASCII letter case.
///
/// The bytes: a header of six little-endian `u32`, the maps of short grams, of six bytes, of tiny texts, of long grams, the starts of the buckets, the entries,
/// the texts.
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
    texts: usize,
    end: usize,
}

const HEADER: usize = 24;

impl Layout {
    fn new(long_bits: u32, bucket_bits: u32, entries: usize, texts: usize) -> Self {
        let long = HEADER + SHORT_BYTES + SIX_BYTES + TINY_BYTES;
        let buckets = long + (1 << (long_bits - 3));
        let entries_at = buckets + 4 * ((1 << bucket_bits) + 1);
        let texts_at = entries_at + ENTRY * entries;
        Layout { long_bits, bucket_bits, buckets, entries: entries_at, texts: texts_at, end: texts_at + texts }
    }
}

/// A gram of a text's window, and what is needed to tell whether the text is there.
struct Entry {
    /// [`keyed`].
    key: u64,
    /// The text's first bytes, at most 8, folded: most chance hits end here.
    head: u64,
    /// Where the text is among the texts.
    from: u32,
    /// The text's number.
    text: u32,
    length: u8,
    /// How far the gram is behind the text's start; -1 where it begins before.
    offset: i8,
}

impl Prefilter {
    /// A filter for these texts, each of at least 5 bytes.
    pub fn new(texts: &[&Literal]) -> Self {
        let long_bits = LONG_BITS[usize::from(texts.len() > MANY)];
        let mut short_map = vec![0u8; SHORT_BYTES];
        let mut six_map = vec![0u8; SIX_BYTES];
        let mut tiny_map = vec![0u8; TINY_BYTES];
        let mut long_map = vec![0u8; 1 << (long_bits - 3)];
        let mut all = Vec::new();
        let mut entries: Vec<Entry> = Vec::new();
        for (number, literal) in (0..).zip(texts) {
            let text = &literal.text[..literal.text.len().min(LONGEST)];
            let from = all.len() as u32;
            all.extend_from_slice(text);
            let mut enter = |key: u64, offset: i8| {
                entries.push(Entry { key, head: folded(text), from, text: number, length: text.len() as u8, offset });
            };
            let window = usize::from(literal.window).min(text.len());
            if text.len() >= LONG_WINDOW {
                for at in window..window + LONG_STEP {
                    let gram = folded(&text[at..at + LONG_GRAM]);
                    for bit in long_bits_of(gram, long_bits) {
                        long_map[bit >> 3] |= 1 << (bit & 7);
                    }
                    enter(keyed(Kind::Long, gram), at as i8);
                }
                continue;
            }
            // Four samples in a row, of which one is met.
            let first = if text.len() >= SHORT_WINDOW { window as isize } else { -1 };
            for at in first..first + SHORT as isize {
                let (kind, gram) = if at < 0 {
                    (Kind::Headless, folded(&text[..SHORT - 1]) << 8)
                } else {
                    let at = at as usize;
                    match text.get(at..at + SHORT) {
                        Some(gram) => (Kind::Short, folded(gram)),
                        None => (Kind::Tailless, folded(&text[at..at + SHORT - 1])),
                    }
                };
                for missing in 0..=u8::MAX {
                    let whole = match kind {
                        Kind::Headless => gram | u64::from(missing | 0x20),
                        Kind::Tailless => gram | u64::from(missing | 0x20) << 24,
                        _ => gram,
                    };
                    let bit = short_bit(whole);
                    short_map[bit >> 3] |= 1 << (bit & 7);
                    let bit = tiny_bit(whole);
                    if text.len() <= TINY {
                        tiny_map[bit >> 3] |= 1 << (bit & 7);
                        continue;
                    }
                    // At most one of the six bytes stands behind the text.
                    let six = &text[at as usize..text.len().min(at as usize + SIX)];
                    let whole = folded(six) | if six.len() < SIX { u64::from(missing | 0x20) << 40 } else { 0 };
                    let bit = six_bit(whole);
                    six_map[bit >> 3] |= 1 << (bit & 7);
                }
                enter(keyed(kind, gram), at as i8);
            }
        }
        let bucket_bits = (entries.len().max(1).ilog2() + 1).clamp(6, 18);
        entries.sort_by_key(|entry| (bucket_of(entry.key, bucket_bits), entry.text));
        let layout = Layout::new(long_bits, bucket_bits, entries.len(), all.len());
        let mut bytes = Vec::with_capacity(layout.end);
        for number in [long_bits, bucket_bits, entries.len() as u32, all.len() as u32, 0, 0] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&short_map);
        bytes.extend_from_slice(&six_map);
        bytes.extend_from_slice(&tiny_map);
        bytes.extend_from_slice(&long_map);
        let mut next = 0;
        for bucket in 0..=1usize << bucket_bits {
            while entries.get(next).is_some_and(|entry| bucket_of(entry.key, bucket_bits) < bucket) {
                next += 1;
            }
            bytes.extend_from_slice(&(next as u32).to_le_bytes());
        }
        for entry in &entries {
            bytes.extend_from_slice(&entry.key.to_le_bytes());
            bytes.extend_from_slice(&entry.head.to_le_bytes());
            bytes.extend_from_slice(&entry.from.to_le_bytes());
            bytes.extend_from_slice(&entry.text.to_le_bytes());
            bytes.push(entry.length);
            bytes.push(entry.offset.to_le_bytes()[0]);
        }
        bytes.extend_from_slice(&all);
        Prefilter { bytes: Cow::Owned(bytes), layout }
    }

    /// A filter made before; `None` if the bytes are not one.
    pub fn from_bytes(bytes: &'static [u8]) -> Option<Self> {
        let number = |at: usize| bytes.get(at..at + 4)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes));
        let (long_bits, bucket_bits) = (number(0)?, number(4)?);
        if !LONG_BITS.contains(&long_bits) || !(6..=18).contains(&bucket_bits) {
            return None;
        }
        let layout = Layout::new(long_bits, bucket_bits, number(8)? as usize, number(12)? as usize);
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
        const SMALL: usize = 1 << (LONG_BITS[0] - 3);
        const BIG: usize = 1 << (LONG_BITS[1] - 3);
        let (short, rest) = self.bytes.get(HEADER..)?.split_first_chunk::<SHORT_BYTES>()?;
        let (six, rest) = rest.split_first_chunk::<SIX_BYTES>()?;
        let (tiny, rest) = rest.split_first_chunk::<TINY_BYTES>()?;
        let short = ShortMaps { short, six, tiny };
        if self.layout.long_bits == LONG_BITS[0] {
            self.search_maps(block, short, rest.first_chunk::<SMALL>()?, wanted)
        } else {
            self.search_maps(block, short, rest.first_chunk::<BIG>()?, wanted)
        }
    }

    #[inline]
    fn search_maps<const BYTES: usize>(
        &self,
        block: &[u8],
        short: ShortMaps<'_>,
        long: &[u8; BYTES],
        mut wanted: impl FnMut(usize, usize) -> bool,
    ) -> Option<usize> {
        let bits = BYTES.ilog2() + 3;
        let looks = |word: u64| {
            let first = long_bit(word, bits);
            let (a, b) = (short_bit(word), short_bit(word >> 32));
            (long[first >> 3 & (BYTES - 1)] >> (first & 7))
                | (short.short[a >> 3 & (SHORT_BYTES - 1)] >> (a & 7))
                | (short.short[b >> 3 & (SHORT_BYTES - 1)] >> (b & 7))
        };
        let mut closer = |at: usize, word: u64| -> Option<usize> {
            if long_bits_of(word, bits).into_iter().all(|bit| set(long, bit)) {
                let start = self.confirm(block, at, &[keyed(Kind::Long, word)], &mut wanted);
                if start.is_some() {
                    return start;
                }
            }
            for (at, gram) in [(at, word & 0xffff_ffff), (at + SHORT, word >> 32)] {
                if set(short.short, short_bit(gram)) && short.again(gram, block, at) {
                    let headless = keyed(Kind::Headless, gram & 0xffff_ff00);
                    let keys = [keyed(Kind::Short, gram), headless, keyed(Kind::Tailless, gram & 0x00ff_ffff)];
                    let start = self.confirm(block, at, &keys, &mut wanted);
                    if start.is_some() {
                        return start;
                    }
                }
            }
            None
        };
        let mut at = 0;
        let mut strides = block.chunks_exact(STRIDE);
        for stride in strides.by_ref() {
            let mut any = 0;
            for piece in stride.as_chunks::<8>().0 {
                any |= looks(u64::from_le_bytes(*piece) | FOLD);
            }
            if any & 1 == 1 {
                for (place, piece) in stride.as_chunks::<8>().0.iter().enumerate() {
                    let start = closer(at + 8 * place, u64::from_le_bytes(*piece) | FOLD);
                    if start.is_some() {
                        return start;
                    }
                }
            }
            at += STRIDE;
        }
        for piece in strides.remainder().chunks(8) {
            let start = closer(at, padded(piece));
            if start.is_some() {
                return start;
            }
            at += 8;
        }
        None
    }

    /// Is a whole text there, of which a gram stands at `at`? Most hits of single grams are chance.
    #[inline(never)]
    fn confirm(
        &self,
        block: &[u8],
        at: usize,
        keys: &[u64],
        wanted: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Option<usize> {
        keys.iter().find_map(|key| self.confirm_key(block, at, *key, wanted))
    }

    fn confirm_key(
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
        for entry in entries.as_chunks::<ENTRY>().0 {
            let [
                k0,
                k1,
                k2,
                k3,
                k4,
                k5,
                k6,
                k7,
                h0,
                h1,
                h2,
                h3,
                h4,
                h5,
                h6,
                h7,
                f0,
                f1,
                f2,
                f3,
                n0,
                n1,
                n2,
                n3,
                length,
                offset,
            ] = *entry;
            if u64::from_le_bytes([k0, k1, k2, k3, k4, k5, k6, k7]) != key {
                continue;
            }
            let offset = isize::from(i8::from_le_bytes([offset]));
            let Some(start) = at.checked_add_signed(-offset) else { continue };
            let length = usize::from(length);
            let Some(bytes) = block.get(start..start + length) else { continue };
            if folded(bytes) != u64::from_le_bytes([h0, h1, h2, h3, h4, h5, h6, h7]) {
                continue;
            }
            let from = self.layout.texts + u32::from_le_bytes([f0, f1, f2, f3]) as usize;
            let there = self.bytes.get(from..from + length).is_some_and(|text| bytes.eq_ignore_ascii_case(text));
            if there && wanted(u32::from_le_bytes([n0, n1, n2, n3]) as usize, start) {
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

/// The maps of short grams, and those for a second look at them.
#[derive(Clone, Copy)]
struct ShortMaps<'m> {
    short: &'m [u8; SHORT_BYTES],
    six: &'m [u8; SIX_BYTES],
    tiny: &'m [u8; TINY_BYTES],
}

impl ShortMaps<'_> {
    /// The second look at a short gram that stands at `at`.
    #[inline]
    fn again(&self, gram: u64, block: &[u8], at: usize) -> bool {
        let word = match block.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
            Some(bytes) => u64::from_le_bytes(*bytes) | FOLD,
            None => padded(block.get(at..).unwrap_or_default()),
        };
        set(self.six, six_bit(word & 0xffff_ffff_ffff)) || set(self.tiny, tiny_bit(gram))
    }
}

#[inline(always)]
fn set(map: &[u8], bit: usize) -> bool {
    map.get(bit >> 3).is_some_and(|byte| byte >> (bit & 7) & 1 == 1)
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
    Short,
    /// Its first byte stands before the text.
    Headless,
    /// Its last byte stands behind the text.
    Tailless,
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

/// Of a word, whose first four bytes are the gram.
#[inline(always)]
fn short_bit(word: u64) -> usize {
    ((word as u32).wrapping_mul(0x9e37_79b1) >> (32 - SHORT_BITS)) as usize
}

#[inline(always)]
fn six_bit(six: u64) -> usize {
    (hash(six) >> (64 - SIX_BITS)) as usize
}

#[inline(always)]
fn tiny_bit(gram: u64) -> usize {
    (hash(gram) >> (64 - TINY_BITS)) as usize
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
