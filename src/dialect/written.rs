//! Escape sequences that a copy wrote out or damaged: `^[[31m`, `\u001b[31m`, `\x1b[31m`, `#033[31m`, or `[31m` where the escape
//! character itself was lost.
//!
//! Sources: `cat -v` and editors (`^[`), JSON and programs' own quoting (`\u001b`, `\x1b`, `\033`, `\e`), rsyslog (`#033`), `less`
//! (`ESC`), fonts and code pages (`␛`, `←`, `�`); pages and pastes drop the character. What is written so is source code, too:
//! `echo -e "\033[31m"`. So a form is believed when it stands where text is coloured, and only a log's first lines are searched.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use crate::pieces::Pieces;

/// The escape character.
const ESC: u8 = 0x1b;
/// Forms that nobody writes into a program: one line with a colour proves them.
const CERTAIN: [&str; 6] = ["^[", "#033", "␛", "←", "\u{fffd}", "<ESC>"];
/// Forms of source code: believed after two lines that have a colour behind a blank, or one that is coloured from its start.
const WRITTEN: [&str; 8] = ["\\u001b", "\\u001B", "\\u{1b}", "\\x1b", "\\x1B", "\\033", "\\e", "ESC"];
/// So many lines are enough for these.
const LINES: u32 = 2;
/// A longer sequence is none.
const LONGEST: usize = 24;

/// What was learnt of a log.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The forms that are believed.
    forms: Vec<&'static str>,
    /// The character was lost.
    bare: bool,
    /// Lines that speak for a form of source code, or for lost characters.
    lines: u32,
    /// Lines that end with a carriage return that was written out.
    returns: u32,
}

impl Written {
    /// Is anything to be mended?
    pub(super) fn known(&self) -> bool {
        self.bare || !self.forms.is_empty() || self.returns >= LINES
    }

    /// Learns from one of the log's first lines.
    pub(super) fn look(&mut self, line: &[u8]) {
        if line.ends_with(b"^M") && self.returns < LINES {
            self.returns += 1;
        }
        let Some((at, colour)) = first_colour(line) else { return };
        let before = line.head(at);
        let form = CERTAIN.iter().chain(&WRITTEN).find(|form| before.ends_with(form.as_bytes())).copied();
        let before = before.head(at - form.map_or(0, str::len));
        match form {
            Some(form) if self.forms.contains(&form) => {}
            Some(form) if CERTAIN.contains(&form) => self.forms.push(form),
            _ if self.bare || before.last() == Some(&ESC) => {}
            // An event of a tool that prints JSON is read by others.
            _ if line.trim_ascii_start().first() == Some(&b'{')
                || !matches!(before.last(), None | Some(b' ' | b'\t')) => {}
            Some(form) => {
                let behind = line.tail(at + colour.len());
                let certain = before.is_empty() && resets(behind);
                self.lines = self.lines.saturating_add(if certain { LINES } else { 1 });
                if self.lines >= LINES {
                    self.forms.push(form);
                }
            }
            None if is_colour(colour) => {
                self.lines = self.lines.saturating_add(1);
                self.bare = self.lines >= LINES || resets(line.tail(at + colour.len()));
            }
            None => {}
        }
    }

    /// The line with real escape characters.
    pub(super) fn mended<'l>(&self, line: &'l [u8]) -> Cow<'l, [u8]> {
        let mut text = Cow::Borrowed(line);
        if self.returns >= LINES
            && let Some(rest) = line.strip_suffix(b"^M")
        {
            text = Cow::Owned(rest.to_vec());
        }
        for form in &self.forms {
            if memmem::find(&text, form.as_bytes()).is_some() {
                text = Cow::Owned(replaced(&text, form));
            }
        }
        if self.bare && memchr(b'[', &text).is_some() {
            text = Cow::Owned(restored(&text));
        }
        text
    }
}

/// The first colour of a line: the place of its bracket, and its text from there.
fn first_colour(line: &[u8]) -> Option<(usize, &[u8])> {
    memchr::memchr_iter(b'[', line)
        .find_map(|at| sequence(line.tail(at)).filter(|s| s.ends_with(b"m")).map(|s| (at, s)))
}

/// `[31m`, `[1;33m`, `[m`, `[K`, `[2K` at the start of `text`.
fn sequence(text: &[u8]) -> Option<&[u8]> {
    let inside = text.strip_prefix(b"[")?;
    let codes = inside.iter().take(LONGEST).take_while(|b| b.is_ascii_digit() || **b == b';').count();
    matches!(inside.get(codes), Some(b'm' | b'K')).then(|| text.head(codes + 2))
}

/// A colour, or several codes at once: `[31m`, `[0;31m`, `[91m`. `[2m` may be two minutes.
fn is_colour(sequence: &[u8]) -> bool {
    let codes = sequence.part(1..sequence.len() - 1);
    let colour = matches!(codes, [b'3' | b'4' | b'9', b'0'..=b'7']) || matches!(codes, b"0" | b"1");
    colour || codes.contains(&b';') && codes.first().is_some_and(u8::is_ascii_digit)
}

/// Does the text go back to its usual colour?
fn resets(text: &[u8]) -> bool {
    [&b"[0m"[..], b"[m", b"[39m", b"[22m", b"[0;", b"[39;"].iter().any(|reset| memmem::find(text, reset).is_some())
}

/// The line with escape characters where this form of them starts a sequence.
fn replaced(line: &[u8], form: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let (mut from, mut title) = (0, false);
    while let Some(at) = memmem::find(line.tail(from), form.as_bytes()).map(|at| from + at) {
        out.extend_from_slice(line.part(from..at));
        from = at + form.len();
        match line.get(from) {
            Some(byte @ (b'[' | b']' | b'(' | b'\\')) => {
                title |= *byte == b']';
                out.push(ESC);
            }
            _ => out.extend_from_slice(form.as_bytes()),
        }
    }
    out.extend_from_slice(line.tail(from));
    if title {
        // A title or link ends with a bell, which is written out as well.
        for bell in ["^G", "\\u0007", "\\x07", "\\007", "\\a", "#007"] {
            while let Some(at) = memmem::find(&out, bell.as_bytes()) {
                out.splice(at..at + bell.len(), [7]);
            }
        }
    }
    out
}

/// The line with the escape characters that were lost before its sequences.
fn restored(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len() + 8);
    let mut from = 0;
    for at in memchr::memchr_iter(b'[', line) {
        if sequence(line.tail(at)).is_some() && line.head(at).last() != Some(&ESC) {
            out.extend_from_slice(line.part(from..at));
            out.push(ESC);
            from = at;
        }
    }
    out.extend_from_slice(line.tail(from));
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::texts;

    #[test]
    fn sequences_in_all_forms_go_away() {
        let forms = super::CERTAIN.iter().chain(&super::WRITTEN).copied().chain([""]);
        for form in forms {
            let log = "main.c:1: one\nX[1;31merror:X[0m two X[3mthreeX[23mX[K\n  X[91mfourX[39;49m\nfiveX[m [2/3] x[0] [INFO] six\n"
                .replace('X', form);
            let found = texts(&log);
            let first = usize::from(super::WRITTEN.contains(&form));
            assert_eq!(
                found[1 + first..],
                ["error: two three", "  four", "five [2/3] x[0] [INFO] six"][first..],
                "{form:?}"
            );
        }
        let link = "^[[1mx^[[0m ^[]8;;https://example.org^Glink^[]8;;^G end";
        assert_eq!(texts(link), ["x link end"]);
        assert_eq!(texts("a^M\nb^M\nc^M\n"), ["a^M", "b", "c"]);
    }

    #[test]
    fn source_code_and_times_stay() {
        let log = "+ echo -e \"\\033[31mfail\\033[0m\"\nRED='\\x1b[31m'\nRESET='\\x1b[0m'\nconst red = (s) => \"\\u001b[31m\" + s\n\
            {\"a\": \"\\u001b[31mx\"}\n{\"a\": \"\\u001b[31mx\"}\ndone in [2m 10s]\ntook [1m30s]\na [3m] b\n1 [12m 3s]\narr[0m]\nx^M y\n/^[[a-z]+m/\n";
        assert_eq!(texts(log), log.lines().collect::<Vec<_>>());
    }
}
