//! Renders a [`Diagnosis`]. Decides nothing; prints nothing: every format writes to a `Write`.

mod brief;
mod json;
mod next_steps;
mod text;

use std::io::{self, Write};

pub use json::{Envelope, SCHEMA_VERSION};
pub use next_steps::{MOST_LINES, next_steps};

use crate::Diagnosis;
use crate::signature::SignatureDb;

/// A form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For a person at a terminal.
    Text,
    /// At most 1 KB: for hooks, chats and agents.
    Brief,
    /// The stable contract for programs.
    Json,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Format] = &[Format::Text, Format::Brief, Format::Json];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Brief => "brief",
            Format::Json => "json",
        }
    }

    /// The format of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Format::ALL.iter().copied().find(|format| format.as_str() == name)
    }

    /// The format that a file's ending stands for, where it stands for one alone.
    pub fn from_ending(ending: &str) -> Option<Self> {
        match ending {
            "json" => Some(Format::Json),
            "txt" => Some(Format::Text),
            _ => None,
        }
    }

    /// Is it meant for a program, so that nothing else may stand beside it on a stream?
    pub fn is_for_programs(self) -> bool {
        match self {
            Format::Json => true,
            Format::Text | Format::Brief => false,
        }
    }
}

/// How to render.
#[derive(Debug, Clone)]
pub struct Style {
    /// Columns of the terminal.
    pub width: usize,
    /// Use colours.
    pub color: bool,
    /// Show how the scores came about.
    pub explain_ranking: bool,
    /// A CI system reads along: words in quoted text that it would obey are defused.
    pub ci: bool,
}

impl Default for Style {
    fn default() -> Self {
        Style { width: 100, color: false, explain_ranking: false, ci: false }
    }
}

/// Writes the report on one or many logs.
///
/// # Errors
/// Those of `out`.
pub fn write(
    out: &mut dyn Write,
    format: Format,
    diagnoses: &[Diagnosis],
    db: &SignatureDb,
    style: &Style,
) -> io::Result<()> {
    match format {
        Format::Text => text::write(out, diagnoses, style),
        Format::Brief => brief::write(out, diagnoses, style),
        Format::Json => json::write(out, diagnoses, db.signatures().len()),
    }
}

/// Defuses what a CI system's runner would obey in a line of quoted text: GitHub's `##[cmd]` and Azure's `##vso[` anywhere,
/// `::cmd::` at the start after white space, GitLab's section marks.
pub(crate) fn defused(text: &str, style: &Style) -> String {
    if !style.ci {
        return text.to_owned();
    }
    let mut out = text.replace("##", "#\u{2060}#").replace("section_start:", "section_start\u{2060}:");
    out = out.replace("section_end:", "section_end\u{2060}:");
    if out.trim_start().starts_with("::") {
        out = out.replacen("::", ":\u{2060}:", 1);
    }
    out
}

/// `1 error`, `2 errors`.
pub(crate) fn counted(count: u64, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
