//! Hash tables and hashes of what comes with every line that matters. What is kept is limited, so that no log gains much by lines whose
//! hashes are the same: nothing here defends against that.

use std::hash::{BuildHasher, Hash};

use foldhash::fast::FixedState;

/// A map that is asked for every line that matters.
pub type Map<K, V> = std::collections::HashMap<K, V, FixedState>;
/// The same as a set.
pub type Set<K> = std::collections::HashSet<K, FixedState>;

/// A hash of 64 bits, the same in each run.
pub fn hash_of(value: impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}
