//! Path patterns as Docker's ignore files and COPY sources have them.

use std::cell::OnceCell;

use regex::Regex;

use crate::pieces::Pieces;

/// Longer ones are not compiled: they match nothing.
const LONGEST: usize = 4_096;

/// A pattern over paths with `/` between their parts.
///
/// The rules are those of `github.com/moby/patternmatcher` on a system whose separator is `/`: `*` and `?` stay within one part,
/// `**` crosses parts, also none, and `[…]` is a set. A pattern without any of these is compared as it is. A pattern that is malformed
/// matches nothing.
#[derive(Debug, Clone)]
pub struct PathPattern {
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Exact(String),
    Prefix(String),
    Suffix(String),
    /// Compiled when it is first needed: most patterns of an ignore file never are.
    Regex(String, OnceCell<Option<Box<Regex>>>),
    Never,
}

impl PathPattern {
    /// Reads a cleaned pattern.
    pub fn new(pattern: &str) -> Self {
        if pattern.len() > LONGEST {
            return PathPattern { kind: Kind::Never };
        }
        #[derive(PartialEq)]
        enum Type {
            Exact,
            Prefix,
            Suffix,
            Regex,
        }
        let mut text = String::from("^");
        let mut found = Type::Exact;
        let mut chars = pattern.chars().peekable();
        let mut first = true;
        while let Some(c) = chars.next() {
            match c {
                '*' if chars.peek() == Some(&'*') => {
                    chars.next();
                    // `**/` also stands for no folder at all.
                    if chars.peek() == Some(&'/') {
                        chars.next();
                    }
                    if chars.peek().is_none() && found == Type::Exact {
                        found = Type::Prefix;
                    } else if chars.peek().is_none() {
                        text.push_str(".*");
                        found = Type::Regex;
                    } else {
                        text.push_str("(?:.*/)?");
                        found = Type::Regex;
                    }
                    if first {
                        found = Type::Suffix;
                    }
                }
                '*' => {
                    text.push_str("[^/]*");
                    found = Type::Regex;
                }
                '?' => {
                    text.push_str("[^/]");
                    found = Type::Regex;
                }
                '\\' => match chars.next() {
                    // Docker hands such a pair to its own regular expressions, where it means something else.
                    Some(next) if next.is_ascii_alphanumeric() => return PathPattern { kind: Kind::Never },
                    Some(next) => {
                        text.push_str(&regex::escape(next.encode_utf8(&mut [0; 4])));
                        found = Type::Regex;
                    }
                    None => text.push_str(r"\\"),
                },
                '[' | ']' => {
                    text.push(c);
                    found = Type::Regex;
                }
                // Inside a set these two have their meaning, outside none.
                '^' | '-' => text.push(c),
                c => text.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            }
            first = false;
        }
        let kind = match found {
            Type::Exact => Kind::Exact(pattern.to_owned()),
            Type::Prefix => Kind::Prefix(pattern.head(pattern.len() - 2).to_owned()),
            Type::Suffix => Kind::Suffix(pattern.tail(2).to_owned()),
            Type::Regex => {
                text.push('$');
                Kind::Regex(text, OnceCell::new())
            }
        };
        PathPattern { kind }
    }

    /// Does the pattern name this very path?
    pub fn matches(&self, path: &str) -> bool {
        match &self.kind {
            Kind::Exact(text) => path == text,
            Kind::Prefix(text) => path.starts_with(text.as_str()),
            Kind::Suffix(text) => {
                path.ends_with(text.as_str()) || text.strip_prefix('/').is_some_and(|rest| path == rest)
            }
            Kind::Regex(text, compiled) => {
                let build = || regex::RegexBuilder::new(text).size_limit(1 << 20).build().ok().map(Box::new);
                compiled.get_or_init(build).as_ref().is_some_and(|regex| regex.is_match(path))
            }
            Kind::Never => false,
        }
    }

    /// Does it name the path or one of the folders that it lies in?
    pub fn matches_path_or_parent(&self, path: &str) -> bool {
        self.matches(path) || path.match_indices('/').any(|(at, _)| self.matches(path.head(at)))
    }
}

/// Has the path a sign that makes it a pattern?
pub fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_docker_does() {
        // Cases of moby/patternmatcher's own rules: what a pattern matches and what it does not.
        for (pattern, path, expected) in [
            ("**", "file", true),
            ("**", "dir/file", true),
            ("**/**", "dir/file", true),
            ("dir/**", "dir/file", true),
            ("dir/**", "dir", false),
            ("dir/**", "dir/dir2/file", true),
            ("**/dir", "dir", true),
            ("**/dir", "a/dir", true),
            ("**/dir", "adir", false),
            ("**/dir2/*", "dir/dir2/file", true),
            ("**/dir2/*", "dir/dir2/dir3/file", false),
            ("**file", "file", true),
            ("**file", "dir/file", true),
            ("**/file", "dir/file", true),
            ("**/*.txt", "dir/file.txt", true),
            ("**/**/*.txt", "dir/dir/file.txt", true),
            ("a**/*.txt", "a/file.txt", true),
            ("a**/*.txt", "a/dir/file.txt", true),
            ("**?", "a", true),
            ("**?", "ab", false),
            ("**[ab]", "x/a", true),
            ("**[ab]", "xa", false),
            ("a/*.txt", "a/file.txt", true),
            ("a/*.txt", "a/dir/file.txt", false),
            ("a[b-d]e", "ace", true),
            ("a[b-d]e", "aze", false),
            ("a[^b-d]e", "aze", true),
            ("abc.def", "abcZdef", false),
            ("abc?def", "abcZdef", true),
            ("abc*def", "abc/def", false),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("a(b", "a(b", true),
            ("a$b*", "a$bc", true),
            ("**/foo/bar", "foo/bar", true),
            ("**/foo/bar", "a/foo/bar", true),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b", true),
            (".*", ".foo", true),
            (".*", "foo", false),
            ("[", "[", false),
            ("*", "a/b", false),
        ] {
            assert_eq!(PathPattern::new(pattern).matches(path), expected, "{pattern} on {path}");
        }
        assert!(PathPattern::new("*").matches_path_or_parent("a/b/c"));
        assert!(PathPattern::new("a/*").matches_path_or_parent("a/b/c"));
        assert!(!PathPattern::new("b").matches_path_or_parent("a/b"));
    }
}
