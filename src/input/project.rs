//! Reads a reader's own project: never writes, never leaves the folder, never waits.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[cfg(unix)]
use unix::{device, executable, open};
#[cfg(windows)]
use windows::{device, executable, open};

use crate::model::project::{
    Dockerfile, Entry, EntryKind, GoMod, GoWork, IgnoreFile, Listing, OPAQUE, PackageJson, ProjectFacts, Script, join,
    split, without_dot,
};
use crate::pieces::Pieces;

/// Most of a file that is read, in bytes.
const FILE: u64 = 1 << 20;
/// Most names that are listed.
const NAMES: usize = 20_000;
/// Folders deeper than this are not listed.
const DEPTH: usize = 8;
/// The listing stops after this time; what was not listed is unknown then, not missing.
const LISTING: Duration = Duration::from_millis(60);
/// Scripts whose start is looked at.
const SCRIPTS: usize = 200;
/// How much of a script is looked at, in bytes.
const SCRIPT: u64 = 16 * 1024;
/// The start of scripts is no longer looked at after this time.
const ALL: Duration = Duration::from_millis(80);
/// Manifests of one kind that are read.
const MANIFESTS: usize = 16;
/// Names above and beside the context that are noted.
const AROUND: usize = 1_000;

/// Where a project lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectLocation {
    /// The folder that the build was given, its context.
    pub context: PathBuf,
    /// The Dockerfile, where the build named one. It may lie outside the context. Without it, it is the context's own.
    pub dockerfile: Option<PathBuf>,
    /// The folder in which the reader works, where the context lies below it: names on the way down to the context are noted too.
    pub root: Option<PathBuf>,
}

impl ProjectLocation {
    /// A project whose context is this folder.
    pub fn new(context: impl Into<PathBuf>) -> Self {
        ProjectLocation { context: context.into(), ..Default::default() }
    }
}

/// Reads what the project's files say. What is not there, can't be read, is no file or leads out of the folder is left out.
pub fn read_project(location: &ProjectLocation) -> ProjectFacts {
    let start = Instant::now();
    let mut facts = ProjectFacts { context: location.context.to_string_lossy().into_owned(), ..Default::default() };
    let Some(context) = fs::canonicalize(&location.context).ok().filter(|path| path.is_dir()) else { return facts };
    let folder = Folder { root: context };
    (facts.dockerfile, facts.ignore) = match &location.dockerfile {
        Some(path) => folder.named_dockerfile(path),
        None => folder.own_dockerfile(&facts),
    };
    if facts.ignore.is_none() {
        let name = ".dockerignore";
        facts.ignore = folder.read(name).map(|text| IgnoreFile::parse(facts.shown(name), &text));
    }
    facts.files = folder.listing(start, NAMES);
    let manifests = |name: &str| -> Vec<String> {
        let found = facts.files.named(name).into_iter().map(str::to_owned);
        found.filter(|path| !path.split('/').any(|part| part == "vendor")).take(MANIFESTS).collect()
    };
    let read = |path: &String| folder.read(path).map(|text| (path.clone(), text));
    facts.go_mods = manifests("go.mod").iter().filter_map(read).map(|(path, text)| GoMod::parse(path, &text)).collect();
    facts.packages = manifests("package.json")
        .iter()
        .filter_map(read)
        .filter_map(|(p, text)| PackageJson::parse(p, &text))
        .collect();
    facts.go_work = folder.read("go.work").map(|text| GoWork::parse("go.work", &text));
    folder.scripts(&mut facts.files, start);
    facts.around = around(&folder.root, location.root.as_deref());
    facts
}

/// A folder that nothing here reads outside of.
struct Folder {
    /// Without symbolic links.
    root: PathBuf,
}

impl Folder {
    /// The text of a file in the folder.
    fn read(&self, path: &str) -> Option<String> {
        let real = fs::canonicalize(self.root.join(path)).ok()?;
        if real.starts_with(&self.root) { text(&real, FILE) } else { None }
    }

    /// The Dockerfile that the build named, and its own ignore file.
    fn named_dockerfile(&self, path: &Path) -> (Option<Dockerfile>, Option<IgnoreFile>) {
        let shown = path.to_string_lossy();
        let shown = without_dot(&shown);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let parent = std::path::absolute(path).ok().and_then(|path| fs::canonicalize(path.parent()?).ok());
        let inside = parent.as_deref().and_then(|parent| parent.strip_prefix(&self.root).ok());
        let inside = inside.map(slashed);
        // Inside the context the context's rules hold; elsewhere it is this one file, because the build named it.
        let beside = |ending: &str| match (&inside, &parent) {
            (Some(inside), _) => self.read(&join(inside, &format!("{name}{ending}"))),
            (None, Some(parent)) => {
                fs::canonicalize(parent.join(format!("{name}{ending}"))).ok().and_then(|path| text(&path, FILE))
            }
            (None, None) => None,
        };
        let dockerfile =
            beside("").map(|text| Dockerfile { folder: inside.clone(), ..Dockerfile::parse(shown, &text) });
        let ignore = beside(".dockerignore").map(|text| IgnoreFile::parse(format!("{shown}.dockerignore"), &text));
        (dockerfile, ignore)
    }

    /// The Dockerfile at the root of the context, and its own ignore file.
    fn own_dockerfile(&self, facts: &ProjectFacts) -> (Option<Dockerfile>, Option<IgnoreFile>) {
        let mut found = ["Dockerfile", "Containerfile"].into_iter().filter_map(|name| Some((name, self.read(name)?)));
        let Some((name, text)) = found.next() else { return (None, None) };
        let dockerfile = Dockerfile { folder: Some(String::new()), ..Dockerfile::parse(facts.shown(name), &text) };
        let beside = format!("{name}.dockerignore");
        let ignore = self.read(&beside).map(|text| IgnoreFile::parse(facts.shown(&beside), &text));
        (Some(dockerfile), ignore)
    }

    /// The names in the folder, those near its root first, as many as the bounds allow. Links are not followed.
    fn listing(&self, start: Instant, most: usize) -> Listing {
        let mut listing = Listing::default();
        // What is mounted into the folder (/proc, a share) is no part of the project.
        let here = device(&self.root);
        let mut waiting: VecDeque<(String, usize)> = VecDeque::from([(String::new(), 0)]);
        while let Some((folder, depth)) = waiting.pop_front() {
            if start.elapsed() > LISTING || listing.entries.len() >= most {
                break;
            }
            let Ok(names) = fs::read_dir(self.root.join(&folder)) else { continue };
            let mut whole = true;
            let mut inner = Vec::new();
            for name in names {
                if listing.entries.len() >= most || start.elapsed() > LISTING {
                    whole = false;
                    break;
                }
                let Ok(name) = name else { continue };
                // A name that is no text can't be the one that a log names.
                let (Ok(kind), Ok(name)) = (name.file_type(), name.file_name().into_string()) else { continue };
                let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
                let kind = match kind {
                    kind if kind.is_symlink() => EntryKind::Link,
                    kind if kind.is_dir() => EntryKind::Folder,
                    kind if kind.is_file() => EntryKind::File,
                    _ => EntryKind::Other,
                };
                let into = kind == EntryKind::Folder && depth + 1 < DEPTH && !OPAQUE.contains(&name.as_str());
                if into && device(&self.root.join(&path)) == here {
                    inner.push((path.clone(), depth + 1));
                }
                listing.entries.insert(path, Entry::of(kind));
            }
            // The order in which a file system lists its names means nothing.
            inner.sort();
            waiting.extend(inner);
            if whole {
                listing.listed.insert(folder);
            }
        }
        listing
    }

    /// Looks at the start of what may be a script.
    fn scripts(&self, listing: &mut Listing, start: Instant) {
        let mut found: Vec<String> = listing
            .entries
            .iter()
            .filter(|(path, entry)| entry.kind == EntryKind::File && may_be_script(path))
            .map(|(path, _)| path.clone())
            .collect();
        found.sort_by_key(|path| path.matches('/').count());
        for path in found.into_iter().take(SCRIPTS) {
            if start.elapsed() > ALL {
                break;
            }
            let real = self.root.join(&path);
            let Some(entry) = listing.entries.get_mut(&path) else { continue };
            entry.executable = executable(&real);
            let inside = fs::canonicalize(&real).is_ok_and(|real| real.starts_with(&self.root));
            let Some(head) = inside.then(|| bytes(&real, SCRIPT)).flatten() else { continue };
            entry.script = script(&head);
        }
    }
}

/// The names beside the context and beside the folders above it, up to the root, as seen from the context.
fn around(context: &Path, root: Option<&Path>) -> Vec<String> {
    let Some(root) = root.and_then(|root| fs::canonicalize(root).ok()) else { return Vec::new() };
    let mut names = BTreeSet::new();
    if !context.starts_with(&root) {
        return Vec::new();
    }
    let mut way = String::new();
    for folder in context.ancestors().skip(1).take_while(|folder| folder.starts_with(&root)).take(DEPTH) {
        way.push_str("../");
        for name in fs::read_dir(folder).into_iter().flatten().flatten() {
            if names.len() >= AROUND {
                break;
            }
            if let Ok(name) = name.file_name().into_string() {
                names.insert(format!("{way}{name}"));
            }
        }
    }
    names.into_iter().collect()
}

/// Files without an ending and those with a script's.
fn may_be_script(path: &str) -> bool {
    let (_, name) = split(path);
    match name.rsplit_once('.') {
        None => true,
        Some((_, ending)) => matches!(ending, "sh" | "bash" | "zsh" | "ksh" | "py" | "rb" | "pl" | "js" | "mjs"),
    }
}

/// What the start of a file says; `None` for what is no text.
fn script(head: &[u8]) -> Option<Script> {
    if head.is_empty() || head.contains(&0) {
        return None;
    }
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let lines = head.split_inclusive(|byte| *byte == b'\n');
    let crlf_line = lines.enumerate().find(|(_, line)| line.ends_with(b"\r\n")).map(|(at, _)| at as u64 + 1);
    Some(Script { first_line: String::from_utf8_lossy(first.head(400)).into_owned(), crlf_line })
}

/// A path of the system with `/` between its parts.
fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn text(path: &Path, limit: u64) -> Option<String> {
    bytes(path, limit).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The first bytes of a regular file.
fn bytes(path: &Path, limit: u64) -> Option<Vec<u8>> {
    // A pipe would keep the opener waiting, so what it is comes first; and once more, of what was really opened.
    if !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let file = open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, text).expect("a file");
        }
        folder
    }

    #[test]
    fn a_project_is_read_with_its_manifests_and_names() {
        let project = folder(&[
            ("Dockerfile", "FROM golang:1.22\n"),
            (".dockerignore", "*.sum\n"),
            ("go.mod", "module x\ngo 1.24\n"),
            ("web/package.json", "{\"name\": \"web\"}"),
            ("node_modules/a/package.json", "{}"),
            ("run.sh", "#!/bin/sh\r\ntrue\n"),
        ]);
        let facts = read_project(&ProjectLocation::new(project.path()));
        assert_eq!(facts.dockerfile.map(|file| file.file), Some("Dockerfile".to_owned()));
        assert_eq!(facts.ignore.as_ref().map(|file| file.rules.len()), Some(1));
        assert_eq!(facts.go_mods.len(), 1);
        assert_eq!(facts.packages.iter().map(|p| p.path.as_str()).collect::<Vec<_>>(), ["web/package.json"]);
        assert!(facts.files.get("node_modules").is_some() && facts.files.get("node_modules/a").is_none());
        let script = facts.files.get("run.sh").and_then(|entry| entry.script.clone()).expect("a script");
        assert_eq!((script.first_line.as_str(), script.crlf_line), ("#!/bin/sh\r", Some(1)));
    }

    #[test]
    fn the_ignore_file_of_the_dockerfile_goes_before_the_general_one() {
        let project = folder(&[
            ("docker/prod.Dockerfile", "FROM a\n"),
            ("docker/prod.Dockerfile.dockerignore", "a\nb\n"),
            (".dockerignore", "c\n"),
        ]);
        let mut location = ProjectLocation::new(project.path());
        location.dockerfile = Some(project.path().join("docker/prod.Dockerfile"));
        let facts = read_project(&location);
        assert_eq!(facts.ignore.map(|file| file.rules.len()), Some(2));
        assert_eq!(facts.dockerfile.and_then(|file| file.folder), Some("docker".to_owned()));
    }

    #[test]
    fn a_dockerfile_elsewhere_is_read_when_the_build_named_it() {
        let context = folder(&[("go.mod", "module x\n"), (".dockerignore", "c\n")]);
        let elsewhere = folder(&[("Dockerfile", "FROM a\n"), ("secret", "x")]);
        let mut location = ProjectLocation::new(context.path());
        location.dockerfile = Some(elsewhere.path().join("Dockerfile"));
        let facts = read_project(&location);
        assert_eq!(facts.dockerfile.map(|file| (file.lines.len(), file.folder)), Some((1, None)));
        assert!(facts.files.get("secret").is_none());
        assert_eq!(facts.ignore.map(|file| file.rules.len()), Some(1));
    }

    #[test]
    fn names_around_the_context_need_a_root_above_it() {
        let root = folder(&[("api/Dockerfile", "FROM a\n"), ("shared/go.mod", "module s\n")]);
        let mut location = ProjectLocation::new(root.path().join("api"));
        assert!(read_project(&location).around.is_empty());
        location.root = Some(root.path().to_owned());
        assert_eq!(read_project(&location).around, ["../api", "../shared"]);
        location.root = Some(root.path().join("shared"));
        assert!(read_project(&location).around.is_empty());
    }

    #[test]
    fn odd_folders_do_no_harm() {
        assert!(read_project(&ProjectLocation::new("/no/such/folder")).dockerfile.is_none());
        let project = folder(&[("Dockerfile/inside", "x"), ("go.mod/inside", "x"), ("package.json", "no JSON")]);
        fs::write(project.path().join(".dockerignore"), [0xff, 0xfe, b'\n', b'a', b'\n']).expect("a file");
        let facts = read_project(&ProjectLocation::new(project.path()));
        assert!(facts.dockerfile.is_none() && facts.go_mods.is_empty() && facts.packages.is_empty());
        assert!(facts.excluded("a").is_some());
    }

    #[cfg(unix)]
    #[test]
    fn nothing_leads_out_of_the_folder() {
        let outside = folder(&[("Dockerfile", "FROM outside\n"), ("tree/go.mod", "module outside\n")]);
        let project = folder(&[("real", "FROM inside\n")]);
        let link = |to: &Path, name: &str| std::os::unix::fs::symlink(to, project.path().join(name)).expect("a link");
        link(&outside.path().join("Dockerfile"), "Dockerfile");
        link(&outside.path().join("Dockerfile"), ".dockerignore");
        link(&outside.path().join("Dockerfile"), "run.sh");
        link(&outside.path().join("tree"), "tree");
        link(&outside.path().join("tree/go.mod"), "go.mod");
        link(&outside.path().join("tree/go.mod"), "go.work");
        let facts = read_project(&ProjectLocation::new(project.path()));
        assert!(facts.dockerfile.is_none() && facts.ignore.is_none() && facts.go_work.is_none());
        assert!(facts.go_mods.is_empty() && facts.files.get("tree/go.mod").is_none());
        assert_eq!(
            facts.files.get("run.sh").map(|entry| (entry.kind, entry.script.is_some())),
            Some((EntryKind::Link, false))
        );
        // Also not when the build names the link.
        let mut location = ProjectLocation::new(project.path());
        location.dockerfile = Some(project.path().join("Dockerfile"));
        assert!(read_project(&location).dockerfile.is_none());
        // A link that stays inside is fine.
        fs::remove_file(project.path().join("Dockerfile")).expect("gone");
        link(Path::new("real"), "Dockerfile");
        let inside = read_project(&ProjectLocation::new(project.path())).dockerfile.expect("a Dockerfile");
        assert_eq!(inside.stages[0].image, "inside");
    }

    #[cfg(unix)]
    #[test]
    fn pipes_do_not_hang_and_big_files_are_cut() {
        let project = folder(&[("go.mod", "")]);
        for name in ["Dockerfile", ".dockerignore", "run.sh"] {
            let made = std::process::Command::new("mkfifo").arg(project.path().join(name)).status();
            assert!(made.is_ok_and(|status| status.success()));
        }
        let big = "require example.com/a v1.0.0\n".repeat(200_000) + "go 1.99\n";
        fs::write(project.path().join("go.mod"), big).expect("a file");
        let start = Instant::now();
        let facts = read_project(&ProjectLocation::new(project.path()));
        assert!(start.elapsed() < Duration::from_secs(5));
        assert!(facts.dockerfile.is_none() && facts.go_mods[0].go.is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn other_file_systems_are_not_entered() {
        let facts = read_project(&ProjectLocation::new("/"));
        assert!(facts.files.get("proc").is_some() && !facts.files.listed.contains("proc"));
    }

    #[test]
    fn many_names_are_bounded() {
        let files: Vec<String> = (0..40).map(|at| format!("d{}/f{at}", at / 20)).collect();
        let project = folder(&files.iter().map(|name| (name.as_str(), "")).collect::<Vec<_>>());
        let folder = Folder { root: fs::canonicalize(project.path()).expect("a path") };
        let listing = folder.listing(Instant::now(), 30);
        assert_eq!(listing.entries.len(), 30);
        assert_eq!(
            (listing.listed.contains("d0"), listing.listed.contains("d1"), listing.is_whole()),
            (true, false, false)
        );
        assert_eq!(listing.presence("d1/no"), crate::model::project::Presence::Unknown);
        assert!(folder.listing(Instant::now(), 100).is_whole());
        let late = Instant::now().checked_sub(LISTING * 2).expect("an earlier time");
        assert!(folder.listing(late, 100).entries.is_empty());
    }
}
