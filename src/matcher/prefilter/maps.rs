//! Bit maps of grams, and the look at a stripe of bytes that says where one of them may stand.

#[cfg(all(target_arch = "x86_64", not(miri)))]
use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

use super::super::fragments::{BEHIND, Found, STRIPE, Tables};
#[cfg(target_arch = "x86_64")]
use super::super::fragments::{avx2, avx512};
use super::samples;
#[cfg(target_arch = "x86_64")]
use super::samples::{OF_STRIPE, Samples};
use crate::pieces::Pieces;
use crate::signature::literal::SHORT_WINDOW;

/// Bytes between two samples for long texts, and for middle ones.
pub const LONG_STEP: usize = 8;
pub const MIDDLE_STEP: usize = 4;
/// How many bits the map of grams at every eighth byte has, that of those at the bytes between, and that of grams with what is beside them,
/// as powers of two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    pub long: u32,
    pub middle: u32,
    pub beside: u32,
}

impl Size {
    /// Words of 64 bits of the maps.
    pub const fn long_words(self) -> usize {
        1 << (self.long - 6)
    }

    pub const fn middle_words(self) -> usize {
        1 << (self.middle - 6)
    }

    pub const fn beside_words(self) -> usize {
        1 << (self.beside - 6)
    }
}

/// For up to some 10,000 texts, and for more.
pub const FEW: Size = Size { long: 20, middle: 18, beside: 18 };
pub const MANY: Size = Size { long: 23, middle: 20, beside: 22 };

/// The map of short runs has 2^15 bits.
pub const SHORT_WORDS: usize = 1 << (15 - 6);
/// The bytes of a short run.
pub const SHORT_MASK: u64 = (1 << (8 * SHORT_WINDOW)) - 1;
/// What folds the letter case of eight bytes.
pub const FOLD: u64 = 0x2020_2020_2020_2020;
/// What a gram is multiplied by: 2^64 divided by the golden ratio.
pub const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

const _: () = assert!(BEHIND >= 8 && STRIPE / LONG_STEP == 64);

/// So many words of 64 bits as they are stored.
pub type Words<const WORDS: usize> = [[u8; 8]; WORDS];

/// What was met in a stripe.
pub struct Met {
    /// Bit `n`: a gram of the long map at byte `8 * n`.
    pub long: u64,
    /// Bit `n`: a gram of the middle map at the fourth byte behind byte `8 * n`.
    pub middle: u64,
    /// How many short runs.
    shorts: usize,
    /// Where they start, in order; before they are known, where fragments start.
    places: [u16; STRIPE + 64],
    /// Memory to work in: the grams that are looked up in the long map, in the middle one, and in that of short runs.
    #[cfg(target_arch = "x86_64")]
    samples: [Samples; 3],
}

impl Met {
    /// Nothing yet.
    pub const fn new() -> Self {
        Met {
            long: 0,
            middle: 0,
            shorts: 0,
            places: [0; STRIPE + 64],
            #[cfg(target_arch = "x86_64")]
            samples: [Samples::new(), Samples::new(), Samples::new()],
        }
    }

    /// Notes where fragments start; gives how many there are.
    #[inline(always)]
    fn note(&mut self, found: &Found) -> usize {
        const AT_ONCE: usize = 16;
        let mut count = 0;
        for (number, found) in found.iter().enumerate() {
            let (mut found, mut next) = (*found, count);
            count += found.count_ones() as usize;
            // Most often there are few: so many are written without asking.
            loop {
                if let Some(some) = self.places.get_mut(next..).and_then(|rest| rest.first_chunk_mut::<AT_ONCE>()) {
                    for place in some {
                        *place = (64 * number + found.trailing_zeros() as usize) as u16;
                        found &= found.wrapping_sub(1);
                    }
                }
                next += AT_ONCE;
                if found == 0 {
                    break;
                }
            }
        }
        count
    }

    /// As [`Met::note`].
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
    #[inline]
    fn note_avx512(&mut self, found: &Found) -> usize {
        let mut count = 0;
        for (number, found) in found.iter().enumerate() {
            if let Some((low, rest)) = self.places.get_mut(count..).and_then(|rest| rest.split_first_chunk_mut::<32>())
            {
                avx512::write_places(*found, 64 * number as u16, low, rest.first_chunk_mut());
            }
            count += found.count_ones() as usize;
        }
        count
    }

    /// Where short runs start, in order.
    pub fn shorts(&self) -> &[u16] {
        self.places.head(self.shorts)
    }
}

/// The instructions that a processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Those that each one has.
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Width {
    /// The widest of this processor.
    #[inline]
    pub fn of_processor() -> Self {
        #[cfg(target_arch = "x86_64")]
        if avx512::is_known() {
            return Width::Avx512;
        } else if avx2::is_known() {
            return Width::Avx2;
        }
        Width::Plain
    }

    /// All that this processor has.
    #[cfg(test)]
    pub fn all_of_processor() -> Vec<Self> {
        let mut all = vec![Width::Plain];
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(avx2::is_known().then_some(Width::Avx2));
            all.extend(avx512::is_known().then_some(Width::Avx512));
        }
        all
    }
}

/// A bit for each of so many places, or of as many as are looked at together.
#[cfg(target_arch = "x86_64")]
fn first_of(count: usize) -> u64 {
    u64::MAX.checked_shr(OF_STRIPE.saturating_sub(count) as u32).unwrap_or_default()
}

/// The maps of grams, and how they are looked up. `LONG` and `MIDDLE` are numbers of words.
#[derive(Clone, Copy)]
pub struct Maps<'m, const LONG: usize, const MIDDLE: usize> {
    pub width: Width,
    pub tables: &'m Tables,
    pub short: &'m Words<SHORT_WORDS>,
    pub middle: &'m Words<MIDDLE>,
    pub long: &'m Words<LONG>,
}

impl<const LONG: usize, const MIDDLE: usize> Maps<'_, LONG, MIDDLE> {
    /// Looks up the first strides of a stripe.
    #[inline]
    pub fn look(&self, bytes: &[u8; STRIPE + BEHIND], strides: usize, met: &mut Met) {
        match self.width {
            // SAFETY: the processor has what the function is compiled for, as `Width::of_processor` says.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Width::Avx512 => unsafe { self.look_avx512(bytes, strides, met) },
            // SAFETY: the same.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Width::Avx2 => unsafe { self.look_avx2(bytes, strides, met) },
            Width::Plain => self.look_plain(bytes, strides, &self.tables.places(bytes, strides), met),
        }
    }

    /// The same; it is known where fragments start.
    fn look_plain(&self, bytes: &[u8; STRIPE + BEHIND], strides: usize, found: &Found, met: &mut Met) {
        met.long = samples::plain(self.long, bytes, 0, strides);
        met.middle = samples::plain(self.middle, bytes, MIDDLE_STEP, strides);
        let count = met.note(found);
        self.keep_known_runs(bytes, count, met);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn look_avx2(&self, bytes: &[u8; STRIPE + BEHIND], strides: usize, met: &mut Met) {
        let [long, middle, _] = &mut met.samples;
        long.take_avx2(bytes, 0, strides);
        middle.take_avx2(bytes, MIDDLE_STEP, strides);
        let found = avx2::places(self.tables, bytes, strides);
        (met.long, met.middle) = (long.met_avx2(self.long), middle.met_avx2(self.middle));
        let count = met.note(&found);
        let ([.., runs], mut known) = (&mut met.samples, 0);
        for from in (0..count).step_by(OF_STRIPE) {
            let Some(some) = met.places.get(from..).and_then(|rest| rest.first_chunk()) else { break };
            let some: [u16; OF_STRIPE] = *some;
            runs.take_each_avx2(bytes, &some, count - from, SHORT_MASK);
            let mut met_there = runs.met_avx2(self.short) & first_of(count - from);
            while met_there != 0 {
                let place = some.get(met_there.trailing_zeros() as usize);
                if let (Some(to), Some(place)) = (met.places.get_mut(known), place) {
                    *to = *place;
                }
                known += 1;
                met_there &= met_there - 1;
            }
        }
        met.shorts = known;
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(
        enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vbmi2,avx512bitalg,gfni,avx2,bmi1,bmi2,lzcnt,popcnt"
    )]
    fn look_avx512(&self, bytes: &[u8; STRIPE + BEHIND], strides: usize, met: &mut Met) {
        let count = met.note_avx512(&avx512::places(self.tables, bytes, strides));
        let ([long, middle, runs], Some(first)) = (&mut met.samples, met.places.first_chunk_mut()) else { return };
        runs.read(bytes, first, count);
        long.take_avx512(bytes, 0, strides);
        middle.take_avx512(bytes, MIDDLE_STEP, strides);
        runs.take_read_avx512(SHORT_MASK);
        met.shorts = avx512::keep_places(first, runs.met_avx512(self.short) & first_of(count));
        (met.long, met.middle) = (long.met_avx512(self.long), middle.met_avx512(self.middle));
        for from in (OF_STRIPE..count).step_by(OF_STRIPE) {
            let Some(more) = met.places.get_mut(from..).and_then(|rest| rest.first_chunk_mut()) else { break };
            runs.read(bytes, more, count - from);
            runs.take_read_avx512(SHORT_MASK);
            let known = avx512::keep_places(more, runs.met_avx512(self.short) & first_of(count - from));
            met.places.copy_within(from..from + OF_STRIPE, met.shorts);
            met.shorts += known;
        }
    }

    /// Keeps of the first so many places of fragments those where a run starts that is known.
    fn keep_known_runs(&self, bytes: &[u8; STRIPE + BEHIND], count: usize, met: &mut Met) {
        let mut known = 0;
        for number in 0..count.min(met.places.len()) {
            let at = met.places.get(number).map_or(0, |at| usize::from(*at) & (STRIPE - 1));
            if let Some(place) = met.places.get_mut(known) {
                *place = at as u16;
            }
            known += (bits(self.short, word_at(bytes, at) & SHORT_MASK) & 1) as usize;
        }
        met.shorts = known;
    }
}

/// The bits of a gram in a map, in the lowest bit of the answer: all have to be set. The bits above mean nothing.
#[inline(always)]
pub fn bits<const WORDS: usize>(map: &Words<WORDS>, gram: u64) -> u64 {
    let hash = hash(gram);
    let word = map.get(word_of(hash, WORDS)).map_or(0, |word| u64::from_le_bytes(*word));
    BITS.iter().fold(u64::MAX, |all, from| all & word >> bit_of(hash, *from))
}

/// May the gram be in the map?
#[inline(always)]
pub fn is_in<const WORDS: usize>(map: &Words<WORDS>, gram: u64) -> bool {
    bits(map, gram) & 1 == 1
}

/// Lets the word come from memory in which the gram stands if it is in the map.
#[inline(always)]
pub fn fetch<const WORDS: usize>(map: &Words<WORDS>, gram: u64) {
    fetch_bytes(map.as_flattened().tail(8 * word_of(hash(gram), WORDS)));
}

/// Lets the first bytes come from memory.
#[inline(always)]
pub fn fetch_bytes(bytes: &[u8]) {
    // SAFETY: a hint to the processor, which changes nothing.
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    #[allow(unsafe_code)]
    unsafe {
        _mm_prefetch::<_MM_HINT_T0>(bytes.as_ptr().cast());
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = bytes;
}

/// Puts a gram into a map.
pub fn mark(map: &mut [[u8; 8]], gram: u64) {
    let hash = hash(gram);
    let words = map.len();
    if let Some(word) = map.get_mut(word_of(hash, words)) {
        let bits = BITS.iter().fold(0, |bits, from| bits | 1u64 << bit_of(hash, *from));
        *word = (u64::from_le_bytes(*word) | bits).to_le_bytes();
    }
}

/// The word of a map that a hash chooses by its highest bits; the map has a power of two of them.
#[inline(always)]
pub const fn word_of(hash: u64, words: usize) -> usize {
    (hash >> (64 - words.ilog2())) as usize & (words - 1)
}

/// Where in a hash stand which bits of the word are its own: each in a byte, of which six bits count.
pub const BITS: [u32; 3] = [24, 32, 40];

/// One of these bits of a word.
#[inline(always)]
const fn bit_of(hash: u64, from: u32) -> u32 {
    (hash >> from) as u32 & 63
}

/// Eight bytes, letter case folded.
#[inline(always)]
pub fn word_at<const BYTES: usize>(bytes: &[u8; BYTES], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()).map_or(0, |bytes| u64::from_le_bytes(*bytes)) | FOLD
}

/// Up to 8 bytes as a number, letter case folded.
pub fn folded(bytes: &[u8]) -> u64 {
    if let Some(bytes) = bytes.first_chunk::<8>() {
        return u64::from_le_bytes(*bytes) | FOLD;
    }
    let mut word = [0u8; 8];
    word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    let mask = (1u64 << (8 * bytes.len())) - 1;
    (u64::from_le_bytes(word) | FOLD) & mask
}

/// The highest bits of a product know all bits of the number, once its high half is in its low one, too.
#[inline(always)]
pub const fn hash(number: u64) -> u64 {
    (number ^ number >> 32).wrapping_mul(FACTOR)
}

#[cfg(test)]
mod tests {
    use super::super::super::fragments::{BY_HALVES, Masks, STRIDE};
    use super::*;

    /// With the processor's own instructions, where it has them, a look at a stripe meets what it meets without: whatever the tables
    /// hold, and whatever is read. Also run under miri, which finds undefined behaviour: tests/tools/miri.sh.
    #[test]
    fn the_fast_looks_and_the_plain_one_meet_the_same() {
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        };
        // A pattern that repeats itself with an odd length: each gram finds other bits.
        let pattern: [[u8; 8]; 61] = [(); 61].map(|()| [(); 8].map(|()| random()));
        let words = |count: usize| -> Vec<[u8; 8]> { pattern.iter().copied().cycle().take(count).collect() };
        let (short, middle, long) = (words(SHORT_WORDS), words(FEW.middle_words()), words(FEW.long_words()));
        let short = short.first_chunk().expect("as long as that");
        let (middle, long) = (middle.first_chunk().expect("the same"), long.first_chunk().expect("the same"));
        let mut met_any = (false, false, false);
        let mut most_places = 0;
        for _ in 0..if cfg!(miri) { 3 } else { 2_000 } {
            // With few bits few fragments are met, with many more than are looked up together.
            let dense = random() % 2 == 0;
            let masks: Masks = std::array::from_fn(|_| if dense { random() | random() } else { random() });
            let tables = Tables::new(&masks);
            let bytes: [u8; STRIPE + BEHIND] = std::array::from_fn(|_| random());
            let maps: Maps<'_, { FEW.long_words() }, { FEW.middle_words() }> =
                Maps { width: Width::Plain, tables: &tables, short, middle, long };
            let mut meets_the_same = |width: Width, strides: usize, found: Found| {
                let [mut fast, mut plain] = [Met::new(), Met::new()];
                Maps { width, ..maps }.look(&bytes, strides, &mut fast);
                maps.look_plain(&bytes, strides, &found, &mut plain);
                most_places = found.iter().map(|found| found.count_ones()).sum::<u32>().max(most_places);
                let met = |met: &Met| (met.long, met.middle, met.shorts().to_vec());
                assert_eq!(met(&fast), met(&plain), "{width:?} {strides}");
                met_any = (met_any.0 || fast.long != 0, met_any.1 || fast.middle != 0, met_any.2 || fast.shorts != 0);
            };
            meets_the_same(Width::Plain, STRIPE / STRIDE, tables.places(&bytes, STRIPE / STRIDE));
            #[cfg(target_arch = "x86_64")]
            for strides in [2, 6, STRIPE / STRIDE] {
                if avx2::is_known() {
                    meets_the_same(Width::Avx2, strides, by_halves(&masks, &bytes, strides));
                }
                if avx512::is_known() {
                    meets_the_same(Width::Avx512, strides, tables.places(&bytes, strides));
                }
            }
        }
        assert_eq!(met_any, (true, true, true), "grams of both kinds and short runs were met");
        assert!(most_places > 128, "at most {most_places} places are not several times what is looked up together");
        #[cfg(all(miri, target_arch = "x86_64"))]
        assert!(avx2::is_known(), "the interpreter must be told that it has these instructions");
    }

    /// Where in the first strides the halves of the bytes say that a fragment may start.
    #[cfg(target_arch = "x86_64")]
    fn by_halves(masks: &Masks, bytes: &[u8; STRIPE + BEHIND], strides: usize) -> Found {
        let known = |set: usize, at: usize, place: usize| {
            let (byte, tables) = (usize::from(bytes[at + place]), &masks[2 * 16 * BY_HALVES * set..]);
            tables[16 * place + (byte & 15)] & tables[16 * (BY_HALVES + place) + (byte >> 4)]
        };
        let mut found = [0; STRIPE / 64];
        for at in 0..STRIDE * strides {
            let any =
                [0, 1].iter().any(|set| (0..BY_HALVES).fold(u8::MAX, |all, place| all & known(*set, at, place)) != 0);
            found[at / 64] |= u64::from(any) << (at % 64);
        }
        found
    }
}
