//! `whyfail`, `whyfail FILE…`: diagnoses a pipe, a paste or saved logs.

use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use super::archives::{self, Found};
use super::args::Args;
use super::{USAGE, database, output, project, records};
use crate::input::archive::{Archive, Limits};
use crate::input::record::RecordFile;
use crate::input::{self, CHUNK, Magic, Opened};
use crate::model::Outcome;
use crate::{Diagnoser, Diagnosis, Matcher};

pub fn execute(args: &Args) -> anyhow::Result<u8> {
    let project = project::asked(&args.report)?;
    let db = database::load(&args.report)?;
    let matcher = database::matcher(&args.report, &db);
    let mut diagnoses = Vec::new();
    let mut unreadable = false;
    let mut take = |found: Found| {
        for problem in &found.problems {
            output::say(format_args!("whyfail: {}", archives::message(problem)));
            unreadable |= !problem.fault.is_harmless();
        }
        diagnoses.extend(found.diagnoses);
    };
    if args.files.is_empty() {
        take(standard_input(args, &matcher, true)?);
    }
    let mut refused = false;
    for path in &args.files {
        if path == Path::new("-") {
            take(standard_input(args, &matcher, false)?);
            continue;
        }
        match file(path, &matcher) {
            Ok(found) => take(found),
            Err(refusal) => {
                output::say(format_args!("whyfail: {refusal}"));
                refused = true;
            }
        }
    }
    unreadable |= refused;
    for diagnosis in &mut diagnoses {
        project::corroborate(diagnosis, project.as_ref());
    }
    if !diagnoses.is_empty() {
        match output::report(&args.report, &diagnoses, &db) {
            Err(error) if super::is_closed_pipe(&error) => {}
            result => result?,
        }
    }
    Ok(status(&diagnoses, unreadable, args.exit_zero))
}

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
fn file(path: &Path, matcher: &Arc<Matcher>) -> Result<Found, input::Refusal> {
    let name = path.display().to_string();
    if let Some(file) = RecordFile::open(path)? {
        return Ok(records::diagnose(&file, &name, matcher)?.into());
    }
    let mut source = match input::open(path)? {
        Opened::Packed(archive) => return Ok(archives::diagnose(archive, &name, &Limits::default(), matcher)),
        Opened::Log(source) => source,
    };
    let mut diagnoser = Diagnoser::new(Arc::clone(matcher)).named(name);
    let mut buffer = vec![0u8; CHUNK];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(vec![diagnoser.finish()].into()),
            Ok(count) => diagnoser.feed(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(input::Refusal::Unreadable(path.display().to_string(), error)),
        }
    }
}

/// Where the log goes while it is read.
enum Echo {
    Off,
    Stdout(io::Stdout),
    Stderr(io::Stderr),
}

impl Echo {
    fn new(args: &Args, piped: bool) -> Self {
        let programs = args.report.format.is_for_programs();
        match (args.echo, args.no_echo || !piped, programs) {
            (true, _, true) => Echo::Stderr(io::stderr()),
            (true, _, false) => Echo::Stdout(io::stdout()),
            (false, true, _) | (false, _, true) => Echo::Off,
            (false, false, false) => Echo::Stdout(io::stdout()),
        }
    }

    fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Echo::Off => Ok(()),
            Echo::Stdout(out) => {
                let mut out = out.lock();
                out.write_all(bytes)?;
                out.flush()
            }
            Echo::Stderr(out) => out.write_all(bytes),
        }
    }
}

fn standard_input(args: &Args, matcher: &Arc<Matcher>, may_echo: bool) -> anyhow::Result<Found> {
    let mut source = io::stdin().lock();
    let terminal = source.is_terminal();
    if terminal {
        let end = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };
        eprintln!(
            "Paste the log of the failed build, then press {end} on a line of its own. (whyfail --help tells more.)"
        );
    }
    let mut buffer = vec![0u8; CHUNK];
    let (mut count, ended) = first_bytes(&mut source, &mut buffer)?;
    if Magic::of(&buffer[..count]).is_some() {
        // Packed as it is, nobody can read it: it is not passed through.
        buffer.truncate(count);
        let archive = Archive::of_stream("standard input", io::Cursor::new(buffer).chain(source));
        return Ok(archives::diagnose(archive, "-", &Limits::default(), matcher));
    }
    let refused = input::refuse("standard input", &buffer[..count]).err();
    let mut echo = Echo::new(args, may_echo && !terminal);
    let mut diagnoser = Diagnoser::new(Arc::clone(matcher));
    let mut ends_with_line_feed = true;
    while count > 0 {
        let bytes = &buffer[..count];
        diagnoser.feed(bytes);
        ends_with_line_feed = bytes.ends_with(b"\n");
        if let Err(error) = echo.pass(bytes) {
            // Nobody reads any more: end quietly, with what was seen so far.
            if error.kind() == io::ErrorKind::BrokenPipe {
                break;
            }
            return Err(anyhow::Error::new(error).context("the log can't be passed through"));
        }
        count = if ended { 0 } else { read_some(&mut source, &mut buffer)? };
    }
    if !ends_with_line_feed && !matches!(echo, Echo::Off) {
        // The report starts on a line of its own.
        let _ = echo.pass(b"\n");
    }
    match refused {
        Some(refusal) => Err(refusal.into()),
        None => Ok(vec![diagnoser.finish()].into()),
    }
}

/// Reads until it is clear whether the input is a log: mostly that is once. Says how much there is, and whether that
/// is all.
fn first_bytes(source: &mut impl Read, buffer: &mut [u8]) -> anyhow::Result<(usize, bool)> {
    let mut count = 0;
    loop {
        match read_some(source, &mut buffer[count..])? {
            0 => return Ok((count, true)),
            more => count += more,
        }
        if !Magic::may_follow(&buffer[..count]) {
            return Ok((count, false));
        }
    }
}

fn read_some(source: &mut impl Read, buffer: &mut [u8]) -> anyhow::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result.context("standard input can't be read"),
        }
    }
}
