//! How much a line looks like the reason of a failure, when no signature knows it.

use once_cell::sync::Lazy;
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

/// What speaks for a line, with its points. The first alternative that fits counts.
static HEADS: Lazy<Vec<(i64, Regex)>> = Lazy::new(|| {
    [
        (430, r"^(?:[\w./+-]+: )?(?:fatal(?: error)?|FATAL|panic|Panic)\b[: ]"),
        (420, r"^[^\s:]+:\d+(?::\d+)?: (?:fatal )?error\b"),
        (410, r"(?i)^\W{0,4}(?:[\w./+-]+: ){0,2}(?:[a-z]*error|err!?)\b(?:\[\w+\])?[ \t]*[:!\]-]"),
        (400, r"^E: |^ERROR|^Error\b|^\[ERROR\]|^error\b"),
        (390, r"^(?:Exception|Traceback|Caused by)\b|^[\w.$]+(?:Exception|Error)(?::|$)"),
        (360, r"^[\w./+-]+: (?:\d+: )?.*(?:not found|denied|[Nn]o such|[Cc]annot|[Cc]ould not|[Ff]ailed|[Ii]nvalid|[Uu]nable)"),
        (340, r"^(?:--- FAIL|FAIL\b|FAILED\b|✗|×|✖)"),
        (300, r"(?i)\b(?:failed|failure|cannot|can't|could not|unable to|denied|refused|timed out|not found|no such|missing|must be|mismatch|rejected|aborted|killed|invalid|undefined|required|unknown|unexpected|conflict|unresolved|blocked|violations?|violates|forbidden|not allowed|disallowed)\b"),
        (220, r"(?i)error"),
    ]
    .iter()
    .filter_map(|(points, pattern)| Some((*points, RegexBuilder::new(pattern).unicode(false).build().ok()?)))
    .collect()
});

/// Words with which a script of one's own says no, without any of the usual ones.
static OBJECTIONS: Lazy<Option<Regex>> = Lazy::new(|| {
    let words = r"(?i)\b(?:not|no|without|must|should|cannot|only|too|expected|stale|outdated|differs?|lacks?|never|wrong|bad|exceeds?)\b";
    RegexBuilder::new(words).unicode(false).build().ok()
});

/// What speaks for one of the last lines of a step that holds none of the usual words.
pub fn objection(text: &[u8]) -> i64 {
    if OBJECTIONS.as_ref().is_some_and(|words| words.is_match(text)) { 80 } else { 0 }
}

/// What speaks against a line: warnings, counts of nothing, names and options that only hold such words, progress.
static HARMLESS: Lazy<Option<RegexSet>> = Lazy::new(|| {
    RegexSetBuilder::new([
        r"(?i)^\W{0,4}(?:npm )?(?:warn|warning|info|debug|note|notice|trace)\b",
        r"(?i)\b(?:0|no) (?:errors?|failures?|failed|vulnerabilities)\b",
        r"(?i)-W(?:no-)?error|error_reporting|errors?=0|failed=0|--[\w-]*(?:error|fail)",
        r"(?i)(?:lib|this|anyhow-|any)errors?[-_ ]|errors?[-_.]?(?:\d|v\d|perl|js\b|handler|page|log|chain|stack|prone)|[-_/.](?:error|fail|timeout|denied|abort)[\w-]*",
        r"(?i)^(?:get|hit|ign|fetched|selecting|preparing|unpacking|setting up|processing|collecting|downloading|installing|compiling|checking|go: downloading)\b",
        r"(?i)^\s*(?:ok|pass(?:ed)?|✓|✔|---? PASS|=== RUN|=== CONT|=== PAUSE|test .* \.\.\. ok)\b",
        r"(?i)will (?:be )?(?:retr|ignor)|retrying|trying again|deprecated|DeprecationWarning|continuing|skipped",
        r"^\s*at .+[(:]|^\s+File .+, line \d+|^\s*\d+ \||^\s*\|",
        r"(?i)debconf: |invoke-rc\.d|policy-rc\.d|update-alternatives|symbolic link '/etc/resolv\.conf'",
        r"(?i)exit (?:code|status):? \d+|exited with|returned a non-zero|did not complete success|failed with exit code|Command failed|make(?:\[\d+\])?: \*\*\*|npm err!? ?(?:code|errno|A complete log|command)|A complete log of this run",
        r"^\+{1,3} ",
    ])
    .unicode(false)
    .build()
    .ok()
});

/// From 0 (nothing) to some 500.
pub fn score(text: &[u8]) -> i64 {
    if text.len() < 4 {
        return 0;
    }
    let Some(points) = HEADS.iter().find(|(_, head)| head.is_match(text)).map(|(points, _)| *points) else { return 0 };
    let against = HARMLESS.as_ref().map_or(0, |set| set.matches(text).iter().count() as i64);
    let long = if text.len() > 400 { 60 } else { 0 };
    (points - 230 * against - long).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_before_echoes_before_noise() {
        let of = |text: &str| score(text.as_bytes());
        assert!(of("error: licence header missing in main.go") > of("make: *** [Makefile:3: all] Error 1"));
        assert!(of("policy check failed: 2 images without owner") > 0);
        assert_eq!(of("Get:5 https://example.org bookworm/main liberror-perl"), 0);
        assert_eq!(of("   Compiling thiserror v1.0.50"), 0);
        assert_eq!(of("0 errors, 0 warnings"), 0);
        assert_eq!(of("hello world"), 0);
        assert!(of("warning: unused variable, could not be checked") < of("could not be checked"));
    }
}
