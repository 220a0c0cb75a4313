//! Says where in a stripe of bytes short texts may be: each is known by one fragment of it, its rarest bytes, and all fragments are looked
//! for at once, 32 or 64 places at a time.
//!
//! That is the packed search that Hyperscan calls Teddy: the fragments are put into some buckets; for each of the bytes
//! small tables say which buckets know it. What they have in common says where to look closer. Which bucket
//! a fragment gets is chosen such that as few as possible of the runs that good logs are full of look like one.
//!
//! With AVX-512 a table of 64 entries is looked up for 64 bytes by one instruction, and there are 24 buckets for fragments of six bytes:
//! their tables and what is looked up in them fill the 32 registers. AVX2 has room for 16 entries only, so that each byte is looked up by its
//! low and its high half. That costs four times as much, so there are 16 buckets for five bytes, in which a text may have another
//! fragment. Without either, one place follows the other.

use crate::signature::common::COMMON_GRAMS;

/// Bytes of a fragment.
pub const FRAGMENT: usize = 6;
/// The first of them, which are all that is looked at by halves of bytes.
pub const BY_HALVES: usize = 5;
/// Bytes of a stripe.
pub const STRIPE: usize = 512;
/// Bytes behind a stripe that are read, too: a fragment that starts in it may end there.
pub const BEHIND: usize = 64;
/// Bytes looked at at once.
pub const STRIDE: usize = 32;
/// Bytes of the tables as they are stored.
pub const MASKS: usize = SETS * SET + EXACT_SETS * EXACT;

/// Buckets are looked at in sets of eight, one for each bit of a byte: so many by halves of bytes, and so many by whole bytes.
const SETS: usize = 2;
const EXACT_SETS: usize = 3;
/// Bytes of the tables of one set, by halves of bytes.
const SET: usize = 2 * BY_HALVES * 16;
/// Entries of a table by whole bytes, of which six bits count, see [`entry`].
const ENTRIES: usize = 64;
/// Bytes of these tables of one set.
const EXACT: usize = FRAGMENT * ENTRIES;
/// Where they start.
const EXACT_FROM: usize = SETS * SET;

/// For each set: which buckets know the low half of a byte, for each place in a fragment, and then the same of the high half. Behind
/// that, for each set: which buckets know a whole byte, for each place.
pub type Masks = [u8; MASKS];

/// Where in a stripe fragments may start: one bit for each byte.
pub type Found = [u64; STRIPE / 64];

/// A part of a text, in lower case. Behind the end of the text any byte may stand.
pub type Fragment = [Option<u8>; FRAGMENT];

/// Puts fragments into buckets, one after the other, each where it adds least to what is met in vain.
pub struct Buckets {
    masks: Masks,
    runs: CommonRuns,
    /// For the tables by halves of bytes, and for those by whole bytes.
    halves: Taken,
    whole: Taken,
}

/// Bytes of a common run.
const RUN: usize = 4;

/// Common runs, one bit each.
type RunSet = [u64; 94];

/// Runs of four bytes that good logs are full of.
struct CommonRuns {
    /// For each place in a run and each half byte: which of them have it there.
    low: Vec<RunSet>,
    high: Vec<RunSet>,
    /// How common each is.
    weights: Vec<u32>,
}

/// Which common runs buckets take, as each part of a fragment.
struct Taken {
    /// Each half of a byte is known by itself.
    by_halves: bool,
    /// How many times counts what a fragment costs by itself, as trials told.
    own_weight: u32,
    buckets: usize,
    parts: Vec<Part>,
}

/// Four bytes of fragments, one behind the other.
struct Part {
    /// Where in a fragment they start.
    from: usize,
    /// For each bucket and place: which runs have a byte there that it knows, by low halves and by high ones, or twice by whole bytes.
    buckets: Vec<[[RunSet; 2]; RUN]>,
    /// Which runs any bucket takes.
    met: RunSet,
}

#[expect(
    clippy::indexing_slicing,
    reason = "halves of a byte are below 16, places below RUN and words below the length of a RunSet"
)]
impl CommonRuns {
    fn new() -> Self {
        let runs = (0..).zip(&COMMON_GRAMS).flat_map(|(level, grams)| {
            grams.as_bytes().as_chunks::<RUN>().0.iter().map(move |gram| (gram, 400u32 >> level))
        });
        let none: RunSet = [0; 94];
        let (mut low, mut high) = (vec![none; 16 * RUN], vec![none; 16 * RUN]);
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
        CommonRuns { low, high, weights }
    }

    /// Of the runs of one word: those that have this byte at this place, by its halves or twice as a whole.
    fn with(&self, place: usize, byte: Option<u8>, by_halves: bool, word: usize) -> [u64; 2] {
        let Some(byte) = byte else { return [u64::MAX; 2] };
        let low = self.low[16 * place + usize::from(byte & 15)][word];
        let high = self.high[16 * place + usize::from(byte >> 4)][word];
        if by_halves { [low, high] } else { [low & high; 2] }
    }

    /// How common the runs of one word of a set are.
    fn weight(&self, mut set: u64, word: usize) -> u32 {
        let mut weight = 0;
        while set != 0 {
            weight += self.weights.get(64 * word + set.trailing_zeros() as usize).unwrap_or(&0);
            set &= set - 1;
        }
        weight
    }
}

impl Taken {
    fn new(by_halves: bool, sets: usize) -> Self {
        let part = |from| Part { from, buckets: vec![[[[0; 94]; 2]; RUN]; 8 * sets], met: [0; 94] };
        let (bytes, own_weight) = if by_halves { (BY_HALVES, 3) } else { (FRAGMENT, 1) };
        Taken { by_halves, own_weight, buckets: 8 * sets, parts: (0..=bytes - RUN).map(part).collect() }
    }

    /// Takes the fragment that adds least to what is met in vain, together with what it costs by itself, into the bucket where it does. Says
    /// which one and where.
    fn take(&mut self, runs: &CommonRuns, fragments: &[(Fragment, u32)]) -> Option<(usize, usize)> {
        let mut best = None;
        let mut least = u32::MAX;
        for (number, (fragment, own)) in fragments.iter().enumerate() {
            let own = self.own_weight * own;
            for bucket in 0..self.buckets {
                let most = least.saturating_sub(own);
                // What is met fits with all parts. Each counts, as what fits with one may fit with all once further fragments are in the bucket.
                let cost: u32 = (self.parts.iter())
                    .map(|part| part.cost(runs, part.of(fragment), self.by_halves, bucket, most))
                    .fold(0, u32::saturating_add);
                if cost < most {
                    least = own + cost;
                    best = Some((number, bucket));
                }
            }
        }
        let (number, bucket) = best?;
        let (fragment, _) = fragments.get(number)?;
        for part in &mut self.parts {
            part.put(runs, part.of(fragment), self.by_halves, bucket);
        }
        best
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "buckets are told by their own numbers, parts end within a fragment, and words are below the length of a RunSet"
)]
impl Part {
    /// Its bytes of a fragment.
    fn of<'f>(&self, fragment: &'f Fragment) -> &'f [Option<u8>] {
        &fragment[self.from..self.from + RUN]
    }

    /// How much these bytes would add in a bucket; never more than `most` is added up.
    fn cost(&self, runs: &CommonRuns, bytes: &[Option<u8>], by_halves: bool, bucket: usize, most: u32) -> u32 {
        let mut cost = 0;
        for (word, met) in self.met.iter().enumerate() {
            let mut new = !met;
            for (place, byte) in bytes.iter().enumerate() {
                let [low, high] = &self.buckets[bucket][place];
                let [own_low, own_high] = runs.with(place, *byte, by_halves, word);
                new &= (low[word] | own_low) & (high[word] | own_high);
            }
            cost += runs.weight(new, word);
            if cost >= most {
                return most;
            }
        }
        cost
    }

    fn put(&mut self, runs: &CommonRuns, bytes: &[Option<u8>], by_halves: bool, bucket: usize) {
        for (word, met) in self.met.iter_mut().enumerate() {
            let mut all = u64::MAX;
            for (place, byte) in bytes.iter().enumerate() {
                let [low, high] = &mut self.buckets[bucket][place];
                let [own_low, own_high] = runs.with(place, *byte, by_halves, word);
                low[word] |= own_low;
                high[word] |= own_high;
                all &= low[word] & high[word];
            }
            *met |= all;
        }
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "masks are as long as MASKS, all places in them are below it, and taken fragments are told by their own numbers"
)]
impl Buckets {
    /// No fragment yet.
    pub fn new() -> Self {
        let (halves, whole) = (Taken::new(true, SETS), Taken::new(false, EXACT_SETS));
        Buckets { masks: [0; MASKS], runs: CommonRuns::new(), halves, whole }
    }

    /// Takes one of the fragments for the tables by halves of bytes and one for those by whole bytes; each comes with what it costs by
    /// itself. Says which ones.
    pub fn take(&mut self, fragments: &[(Fragment, u32)]) -> [Option<usize>; 2] {
        let by_halves = self.halves.take(&self.runs, fragments);
        if let Some((number, bucket)) = by_halves {
            let (set, bit) = (SET * (bucket / 8), 1 << (bucket % 8));
            for (place, byte) in fragments[number].0.iter().flatten().enumerate().take(BY_HALVES) {
                // In either letter case.
                for byte in [byte | 0x20, byte & !0x20] {
                    self.masks[set + 16 * place + usize::from(byte & 15)] |= bit;
                    self.masks[set + 16 * (BY_HALVES + place) + usize::from(byte >> 4)] |= bit;
                }
            }
        }
        let whole = self.whole.take(&self.runs, fragments);
        if let Some((number, bucket)) = whole {
            for (place, byte) in fragments[number].0.iter().enumerate() {
                for byte in byte.map_or(0..=u8::MAX, |byte| byte..=byte) {
                    self.masks[exact_at(bucket / 8, place, byte)] |= 1 << (bucket % 8);
                }
            }
        }
        [by_halves, whole].map(|taken| taken.map(|(number, _)| number))
    }

    /// The tables.
    pub fn masks(&self) -> Masks {
        self.masks
    }
}

/// The entry of a byte: bit 5 tells letter case, and bit 7 is not set in ASCII.
pub(super) const fn entry(byte: u8) -> usize {
    (byte & 0x1f | byte >> 1 & 0x20) as usize
}

/// Where it is stored which buckets of a set know the byte at this place.
const fn exact_at(set: usize, place: usize, byte: u8) -> usize {
    EXACT_FROM + EXACT * set + ENTRIES * place + entry(byte)
}

/// The tables, ready to be looked up.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub struct Tables {
    /// As they are stored. What is read at once lies in one line of the processor's cache.
    masks: Masks,
    /// For each place in a fragment and each entry: which buckets of all sets know it. Works everywhere.
    plain: [[u32; ENTRIES]; FRAGMENT],
}

const _: () = assert!(EXACT_FROM.is_multiple_of(64) && EXACT_SETS <= 4);

impl Tables {
    /// From the stored tables.
    #[expect(
        clippy::indexing_slicing,
        reason = "places are below FRAGMENT and sets below EXACT_SETS, as many as are stored"
    )]
    pub fn new(masks: &Masks) -> Self {
        let mut plain = [[0; ENTRIES]; FRAGMENT];
        for (place, table) in plain.iter_mut().enumerate() {
            for (number, buckets) in table.iter_mut().enumerate() {
                let known = |set: usize| u32::from(masks[EXACT_FROM + EXACT * set + ENTRIES * place + number]);
                *buckets = (0..EXACT_SETS).fold(0, |all, set| all | known(set) << (8 * set));
            }
        }
        Tables { masks: *masks, plain }
    }

    /// Where in the first strides of a stripe fragments may start.
    #[expect(
        clippy::indexing_slicing,
        reason = "a place and what stands behind it are within a stripe, of which Found has all places, and any byte has its entry"
    )]
    pub fn places(&self, bytes: &[u8; STRIPE + BEHIND], strides: usize) -> Found {
        let mut found = [0; STRIPE / 64];
        for at in 0..STRIDE * strides.min(STRIPE / STRIDE) {
            let known = (0..FRAGMENT).fold(u32::MAX, |all, place| all & self.plain[place][entry(bytes[at + place])]);
            found[at / 64] |= u64::from(known != 0) << (at % 64);
        }
        found
    }
}

#[cfg(target_arch = "x86_64")]
pub mod avx2;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
