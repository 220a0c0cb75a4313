//! `docker whyfail …`: the binary as a plugin of Docker's client.
//!
//! The protocol: docker/cli, cli-plugins/metadata and cli-plugins/manager. A plugin is a program `docker-NAME`; it is asked for its
//! metadata, and called as `docker-NAME [docker's options] NAME …`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, SystemTime};

use clap::CommandFactory;
use serde_json::json;

use super::args::Args;
use super::{configuration, database, docker_hook, last, output, project, unrecorded};
use crate::input;
use crate::input::buildx::{Buildx, DockerConfig, GlobalOptions, History, LocalBuild, Search};
use crate::pieces::Pieces;

/// The plugin's name.
pub const NAME: &str = "whyfail";
/// The name of its file, without an ending.
pub const FILE: &str = "docker-whyfail";
/// Set for the docker that the plugin calls: its hook stays silent, as the plugin reports.
pub const NO_HOOK: &str = "WHYFAIL_NO_HOOK";

const METADATA: &str = "docker-cli-plugin-metadata";
const HOOK: &str = "docker-cli-plugin-hooks";
/// Docker's own commands that build.
const BUILDING: &[&str] = &["build", "buildx", "builder", "image", "bake", "compose"];
/// How often a failed build's record is looked for, and how long is waited in between.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(100);
/// The docker that called the plugin.
const CALLER: &str = "DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND";

/// Is this process called as docker's plugin?
pub fn is_called(words: &[OsString]) -> bool {
    let stem = words.first().map(Path::new).and_then(Path::file_stem);
    stem == Some(OsStr::new(FILE)) || words.get(1).is_some_and(|word| word == METADATA)
}

/// Tells docker. Where it does not read any more there is nobody to tell.
fn answer(text: &impl Display) -> ExitCode {
    let _ = writeln!(io::stdout(), "{text}");
    ExitCode::SUCCESS
}

/// Answers docker.
pub fn main(words: &[OsString]) -> ExitCode {
    let (docker, rest) = GlobalOptions::split(words.get(1..).unwrap_or_default());
    let rest = match rest.split_first() {
        Some((name, rest)) if name == NAME => rest,
        _ => rest,
    };
    match rest.first().and_then(|word| word.to_str()) {
        Some(METADATA) => {
            return answer(&metadata());
        }
        Some(HOOK) => {
            let request = rest.get(1).map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
            return answer(&docker_hook::answer(&request, &docker));
        }
        _ => {}
    }
    match build_words(rest) {
        Some(at) => build(rest.head(at), rest.tail(at), &docker),
        None => super::execute(&configuration::parse(named(rest)), &docker),
    }
}

fn metadata() -> serde_json::Value {
    json!({
        "SchemaVersion": "0.1.0",
        "Vendor": "whyfail",
        "Version": format!("v{}", env!("CARGO_PKG_VERSION")),
        "ShortDescription": "Tells why a build failed",
    })
}

/// The words as the parser wants them: with the name that the reader typed.
fn named(words: &[OsString]) -> Vec<OsString> {
    std::iter::once(OsString::from("docker whyfail")).chain(words.iter().cloned()).collect()
}

/// Where docker's own command starts, if this is a call to build: before it stand only options of ours.
fn build_words(words: &[OsString]) -> Option<usize> {
    let known = Args::command();
    let with_value = |word: &str| {
        known.get_arguments().filter(|option| option.get_action().takes_values()).any(|option| {
            let long = option.get_long().is_some_and(|name| word.strip_prefix("--") == Some(name));
            let short =
                option.get_short().is_some_and(|name| word.strip_prefix('-') == Some(name.to_string().as_str()));
            long || short
        })
    };
    let mut at = 0;
    while let Some(word) = words.get(at).and_then(|word| word.to_str()) {
        if !word.starts_with('-') {
            return BUILDING.contains(&word).then_some(at);
        }
        at += if with_value(word) { 2 } else { 1 };
    }
    None
}

/// `docker whyfail build …`: lets docker build, untouched, and reports after a failure. Ends as docker did.
fn build(own: &[OsString], words: &[OsString], docker: &GlobalOptions) -> ExitCode {
    let caller = env::var_os(CALLER).filter(|value| !value.is_empty()).map_or_else(|| "docker".into(), PathBuf::from);
    // `bake` is a command of buildx only.
    let bake = words.first().is_some_and(|word| word == "bake").then(|| OsString::from("buildx"));
    let command: Vec<OsString> = std::iter::once(caller.into_os_string())
        .chain(docker.0.iter().cloned())
        .chain(bake)
        .chain(words.iter().cloned())
        .collect();
    let words = named(own).into_iter().chain(["run".into(), "--".into()]).chain(command.clone());
    let args = configuration::parse(words.collect());
    let config = DockerConfig::load(docker);
    let before = LocalBuild::list(&config.buildx_folder());
    let code = match input::run_untouched(&command, &[(NO_HOOK, "1")]) {
        Ok(0) => return ExitCode::SUCCESS,
        Ok(code) => code,
        Err(failure) => {
            output::say(format_args!("whyfail: {failure}"));
            return ExitCode::from(failure.exit_code());
        }
    };
    let mut started = LocalBuild::list(&config.buildx_folder());
    started.retain(|build| before.iter().all(|old| old.record != build.record));
    // Docker's status is kept, whatever becomes of the report.
    match report(&args, docker, &config, &started) {
        Ok(true) => {}
        Ok(false) => {
            unrecorded::note();
            last::unrecorded_failure(SystemTime::now(), None);
            last::helpers(&config);
        }
        Err(error) => output::say(format_args!("whyfail: {error:#}")),
    }
    ExitCode::from(super::byte_or_exit(code))
}

/// Reports on the builds that were started just now. Is there a record of one?
fn report(args: &Args, docker: &GlobalOptions, config: &DockerConfig, started: &[LocalBuild]) -> anyhow::Result<bool> {
    let Some(newest) = started.first() else { return Ok(false) };
    let buildx = Buildx::find(config, docker)?;
    // The client may end a moment before BuildKit has closed its record.
    let mut found = None;
    for _ in 0..ATTEMPTS {
        found = Search::new(&buildx, Some(&newest.record.builder), started)?.of_these(started);
        if found.is_some() {
            break;
        }
        thread::sleep(PAUSE);
    }
    let Some(found) = found else { return Ok(false) };
    let db = database::load(&args.report)?;
    let matcher = database::matcher(&args.report, &db);
    let diagnoses = last::read(&History::new(&buildx), &found, project::asked(&args.report)?.as_ref(), &matcher)?;
    output::report_on_stderr(&args.report, &diagnoses, &db)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn a_plugin_knows_its_callers() {
        assert!(is_called(&words("/x/cli-plugins/docker-whyfail whyfail build .")));
        assert!(is_called(&words("whyfail docker-cli-plugin-metadata")));
        assert!(!is_called(&words("whyfail last")));
        assert!(!is_called(&[]));
    }

    #[test]
    fn builds_are_told_from_own_commands() {
        assert_eq!(build_words(&words("build .")), Some(0));
        assert_eq!(build_words(&words("--format brief --no-color build .")), Some(3));
        assert_eq!(build_words(&words("--outputs file -o report.json --project=. build .")), Some(5));
        assert_eq!(build_words(&words("last ^1")), None);
        assert_eq!(build_words(&words("explain build")), None);
        assert_eq!(build_words(&[]), None);
    }
}
