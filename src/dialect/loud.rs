//! Tells the lines that a wrapper or builder may take, by a few bytes: all others are read in blocks, see [`super::quiet`].
//!
//! What stands here must never pass over a line that a shape would take: `a_quiet_line_has_no_shape` compares the two on every log of
//! the corpus.

use memchr::{memchr, memchr_iter, memmem};
use once_cell::sync::Lazy;

use super::sixteen::first_of;
use super::{ci_columns, cloud, jenkins, journal, powershell, taskcluster};
use crate::pieces::Pieces;

/// A first word longer than this is none.
const FIRST_WORD: usize = 160;
/// The journal's unit ends before this byte.
const UNIT_BY: usize = 220;
/// A longer name in brackets is none.
const BRACKETED: usize = 162;

/// Lines that builders and CI systems start so, and that a shape takes even where it has not been seen before, by their first byte.
#[inline]
fn known_starts(first: u8) -> &'static [&'static [u8]] {
    match first {
        b'-' => &[b"------", b"-->", b"--->", b"--- :"],
        b'[' => &[b"[+] ", b"[INFO] BUILD S", b"[Pipeline] ", b"[@", b"[Container] ", b"[Instance] ", b"[{\""],
        b'_' => &[b"_bk;t="],
        b'b' => &[b"bk;t="],
        b'p' => &[b"process \""],
        b'r' => &[b"remote:"],
        b'~' => &[b"~~~ "],
        b'I' => &[b"INFO["],
        b'W' => &[b"WARN["],
        b'D' => &[b"DEBU["],
        b'F' => &[b"Finished Step #", b"FATA["],
        b'G' => &[b"GECKO("],
        b'l' => &[b"lerna "],
        b'N' => &[b"NX   Running"],
        b'$' => &[b"$ "],
        b'=' => &[b"=> "],
        b'f' => &[b"failed to "],
        b'E' => &[b"ERROR", b"Error", b"ERRO["],
        b'e' => &[b"error"],
        b't' => &[b"target ", b"time="],
        b'T' => &[b"The command '"],
        b'C' => &[b"COPY failed", b"COMMIT"],
        b'A' => &[b"ADD failed"],
        b'S' => &[
            b"Step ",
            b"STEP ",
            b"Successfully ",
            b"Sending build context",
            b"Service '",
            b"Starting Step #",
            b"Scope: ",
            powershell::BLANK,
        ],
        b'B' => &[b"BUILD SUCCESS"],
        b'R' => &[b"Running with gitlab-runner", b"Removing intermediate"],
        b's' => &[b"section_start:", b"section_end:", b"subprocess exited"],
        b'J' => &[b"Job succeeded"],
        _ => &[],
    }
}

/// A clock with nothing around it: of Jenkins, mozharness, the build pages of hosts and the journal. What loggers print behind a clock is
/// none of these, and must be told by few bytes.
#[inline]
fn clocked(line: &[u8]) -> bool {
    // Most lines have no colon where a clock has one.
    if let Some([_, a, b, .., c]) = line.first_chunk::<10>()
        && (*a != b':') & (*b != b':') & (*c != b':')
    {
        return false;
    }
    let at = |place: usize| line.get(place).copied().unwrap_or(b'.');
    let end = match (at(1), at(2), at(4), at(5)) {
        (_, b':', _, b':') => 8,
        (b':', _, b':', _) => 7,
        _ if at(9) == b':' && at(12) == b':' => {
            let host = matches!((at(16), at(17)), (b'A' | b'P', b'M')) && ci_columns::clock(line).is_some();
            return host || (names_unit(line) && journal::inside(line).is_some());
        }
        _ => return false,
    };
    match (at(end), at(end + 1)) {
        (b'.' | b',', _) | (b' ', b'A' | b'P') => ci_columns::clock(line).is_some() || jenkins::clock(line).is_some(),
        (b' ', b' ' | b'.' | b'C') => jenkins::clock(line).is_some() || taskcluster::mozharness(line).is_some(),
        _ => false,
    }
}

/// Does `unit[123]:` or `kernel:` stand behind the journal's stamp?
fn names_unit(line: &[u8]) -> bool {
    let head = line.head(UNIT_BY);
    let Some(behind) = head.get(15..) else { return false };
    memchr(b':', behind).is_some_and(|end| behind.head(end).ends_with(b"]") || behind.head(end).ends_with(b"kernel"))
}

/// The names in brackets of act, Tekton, `kubectl` and App Platform, and the stamp of TaskCluster.
#[inline]
fn bracketed(text: &[u8]) -> bool {
    let head = text.head(BRACKETED);
    let Some(end) = memchr(b']', head) else { return false };
    match text.get(end + 1..end + 3) {
        Some(b"  ") if ci_columns::act(text).is_some() => return true,
        Some(b" [") if cloud::app_platform(text).is_some() => return true,
        _ => {}
    }
    // Levels and percentages are common, and too short for these.
    let inside = head.part(1..end);
    inside.len() > 4
        && match inside {
            [b'a'..=b'z', .., b'Z' | b'0'..=b'9'] if inside.len() > 20 && taskcluster::stamp(text).is_some() => true,
            _ => (inside.starts_with(b"pod/") || has_colon(inside)) && cloud::kubernetes(text).is_some(),
        }
}

/// Does a colon stand between blanks?
fn has_colon(text: &[u8]) -> bool {
    memchr_iter(b':', text).any(|at| text.head(at).ends_with(b" ") && text.get(at + 1) == Some(&b' '))
}

/// The bracketed stamps of Jenkins, TeamCity and App Platform, and a note of Jenkins that lost its escape character.
fn stamped(text: &[u8]) -> bool {
    let at = |place: usize| text.get(place).copied();
    let jenkins = at(5) == Some(b'-') && at(11) == Some(b'T');
    let clock = at(3) == Some(b':') && at(6) == Some(b':');
    let teamcity = matches!(at(9), Some(b'.' | b',')) || at(10) == Some(b'[') || at(11) == Some(b':');
    let app_platform = at(11) == Some(b' ') && at(14) == Some(b':') && cloud::app_platform(text).is_some();
    jenkins || (clock && teamcity) || app_platform || text.starts_with(b"[8mha:")
}

/// May a wrapper or builder take this line, or learn from it, though none is in the middle of something?
#[inline]
pub(super) fn may_take(line: &[u8]) -> bool {
    static BUILT: Lazy<memmem::Finder<'_>> = Lazy::new(|| memmem::Finder::new(b"Built"));
    let Some(&first) = line.first() else { return false };
    if first.is_ascii_alphanumeric() {
        if starts_with_name(line) {
            return true;
        }
        // Stamps, and the clock of a line of BuildKit.
        if first.is_ascii_digit() {
            let point = line.iter().take(10).find(|b| !b.is_ascii_digit());
            if line.get(4) == Some(&b'-') || point == Some(&b'.') {
                return true;
            }
        }
        if clocked(line) {
            return true;
        }
    }
    let start = line.iter().position(|b| !matches!(b, b' ' | b'\t' | b'|')).unwrap_or(line.len());
    let text = line.tail(start);
    let Some(&first) = text.first() else { return false };
    let taken = match first {
        b'{' | 0..=0x1f => true,
        // Gradle starts its own lines so.
        b'>' => start > 0 || !text.starts_with(b"> Task :") || text.ends_with(b":"),
        // The tick of compose, or a byte order mark.
        0x80.. => {
            text.starts_with(b"\xef\xbb\xbf")
                || text.starts_with("• ".as_bytes())
                || text.starts_with("✕ [".as_bytes())
                || text.starts_with("╭──".as_bytes())
                || BUILT.find(text).is_some()
        }
        b'#' => matches!(text.get(1), Some(b'#' | b'0'..=b'9')),
        b'+' => text.get(1) == Some(&b' ') || text.starts_with(b"+++ "),
        b'[' if text.get(1).is_some_and(u8::is_ascii_digit) => {
            memchr_iter(b']', text).any(|at| {
                let behind = text.tail(at);
                behind.starts_with(b"] STEP ") || behind.starts_with(b"] COMMIT")
            }) || stamped(text)
        }
        b'[' if bracketed(text) => true,
        _ => {
            // The second byte tells most lines apart.
            let second = text.get(1);
            known_starts(first).iter().any(|known| known.get(1) == second && text.starts_with(known))
        }
    };
    // `Dockerfile:7`
    taken
        || (line.last().is_some_and(|last| last.is_ascii_digit() || last.is_ascii_whitespace())
            && ends_with_number(text))
}

/// `docker : text`, `web-1  | text`.
fn starts_with_name(line: &[u8]) -> bool {
    let head = line.head(FIRST_WORD);
    let Some(end) = first_of(*b" |", head) else { return false };
    match head.tail(end) {
        [b'|', ..] | [b' ', b':', ..] => true,
        [b' ', b' ' | b'|', ..] => match head.tail(end).iter().find(|byte| **byte != b' ') {
            Some(byte) => *byte == b'|',
            // Too long to tell.
            None => head.len() == FIRST_WORD,
        },
        [b' '] => head.len() == FIRST_WORD,
        _ => false,
    }
}

fn ends_with_number(text: &[u8]) -> bool {
    let text = text.trim_ascii_end();
    let start = text.iter().rposition(|b| !b.is_ascii_digit());
    // A file's name has no blank, the rest of a download's time has.
    start.is_some_and(|at| at + 1 < text.len() && text.get(at) == Some(&b':')) && memchr(b' ', text).is_none()
}

#[cfg(test)]
mod tests {
    use super::super::testing::Collected;
    use super::super::{Builds, Scope, Tasks, builders, tasks, wrappers};
    use super::*;

    /// Every line of every recorded log and hard case, each as if it were the first one of its shape.
    #[test]
    fn a_quiet_line_has_no_shape() {
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders = vec![here.join("corpus"), here.join("tests/cases")];
        let (mut quiet, mut all) = (0, 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                if path.extension().is_none_or(|ending| ending != "log" && ending != "txt") {
                    continue;
                }
                let log = std::fs::read(&path).unwrap();
                for line in log.split(|byte| *byte == b'\n') {
                    all += 1;
                    if !may_take(line) {
                        quiet += 1;
                        assert!(!is_taken(line), "{}: {}", path.display(), String::from_utf8_lossy(line));
                    }
                }
            }
        }
        assert!(all == 0 || quiet * 20 > all, "{quiet} of {all} lines are quiet");
    }

    fn is_taken(line: &[u8]) -> bool {
        let mut builds = Builds::default();
        let mut sink = Collected::default();
        let mut tasks = Tasks::default();
        let (number, offset, joined, consumed, strand) = (9_999, 0, 1, false, 0);
        let mut scope =
            Scope { builds: &mut builds, sink: &mut sink, tasks: &mut tasks, number, offset, joined, consumed, strand };
        wrappers().iter_mut().any(|wrapper| wrapper.unwrap(line, &mut scope).is_some())
            || builders().iter_mut().any(|builder| builder.read(line, &mut scope))
            || tasks::herald(line)
    }
}
