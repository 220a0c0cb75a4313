//! A mistake in a signature file, shown as a compiler shows one.

use std::fmt;

use super::template::is_invisible;
use crate::pieces::Pieces;

/// One mistake, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable code, `S001`…; see the constants of [`code`].
    pub code: &'static str,
    /// The file as it was named by the caller.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The line of the file.
    pub excerpt: String,
    /// How many characters the mistake spans on that line.
    pub width: usize,
    /// It may be meant as it is: no mistake unless the checker is asked to be strict.
    pub doubtful: bool,
}

/// The codes of all mistakes.
pub mod code {
    /// Not readable as TOML, or a field with the wrong name or type.
    pub const SYNTAX: &str = "S001";
    /// A required field is absent or empty.
    pub const MISSING: &str = "S002";
    /// A word that is not in the vocabulary.
    pub const WORD: &str = "S003";
    /// A regular expression that does not compile or is too large.
    pub const REGEX: &str = "S004";
    /// A pattern without fixed text, or with too short a one.
    pub const LITERAL: &str = "S005";
    /// A template that can't be read, or names an unknown capture.
    pub const TEMPLATE: &str = "S006";
    /// Too few examples or an example without its source.
    pub const EXAMPLE: &str = "S007";
    /// A remedy that can't be used or hides its risk.
    pub const REMEDY: &str = "S008";
    /// The path does not make a good id, or the id is there twice.
    pub const ID: &str = "S009";
    /// A reference to a signature that does not exist.
    pub const REFERENCE: &str = "S010";
    /// An example that does not match, or a counterexample that does.
    pub const MATCH: &str = "S011";
    /// An example that is diagnosed as something else.
    pub const RANK: &str = "S012";
    /// A fixed text that good logs are full of.
    pub const COMMON: &str = "S013";
    /// Regex syntax where text is meant, or text where regex syntax is meant.
    pub const SYNTAX_AS_TEXT: &str = "S014";
    /// A pattern that is there twice.
    pub const DUPLICATE: &str = "S015";
    /// A signature that explains a failure in the log of a good build.
    pub const GOOD_LOG: &str = "S016";
}

impl Problem {
    /// A mistake at the byte range `span` of `text`.
    pub fn at(
        code: &'static str,
        file: &str,
        text: &str,
        span: std::ops::Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        let start = floor_boundary(text, span.start.min(text.len()));
        let end = floor_boundary(text, span.end.clamp(start, text.len()));
        let line_start = text.head(start).rfind('\n').map_or(0, |at| at + 1);
        let line_end = text.tail(start).find('\n').map_or(text.len(), |at| start + at);
        let excerpt = text.part(line_start..line_end).trim_end_matches('\r').to_owned();
        let width = text.part(start..end.min(line_end).max(start)).chars().count().max(1);
        Problem {
            code,
            file: file.to_owned(),
            line: text.head(start).matches('\n').count() + 1,
            column: text.part(line_start..start).chars().count() + 1,
            message: message.into(),
            help: None,
            excerpt,
            width,
            doubtful: false,
        }
    }

    /// Makes a doubt of it.
    pub fn doubtful(mut self) -> Self {
        self.doubtful = true;
        self
    }

    /// Adds what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    while at > 0 && !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gutter = self.line.to_string().len();
        let level = if self.doubtful { "warning" } else { "error" };
        writeln!(f, "{level}[{}]: {}", self.code, printable(&self.message))?;
        writeln!(f, "{:gutter$}--> {}:{}:{}", "", printable(&self.file), self.line, self.column)?;
        let (shown, column) = clip(&printable(&self.excerpt), self.column);
        writeln!(f, "{:gutter$} |", "")?;
        writeln!(f, "{} | {shown}", self.line)?;
        let carets = "^".repeat(self.width.min(shown.chars().count().saturating_sub(column - 1)).max(1));
        writeln!(f, "{:gutter$} | {:pad$}{carets}", "", "", pad = column - 1)?;
        if let Some(help) = &self.help {
            writeln!(f, "{:gutter$} = help: {}", "", printable(help))?;
        }
        Ok(())
    }
}

/// The text without what a terminal would obey: a stranger may have written the file, and given it its name.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' => ' ',
            c if c.is_control() || is_invisible(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// Keeps about a screen's width of a long line around the column.
fn clip(line: &str, column: usize) -> (String, usize) {
    const WIDTH: usize = 110;
    if line.chars().count() <= WIDTH || column <= WIDTH / 2 {
        return (line.chars().take(WIDTH).collect(), column);
    }
    let skip = column - WIDTH / 2;
    (format!("…{}", line.chars().skip(skip).take(WIDTH).collect::<String>()), column - skip + 1)
}
