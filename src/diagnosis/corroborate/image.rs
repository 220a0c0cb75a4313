//! Which files of the context are where in an image, as far as its Dockerfile tells.

use std::collections::BTreeMap;

use crate::model::project::{
    Dockerfile, EntryKind, Instruction, PathPattern, ProjectFacts, cleaned, expanded, is_pattern, is_within, split,
};
use crate::pieces::Pieces;

/// Stands for the working directory that a base image sets, which nobody here knows.
const UNKNOWN: &str = "/\u{1}";

/// A COPY or ADD from the context.
#[derive(Debug, Clone)]
pub struct Copied<'s> {
    pub instruction: &'s Instruction,
    sources: Vec<String>,
    /// Where it copies to; `None` where that can't be told.
    destination: Option<String>,
    into_folder: bool,
}

/// Where a file of the context is in the image.
#[derive(Debug)]
pub enum Placed<'l> {
    /// Copied to this path.
    At(String, &'l Copied<'l>),
    /// Copied by a later instruction of the stage only.
    Later(&'l Copied<'l>),
    /// No instruction of the stage copies it.
    Nowhere,
    /// That can't be told.
    Unknown,
}

/// What an image holds of the context at one instruction.
pub struct Layout<'s> {
    facts: &'s ProjectFacts,
    before: Vec<Copied<'s>>,
    after: Vec<Copied<'s>>,
    /// The directory in which commands run.
    pub workdir: String,
    /// The context is mounted while the command runs.
    mounted: bool,
    /// All before, its own stage and those that it is built on.
    pub instructions: Vec<&'s Instruction>,
}

#[derive(PartialEq)]
enum Cover {
    Yes,
    Maybe,
    No,
}

impl<'s> Layout<'s> {
    /// The image just before an instruction runs.
    pub fn before(facts: &'s ProjectFacts, dockerfile: &'s Dockerfile, at: usize) -> Self {
        let Some(instruction) = dockerfile.instructions.get(at) else { return Layout::empty(facts) };
        let mut layout = Layout::empty(facts);
        let Some(stage) = instruction.stage else { return layout };
        layout.mounted = instruction.flags.iter().any(|(name, value)| {
            let kind = value.split(',').find_map(|part| part.strip_prefix("type="));
            name == "mount" && kind.is_none_or(|kind| kind == "bind")
        });
        layout.walk(dockerfile, stage, at);
        layout
    }

    /// The finished image.
    pub fn finished(facts: &'s ProjectFacts, dockerfile: &'s Dockerfile) -> Self {
        let mut layout = Layout::empty(facts);
        if let Some(stage) = dockerfile.stages.len().checked_sub(1) {
            layout.walk(dockerfile, stage, dockerfile.instructions.len());
        }
        layout
    }

    fn empty(facts: &'s ProjectFacts) -> Self {
        Layout {
            facts,
            before: Vec::new(),
            after: Vec::new(),
            workdir: UNKNOWN.to_owned(),
            mounted: false,
            instructions: Vec::new(),
        }
    }

    fn walk(&mut self, dockerfile: &'s Dockerfile, stage: usize, until: usize) {
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        let own = |at: usize| dockerfile.instructions.iter().enumerate().filter(move |(_, i)| i.stage == Some(at));
        for (at, instruction) in dockerfile.ancestry(stage).into_iter().flat_map(own) {
            if at >= until && instruction.stage == Some(stage) {
                if instruction.copies_context() {
                    self.after.push(self.copied(instruction, &values));
                }
                continue;
            }
            self.instructions.push(instruction);
            match instruction.keyword.as_str() {
                "WORKDIR" => {
                    let folder = expanded(&instruction.rest, &values);
                    let folder = folder.trim_matches(['"', '\'']);
                    self.workdir = if folder.contains('$') { UNKNOWN.to_owned() } else { self.absolute(folder) };
                }
                "ENV" | "ARG" => {
                    values.extend(instruction.words.iter().filter_map(|word| {
                        word.split_once('=').map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
                    }));
                }
                _ if instruction.copies_context() => {
                    let copied = self.copied(instruction, &values);
                    self.before.push(copied);
                }
                _ => {}
            }
        }
    }

    fn copied(&self, instruction: &'s Instruction, values: &BTreeMap<String, String>) -> Copied<'s> {
        let here = instruction.destination().map(|destination| expanded(destination, values));
        let here = here.filter(|destination| !destination.contains('$'));
        let sources: Vec<String> =
            instruction.sources().iter().map(|source| cleaned(source.trim_start_matches('/'))).collect();
        let folder = |path: &str| path.ends_with('/') || matches!(path, "." | "..") || path.ends_with("/.");
        let destination = here.as_deref().map(|path| self.absolute(path));
        let into_folder = sources.len() > 1
            || here.as_deref().is_some_and(folder)
            || sources.iter().any(|source| is_pattern(source))
            || destination.as_ref() == Some(&self.workdir);
        Copied { instruction, sources, destination, into_folder }
    }

    /// A path as a command in the image sees it.
    pub fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') { cleaned(path) } else { cleaned(&format!("{}/{path}", self.workdir)) }
    }

    /// Can the two be compared, or does one hang on what the base image sets?
    pub fn comparable(a: &str, b: &str) -> bool {
        a.starts_with(UNKNOWN) == b.starts_with(UNKNOWN)
    }

    /// Is nothing known of where this is?
    pub fn is_vague(path: &str) -> bool {
        path.contains(UNKNOWN)
    }

    /// Where a file or folder of the context is.
    pub fn find(&self, path: &str) -> Placed<'_> {
        if self.mounted {
            return Placed::Unknown;
        }
        for copied in self.before.iter().rev() {
            match self.covers(copied, path) {
                Cover::Yes => {
                    return self.destination(copied, path).map_or(Placed::Unknown, |to| Placed::At(to, copied));
                }
                Cover::Maybe => return Placed::Unknown,
                Cover::No => {}
            }
        }
        match self.after.iter().find(|copied| self.covers(copied, path) != Cover::No) {
            Some(copied) => Placed::Later(copied),
            None => Placed::Nowhere,
        }
    }

    fn covers(&self, copied: &Copied<'_>, path: &str) -> Cover {
        let source = |source: &String| {
            source.contains('$') || is_within(path, source) || PathPattern::new(source).matches_path_or_parent(path)
        };
        let Some(found) = copied.sources.iter().find(|s| source(s)) else { return Cover::No };
        let narrowed = copied.instruction.flags.iter().any(|(name, _)| name == "exclude");
        if found.contains('$') || narrowed { Cover::Maybe } else { Cover::Yes }
    }

    /// Where a COPY puts a path that it covers.
    fn destination(&self, copied: &Copied<'_>, path: &str) -> Option<String> {
        let to = copied.destination.as_deref()?;
        if copied.instruction.flags.iter().any(|(name, _)| name == "parents") {
            return None;
        }
        copied.sources.iter().find_map(|source| {
            let top = if is_pattern(source) {
                let pattern = PathPattern::new(source);
                let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
                ends.map(|end| path.head(end)).find(|part| pattern.matches(part))?
            } else if is_within(path, source) {
                source.as_str()
            } else {
                return None;
            };
            let rest = path.tail(top.len()).trim_start_matches('/');
            let folder = top.is_empty() || !rest.is_empty() || self.kind(top) == Some(EntryKind::Folder);
            Some(match (folder, copied.into_folder) {
                (true, _) => cleaned(&format!("{to}/{rest}")),
                (false, true) => cleaned(&format!("{to}/{}", split(top).1)),
                (false, false) => to.to_owned(),
            })
        })
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        self.facts.files.get(path).map(|entry| entry.kind)
    }

    /// The paths of the context that would be at this path of the image if they were there and copied, the most likely one first.
    pub fn origins(&self, path: &str) -> Vec<String> {
        let wanted = self.absolute(path);
        let mut found = Vec::new();
        for copied in self.before.iter().rev() {
            let Some(to) = copied.destination.as_deref() else { continue };
            for source in &copied.sources {
                let folder = source.is_empty() || self.kind(source) == Some(EntryKind::Folder);
                let rest = wanted.strip_prefix(to.trim_end_matches('/')).filter(|r| r.is_empty() || r.starts_with('/'));
                if let (true, Some(rest)) = (folder, rest.filter(|rest| !rest.is_empty())) {
                    found.push(cleaned(&format!("./{source}{rest}")));
                } else if is_pattern(source) {
                    let pattern = PathPattern::new(source);
                    let here = |path: &&String| pattern.matches(path) && self.lands(copied, path, &wanted);
                    found.extend(self.facts.files.entries.keys().filter(here).cloned());
                } else if self.lands(copied, source, &wanted) {
                    found.push(source.clone());
                }
            }
        }
        found
    }

    fn lands(&self, copied: &Copied<'_>, path: &str, wanted: &str) -> bool {
        self.destination(copied, path).as_deref() == Some(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::project::Entry;

    fn facts(dockerfile: &str, files: &[&str]) -> ProjectFacts {
        let mut facts = ProjectFacts { context: ".".into(), ..Default::default() };
        facts.dockerfile = Some(Dockerfile::parse("Dockerfile", dockerfile));
        facts.files.listed.insert(String::new());
        for path in files {
            for (at, _) in path.match_indices('/') {
                facts.files.entries.insert(path[..at].to_owned(), Entry::of(EntryKind::Folder));
                facts.files.listed.insert(path[..at].to_owned());
            }
            facts.files.entries.insert((*path).to_owned(), Entry::of(EntryKind::File));
        }
        facts
    }

    fn last(facts: &ProjectFacts) -> Layout<'_> {
        let dockerfile = facts.dockerfile.as_ref().expect("a Dockerfile");
        Layout::before(facts, dockerfile, dockerfile.instructions.len() - 1)
    }

    #[test]
    fn files_are_where_copy_puts_them() {
        let facts = facts(
            "FROM a AS base\nENV APP=/srv\nWORKDIR $APP/x\nCOPY go.mod go.sum ./\nFROM base\nCOPY web /web\nCOPY run.sh /bin/start\nCOPY *.py /py/\nRUN x\n",
            &["go.mod", "web/a/b", "run.sh", "x.py", "other"],
        );
        let layout = last(&facts);
        let place = |path: &str| match layout.find(path) {
            Placed::At(place, _) => place,
            other => format!("{other:?}").chars().take(7).collect(),
        };
        assert_eq!(layout.workdir, "/srv/x");
        assert_eq!(place("go.mod"), "/srv/x/go.mod");
        assert_eq!(place("web/a/b"), "/web/a/b");
        assert_eq!(place("run.sh"), "/bin/start");
        assert_eq!(place("x.py"), "/py/x.py");
        assert_eq!(place("other"), "Nowhere");
        assert_eq!(layout.origins("/bin/start"), ["run.sh"]);
        assert_eq!(layout.origins("/py/x.py"), ["x.py"]);
        assert_eq!(layout.origins("/web/c"), ["web/c"]);
        assert_eq!(layout.origins("go.sum"), ["go.sum"]);
        assert!(layout.origins("/etc/passwd").is_empty());
    }

    #[test]
    fn what_cannot_be_told_stays_unknown() {
        let facts = facts("FROM a\nCOPY ${X} .\nRUN --mount=type=bind,target=. x\nCOPY . .\n", &["go.mod"]);
        let dockerfile = facts.dockerfile.as_ref().expect("a Dockerfile");
        assert!(matches!(Layout::before(&facts, dockerfile, 2).find("go.mod"), Placed::Unknown));
        let at_end = Layout::finished(&facts, dockerfile);
        assert!(matches!(at_end.find("go.mod"), Placed::At(..)));
        assert!(Layout::is_vague(&at_end.workdir));
        assert_eq!(at_end.origins("go.mod"), ["go.mod"]);
        assert!(matches!(Layout::before(&facts, dockerfile, 1).find("go.mod"), Placed::Later(_)));
    }
}
