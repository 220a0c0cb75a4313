//! The search for fragments on processors with AVX2: 32 places at a time.

use std::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set1_epi8, _mm256_setr_epi64x, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16,
    _mm256_storeu_si256,
};

use super::{BEHIND, BY_HALVES, Found, SET, STRIDE, STRIPE, Tables};
use crate::pieces::Pieces;

/// Has the processor what [`places`] and the instructions around it need?
#[inline]
pub fn is_known() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
}

/// Of one set, for each place in a fragment that is looked at.
struct Set {
    low: [__m256i; BY_HALVES],
    high: [__m256i; BY_HALVES],
}

impl Set {
    #[target_feature(enable = "avx2")]
    #[inline]
    fn new(masks: &[u8]) -> Self {
        let table = |number: usize| {
            let half = |at: usize| masks.tail(at).first_chunk::<8>().map_or(0, |bytes| i64::from_le_bytes(*bytes));
            let (first, second) = (half(16 * number), half(16 * number + 8));
            _mm256_setr_epi64x(first, second, first, second)
        };
        let tables = |from: usize| [0, 1, 2, 3, 4].map(|place| table(from + place));
        Set { low: tables(0), high: tables(BY_HALVES) }
    }

    /// The buckets that know the halves of the bytes at all places.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn buckets(&self, low: &[__m256i; BY_HALVES], high: &[__m256i; BY_HALVES]) -> __m256i {
        let mut all = _mm256_set1_epi8(-1);
        for ((table, byte), (other_table, other)) in self.low.iter().zip(low).zip(self.high.iter().zip(high)) {
            let known = _mm256_and_si256(_mm256_shuffle_epi8(*table, *byte), _mm256_shuffle_epi8(*other_table, *other));
            all = _mm256_and_si256(all, known);
        }
        all
    }
}

/// As [`super::Tables::places`].
#[target_feature(enable = "avx2")]
#[inline(never)]
pub fn places(tables: &Tables, bytes: &[u8; STRIPE + BEHIND], strides: usize) -> Found {
    let (first, second) = (Set::new(&tables.masks[..SET]), Set::new(&tables.masks[SET..]));
    let ones = _mm256_set1_epi8(15);
    let mut found = [0; STRIPE / 64];
    for stride in 0..strides.min(STRIPE / STRIDE) {
        let (mut low, mut high) = ([ones; BY_HALVES], [ones; BY_HALVES]);
        for (place, (low, high)) in low.iter_mut().zip(&mut high).enumerate() {
            let bytes = bytes_at(bytes, STRIDE * stride + place);
            *low = _mm256_and_si256(bytes, ones);
            *high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), ones);
        }
        let all = _mm256_or_si256(first.buckets(&low, &high), second.buckets(&low, &high));
        let none = _mm256_movemask_epi8(_mm256_cmpeq_epi8(all, _mm256_setzero_si256())).cast_unsigned();
        if let Some(found) = found.get_mut(stride / 2) {
            *found |= u64::from(!none) << (STRIDE * (stride % 2));
        }
    }
    found
}

/// The 32 bytes from `at` on; zeros if there are not as many.
#[target_feature(enable = "avx2")]
#[inline]
pub fn bytes_at(bytes: &[u8; STRIPE + BEHIND], at: usize) -> __m256i {
    let Some(part) = bytes.get(at..).and_then(|rest| rest.first_chunk::<32>()) else {
        return _mm256_setzero_si256();
    };
    // SAFETY: 32 bytes are read, which the reference holds; any bytes are a value.
    #[allow(unsafe_code)]
    unsafe {
        _mm256_loadu_si256(part.as_ptr().cast())
    }
}

/// Writes four numbers.
#[target_feature(enable = "avx2")]
#[inline]
pub fn store(numbers: &mut [u64; 4], values: __m256i) {
    // SAFETY: 32 bytes are written, which the reference holds; any bytes are numbers.
    #[allow(unsafe_code)]
    unsafe {
        _mm256_storeu_si256(numbers.as_mut_ptr().cast(), values);
    }
}

/// Reads four numbers.
#[target_feature(enable = "avx2")]
#[inline]
pub fn load(numbers: &[u64; 4]) -> __m256i {
    // SAFETY: 32 bytes are read, which the reference holds; any bytes are a value.
    #[allow(unsafe_code)]
    unsafe {
        _mm256_loadu_si256(numbers.as_ptr().cast())
    }
}

/// Four numbers, each from where it lies.
#[target_feature(enable = "avx2")]
#[inline]
pub fn words(words: [u64; 4]) -> __m256i {
    let [a, b, c, d] = words.map(u64::cast_signed);
    _mm256_setr_epi64x(a, b, c, d)
}
