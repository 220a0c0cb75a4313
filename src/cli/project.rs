//! Which project a log belongs to: `--project`, or what a wrapped command names.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use anyhow::bail;

use super::args::ReportArgs;
use crate::Diagnosis;
use crate::input::{ProjectLocation, read_project};
use crate::model::Outcome;

/// Programs that build images, as they are called.
const BUILDERS: &[&str] = &["docker", "podman", "buildah", "nerdctl"];
/// Their global options that take a value of their own.
const GLOBAL_VALUES: &[&str] =
    &["-H", "--host", "-c", "--context", "--config", "-l", "--log-level", "--connection", "--root", "--runroot"];
/// The options of `build` that are alone: every other one takes a value, in the same word or in the next.
const SWITCHES: &[&str] = &[
    "--all-platforms",
    "--check",
    "--compress",
    "--debug",
    "-D",
    "--disable-content-trust",
    "--force-rm",
    "--force-rm-all",
    "--help",
    "--layers",
    "--load",
    "--no-cache",
    "--no-hosts",
    "--no-hostname",
    "--pull",
    "--pull-always",
    "--pull-never",
    "--push",
    "--quiet",
    "-q",
    "--rm",
    "--squash",
    "--squash-all",
    "--stdin",
    "--tls-verify",
    "--skip-unused-stages",
];

/// The project that `--project` names.
///
/// # Errors
/// It is no folder.
pub fn asked(args: &ReportArgs) -> anyhow::Result<Option<ProjectLocation>> {
    match &args.project {
        Some(path) if !path.is_dir() => bail!("--project {}: not a folder", path.display()),
        Some(path) => Ok(Some(ProjectLocation::new(path))),
        None => Ok(None),
    }
}

/// The project of a wrapped command: the working directory, or what a build of an image names. `None` where that is no local folder.
pub fn of_command(command: &[OsString]) -> Option<ProjectLocation> {
    let here = || ProjectLocation::new(".");
    let Some(arguments) = build_arguments(command) else { return Some(here()) };
    let mut location = ProjectLocation { root: Some(PathBuf::from(".")), ..here() };
    let mut context = None;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        let (name, value) = match text.split_once('=') {
            Some((name, value)) if name.starts_with('-') => (name, Some(OsString::from(value))),
            _ => (text.as_ref(), None),
        };
        match name {
            "-f" | "--file" | "--dockerfile" => {
                location.dockerfile = value.or_else(|| words.next().cloned()).map(Into::into)
            }
            _ if name.starts_with("-f") && !name.starts_with("--") && name.len() > 2 => {
                location.dockerfile = text.get(2..).map(PathBuf::from);
            }
            "-" => context = Some(word),
            _ if !name.starts_with('-') => context = Some(word),
            _ if value.is_some() || SWITCHES.contains(&name) || is_glued(name) => {}
            _ => {
                words.next();
            }
        }
    }
    let context = context.map(PathBuf::from).unwrap_or_else(|| PathBuf::from("."));
    // A repository, an archive or standard input: nothing of it lies here.
    if !context.is_dir() {
        return None;
    }
    location.context = context;
    // Standard input is no file that could be read again.
    if location.dockerfile.as_deref() == Some(Path::new("-")) {
        return None;
    }
    Some(location)
}

/// `-tname`: a value that is glued to its short option.
fn is_glued(name: &str) -> bool {
    !name.starts_with("--") && name.chars().count() > 2
}

/// The words behind `build` of a command that builds an image from a folder.
fn build_arguments(command: &[OsString]) -> Option<&[OsString]> {
    let (program, mut rest) = command.split_first()?;
    let program = Path::new(program).file_stem()?.to_string_lossy().into_owned();
    if program == "sudo" || program == "env" || program == "time" {
        return build_arguments(rest);
    }
    if !BUILDERS.contains(&program.as_str()) {
        return None;
    }
    loop {
        let (word, behind) = rest.split_first()?;
        let word: &OsStr = word;
        match word.to_str()? {
            "build" | "bud" => return Some(behind),
            "buildx" | "image" | "builder" | "whyfail" => rest = behind,
            option if GLOBAL_VALUES.contains(&option) => rest = behind.get(1..)?,
            option if option.starts_with('-') => rest = behind,
            _ => return None,
        }
    }
}

/// Corroborates a failed build's causes by the files of its project. Reads them only then.
pub fn corroborate(diagnosis: &mut Diagnosis, location: Option<&ProjectLocation>) {
    let Some(location) = location else { return };
    if diagnosis.causes.is_empty() || !matches!(diagnosis.outcome, Outcome::Failed | Outcome::Undetermined) {
        return;
    }
    let mut location = location.clone();
    if location.dockerfile.is_none() {
        location.dockerfile = named_by_log(diagnosis, &location.context);
    }
    crate::diagnosis::corroborate(diagnosis, &read_project(&location));
}

/// The Dockerfile that the log names, where it lies in the context.
fn named_by_log(diagnosis: &Diagnosis, context: &Path) -> Option<PathBuf> {
    let name = diagnosis.steps.iter().find_map(|step| step.file.as_deref())?;
    let path = Path::new(name);
    let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let path = context.join(path);
    // A log is a stranger's: it may name a file of the folder, nothing else. The folder's own goes without a name.
    (inside && name != "Dockerfile" && path.is_file()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(command: &str) -> Option<ProjectLocation> {
        of_command(&command.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_build_names_its_context_and_dockerfile() {
        for (command, context, dockerfile) in [
            ("docker build src", "src", None),
            ("docker build -t app -f src/x.Dockerfile .", ".", Some("src/x.Dockerfile")),
            ("docker buildx build --file=a/b --push src", "src", Some("a/b")),
            ("sudo podman --log-level debug build -fD src -t x", "src", Some("D")),
            ("/usr/bin/docker -H tcp://127.0.0.1:1 image build --no-cache src", "src", None),
            ("buildah bud --layers -t x src", "src", None),
            ("docker build --build-arg A=1 --target x .", ".", None),
            ("make image", ".", None),
            ("docker compose build web", ".", None),
            ("go build ./...", ".", None),
        ] {
            let found = location(command).expect(command);
            assert_eq!(found.context, Path::new(context), "{command}");
            assert_eq!(found.dockerfile.as_deref(), dockerfile.map(Path::new), "{command}");
        }
        for command in [
            "docker build https://example.org/x.git",
            "docker build -",
            "docker build -f - .",
            "docker build /no/such/folder",
        ] {
            assert_eq!(location(command), None, "{command}");
        }
    }
}
