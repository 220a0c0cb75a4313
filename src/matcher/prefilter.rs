//! A quick look at a line: can any of the fixed texts be in it at all?
//!
//! The line is sampled: at every [`Gauge::step`]-th byte a short gram is hashed into a bit map. Of every text one window is
//! chosen such that wherever the text stands, one sample falls wholly into the window; the window's grams are in the map. So a
//! text that is there is always noticed (Wu–Manber's idea with sampling). Letter case is folded by OR-ing 0x20, on both sides alike.

use std::collections::HashMap;

/// How texts of one length class are sampled.
#[derive(Debug, Clone, Copy)]
struct Gauge {
    /// Bytes of a gram, at most 8.
    gram: usize,
    /// Distance of two samples; a window has `gram + step - 1` bytes.
    step: usize,
}

impl Gauge {
    const fn window(self) -> usize {
        self.gram + self.step - 1
    }
}

/// For texts of at least 8 bytes.
const LONG: Gauge = Gauge { gram: 5, step: 4 };
/// For the few texts of 5 to 7 bytes.
const SHORT: Gauge = Gauge { gram: 4, step: 2 };
/// The bit map has 2^18 bits: 32 KiB, which stays in the first-level cache.
const BITS: u32 = 18;
const FOLD: u64 = 0x2020_2020_2020_2020;

/// Says whether one of many fixed texts can be in a line.
#[derive(Debug)]
pub struct Prefilter {
    long: Option<Sampler>,
    short: Option<Sampler>,
}

impl Prefilter {
    /// A filter for these texts, each of at least 5 bytes.
    pub fn new(texts: &[Vec<u8>]) -> Self {
        let (long, short): (Vec<&Vec<u8>>, Vec<&Vec<u8>>) = texts.iter().partition(|t| t.len() >= LONG.window());
        let sampler = |gauge, texts: Vec<&Vec<u8>>| (!texts.is_empty()).then(|| Sampler::new(gauge, &texts));
        Prefilter { long: sampler(LONG, long), short: sampler(SHORT, short) }
    }

    /// `false` only if none of the texts is in `line`, in any ASCII letter case.
    pub fn may_match(&self, line: &[u8]) -> bool {
        self.long.as_ref().is_some_and(|sampler| sampler.may_match(line))
            || self.short.as_ref().is_some_and(|sampler| sampler.may_match(line))
    }
}

#[derive(Debug)]
struct Sampler {
    gauge: Gauge,
    map: Vec<u64>,
    /// Folded gram → the windows that hold it: how far it is from the window's start, and the window itself.
    windows: HashMap<u64, Vec<(usize, u64)>>,
}

impl Sampler {
    fn new(gauge: Gauge, texts: &[&Vec<u8>]) -> Self {
        let mut sampler = Sampler { gauge, map: vec![0; 1 << (BITS - 6)], windows: HashMap::new() };
        for text in texts {
            let start = rarest_window(text, gauge.window());
            let window = folded(&text[start..start + gauge.window()]);
            for at in 0..gauge.step {
                let gram = sampler.gram(folded(&text[start + at..start + at + gauge.gram]));
                let bit = bit_of(gram);
                sampler.map[bit >> 6] |= 1 << (bit & 63);
                let known = sampler.windows.entry(gram).or_default();
                if !known.contains(&(at, window)) {
                    known.push((at, window));
                }
            }
        }
        sampler
    }

    fn gram(&self, word: u64) -> u64 {
        word & (u64::MAX >> (64 - 8 * self.gauge.gram))
    }

    fn may_match(&self, line: &[u8]) -> bool {
        if line.len() < self.gauge.window() {
            return false;
        }
        let mut at = 0;
        while at + 8 <= line.len() {
            let Some(Ok(bytes)) = line.get(at..at + 8).map(<[u8; 8]>::try_from) else { break };
            let gram = self.gram(u64::from_le_bytes(bytes) | FOLD);
            if self.hit(gram) && self.confirmed(line, at, gram) {
                return true;
            }
            at += self.gauge.step;
        }
        while at + self.gauge.gram <= line.len() {
            let gram = self.gram(folded(&line[at..at + self.gauge.gram]));
            if self.hit(gram) && self.confirmed(line, at, gram) {
                return true;
            }
            at += self.gauge.step;
        }
        false
    }

    #[inline]
    fn hit(&self, gram: u64) -> bool {
        let bit = bit_of(gram);
        self.map.get(bit >> 6).is_some_and(|word| word >> (bit & 63) & 1 == 1)
    }

    /// Is a whole window there? Keeps chance hits of single grams away from the costlier search.
    #[cold]
    fn confirmed(&self, line: &[u8], at: usize, gram: u64) -> bool {
        self.windows.get(&gram).is_some_and(|windows| {
            windows.iter().any(|&(before, window)| {
                at.checked_sub(before)
                    .and_then(|start| line.get(start..start + self.gauge.window()))
                    .is_some_and(|bytes| folded(bytes) == window)
            })
        })
    }
}

/// Up to 8 bytes as a number, letter case folded.
fn folded(bytes: &[u8]) -> u64 {
    let mut word = [0u8; 8];
    let length = bytes.len().min(8);
    word[..length].copy_from_slice(&bytes[..length]);
    let mask = if length == 8 { u64::MAX } else { (1u64 << (8 * length)) - 1 };
    (u64::from_le_bytes(word) | FOLD) & mask
}

#[inline]
fn bit_of(gram: u64) -> usize {
    (gram.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - BITS)) as usize
}

/// Where the least common window of the text starts. Letters that are frequent in English and in paths count as common.
fn rarest_window(text: &[u8], window: usize) -> usize {
    let commonness = |byte: u8| match byte.to_ascii_lowercase() {
        b' ' | b'e' => 12,
        b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 9,
        b'l' | b'd' | b'c' | b'u' | b'm' | b'p' | b'g' => 6,
        b'/' | b'.' | b'-' | b'h' | b'f' | b'b' => 5,
        b'0'..=b'9' => 5,
        _ => 2,
    };
    (0..=text.len() - window)
        .min_by_key(|start| text[*start..*start + window].iter().map(|b| commonness(*b)).sum::<u32>())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn notices_every_text_at_every_place() {
        let texts: Vec<Vec<u8>> = ["403 forbidden", "permission denied", "e401 ", "no space left on device"]
            .iter()
            .map(|t| t.as_bytes().to_vec())
            .collect();
        let filter = Prefilter::new(&texts);
        for text in &texts {
            for before in 0..40 {
                for after in 0..10 {
                    let line = [vec![b'x'; before], text.to_ascii_uppercase(), vec![b'y'; after]].concat();
                    assert!(filter.may_match(&line), "{}", String::from_utf8_lossy(&line));
                }
            }
        }
        assert!(!filter.may_match(b"#12 3.456 Downloading crates and compiling everything in sight, slowly"));
    }

    proptest! {
        #[test]
        fn never_misses(text in "[a-zA-Z0-9 :./-]{5,30}", before in "\\PC{0,60}", after in "\\PC{0,20}") {
            let filter = Prefilter::new(&[text.to_ascii_lowercase().into_bytes()]);
            let line = format!("{before}{text}{after}");
            prop_assert!(filter.may_match(line.as_bytes()));
        }
    }
}
