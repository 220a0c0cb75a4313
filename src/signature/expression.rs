//! The regular expressions of patterns.

/// A compiled regex may take this much memory, so that a stranger's signature can't take the machine.
pub const REGEX_SIZE_LIMIT: usize = 1 << 20;
/// Memory for the states that a regex comes to have, in bytes; beyond, it begins anew.
const STATES_LIMIT: usize = 256 << 10;

/// Compiles a pattern exactly as the matcher does.
///
/// # Errors
/// What the `regex` crate says; patterns are size-limited.
pub fn compile(pattern: &str) -> Result<regex::bytes::Regex, regex::Error> {
    let mut builder = regex::bytes::RegexBuilder::new(pattern);
    builder.unicode(false).size_limit(REGEX_SIZE_LIMIT).dfa_size_limit(STATES_LIMIT).build()
}
