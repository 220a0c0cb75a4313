//! Keeps a CI system from obeying what a report quotes.
//!
//! GitHub's runner obeys `::cmd::` where it starts a line, blanks before it or not, and `##[cmd]` anywhere in a line
//! (actions/runner, `ActionCommand.cs`); Azure Pipelines also `##vso[cmd]`, TeamCity `##teamcity[cmd]`, GitLab the marks of
//! its sections. The runner's searches go by the rules of a language and skip characters without width, so that none of those can
//! stand between; a backslash can, and whoever pastes such a line into a shell still pastes what it said.
//!
//! It is also the last place that a text passes before it is printed: a control character that nobody made visible is made so here.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::diagnosis::visible;
use crate::pieces::Pieces;
use crate::signature::template::is_invisible;

/// Stands between the characters that a runner looks for.
const APART: char = '\\';

/// `text` without anything that a CI system's runner would obey. What is defused stays so.
pub(crate) fn defused(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at_start = true;
    for (at, c) in text.char_indices() {
        let rest = text.tail(at);
        out.push(c);
        let armed = match c {
            ':' => at_start && rest.starts_with("::"),
            '#' => is_bracketed_command(rest),
            's' => rest.starts_with("section_start:") || rest.starts_with("section_end:"),
            _ => false,
        };
        if armed {
            out.push(APART);
        }
        at_start = matches!(c, '\n' | '\r') || (at_start && c.is_whitespace());
    }
    out
}

/// Does it start with `##[`, `##vso[` or the like?
fn is_bracketed_command(text: &str) -> bool {
    text.strip_prefix("##")
        .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-'))
        .is_some_and(|rest| rest.starts_with('['))
}

/// What may pass.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Guard {
    /// A CI system reads along: nothing that it would obey.
    pub ci: bool,
    /// Colours of our own pass.
    pub color: bool,
}

/// Makes whole lines harmless on their way out: wrapping and joining can make a command of harmless parts.
pub(crate) struct Defuser<W: Write> {
    out: W,
    line: Vec<u8>,
    guard: Guard,
}

impl<W: Write> Defuser<W> {
    /// Writes to `out` what `guard` lets pass.
    pub fn new(out: W, guard: Guard) -> Self {
        Defuser { out, line: Vec::new(), guard }
    }

    fn line_out(&mut self) -> io::Result<()> {
        let line = String::from_utf8_lossy(&self.line);
        let line = seen(&line, self.guard.color);
        let line = if self.guard.ci { defused(&line) } else { line.into_owned() };
        self.line.clear();
        self.out.write_all(line.as_bytes())
    }
}

/// `line` with control characters made visible, but for its line feed and, where they may pass, colours.
fn seen(line: &str, color: bool) -> Cow<'_, str> {
    let hidden = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || is_invisible(c);
    if !line.chars().any(hidden) {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len() + 16);
    let mut rest = line;
    while let Some(at) = rest.find(['\n', '\u{1b}']) {
        let (before, special) = rest.split_at(at);
        out.push_str(&visible(before));
        match if special.starts_with('\n') { 1 } else { usize::from(color) * colour(special) } {
            0 => {
                out.push('␛');
                rest = special.get(1..).unwrap_or_default();
            }
            length => {
                let (passes, behind) = special.split_at(length);
                out.push_str(passes);
                rest = behind;
            }
        }
    }
    out.push_str(&visible(rest));
    Cow::Owned(out)
}

/// Length of the colour (`ESC [ 31 m`) at the start of `text`; 0 where there is none.
fn colour(text: &str) -> usize {
    let Some(codes) = text.strip_prefix("\u{1b}[") else { return 0 };
    let length = codes.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    if codes.as_bytes().get(length) == Some(&b'm') { length + 3 } else { 0 }
}

impl<W: Write> Write for Defuser<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.line_out()?;
            }
        }
        Ok(bytes.len())
    }

    /// Ends the line under way as well.
    fn flush(&mut self) -> io::Result<()> {
        self.line_out()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_taken_apart_and_the_rest_stays() {
        for (text, expected) in [
            ("::error::x", ":|:error::x"),
            (" \u{a0}\t::stop-commands::x", " \u{a0}\t:|:stop-commands::x"),
            ("a\n::x\r::y", "a\n:|:x\r:|:y"),
            ("a ##[error]b ###[x]", "a #|#[error]b ##|#[x]"),
            ("##vso[task.x] ##teamcity[y]", "#|#vso[task.x] #|#teamcity[y]"),
            ("section_start:1:a section_end:2:a", "s|ection_start:1:a s|ection_end:2:a"),
            ("std::fmt ## [x] # [y] ### heading", "std::fmt ## [x] # [y] ### heading"),
        ] {
            assert_eq!(defused(text), expected.replace('|', "\\"));
            assert_eq!(defused(&defused(text)), defused(text));
        }
    }

    #[test]
    fn lines_are_defused_whatever_pieces_they_come_in() {
        let mut out = Vec::new();
        let mut defuser = Defuser::new(&mut out, Guard { ci: true, color: false });
        for piece in ["a ", "#", "#[x]\n :", ":y::\nend ", "##[z]"] {
            defuser.write_all(piece.as_bytes()).expect("memory");
        }
        defuser.flush().expect("memory");
        assert_eq!(String::from_utf8_lossy(&out).replace('\\', "|"), "a #|#[x]\n :|:y::\nend #|#[z]");
    }

    #[test]
    fn nothing_that_acts_on_a_terminal_passes() {
        for (line, color, expected) in [
            ("\u{1b}[1;31mred\u{1b}[0m\n", true, "\u{1b}[1;31mred\u{1b}[0m\n"),
            ("\u{1b}[31mred\n", false, "␛[31mred\n"),
            ("\u{1b}[2J\u{1b}]52;c;eA==\u{7}\u{9b}x\n", true, "␛[2J␛]52;c;eA==␇⟨U+009B⟩x\n"),
            ("a\rb\u{202e}c\u{200b}\td", true, "a␍b⟨U+202E⟩c⟨U+200B⟩\td"),
        ] {
            assert_eq!(seen(line, color), expected);
        }
    }
}
