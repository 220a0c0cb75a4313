//! Bit maps of grams, and the look at a stripe of bytes that says where one of them may stand.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m512i, _mm_cvtsi32_si128, _mm512_add_epi16, _mm512_and_si512, _mm512_castsi512_si256, _mm512_cvtepu8_epi16,
    _mm512_extracti64x4_epi64, _mm512_maskz_compress_epi8, _mm512_mullo_epi64, _mm512_or_si512, _mm512_rorv_epi64,
    _mm512_set1_epi16, _mm512_set1_epi64, _mm512_srl_epi64, _mm512_srli_epi64, _mm512_test_epi64_mask,
    _mm512_xor_si512,
};

use super::super::fragments::{BEHIND, Masks, STRIDE, STRIPE, Tables};
#[cfg(target_arch = "x86_64")]
use super::super::fragments::{avx2, avx512};
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
const FOLD: u64 = 0x2020_2020_2020_2020;
/// What a gram is multiplied by: 2^64 divided by the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

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
}

impl Met {
    /// Nothing yet.
    pub fn new() -> Self {
        Met { long: 0, middle: 0, shorts: 0, places: [0; STRIPE + 64] }
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
}

/// The maps of grams. `LONG` and `MIDDLE` are numbers of words.
#[derive(Clone, Copy)]
pub struct Maps<'m, const LONG: usize, const MIDDLE: usize> {
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "only wide registers look them up"))]
    pub masks: &'m Masks,
    pub tables: &'m Tables,
    pub short: &'m Words<SHORT_WORDS>,
    pub middle: &'m Words<MIDDLE>,
    pub long: &'m Words<LONG>,
}

impl<const LONG: usize, const MIDDLE: usize> Maps<'_, LONG, MIDDLE> {
    /// Looks up the first strides of a stripe.
    #[inline]
    pub fn look(&self, width: Width, bytes: &[u8; STRIPE + BEHIND], strides: usize, met: &mut Met) {
        match width {
            // SAFETY: the processor has what the function is compiled for, as `Width::of_processor` says.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Width::Avx512 => unsafe { self.look_avx512(bytes, strides, met) },
            // SAFETY: the same.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Width::Avx2 => unsafe { self.look_avx2(bytes, strides, met) },
            Width::Plain => self.look_with(bytes, strides, |at| self.tables.places(bytes, at), met),
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn look_avx2(&self, bytes: &[u8; STRIPE + BEHIND], strides: usize, met: &mut Met) {
        let tables = avx2::Avx2::new(self.masks);
        self.look_with(bytes, strides, |at| tables.places(bytes, at), met);
    }

    #[inline(always)]
    pub fn look_with(
        &self,
        bytes: &[u8; STRIPE + BEHIND],
        strides: usize,
        places: impl Fn(usize) -> u32,
        met: &mut Met,
    ) {
        let (mut any_long, mut any_middle, mut count) = (0, 0, 0);
        for stride in 0..strides.min(STRIPE / STRIDE) {
            let at = STRIDE * stride;
            let mut found = places(at);
            let mut next = count;
            count += found.count_ones() as usize;
            // Most often there are few: two are written without asking.
            loop {
                if let Some(two) = met.places.get_mut(next..).and_then(|rest| rest.first_chunk_mut::<2>()) {
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
                any_long |= (bits(self.long, word_at(bytes, at)) & 1) << (at / LONG_STEP);
                any_middle |= (bits(self.middle, word_at(bytes, at + MIDDLE_STEP)) & 1) << (at / LONG_STEP);
            }
        }
        (met.long, met.middle) = (any_long, any_middle);
        self.keep_known_runs(bytes, count, met);
    }

    /// Keeps of the first so many places of fragments those where a run starts that is known.
    #[inline(always)]
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

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn look_avx512(&self, bytes: &[u8; STRIPE + BEHIND], strides: usize, met: &mut Met) {
        let tables = avx512::Avx512::new(self.masks);
        let (fold, one) = (_mm512_set1_epi64(FOLD.cast_signed()), _mm512_set1_epi64(1));
        let iota: [u8; 64] = std::array::from_fn(|number| number as u8);
        let iota = avx512::bytes_at(&iota, 0);
        let (mut any_long, mut any_middle, mut count) = (0, 0, 0);
        for group in 0..strides.div_ceil(2).min(STRIPE / 64) {
            let at = 64 * group;
            let found = tables.places(bytes, at);
            let long = wide_bits(self.long, _mm512_or_si512(avx512::bytes_at(bytes, at), fold));
            let middle = wide_bits(self.middle, _mm512_or_si512(avx512::bytes_at(bytes, at + MIDDLE_STEP), fold));
            any_long |= u64::from(_mm512_test_epi64_mask(long, one)) << (64 / LONG_STEP * group);
            any_middle |= u64::from(_mm512_test_epi64_mask(middle, one)) << (64 / LONG_STEP * group);
            let (places, base) = (_mm512_maskz_compress_epi8(found, iota), _mm512_set1_epi16(at as i16));
            if let Some((low, rest)) = met.places.get_mut(count..).and_then(|rest| rest.split_first_chunk_mut::<32>()) {
                let places_low = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(places));
                avx512::store(low, _mm512_add_epi16(base, places_low));
                if found.count_ones() > 32
                    && let Some(high) = rest.first_chunk_mut::<32>()
                {
                    let places_high = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(places));
                    avx512::store(high, _mm512_add_epi16(base, places_high));
                }
            }
            count += found.count_ones() as usize;
        }
        (met.long, met.middle) = (any_long, any_middle);
        self.keep_known_runs(bytes, count, met);
    }
}

/// [`bits`] of eight grams.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
#[inline]
fn wide_bits<const WORDS: usize>(map: &Words<WORDS>, grams: __m512i) -> __m512i {
    let grams = _mm512_xor_si512(grams, _mm512_srli_epi64::<32>(grams));
    let hash = _mm512_mullo_epi64(grams, _mm512_set1_epi64(FACTOR.cast_signed()));
    let numbers = _mm512_srl_epi64(hash, _mm_cvtsi32_si128(64 - WORDS.ilog2().cast_signed()));
    let words = avx512::words_at(map, numbers);
    let first = _mm512_rorv_epi64(words, _mm512_srli_epi64::<FIRST_BIT>(hash));
    _mm512_and_si512(first, _mm512_rorv_epi64(words, _mm512_srli_epi64::<SECOND_BIT>(hash)))
}

/// The bits of a gram in a map, in the lowest bit of the answer: both have to be set. The bits above mean nothing.
#[inline(always)]
fn bits<const WORDS: usize>(map: &Words<WORDS>, gram: u64) -> u64 {
    let hash = hash(gram);
    let word = map.get(word_of(hash, WORDS)).map_or(0, |word| u64::from_le_bytes(*word));
    word >> first_bit(hash) & word >> second_bit(hash)
}

/// May the gram be in the map?
#[inline(always)]
pub fn is_in<const WORDS: usize>(map: &Words<WORDS>, gram: u64) -> bool {
    bits(map, gram) & 1 == 1
}

/// Puts a gram into a map.
pub fn mark(map: &mut [[u8; 8]], gram: u64) {
    let hash = hash(gram);
    let words = map.len();
    if let Some(word) = map.get_mut(word_of(hash, words)) {
        let bits = 1u64 << first_bit(hash) | 1u64 << second_bit(hash);
        *word = (u64::from_le_bytes(*word) | bits).to_le_bytes();
    }
}

/// The word of a map that a hash chooses by its highest bits; the map has a power of two of them.
#[inline(always)]
const fn word_of(hash: u64, words: usize) -> usize {
    (hash >> (64 - words.ilog2())) as usize & (words - 1)
}

/// The two bits of the word that stand for a hash.
#[inline(always)]
const fn first_bit(hash: u64) -> u32 {
    (hash >> FIRST_BIT) as u32 & 63
}

#[inline(always)]
const fn second_bit(hash: u64) -> u32 {
    (hash >> SECOND_BIT) as u32 & 63
}

const FIRST_BIT: u32 = 32;
const SECOND_BIT: u32 = 38;

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
        for _ in 0..if cfg!(miri) { 3 } else { 2_000 } {
            let masks: Masks = std::array::from_fn(|_| random());
            let tables = Tables::new(&masks);
            let bytes: [u8; STRIPE + BEHIND] = std::array::from_fn(|_| random());
            let maps: Maps<'_, { FEW.long_words() }, { FEW.middle_words() }> =
                Maps { masks: &masks, tables: &tables, short, middle, long };
            let mut meets_the_same = |width: Width, strides: usize, places: &dyn Fn(usize) -> u32| {
                let [mut fast, mut plain] = [Met::new(), Met::new()];
                maps.look(width, &bytes, strides, &mut fast);
                maps.look_with(&bytes, strides, places, &mut plain);
                let met = |met: &Met| (met.long, met.middle, met.shorts().to_vec());
                assert_eq!(met(&fast), met(&plain), "{width:?} {strides}");
                met_any = (met_any.0 || fast.long != 0, met_any.1 || fast.middle != 0, met_any.2 || fast.shorts != 0);
            };
            let exact = |at| tables.places(&bytes, at);
            meets_the_same(Width::Plain, STRIPE / STRIDE, &exact);
            #[cfg(target_arch = "x86_64")]
            for strides in [2, 6, STRIPE / STRIDE] {
                if avx2::is_known() {
                    meets_the_same(Width::Avx2, strides, &|at| by_halves(&masks, &bytes, at));
                }
                if avx512::is_known() {
                    meets_the_same(Width::Avx512, strides, &exact);
                }
            }
        }
        assert_eq!(met_any, (true, true, true), "grams of both kinds and short runs were met");
        #[cfg(all(miri, target_arch = "x86_64"))]
        assert!(avx2::is_known(), "the interpreter must be told that it has these instructions");
    }

    /// Where the halves of the bytes say that a fragment may start.
    #[cfg(target_arch = "x86_64")]
    fn by_halves(masks: &Masks, bytes: &[u8; STRIPE + BEHIND], at: usize) -> u32 {
        let known = |set: usize, start: usize, place: usize| {
            let (byte, tables) = (usize::from(bytes[at + start + place]), &masks[128 * set..]);
            tables[16 * place + (byte & 15)] & tables[16 * (4 + place) + (byte >> 4)]
        };
        let any = |start: usize| {
            [0, 1].iter().any(|set| (0..4).fold(u8::MAX, |all, place| all & known(*set, start, place)) != 0)
        };
        (0..STRIDE).map(|start| u32::from(any(start)) << start).sum()
    }
}
