//! Finds which of many fixed texts stand in a line, at a cost that hardly grows with their number.
//!
//! The line is sampled: at every `STEP`-th byte a short gram is hashed into a bit map. Of every text one window is
//! chosen such that wherever the text stands, one sample falls wholly into the window; the window's grams are in the map. So a
//! text that is there is always noticed (Wu–Manber's idea with sampling). Letter case is folded by OR-ing 0x20, on both sides alike.

use std::cell::Cell;

use crate::signature::literal::Literal;

/// For texts of at least 8 bytes: grams of 5 at every 4th byte.
type Long = Sampler<5, 4, 19>;
/// For the few texts of 5 to 7 bytes: grams of 4 at every 2nd byte.
type Short = Sampler<4, 2, 14>;
/// Entries are found by so many bits of the gram's hash.
const BUCKET_BITS: u32 = 13;
const FOLD: u64 = 0x2020_2020_2020_2020;

/// Finds fixed texts in lines, regardless of ASCII letter case.
#[derive(Debug)]
pub struct Prefilter {
    long: Long,
    short: Short,
}

impl Prefilter {
    /// A filter for these texts, each of at least 5 bytes.
    pub fn new(texts: &[&Literal]) -> Self {
        let (long, short): (Vec<_>, Vec<_>) =
            (0..).zip(texts.iter().copied()).partition(|(_, literal)| literal.text.len() >= Long::WINDOW);
        Prefilter { long: Sampler::new(&long), short: Sampler::new(&short) }
    }

    /// Calls `found` with the index of each text that is in `line` and where it starts; with one text perhaps several times.
    #[inline]
    pub fn find(&self, line: &[u8], mut found: impl FnMut(u32, usize)) {
        let mut at = 0;
        // One load serves a long gram and two short ones.
        for bytes in line.windows(8).step_by(4) {
            let Some(bytes) = bytes.first_chunk::<8>() else { break };
            self.look(line, at, u64::from_le_bytes(*bytes) | FOLD, &mut found);
            at += 4;
        }
        self.rest(line, at, &mut found);
    }

    /// Where the first text starts that is `wanted`, by its index and start.
    pub fn first(&self, block: &[u8], wanted: impl Fn(u32, usize) -> bool) -> Option<usize> {
        let first = Cell::new(None);
        let mut found = |text: u32, start: usize| {
            if wanted(text, start) {
                first.set(Some(first.get().map_or(start, |known: usize| known.min(start))));
            }
        };
        let mut at = 0;
        for bytes in block.windows(8).step_by(4) {
            let Some(bytes) = bytes.first_chunk::<8>() else { break };
            let word = u64::from_le_bytes(*bytes) | FOLD;
            let (long, short, shifted) = (word & 0xff_ffff_ffff, word & 0xffff_ffff, word >> 16 & 0xffff_ffff);
            if self.long.may_hit(long) | self.short.may_hit(short) | self.short.may_hit(shifted) {
                self.look(block, at, word, &mut found);
                if first.get().is_some() {
                    return first.get();
                }
            }
            at += 4;
        }
        self.rest(block, at, &mut found);
        first.get()
    }

    /// The last bytes, fewer than a load.
    fn rest(&self, line: &[u8], from: usize, found: &mut dyn FnMut(u32, usize)) {
        let mut at = from;
        while at < line.len() {
            let mut bytes = [0u8; 8];
            let rest = &line[at..line.len().min(at + 8)];
            bytes[..rest.len()].copy_from_slice(rest);
            self.look(line, at, u64::from_le_bytes(bytes) | FOLD, found);
            at += 4;
        }
    }

    #[inline(always)]
    fn look(&self, line: &[u8], at: usize, word: u64, found: &mut dyn FnMut(u32, usize)) {
        let long = word & 0xff_ffff_ffff;
        if self.long.hit(long) {
            self.long.confirm(line, at, long, found);
        }
        for (offset, gram) in [(0, word & 0xffff_ffff), (2, word >> 16 & 0xffff_ffff)] {
            if self.short.hit(gram) {
                self.short.confirm(line, at + offset, gram, found);
            }
        }
    }
}

/// A window's gram and the text that the window was taken from.
#[derive(Debug)]
struct Entry {
    gram: u64,
    /// The text's first bytes, at most 8, folded: most chance hits end here.
    head: u64,
    /// How far the gram is from the text's start.
    offset: u32,
    /// Where the text is in `bytes`.
    from: u32,
    length: u32,
    text: u32,
}

/// Texts of one length class: grams of `GRAM` bytes (at most 8), looked up at every `STEP`-th byte in a map of 2^`BITS` bits.
#[derive(Debug)]
struct Sampler<const GRAM: usize, const STEP: usize, const BITS: u32> {
    map: Vec<u64>,
    /// Where the entries of each bucket start; one more at the end.
    buckets: Vec<u32>,
    entries: Vec<Entry>,
    /// All texts, one after the other.
    bytes: Vec<u8>,
}

impl<const GRAM: usize, const STEP: usize, const BITS: u32> Sampler<GRAM, STEP, BITS> {
    /// A stretch of a text in which one sample falls wholly, wherever the text stands.
    const WINDOW: usize = GRAM + STEP - 1;

    fn new(literals: &[(u32, &Literal)]) -> Self {
        let mut sampler = Sampler {
            map: vec![0; 1 << (BITS - 6)],
            buckets: vec![0; (1 << BUCKET_BITS) + 1],
            entries: Vec::with_capacity(literals.len() * STEP),
            bytes: Vec::with_capacity(literals.len() * 20),
        };
        for (index, literal) in literals {
            let (text, start) = (&literal.text, usize::from(literal.window));
            let from = sampler.bytes.len() as u32;
            sampler.bytes.extend_from_slice(text);
            for at in start..start + STEP {
                let gram = folded(&text[at..at + GRAM]);
                for bit in [Self::bit_of(gram), Self::second_bit_of(gram)] {
                    sampler.map[bit >> 6] |= 1 << (bit & 63);
                }
                let (offset, length) = (at as u32, text.len() as u32);
                let head = folded(text);
                sampler.entries.push(Entry { gram, head, offset, from, length, text: *index });
            }
        }
        sampler.entries.sort_unstable_by_key(|entry| (bucket_of(entry.gram), entry.text));
        for entry in &sampler.entries {
            sampler.buckets[bucket_of(entry.gram) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut sampler.buckets {
            sum += *start;
            *start = sum;
        }
        sampler
    }

    #[inline(always)]
    fn may_hit(&self, gram: u64) -> bool {
        self.set(Self::bit_of(gram))
    }

    #[inline(always)]
    fn hit(&self, gram: u64) -> bool {
        self.set(Self::bit_of(gram)) && self.set(Self::second_bit_of(gram))
    }

    #[inline]
    fn bit_of(gram: u64) -> usize {
        (hash(gram) >> (64 - BITS)) as usize
    }

    /// A second bit for the same gram: chance seldom hits both.
    #[inline]
    fn second_bit_of(gram: u64) -> usize {
        (hash(gram) >> 20) as usize & ((1 << BITS) - 1)
    }

    #[inline]
    fn set(&self, bit: usize) -> bool {
        self.map.get(bit >> 6).is_some_and(|word| word >> (bit & 63) & 1 == 1)
    }

    /// Is a whole text there? Most hits of single grams are chance.
    #[inline(never)]
    fn confirm(&self, line: &[u8], at: usize, gram: u64, found: &mut dyn FnMut(u32, usize)) {
        let bucket = bucket_of(gram);
        let (from, to) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        for entry in self.entries[from..to].iter().filter(|entry| entry.gram == gram) {
            let length = entry.length as usize;
            let Some(start) = at.checked_sub(entry.offset as usize) else { continue };
            let Some(bytes) = line.get(start..start + length) else { continue };
            if folded(bytes) != entry.head {
                continue;
            }
            let from = entry.from as usize;
            let there = self.bytes.get(from..from + length).is_some_and(|text| bytes.eq_ignore_ascii_case(text));
            if there {
                found(entry.text, start);
            }
        }
    }
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

#[inline]
fn hash(gram: u64) -> u64 {
    gram.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[inline]
fn bucket_of(gram: u64) -> usize {
    (hash(gram) >> (64 - BUCKET_BITS)) as usize
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
        let texts = ["403 Forbidden", "permission denied", "E401 ", "no space left on device"];
        let literals: Vec<Literal> = texts.iter().flat_map(|text| required(text).unwrap()).collect();
        let filter = Prefilter::new(&literals.iter().collect::<Vec<_>>());
        for text in texts {
            for before in 0..40 {
                for after in 0..10 {
                    let line = [vec![b'x'; before], text.to_ascii_uppercase().into_bytes(), vec![b'y'; after]].concat();
                    assert!(finds(&filter, &line), "{}", String::from_utf8_lossy(&line));
                }
            }
        }
        assert!(!finds(&filter, b"#12 3.456 Downloading crates and compiling everything in sight, slowly"));
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
