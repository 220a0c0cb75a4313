//! Docker's hook: what is shown under "What's next" after a failed build.
//!
//! The protocol: docker/cli, cli-plugins/hooks. Docker waits for the answer, so it must come soon; it is a Go template, so quoted
//! text must be escaped.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

#[cfg(target_os = "linux")]
use linux::caller_started;
#[cfg(not(target_os = "linux"))]
use other::caller_started;

use super::docker_plugin::NO_HOOK;
use super::{configuration, database, last, unrecorded};
use crate::Matcher;
use crate::input::buildx::{Build, Buildx, DockerConfig, Found, GlobalOptions, History, LocalBuild, Record, Status};
use crate::report::{Style, next_steps};
use clap::Parser;

/// Docker must not wait longer than 300 ms; starting and ending this process takes the rest.
const DEADLINE: Duration = Duration::from_millis(260);
/// Another deadline in milliseconds, for machines that are slower than people's patience.
const DEADLINE_VARIABLE: &str = "WHYFAIL_HOOK_TIMEOUT_MS";
/// Builds of one bake that are looked at.
const MOST_BUILDS: usize = 4;
/// The command that shows the whole report.
const MORE: &str = "docker whyfail last";

/// What docker asks.
#[derive(Debug, Deserialize)]
struct Request {
    /// Why the command failed; empty after a success.
    #[serde(default, rename = "CommandError")]
    error: String,
}

/// The answer to docker's question: JSON in one line. Empty where nothing is to be said.
pub fn answer(request: &str, docker: &GlobalOptions) -> String {
    let failed = serde_json::from_str::<Request>(request).is_ok_and(|request| !request.error.is_empty());
    let silenced = std::env::var_os(NO_HOOK).is_some_and(|value| !value.is_empty());
    let lines = if failed && !silenced { in_time(docker.clone()) } else { Vec::new() };
    let template = escaped(&lines.join("\n"));
    json!({"Type": 0, "Template": template}).to_string()
}

/// The lines, or the way to them where they take too long.
fn in_time(docker: GlobalOptions) -> Vec<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let _ = sender.send(lines(&docker));
    });
    let deadline = std::env::var(DEADLINE_VARIABLE).ok().and_then(|value| value.parse().ok());
    receiver
        .recv_timeout(deadline.map_or(DEADLINE, Duration::from_millis))
        .unwrap_or_else(|_| vec![format!("Why did it fail?  {MORE}")])
}

fn lines(docker: &GlobalOptions) -> Vec<String> {
    let config = DockerConfig::load(docker);
    let mut builds = LocalBuild::list(&config.buildx_folder());
    if let Some(since) = caller_started() {
        builds.retain(|build| build.started >= since);
    }
    diagnosed(&config, docker, &builds).unwrap_or_else(|| {
        unrecorded::note();
        let mut lines = vec![
            "This build left no record in BuildKit's history; its own message above says why it failed.".to_owned(),
            "docker build … 2>&1 | whyfail  explains it.".to_owned(),
        ];
        lines.extend(
            config
                .missing_credential_helpers()
                .iter()
                .take(2)
                .map(|name| format!("The credential helper {name} is not on PATH.")),
        );
        lines
    })
}

/// What the failed ones of these builds say; nothing where there is no record of them.
fn diagnosed(config: &DockerConfig, docker: &GlobalOptions, builds: &[LocalBuild]) -> Option<Vec<String>> {
    let newest = builds.first()?;
    let state = newest.state();
    let group = state.as_ref().map(|state| state.group_ref.clone()).filter(|group| !group.is_empty());
    let same = |build: &&LocalBuild| match &group {
        Some(group) => build.state().is_some_and(|state| state.group_ref == *group),
        None => build.record == newest.record,
    };
    let as_build = |build: &LocalBuild| Build {
        record: Record {
            name: build.record.clone(),
            title: String::new(),
            status: Status::Error,
            created: build.started,
            completed: None,
        },
        state: build.state(),
    };
    let group: Vec<Build> = builds.iter().take(MOST_BUILDS).filter(same).map(as_build).collect();
    let found = Found { record: as_build(newest).record, group, newer: None };
    let buildx = Buildx::find(config, docker).ok()?;
    let mut args = super::args::Args::try_parse_from(["whyfail"]).ok()?;
    configuration::settle(&mut args.report, false, |_| false);
    let db = database::load(&args.report).ok()?;
    let matcher = Arc::new(Matcher::new(db));
    let mut diagnoses = last::read(&History::new(&buildx), &found, None, &matcher).ok()?;
    diagnoses.retain(|diagnosis| diagnosis.outcome == crate::model::Outcome::Failed);
    (!diagnoses.is_empty()).then(|| next_steps(&diagnoses, MORE, &Style::default()))
}

/// Makes a text that Go's templates give back as it is.
fn escaped(text: &str) -> String {
    text.replace("{{", "{{\"{{\"}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_are_answered() {
        let nothing = r#"{"Type":0,"Template":""}"#;
        let ask = |request: &str| answer(request, &GlobalOptions::default());
        assert_eq!(ask(r#"{"RootCmd":"build","Flags":{},"CommandError":""}"#), nothing);
        assert_eq!(ask(r#"{"RootCmd":"build"}"#), nothing);
        assert_eq!(ask("no json"), nothing);
        assert_eq!(ask(""), nothing);
    }

    #[test]
    fn templates_are_inert() {
        assert_eq!(escaped("a {{ b }} {{{"), r#"a {{"{{"}} b }} {{"{{"}}{"#);
    }
}
