//! The regular expressions of patterns.

/// A compiled regex may take this much memory, so that a stranger's signature can't take the machine.
pub const REGEX_SIZE_LIMIT: usize = 1 << 20;

/// Compiles a pattern exactly as the matcher does.
///
/// # Errors
/// What the `regex` crate says; patterns are size-limited.
pub fn compile(pattern: &str) -> Result<regex::bytes::Regex, regex::Error> {
    regex::bytes::RegexBuilder::new(pattern).unicode(false).size_limit(REGEX_SIZE_LIMIT).build()
}
