//! Logs that several tests diagnose, and what is read of a file of outputs.

use std::collections::BTreeMap;

use super::repository;

/// Two causes, the first of class net-forbidden.
pub const FORBIDDEN: &str = "tests/cases/12-bake-two-targets/log.txt";
/// A good build.
pub const GOOD: &str = "tests/cases/10-good-classic/log.txt";
/// A log that ends while a step runs.
pub const BROKEN_OFF: &str = "tests/cases/13-ends-in-the-middle-buildkit/log.txt";
/// A cause that says `retry: helps`.
pub const LOST: &str = "fatal: the remote end hung up unexpectedly\nerror: RPC failed; curl 56 GnuTLS recv error (-54): Error in the pull function.\n";

/// A file of the repository.
pub fn case(path: &str) -> Vec<u8> {
    std::fs::read(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The lines of a file of outputs.
pub fn pairs(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .map(|line| line.split_once('=').unwrap_or_else(|| panic!("{line:?}")))
        .map(|(k, v)| (k.into(), v.into()))
        .collect()
}
