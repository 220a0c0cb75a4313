//! Docker Compose: the container's name before every line, and the marks of its own progress display.
//!
//! Shapes: `web-1  | text` (v2) and `web_1  | text` (v1): the name is padded to the longest one, so that at least two
//! blanks stand before the bar (docker/compose, cmd/formatter/logs.go). A `container_name:` has no number; such a name
//! is believed once it was seen three times. Never taken for a prefix: code frames (`12 | x`) and tables.

use super::{Builder, Scope, Wrapper};
use crate::model::LineRole;
use crate::pieces::Pieces;

/// So many names are remembered.
const NAMES: usize = 64;
/// Longest name looked at.
const NAME_LENGTH: usize = 80;
/// A name without a number is believed when it was seen so often.
const SEEN: u32 = 3;

#[derive(Default)]
pub(super) struct ComposePrefix {
    names: Vec<(Vec<u8>, u32)>,
}

impl Wrapper for ComposePrefix {
    fn name(&self) -> &'static str {
        "compose"
    }

    fn unwrap<'l>(&mut self, line: &'l [u8], _scope: &mut Scope<'_>) -> Option<&'l [u8]> {
        if !line.first().is_some_and(u8::is_ascii_alphabetic) {
            return None;
        }
        let name = line.iter().take(NAME_LENGTH).position(|b| !is_name(*b))?;
        let blanks = line.tail(name).iter().take(NAME_LENGTH).take_while(|b| **b == b' ').count();
        let text = match line.tail(name + blanks) {
            [b'|'] => &[][..],
            [b'|', b' ', text @ ..] => text,
            _ => return None,
        };
        let name = line.head(name);
        let known = self.names.iter_mut().find(|(known, _)| known == name);
        if let Some((_, seen)) = known {
            *seen = seen.saturating_add(1);
            return (*seen >= SEEN && blanks > 0).then_some(text);
        }
        if blanks < 2 || self.names.len() >= NAMES {
            return None;
        }
        let numbered = is_numbered(name);
        self.names.push((name.to_owned(), if numbered { SEEN } else { 1 }));
        numbered.then_some(text)
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// Ends with `-1` or `_1`.
fn is_numbered(name: &[u8]) -> bool {
    let digits = name.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    (1..=4).contains(&digits) && matches!(name.head(name.len() - digits), [_, .., b'-' | b'_'])
}

/// ` ✔ Service web  Built`, `[+] Running 2/2`, `Building web`: bookkeeping.
pub(super) struct Compose;

impl Builder for Compose {
    fn name(&self) -> &'static str {
        "compose"
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        let line = line.trim_ascii_end();
        match line.first() {
            // A tick mark, perhaps read in another code page.
            Some(b' ' | 0x80..) if line.len() < 300 && built(line) => {
                if scope.builds.verdict().failed.is_none() {
                    scope.builds.mark_succeeded(scope.line());
                }
                scope.emit(None, LineRole::Structure, line);
                true
            }
            Some(b'[') => {
                let Some(rest) = line.strip_prefix(b"[+] ") else { return false };
                let word = rest.iter().position(|b| *b == b' ').unwrap_or(rest.len());
                let count = &rest.tail(word).trim_ascii();
                let counted = count.first().is_some_and(u8::is_ascii_digit)
                    && count.iter().all(|b| b.is_ascii_digit() || *b == b'/');
                if !counted || !rest.head(word).iter().all(u8::is_ascii_alphabetic) {
                    return false;
                }
                scope.emit(None, LineRole::Structure, line);
                true
            }
            _ => false,
        }
    }
}

/// ` ✔ Service web  Built`, ` ✔ web  Built   0.0s`, ` ✔ Image x Built 3.2s`.
fn built(line: &[u8]) -> bool {
    let mut words = line.split(|b| *b == b' ').filter(|word| !word.is_empty());
    let Some(mark) = words.next() else { return false };
    if mark.is_ascii() {
        return false;
    }
    let rest: Vec<&[u8]> = words.take(5).collect();
    let is_time = |word: &[u8]| word.ends_with(b"s") && word.first().is_some_and(u8::is_ascii_digit);
    match rest[..] {
        [.., name, b"Built"] => !name.is_empty(),
        [.., name, b"Built", time] => !name.is_empty() && is_time(time),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;

    #[test]
    fn container_names_go_away() {
        let log = b"web-1       | panic: boom\nproj_db_1   | ready\nweb-1       |\npostgres    | a\npostgres    | b\npostgres    | c\n";
        let (lines, reader) = read(log);
        assert_eq!(
            lines,
            ["1 - O panic: boom", "2 - O ready", "3 - O ", "4 - O postgres    | a", "5 - O postgres    | b", "6 - O c"]
        );
        assert_eq!(reader.dialects()[0], "compose");
    }

    #[test]
    fn frames_and_tables_stay() {
        let log = "12 | x\n  12 |  y\n   |     ^\n| a-1  | b |\nfoo-1 | bar\nsrc/a-1.c:3: x | y\nName  | Value\n------|---\ncat a-1  | grep\n";
        let (lines, reader) = read(log.as_bytes());
        let texts: Vec<String> = lines.iter().map(|l| l.splitn(4, ' ').nth(3).unwrap().to_owned()).collect();
        assert_eq!(texts, log.lines().collect::<Vec<_>>());
        assert_eq!(reader.dialects(), ["plain"]);
    }

    #[test]
    fn built_is_a_success() {
        let (lines, reader) = read("[+] Running 1/1\n ✔ Service web  Built                 3.1s \n".as_bytes());
        assert!(lines.iter().all(|line| line.contains(" - S ")));
        assert_eq!(reader.builds().verdict().succeeded, Some(2));
    }
}
