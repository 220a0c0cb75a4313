//! Says where in a stripe of bytes short texts may start: each is known by one fragment of it, its rarest five bytes, and the first
//! four bytes of all fragments are looked for at once, 32 places at a time.
//!
//! That is the packed search that Hyperscan calls Teddy: the fragments are put into eight buckets; for each of the four bytes
//! two small tables say which buckets know its low and its high half. What they have in common says where to look closer. Which bucket
//! a fragment gets is chosen such that as few as possible of the runs that good logs are full of look like one.
//!
//! With AVX2 a table is looked up for 32 bytes by one instruction; without it, by four tables of 256 entries.

use crate::signature::common::COMMON_GRAMS;

/// Bytes of a fragment that are looked for here.
pub const FRAGMENT: usize = 4;
/// Bytes of a stripe.
pub const STRIPE: usize = 512;
/// Bytes behind a stripe that are read, too: a fragment that starts in it may end there.
pub const BEHIND: usize = 32;
/// Bytes looked at at once.
pub const STRIDE: usize = 32;
/// Bytes of the tables as they are stored.
pub const MASKS: usize = SETS * SET;

/// Buckets are looked at in sets of eight, one for each bit of a byte.
const SETS: usize = 2;
const BUCKETS: usize = 8 * SETS;
/// Bytes of the tables of one set.
const SET: usize = 2 * FRAGMENT * 16;

/// For each set: which buckets know the low half of a byte, for each place in a fragment, and then the same of the high half.
pub type Masks = [u8; MASKS];

/// Puts fragments into buckets, one after the other, each where it adds least to what is met in vain.
pub struct Buckets {
    masks: Masks,
    /// For each place in a run and each half byte: which of the common runs have it there.
    low: Vec<RunSet>,
    high: Vec<RunSet>,
    /// What each bucket takes at each place.
    taken: [[(RunSet, RunSet); FRAGMENT]; BUCKETS],
    /// Which common runs look like a fragment already.
    met: RunSet,
    /// How common each run is.
    weights: Vec<u32>,
}

/// Common runs.
type RunSet = [u64; 94];

#[expect(
    clippy::indexing_slicing,
    reason = "halves of a byte are below 16, places below FRAGMENT, buckets below BUCKETS and words below the length of a RunSet, \
              of which the tables have as many"
)]
impl Buckets {
    /// No fragment yet.
    pub fn new() -> Self {
        let runs = (0..).zip(&COMMON_GRAMS).flat_map(|(level, grams)| {
            grams.as_bytes().as_chunks::<FRAGMENT>().0.iter().map(move |gram| (gram, 400u32 >> level))
        });
        let none: RunSet = [0; 94];
        let (mut low, mut high) = (vec![none; 16 * FRAGMENT], vec![none; 16 * FRAGMENT]);
        let mut weights = Vec::new();
        for (number, (run, weight)) in runs.take(64 * none.len()).enumerate() {
            weights.push(weight);
            for (place, byte) in run.iter().enumerate() {
                // All digits are one in the list of runs.
                let bytes = if *byte == b'0' { b'0'..=b'9' } else { *byte..=*byte };
                for byte in bytes {
                    low[16 * place + usize::from(byte & 15)][number / 64] |= 1 << (number % 64);
                    high[16 * place + usize::from(byte >> 4)][number / 64] |= 1 << (number % 64);
                }
            }
        }
        Buckets { masks: [0; MASKS], low, high, taken: [[(none, none); FRAGMENT]; BUCKETS], met: none, weights }
    }

    /// How much a fragment would add to what is met in vain if it came into the bucket; never more than `most` is added up.
    fn cost(&self, fragment: [u8; FRAGMENT], bucket: usize, most: u32) -> u32 {
        let mut cost = 0;
        for word in 0..self.met.len() {
            let mut new = !self.met[word];
            for (place, byte) in fragment.iter().enumerate() {
                let (low, high) = &self.taken[bucket][place];
                new &= low[word] | self.low[16 * place + usize::from(byte & 15)][word];
                new &= high[word] | self.high[16 * place + usize::from(byte >> 4)][word];
            }
            while new != 0 {
                cost += self.weights.get(64 * word + new.trailing_zeros() as usize).unwrap_or(&0);
                new &= new - 1;
            }
            if cost >= most {
                return most;
            }
        }
        cost
    }

    /// Takes one of the fragments, which are in lower case; each comes with what it costs by itself. Says which one.
    pub fn take(&mut self, fragments: &[([u8; FRAGMENT], u32)]) -> usize {
        let mut best = (u32::MAX, 0, 0);
        for (number, (fragment, own)) in fragments.iter().enumerate() {
            for bucket in 0..BUCKETS {
                let cost = own.saturating_add(self.cost(*fragment, bucket, best.0.saturating_sub(*own)));
                if cost < best.0 {
                    best = (cost, number, bucket);
                }
            }
        }
        let (_, number, bucket) = best;
        let Some((fragment, _)) = fragments.get(number) else { return 0 };
        for (place, byte) in fragment.iter().enumerate() {
            // In either letter case.
            for byte in [byte | 0x20, byte & !0x20] {
                let set = SET * (bucket / 8);
                self.masks[set + 16 * place + usize::from(byte & 15)] |= 1 << (bucket % 8);
                self.masks[set + 16 * (FRAGMENT + place) + usize::from(byte >> 4)] |= 1 << (bucket % 8);
            }
            let (low, high) = &mut self.taken[bucket][place];
            for word in 0..low.len() {
                low[word] |= self.low[16 * place + usize::from(byte & 15)][word];
                high[word] |= self.high[16 * place + usize::from(byte >> 4)][word];
            }
        }
        for word in 0..self.met.len() {
            let taken = &self.taken[bucket];
            self.met[word] |=
                (0..FRAGMENT).fold(u64::MAX, |all, place| all & taken[place].0[word] & taken[place].1[word]);
        }
        number
    }

    /// The tables.
    pub fn masks(&self) -> Masks {
        self.masks
    }
}

/// Works everywhere.
#[derive(Debug, Clone)]
pub struct Tables([[u16; 256]; FRAGMENT]);

impl Tables {
    /// From the stored tables.
    #[expect(
        clippy::indexing_slicing,
        reason = "a half of a byte is below 16 and a place below FRAGMENT, as many as a set holds"
    )]
    pub fn new(masks: &Masks) -> Self {
        let mut tables = [[0; 256]; FRAGMENT];
        for (place, table) in tables.iter_mut().enumerate() {
            for (byte, buckets) in table.iter_mut().enumerate() {
                let of_set = |set: usize| {
                    masks[set + 16 * place + (byte & 15)] & masks[set + 16 * (FRAGMENT + place) + (byte >> 4)]
                };
                *buckets = u16::from_le_bytes([of_set(0), of_set(SET)]);
            }
        }
        Tables(tables)
    }

    /// Bit `n` of the answer says that a fragment may start at byte `at + n`; `at` is at most [`STRIPE`] - [`STRIDE`].
    #[inline(always)]
    #[expect(
        clippy::indexing_slicing,
        reason = "a start is below STRIDE, a place below FRAGMENT, and any byte has its entry"
    )]
    pub fn places(&self, bytes: &[u8; STRIPE + BEHIND], at: usize) -> u32 {
        let Some(bytes) = bytes.get(at..).and_then(|rest| rest.first_chunk::<{ STRIDE + FRAGMENT - 1 }>()) else {
            return 0;
        };
        let mut places = 0;
        for start in 0..STRIDE {
            let known = |place: usize| self.0[place][usize::from(bytes[start + place])];
            places |= u32::from(known(0) & known(1) & known(2) & known(3) != 0) << start;
        }
        places
    }
}

/// Has the processor what [`Avx2`] and the instructions around it need?
#[cfg(target_arch = "x86_64")]
#[inline]
pub fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
}

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
        _mm256_setr_epi64x, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16,
    };

    use super::{BEHIND, FRAGMENT, Masks, SET, SETS, STRIPE};
    use crate::pieces::Pieces;

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
        #[expect(
            clippy::indexing_slicing,
            reason = "only called below with the places 0 to 3, which FRAGMENT tables have"
        )]
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
}
