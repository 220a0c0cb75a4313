//! Text in 16-bit units.

use memchr::memchr_iter;

use super::Encoding;

/// So many units are looked at together.
const BLOCK: usize = 64;

/// Bytes of a unit.
pub(super) const UNIT: usize = 2;

/// Appends to `text` what stands at the start of `bytes`, as long as it is ASCII, in whole blocks.
pub(super) fn narrow(encoding: Encoding, bytes: &[u8], text: &mut Vec<u8>) {
    if encoding == Encoding::Utf16Be {
        narrow_by(u16::from_be_bytes, bytes, text);
    } else {
        narrow_by(u16::from_le_bytes, bytes, text);
    }
}

#[inline]
fn narrow_by(unit: impl Fn([u8; UNIT]) -> u16, bytes: &[u8], text: &mut Vec<u8>) {
    for block in bytes.as_chunks::<{ BLOCK * UNIT }>().0 {
        let mut narrow = [0u8; BLOCK];
        let mut all = 0;
        for (to, pair) in narrow.iter_mut().zip(block.as_chunks::<UNIT>().0) {
            let unit = unit(*pair);
            all |= unit;
            *to = unit as u8;
        }
        if all > 0x7f {
            return;
        }
        text.extend_from_slice(&narrow);
    }
}

/// Where the first line of `bytes` ends, behind its line feed; the end of `bytes` where that is missing or cut in two. So many bytes of the
/// line stand `before` them.
pub(super) fn line_end(encoding: Encoding, before: &[u8], bytes: &[u8]) -> usize {
    let (high_first, odd) = (encoding == Encoding::Utf16Be, !before.len().is_multiple_of(UNIT));
    if odd && !high_first && before.last() == Some(&b'\n') && bytes.first() == Some(&0) {
        return 1;
    }
    for at in memchr_iter(b'\n', bytes) {
        // The low byte of a unit?
        if (at.is_multiple_of(UNIT) == odd) != high_first {
            continue;
        }
        if !high_first {
            match bytes.get(at + 1) {
                Some(0) => return at + UNIT,
                Some(_) => {}
                None => return bytes.len(),
            }
        } else if at.checked_sub(1).map_or(before.last(), |high| bytes.get(high)) == Some(&0) {
            return at + 1;
        }
    }
    bytes.len()
}

/// How many bytes at the start are whole blocks of characters below 256 without a line feed: nothing happens there.
pub(super) fn plain_units(encoding: Encoding, bytes: &[u8]) -> usize {
    const BLOCK: usize = 32;
    let blocks = bytes.as_chunks::<BLOCK>().0;
    let plain = if encoding == Encoding::Utf16Be {
        blocks.iter().take_while(|block| is_plain(block, |[high, low]| (high, low))).count()
    } else {
        blocks.iter().take_while(|block| is_plain(block, |[low, high]| (high, low))).count()
    };
    plain * BLOCK
}

/// Have all units of the block a high byte of 0, and is none a line feed?
#[inline(always)]
fn is_plain<const SIZE: usize>(block: &[u8; SIZE], halves: impl Fn([u8; UNIT]) -> (u8, u8)) -> bool {
    let odd = |all: u8, unit: &[u8; UNIT]| {
        let (high, low) = halves(*unit);
        all | high | u8::from(low == b'\n')
    };
    block.as_chunks::<UNIT>().0.iter().fold(0, odd) == 0
}

/// The unit that two bytes are.
pub(super) fn unit(encoding: Encoding, pair: [u8; UNIT]) -> u16 {
    if encoding == Encoding::Utf16Be { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, bytes: fn(u16) -> [u8; UNIT]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn ascii_is_narrowed_in_whole_blocks() {
        let ascii = "0123456789abcdef".repeat(9);
        for (encoding, bytes) in
            [(Encoding::Utf16Le, u16::to_le_bytes as fn(u16) -> [u8; UNIT]), (Encoding::Utf16Be, u16::to_be_bytes)]
        {
            let mut text = Vec::new();
            narrow(encoding, &wide(&ascii, bytes), &mut text);
            assert_eq!(text, &ascii.as_bytes()[..2 * BLOCK]);
            for odd in ["é", "→", "\u{80}", "\u{10a}"] {
                let mut text = Vec::new();
                narrow(encoding, &wide(&format!("{}{odd}{ascii}", &ascii[..BLOCK + 9]), bytes), &mut text);
                assert_eq!(text, &ascii.as_bytes()[..BLOCK], "{odd}");
            }
        }
    }

    #[test]
    fn a_line_ends_at_a_unit() {
        // U+0A61 and U+610A hold the byte of a line feed, and so do two units next to each other.
        for text in ["a\n", "\u{a61}\u{610a}\n", "\u{610a}\u{a00}a\n", "\n"] {
            for (encoding, bytes) in
                [(Encoding::Utf16Le, u16::to_le_bytes as fn(u16) -> [u8; UNIT]), (Encoding::Utf16Be, u16::to_be_bytes)]
            {
                let raw = wide(&format!("{text}b\n"), bytes);
                let end = wide(text, bytes).len();
                for cut in 0..end {
                    let rest = &raw[cut..];
                    assert_eq!(line_end(encoding, &raw[..cut], rest), end - cut);
                    assert_eq!(line_end(encoding, &raw[..cut], &raw[cut..end - 1]), end - 1 - cut);
                }
            }
        }
    }
}
