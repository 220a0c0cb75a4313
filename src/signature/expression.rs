//! The regular expressions of patterns.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;

/// Regexes that are compiled together may take this much memory, in bytes.
pub const REGEX_SIZE_LIMIT: usize = 1 << 20;
/// Memory for the states that a regex comes to have, in bytes; beyond, it begins anew.
const STATES_LIMIT: usize = 1 << 20;

/// One pattern of a signature may take this much, in bytes, so that a stranger's can't take the machine. It bounds time, too: at worst
/// each byte of a line is looked at once for every state of the pattern.
#[cfg_attr(not(feature = "signatures"), allow(dead_code, reason = "without them no pattern is a stranger's"))]
pub const PATTERN_SIZE_LIMIT: usize = 128 << 10;

/// Compiles a pattern exactly as the matcher does.
///
/// # Errors
/// What the `regex` crate says; patterns are size-limited.
pub fn compile(pattern: &str) -> Result<regex::bytes::Regex, regex::Error> {
    compile_within(pattern, REGEX_SIZE_LIMIT)
}

/// The same with another limit of its size.
///
/// # Errors
/// Those of [`compile`].
pub fn compile_within(pattern: &str, size: usize) -> Result<regex::bytes::Regex, regex::Error> {
    regex::bytes::RegexBuilder::new(pattern).unicode(false).size_limit(size).dfa_size_limit(STATES_LIMIT).build()
}

/// What a pattern means to the matcher, if it is one.
pub fn parsed(pattern: &str) -> Option<Hir> {
    ParserBuilder::new().utf8(false).unicode(false).build().parse(pattern).ok()
}
