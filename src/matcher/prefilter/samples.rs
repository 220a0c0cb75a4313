//! Which of the grams at every eighth byte of a stripe are in a map, or of those at other places.
//!
//! With wide registers it is done in steps for a whole stripe: all hashes first, then the words of the map and which bits these have. What has just
//! been written as numbers can't be read at once as several, but several can be read at once as numbers. The words are fetched one by one:
//! processors have an instruction for several at once, but on many it takes longer than that.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m256i, __m512i, _mm256_add_epi64, _mm256_and_si256, _mm256_castsi256_pd, _mm256_movemask_pd, _mm256_mul_epu32,
    _mm256_or_si256, _mm256_set1_epi64x, _mm256_slli_epi64, _mm256_srli_epi64, _mm256_srlv_epi64, _mm256_xor_si256,
    _mm512_and_si512, _mm512_bitshuffle_epi64_mask, _mm512_mullo_epi64, _mm512_or_si512, _mm512_set1_epi64,
    _mm512_srli_epi64, _mm512_xor_si512, _pext_u64,
};

use super::super::fragments::{BEHIND, STRIDE, STRIPE};
#[cfg(target_arch = "x86_64")]
use super::super::fragments::{avx2, avx512};
#[cfg(target_arch = "x86_64")]
use super::maps::{BITS, FACTOR, FOLD, word_of};
use super::maps::{LONG_STEP, Words, bits, word_at};
#[cfg(target_arch = "x86_64")]
use crate::pieces::Pieces;

/// Grams of a stride.
const OF_STRIDE: usize = STRIDE / LONG_STEP;
/// Grams of a stripe.
pub const OF_STRIPE: usize = STRIPE / LONG_STEP;

/// Bit `n` of the answer says that the gram at byte `from + 8 * n` may be in the map; of so many strides.
#[inline(always)]
pub fn plain<const WORDS: usize>(
    map: &Words<WORDS>,
    bytes: &[u8; STRIPE + BEHIND],
    from: usize,
    strides: usize,
) -> u64 {
    (0..(OF_STRIDE * strides).min(OF_STRIPE))
        .fold(0, |any, number| any | (bits(map, word_at(bytes, from + LONG_STEP * number)) & 1) << number)
}

/// Grams of a stripe that are looked up together. The memory is used again for each stripe: to clear it would take as long as to fill it.
#[cfg(target_arch = "x86_64")]
#[repr(C, align(64))]
pub struct Samples {
    hashes: [u64; OF_STRIPE],
    count: usize,
}

#[cfg(target_arch = "x86_64")]
impl Samples {
    /// None.
    pub const fn new() -> Self {
        Samples { hashes: [0; OF_STRIPE], count: 0 }
    }

    /// Takes those of so many strides, from a byte on, with registers of 32 bytes.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn take_avx2(&mut self, bytes: &[u8; STRIPE + BEHIND], from: usize, strides: usize) {
        let strides = strides.min(STRIPE / STRIDE);
        self.count = OF_STRIDE * strides;
        let fold = _mm256_set1_epi64x(FOLD.cast_signed());
        for (number, hashes) in self.hashes.as_chunks_mut().0.iter_mut().enumerate().take(strides) {
            let grams = _mm256_or_si256(avx2::bytes_at(bytes, STRIDE * number + from), fold);
            avx2::store(hashes, hash_avx2(grams));
        }
    }

    /// Takes what stands at the first so many of these places, as far as there is room, or as much of each as `mask` says.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn take_each_avx2(
        &mut self,
        bytes: &[u8; STRIPE + BEHIND],
        places: &[u16; OF_STRIPE],
        count: usize,
        mask: u64,
    ) {
        self.count = count.next_multiple_of(4).min(OF_STRIPE);
        let mask = _mm256_set1_epi64x(mask.cast_signed());
        let (places, _) = places.head(self.count).as_chunks();
        for (hashes, places) in self.hashes.as_chunks_mut().0.iter_mut().zip(places) {
            let grams = avx2::words(places.map(|at| word_at(bytes, usize::from(at) & (STRIPE - 1))));
            avx2::store(hashes, hash_avx2(_mm256_and_si256(grams, mask)));
        }
    }

    /// As [`plain`].
    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn met_avx2<const WORDS: usize>(&self, map: &Words<WORDS>) -> u64 {
        const FROM: [i32; 3] = [BITS[0].cast_signed(), BITS[1].cast_signed(), BITS[2].cast_signed()];
        let ones = _mm256_set1_epi64x(63);
        let mut met = 0;
        for (number, hashes) in self.hashes.head(self.count).as_chunks().0.iter().enumerate() {
            let (words, hash) = (avx2::words(hashes.map(|hash| word(map, hash))), avx2::load(hashes));
            let first = _mm256_srlv_epi64(words, _mm256_and_si256(_mm256_srli_epi64::<{ FROM[0] }>(hash), ones));
            let second = _mm256_srlv_epi64(words, _mm256_and_si256(_mm256_srli_epi64::<{ FROM[1] }>(hash), ones));
            let third = _mm256_srlv_epi64(words, _mm256_and_si256(_mm256_srli_epi64::<{ FROM[2] }>(hash), ones));
            let all = _mm256_and_si256(first, _mm256_and_si256(second, third));
            let signs = _mm256_castsi256_pd(_mm256_slli_epi64::<63>(all));
            met |= u64::from(_mm256_movemask_pd(signs).cast_unsigned()) << (4 * number);
        }
        met
    }

    /// As [`Samples::take_avx2`], with registers of 64 bytes.
    #[target_feature(enable = "avx512f,avx512dq")]
    #[inline]
    pub fn take_avx512(&mut self, bytes: &[u8; STRIPE + BEHIND], from: usize, strides: usize) {
        let times = strides.div_ceil(2).min(STRIPE / 64);
        self.count = 8 * times;
        let fold = _mm512_set1_epi64(FOLD.cast_signed());
        for (number, hashes) in self.hashes.as_chunks_mut().0.iter_mut().enumerate().take(times) {
            let grams = _mm512_or_si512(avx512::bytes_at(bytes, 64 * number + from), fold);
            avx512::store_words(hashes, hash_avx512(grams));
        }
    }

    /// Reads what stands at the first so many of these places, as far as there is room.
    #[inline(always)]
    pub fn read(&mut self, bytes: &[u8; STRIPE + BEHIND], places: &[u16; OF_STRIPE], count: usize) {
        self.count = count.next_multiple_of(8).min(OF_STRIPE);
        read_each(bytes, places.head(self.count), &mut self.hashes);
    }

    /// Takes that, or as much of each as `mask` says.
    #[target_feature(enable = "avx512f,avx512dq")]
    #[inline]
    pub fn take_read_avx512(&mut self, mask: u64) {
        let mask = _mm512_set1_epi64(mask.cast_signed());
        for hashes in self.hashes.as_chunks_mut().0.iter_mut().take(self.count / 8) {
            let grams = _mm512_and_si512(avx512::load_words(hashes), mask);
            avx512::store_words(hashes, hash_avx512(grams));
        }
    }

    /// As [`plain`].
    #[target_feature(enable = "avx512f,avx512bitalg,bmi2")]
    #[inline]
    pub fn met_avx512<const WORDS: usize>(&self, map: &Words<WORDS>) -> u64 {
        // Each byte of a hash chooses a bit of the word; three of them count.
        const FIRST: u64 = 0x0101_0101_0101_0101 << (BITS[0] / 8);
        let mut met = 0;
        for (number, hashes) in self.hashes.head(self.count).as_chunks().0.iter().enumerate() {
            let words = avx512::words(hashes.map(|hash| word(map, hash)));
            let set = _mm512_bitshuffle_epi64_mask(words, avx512::load_words(hashes));
            met |= _pext_u64(set & set >> 1 & set >> 2, FIRST) << (8 * number);
        }
        met
    }
}

/// The hashes of four grams, as [`hash`](super::maps::hash) makes them.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn hash_avx2(grams: __m256i) -> __m256i {
    let (low, high) = (_mm256_set1_epi64x(FACTOR.cast_signed()), _mm256_set1_epi64x((FACTOR >> 32).cast_signed()));
    let upper = _mm256_srli_epi64::<32>(grams);
    let folded_in = _mm256_xor_si256(grams, upper);
    // A product of 64 bits, of products of 32.
    let crossed = _mm256_add_epi64(_mm256_mul_epu32(upper, low), _mm256_mul_epu32(folded_in, high));
    _mm256_add_epi64(_mm256_mul_epu32(folded_in, low), _mm256_slli_epi64::<32>(crossed))
}

/// The hashes of eight grams, as [`hash`](super::maps::hash) makes them.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
#[inline]
fn hash_avx512(grams: __m512i) -> __m512i {
    let folded_in = _mm512_xor_si512(grams, _mm512_srli_epi64::<32>(grams));
    _mm512_mullo_epi64(folded_in, _mm512_set1_epi64(FACTOR.cast_signed()))
}

#[cfg(target_arch = "x86_64")]
const _: () = assert!(BITS[0].is_multiple_of(8) && BITS[1] == BITS[0] + 8 && BITS[2] == BITS[1] + 8);

/// Reads what stands at some places of a stripe, letter case folded. Not inlined, or the compiler would make an instruction of it that fetches
/// eight at once and takes longer.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
fn read_each(bytes: &[u8; STRIPE + BEHIND], places: &[u16], grams: &mut [u64]) {
    for (gram, at) in grams.iter_mut().zip(places) {
        *gram = word_at(bytes, usize::from(*at) & (STRIPE - 1));
    }
}

/// The word of the map that a hash chooses.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn word<const WORDS: usize>(map: &Words<WORDS>, hash: u64) -> u64 {
    map.get(word_of(hash, WORDS)).map_or(0, |word| u64::from_le_bytes(*word))
}
