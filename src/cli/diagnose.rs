//! `whyfail`, `whyfail FILE…`: diagnoses a pipe, a paste or saved logs.

use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::archives::{self, Found};
use super::args::Args;
use super::{USAGE, database, output, project, records, side_by_side};
use crate::input::archive::{Archive, Limits};
use crate::input::record::RecordFile;
use crate::input::stream::{self, Echo, Stream, StreamFailure};
use crate::input::{self, Magic, Opened};
use crate::model::Outcome;
use crate::pieces::Pieces;
use crate::{Diagnoser, Diagnosis, Marks, Matcher};

pub fn execute(args: &Args) -> anyhow::Result<u8> {
    let project = project::asked(&args.report)?;
    let db = database::load(&args.report)?;
    let matcher = database::matcher(&args.report, &db);
    let mut diagnoses = Vec::new();
    let mut unreadable = false;
    let fate = Fate::default();
    let mut take = |found: Found| {
        for problem in &found.problems {
            output::say(format_args!("whyfail: {}", archives::message(problem)));
            unreadable |= !problem.fault.is_harmless();
        }
        diagnoses.extend(found.diagnoses);
    };
    if args.files.is_empty() {
        take(standard_input(args, &matcher, true, &fate)?);
    }
    let is_stream = |path: &PathBuf| path == Path::new("-");
    let alone = args.files.len() == 1;
    let found = side_by_side::map(&args.files, is_stream, |path| {
        if is_stream(path) { standard_input(args, &matcher, false, &fate) } else { Ok(file(path, &matcher, alone)?) }
    });
    let mut refused = false;
    for result in found {
        match result {
            Ok(found) => take(found),
            Err(error) => match error.downcast::<input::Refusal>() {
                Ok(refusal) => {
                    output::say(format_args!("whyfail: {refusal}"));
                    refused = true;
                }
                Err(error) => return Err(error),
            },
        }
    }
    unreadable |= refused || fate.broken.load(Ordering::Relaxed);
    for diagnosis in &mut diagnoses {
        project::corroborate(diagnosis, project.as_ref());
    }
    if !diagnoses.is_empty() {
        match output::report(&args.report, &diagnoses, &db) {
            Err(error) if super::is_closed_pipe(&error) => {}
            result => result?,
        }
    }
    if let Some(signal) = fate.told.get() {
        input::end_by(*signal);
    }
    Ok(status(&diagnoses, unreadable, args.exit_zero))
}

/// What is read of standard input before it is clear that it is a log.
const HEAD: usize = 64 * 1024;

/// The first of 2, 1, 3, 0 that occurs.
pub(super) fn status(diagnoses: &[Diagnosis], unreadable: bool, exit_zero: bool) -> u8 {
    let any = |outcome| diagnoses.iter().any(|diagnosis| diagnosis.outcome == outcome);
    match () {
        () if unreadable => USAGE,
        () if exit_zero => 0,
        () if any(Outcome::Failed) => 1,
        () if any(Outcome::Undetermined) => 3,
        () => 0,
    }
}

/// One diagnosis for a log, one for each build of a file of build records, one for each log of an archive.
/// Without `ahead` the cores have other logs to read.
pub(super) fn file(path: &Path, matcher: &Arc<Matcher>, ahead: bool) -> Result<Found, input::Refusal> {
    let name = path.display().to_string();
    if let Some(file) = RecordFile::open(path)? {
        return Ok(records::diagnose(&file, &name, matcher)?.into());
    }
    let source = match input::open(path)? {
        Opened::Packed(archive) => return Ok(archives::diagnose(archive, &name, &Limits::default(), matcher)),
        Opened::Log(source) => source,
    };
    let mut diagnoser = Diagnoser::new(Arc::clone(matcher)).named(name);
    let unreadable = |error| input::Refusal::Unreadable(path.display().to_string(), error);
    input::read(source, ahead, scout(&diagnoser), feed(&mut diagnoser)).map_err(unreadable)?;
    Ok(vec![diagnoser.finish()].into())
}

/// Looks through a chunk until its turn comes.
pub(super) fn scout(diagnoser: &Diagnoser) -> impl FnMut(&[u8], &mut Marks, &dyn Fn() -> bool) + Send + use<> {
    let mut scout = diagnoser.scout();
    move |chunk, marks, is_awaited| scout.look(chunk, marks, || !is_awaited())
}

/// Takes chunks in turn.
pub(super) fn feed(diagnoser: &mut Diagnoser) -> impl FnMut(&[u8], Option<&Marks>) {
    |chunk, marks| match marks {
        Some(marks) => diagnoser.feed_marked(chunk, marks),
        None => diagnoser.feed(chunk),
    }
}

/// Where the log goes while it is read.
fn echo(args: &Args, piped: bool) -> io::Result<Option<Echo>> {
    let programs = args.report.format.is_for_programs();
    match (args.echo, args.no_echo || !piped, programs) {
        (true, _, true) => stream::stderr().map(Some),
        (true, _, false) | (false, false, false) => stream::stdout().map(Some),
        (false, true, _) | (false, _, true) => Ok(None),
    }
}

/// What became of standard input while it was read.
#[derive(Default)]
struct Fate {
    /// The signal that told this process to stop.
    told: OnceLock<i32>,
    /// It was not read or passed on to its end, and that was said.
    broken: AtomicBool,
}

fn standard_input(args: &Args, matcher: &Arc<Matcher>, may_echo: bool, fate: &Fate) -> anyhow::Result<Found> {
    let terminal = io::stdin().is_terminal();
    if terminal {
        let end = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };
        output::say(format_args!(
            "Paste the log of the failed build, then press {end} on a line of its own. (whyfail --help tells more.)"
        ));
    }
    // Who pastes and thinks better of it has nothing to be told.
    let mut source = stream::stdin(!terminal).map_err(StreamFailure::Read)?;
    let mut head = vec![0u8; HEAD];
    let (count, ended) = first_bytes(&mut source, &mut head)?;
    head.truncate(count);
    if Magic::of(&head).is_some() {
        // Packed as it is, nobody can read it: it is not passed through.
        let archive = Archive::of_stream("standard input", io::Cursor::new(head).chain(source));
        return Ok(archives::diagnose(archive, "-", &Limits::default(), matcher));
    }
    let refused = input::refuse("standard input", &head).err();
    let echo = echo(args, may_echo && !terminal).map_err(StreamFailure::Echo)?;
    let mut diagnoser = Diagnoser::new(Arc::clone(matcher));
    let mut stream = Stream::new(source, head, ended, echo);
    let read = input::relay(&mut stream, scout(&diagnoser), feed(&mut diagnoser)).map_err(anyhow::Error::from);
    stream.end_line();
    if let Some(signal) = stream.told() {
        let _ = fate.told.set(signal);
    }
    // What was read is told all the same.
    let cut = stream.is_cut() || read.is_err();
    let lost = stream.lost().map(|error| format!("the log can't be passed through: {error}"));
    for problem in read.err().map(|error| format!("{error:#}")).into_iter().chain(lost) {
        output::say(format_args!("whyfail: {problem}"));
        fate.broken.store(true, Ordering::Relaxed);
    }
    match refused {
        Some(refusal) => Err(refusal.into()),
        None if cut => Ok(vec![diagnoser.finish_cut()].into()),
        None => Ok(vec![diagnoser.finish()].into()),
    }
}

/// Reads until it is clear whether the input is a log: mostly that is once. Says how much there is, and whether
/// that is all.
fn first_bytes(source: &mut impl Read, buffer: &mut [u8]) -> Result<(usize, bool), StreamFailure> {
    let mut count = 0;
    loop {
        match source.read(buffer.get_mut(count..).unwrap_or_default()) {
            Ok(0) => return Ok((count, true)),
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(StreamFailure::Read(error)),
        }
        if !Magic::may_follow(buffer.head(count)) {
            return Ok((count, false));
        }
    }
}
