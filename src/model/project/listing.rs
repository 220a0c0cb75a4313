//! The names in a build context.

use std::collections::{BTreeMap, BTreeSet};

use super::split;
use crate::pieces::Pieces;

/// Folders that are not looked into: what they hold says nothing about a build.
pub const OPAQUE: &[&str] = &[".git", ".hg", ".svn", "node_modules"];

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link; nobody looked where it leads.
    Link,
    /// A socket, pipe or device.
    Other,
}

/// The start of a file that looks like a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// Its first line, with a CR at the end where there is one.
    pub first_line: String,
    /// The number of the first line that ends with CR LF.
    pub crlf_line: Option<u64>,
}

/// A name in the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// May its owner execute it? `None` where that is not known, as on Windows.
    pub executable: Option<bool>,
    /// For what looks like a script.
    pub script: Option<Script>,
}

impl Entry {
    /// A name of which no more than its kind is known.
    pub fn of(kind: EntryKind) -> Self {
        Entry { kind, executable: None, script: None }
    }
}

/// Is something there?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    Yes,
    /// The folder was listed, and it is not in it; or there is no such folder.
    No,
    /// The folder was not listed.
    Unknown,
}

/// The names in the context, as many as were read.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// By path.
    pub entries: BTreeMap<String, Entry>,
    /// The folders all of whose names are in `entries`; the root is the empty text.
    pub listed: BTreeSet<String>,
}

impl Listing {
    /// The entry of this path.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Is there something of this path?
    pub fn presence(&self, path: &str) -> Presence {
        if path.is_empty() || self.entries.contains_key(path) {
            return Presence::Yes;
        }
        let (mut folder, _) = split(path);
        loop {
            if self.listed.contains(folder) {
                return Presence::No;
            }
            match self.entries.get(folder).map(|entry| entry.kind) {
                // It ends here: nothing can be below a file.
                Some(EntryKind::File) => return Presence::No,
                Some(_) => return Presence::Unknown,
                None if folder.is_empty() => return Presence::Unknown,
                None => folder = split(folder).0,
            }
        }
    }

    /// Was every folder listed, apart from those that are never looked into?
    pub fn is_whole(&self) -> bool {
        let opaque = |path: &str| OPAQUE.contains(&split(path).1);
        let folders = self.entries.iter().filter(|(_, entry)| entry.kind == EntryKind::Folder);
        self.listed.contains("") && folders.into_iter().all(|(path, _)| self.listed.contains(path) || opaque(path))
    }

    /// The names in a folder, without the folder in front.
    pub fn names_in<'l>(&'l self, folder: &'l str) -> impl Iterator<Item = (&'l str, &'l Entry)> {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let length = start.len();
        self.entries
            .range(start.clone()..)
            .take_while(move |(path, _)| path.starts_with(&start))
            .filter(move |(path, _)| !path.tail(length).contains('/'))
            .map(move |(path, entry)| (path.tail(length), entry))
    }

    /// The paths whose last part is `name`, the shortest first.
    pub fn named(&self, name: &str) -> Vec<&str> {
        let mut found: Vec<&str> =
            self.entries.keys().map(String::as_str).filter(|path| split(path).1 == name).collect();
        found.sort_by_key(|path| (path.matches('/').count(), *path));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_listed_is_known_to_be_missing() {
        let mut listing = Listing::default();
        for (path, kind) in
            [("src", EntryKind::Folder), ("src/a", EntryKind::File), ("node_modules", EntryKind::Folder)]
        {
            listing.entries.insert(path.into(), Entry::of(kind));
        }
        listing.listed = ["", "src"].into_iter().map(String::from).collect();
        assert_eq!(listing.presence("src/a"), Presence::Yes);
        assert_eq!(listing.presence("src/b"), Presence::No);
        assert_eq!(listing.presence("nothing/here"), Presence::No);
        assert_eq!(listing.presence("src/a/b"), Presence::No);
        assert_eq!(listing.presence("node_modules/x"), Presence::Unknown);
        assert_eq!(listing.names_in("").map(|(name, _)| name).collect::<Vec<_>>(), ["node_modules", "src"]);
        assert_eq!(listing.names_in("src").map(|(name, _)| name).collect::<Vec<_>>(), ["a"]);
        assert_eq!(Listing::default().presence("a"), Presence::Unknown);
    }
}
