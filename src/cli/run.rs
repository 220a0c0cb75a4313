//! `whyfail run -- CMD…`: runs a command and tells why it failed.

use super::args::{Args, RunArgs};
use super::{database, output, project};
use crate::model::Run;
use crate::signature::Retry;
use crate::{Diagnoser, Diagnosis, input};

pub fn execute(args: &Args, run: &RunArgs) -> anyhow::Result<u8> {
    let asked = project::asked(&args.report)?;
    let db = database::load(&args.report)?;
    let matcher = database::matcher(&args.report, &db);
    let mut diagnoser = Diagnoser::new(matcher);
    let ended = match input::run(&run.command, |bytes| diagnoser.feed(bytes)) {
        Ok(ended) => ended,
        Err(failure) => {
            output::say(format_args!("whyfail: {failure}"));
            return Ok(failure.exit_code());
        }
    };
    let code = ended.exit_code;
    let mut diagnosis = diagnoser.finish_run(Some(ended.run.clone()));
    project::corroborate(&mut diagnosis, asked.or_else(|| project::of_command(&run.command)).as_ref());
    let diagnosis = [diagnosis];
    // The command's status is kept, whatever becomes of the report.
    let reported = if code == 0 && diagnosis[0].advice.is_empty() {
        output::to_files(&args.report, &diagnosis, &db)
    } else {
        output::report_on_stderr(&args.report, &diagnosis, &db)
    };
    if let Some(error) = reported.err().filter(|error| !super::is_closed_pipe(error)) {
        output::say(format_args!("whyfail: {error:#}"));
    }
    let again = run.retry_exit_code.filter(|_| may_pass_again(&ended.run, ended.interrupted, &diagnosis[0]));
    if let Some(again) = again {
        output::say(format_args!("whyfail: ends with {again} instead of {code}: running it again may help"));
    }
    Ok(again.unwrap_or(code))
}

/// Did it fail by itself, for a reason that may be gone the next time? What somebody stopped is not to be run again: neither a
/// command that a signal ended nor one that failed after whyfail was sent a signal (a cancelled job, Ctrl-C).
fn may_pass_again(run: &Run, interrupted: bool, diagnosis: &Diagnosis) -> bool {
    let failed = run.exit_code.is_some_and(|code| code != 0) && run.signal.is_none();
    failed && !interrupted && diagnosis.causes.first().is_some_and(|cause| cause.retry == Retry::Helps)
}
