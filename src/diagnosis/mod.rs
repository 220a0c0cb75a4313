//! From evidence to an answer: what failed, why, and what that led to.

mod advice;
mod ahead;
mod alike;
mod at_hand;
mod chain;
mod collect;
mod conclude;
mod corroborate;
mod doubt;
mod exit_code;
mod extraction;
mod fallback;
mod farewell;
mod findings;
mod fingerprint;
mod gaps;
mod history;
mod liable;
mod rank;
mod remedy;
mod secrets;
mod suspicious;
mod tails;
mod text;
mod waiting;
mod withheld;
mod wrapped;

pub(crate) use advice::Advisor;
pub(crate) use ahead::{Ahead, Lookout, OnlyMarks};
pub(crate) use collect::Collector;
pub use collect::{CONTEXT, MOST_CONTEXT};
#[cfg(feature = "signatures")]
pub(crate) use conclude::findings;
pub(crate) use conclude::{Reading, conclude};
pub use corroborate::corroborate;
pub use exit_code::meaning as exit_code_meaning;
#[cfg(feature = "report")]
pub(crate) use fingerprint::hash as fingerprint_of;
pub use secrets::{MASK, mask};
pub use text::{show_value, visible};
