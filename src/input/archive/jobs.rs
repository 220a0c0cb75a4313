//! Which members of an archive are the log of one job.
//!
//! GitHub Actions gives the log of a run as a zip: `0_build.txt` is the whole log of the job `build`, and
//! `build/1_Set up job.txt`, `build/2_Run make.txt` hold the same lines once more by step; older or incomplete archives
//! have only one of the two. `build/system.txt` is what the service itself noted. The number in front of a job may be
//! negative; both names have lost the characters that no path may have, and all behind the 90th.
//!
//! Azure Pipelines gives `logs_123.zip`: `Build/1_Initialize job.txt`, `Build/2_Checkout app@main to s.txt` by step, and `1_Build.txt`
//! beside the folder or in it for all of the job. `Agent Diagnostic Logs/` holds what the agents wrote about themselves,
//! `initializeLog.txt` and `azure-pipelines-expanded.yaml` how the run was put together: of use only where there is nothing else.
//! Source: cli/cli, pkg/cmd/run/view/logs.go, and issue 5011 there; Azure Pipelines' documentation, "Review logs to diagnose
//! pipeline issues".

use std::collections::{BTreeMap, HashSet};

/// Members that make one log.
#[derive(Debug, PartialEq, Eq)]
pub struct Log {
    /// Its name: the member's path, or that of the folder with `/*`.
    pub part: String,
    /// The members by their places in the archive, in the order in which they are read. More than one: text files of
    /// which each is a step.
    pub members: Vec<usize>,
}

/// The folder of what agents of Azure Pipelines wrote about themselves.
const DIAGNOSTICS: &str = "Agent Diagnostic Logs";
/// How Azure Pipelines put the run together.
const SET_UP: [&str; 2] = ["initializeLog.txt", "azure-pipelines-expanded.yaml"];
/// The steps that the CI system itself puts first and last.
const OWN_STEPS: [&str; 5] = ["Set up job", "Complete job", "Initialize job", "Finalize Job", "Finalize job"];

/// What a folder of steps holds.
#[derive(Default)]
struct Folder {
    /// The number in front of the name, and the place.
    steps: Vec<(u64, usize)>,
    system: Option<usize>,
    /// Files of the folder's own name. A step may be called like its job, too.
    namesakes: Vec<usize>,
    /// All of the job.
    whole: Option<usize>,
    /// There is a step of the name that the CI system gives to the first or the last.
    certain: bool,
    /// Something else is in it.
    other: bool,
}

/// May a member of this name be a part of a job's log, or be left out where there are others? Then the other names must be known first.
pub fn is_of_a_run(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    let in_folder = name.contains('/') && file == "system.txt";
    in_folder || numbered(file).is_some() || is_about_itself(name)
}

/// Did the CI system write it about itself?
fn is_about_itself(name: &str) -> bool {
    let mut parts = name.rsplit('/');
    let file = parts.next().unwrap_or(name);
    SET_UP.contains(&file) || parts.any(|folder| folder == DIAGNOSTICS)
}

/// Sorts the members of an archive into logs, in the archive's order.
pub fn plan(names: &[&str]) -> Vec<Log> {
    let folders = folders(names);
    let mut left_out: HashSet<usize> = HashSet::new();
    if folders.values().any(|folder| folder.certain) {
        let all = names.iter().enumerate();
        left_out.extend(all.filter(|(_, name)| is_about_itself(name)).map(|(at, _)| at));
    }
    let mut joined: BTreeMap<usize, Log> = BTreeMap::new();
    for (parent, children) in by_parent(&folders) {
        let mut whole: Vec<String> = names.iter().filter_map(|name| whole_log_of(name, parent)).collect();
        let mut alone = Vec::new();
        for (path, folder) in children {
            let job = plain(path.rsplit('/').next().unwrap_or(path));
            match whole.iter().position(|known| *known == job) {
                Some(at) => {
                    whole.swap_remove(at);
                    left_out.extend(folder.members().chain(folder.whole));
                }
                None => alone.push((path, folder)),
            }
        }
        // Where jobs have the same name, the two are told apart by numbers that need not agree.
        let unmatched = whole.len();
        for (at, (path, folder)) in alone.into_iter().enumerate() {
            if folder.whole.is_some() {
                left_out.extend(folder.members());
                continue;
            }
            let again = at < unmatched && folder.certain && parent_is_numbered(names, parent);
            if again {
                left_out.extend(folder.members());
            } else if folder.certain {
                let log = folder.joined(path);
                left_out.extend(folder.members());
                if let Some(first) = folder.members().min() {
                    joined.insert(first, log);
                }
            }
        }
    }
    let mut logs = Vec::new();
    for (at, name) in names.iter().enumerate() {
        if let Some(log) = joined.remove(&at) {
            logs.push(log);
        } else if !left_out.contains(&at) {
            logs.push(Log { part: (*name).to_owned(), members: vec![at] });
        }
    }
    logs
}

impl Folder {
    /// The whole log has the number of another file, for it is not one of the steps.
    fn tell_the_whole(&mut self) {
        let number = |at: usize| self.steps.iter().find(|(_, known)| *known == at).map(|(number, _)| *number);
        let shared = |at: &usize| {
            let own = number(*at);
            self.steps.iter().any(|(number, other)| Some(*number) == own && other != at)
        };
        if let Some(at) = self.namesakes.iter().copied().find(shared).filter(|_| self.certain) {
            self.steps.retain(|(_, step)| *step != at);
            self.whole = Some(at);
        }
    }

    fn members(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().map(|(_, at)| *at).chain(self.system)
    }

    /// Its steps in their order. What the service noted is of use only where the job has no other log.
    fn joined(&self, path: &str) -> Log {
        let mut steps = self.steps.clone();
        steps.sort_unstable();
        let mut members: Vec<usize> = steps.into_iter().map(|(_, at)| at).collect();
        if members.is_empty() {
            members.extend(self.system);
        }
        Log { part: format!("{path}/*"), members }
    }
}

/// The folders that hold nothing but steps.
fn folders<'n>(names: &[&'n str]) -> BTreeMap<&'n str, Folder> {
    let mut folders: BTreeMap<&str, Folder> = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        let Some((path, file)) = name.rsplit_once('/') else { continue };
        if is_about_itself(name) {
            continue;
        }
        let folder = folders.entry(path).or_default();
        let job = plain(path.rsplit('/').next().unwrap_or(path));
        match (file, numbered(file)) {
            ("system.txt", _) => {
                folder.system = Some(at);
                folder.certain = true;
            }
            (_, Some((number, step))) if number >= 0 => {
                folder.steps.push((number.unsigned_abs(), at));
                folder.certain |= OWN_STEPS.contains(&step);
                if plain(step) == job {
                    folder.namesakes.push(at);
                }
            }
            _ => folder.other = true,
        }
    }
    folders.retain(|_, folder| !folder.other);
    folders.values_mut().for_each(Folder::tell_the_whole);
    folders
}

/// The folders by the path that they are in; `""` is the top.
fn by_parent<'n, 'f>(folders: &'f BTreeMap<&'n str, Folder>) -> BTreeMap<&'n str, Vec<(&'n str, &'f Folder)>> {
    let mut parents: BTreeMap<&str, Vec<(&str, &Folder)>> = BTreeMap::new();
    for (path, folder) in folders {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        parents.entry(parent).or_default().push((path, folder));
    }
    parents
}

/// `3` and `Run tests` of `3_Run tests.txt`.
fn numbered(file: &str) -> Option<(i64, &str)> {
    let (number, name) = file.strip_suffix(".txt")?.split_once('_')?;
    Some((number.parse().ok()?, name))
}

/// The file's name, if it stands directly in `parent`.
fn directly_in<'n>(name: &'n str, parent: &str) -> Option<&'n str> {
    let file = match parent {
        "" => name,
        _ => name.strip_prefix(parent)?.strip_prefix('/')?,
    };
    (!file.contains('/')).then_some(file)
}

/// The job whose whole log this member of `parent` may be.
fn whole_log_of(name: &str, parent: &str) -> Option<String> {
    let file = directly_in(name, parent)?;
    Some(plain(match numbered(file) {
        Some((_, job)) => job,
        None => file.strip_suffix(".txt")?,
    }))
}

/// Are the logs beside the folders numbered, as those of GitHub's jobs are?
fn parent_is_numbered(names: &[&str], parent: &str) -> bool {
    let mut files = names.iter().filter_map(|name| directly_in(name, parent)).peekable();
    files.peek().is_some() && files.all(|file| numbered(file).is_some())
}

/// A job's name without what may differ between two spellings of it in paths.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(names: &[&str]) -> Vec<(String, Vec<usize>)> {
        plan(names).into_iter().map(|log| (log.part, log.members)).collect()
    }

    fn parts(names: &[&str]) -> Vec<String> {
        plan(names).into_iter().map(|log| log.part).collect()
    }

    #[test]
    fn the_whole_log_stands_for_its_steps() {
        let names = [
            "0_build.txt",
            "1_test (1.22, ubuntu).txt",
            "build/1_Set up job.txt",
            "build/2_Run make.txt",
            "build/system.txt",
            "test (1.22, ubuntu)/1_Set up job.txt",
            "test (1.22, ubuntu)/10_Run go test.txt",
        ];
        assert_eq!(parts(&names), ["0_build.txt", "1_test (1.22, ubuntu).txt"]);
        assert_eq!(parts(&["-9999999999_build.txt", "build/1_Set up job.txt"]), ["-9999999999_build.txt"]);
        assert_eq!(parts(&["logs/0_a.txt", "logs/a/1_Set up job.txt"]), ["logs/0_a.txt"]);
    }

    #[test]
    fn steps_alone_are_joined_in_their_order() {
        let names = ["b/10_Post.txt", "b/1_Set up job.txt", "b/2_Run.txt", "b/system.txt", "c/system.txt"];
        assert_eq!(planned(&names), [("b/*".to_owned(), vec![1, 2, 0]), ("c/*".to_owned(), vec![4])]);
        let mixed = ["0_a.txt", "a/1_Set up job.txt", "b/1_Set up job.txt", "b/2_Run.txt"];
        assert_eq!(planned(&mixed), [("0_a.txt".to_owned(), vec![0]), ("b/*".to_owned(), vec![2, 3])]);
    }

    #[test]
    fn jobs_of_one_name_are_not_counted_twice() {
        let names = ["0_a.txt", "1_a.txt", "a/1_Set up job.txt", "a (2)/1_Set up job.txt"];
        assert_eq!(parts(&names), ["0_a.txt", "1_a.txt"]);
    }

    #[test]
    fn azure_pipelines() {
        let names = [
            "logs_7/1_Build.txt",
            "logs_7/Agent Diagnostic Logs/Worker_20240506-070809-utc.log",
            "logs_7/Agent Diagnostic Logs/1_Agent.txt",
            "logs_7/Build/1_Initialize job.txt",
            "logs_7/Build/2_Checkout app@main to s.txt",
            "logs_7/Build/3_Build.txt",
            "logs_7/azure-pipelines-expanded.yaml",
            "logs_7/initializeLog.txt",
        ];
        assert_eq!(parts(&names), ["logs_7/1_Build.txt"]);
        assert_eq!(planned(&names[1..]), [("logs_7/Build/*".to_owned(), vec![2, 3, 4])]);
        let inside =
            ["Build/1_Build.txt", "Build/1_Initialize job.txt", "Build/2_Build.txt", "Test/1_Initialize job.txt"];
        assert_eq!(
            planned(&inside),
            [("Build/1_Build.txt".to_owned(), vec![0]), ("Test/*".to_owned(), vec![3])],
            "the whole log may be in the folder"
        );
        assert_eq!(parts(&["Agent Diagnostic Logs/a.log"]), ["Agent Diagnostic Logs/a.log"]);
    }

    #[test]
    fn other_files_stay_alone() {
        let names = ["results/1_first.txt", "results/2_second.txt", "a/1_Set up job.txt", "a/readme", "x.log", "/", ""];
        assert_eq!(parts(&names), names);
        assert_eq!(parts(&["build.txt", "build/1_Initialize job.txt", "init.txt"]), ["build.txt", "init.txt"]);
    }
}
