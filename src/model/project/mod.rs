//! What the reader's own files say about a build: plain data and its parsing. Reading the files is the work of `input`.

mod dockerfile;
mod ignore;
mod listing;
mod manifest;
mod pattern;

pub(crate) use dockerfile::expanded;
pub use dockerfile::{Dockerfile, Instruction, Stage};
pub use ignore::{IgnoreFile, IgnoreRule};
pub use listing::{Entry, EntryKind, Listing, OPAQUE, Presence, Script};
pub use manifest::{Entry as ManifestEntry, GoMod, GoWork, PackageJson, Replace};
pub use pattern::{PathPattern, is_pattern};

/// A line of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileLine {
    /// Line number from 1.
    pub line: u64,
    /// The line as it is, without its line end.
    pub text: String,
}

/// What is known of the folder that a build was given (its context) and of the files that steer the build.
///
/// Every path is relative to the context, with `/` between its parts and without `./` in front.
#[derive(Debug, Clone, Default)]
pub struct ProjectFacts {
    /// The context as the reader names it: `.`, `api`, `/home/me/app`.
    pub context: String,
    /// The Dockerfile, where there is one.
    pub dockerfile: Option<Dockerfile>,
    /// The ignore file that counts for this Dockerfile.
    pub ignore: Option<IgnoreFile>,
    /// What lies in the context.
    pub files: Listing,
    /// Names above and beside the context (`../shared`), as far as the reader's own folder reaches.
    pub around: Vec<String>,
    /// The go.mod files, the one nearest to the context's root first.
    pub go_mods: Vec<GoMod>,
    /// The go.work at the root of the context.
    pub go_work: Option<GoWork>,
    /// The package.json files, the one nearest to the context's root first.
    pub packages: Vec<PackageJson>,
}

impl ProjectFacts {
    /// A path of the context as the reader can open it, and would write it: after a context `services\api`, with `\`.
    pub fn shown(&self, path: &str) -> String {
        let nearby = !self.context.starts_with(SEPARATORS) && !self.context.contains([':']);
        let folder = without_dot(self.context.trim_end_matches(SEPARATORS));
        if !nearby || folder.is_empty() || folder == "." || folder.split(SEPARATORS).any(|part| part == "..") {
            return path.to_owned();
        }
        if self.context.contains('\\') && !self.context.contains('/') {
            return format!("{folder}\\{}", path.replace('/', "\\"));
        }
        format!("{folder}/{path}")
    }

    /// The rule that takes `path` out of the context.
    pub fn excluded(&self, path: &str) -> Option<&IgnoreRule> {
        self.ignore.as_ref().and_then(|file| file.excludes(path))
    }
}

/// A path without `.`, `..` and doubled slashes, as far as that can be told from its words alone. A leading `/` stays, and so does a
/// `..` that leads out of a relative path.
pub fn cleaned(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    if rooted { format!("/{path}") } else { path }
}

/// What stands between the parts of a path that a reader or a tool wrote.
const SEPARATORS: [char; 2] = ['/', '\\'];

/// A reader's path without `./` in front.
pub fn without_dot(mut path: &str) -> &str {
    while let Some(rest) = path.strip_prefix("./").or_else(|| path.strip_prefix(".\\")) {
        path = rest;
    }
    path
}

/// The last part of a path that a reader or a tool wrote.
pub fn file_name(path: &str) -> &str {
    path.rsplit(SEPARATORS).next().unwrap_or(path)
}

/// The folder and the last part of a path; the folder of `a` is the empty text.
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// `folder/name`, where the folder may be the empty text.
pub fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => cleaned(name),
        _ => cleaned(&format!("{folder}/{name}")),
    }
}

/// Is `path` the folder itself or something in it? Everything is in the empty text, the context's root.
pub fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty() || path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_by_their_words() {
        for (path, expected) in [
            ("./a//b/../c/", "a/c"),
            ("../shared", "../shared"),
            ("a/../../b", "../b"),
            ("/a/../../b", "/b"),
            (".", ""),
            ("/", "/"),
        ] {
            assert_eq!(cleaned(path), expected, "{path}");
        }
        assert_eq!(join("api", "../shared"), "shared");
        assert_eq!(join("", "../shared"), "../shared");
        assert!(is_within("a/b", "a") && is_within("a", "a") && is_within("a", "") && !is_within("ab", "a"));
    }

    #[test]
    fn files_are_named_as_the_reader_can_open_them() {
        let shown = |context: &str| ProjectFacts { context: context.into(), ..Default::default() }.shown("go.mod");
        assert_eq!(shown("."), "go.mod");
        assert_eq!(shown("./api/"), "api/go.mod");
        assert_eq!(shown(".\\services\\api\\"), "services\\api\\go.mod");
        assert_eq!(shown("C:\\app"), "go.mod");
        assert_eq!(shown("../other"), "go.mod");
        assert_eq!(shown("/home/me/app"), "go.mod");
    }
}
