//! Keeps a CI system from obeying what a report quotes.
//!
//! GitHub's runner obeys `::cmd::` where it starts a line, blanks before it or not, and `##[cmd]` anywhere in a line
//! (actions/runner, `ActionCommand.cs`); Azure Pipelines also `##vso[cmd]`, TeamCity `##teamcity[cmd]`, GitLab the marks of
//! its sections.

use std::io::{self, Write};

use crate::pieces::Pieces;

/// Stands between the characters that a runner looks for; has no width.
const APART: char = '\u{2060}';

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

/// Defuses whole lines on their way out: wrapping and joining can make a command of harmless parts.
pub(crate) struct Defuser<W: Write> {
    out: W,
    line: Vec<u8>,
    on: bool,
}

impl<W: Write> Defuser<W> {
    /// Writes to `out`, defused when `on`.
    pub fn new(out: W, on: bool) -> Self {
        Defuser { out, line: Vec::new(), on }
    }

    fn line_out(&mut self) -> io::Result<()> {
        let line = defused(&String::from_utf8_lossy(&self.line));
        self.line.clear();
        self.out.write_all(line.as_bytes())
    }
}

impl<W: Write> Write for Defuser<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.on {
            return self.out.write(bytes);
        }
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
            assert_eq!(defused(text), expected.replace('|', "\u{2060}"));
            assert_eq!(defused(&defused(text)), defused(text));
        }
    }

    #[test]
    fn lines_are_defused_whatever_pieces_they_come_in() {
        let mut out = Vec::new();
        let mut defuser = Defuser::new(&mut out, true);
        for piece in ["a ", "#", "#[x]\n :", ":y::\nend ", "##[z]"] {
            defuser.write_all(piece.as_bytes()).expect("memory");
        }
        defuser.flush().expect("memory");
        assert_eq!(String::from_utf8_lossy(&out).replace('\u{2060}', "|"), "a #|#[x]\n :|:y::\nend #|#[z]");
    }
}
