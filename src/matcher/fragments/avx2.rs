//! The search for fragments on processors with AVX2: 32 places at a time.

use std::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    _mm256_setr_epi64x, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16,
};

use super::{BEHIND, FRAGMENT, Masks, SET, SETS, STRIPE};
use crate::pieces::Pieces;

/// Has the processor what [`Avx2`] and the instructions around it need?
#[inline]
pub fn is_known() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
}

/// The tables for processors with AVX2.
pub struct Avx2([Set; SETS]);

/// Of one set, for each place in a fragment.
struct Set {
    low: [__m256i; FRAGMENT],
    high: [__m256i; FRAGMENT],
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
        Set { low: [table(0), table(1), table(2), table(3)], high: [table(4), table(5), table(6), table(7)] }
    }

    /// The buckets that know the bytes' halves at this place.
    #[target_feature(enable = "avx2")]
    #[inline]
    #[expect(clippy::indexing_slicing, reason = "only called below with the places 0 to 3, which FRAGMENT tables have")]
    fn buckets(&self, place: usize, (low, high): (__m256i, __m256i)) -> __m256i {
        _mm256_and_si256(_mm256_shuffle_epi8(self.low[place], low), _mm256_shuffle_epi8(self.high[place], high))
    }
}

impl Avx2 {
    /// From the stored tables.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn new(masks: &Masks) -> Self {
        Avx2([Set::new(&masks[..SET]), Set::new(&masks[SET..])])
    }

    /// As [`super::Tables::places`].
    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn places(&self, bytes: &[u8; STRIPE + BEHIND], at: usize) -> u32 {
        let part = |from: usize| {
            let part = bytes.get(at + from..).and_then(|rest| rest.first_chunk::<8>());
            part.map_or(0, |bytes| i64::from_le_bytes(*bytes))
        };
        let ones = _mm256_set1_epi8(15);
        let halves = |place: usize| {
            let bytes = _mm256_setr_epi64x(part(place), part(place + 8), part(place + 16), part(place + 24));
            (_mm256_and_si256(bytes, ones), _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), ones))
        };
        let halves = [halves(0), halves(1), halves(2), halves(3)];
        let [first, second] = &self.0;
        let of = |set: &Set| {
            let (a, b) = (set.buckets(0, halves[0]), set.buckets(1, halves[1]));
            let (c, d) = (set.buckets(2, halves[2]), set.buckets(3, halves[3]));
            _mm256_and_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, d))
        };
        let all = _mm256_or_si256(of(first), of(second));
        !_mm256_movemask_epi8(_mm256_cmpeq_epi8(all, _mm256_setzero_si256())).cast_unsigned()
    }
}
