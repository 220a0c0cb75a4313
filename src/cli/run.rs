//! `whyfail run -- CMD…`: runs a command and tells why it failed.

use std::sync::Arc;

use super::args::{Args, RunArgs};
use super::{database, diagnose, output, project};
use crate::input::{ChildFailure, Output};
use crate::model::Run;
use crate::signature::Retry;
use crate::{Diagnoser, Diagnosis, input};

pub fn execute(args: &Args, run: &RunArgs) -> anyhow::Result<u8> {
    let asked = project::asked(&args.report)?;
    let db = database::load(&args.report)?;
    let matcher = database::matcher(&args.report, &db);
    let mut diagnoser = Diagnoser::new(Arc::clone(&matcher));
    let mut running = match input::start(&run.command, run.pty) {
        Ok(running) => running,
        Err(failure) => return Ok(not_started(&failure)),
    };
    // It is not read without end only because of an error of ours, which it has none of.
    let read = input::read(&mut running, true, diagnose::scout(&diagnoser), diagnose::feed(&mut diagnoser));
    let ended = running.end();
    if let Err(error) = read {
        output::say(format_args!("whyfail: the command's output can't be read: {error}"));
    }
    for (stream, error) in &ended.lost {
        output::say(format_args!(
            "whyfail: {stream} can't be written: {error}; the rest of the command's output is lost"
        ));
    }
    let code = ended.exit_code;
    let mut diagnosis = diagnoser.finish_run(Some(ended.run.clone()));
    project::corroborate(&mut diagnosis, asked.or_else(|| project::of_command(&run.command)).as_ref());
    // The command's status is kept, whatever becomes of the report.
    let reported = if code == 0 && diagnosis.advice.is_empty() {
        output::to_files(&args.report, std::slice::from_ref(&diagnosis), &db)
    } else {
        output::report_on_stderr(&args.report, std::slice::from_ref(&diagnosis), &db)
    };
    if let Some(error) = reported.err().filter(|error| !super::is_closed_pipe(error)) {
        output::say(format_args!("whyfail: {error:#}"));
    }
    if let Some(signal) = told_to_stop(&ended) {
        input::end_by(signal);
    }
    let again = run.retry_exit_code.filter(|_| may_pass_again(&ended, &diagnosis));
    if let Some(again) = again {
        output::say(format_args!("whyfail: ends with {again} instead of {code}: running it again may help"));
    }
    Ok(super::byte_or_exit(again.map_or(code, i32::from)))
}

/// Says why, and gives the status that a shell gives.
fn not_started(failure: &ChildFailure) -> u8 {
    output::say(format_args!("whyfail: {failure}"));
    failure.exit_code()
}

/// The signal of which our caller must see that it ended us. A command that went well in spite of it did what it was to do.
fn told_to_stop(ended: &Output) -> Option<i32> {
    ended.told.filter(|_| ended.exit_code != 0)
}

/// Did it fail by itself, for a reason that may be gone the next time? What somebody stopped is not to be run again: neither a
/// command that a signal ended nor one that failed after whyfail was sent a signal (a cancelled job, Ctrl-C).
fn may_pass_again(ended: &Output, diagnosis: &Diagnosis) -> bool {
    let Run { exit_code, signal, .. } = ended.run;
    let failed = exit_code.is_some_and(|code| code != 0) && signal.is_none();
    failed && ended.told.is_none() && diagnosis.causes.first().is_some_and(|cause| cause.retry == Retry::Helps)
}
