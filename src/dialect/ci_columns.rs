//! Narrow columns of other CI systems: `nektos/act`, Buildkite, and the clocks of hosts' build pages.
//!
//! Shapes: `[CI/build]   | text` of act (nektos/act, `pkg/runner/logger.go`); `_bk;t=1700000000000` and BEL before a line of Buildkite
//! where the escape character was lost (its agent writes it as an APC sequence); `10:11:12.123 text` (Vercel), `10:11:12 AM: text`
//! (Netlify), `Nov 21 10:11:12 AM  text` (Render).

use super::prefix::{starts_like, without_fraction};
use super::{Builder, Scope};
use crate::model::LineRole;
use crate::pieces::Pieces;

/// `[CI/build]   | text`. Act's own lines, which have no bar, stay as they are.
pub(super) fn act(line: &[u8]) -> Option<&[u8]> {
    let inside = line.strip_prefix(b"[")?;
    let end = inside.iter().take(160).position(|b| *b == b']')?;
    if !inside.head(end).contains(&b'/') {
        return None;
    }
    let rest = inside.tail(end + 1).strip_prefix(b"   |")?;
    Some(rest.strip_prefix(b" ").unwrap_or(rest))
}

/// `_bk;t=1700000000000␇text`.
pub(super) fn buildkite(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"_").unwrap_or(line).strip_prefix(b"bk;t=")?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let text = (digits >= 10).then(|| rest.tail(digits))?;
    Some(text.strip_prefix(b"\x07").unwrap_or(text))
}

/// `10:11:12.123 text`, `[10:11:12.123] text`, `10:11:12 AM: text`, `Nov 21 10:11:12 AM  text`.
pub(super) fn clock(line: &[u8]) -> Option<&[u8]> {
    // Most lines are told by one byte.
    if !matches!(line.first()?, b'0'..=b'9' | b'A'..=b'Z' | b'[') {
        return None;
    }
    let (line, bracket) = line.strip_prefix(b"[").map_or((line, false), |inside| (inside, true));
    let dated = line.first()?.is_ascii_alphabetic();
    let line = if dated { starts_like(line.get(3..)?, b" _d ").then(|| line.tail(7))? } else { line };
    if !starts_like(line, b"dd:dd:dd") && !starts_like(line, b"d:dd:dd") {
        return None;
    }
    let seconds = line.tail(line.iter().position(|b| *b == b' ' || *b == b'.' || *b == b']').unwrap_or(line.len()));
    let rest = without_fraction(seconds);
    let fraction = rest.len() < seconds.len();
    match rest {
        [b']', b' ', text @ ..] if bracket && fraction => Some(text),
        [b' ', b'A' | b'P', b'M', b':', text @ ..] if !bracket && !dated => {
            Some(text.strip_prefix(b" ").unwrap_or(text))
        }
        [b' ', b'A' | b'P', b'M', b' ', text @ ..] if dated => Some(text.strip_prefix(b" ").unwrap_or(text)),
        [b' ', text @ ..] if fraction && !bracket && !dated => Some(text),
        [] if fraction && !bracket => Some(rest),
        _ => None,
    }
}

/// Buildkite's headings: `~~~ Preparing working directory`, `+++ :docker: Building`, `--- :npm: Installing`.
#[derive(Default)]
pub(super) struct Buildkite {
    /// A heading of its agent was seen.
    active: bool,
}

impl Builder for Buildkite {
    fn name(&self) -> &'static str {
        "buildkite"
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        let agent = line.starts_with(b"~~~ Running ") || line.starts_with(b"~~~ Preparing working directory");
        self.active |= agent;
        let heading = agent
            || (self.active
                && (line.starts_with(b"~~~ ")
                    || line.starts_with(b"--- :")
                    // A patch names its files so.
                    || (line.starts_with(b"+++ ") && !line.starts_with(b"+++ b/") && !line.contains(&b'\t'))));
        if heading {
            scope.builds.set_ambient(None);
            scope.emit(None, LineRole::Structure, line);
        }
        heading
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    #[test]
    fn columns_of_all_kinds() {
        assert_eq!(act(b"[Build master/build-1]   | npm error code E404"), Some(&b"npm error code E404"[..]));
        assert_eq!(act(b"[CI/build]   \xe2\x9d\x8c  Failure - Main x"), None);
        assert_eq!(act(b"[error]   | x"), None);
        assert_eq!(buildkite(b"_bk;t=1700000000000\x07text"), Some(&b"text"[..]));
        for line in ["10:11:12.123 x", "[10:11:12.123] x", "10:11:12 AM: x", "1:02:03 PM: x", "Nov 21 10:11:12 AM  x"] {
            assert_eq!(clock(line.as_bytes()), Some(&b"x"[..]), "{line}");
        }
        for line in [
            "10:11:12 x",
            "[10:11:12] x",
            "[10:11:12 AM] x",
            "Nov 21 10:11:12 host x[1]: x",
            "main.go:10:11: x",
            "10:11: x",
        ] {
            assert_eq!(clock(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn headings_of_buildkite_and_nothing_else() {
        let log = b"--- :go: Test\n~~~ Running agent environment hook\n$ /etc/hooks/environment\n\x1b_bk;t=1700000000000\x07+++ :docker: Build\n\
            Step 1/1 : RUN make\nmake: not found\n--- FAIL: TestA (0.00s)\n--- a/x\n+++ b/x\n--- :npm: Install\n";
        let (lines, _) = read(log);
        let roles: String = lines.iter().map(|line| line.split(' ').nth(2).unwrap()).collect();
        assert_eq!(roles, "OSOSSOOOOS", "{lines:?}");
        assert_eq!(lines[5], "6 1:1 O make: not found");
    }
}
