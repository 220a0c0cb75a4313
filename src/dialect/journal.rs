//! The systemd journal and syslog: `Nov 21 10:11:12 host unit[123]: text`, `2026-11-21T10:11:12+0100 host unit[123]: text`.
//!
//! Source: systemd, `journalctl` (`-o short`, `-o short-precise`, `-o short-iso`); RFC 3164 and rsyslog's RFC 3339 format.

use super::prefix::{starts_like, without_fraction};
use crate::pieces::Pieces;

const MONTHS: [&[u8]; 12] =
    [b"Jan ", b"Feb ", b"Mar ", b"Apr ", b"May ", b"Jun ", b"Jul ", b"Aug ", b"Sep ", b"Oct ", b"Nov ", b"Dec "];

/// What stands behind stamp, host and unit.
pub(super) fn inside(line: &[u8]) -> Option<&[u8]> {
    // Most lines are told by one byte.
    let dated = match line.first()? {
        b'0'..=b'9' => line.get(4) == Some(&b'-'),
        b'A'..=b'Z' => line.get(3) == Some(&b' '),
        _ => false,
    };
    if !dated {
        return None;
    }
    let rest = if MONTHS.iter().any(|month| line.starts_with(month)) {
        starts_like(line.tail(4), b"_d dd:dd:dd").then(|| without_fraction(line.tail(15)))?
    } else {
        let rest = starts_like(line, b"dddd-dd-ddTdd:dd:dd").then(|| without_fraction(line.tail(19)))?;
        let zone = rest.iter().take(7).take_while(|b| matches!(b, b'Z' | b'+' | b'-' | b':' | b'0'..=b'9')).count();
        (zone > 0).then(|| rest.tail(zone))?
    };
    let rest = word(rest.strip_prefix(b" ")?)?.strip_prefix(b" ")?;
    // The unit: a name, and its process in brackets.
    let end = rest.iter().take(80).position(|b| matches!(b, b'[' | b':' | b' '))?;
    let rest = match rest.tail(end) {
        [b'[', process @ ..] if end > 0 => {
            let digits = process.iter().take_while(|b| b.is_ascii_digit()).count();
            (digits > 0).then(|| process.tail(digits))?.strip_prefix(b"]:")?
        }
        [b':', rest @ ..] if line.head(line.len() - rest.len() - 1).ends_with(b"kernel") => rest,
        _ => return None,
    };
    Some(rest.strip_prefix(b" ").unwrap_or(rest))
}

/// What stands behind the name of a host.
fn word(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().take(80).position(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'-' | b'_' | b'.'))?;
    (end > 0).then(|| text.tail(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_all_kinds() {
        for line in [
            "Nov 21 10:11:12 build-7 gitlab-runner[123]: text",
            "Nov  1 10:11:12 build-7 dockerd[1]: text",
            "Nov 21 10:11:12.123456 h docker-compose[77]: text",
            "2026-11-21T10:11:12+0100 host unit[123]: text",
            "2026-11-21T10:11:12.123456+01:00 host unit[123]: text",
            "Nov 21 10:11:12 host kernel: text",
        ] {
            assert_eq!(inside(line.as_bytes()), Some(&b"text"[..]), "{line}");
        }
        assert_eq!(inside(b"Nov 21 10:11:12 host unit[123]:"), Some(&b""[..]));
        for line in [
            "Nov 21 10:11:12 AM  text",
            "Nov 21 10:11:12 host text",
            "2026-11-21T10:11:12Z text",
            "2026-11-21T10:11:12Z host error: text",
            "May the force",
        ] {
            assert_eq!(inside(line.as_bytes()), None, "{line}");
        }
    }
}
