//! `whyfail run -- CMD…`: runs a command and tells why it failed.

use std::sync::Arc;

use super::args::{Args, RunArgs};
use super::{database, output, project};
use crate::{Diagnoser, Matcher, input};

pub fn execute(args: &Args, run: &RunArgs) -> anyhow::Result<u8> {
    let asked = project::asked(&args.report)?;
    let db = database::load(&args.report)?;
    let matcher = Arc::new(Matcher::new(Arc::clone(&db)));
    let mut diagnoser = Diagnoser::new(matcher);
    let ended = match input::run(&run.command, |bytes| diagnoser.feed(bytes)) {
        Ok(ended) => ended,
        Err(failure) => {
            eprintln!("whyfail: {failure}");
            return Ok(failure.exit_code());
        }
    };
    let code = ended.exit_code;
    let mut diagnosis = diagnoser.finish_run(Some(ended.run));
    project::corroborate(&mut diagnosis, asked.or_else(|| project::of_command(&run.command)).as_ref());
    let diagnosis = [diagnosis];
    // The command's status is kept, whatever becomes of the report.
    let reported = if code == 0 {
        output::to_files(&args.report, &diagnosis, &db)
    } else {
        output::report_on_stderr(&args.report, &diagnosis, &db)
    };
    if let Some(error) = reported.err().filter(|error| !super::is_closed_pipe(error)) {
        eprintln!("whyfail: {error:#}");
    }
    Ok(code)
}
