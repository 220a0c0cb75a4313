//! TaskCluster's live log, and what mozharness and the browser put before lines inside it.
//!
//! Shapes: `[task 2024-05-06T07:08:09.123Z] text`, `[taskcluster 2024-…Z] text`, `[fetches 2024-…] `, `[vcs 2024-…] `; inside it
//! `10:11:12     INFO -  text` and `GECKO(1652) | text`. Sources: taskcluster's docker-worker, `lib/task.js`, and Firefox's
//! `testing/mozharness/mozharness/base/log.py` and `run-task`.

use super::prefix::starts_like;
use super::stamps::rfc3339;
use crate::pieces::Pieces;

/// `[task 2024-05-06T07:08:09.123Z] text`.
pub(super) fn stamp(line: &[u8]) -> Option<&[u8]> {
    let inside = line.strip_prefix(b"[")?;
    let word = inside.iter().take(20).take_while(|b| b.is_ascii_lowercase()).count();
    if word < 2 || inside.get(word) != Some(&b' ') {
        return None;
    }
    let inside = inside.tail(word + 1);
    let end = inside.iter().take(40).position(|b| *b == b']')?;
    rfc3339(inside.head(end)).filter(|(_, rest)| rest.is_empty())?;
    let text = inside.tail(end + 1);
    Some(text.strip_prefix(b" ").unwrap_or(text))
}

/// `10:11:12     INFO -  text`: the level is padded to eight characters.
pub(super) fn mozharness(line: &[u8]) -> Option<&[u8]> {
    if line.get(2) != Some(&b':') || !starts_like(line, b"dd:dd:dd ") {
        return None;
    }
    let rest = line.tail(8).trim_ascii_start();
    let level = rest.iter().take(9).take_while(|b| b.is_ascii_uppercase()).count();
    if !matches!(rest.head(level), b"DEBUG" | b"INFO" | b"WARNING" | b"ERROR" | b"CRITICAL" | b"FATAL") {
        return None;
    }
    // The padding tells it from a logger's line.
    if line.len() - rest.len() + level != 17 {
        return None;
    }
    match rest.tail(level) {
        b" -" => Some(&[]),
        [b' ', b'-', b' ', text @ ..] => Some(text.strip_prefix(b" ").unwrap_or(text)),
        _ => None,
    }
}

/// `GECKO(1652) | text`.
pub(super) fn gecko(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"GECKO(")?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    match rest.tail(digits) {
        b") |" if digits > 0 => Some(&[]),
        [b')', b' ', b'|', b' ', text @ ..] if digits > 0 => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, texts};
    use super::*;

    #[test]
    fn prefixes_nest() {
        let log = "[taskcluster 2024-05-06 07:08:09.000Z] Task ID: abc\n[task 2024-05-06T07:08:09.123Z] 10:11:12     INFO -  one\n\
            [task 2024-05-06T07:08:09.124Z] 10:11:12     INFO -  two\n[task 2024-05-06T07:08:09.125Z] 10:11:12    ERROR -  Traceback:\n\
            [task 2024-05-06T07:08:09.126Z] 10:11:12     INFO - GECKO(1652) | Assertion failure: x\n[task 2024-05-06T07:08:09.127Z] last\n";
        assert_eq!(texts(log)[3..], ["Traceback:", "Assertion failure: x", "last"]);
        assert_eq!(read(log.as_bytes()).1.dialects()[..2], ["taskcluster", "mozharness"]);
    }

    #[test]
    fn loggers_are_left_alone() {
        assert_eq!(mozharness(b"10:11:12 [main] ERROR c.e.App - text"), None);
        assert_eq!(mozharness(b"10:11:12 ERROR - text"), None);
        assert_eq!(stamp(b"[main 2024] text"), None);
        assert_eq!(stamp(b"[2024-05-06T07:08:09Z] text"), None);
    }
}
