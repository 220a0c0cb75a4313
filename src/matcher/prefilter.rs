//! Finds which of many fixed texts stand in a line or a block of lines, at a cost that hardly grows with their number.
//!
//! Of every text one window is chosen, the rarest one in logs of good builds, and only that is looked for.
//!
//! - Texts of at least 15 bytes: the bytes are sampled. Grams of eight bytes at every eighth byte are hashed into a bit map; the window
//!   is so long that wherever the text stands, one sample falls wholly into it, and its grams are in the map. So a text that is there is
//!   always noticed (Wu–Manber's idea with sampling).
//! - Texts of 11 to 14 bytes: the same with a sample at every fourth byte.
//! - Most grams that are met stand in ordinary words of other lines. So four more bytes of the text, those behind the gram or before it, are
//!   looked up with it in a further map before anything else.
//! - Shorter texts, and those of which all such windows are common words: one run of five bytes, looked for at every place by
//!   [`fragments`](super::fragments) and then in a third map. Most such runs stand in ordinary words, too; of texts of 8 bytes and more eight
//!   bytes around the run are looked up in a map of their own. Where processors with other instructions had better look for another run, both
//!   are in the maps.
//!
//! Letter case is folded by OR-ing 0x20, on both sides alike. A block is read in stripes of 512 bytes, so that the processor need not
//! guess what comes next: first all samples and fragments of a stripe are looked up, then what was met is confirmed.
//!
//! The tables are plain bytes, so that those of the built-in database are made when whyfail is built and used as they lie in the
//! binary; those of a user's signatures are made when they are read. The build script shares this file.

mod entry;
mod maps;
mod samples;

use std::borrow::Cow;
use std::cell::RefCell;

use entry::{Entry, Kind, Stored, bucket_of, check_of, four_before, keyed, other_hash, sampled_key, with_four};
use maps::{
    FEW, LONG_STEP, MANY, MIDDLE_STEP, Maps, Met, SHORT_MASK, SHORT_WORDS, Size, Width, Words, fetch, fetch_bytes,
    folded, is_in, mark, word_at,
};

use super::fragments::{BEHIND, Buckets, FRAGMENT, Fragment, MASKS, STRIDE, STRIPE, Tables};
use crate::pieces::Pieces;
use crate::signature::literal::{
    GRAM, LONG_WINDOW, LONGEST, Literal, MIDDLE_WINDOW, SHORT_WINDOW, rarest_window, windows,
};

/// More texts than these are many.
const FEW_TEXTS: usize = 12_000;
/// The eight bytes around a short run start there or so many bytes before.
const BEFORE: usize = GRAM - SHORT_WINDOW;
/// Bytes of one stored entry.
const ENTRY: usize = 8;
/// Bytes that say where a text starts.
const PLACE: usize = 4;

const _: () = assert!(LONG_WINDOW == GRAM + LONG_STEP - 1 && MIDDLE_WINDOW == GRAM + MIDDLE_STEP - 1 && LONGEST < 128);
const _: () = assert!(SHORT_WINDOW < FRAGMENT && BEHIND >= 2 * GRAM + MIDDLE_STEP && BEHIND >= FRAGMENT);

/// Finds fixed texts in bytes, regardless of ASCII letter case.
///
/// The bytes: a header of six little-endian `u32`, the tables of fragments, the maps of short runs, of what is around them, of grams with
/// what is beside them, of middle and of long grams, the starts of the buckets, the entries, where each text starts and the last one ends, the
/// texts, and as many zeros as one look takes in.
#[derive(Debug, Clone)]
pub struct Prefilter {
    bytes: Cow<'static, [u8]>,
    layout: Layout,
    tables: Box<Tables>,
}

/// Grams that are in a map, where a whole text may stand.
struct Candidates {
    count: usize,
    /// Where they are in the block, and their keys.
    all: [(usize, u64); Candidates::ROOM],
}

impl Candidates {
    const ROOM: usize = 32;
    /// With more than these there may be no room for the next ones.
    const MANY: usize = Self::ROOM - 3;

    /// Adds one if it `is` one, without a branch that the processor would have to guess.
    #[inline(always)]
    fn add(&mut self, is: bool, at: usize, key: u64) {
        if let Some(place) = self.all.get_mut(self.count % Self::ROOM) {
            *place = (at, key);
        }
        self.count += usize::from(is);
    }
}

/// Grams that were met at sampled places, which wait until what may stand beside them has come from memory.
struct Sampled {
    count: usize,
    /// Where they are in the block, and their keys.
    all: [(usize, [u64; 3]); Sampled::ROOM],
}

impl Sampled {
    const ROOM: usize = 16;

    /// Adds one; there must be room.
    #[inline(always)]
    fn add(&mut self, at: usize, keys: [u64; 3]) {
        if let Some(place) = self.all.get_mut(self.count) {
            *place = (at, keys);
            self.count += 1;
        }
    }
}

/// Memory to work in.
struct Scratch {
    met: Met,
    candidates: Candidates,
    waiting: Sampled,
}

impl Scratch {
    const fn new() -> Self {
        let candidates = Candidates { count: 0, all: [(0, 0); Candidates::ROOM] };
        let waiting = Sampled { count: 0, all: [(0, [0; 3]); Sampled::ROOM] };
        Scratch { met: Met::new(), candidates, waiting }
    }
}

thread_local! {
    /// Kept, as to clear it takes as long as to search a line.
    static SCRATCH: RefCell<Scratch> = const { RefCell::new(Scratch::new()) };
}

/// Where the parts stand.
#[derive(Debug, Clone, Copy, Default)]
struct Layout {
    size: Size,
    bucket_bits: u32,
    buckets: usize,
    entries: usize,
    places: usize,
    texts: usize,
    end: usize,
}

const HEADER: usize = 24;

impl Layout {
    fn new(size: Size, bucket_bits: u32, entries: usize, places: usize, texts: usize) -> Self {
        let buckets =
            HEADER + MASKS + 8 * (2 * SHORT_WORDS + size.beside_words() + size.middle_words() + size.long_words());
        let entries_at = buckets + 4 * ((1 << bucket_bits) + 1);
        let places_at = entries_at + ENTRY * entries;
        let texts_at = places_at + PLACE * (places + 1);
        let end = texts_at + texts + 8;
        Layout { size, bucket_bits, buckets, entries: entries_at, places: places_at, texts: texts_at, end }
    }
}

impl Prefilter {
    /// A filter for these texts, each of at least 5 bytes.
    pub fn new(texts: &[&Literal]) -> Self {
        let size = if texts.len() > FEW_TEXTS { MANY } else { FEW };
        let mut buckets = Buckets::new();
        let map = |words: usize| vec![[0u8; 8]; words];
        let (mut short_map, mut around_map) = (map(SHORT_WORDS), map(SHORT_WORDS));
        let (mut middle_map, mut long_map) = (map(size.middle_words()), map(size.long_words()));
        let mut beside_map = map(size.beside_words());
        let mut all = Vec::new();
        let mut places: Vec<u32> = Vec::new();
        let mut entries: Vec<Entry> = Vec::new();
        // The shortest texts have the least choice, so they come first.
        let mut short: Vec<(u32, &[u8])> = Vec::new();
        for (number, literal) in (0..).zip(texts) {
            let text = literal.text.head(LONGEST);
            places.push(all.len() as u32);
            all.extend_from_slice(text);
            let (window, step) = match rarest_window(text) {
                (start, LONG_WINDOW) => (start, LONG_STEP),
                (start, MIDDLE_WINDOW) => (start, MIDDLE_STEP),
                _ => {
                    short.push((number, text));
                    continue;
                }
            };
            for at in window..window + step {
                let gram = folded(text.part(at..at + GRAM));
                mark(&mut long_map, gram);
                if step == MIDDLE_STEP {
                    mark(&mut middle_map, gram);
                }
                let key = sampled_key(text, at);
                mark(&mut beside_map, key);
                entries.push(Entry { key, text: number, offset: at as u8 });
            }
        }
        short.sort_by_key(|(_, text)| text.len());
        for (number, text) in short {
            // Eight bytes of the text have to stand around the run, if it has as many.
            let around = |at: usize| match text.len() {
                ..GRAM => Some((Kind::Short, at)),
                length if at + GRAM <= length => Some((Kind::From, at)),
                _ => Some((Kind::Around, at.checked_sub(BEFORE)?)),
            };
            let runs: Vec<(usize, u32)> = windows(text, SHORT_WINDOW).filter(|(at, _)| around(*at).is_some()).collect();
            let fragments: Vec<(Fragment, u32)> = runs
                .iter()
                .map(|(at, cost)| {
                    let mut fragment = [None; FRAGMENT];
                    fragment.iter_mut().zip(text.tail(*at)).for_each(|(to, from)| *to = Some(from | 0x20));
                    // A run that is met is looked at more closely than a place where one may start.
                    (fragment, cost / 4)
                })
                .collect();
            let [by_halves, whole] = buckets.take(&fragments);
            for taken in [by_halves, whole.filter(|_| whole != by_halves)].into_iter().flatten() {
                let Some((at, _)) = runs.get(taken) else { continue };
                let Some((kind, from)) = around(*at) else { continue };
                let run = folded(text.part(*at..(at + SHORT_WINDOW).min(text.len())));
                mark(&mut short_map, run);
                let gram = if kind == Kind::Short { run } else { folded(text.part(from..from + GRAM)) };
                let key = keyed(kind, gram);
                mark(&mut around_map, key);
                entries.push(Entry { key, text: number, offset: from as u8 });
            }
        }
        let bucket_bits = entries.len().max(1).ilog2().clamp(6, 18);
        entries.sort_by_key(|entry| (bucket_of(entry.key, bucket_bits), entry.text));
        let layout = Layout::new(size, bucket_bits, entries.len(), places.len(), all.len());
        let mut bytes = Vec::with_capacity(layout.end);
        for number in [size.long, bucket_bits, entries.len() as u32, places.len() as u32, all.len() as u32, 0] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&buckets.masks());
        for map in [short_map, around_map, beside_map, middle_map, long_map] {
            bytes.extend_from_slice(map.as_flattened());
        }
        let mut next = 0;
        for bucket in 0..=1usize << bucket_bits {
            while entries.get(next).is_some_and(|entry| bucket_of(entry.key, bucket_bits) < bucket) {
                next += 1;
            }
            bytes.extend_from_slice(&(next as u32).to_le_bytes());
        }
        for entry in &entries {
            let text = texts.get(entry.text as usize).map_or(&[][..], |literal| literal.text.head(LONGEST));
            bytes.extend_from_slice(&entry.stored(text).0.to_le_bytes());
        }
        for place in places.into_iter().chain([all.len() as u32]) {
            bytes.extend_from_slice(&place.to_le_bytes());
        }
        bytes.extend_from_slice(&all);
        bytes.extend_from_slice(&[0; 8]);
        Prefilter { bytes: Cow::Owned(bytes), layout, tables: Box::new(Tables::new(&buckets.masks())) }
    }

    /// A filter made before; `None` if the bytes are not one.
    pub fn from_bytes(bytes: &'static [u8]) -> Option<Self> {
        let number = |at: usize| bytes.get(at..at + 4)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes));
        let (long_bits, bucket_bits) = (number(0)?, number(4)?);
        let size = [FEW, MANY].into_iter().find(|size| size.long == long_bits)?;
        if !(6..=18).contains(&bucket_bits) {
            return None;
        }
        let layout = Layout::new(size, bucket_bits, number(8)? as usize, number(12)? as usize, number(16)? as usize);
        let tables = Box::new(Tables::new(bytes.get(HEADER..)?.first_chunk()?));
        (bytes.len() >= layout.end).then_some(Prefilter { bytes: Cow::Borrowed(bytes), layout, tables })
    }

    /// Calls `found` with the number of each text that is in `block` and where it starts, in no order; with one text perhaps
    /// several times.
    #[inline]
    pub fn find(&self, block: &[u8], mut found: impl FnMut(usize, usize)) {
        let _ = self.search(Width::of_processor(), block, &mut found);
    }

    fn search(&self, width: Width, block: &[u8], found: &mut dyn FnMut(usize, usize)) -> Option<()> {
        SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
            Ok(mut scratch) => self.search_in(&mut scratch, width, block, found),
            // Who is told of a text searches another one.
            Err(_) => self.search_in(&mut Scratch::new(), width, block, found),
        })
    }

    fn search_in(
        &self,
        scratch: &mut Scratch,
        width: Width,
        block: &[u8],
        found: &mut dyn FnMut(usize, usize),
    ) -> Option<()> {
        let (words, _) = self.bytes.get(HEADER + MASKS..)?.as_chunks::<8>();
        let (short, words) = words.split_first_chunk::<SHORT_WORDS>()?;
        let (around, words) = words.split_first_chunk::<SHORT_WORDS>()?;
        let tables = &self.tables;
        if self.layout.size == FEW {
            let (beside, words) = words.split_first_chunk::<{ FEW.beside_words() }>()?;
            let (middle, words) = words.split_first_chunk::<{ FEW.middle_words() }>()?;
            let long = words.first_chunk::<{ FEW.long_words() }>()?;
            let maps = Maps { width, tables, short, middle, long };
            self.search_maps(scratch, block, maps, around, beside, found);
        } else {
            let (beside, words) = words.split_first_chunk::<{ MANY.beside_words() }>()?;
            let (middle, words) = words.split_first_chunk::<{ MANY.middle_words() }>()?;
            let long = words.first_chunk::<{ MANY.long_words() }>()?;
            let maps = Maps { width, tables, short, middle, long };
            self.search_maps(scratch, block, maps, around, beside, found);
        }
        Some(())
    }

    fn search_maps<const LONG: usize, const MIDDLE: usize, const BESIDE_WORDS: usize>(
        &self,
        scratch: &mut Scratch,
        block: &[u8],
        maps: Maps<'_, LONG, MIDDLE>,
        around: &Words<SHORT_WORDS>,
        beside: &Words<BESIDE_WORDS>,
        found: &mut dyn FnMut(usize, usize),
    ) {
        let Scratch { met, candidates, waiting } = scratch;
        (candidates.count, waiting.count) = (0, 0);
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
            maps.look(bytes, rest.len().min(STRIPE).div_ceil(STRIDE), met);
            self.look_beside(block, beside, waiting, candidates, found);
            for (step, mut sampled) in [(0, met.long), (MIDDLE_STEP, met.middle)] {
                while sampled != 0 {
                    let at = LONG_STEP * sampled.trailing_zeros() as usize + step;
                    sampled &= sampled - 1;
                    let gram = word_at(bytes, at);
                    let (before, behind) = (four_before(block, from + at), word_at(bytes, at + GRAM));
                    let keys = [
                        keyed(Kind::Sampled, gram),
                        keyed(Kind::WithBehind, with_four(gram, behind)),
                        keyed(Kind::WithBefore, with_four(gram, before)),
                    ];
                    if waiting.count == Sampled::ROOM {
                        self.look_beside(block, beside, waiting, candidates, found);
                    }
                    waiting.add(from + at, keys);
                    if BESIDE_WORDS > FEW.beside_words() {
                        keys.iter().for_each(|key| fetch(beside, *key));
                    } else {
                        self.look_beside(block, beside, waiting, candidates, found);
                    }
                }
            }
            for at in met.shorts() {
                let gram = word_at(bytes, usize::from(*at));
                let at = from + usize::from(*at);
                let before = at.checked_sub(BEFORE);
                let gram_before =
                    before.map_or(0, |before| folded(block.part(before..(before + GRAM).min(block.len()))));
                for (kind, at, gram) in [
                    (Kind::Short, at, gram & SHORT_MASK),
                    (Kind::From, at, gram),
                    (Kind::Around, before.unwrap_or(0), gram_before),
                ] {
                    let key = keyed(kind, gram);
                    candidates.add(is_in(around, key), at, key);
                }
                self.confirm_many(block, candidates, found);
            }
            from += STRIPE;
        }
        self.look_beside(block, beside, waiting, candidates, found);
        self.confirm_all(block, candidates, found);
    }

    /// Which of the sampled grams have beside them what a text has.
    #[inline(always)]
    fn look_beside<const BESIDE_WORDS: usize>(
        &self,
        block: &[u8],
        beside: &Words<BESIDE_WORDS>,
        waiting: &mut Sampled,
        candidates: &mut Candidates,
        found: &mut dyn FnMut(usize, usize),
    ) {
        for (at, keys) in waiting.all.iter().take(waiting.count) {
            for key in keys {
                candidates.add(is_in(beside, *key), *at, *key);
            }
            self.confirm_many(block, candidates, found);
        }
        waiting.count = 0;
    }

    /// Confirms what has been gathered, if it is much.
    #[inline]
    fn confirm_many(&self, block: &[u8], candidates: &mut Candidates, found: &mut dyn FnMut(usize, usize)) {
        if candidates.count > Candidates::MANY {
            self.confirm_all(block, candidates, found);
        }
    }

    /// Tells of which candidates a whole text is there. Most hits of single grams are chance.
    #[inline(never)]
    fn confirm_all(&self, block: &[u8], candidates: &mut Candidates, found: &mut dyn FnMut(usize, usize)) {
        if candidates.count == 0 {
            return;
        }
        // Memory is slow, and fetches what is asked for in a row at once.
        let mut ranges = [(0, 0); Candidates::ROOM];
        for (range, (_, key)) in ranges.iter_mut().zip(candidates.all.iter().take(candidates.count)) {
            *range = self.bucket(*key).unwrap_or_default();
            fetch_bytes(self.bytes.tail(range.0));
        }
        for ((from, to), (at, key)) in ranges.iter().zip(candidates.all.iter().take(candidates.count)) {
            let _ = self.confirm(block, *at, *key, (*from, *to), found);
        }
        candidates.count = 0;
    }

    /// The entries of a key's bucket: where they start and where they end.
    #[inline]
    fn bucket(&self, key: u64) -> Option<(usize, usize)> {
        let bucket = self.layout.buckets + 4 * bucket_of(key, self.layout.bucket_bits);
        let range = u64::from_le_bytes(*self.bytes.get(bucket..)?.first_chunk::<8>()?);
        let entry = |number: u64| self.layout.entries + ENTRY * number as usize;
        Some((entry(range & 0xffff_ffff), entry(range >> 32)))
    }

    /// Is a whole text there, of which a gram stands at `at`?
    #[inline]
    fn confirm(
        &self,
        block: &[u8],
        at: usize,
        key: u64,
        (from, to): (usize, usize),
        found: &mut dyn FnMut(usize, usize),
    ) -> Option<()> {
        let own: &[u8] = &self.bytes;
        let entries = own.get(from..to)?;
        let check = check_of(key);
        for entry in entries.as_chunks::<ENTRY>().0 {
            let entry = Stored(u64::from_le_bytes(*entry));
            if entry.check() != check {
                continue;
            }
            let Some(start) = at.checked_sub(entry.offset()) else { continue };
            // Most texts of which one gram is there are not: that is told before any of them is fetched from memory.
            if let Some((other, hash)) = entry.other() {
                let other = start + other;
                if block.get(other..other + GRAM).is_none_or(|gram| other_hash(gram) != hash) {
                    continue;
                }
            }
            let text = entry.text();
            let range = u64::from_le_bytes(*own.get(self.layout.places + PLACE * text..)?.first_chunk::<8>()?);
            let (from, to) = ((range & 0xffff_ffff) as usize, (range >> 32) as usize);
            let known = own.get(self.layout.texts + from..self.layout.texts + to);
            let (Some(known), Some(bytes)) = (known, block.get(start..start + to.saturating_sub(from))) else {
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
            // Of these only a short run is rare.
            "compiling '",
            "npm http fetch get ",
        ];
        let literals: Vec<Literal> = texts.iter().flat_map(|text| required(text).unwrap()).collect();
        for literal in &literals {
            let filter = Prefilter::new(&[literal]);
            for before in [0..40, 500..530].into_iter().flatten() {
                for after in 0..10 {
                    let text = literal.text.to_ascii_uppercase();
                    let line = [vec![b'x'; before], text, vec![b'y'; after]].concat();
                    // Whatever the processor has, its tables may know the text by another run.
                    for width in Width::all_of_processor() {
                        let mut starts = Vec::new();
                        filter.search(width, &line, &mut |_, start| starts.push(start)).expect("whole tables");
                        assert!(starts.contains(&before), "{width:?}: {}", String::from_utf8_lossy(&line));
                    }
                }
            }
            assert!(!finds(&filter, b"#12 3.456 Downloading crates and compiling everything in sight, slowly"));
        }
    }

    /// Among many texts one may be known by another run where the processor looks at halves of bytes than where it looks at whole ones.
    #[test]
    fn notices_each_of_many_texts_whatever_the_processor_has() {
        let db = crate::SignatureDb::built_in();
        let patterns = db.signatures().flat_map(|signature| &signature.patterns);
        let mut texts: Vec<&Literal> = patterns.flat_map(|pattern| &pattern.literals).collect();
        texts.sort_unstable();
        texts.dedup();
        assert!(texts.len() > 5000, "{} texts", texts.len());
        let filter = Prefilter::new(&texts);
        for (number, literal) in texts.iter().enumerate() {
            for (before, behind) in [("", ""), ("#12 3.456 ", " of 7")] {
                let line = [before.as_bytes(), &literal.text, behind.as_bytes()].concat();
                for width in Width::all_of_processor() {
                    let mut noticed = false;
                    let mut note = |text, start| noticed |= (text, start) == (number, before.len());
                    filter.search(width, &line, &mut note).expect("whole tables");
                    assert!(noticed, "{width:?}: {}", String::from_utf8_lossy(&line));
                }
            }
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
