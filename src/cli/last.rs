//! `whyfail last`: diagnoses a build out of BuildKit's own history.

use std::sync::Arc;
use std::time::SystemTime;

use super::args::{Args, LastArgs};
use super::{USAGE, database, diagnose, output, project, unrecorded};
use crate::input::ProjectLocation;
use crate::input::buildx::{
    Build, Buildx, DockerConfig, Ending, Found, GlobalOptions, History, LocalBuild, LocalState, Missed, Record, Search,
    Status, Trouble, ago,
};
use crate::model::Outcome;
use crate::{Diagnoser, Diagnosis, Matcher};

/// What to do instead where the history is of no help.
const INSTEAD: &str = "Build again through a pipe: docker build . 2>&1 | whyfail";

pub fn execute(args: &Args, last: &LastArgs, docker: &GlobalOptions) -> anyhow::Result<u8> {
    let asked = project::asked(&args.report)?;
    let config = DockerConfig::load(docker);
    let local = LocalBuild::list(&config.buildx_folder());
    let found = Buildx::find(&config, docker).map_err(Missed::from).and_then(|buildx| {
        let search = Search::new(&buildx, last.builder.as_deref(), &local)?;
        let found = match &last.reference {
            Some(reference) => search.named(reference)?,
            None => search.last_failed(last.builder.as_deref(), unrecorded::when())?,
        };
        Ok((buildx, found))
    });
    let (buildx, found) = match found {
        Ok(found) => found,
        Err(missed) => {
            explain(&missed, &config);
            return Ok(if matches!(missed, Missed::NoFailure { .. }) { 0 } else { USAGE });
        }
    };
    let db = database::load(&args.report)?;
    let matcher = database::matcher(&args.report, &db);
    let diagnoses = read(&History::new(&buildx), &found, asked.as_ref(), &matcher)?;
    introduce(&found, last.reference.is_some());
    output::report(&args.report, &diagnoses, &db)?;
    Ok(diagnose::status(&diagnoses, false, args.exit_zero))
}

/// Diagnoses a build, and the builds that failed with it in one `bake`, with the help of the files of the project that was `asked`
/// for, or of the one that was built.
///
/// # Errors
/// When its log can't be read.
pub(super) fn read(
    history: &History<'_>,
    found: &Found,
    asked: Option<&ProjectLocation>,
    matcher: &Arc<Matcher>,
) -> Result<Vec<Diagnosis>, Trouble> {
    let mut diagnoses = Vec::new();
    let mut canceled = Vec::new();
    for Build { record, state } in &found.group {
        let mut diagnoser = Diagnoser::new(Arc::clone(matcher)).named(record.name.to_string());
        let ending = history.read(&record.name, |bytes| diagnoser.feed(bytes))?;
        let mut diagnosis = match &ending {
            Ending::Good => diagnoser.finish_known(Outcome::Succeeded),
            Ending::Failed { .. } => diagnoser.finish_known(Outcome::Failed),
            // Its log says that, and perhaps more.
            Ending::Canceled { .. } => diagnoser.finish(),
            Ending::Unknown => match record.status {
                Status::Error => diagnoser.finish_known(Outcome::Failed),
                Status::Completed => diagnoser.finish_known(Outcome::Succeeded),
                Status::Running => diagnoser.finish(),
            },
        };
        let of_build = || state.as_ref().and_then(LocalState::project);
        project::corroborate(&mut diagnosis, asked.cloned().or_else(of_build).as_ref());
        if matches!(ending, Ending::Canceled { .. }) {
            canceled.push(diagnosis);
        } else {
            diagnoses.push(diagnosis);
        }
    }
    // What was only stopped because a build beside it failed says nothing.
    if diagnoses.is_empty() { Ok(canceled) } else { Ok(diagnoses) }
}

/// Says which build this is about.
fn introduce(found: &Found, named: bool) {
    let record = &found.record;
    output::say(format_args!("whyfail: {}, {}", title(record), stood(record)));
    if let Some(newer) = found.newer.as_ref().filter(|_| !named) {
        output::say(format_args!("whyfail: a newer one did not fail: {}, {}", title(newer), stood(newer)));
    }
}

fn title(record: &Record) -> String {
    let what = if record.title.is_empty() { String::new() } else { format!(" of {}", printable(&record.title)) };
    format!("build{what} ({})", record.name)
}

/// A build's title can come from a stranger's repository.
fn printable(text: &str) -> String {
    crate::diagnosis::visible(text)
}

fn stood(record: &Record) -> String {
    match (record.status, record.completed) {
        (Status::Running, _) => format!("started {}, still running", ago(record.created)),
        (Status::Completed, time) => format!("good, {}", ago(time.unwrap_or(record.created))),
        (Status::Error, time) => format!("failed {}", ago(time.unwrap_or(record.created))),
    }
}

/// Says why there is nothing to diagnose, and what to do.
fn explain(missed: &Missed, config: &DockerConfig) {
    match missed {
        Missed::Trouble(trouble) => {
            output::say(format_args!("whyfail: {trouble}"));
            match trouble {
                Trouble::BuildxMissing => output::say(format_args!(
                    "BuildKit's history is read through buildx. Install it (on Debian the package docker-buildx or \
                     docker-buildx-plugin), or put the plugin's file into {}.\n{INSTEAD}",
                    config.folder().join("cli-plugins").display()
                )),
                Trouble::BuildxTooOld(_) | Trouble::BuildkitTooOld(_) => output::say(INSTEAD),
                Trouble::Unreachable(_) => output::say(
                    "If docker build failed just now, this is why: nothing was built. Start the daemon or the builder, \
                     or choose another (docker context ls, docker buildx ls).",
                ),
                Trouble::NoSuchBuilder(_) => output::say("docker buildx ls lists the builders."),
                Trouble::NoSuchRecord(_) | Trouble::Other(_) => {}
            }
        }
        Missed::NoRecords => {
            output::say(format_args!(
                "whyfail: the history has no build at all (another builder? --builder NAME). {INSTEAD}"
            ));
        }
        Missed::NoFailure { count, newest } => {
            let builds = crate::report::counted(*count as u64, "build");
            output::say(format_args!(
                "whyfail: no failed build in the history ({builds}); the newest: {}, {}",
                title(newest),
                stood(newest)
            ));
        }
        Missed::Unrecorded { time, trouble, older } => {
            unrecorded_failure(*time, trouble.as_ref());
            if let Some(older) = older {
                output::say(format_args!("An older one: whyfail last {} ({})", older.name, stood(older)));
            }
        }
    }
    helpers(config);
}

/// Says that a build failed before BuildKit could keep a record.
pub(super) fn unrecorded_failure(time: SystemTime, trouble: Option<&Trouble>) {
    match trouble {
        Some(trouble) => output::say(format_args!("whyfail: the last build ({}) can't be read: {trouble}", ago(time))),
        None => output::say(format_args!(
            "whyfail: the last build ({}) left no record in BuildKit's history: it failed before BuildKit took it up. The \
             client's own message on the screen says why.",
            ago(time)
        )),
    }
    output::say(INSTEAD);
}

/// A credential helper that is missing fails every build that needs a login, before it starts.
pub(super) fn helpers(config: &DockerConfig) {
    for helper in config.missing_credential_helpers() {
        output::say(format_args!(
            "Note: {} names the credential helper {helper}, which is not on PATH. Builds that ask for a login fail for \
             that reason alone.",
            config.folder().join("config.json").display()
        ));
    }
}
