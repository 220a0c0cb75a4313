//! Says where in a stripe of bytes short texts may start: each is known by one fragment of it, its rarest five bytes, and the first
//! four bytes of all fragments are looked for at once, 32 or 64 places at a time.
//!
//! That is the packed search that Hyperscan calls Teddy: the fragments are put into sixteen buckets; for each of the four bytes
//! small tables say which buckets know it. What they have in common says where to look closer. Which bucket
//! a fragment gets is chosen such that as few as possible of the runs that good logs are full of look like one.
//!
//! With AVX-512 a table of 128 entries is looked up for 64 bytes by one instruction. AVX2 has room for 16 entries only, so that each
//! byte is looked up by its low and its high half, which meets a little more. Without either, one place follows the other.

use crate::signature::common::COMMON_GRAMS;

/// Bytes of a fragment that are looked for here.
pub const FRAGMENT: usize = 4;
/// Bytes of a stripe.
pub const STRIPE: usize = 512;
/// Bytes behind a stripe that are read, too: a fragment that starts in it may end there.
pub const BEHIND: usize = 64;
/// Bytes looked at at once.
pub const STRIDE: usize = 32;
/// Bytes of the tables as they are stored.
pub const MASKS: usize = SETS * (SET + EXACT);

/// Buckets are looked at in sets of eight, one for each bit of a byte.
const SETS: usize = 2;
const BUCKETS: usize = 8 * SETS;
/// Bytes of the tables of one set, by halves of bytes.
const SET: usize = 2 * FRAGMENT * 16;
/// Entries of a table by whole bytes, of which only the low seven bits count.
const ENTRIES: usize = 128;
/// Bytes of these tables of one set.
const EXACT: usize = FRAGMENT * ENTRIES;
/// Where they start.
const EXACT_FROM: usize = SETS * SET;

/// For each set: which buckets know the low half of a byte, for each place in a fragment, and then the same of the high half. Behind
/// that, for each set: which buckets know a whole byte, for each place.
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
                self.masks[exact_at(bucket / 8, place, byte)] |= 1 << (bucket % 8);
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

/// Where it is stored which buckets of a set know the byte at this place.
const fn exact_at(set: usize, place: usize, byte: u8) -> usize {
    EXACT_FROM + EXACT * set + ENTRIES * place + byte as usize % ENTRIES
}

/// Works everywhere.
#[derive(Debug, Clone)]
pub struct Tables([[u16; ENTRIES]; FRAGMENT]);

impl Tables {
    /// From the stored tables.
    #[expect(clippy::indexing_slicing, reason = "places are below FRAGMENT and sets below SETS, as many as are stored")]
    pub fn new(masks: &Masks) -> Self {
        let mut tables = [[0; ENTRIES]; FRAGMENT];
        for (place, table) in tables.iter_mut().enumerate() {
            for (byte, buckets) in (0..).zip(table) {
                *buckets = u16::from_le_bytes([masks[exact_at(0, place, byte)], masks[exact_at(1, place, byte)]]);
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
            let known = |place: usize| self.0[place][usize::from(bytes[start + place]) % ENTRIES];
            places |= u32::from(known(0) & known(1) & known(2) & known(3) != 0) << start;
        }
        places
    }
}

#[cfg(target_arch = "x86_64")]
pub mod avx2;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
