//! Finds bytes sixteen at a time, where something is found every few bytes: a call for each of them would take longer than the search.
//! Longer searches are the business of the crate memchr.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m128i, _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8};

use crate::pieces::Pieces;

const BYTES: usize = 16;

/// Where lines start, in memory that is used again.
#[derive(Debug, Default)]
pub(super) struct LineStarts {
    /// Those that are known, and room for more: to make that anew would take as long as to find them.
    places: Vec<usize>,
    count: usize,
}

impl LineStarts {
    /// Those that are known.
    pub fn known(&self) -> &[usize] {
        self.places.head(self.count)
    }

    /// Forgets them, and begins with a line at byte 0.
    pub fn begin(&mut self) {
        self.places.resize(self.places.len().max(1), 0);
        self.places.iter_mut().take(1).for_each(|first| *first = 0);
        self.count = 1;
    }

    /// Adds each line that follows a line feed in `text`, which stands at byte `at`.
    pub fn add(&mut self, text: &[u8], at: usize) {
        let room = self.count + text.len() + 1;
        if self.places.len() < room {
            self.places.resize(2 * room, 0);
        }
        self.count = line_starts(text, at, &mut self.places, self.count);
    }
}

/// Writes where each line starts that follows a line feed in `text`, which stands at byte `at`, into `starts` behind the first `count`, where
/// there is room. Gives their new count.
#[inline(never)]
fn line_starts(text: &[u8], at: usize, starts: &mut [usize], mut count: usize) -> usize {
    const AT_ONCE: usize = 4 * BYTES;
    let (blocks, rest) = text.as_chunks::<AT_ONCE>();
    let behind = at + 1;
    for (number, block) in blocks.iter().enumerate() {
        let from = behind + AT_ONCE * number;
        let mut places = 0;
        for (number, part) in block.as_chunks::<BYTES>().0.iter().enumerate() {
            places |= u64::from(equal(part, [b'\n'; 2])) << (BYTES * number);
        }
        // Most often there are few: two are written without asking.
        loop {
            if let Some(two) = starts.get_mut(count..).and_then(|rest| rest.first_chunk_mut::<2>()) {
                for start in two {
                    *start = from + places.trailing_zeros() as usize;
                    count += usize::from(places != 0);
                    places &= places.wrapping_sub(1);
                }
            }
            if places == 0 {
                break;
            }
        }
    }
    let first = behind + text.len() - rest.len();
    for (number, _) in rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        if let Some(start) = starts.get_mut(count) {
            *start = first + number;
            count += 1;
        }
    }
    count
}

/// Where the first of the two bytes stands.
#[inline]
pub(super) fn first_of(bytes: [u8; 2], text: &[u8]) -> Option<usize> {
    let mut start = 0;
    while let Some(part) = text.tail(start).first_chunk() {
        let places = equal(part, bytes);
        if places != 0 {
            return Some(start + places.trailing_zeros() as usize);
        }
        start += BYTES;
    }
    text.tail(start).iter().position(|byte| bytes.contains(byte)).map(|at| start + at)
}

/// Bit `n`: byte `n` is one of the two.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn equal(part: &[u8; BYTES], bytes: [u8; 2]) -> u16 {
    // SAFETY: every processor of this kind has these instructions.
    #[allow(unsafe_code)]
    unsafe {
        equal_sse2(part, bytes)
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn equal_sse2(part: &[u8; BYTES], [one, other]: [u8; 2]) -> u16 {
    let text = i128::from_le_bytes(*part);
    let text: __m128i = _mm_set_epi64x((text >> 64) as i64, text as i64);
    let (is_one, is_other) = (
        _mm_cmpeq_epi8(text, _mm_set1_epi8(one.cast_signed())),
        _mm_cmpeq_epi8(text, _mm_set1_epi8(other.cast_signed())),
    );
    _mm_movemask_epi8(_mm_or_si128(is_one, is_other)) as u16
}

/// Bit `n`: byte `n` is one of the two.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn equal(part: &[u8; BYTES], bytes: [u8; 2]) -> u16 {
    part.iter().rev().fold(0, |places, byte| places << 1 | u16::from(bytes.contains(byte)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_looking_at_each_byte_finds(text in "[a\n |]{0,200}") {
            let text = text.as_bytes();
            let mut found = LineStarts::default();
            for _ in 0..2 {
                found.begin();
                let (head, tail) = text.split_at(text.len() / 3);
                found.add(head, 0);
                found.add(tail, head.len());
                let feeds = (0..text.len()).filter(|at| text[*at] == b'\n').map(|at| at + 1);
                prop_assert_eq!(found.known(), std::iter::once(0).chain(feeds).collect::<Vec<_>>());
            }
            let first = text.iter().position(|byte| matches!(byte, b' ' | b'|'));
            prop_assert_eq!(first_of(*b" |", text), first);
        }
    }
}
