//! Finds which of many fixed texts stand in a line or a block of lines, at a cost that hardly grows with their number.
//!
//! Of every text one window is chosen, the rarest one in logs of good builds, and only that is looked for.
//!
//! - Texts of at least 15 bytes: the bytes are sampled. Grams of eight bytes at every eighth byte are hashed into a bit map; the window
//!   is so long that wherever the text stands, one sample falls wholly into it, and its grams are in the map. So a text that is there is
//!   always noticed (Wu–Manber's idea with sampling).
//! - Texts of 11 to 14 bytes: the same with a sample at every fourth byte.
//! - Shorter texts: one run of five bytes, looked for at every place by [`fragments`] and then in a third map.
//!
//! Letter case is folded by OR-ing 0x20, on both sides alike. A block is read in stripes of 512 bytes, so that the processor need not
//! guess what comes next: first all samples and fragments of a stripe are looked up, then what was met is confirmed.
//!
//! The tables are plain bytes, so that those of the built-in database are made when whyfail is built and used as they lie in the
//! binary; those of a user's signatures are made when they are read. The build script shares this file.

use std::borrow::Cow;

#[cfg(target_arch = "x86_64")]
use super::fragments;
use super::fragments::{BEHIND, Buckets, FRAGMENT, MASKS, Masks, STRIDE, STRIPE, Tables};
use crate::pieces::Pieces;
use crate::signature::literal::{
    GRAM, LONG_WINDOW, LONGEST, Literal, MIDDLE_WINDOW, SHORT_WINDOW, rarest_window, window_of, windows,
};

/// Bytes between two samples for long texts, and for middle ones.
const LONG_STEP: usize = 8;
const MIDDLE_STEP: usize = 4;
/// The map of grams at every eighth byte has 2^21 bits, or 2^23 for many texts.
const LONG_BITS: [u32; 2] = [21, 23];
/// So many texts are many.
const MANY: usize = 12_000;
/// The map of grams at the bytes between has 2^18 bits.
const MIDDLE_BITS: u32 = 18;
const MIDDLE_WORDS: usize = 1 << (MIDDLE_BITS - 6);
/// The map of short runs has 2^15 bits.
const SHORT_BITS: u32 = 15;
const SHORT_WORDS: usize = 1 << (SHORT_BITS - 6);
/// Strides after which fragments are looked up.
const GROUP: usize = 4;
/// The bytes of a short run.
const SHORT_MASK: u64 = (1 << (8 * SHORT_WINDOW)) - 1;
const FOLD: u64 = 0x2020_2020_2020_2020;
/// Bytes of one stored entry, and of one place of a text.
const ENTRY: usize = 8;

const _: () = assert!(LONG_WINDOW == GRAM + LONG_STEP - 1 && MIDDLE_WINDOW == GRAM + MIDDLE_STEP - 1 && LONGEST < 128);
const _: () = assert!(SHORT_WINDOW > FRAGMENT && BEHIND >= GRAM && BEHIND >= FRAGMENT && STRIPE / LONG_STEP == 64);

/// Finds fixed texts in bytes, regardless of ASCII letter case.
///
/// The bytes: a header of six little-endian `u32`, the tables of fragments, the maps of short, middle and long grams, the starts
/// of the buckets, the entries, for each text where it starts and how long it is, the texts, and as many zeros as one look takes in.
#[derive(Debug, Clone)]
pub struct Prefilter {
    bytes: Cow<'static, [u8]>,
    layout: Layout,
    tables: Box<Tables>,
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
        let long = HEADER + MASKS + 8 * SHORT_WORDS + 8 * MIDDLE_WORDS;
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
    /// How far the gram is behind the text's start.
    offset: u8,
}

impl Prefilter {
    /// A filter for these texts, each of at least 5 bytes.
    pub fn new(texts: &[&Literal]) -> Self {
        let [few, many] = LONG_BITS;
        let long_bits = if texts.len() > MANY { many } else { few };
        let mut buckets = Buckets::new();
        let mut short_map = vec![0u8; 8 * SHORT_WORDS];
        let mut middle_map = vec![0u8; 8 * MIDDLE_WORDS];
        let mut long_map = vec![0u8; 1 << (long_bits - 3)];
        let mut all = Vec::new();
        let mut places: Vec<(u32, usize)> = Vec::new();
        let mut entries: Vec<Entry> = Vec::new();
        // The shortest texts have the least choice, so they come first.
        let mut short: Vec<(u32, &[u8])> = Vec::new();
        for (number, literal) in (0..).zip(texts) {
            let text = literal.text.head(LONGEST);
            places.push((all.len() as u32, text.len()));
            all.extend_from_slice(text);
            let step = match window_of(text) {
                LONG_WINDOW => LONG_STEP,
                MIDDLE_WINDOW => MIDDLE_STEP,
                _ => {
                    short.push((number, text));
                    continue;
                }
            };
            let window = rarest_window(text);
            for at in window..window + step {
                let gram = folded(text.part(at..at + GRAM));
                mark(&mut long_map, bit_of(gram, long_bits));
                if step == MIDDLE_STEP {
                    mark(&mut middle_map, bit_of(gram, MIDDLE_BITS));
                }
                entries.push(Entry { key: keyed(Kind::Sampled, gram), text: number, offset: at as u8 });
            }
        }
        short.sort_by_key(|(_, text)| text.len());
        for (number, text) in short {
            let runs: Vec<(usize, u32)> = windows(text, SHORT_WINDOW).collect();
            let fragments: Vec<([u8; FRAGMENT], u32)> = runs
                .iter()
                .map(|(at, cost)| {
                    let mut fragment = [0; FRAGMENT];
                    fragment.iter_mut().zip(text.tail(*at)).for_each(|(to, from)| *to = from | 0x20);
                    (fragment, cost / 256)
                })
                .collect();
            let Some((at, _)) = runs.get(buckets.take(&fragments)) else { continue };
            let run = folded(text.part(*at..(at + SHORT_WINDOW).min(text.len())));
            mark(&mut short_map, bit_of(run, SHORT_BITS));
            entries.push(Entry { key: keyed(Kind::Short, run), text: number, offset: *at as u8 });
        }
        let bucket_bits = (entries.len().max(1).ilog2() + 1).clamp(6, 18);
        entries.sort_by_key(|entry| (bucket_of(entry.key, bucket_bits), entry.text));
        let layout = Layout::new(long_bits, bucket_bits, entries.len(), places.len(), all.len());
        let mut bytes = Vec::with_capacity(layout.end);
        for number in [long_bits, bucket_bits, entries.len() as u32, places.len() as u32, all.len() as u32, 0] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&buckets.masks());
        bytes.extend_from_slice(&short_map);
        bytes.extend_from_slice(&middle_map);
        bytes.extend_from_slice(&long_map);
        let mut next = 0;
        for bucket in 0..=1usize << bucket_bits {
            while entries.get(next).is_some_and(|entry| bucket_of(entry.key, bucket_bits) < bucket) {
                next += 1;
            }
            bytes.extend_from_slice(&(next as u32).to_le_bytes());
        }
        for Entry { key, text, offset } in &entries {
            let entry = u64::from(check_of(*key)) | u64::from(*offset) << 16 | u64::from(*text) << 32;
            bytes.extend_from_slice(&entry.to_le_bytes());
        }
        for (from, length) in places {
            bytes.extend_from_slice(&(u64::from(from) | (length as u64) << 32).to_le_bytes());
        }
        bytes.extend_from_slice(&all);
        bytes.extend_from_slice(&[0; 8]);
        Prefilter { bytes: Cow::Owned(bytes), layout, tables: Box::new(Tables::new(&buckets.masks())) }
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
        let tables = Box::new(Tables::new(bytes.get(HEADER..)?.first_chunk()?));
        (bytes.len() >= layout.end).then_some(Prefilter { bytes: Cow::Borrowed(bytes), layout, tables })
    }

    /// Calls `found` with the number of each text that is in `block` and where it starts, line after line; with one text perhaps
    /// several times.
    #[inline]
    pub fn find(&self, block: &[u8], mut found: impl FnMut(usize, usize)) {
        let _ = self.search(block, &mut found);
    }

    fn search(&self, block: &[u8], found: &mut dyn FnMut(usize, usize)) -> Option<()> {
        const SMALL: usize = 1 << (LONG_BITS[0] - 6);
        const BIG: usize = 1 << (LONG_BITS[1] - 6);
        let (masks, rest) = self.bytes.get(HEADER..)?.split_first_chunk::<MASKS>()?;
        let (words, _) = rest.as_chunks::<8>();
        let (short, words) = words.split_first_chunk::<SHORT_WORDS>()?;
        let (middle, words) = words.split_first_chunk::<MIDDLE_WORDS>()?;
        if self.layout.long_bits == LONG_BITS[0] {
            let long = words.first_chunk::<SMALL>()?;
            self.search_maps(block, Maps { masks, tables: &self.tables, short, middle, long }, found);
        } else {
            let long = words.first_chunk::<BIG>()?;
            self.search_maps(block, Maps { masks, tables: &self.tables, short, middle, long }, found);
        }
        Some(())
    }

    fn search_maps<const WORDS: usize>(
        &self,
        block: &[u8],
        maps: Maps<'_, WORDS>,
        found: &mut dyn FnMut(usize, usize),
    ) {
        let mut met = Met { sampled: 0, shorts: 0, short: [0; STRIPE] };
        let mut end = [0; STRIPE + BEHIND];
        let mut from = 0;
        while from < block.len() {
            let rest = block.tail(from);
            let bytes = match rest.first_chunk::<{ STRIPE + BEHIND }>() {
                Some(bytes) => bytes,
                None => {
                    if let Some(start) = end.get_mut(..rest.len()) {
                        start.copy_from_slice(rest);
                    }
                    &end
                }
            };
            maps.look(bytes, rest.len().min(STRIPE).div_ceil(STRIDE), &mut met);
            let mut sampled = met.sampled;
            let mut short = met.short.iter().take(met.shorts).map(|at| usize::from(*at)).peekable();
            loop {
                let sample = if sampled == 0 { STRIPE } else { LONG_STEP * sampled.trailing_zeros() as usize };
                if let Some(at) = short.next_if(|at| *at < sample) {
                    let run = word_at(bytes, at) & SHORT_MASK;
                    self.confirm(block, from + at, keyed(Kind::Short, run), found);
                } else if sampled == 0 {
                    break;
                } else {
                    sampled &= sampled - 1;
                    let (first, second) = (word_at(bytes, sample), word_at(bytes, sample + MIDDLE_STEP));
                    if is_set(maps.long, bit_of(first, Maps::<WORDS>::LONG_BITS)) {
                        self.confirm(block, from + sample, keyed(Kind::Sampled, first), found);
                    }
                    if is_set(maps.middle, bit_of(second, MIDDLE_BITS)) {
                        self.confirm(block, from + sample + MIDDLE_STEP, keyed(Kind::Sampled, second), found);
                    }
                }
            }
            from += STRIPE;
        }
    }

    /// Is a whole text there, of which a gram stands at `at`? Most hits of single grams are chance.
    #[inline(never)]
    fn confirm(&self, block: &[u8], at: usize, key: u64, found: &mut dyn FnMut(usize, usize)) -> Option<()> {
        let own: &[u8] = &self.bytes;
        let bucket = bucket_of(key, self.layout.bucket_bits);
        let range = own.get(self.layout.buckets + 4 * bucket..)?.first_chunk::<8>()?;
        let range = u64::from_le_bytes(*range);
        let (from, to) = ((range & 0xffff_ffff) as usize, (range >> 32) as usize);
        let entries = own.get(self.layout.entries + ENTRY * from..self.layout.entries + ENTRY * to)?;
        let check = u64::from(check_of(key));
        for entry in entries.as_chunks::<ENTRY>().0 {
            let entry = u64::from_le_bytes(*entry);
            if entry & 0xffff != check {
                continue;
            }
            let (offset, text) = ((entry >> 16 & 0xff) as usize, (entry >> 32) as usize);
            let Some(start) = at.checked_sub(offset) else { continue };
            let place = u64::from_le_bytes(*own.get(self.layout.places + ENTRY * text..)?.first_chunk::<8>()?);
            let (from, length) = (self.layout.texts + (place & 0xffff_ffff) as usize, (place >> 32) as usize);
            let (Some(bytes), Some(known)) = (block.get(start..start + length), own.get(from..from + length)) else {
                continue;
            };
            if same(bytes, known) {
                found(text, start);
            }
        }
        Some(())
    }
}

/// The bytes to make it from again.
impl AsRef<[u8]> for Prefilter {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What was met in a stripe.
struct Met {
    /// Bit `n`: a gram at byte `8 * n` or at the fourth byte behind it.
    sampled: u64,
    /// How many short runs.
    shorts: usize,
    /// Where they start, in order.
    short: [u16; STRIPE],
}

type Words<const N: usize> = [[u8; 8]; N];

/// The maps of grams.
#[derive(Clone, Copy)]
struct Maps<'m, const WORDS: usize> {
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "only wide registers look them up"))]
    masks: &'m Masks,
    tables: &'m Tables,
    short: &'m Words<SHORT_WORDS>,
    middle: &'m Words<MIDDLE_WORDS>,
    long: &'m Words<WORDS>,
}

impl<const WORDS: usize> Maps<'_, WORDS> {
    const LONG_BITS: u32 = WORDS.ilog2() + 6;

    /// Looks up the first strides of a stripe.
    #[inline]
    fn look(&self, bytes: &[u8; STRIPE + BEHIND], strides: usize, met: &mut Met) {
        #[cfg(target_arch = "x86_64")]
        if fragments::has_avx2() {
            // SAFETY: the processor has what the function is compiled for.
            #[allow(unsafe_code)]
            unsafe {
                self.look_avx2(bytes, strides, met);
            }
            return;
        }
        self.look_with(bytes, strides, |at| self.tables.places(bytes, at), met);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn look_avx2(&self, bytes: &[u8; STRIPE + BEHIND], strides: usize, met: &mut Met) {
        let tables = fragments::Avx2::new(self.masks);
        self.look_with(bytes, strides, |at| tables.places(bytes, at), met);
    }

    #[inline(always)]
    fn look_with(&self, bytes: &[u8; STRIPE + BEHIND], strides: usize, places: impl Fn(usize) -> u32, met: &mut Met) {
        let (mut sampled, mut shorts) = (0, 0);
        for group in 0..strides.div_ceil(GROUP).min(STRIPE / STRIDE / GROUP) {
            let from = STRIDE * GROUP * group;
            // Where fragments start; few of them belong to a short run.
            let mut fragments = [0u16; GROUP * STRIDE + 2];
            let mut count = 0;
            for stride in 0..GROUP {
                let at = from + STRIDE * stride;
                let mut found = places(at);
                let mut next = count;
                count += found.count_ones() as usize;
                // Most often there are few: two are written without asking.
                loop {
                    if let Some(two) = fragments.get_mut(next..).and_then(|rest| rest.first_chunk_mut::<2>()) {
                        for place in two {
                            *place = (at + found.trailing_zeros() as usize) as u16;
                            found &= found.wrapping_sub(1);
                        }
                    }
                    next += 2;
                    if found == 0 {
                        break;
                    }
                }
                for place in 0..STRIDE / LONG_STEP {
                    let at = at + LONG_STEP * place;
                    let (first, second) = (hash(word_at(bytes, at)), hash(word_at(bytes, at + MIDDLE_STEP)));
                    let any = word_of(self.long, first, Self::LONG_BITS) >> bit_in_word(first)
                        | word_of(self.middle, second, MIDDLE_BITS) >> bit_in_word(second);
                    sampled |= (any & 1) << (at / LONG_STEP);
                }
            }
            for at in fragments.iter().take(count) {
                let at = usize::from(*at) & (STRIPE - 1);
                let run = hash(word_at(bytes, at) & SHORT_MASK);
                let known = word_of(self.short, run, SHORT_BITS) >> bit_in_word(run) & 1;
                if let Some(place) = met.short.get_mut(shorts & (STRIPE - 1)) {
                    *place = at as u16;
                }
                shorts += known as usize;
            }
        }
        met.sampled = sampled;
        met.shorts = shorts;
    }
}

/// Is `bytes` the text `known`, but for ASCII letter case? That one is in lower case.
#[inline(always)]
fn same(bytes: &[u8], known: &[u8]) -> bool {
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    match (bytes.as_chunks::<8>(), known.as_chunks::<8>()) {
        ((starts, _), (known_starts, _)) if !starts.is_empty() && bytes.len() == known.len() => {
            // The last word may overlap the one before.
            let ends = bytes.last_chunk::<8>().zip(known.last_chunk::<8>());
            starts.iter().zip(known_starts).chain(ends).all(|(a, b)| lower(word(a)) == word(b))
        }
        _ => bytes.eq_ignore_ascii_case(known),
    }
}

/// Eight bytes with the capital letters of ASCII among them in lower case.
#[inline(always)]
fn lower(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    let low = word & !HIGH;
    let from_a = low + (0x80 - b'A' as u64) * ONES;
    let beyond_z = low + (0x7f - b'Z' as u64) * ONES;
    let capital = !word & HIGH & (from_a ^ beyond_z);
    word | capital >> 2
}

/// The word of a map that a hash chooses by its highest bits.
#[inline(always)]
fn word_of<const WORDS: usize>(map: &Words<WORDS>, hash: u64, bits: u32) -> u64 {
    map.get((hash >> (64 - bits + 6)) as usize & (WORDS - 1)).map_or(0, |word| u64::from_le_bytes(*word))
}

/// The bit in that word, below 64.
#[inline(always)]
fn bit_in_word(hash: u64) -> u32 {
    (hash >> 32) as u32 & 63
}

/// Where a gram stands in a map of 2^`bits` bits.
fn bit_of(gram: u64, bits: u32) -> usize {
    let hash = hash(gram);
    (hash >> (64 - bits + 6)) as usize * 64 + bit_in_word(hash) as usize
}

fn is_set<const WORDS: usize>(map: &Words<WORDS>, bit: usize) -> bool {
    map.get(bit >> 6 & (WORDS - 1)).is_some_and(|word| u64::from_le_bytes(*word) >> (bit & 63) & 1 == 1)
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

/// What a gram was taken from.
#[derive(Clone, Copy)]
enum Kind {
    Sampled,
    Short,
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
    word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    let mask = (1u64 << (8 * bytes.len())) - 1;
    (u64::from_le_bytes(word) | FOLD) & mask
}

/// The low half of a product knows nothing of the high bytes at its low end, the high half little of the low ones at its high end.
#[inline(always)]
fn hash(number: u64) -> u64 {
    let product = u128::from(number) * 0x9e37_79b9_7f4a_7c15;
    product as u64 ^ (product >> 64) as u64
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

    #[test]
    fn letter_case_is_folded_for_letters_only() {
        for byte in 0..=u8::MAX {
            let word = u64::from_le_bytes([byte, b'A', byte, b'z', byte, 0, byte, 0xff]);
            let lowered = word.to_le_bytes().map(|byte| byte.to_ascii_lowercase());
            assert_eq!(lower(word).to_le_bytes(), lowered);
        }
        for (text, known, equal) in [
            ("Error: 12", "error: 12", true),
            ("Error: 12", "error: 13", false),
            ("ERROR", "error", true),
            ("err@r: 12", "err`r: 12", false),
            ("", "", true),
            ("errors: 12", "error: 12", false),
        ] {
            assert_eq!(same(text.as_bytes(), known.as_bytes()), equal, "{text}");
        }
    }
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
            for before in [0..40, 500..530].into_iter().flatten() {
                for after in 0..10 {
                    let text = literal.text.to_ascii_uppercase();
                    let line = [vec![b'x'; before], text, vec![b'y'; after]].concat();
                    let mut starts = Vec::new();
                    filter.find(&line, |_, start| starts.push(start));
                    assert!(starts.contains(&before), "{}", String::from_utf8_lossy(&line));
                }
            }
            assert!(!finds(&filter, b"#12 3.456 Downloading crates and compiling everything in sight, slowly"));
        }
    }

    /// With the processor's own instructions, where it has them, a look at a stripe meets what it meets without: whatever the tables
    /// hold, and whatever is read. Also run under miri, which finds undefined behaviour: tests/tools/miri.sh.
    #[test]
    fn the_fast_look_and_the_plain_one_meet_the_same() {
        const WORDS: usize = 1 << (LONG_BITS[0] - 6);
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        };
        // A pattern that repeats itself with an odd length: each gram finds other bits.
        let pattern: [[u8; 8]; 61] = [(); 61].map(|()| [(); 8].map(|()| random()));
        let words = |count: usize| -> Vec<[u8; 8]> { pattern.iter().copied().cycle().take(count).collect() };
        let (short, middle, long) = (words(SHORT_WORDS), words(MIDDLE_WORDS), words(WORDS));
        let (Some(short), Some(middle), Some(long)) = (short.first_chunk(), middle.first_chunk(), long.first_chunk())
        else {
            panic!("they are as long as that");
        };
        let mut met_any = (false, false);
        for _ in 0..if cfg!(miri) { 3 } else { 2_000 } {
            let masks: Masks = std::array::from_fn(|_| random());
            let tables = Tables::new(&masks);
            let bytes: [u8; STRIPE + BEHIND] = std::array::from_fn(|_| random());
            let maps: Maps<'_, WORDS> = Maps { masks: &masks, tables: &tables, short, middle, long };
            for strides in [1, 5, STRIPE / STRIDE] {
                let [mut fast, mut plain] = [(); 2].map(|()| Met { sampled: 0, shorts: 0, short: [0; STRIPE] });
                maps.look(&bytes, strides, &mut fast);
                maps.look_with(&bytes, strides, |at| tables.places(&bytes, at), &mut plain);
                assert_eq!((fast.sampled, fast.shorts), (plain.sampled, plain.shorts));
                assert_eq!(fast.short[..fast.shorts], plain.short[..plain.shorts]);
                met_any = (met_any.0 || fast.sampled != 0, met_any.1 || fast.shorts != 0);
            }
        }
        assert_eq!(met_any, (true, true), "grams and short runs were met");
        #[cfg(all(miri, target_arch = "x86_64"))]
        assert!(fragments::has_avx2(), "the interpreter must be told that it has these instructions");
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
