//! `flutter -v` puts the time since its last line before every line: `[  +29 ms] `, or blanks where it was short.
//!
//! Source: flutter_tools, lib/src/base/logger.dart (`VerboseLogger`).

/// What is inside a line.
pub(super) fn inside(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"[")?;
    let end = rest.iter().take(12).position(|byte| *byte == b']')?;
    let (mark, text) = (&rest[..end], &rest[end + 1..]);
    let blank = end >= 8 && mark.iter().all(|byte| *byte == b' ');
    let time = mark.strip_suffix(b" ms").and_then(|time| time.trim_ascii_start().strip_prefix(b"+"));
    let timed = time.is_some_and(|time| !time.is_empty() && time.iter().all(u8::is_ascii_digit));
    (blank || timed).then(|| text.strip_prefix(b" ").unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn the_time_is_taken_off() {
        assert_eq!(inside(b"[  +29 ms] BUILD FAILED"), Some(&b"BUILD FAILED"[..]));
        assert_eq!(inside(b"[+3599 ms] e: x"), Some(&b"e: x"[..]));
        assert_eq!(inside(b"[        ] * What went wrong:"), Some(&b"* What went wrong:"[..]));
        for other in [&b"[ ] a box"[..], b"[2/3] COPY . .", b"[ERROR] x", b"[+] Building 1.2s", b"[ 50%] Built"] {
            assert_eq!(inside(other), None);
        }
    }
}
