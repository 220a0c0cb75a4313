//! Which causes a reader asked to see.

use std::num::NonZeroUsize;

use crate::Diagnosis;
use crate::model::Confidence;
use crate::signature::Origin;

/// Which causes are shown. It says nothing about the build: outcome, fingerprint, steps and symptoms stay as they are, and the
/// diagnosis tells how many causes were left out.
///
/// ```
/// # use std::sync::Arc;
/// use whyfail::model::Confidence;
/// use whyfail::report::Selection;
/// # use whyfail::{Diagnoser, Matcher, SignatureDb};
/// # let mut diagnoser = Diagnoser::new(Arc::new(Matcher::new(SignatureDb::built_in())));
/// # diagnoser.feed(b"go: go.mod file not found in current directory or any parent directory; see 'go help modules'\n");
/// # let mut diagnosis = diagnoser.finish();
/// # let outcome = diagnosis.outcome;
///
/// let count = diagnosis.causes.len() as u64;
/// Selection { top: None, min_confidence: Confidence::High }.apply(&mut diagnosis);
/// assert!(diagnosis.causes.iter().all(|cause| cause.confidence == Confidence::High));
/// assert_eq!(diagnosis.causes.len() as u64 + diagnosis.causes_left_out, count);
/// assert_eq!(diagnosis.outcome, outcome);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// At most so many.
    pub top: Option<NonZeroUsize>,
    /// None that is less sure.
    pub min_confidence: Confidence,
}

impl Default for Selection {
    /// All of them.
    fn default() -> Self {
        Selection { top: None, min_confidence: Confidence::Low }
    }
}

impl Selection {
    /// Does it leave nothing out?
    pub fn is_everything(&self) -> bool {
        *self == Selection::default()
    }

    /// Takes the other causes out. One that was found by a signature of the repository at hand takes up none of the places: a stranger's
    /// signature must not push a trusted one out of sight.
    pub fn apply(&self, diagnosis: &mut Diagnosis) {
        let mut places = self.top.map_or(usize::MAX, NonZeroUsize::get);
        let count = diagnosis.causes.len();
        diagnosis.causes.retain(|cause| {
            if cause.confidence < self.min_confidence || places == 0 {
                return false;
            }
            if cause.origin != Origin::Repository {
                places -= 1;
            }
            true
        });
        diagnosis.causes_left_out += (count - diagnosis.causes.len()) as u64;
    }
}
