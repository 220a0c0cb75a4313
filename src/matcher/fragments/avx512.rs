//! The search for fragments on processors with AVX-512: 64 places at a time, and what else is done with registers of 64 bytes.

use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_loadu_si512, _mm512_permutex2var_epi8, _mm512_setr_epi64, _mm512_setzero_si512,
    _mm512_storeu_si512, _mm512_ternarylogic_epi64, _mm512_test_epi8_mask,
};

use super::{BEHIND, ENTRIES, EXACT, EXACT_FROM, FRAGMENT, Masks, SETS, STRIPE};

/// Has the processor what [`Avx512`] and the instructions around it need? All of them came with Intel's Ice Lake and AMD's Zen 4.
#[inline]
pub fn is_known() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi")
        && is_x86_feature_detected!("avx512vbmi2")
        && super::avx2::is_known()
}

/// The tables for processors with AVX-512: for each set and place the first and the second half.
pub struct Avx512([[(__m512i, __m512i); FRAGMENT]; SETS]);

impl Avx512 {
    /// From the stored tables.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    #[inline]
    pub fn new(masks: &Masks) -> Self {
        let of = |set: usize, place: usize| {
            let at = EXACT_FROM + EXACT * set + ENTRIES * place;
            (bytes_at(masks, at), bytes_at(masks, at + ENTRIES / 2))
        };
        Avx512([[of(0, 0), of(0, 1), of(0, 2), of(0, 3)], [of(1, 0), of(1, 1), of(1, 2), of(1, 3)]])
    }

    /// As [`super::Tables::places`], of twice as many.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    #[inline]
    pub fn places(&self, bytes: &[u8; STRIPE + BEHIND], at: usize) -> u64 {
        let [a, b, c, d] =
            [bytes_at(bytes, at), bytes_at(bytes, at + 1), bytes_at(bytes, at + 2), bytes_at(bytes, at + 3)];
        let known = |(first, second): (__m512i, __m512i), byte: __m512i| _mm512_permutex2var_epi8(first, byte, second);
        let of = |[first, second, third, fourth]: [(__m512i, __m512i); FRAGMENT]| {
            const ALL: i32 = 0x80;
            let three = _mm512_ternarylogic_epi64::<ALL>(known(first, a), known(second, b), known(third, c));
            (three, known(fourth, d))
        };
        let [one, other] = self.0;
        let ((a, b), (c, d)) = (of(one), of(other));
        const BOTH_OR: i32 = 0xf8;
        let either = _mm512_ternarylogic_epi64::<BOTH_OR>(_mm512_and_si512(a, b), c, d);
        _mm512_test_epi8_mask(either, either)
    }
}

/// The 64 bytes from `at` on; zeros if there are not as many.
#[target_feature(enable = "avx512f")]
#[inline]
pub fn bytes_at<const BYTES: usize>(bytes: &[u8; BYTES], at: usize) -> __m512i {
    let Some(part) = bytes.get(at..).and_then(|rest| rest.first_chunk::<64>()) else {
        return _mm512_setzero_si512();
    };
    // SAFETY: 64 bytes are read, which the reference holds; any bytes are a value.
    #[allow(unsafe_code)]
    unsafe {
        _mm512_loadu_si512(part.as_ptr().cast())
    }
}

/// Of eight numbers each, the word that stands there. Only the low bits of a number count, as many as the words have; these are a power of
/// two. There is an instruction for that, but it takes longer than eight loads.
#[target_feature(enable = "avx512f")]
#[inline]
pub fn words_at<const WORDS: usize>(words: &[[u8; 8]; WORDS], numbers: __m512i) -> __m512i {
    const { assert!(WORDS.is_power_of_two()) };
    let mut at = [0u64; 8];
    // SAFETY: 64 bytes are written, which the array holds; any bytes are numbers.
    #[allow(unsafe_code)]
    unsafe {
        _mm512_storeu_si512(at.as_mut_ptr().cast(), numbers);
    }
    let mut found = [0; 8];
    for (found, at) in found.iter_mut().zip(at) {
        if let Some(word) = words.get(at as usize & (WORDS - 1)) {
            *found = i64::from_le_bytes(*word);
        }
    }
    let [a, b, c, d, e, f, g, h] = found;
    _mm512_setr_epi64(a, b, c, d, e, f, g, h)
}

/// Writes 32 numbers.
#[target_feature(enable = "avx512f")]
#[inline]
pub fn store(numbers: &mut [u16; 32], values: __m512i) {
    // SAFETY: 64 bytes are written, which the reference holds; any bytes are numbers.
    #[allow(unsafe_code)]
    unsafe {
        _mm512_storeu_si512(numbers.as_mut_ptr().cast(), values);
    }
}
