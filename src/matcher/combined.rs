//! Patterns that are wanted together again and again, made into one automaton: a line is read once for all of them.
//!
//! Lines of one kind want the same patterns, as they hold the same fixed texts. In a log full of them a line may want twenty. An
//! automaton of all of them costs as much to make as they do, so it is only made where it is used often; there is room for few.

use std::sync::{Arc, Mutex, PoisonError};

use super::PatternRef;
use super::pattern::{Shapes, Weight};
use crate::hashing::Map;

/// Fewer patterns are tried one by one.
const MANY: usize = 3;
/// More are no line of a kind that comes again, and no small automaton.
const MOST: usize = 64;
/// So often patterns were wanted together before they are made into one.
const OFTEN: u32 = 64;
/// Sets that are made into one.
const MADE: usize = 48;
/// Sets that are counted.
const COUNTED: usize = 512;

/// Sets of patterns that were wanted, each in order.
#[derive(Default)]
pub struct Combined {
    sets: Mutex<Map<Vec<PatternRef>, Set>>,
}

enum Set {
    /// So often it was wanted.
    Met(u32),
    Made(Arc<Shapes>),
}

impl Combined {
    /// The patterns as one, where they are that already or it is worth to make them so now, and there is room; `source` gives the regex of
    /// each.
    pub fn of<'s>(
        &self,
        wanted: &[PatternRef],
        weight: &Weight,
        source: impl Fn(PatternRef) -> &'s str,
    ) -> Option<Arc<Shapes>> {
        if !(MANY..=MOST).contains(&wanted.len()) {
            return None;
        }
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let times = match sets.get_mut(wanted) {
            Some(Set::Made(shapes)) => return Some(Arc::clone(shapes)),
            Some(Set::Met(times)) => {
                *times = times.saturating_add(1);
                *times
            }
            None => {
                if sets.len() < COUNTED {
                    sets.insert(wanted.to_vec(), Set::Met(1));
                }
                return None;
            }
        };
        if times != OFTEN || weight.is_full() || sets.values().filter(|set| matches!(set, Set::Made(_))).count() >= MADE
        {
            return None;
        }
        let sources: Vec<&str> = wanted.iter().map(|pattern| source(*pattern)).collect();
        let shapes = Arc::new(Shapes::weighed(&sources, weight.clone()));
        sets.insert(wanted.to_vec(), Set::Made(Arc::clone(&shapes)));
        Some(shapes)
    }
}
