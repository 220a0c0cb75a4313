//! How much of a diagnosis is shown: `--context`, `--top`, `--min-confidence`.

use std::borrow::Cow;
use std::num::NonZeroUsize;

use clap::Args as ClapArgs;

use crate::Diagnosis;
use crate::diagnosis::MOST_CONTEXT;
use crate::model::Confidence;
use crate::report::Selection;

/// What is shown of what was found. Neither the verdict nor the exit status depends on it.
#[derive(Debug, Default, ClapArgs)]
pub struct ShownArgs {
    /// Show N lines of the log before and after each line of proof (0 to 10). JSON always has 2 or more.
    #[arg(long, short = 'C', global = true, value_name = "N", value_parser = context)]
    pub context: Option<usize>,

    /// Show at most N causes.
    #[arg(long, global = true, value_name = "N", value_parser = top)]
    pub top: Option<NonZeroUsize>,

    /// Show no cause that is less sure than this: low, medium or high. How many are left out is said; outcome, exit status and
    /// --outputs stay those of all causes.
    #[arg(long, global = true, value_name = "LEVEL", value_parser = confidence)]
    pub min_confidence: Option<Confidence>,
}

impl ShownArgs {
    /// The diagnoses with the causes that are to be shown.
    pub fn select<'d>(&self, diagnoses: &'d [Diagnosis]) -> Cow<'d, [Diagnosis]> {
        let selection = Selection {
            top: self.top,
            min_confidence: self.min_confidence.unwrap_or(Selection::default().min_confidence),
        };
        if selection.is_everything() {
            return Cow::Borrowed(diagnoses);
        }
        let mut shown = diagnoses.to_vec();
        shown.iter_mut().for_each(|diagnosis| selection.apply(diagnosis));
        Cow::Owned(shown)
    }
}

/// A number of lines around the evidence.
///
/// # Errors
/// It is none, or too large.
pub fn context(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|lines| *lines <= MOST_CONTEXT).ok_or_else(|| format!("a number from 0 to {MOST_CONTEXT}"))
}

/// A number of causes.
///
/// # Errors
/// It is none, or 0.
pub fn top(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "a number from 1".to_owned())
}

/// A confidence.
///
/// # Errors
/// There is no such word.
pub fn confidence(word: &str) -> Result<Confidence, String> {
    Confidence::from_word(word).ok_or_else(|| {
        let known: Vec<&str> = Confidence::ALL.iter().map(|known| known.as_str()).collect();
        format!("one of: {}", known.join(", "))
    })
}
