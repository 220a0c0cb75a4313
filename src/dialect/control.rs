//! Finds the first byte that no plain text has. That is asked of every byte of a log, and most often the answer is that there is none.

use memchr::{memchr, memchr3};

use crate::pieces::Pieces;

/// What begins an escape sequence, a return, a step back, and what no text has.
const CONTROLS: [u8; 4] = [0x1b, b'\r', 0x08, 0];

/// The first byte that is no plain text: an escape sequence, a redraw.
#[inline]
pub(super) fn first_control(text: &[u8]) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has what the function is compiled for.
        #[allow(unsafe_code)]
        return unsafe { avx2::first_control(text) };
    }
    first_of_each(text)
}

/// The same by a search for each kind.
fn first_of_each(text: &[u8]) -> Option<usize> {
    let [escape, carriage_return, backspace, zero] = CONTROLS;
    let first = memchr3(escape, carriage_return, backspace, text);
    let text = first.map_or(text, |at| text.head(at));
    memchr(zero, text).or(first)
}

/// All kinds at once: for the low half of a byte there is one control at most, which a table of 16 knows.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_cmpeq_epi8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set_epi64x, _mm256_shuffle_epi8,
    };

    use super::{CONTROLS, first_of_each};
    use crate::pieces::Pieces;

    const BYTES: usize = 32;
    const AT_ONCE: usize = 4 * BYTES;

    /// For each low half of a byte the control that has it, or else what no byte is that looks it up: those above 127 look up zeros.
    const BY_LOW_HALF: u128 = {
        let [escape, carriage_return, backspace, zero] = CONTROLS;
        with(with(with(with(u128::MAX, escape), carriage_return), backspace), zero)
    };

    const fn with(table: u128, control: u8) -> u128 {
        let from = 8 * (control & 15) as u32;
        assert!(table >> from & 0xff == 0xff, "one control for each half");
        table ^ ((0xff ^ control) as u128) << from
    }

    #[target_feature(enable = "avx2")]
    pub fn first_control(text: &[u8]) -> Option<usize> {
        let (high, low) = ((BY_LOW_HALF >> 64) as i64, BY_LOW_HALF as i64);
        let by_low_half = _mm256_set_epi64x(high, low, high, low);
        let mut from = 0;
        for part in text.as_chunks::<AT_ONCE>().0 {
            let controls = |number: usize| {
                let bytes = bytes_at(part, BYTES * number);
                _mm256_cmpeq_epi8(_mm256_shuffle_epi8(by_low_half, bytes), bytes)
            };
            let (first, second, third, fourth) = (controls(0), controls(1), controls(2), controls(3));
            let any = _mm256_or_si256(_mm256_or_si256(first, second), _mm256_or_si256(third, fourth));
            if _mm256_movemask_epi8(any) != 0 {
                let places = |found: __m256i| u128::from(_mm256_movemask_epi8(found).cast_unsigned());
                let all = places(first) | places(second) << 32 | places(third) << 64 | places(fourth) << 96;
                return Some(from + all.trailing_zeros() as usize);
            }
            from += AT_ONCE;
        }
        first_of_each(text.tail(from)).map(|at| from + at)
    }

    /// The 32 bytes from `at` on.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn bytes_at(part: &[u8; AT_ONCE], at: usize) -> __m256i {
        let words = part.tail(at).as_chunks().0;
        let word = |number: usize| words.get(number).map_or(0, |word| i64::from_le_bytes(*word));
        _mm256_set_epi64x(word(3), word(2), word(1), word(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_of_each_kind_at_every_place_and_no_other_byte() {
        let others: Vec<u8> = (0..=u8::MAX).filter(|byte| !CONTROLS.contains(byte)).collect();
        let text: Vec<u8> = others.iter().cycle().take(600).copied().collect();
        assert_eq!((first_control(&text), first_of_each(&text)), (None, None));
        for control in CONTROLS {
            for at in 0..text.len() {
                let mut text = text.clone();
                text[at] = control;
                text[599] = 0;
                assert_eq!((first_control(&text), first_of_each(&text)), (Some(at), Some(at)), "{control} at {at}");
            }
        }
    }
}
