//! Where reports go: terminals, files, colours, widths.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::args::{ColorWhen, ReportArgs};
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
    Style { width, color, explain_ranking: args.explain_ranking, ci: in_ci() }
}

/// Does a CI system read what this process prints?
fn in_ci() -> bool {
    ["CI", "GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI", "JENKINS_URL", "BUILDKITE", "TEAMCITY_VERSION"]
        .into_iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Standard output for pages that quote: in CI nothing of it is a command. To be flushed at the end.
pub fn stdout() -> Defuser<BufWriter<io::StdoutLock<'static>>> {
    Defuser::new(BufWriter::new(io::stdout().lock()), in_ci())
}

/// Prints a message on standard error; in CI nothing that it quotes is a command.
pub fn say(message: impl std::fmt::Display) {
    let mut out = Defuser::new(io::stderr().lock(), in_ci());
    // Nobody reads it? Then there is nobody to tell.
    let _ = writeln!(out, "{message}");
}

/// Writes the report to standard output and to the files asked for. What can't be written does not keep the rest from being written.
///
/// # Errors
/// The first thing that can't be written.
pub fn report(args: &ReportArgs, diagnoses: &[Diagnosis], db: &SignatureDb) -> anyhow::Result<()> {
    let filed = to_files(args, diagnoses, db);
    let style = style(args, io::stdout().is_terminal());
    let printed = print(io::stdout().lock(), args.format, diagnoses, db, &style).context("the report can't be written");
    filed.and(printed)
}

/// The same, to standard error (beside a command's own output).
///
/// # Errors
/// The first thing that can't be written.
pub fn report_on_stderr(args: &ReportArgs, diagnoses: &[Diagnosis], db: &SignatureDb) -> anyhow::Result<()> {
    let filed = to_files(args, diagnoses, db);
    let style = style(args, io::stderr().is_terminal());
    let printed = print(io::stderr().lock(), args.format, diagnoses, db, &style).context("the report can't be written");
    filed.and(printed)
}

fn print(
    out: impl Write,
    format: Format,
    diagnoses: &[Diagnosis],
    db: &SignatureDb,
    style: &Style,
) -> anyhow::Result<()> {
    let mut out = BufWriter::new(Patient(out));
    report::write(&mut out, format, diagnoses, db, style)?;
    out.flush()?;
    Ok(())
}

/// Writes the files asked for by `-o` and `--outputs`, each that can be written.
///
/// # Errors
/// The first that can't be written.
pub fn to_files(args: &ReportArgs, diagnoses: &[Diagnosis], db: &SignatureDb) -> anyhow::Result<()> {
    let mut result = Ok(());
    for (format, path) in &args.output {
        let written = to_file(*format, path, diagnoses, db);
        result = result.and(written.with_context(|| format!("{}: can't be written", path.display())));
    }
    if let Some(path) = &args.outputs {
        let written = append(path, &report::outputs(diagnoses));
        result = result.and(written.with_context(|| format!("--outputs {}: can't be written", path.display())));
    }
    result
}

/// The runner's file may hold lines already.
fn append(path: &Path, lines: &str) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(lines.as_bytes())
}

fn to_file(format: Format, path: &Path, diagnoses: &[Diagnosis], db: &SignatureDb) -> anyhow::Result<()> {
    let mut out = BufWriter::new(File::create(PathBuf::from(path))?);
    // In CI a later step may print the file.
    let style = Style { ci: in_ci(), ..Style::default() };
    report::write(&mut out, format, diagnoses, db, &style)?;
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
