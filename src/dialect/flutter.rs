//! What `flutter -v` puts before every line: how long it took since the one before, or as many blanks.
//!
//! Shapes: `[  +29 ms] text`, `[+3599 ms] text`, `[        ] text`. Source: flutter, `packages/flutter_tools/lib/src/base/logger.dart`
//! (`VerboseLogger`).

use crate::pieces::Pieces;

/// Blanks where no time is told.
const BLANK: &[u8] = b"[        ] ";
/// A longer head is none.
const LONGEST: usize = 16;

/// The text behind the time.
pub(super) fn inside(line: &[u8]) -> Option<&[u8]> {
    if let Some(text) = line.strip_prefix(BLANK) {
        return Some(text);
    }
    if line == BLANK.trim_ascii_end() {
        return Some(&[]);
    }
    let head = line.strip_prefix(b"[")?;
    let end = head.iter().take(LONGEST).position(|b| *b == b']')?;
    let time = head.head(end).trim_ascii_start().strip_prefix(b"+")?.strip_suffix(b" ms")?;
    if time.is_empty() || !time.iter().all(|b| b.is_ascii_digit() || *b == b',') {
        return None;
    }
    let text = head.tail(end + 1);
    Some(text.strip_prefix(b" ").unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, texts};
    use super::*;

    #[test]
    fn the_time_goes_away() {
        let log = "[  +29 ms] one\n[        ] two\n[        ]\n[+3599 ms] e: three\n";
        assert_eq!(texts(log)[1..], ["two", "", "e: three"]);
        assert_eq!(read(log.as_bytes()).1.dialects()[0], "flutter");
        for line in ["[ 29%] Building", "[+] Building", "[INFO] x", "[x ms] y", "[     ] short"] {
            assert_eq!(inside(line.as_bytes()), None, "{line}");
        }
    }
}
