//! `whyfail new`: drafts a signature from a line of a log, or from a log that nothing explains.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, Read, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};

use super::args::{Args, NewArgs};
use super::{archives, database, diagnose, output};
use crate::draft::{Draft, Proof, draft, draft_of_failure};
use crate::input::CHUNK;
use crate::model::{Diagnosis, Outcome};
use crate::pieces::Pieces;
use crate::{Diagnoser, Matcher};

pub fn execute(args: &Args, new: &NewArgs) -> anyhow::Result<u8> {
    // The id is looked at first: nobody should type a line for nothing.
    if let Some(id) = &new.id {
        ensure!(is_id(id), "'{id}' is not <tool>/<name> in kebab-case, as go/checksum-mismatch");
    }
    let db = database::load(&args.report)?;
    let taken = |id: &str| db.get(id).is_some() || path_of(&new.dir, id).exists();
    let id = new.id.as_deref();
    let drafted = match &new.from {
        Some(log) => {
            let matcher = database::matcher(&args.report, &db);
            let failure = unexplained(log, &matcher)?;
            match new.pick {
                Some(pick) => {
                    let proof = Proof::of_failure(&failure).into_iter().nth(pick.saturating_sub(1));
                    let count = failure.suspicious.len();
                    let none = || format!("{} has only {count} suspicious lines", log.display());
                    draft(&proof.with_context(none)?, id, &db, taken)
                }
                None => draft_of_failure(&failure, id, &db, taken)
                    .with_context(|| format!("{} has no line to start from", log.display()))?,
            }
        }
        None => draft(&Proof::of_line(&line(new)?), id, &db, taken),
    };
    write(&drafted, &new.dir)?;
    for problem in &drafted.left {
        output::say(format_args!("Beside the prose this is left: {problem}"));
    }
    output::say(format_args!("Fill in the lines that say TODO, then: whyfail check {}", new.dir.display()));
    Ok(0)
}

/// `<tool>/<name>` in kebab-case.
fn is_id(id: &str) -> bool {
    let good = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    id.split_once('/').is_some_and(|(tool, name)| good(tool) && good(name))
}

fn path_of(folder: &Path, id: &str) -> std::path::PathBuf {
    folder.join(format!("{id}.toml"))
}

/// The line that was given, or asked for.
fn line(new: &NewArgs) -> anyhow::Result<String> {
    let line = match &new.line {
        Some(line) => line.clone(),
        None => {
            eprintln!("The line of the log that proves the failure:");
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line).context("standard input can't be read")?;
            line
        }
    };
    let line = line.trim();
    ensure!(!line.is_empty(), "no line was given");
    ensure!(!line.contains('\n'), "one line is enough");
    Ok(line.to_owned())
}

/// The first failure of a log that no signature explains.
fn unexplained(log: &Path, matcher: &Arc<Matcher>) -> anyhow::Result<Diagnosis> {
    let name = log.display();
    let found =
        if log == Path::new("-") { vec![standard_input(matcher)?].into() } else { diagnose::file(log, matcher, true)? };
    for problem in &found.problems {
        output::say(format_args!("whyfail: {}", archives::message(problem)));
    }
    let mut diagnoses = found.diagnoses;
    let failed = |diagnosis: &Diagnosis| matches!(diagnosis.outcome, Outcome::Failed | Outcome::Undetermined);
    diagnoses.retain(failed);
    if let Some(at) = diagnoses.iter().position(|diagnosis| diagnosis.causes.is_empty()) {
        return Ok(diagnoses.swap_remove(at));
    }
    match diagnoses.iter().find_map(|diagnosis| diagnosis.causes.first()) {
        Some(cause) => {
            let line = cause.evidence.first().map_or(0, |evidence| evidence.line);
            bail!(
                "{name} is explained already: {} by line {line}. If that is wrong, name the line that proves the failure: \
                 whyfail new --line '…'",
                cause.signature
            )
        }
        None => bail!("{name} shows no failure; name the line that proves it: whyfail new --line '…'"),
    }
}

fn standard_input(matcher: &Arc<Matcher>) -> anyhow::Result<Diagnosis> {
    let mut diagnoser = Diagnoser::new(Arc::clone(matcher));
    let mut buffer = vec![0u8; CHUNK];
    let mut source = io::stdin().lock();
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(diagnoser.finish()),
            Ok(count) => diagnoser.feed(buffer.head(count)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error).context("standard input can't be read"),
        }
    }
}

fn write(draft: &Draft, folder: &Path) -> anyhow::Result<()> {
    let path = path_of(folder, &draft.id);
    if let Some(tool) = path.parent() {
        fs::create_dir_all(tool).with_context(|| format!("{}: can't be made", tool.display()))?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .with_context(|| format!("{}: can't be written", path.display()))?;
    file.write_all(draft.text.as_bytes()).with_context(|| format!("{}: can't be written", path.display()))?;
    println!("{}", path.display());
    Ok(())
}
