//! `.dockerignore`.

use super::pattern::PathPattern;
use super::{FileLine, cleaned};

/// With more rules than this nothing is said of what an ignore file excludes.
const MOST: usize = 2_000;

/// A line of an ignore file.
#[derive(Debug, Clone)]
pub struct IgnoreRule {
    /// The line as it stands in the file.
    pub at: FileLine,
    /// Does it let things in again (`!`)?
    pub negated: bool,
    pattern: PathPattern,
}

/// An ignore file: `.dockerignore`, or the one beside a Dockerfile that counts for it alone.
///
/// Its rules are those of Docker, not of git: a pattern without a slash means the root of the context only, the last rule that matches
/// wins, and a rule that matches a folder matches all in it. (`github.com/moby/patternmatcher`, also its `ignorefile`.)
#[derive(Debug, Clone, Default)]
pub struct IgnoreFile {
    /// Its name, as the reader can open it.
    pub file: String,
    /// The rules in their order.
    pub rules: Vec<IgnoreRule>,
}

impl IgnoreFile {
    /// Reads the text of an ignore file.
    pub fn parse(file: impl Into<String>, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut rules = Vec::new();
        for (at, raw) in text.lines().enumerate() {
            if raw.starts_with('#') {
                continue;
            }
            // Two passes, as Docker does it: the file's reader takes the slash in front away, and only then is `!` looked for
            // where there was none.
            let line = raw.trim();
            let (negated, line) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line),
            };
            let pattern = cleaned(line);
            let pattern = pattern.strip_prefix('/').unwrap_or(&pattern);
            let pattern = cleaned(if negated { pattern.trim_end() } else { pattern.trim() });
            let (negated, pattern) = match pattern.strip_prefix('!').filter(|_| !negated) {
                Some(rest) => (true, rest),
                None => (negated, pattern.as_str()),
            };
            if pattern.is_empty() {
                continue;
            }
            let at = FileLine { line: at as u64 + 1, text: raw.to_owned() };
            rules.push(IgnoreRule { at, negated, pattern: PathPattern::new(pattern) });
        }
        if rules.len() > MOST {
            rules.clear();
        }
        IgnoreFile { file: file.into(), rules }
    }

    /// The rule that takes `path` out of the context; `None` where it stays in.
    pub fn excludes(&self, path: &str) -> Option<&IgnoreRule> {
        let mut verdict: Option<&IgnoreRule> = None;
        for rule in &self.rules {
            if rule.negated == verdict.is_some() && rule.pattern.matches_path_or_parent(path) {
                verdict = (!rule.negated).then_some(rule);
            }
        }
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rule_that_matches_wins() {
        let excluded =
            |rules: &str, path: &str| IgnoreFile::parse(".dockerignore", rules).excludes(path).map(|r| r.at.line);
        assert_eq!(excluded("# a remark\n*.md\n\n!README.md\nREADME*", "README.md"), Some(5));
        assert_eq!(excluded("*.md\n!README.md", "README.md"), None);
        assert_eq!(excluded("*.md", "docs/a.md"), None, "without ** only the root is meant");
        assert_eq!(excluded("**/*.md", "docs/a.md"), Some(1));
        assert_eq!(excluded("docs", "docs/a/b.md"), Some(1), "a folder takes all in it along");
        assert_eq!(excluded("/docs/", "docs/a"), Some(1), "slashes around do not matter");
        assert_eq!(excluded("./docs//x/..", "docs/a"), Some(1));
        assert_eq!(excluded("/ docs", "docs/a"), Some(1));
        assert_eq!(excluded("/*\n!* /", "docs"), None);
        assert_eq!(excluded("*\n/!docs", "docs/a"), None);
        assert_eq!(excluded("*\n!src", "src/main.go"), None);
        assert_eq!(excluded("*\n!src", "go.sum"), Some(1));
        assert_eq!(excluded("*\n!src/*.go", "src/main.go"), None);
        assert_eq!(excluded("a\n! a/b", "a/b/c"), None);
        assert_eq!(excluded("\u{feff}go.sum\r\n", "go.sum"), Some(1));
        assert_eq!(excluded(" #x\n.\n", "a"), None);
        assert_eq!(excluded("!\n", "a"), None);
        assert_eq!(excluded(&"a*\n".repeat(MOST + 1), "a"), None, "too many rules to judge");
    }
}
