//! Where reports go: terminals, files, colours, widths.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::args::{ColorWhen, ReportArgs};
use super::ci;
use super::shown::ShownArgs;
use crate::Diagnosis;
use crate::input::Patient;
use crate::report::{self, Defuser, Format, Style};
use crate::signature::SignatureDb;

/// Columns where the terminal does not say.
const WIDTH: usize = 100;

/// The style for a stream of this process.
pub fn style(args: &ReportArgs, terminal: bool) -> Style {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0));
    let forced = std::env::var("CLICOLOR_FORCE").is_ok_and(|value| !value.is_empty() && value != "0");
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    let color = match args.color {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto if set("NO_COLOR") => false,
        ColorWhen::Auto => forced || (terminal && !dumb),
    };
    let width = if terminal { width } else { WIDTH };
    Style { width, color, explain_ranking: args.explain_ranking, ci: ci::reads_along(), ..shown(args) }
}

/// How much is shown.
fn shown(args: &ReportArgs) -> Style {
    let ShownArgs { context, top, .. } = args.shown;
    Style { context: context.unwrap_or(0), top: top.map(NonZeroUsize::get), ..Style::default() }
}

/// Standard output for pages that quote: in CI nothing of it is a command. To be flushed at the end.
pub fn stdout() -> Defuser<BufWriter<io::StdoutLock<'static>>> {
    Defuser::new(BufWriter::new(io::stdout().lock()), ci::reads_along())
}

/// Prints a message on standard error; in CI nothing that it quotes is a command.
pub fn say(message: impl std::fmt::Display) {
    let mut out = Defuser::new(io::stderr().lock(), ci::reads_along());
    // Nobody reads it? Then there is nobody to tell.
    let _ = writeln!(out, "{message}");
}

/// Writes the report to standard output and to the files asked for. What can't be written takes nothing from the rest.
///
/// # Errors
/// Says of every file that can't be written which it is, and why.
pub fn report(args: &ReportArgs, diagnoses: &[Diagnosis], db: &SignatureDb) -> anyhow::Result<()> {
    let terminal = io::stdout().is_terminal();
    on_screen(args, diagnoses, db, &mut io::stdout().lock(), terminal)
}

/// Writes the report to standard error (beside a command's own output) and to the files asked for.
///
/// # Errors
/// As [`report`].
pub fn report_on_stderr(args: &ReportArgs, diagnoses: &[Diagnosis], db: &SignatureDb) -> anyhow::Result<()> {
    let terminal = io::stderr().is_terminal();
    on_screen(args, diagnoses, db, &mut io::stderr().lock(), terminal)
}

fn on_screen(
    args: &ReportArgs,
    diagnoses: &[Diagnosis],
    db: &SignatureDb,
    screen: &mut dyn Write,
    terminal: bool,
) -> anyhow::Result<()> {
    let plan = ci::Plan::new(args);
    let style = plan.style(style(args, terminal));
    let mut problems = files(args, &plan, diagnoses, db);
    let selected = args.shown.select(diagnoses);
    problems.extend(plan.summarise(&selected, db, &style).err());
    // The last thing on the screen is why it failed.
    if let Some(line) = plan.announcement() {
        say(line);
    }
    let shown = (|| {
        let mut out = BufWriter::new(Patient(screen));
        report::write(&mut out, args.format, &selected, db, &style)?;
        plan.commands(&mut out, &selected, db)?;
        out.flush()
    })();
    // A reader who went away is no problem; a file that is not there is one for whoever comes for it.
    problems.extend(
        shown
            .context("the report can't be written")
            .err()
            .filter(|error| problems.is_empty() || !super::is_closed_pipe(error)),
    );
    together(problems)
}

/// Writes the files asked for by `-o`, `--outputs` and `--ci`, and no report elsewhere.
///
/// # Errors
/// As [`report`].
pub fn to_files(args: &ReportArgs, diagnoses: &[Diagnosis], db: &SignatureDb) -> anyhow::Result<()> {
    together(files(args, &ci::Plan::new(args), diagnoses, db))
}

/// Writes every file that can be written; the problems are those of the others.
fn files(args: &ReportArgs, plan: &ci::Plan, diagnoses: &[Diagnosis], db: &SignatureDb) -> Vec<anyhow::Error> {
    let mut problems = Vec::new();
    let selected = args.shown.select(diagnoses);
    // In CI a later step may print the file.
    let style = Style { ci: ci::reads_along(), ..shown(args) };
    for (format, path) in args.output.iter().chain(plan.files()) {
        let written = to_file(*format, path, &selected, db, &style);
        problems.extend(written.with_context(|| format!("{}: can't be written", path.display())).err());
    }
    if let Some(path) = &args.outputs {
        let written = append(path, &report::outputs(diagnoses));
        problems.extend(written.with_context(|| format!("--outputs {}: can't be written", path.display())).err());
    }
    problems
}

/// One error that says all of them, each on a line.
fn together(mut problems: Vec<anyhow::Error>) -> anyhow::Result<()> {
    if problems.len() < 2 {
        return problems.pop().map_or(Ok(()), Err);
    }
    let lines: Vec<String> = problems.iter().map(|problem| format!("{problem:#}")).collect();
    Err(anyhow::anyhow!("{}", lines.join("\nwhyfail: ")))
}

/// The runner's file may hold lines already.
fn append(path: &Path, lines: &str) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(lines.as_bytes())
}

fn to_file(
    format: Format,
    path: &Path,
    diagnoses: &[Diagnosis],
    db: &SignatureDb,
    style: &Style,
) -> anyhow::Result<()> {
    let mut out = BufWriter::new(File::create(PathBuf::from(path))?);
    report::write(&mut out, format, diagnoses, db, style)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    // Some disks tell only now that they are full. Pipes and devices have nothing to say.
    match file.sync_data().map_err(|error| (error.kind(), error)) {
        Ok(())
        | Err((io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported | io::ErrorKind::ReadOnlyFilesystem, _)) => {
            Ok(())
        }
        Err((_, error)) => Err(error.into()),
    }
}
