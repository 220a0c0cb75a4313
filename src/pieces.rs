//! Pieces of texts and lists that can't be out of bounds: a place behind the end counts as the end, one inside a character of a
//! `str` as the character's start. So a wrong offset, should there be one, shortens what is shown and stops nothing.

use std::ops::Range;

/// Takes pieces of a text or list; never panics.
pub(crate) trait Pieces {
    /// What stands before the place `at`.
    fn head(&self, at: usize) -> &Self;
    /// What stands from the place `at` on. It and [`Pieces::head`] make up the whole.
    fn tail(&self, at: usize) -> &Self;
    /// What stands in the range; nothing where it ends before it starts.
    fn part(&self, range: Range<usize>) -> &Self;
}

impl<T> Pieces for [T] {
    #[inline]
    fn head(&self, at: usize) -> &[T] {
        self.get(..at).unwrap_or(self)
    }

    #[inline]
    fn tail(&self, at: usize) -> &[T] {
        self.get(at..).unwrap_or_default()
    }

    #[inline]
    fn part(&self, range: Range<usize>) -> &[T] {
        self.head(range.end).tail(range.start)
    }
}

impl Pieces for str {
    #[inline]
    fn head(&self, at: usize) -> &str {
        self.get(..at).unwrap_or_else(|| self.get(..start_of_character(self, at)).unwrap_or(self))
    }

    #[inline]
    fn tail(&self, at: usize) -> &str {
        self.get(at..).unwrap_or_else(|| self.get(start_of_character(self, at)..).unwrap_or_default())
    }

    #[inline]
    fn part(&self, range: Range<usize>) -> &str {
        self.head(range.end).tail(range.start)
    }
}

/// The start of the character that holds the byte `at`; the text's end where it is behind that.
#[cold]
fn start_of_character(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_inside() {
        let bytes = b"abcdef".as_slice();
        assert_eq!((bytes.head(2), bytes.tail(2), bytes.part(1..4)), (&b"ab"[..], &b"cdef"[..], &b"bcd"[..]));
        assert_eq!(("größe".head(4), "größe".tail(4), "größe".part(2..4)), ("grö", "ße", "ö"));
    }

    #[test]
    fn places_outside_and_inside_of_characters() {
        let bytes = b"abc".as_slice();
        assert_eq!(
            (bytes.head(9), bytes.tail(9), bytes.part(2..9), bytes.part(5..9)),
            (bytes, &b""[..], &b"c"[..], &b""[..])
        );
        #[expect(clippy::reversed_empty_ranges, reason = "that is what is tested")]
        let reversed = (bytes.part(2..1), "abc".part(2..1));
        assert_eq!(reversed, (&b""[..], ""));
        assert_eq!(("größe".head(99), "größe".tail(99), "größe".part(3..6)), ("größe", "", "öß"));
        for at in 0..9 {
            assert_eq!(["größe".head(at), "größe".tail(at)].concat(), "größe");
        }
    }
}
