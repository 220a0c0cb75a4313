//! A text without what only colours, moves or hides it: a secret is one also where colours or characters without width cut it.

use std::borrow::Cow;

use crate::signature::template::is_invisible;

/// The text that is left, and where it stood.
pub struct Bones<'t> {
    text: Cow<'t, str>,
    /// For each byte of `text` where it stood; empty where nothing is left out.
    places: Vec<usize>,
    /// Length of the whole.
    whole: usize,
}

impl<'t> Bones<'t> {
    /// Leaves out escape sequences (also those that a report shows by symbols, and colours that a copy wrote out), control
    /// characters and characters without width.
    pub fn of(text: &'t str) -> Self {
        let whole = text.len();
        if !text.bytes().any(|byte| !(b' '..0x7f).contains(&byte) || byte == b'[') {
            return Bones { text: Cow::Borrowed(text), places: Vec::new(), whole };
        }
        let mut kept = String::with_capacity(whole);
        let mut places = Vec::with_capacity(whole);
        let mut at = 0;
        while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = text.get(at..).unwrap_or_default();
            match hidden(rest, c) {
                0 => {
                    kept.push(c);
                    places.extend(at..at + c.len_utf8());
                    at += c.len_utf8();
                }
                length => at += length,
            }
        }
        if kept.len() == whole {
            return Bones { text: Cow::Borrowed(text), places: Vec::new(), whole };
        }
        Bones { text: Cow::Owned(kept), places, whole }
    }

    /// What is left.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the byte at `at` of what is left stood.
    pub fn place(&self, at: usize) -> usize {
        if self.places.is_empty() { at.min(self.whole) } else { self.places.get(at).copied().unwrap_or(self.whole) }
    }

    /// Where the bytes before `end` ended.
    pub fn end_place(&self, end: usize) -> usize {
        match end.checked_sub(1) {
            Some(last) if !self.places.is_empty() => self.places.get(last).map_or(self.whole, |place| place + 1),
            _ => end.min(self.whole),
        }
    }
}

/// Length of what is left out at the start of `text`, whose first character is `c`; 0 where it stays.
fn hidden(text: &str, c: char) -> usize {
    match c {
        '\u{1b}' | '␛' => c.len_utf8() + sequence(text.get(c.len_utf8()..).unwrap_or_default()),
        '[' => colour(text),
        '\\' | '^' => ["\\u001b", "\\x1b", "\\033", "\\e", "^["]
            .iter()
            .find_map(|escape| Some(escape.len() + positive(colour(text.strip_prefix(escape)?))?))
            .unwrap_or(0),
        '⟨' => text
            .strip_prefix("⟨U+")
            .and_then(|code| code.find('⟩'))
            .filter(|end| *end <= 6)
            .map_or(0, |end| 2 * c.len_utf8() + 2 + end),
        '\t' | '\n' | '␉' | '␊' => 0,
        c if c.is_control() || is_invisible(c) || ('\u{2400}'..='\u{2421}').contains(&c) => c.len_utf8(),
        _ => 0,
    }
}

fn positive(length: usize) -> Option<usize> {
    (length > 0).then_some(length)
}

/// Length of `[31m` at the start of `text`.
fn colour(text: &str) -> usize {
    let Some(codes) = text.strip_prefix('[') else { return 0 };
    let length = codes.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    let ends = codes.as_bytes().get(length) == Some(&b'm');
    if ends && (1..=16).contains(&length) { length + 2 } else { 0 }
}

/// Length of what follows the escape character in a sequence (ECMA-48).
fn sequence(text: &str) -> usize {
    let Some(kind) = text.chars().next() else { return 0 };
    let inside = text.get(kind.len_utf8()..).unwrap_or_default();
    match kind {
        '[' => match inside.find(|c: char| !matches!(c, ' '..='?')) {
            Some(end) if matches!(inside.as_bytes().get(end), Some(0x40..=0x7e)) => end + 2,
            Some(end) => end + 1,
            None => text.len(),
        },
        ']' | 'P' | '_' | '^' | 'X' => {
            let end = inside.find(['\u{7}', '␇', '\u{1b}', '␛']);
            let end = end.and_then(|end| Some((end, inside.get(end..)?.chars().next()?)));
            match end {
                Some((end, mark @ ('\u{7}' | '␇'))) => 1 + end + mark.len_utf8(),
                // `ESC \`
                Some((end, mark)) if inside.get(end + mark.len_utf8()..).is_some_and(|rest| rest.starts_with('\\')) => {
                    2 + end + mark.len_utf8()
                }
                _ => 1,
            }
        }
        '\n' | '\t' => 0,
        _ => kind.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_read_is_left() {
        for (text, left) in [
            ("plain [x] text", "plain [x] text"),
            ("a\u{1b}[31mb\u{1b}[0mc", "abc"),
            ("a\u{1b}]8;;http://x\u{7}b\u{1b}]8;;\u{1b}\\c", "abc"),
            ("a␛[1;31mb⟨U+200B⟩c", "abc"),
            ("a[31mb[0mc ^[[1md\\u001b[0me", "abc de"),
            ("a\u{200b}b\u{2060}c\0d", "abcd"),
            ("a\u{1b}]never closed", "anever closed"),
        ] {
            assert_eq!(Bones::of(text).text(), left, "{text:?}");
        }
    }

    #[test]
    fn places_are_those_of_the_whole() {
        let text = "a\u{1b}[31mb\u{1b}[0mcé";
        let bones = Bones::of(text);
        assert_eq!(bones.text(), "abcé");
        assert_eq!(text.get(bones.place(1)..bones.end_place(3)), Some("b\u{1b}[0mc"));
        assert_eq!(bones.end_place(5), text.len());
    }
}
