//! The command line: the only place that knows arguments, terminals and exit codes.

pub mod archives;
mod args;
mod check;
mod ci;
mod configuration;
mod console;
mod database;
mod diagnose;
mod docker_hook;
mod docker_plugin;
mod docker_setup;
mod explain;
mod last;
mod list;
mod new;
mod output;
mod pages;
mod project;
pub mod records;
mod run;
mod shown;
mod side_by_side;
mod unrecorded;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::builder::PossibleValuesParser;

use args::{Args, Command, SetupTool};

use crate::input::buildx::GlobalOptions;
use crate::report::Format;

/// Wrong usage or unreadable input.
const USAGE: u8 = 2;

/// Runs the program with the arguments of this process and says how to end.
pub fn main() -> ExitCode {
    // Styles are decided per stream by `output`; the crate only maps them to codes.
    colored::control::set_override(true);
    console::understands_escapes();
    let words: Vec<OsString> = std::env::args_os().collect();
    if docker_plugin::is_called(&words) {
        return docker_plugin::main(&words);
    }
    execute(&configuration::parse(words), &GlobalOptions::default())
}

/// The arguments as data, for completions and manual pages.
pub fn command() -> clap::Command {
    let formats = Format::ALL.iter().map(|format| format.as_str());
    Args::command().mut_arg("format", |format| format.value_parser(PossibleValuesParser::new(formats)))
}

/// Does what the arguments say; `docker` are docker's own options where it called.
fn execute(args: &Args, docker: &GlobalOptions) -> ExitCode {
    let result = match &args.command {
        None => diagnose::execute(args),
        Some(Command::Run(run)) => run::execute(args, run),
        Some(Command::Last(last)) => last::execute(args, last, docker),
        Some(Command::Setup(setup)) => match &setup.tool {
            SetupTool::Docker(setup) => docker_setup::execute(setup, docker),
        },
        Some(Command::Explain(explain)) => explain::execute(args, explain),
        Some(Command::List(list)) => list::execute(args, list),
        Some(Command::Check(check)) => check::execute(args, check),
        Some(Command::New(new)) => new::execute(args, new),
        Some(Command::Completions(completions)) => pages::completions(completions),
        Some(Command::Man(man)) => pages::man(man),
    };
    // A mistake in a configuration file stops nothing, but it is one. `run` ends as its command did.
    let faulty = args.report.configuration.found.faulty && !matches!(args.command, Some(Command::Run(_)));
    match result {
        Ok(_) if faulty => ExitCode::from(USAGE),
        Ok(code) => ExitCode::from(code),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::say(format_args!("whyfail: {error:#}"));
            // `run` must not be taken for the command that it was to run.
            ExitCode::from(if matches!(args.command, Some(Command::Run(_))) { 125 } else { USAGE })
        }
    }
}

/// A status as the standard library takes it. A command on Windows may end with more than a byte, which only the system's own call
/// keeps; nothing is left to be done or written then.
fn byte_or_exit(code: i32) -> u8 {
    u8::try_from(code).unwrap_or_else(|_| std::process::exit(code))
}

/// Did the reader of our output go away? Then there is nobody to tell.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(std::io::ErrorKind::BrokenPipe)
    })
}
