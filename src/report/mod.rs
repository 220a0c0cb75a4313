//! Renders a [`Diagnosis`]. Decides nothing; prints nothing: every format writes to a `Write`.

mod azure;
mod brief;
mod defuse;
mod findings;
mod github;
mod gitlab;
mod html;
mod json;
mod jsonl;
mod location;
mod markdown;
mod next_steps;
mod outputs;
mod sarif;
mod sections;
mod selection;
mod summary;
mod text;

use std::io::{self, Write};

pub use azure::azure_issues;
pub(crate) use defuse::{Defuser, Guard};
#[cfg(feature = "cli")]
pub(crate) use json::document;
pub use json::{Envelope, SCHEMA_VERSION};
pub use next_steps::{MOST_LINES, next_steps};
pub use outputs::{OUTPUTS, outputs};
pub use selection::Selection;

use crate::Diagnosis;
use crate::diagnosis::CONTEXT;
use crate::model::{Cause, Gap, Outcome, Step};
use crate::signature::{Owner, Retry, SignatureDb};

/// A form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For a person at a terminal.
    Text,
    /// At most 1 KB: for hooks, chats and agents.
    Brief,
    /// The stable contract for programs.
    Json,
    /// The same, one result a line: for logs and pipes.
    Jsonl,
    /// SARIF 2.1.0: code scanning, editors, Jenkins.
    Sarif,
    /// Annotations of GitHub Actions, as workflow commands.
    Github,
    /// GitLab's Code Quality report.
    Gitlab,
    /// For job summaries, comments and chats.
    Markdown,
    /// One page that holds all it needs, for a browser.
    Html,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Format] = &[
        Format::Text,
        Format::Brief,
        Format::Json,
        Format::Jsonl,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Markdown,
        Format::Html,
    ];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Brief => "brief",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Markdown => "markdown",
            Format::Html => "html",
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
            "jsonl" => Some(Format::Jsonl),
            "sarif" => Some(Format::Sarif),
            "md" => Some(Format::Markdown),
            "html" | "htm" => Some(Format::Html),
            "txt" => Some(Format::Text),
            _ => None,
        }
    }

    /// Is it a document of its own, so that nothing else may stand beside it on a stream?
    pub fn is_for_programs(self) -> bool {
        match self {
            Format::Json | Format::Jsonl | Format::Sarif | Format::Gitlab | Format::Markdown | Format::Html => true,
            Format::Text | Format::Brief | Format::Github => false,
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
    /// A CI system reads along: what it would obey in a line is defused.
    pub ci: bool,
    /// Show so many lines of the log before and after each line of proof, where the format has room and the diagnosis has kept
    /// them ([`Matcher::with_context`](crate::Matcher::with_context)).
    pub context: usize,
    /// The reader asked for this many causes: then the text shows all that it is given, and not only the first few.
    pub top: Option<usize>,
    /// Fold the text report as GitLab folds a job's log; the time that its sections show, in seconds since 1970.
    pub sections: Option<u64>,
}

impl Default for Style {
    fn default() -> Self {
        Style { width: 100, color: false, explain_ranking: false, ci: false, context: 0, top: None, sections: None }
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
    // These make what they quote harmless in their own way: a backslash would change what they say.
    let own = !matches!(format, Format::Text | Format::Brief | Format::Markdown);
    let guard = Guard { ci: style.ci && !own, color: style.color && !own };
    if let (Format::Text, Some(time)) = (format, style.sections) {
        let mut out = sections::Sections::new(out, guard, time);
        text::write(&mut out, diagnoses, style)?;
        return out.flush();
    }
    let mut out = Defuser::new(out, guard);
    match format {
        Format::Text => text::write(&mut sections::Flat(&mut out), diagnoses, style)?,
        Format::Brief => brief::write(&mut out, diagnoses, style)?,
        Format::Json => json::write(&mut out, diagnoses, db.len())?,
        Format::Jsonl => jsonl::write(&mut out, diagnoses, db.len())?,
        Format::Sarif => sarif::write(&mut out, diagnoses, db)?,
        Format::Github => github::write(&mut out, diagnoses)?,
        Format::Gitlab => gitlab::write(&mut out, diagnoses)?,
        Format::Markdown => markdown::write(&mut out, diagnoses, style)?,
        Format::Html => html::write(&mut out, diagnoses, db.len(), style)?,
    }
    out.flush()
}

/// Quoted text as it may stand in a report of this style.
pub(crate) fn defused(text: &str, style: &Style) -> String {
    if style.ci { defuse::defused(text) } else { text.to_owned() }
}

/// A step's number and title.
pub(crate) fn title_of_step(step: &Step) -> String {
    let id = if step.id.starts_with('?') || step.id.is_empty() { String::new() } else { format!("#{} ", step.id) };
    if step.name.is_empty() { format!("{id}(its title is not in the log)") } else { format!("{id}{}", step.name) }
}

/// A step's number and title, and where its instruction stands.
pub(crate) fn of_step(step: &Step) -> String {
    match (&step.file, step.file_line) {
        (Some(file), Some(line)) => format!("{} ({file}:{line})", title_of_step(step)),
        _ => title_of_step(step),
    }
}

/// Whom it concerns, in words.
fn owner_of(cause: &Cause) -> &'static str {
    match cause.owner {
        Owner::Code => "source code",
        Owner::Dependencies => "dependencies",
        Owner::Configuration => "build configuration",
        Owner::Infrastructure => "infrastructure",
    }
}

/// Run it again, or call someone? It is asked first, so it stands on the first line of every report.
pub(crate) fn verdict(cause: &Cause) -> [String; 2] {
    let retry = match cause.retry {
        Retry::Helps => "another run may help",
        Retry::No => "another run will not help",
        Retry::Unknown => "another run may or may not help",
    };
    [retry.to_owned(), format!("concerns {}", owner_of(cause))]
}

/// What a structured reader took besides the line that is shown as proof: where in the sources, and what should have come.
pub(crate) fn details(cause: &Cause) -> Vec<String> {
    let Some(first) = cause.objections.first() else { return Vec::new() };
    let mut lines = Vec::new();
    let proof = cause.evidence.first().map_or("", |line| line.text.as_str());
    if let Some(place) = first.place.as_ref().filter(|place| !proof.contains(&place.file)) {
        let number = |number: Option<u64>| number.map_or(String::new(), |number| format!(":{number}"));
        lines.push(format!("at {}{}{}", place.file, number(place.line), number(place.column)));
    }
    let said = |value: &String| !proof.contains(value.as_str());
    match (&first.expected, &first.got) {
        (Some(expected), Some(got)) if said(expected) || said(got) => {
            lines.push(format!("expected {expected}, got {got}"));
        }
        (Some(expected), None) if said(expected) => lines.push(format!("expected {expected}")),
        (None, Some(got)) if said(got) => lines.push(format!("got {got}")),
        _ => {}
    }
    lines
}

/// What of the log is missing, and how to get it.
pub(crate) fn missing(gap: &Gap) -> String {
    let line = gap.line.map_or(String::new(), |line| format!(" (line {line})"));
    format!("{}{line}. {}", gap.what, gap.how)
}

/// That there is no cause to show, and why.
pub(crate) fn unexplained(diagnosis: &Diagnosis) -> String {
    match diagnosis.causes_left_out {
        0 => "The build failed, and no signature explains why".to_owned(),
        1 => "The build failed, and the one possible cause is less certain than asked for".to_owned(),
        count => format!("The build failed, and the {count} possible causes are less certain than asked for"),
    }
}

/// How many causes are not among those shown, where some are; see [`Selection`].
pub(crate) fn left_out(diagnosis: &Diagnosis) -> Option<String> {
    let count = diagnosis.causes_left_out;
    (count > 0).then(|| format!("{} not shown, as asked for (--top, --min-confidence)", counted(count, "more cause")))
}

/// What to do about a failed step of BuildKit of which the log holds only the verdict.
pub(crate) fn silent_step(diagnosis: &Diagnosis) -> Option<&'static str> {
    let step = diagnosis.failing_step.as_ref().and_then(|key| diagnosis.step(key))?;
    let by_buildkit = diagnosis.source.dialects.iter().any(|dialect| dialect.starts_with("buildkit"));
    let silent = diagnosis.causes.is_empty() && diagnosis.suspicious.is_empty();
    (diagnosis.outcome == Outcome::Failed && step.exit_code.is_some() && by_buildkit && silent).then_some(
        "The log holds none of this step's output, as with `--progress=quiet`. `whyfail last` reads it out of \
         BuildKit's history; or build again with `--progress=plain`.",
    )
}

/// The lines right behind the most suspicious one: they often say where, and what was expected. Those that are in the list themselves,
/// and blank ones, are left out.
pub(crate) fn what_follows(diagnosis: &Diagnosis) -> impl Iterator<Item = &str> {
    let listed = |text: &str| diagnosis.suspicious.iter().any(|line| line.evidence.text.trim() == text.trim());
    let first = diagnosis.suspicious.first().into_iter();
    let lines = first.flat_map(|line| line.evidence.context.after.iter().take(CONTEXT).map(String::as_str));
    lines.filter(move |text| !text.trim().is_empty() && !listed(text))
}

/// `1 error`, `2 errors`.
pub(crate) fn counted(count: u64, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
