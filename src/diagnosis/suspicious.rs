//! How much a line looks like the reason of a failure, when no signature knows it.

use once_cell::sync::{Lazy, OnceCell};

use crate::matcher::{Shape, Shapes};

/// What speaks for a line, with its points, the most first. The first alternative that fits counts.
const HEADS: [(i64, &str); 9] = [
    (430, r"^(?:[\w./+-]+: )?(?:fatal(?: error)?|FATAL|panic|Panic)\b[: ]"),
    (420, r"^[^\s:]+:\d+(?::\d+)?: (?:fatal )?error\b"),
    (410, r"(?i)^\W{0,4}(?:[\w./+-]+: ){0,2}(?:[a-z]*error|err!?)\b(?:\[\w+\])?[ \t]*[:!\]-]"),
    (400, r"^E: |^ERROR|^Error\b|^\[ERROR\]|^error\b"),
    (390, r"^(?:Exception|Traceback|Caused by)\b|^[\w.$]+(?:Exception|Error)(?::|$)"),
    (
        360,
        r"^[\w./+-]+: (?:\d+: )?.*(?:not found|denied|[Nn]o such|[Cc]annot|[Cc]ould not|[Ff]ailed|[Ii]nvalid|[Uu]nable)",
    ),
    (340, r"^(?:--- FAIL|FAIL\b|FAILED\b|✗|×|✖)"),
    (
        300,
        r"(?i)\b(?:failed|failure|cannot|can't|could not|unable to|denied|refused|timed out|not found|no such|missing|must be|mismatch|rejected|aborted|killed|invalid|undefined|required|unknown|unexpected|conflict|unresolved|blocked|violations?|violates|forbidden|not allowed|disallowed)\b",
    ),
    (220, r"(?i)error"),
];
static HEAD_SHAPES: [OnceCell<Shape>; HEADS.len()] = [const { OnceCell::new() }; HEADS.len()];
/// The first so many heads in one: where much is more suspicious already, most lines have none.
static FIRST_HEADS: [OnceCell<Shapes>; HEADS.len()] = [const { OnceCell::new() }; HEADS.len()];

/// The points of a line's head, if they are among the first `count`.
fn head(text: &[u8], count: usize) -> Option<i64> {
    // Nearly every line with a word of alarm has one of all.
    if let Some(first) = FIRST_HEADS.get(count) {
        let made = || Shapes::new(&HEADS[..count].iter().map(|(_, head)| *head).collect::<Vec<_>>());
        if count == 0 || !first.get_or_init(made).any_fits(text) {
            return None;
        }
    }
    let mut heads = HEADS.iter().zip(&HEAD_SHAPES).take(count);
    let found = heads.find(|((_, head), shape)| shape.get_or_init(|| Shape::new(head)).fits(text));
    found.map(|((points, _), _)| *points)
}

/// Words with which a script of one's own says no, without any of the usual ones.
static OBJECTIONS: Lazy<Shape> = Lazy::new(|| {
    Shape::new(
        r"(?i)\b(?:not|no|without|must|should|cannot|only|too|expected|stale|outdated|differs?|lacks?|never|wrong|bad|exceeds?)\b",
    )
});

/// What speaks for one of the last lines of a step that holds none of the usual words.
pub fn objection(text: &[u8]) -> i64 {
    if OBJECTIONS.fits(text) { 80 } else { 0 }
}

/// What speaks against a line: warnings, counts of nothing, names and options that only hold such words, progress.
static HARMLESS: Lazy<Shapes> = Lazy::new(|| {
    Shapes::new(&[
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
});

/// Points off for each sort of harmlessness.
const HARMLESSNESS: i64 = 230;

/// From 0 (nothing) to some 500, where it is more than `floor`, which is at least 0: what can't reach that is not looked at closely.
pub fn score_above(text: &[u8], floor: i64) -> Option<i64> {
    let long = if text.len() > 400 { 60 } else { 0 };
    if text.len() < 4 {
        return None;
    }
    let count = HEADS.iter().take_while(|(points, _)| points - long > floor).count();
    let points = head(text, count)? - long;
    if points - HARMLESSNESS <= floor {
        return (!HARMLESS.any_fits(text)).then_some(points);
    }
    Some(points - HARMLESSNESS * HARMLESS.count(text) as i64).filter(|points| *points > floor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_before_echoes_before_noise() {
        let of = |text: &str| score_above(text.as_bytes(), 0).unwrap_or(0);
        assert!(of("error: licence header missing in main.go") > of("make: *** [Makefile:3: all] Error 1"));
        assert!(of("policy check failed: 2 images without owner") > 0);
        assert_eq!(of("Get:5 https://example.org bookworm/main liberror-perl"), 0);
        assert_eq!(of("   Compiling thiserror v1.0.50"), 0);
        assert_eq!(of("0 errors, 0 warnings"), 0);
        assert_eq!(of("hello world"), 0);
        assert!(of("warning: unused variable, could not be checked") < of("could not be checked"));
    }

    #[test]
    fn a_floor_only_leaves_out_what_is_below_it() {
        let long = format!("{} failed", "x ".repeat(250));
        for text in
            ["error: x", "npm warn x failed", "could not be checked: 0 errors", "a.go:1:2: error", "x error", &long]
        {
            let points = score_above(text.as_bytes(), 0);
            for floor in 0..450 {
                assert_eq!(
                    score_above(text.as_bytes(), floor),
                    points.filter(|points| *points > floor),
                    "{text} {floor}"
                );
            }
        }
    }
}
