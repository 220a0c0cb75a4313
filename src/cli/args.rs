//! The arguments.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum, ValueHint};

use super::ci;
use super::configuration::ConfigurationArgs;
use super::shown::ShownArgs;
use crate::report::Format;

const EXAMPLES: &str = "\
Examples:
  docker build . 2>&1 | whyfail          pass the log through, then tell why it failed
  go build ./... 2>&1 | whyfail          the same without Docker
  whyfail run -- docker build .          run it, keep its exit code, tell why it failed
  whyfail last                           the last failed docker build, out of BuildKit's history
  whyfail setup docker                   from now on, a failed docker build says why by itself
  whyfail build.log                      diagnose a saved log
  whyfail logs.zip                       every log of an archive; jobs with one cause are told once
  whyfail --format json build.log        for programs
  whyfail -o report.html -o whyfail.sarif build.log
                                         a page and SARIF beside the report on the screen
  whyfail run --ci auto -- make image    also annotations, summaries, files as the CI system wants them

Exit status:
  0  no failure found in the log
  1  the log shows a failed build, explained or not
  2  wrong usage, or unreadable input
  3  the log breaks off while something was running
  (over several logs the first of 2, 1, 3, 0 that occurs; `run` ends as its command did, 125 when
  whyfail itself fails, 126/127 when the command can't be started)

A pipe hides the build's own status: in CI use `whyfail run --`, or `set -o pipefail`.";

/// Tells why a build failed: ranked root causes, each proved by a line of the log, each with steps that mend it.
#[derive(Debug, Parser)]
#[command(name = "whyfail", version, after_help = EXAMPLES, args_conflicts_with_subcommands = false, subcommand_precedence_over_arg = true)]
pub struct Args {
    /// Saved logs, archives of logs (.gz, .zst, .zip, .tar.gz …) and build records (.dockerbuild); `-` is standard input. Without any, standard input is passed through and then diagnosed.
    pub files: Vec<PathBuf>,

    #[command(flatten)]
    pub report: ReportArgs,

    /// Print the diagnosis only, not the log that comes through the pipe.
    #[arg(long, conflicts_with = "echo")]
    pub no_echo: bool,

    /// Pass the log through also where the report's format would forbid it; it then goes to standard error.
    #[arg(long)]
    pub echo: bool,

    /// End with 0 also for a failed build or a log that breaks off.
    #[arg(long)]
    pub exit_zero: bool,

    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the report looks like and where it goes.
#[derive(Debug, ClapArgs)]
pub struct ReportArgs {
    /// How to report on standard output: text, brief (at most 1 KB), json, jsonl (one result a line), sarif, github (annotations),
    /// gitlab (Code Quality), markdown or html.
    #[arg(long, short = 'f', value_parser = format_name, default_value = "text", global = true, value_name = "FORMAT")]
    pub format: Format,

    /// Write a report to a file as well: FORMAT=FILE, or FILE where its ending says the format (.html, .sarif, .json, .jsonl,
    /// .md, .txt). May be repeated.
    #[arg(long, short = 'o', global = true, value_name = "[FORMAT=]FILE", value_parser = output)]
    pub output: Vec<(Format, PathBuf)>,

    /// Also tell a CI system in its own way: annotations and job summary, Code Quality file and folds, issues. Which, is said on
    /// one line. One of auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none.
    #[arg(long, global = true, default_value = "none", value_name = "SYSTEM", value_parser = ci_system, hide_default_value = true)]
    pub ci: ci::Choice,

    /// Append class=…, signature=… and the like of the first cause to a file, as $GITHUB_OUTPUT and dotenv reports want it.
    #[arg(long, global = true, value_name = "FILE")]
    pub outputs: Option<PathBuf>,

    #[command(flatten)]
    pub shown: ShownArgs,

    /// When to use colours.
    #[arg(long, global = true, default_value = "auto", value_name = "WHEN")]
    pub color: ColorWhen,

    /// Show how each cause got its score.
    #[arg(long, global = true)]
    pub explain_ranking: bool,

    /// A folder of own signatures (<tool>/<name>.toml); one with a built-in id replaces it. May be repeated.
    #[arg(long, global = true, value_name = "DIR")]
    pub signatures: Vec<PathBuf>,

    /// Switch a signature off; `tool/*` means all of a tool. May be repeated.
    #[arg(long, global = true, value_name = "ID")]
    pub disable: Vec<String>,

    /// Also look at these project files, read only: the folder that the build was given.
    #[arg(long, global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,

    /// Also say what could be better in a build that passed: nothing was tested, a huge context, secrets in ARG, a useless cache.
    /// Neither the verdict nor the exit status changes.
    #[arg(long, global = true)]
    pub advise: bool,

    /// Let the repository's own .whyfail folder and .whyfail.toml replace and switch off signatures and name files to write.
    /// They may come with a stranger's change.
    #[arg(long, global = true)]
    pub trust_repository: bool,

    /// End with 2 where a file of own signatures has a mistake, instead of leaving it out. With `check`: take what is only doubtful for
    /// a mistake, too.
    #[arg(long, global = true)]
    pub strict: bool,

    #[command(flatten)]
    pub configuration: ConfigurationArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// At a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a command, pass its output through, and tell why it failed.
    Run(RunArgs),
    /// Diagnose the last failed build out of BuildKit's history; no pipe and no second build are needed.
    Last(LastArgs),
    /// Put whyfail into another tool: docker, so that a failed build says why by itself.
    Setup(SetupArgs),
    /// Show one signature: what it means and how to mend it.
    Explain(ExplainArgs),
    /// List the signatures.
    List(ListArgs),
    /// Test a folder of signatures: format, patterns, examples.
    Check(CheckArgs),
    /// Draft a signature from a line of a log, or from a log that nothing explains.
    New(NewArgs),
    /// Print the completions of a shell.
    Completions(CompletionsArgs),
    /// Print a manual page.
    Man(ManArgs),
}

#[derive(Debug, ClapArgs)]
pub struct RunArgs {
    /// End with N (1 to 255) instead of the command's own code when it failed and running it again may help. Not when a
    /// signal ended it or was sent to whyfail.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    pub retry_exit_code: Option<u8>,

    /// Give the command a terminal of its own, as large as this one: it prints as it does for a person. Standard output and error are then
    /// one. Not on Windows.
    #[arg(long)]
    pub pty: bool,

    /// The command and its arguments.
    #[arg(
        required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "CMD",
        value_hint = ValueHint::CommandWithArguments
    )]
    pub command: Vec<OsString>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  whyfail last                       the last build that failed, whatever builder it ran on
  whyfail last ^1                    the build before the newest one
  whyfail last 1julgeowzf            a build by its id or the start of it (docker buildx history ls)
  whyfail last --builder ci -f json  the last failure of one builder, for programs

The line numbers are those of: docker buildx history logs REF
It ends with 2 where there is no build to read: buildx is missing or too old, the daemon is down, the
last build left no record.")]
pub struct LastArgs {
    /// The build: an id or its start, builder/node/id, the link that buildx prints, or ^N. The last failed one without it.
    #[arg(value_name = "REF")]
    pub reference: Option<String>,
    /// Only this builder's history.
    #[arg(long, value_name = "NAME")]
    pub builder: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub struct SetupArgs {
    /// The tool.
    #[command(subcommand)]
    pub tool: SetupTool,
}

#[derive(Debug, Subcommand)]
pub enum SetupTool {
    /// Link the plugin `docker whyfail` and let docker ask it after a failed build.
    Docker(SetupDockerArgs),
}

#[derive(Debug, ClapArgs)]
pub struct SetupDockerArgs {
    /// Take out what setup put in.
    #[arg(long)]
    pub remove: bool,
    /// Show what would change, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, ClapArgs)]
pub struct ExplainArgs {
    /// The signature's id, as a report shows it: go/checksum-mismatch.
    pub id: String,
}

#[derive(Debug, ClapArgs)]
pub struct ListArgs {
    /// Only ids, titles, classes or tools that contain this.
    pub filter: Option<String>,
    /// Only this failure class.
    #[arg(long)]
    pub class: Option<String>,
    /// Only this tool.
    #[arg(long)]
    pub tool: Option<String>,
    /// List the failure classes instead.
    #[arg(long)]
    pub classes: bool,
}

#[derive(Debug, ClapArgs)]
pub struct CheckArgs {
    /// Folders of signatures, or single files.
    #[arg(required = true, value_name = "DIR")]
    pub paths: Vec<PathBuf>,
    /// The log of a build that went well: no signature may find a cause in it. May be repeated.
    #[arg(long, value_name = "LOG")]
    pub good: Vec<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub struct NewArgs {
    /// The id to give it: <tool>/<name>. Without it one is made of the line's own words.
    pub id: Option<String>,
    /// Draft from this log of a failure that nothing explains (- for standard input): its most suspicious line is taken,
    /// with the lines around it as an example.
    #[arg(long, value_name = "LOG", conflicts_with = "line")]
    pub from: Option<PathBuf>,
    /// With --from: take the N-th of the suspicious lines.
    #[arg(long, value_name = "N", requires = "from", value_parser = pick)]
    pub pick: Option<usize>,
    /// The line of the log that proves the failure; asked for on standard input without it and --from.
    #[arg(long)]
    pub line: Option<String>,
    /// The folder to write to.
    #[arg(long, default_value = ".whyfail", value_name = "DIR")]
    pub dir: PathBuf,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  source <(whyfail completions bash)                            in ~/.bashrc
  whyfail completions zsh > ~/.zfunc/_whyfail                   a folder of $fpath
  whyfail completions fish > ~/.config/fish/completions/whyfail.fish
  whyfail completions powershell | Out-String | Invoke-Expression   in $PROFILE")]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  whyfail man | man -l -                       the page about whyfail
  whyfail man setup docker | man -l -          the page about one command
  whyfail man --to ~/.local/share/man/man1     all pages, for man whyfail")]
pub struct ManArgs {
    /// The command that the page is about, such as `run`; whyfail itself without it.
    #[arg(value_name = "COMMAND", conflicts_with = "to")]
    pub command: Vec<String>,
    /// Write all pages to this folder.
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
}

fn pick(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "a number from 1".to_owned())
}

/// The format of this name.
///
/// # Errors
/// There is none.
pub fn format_name(name: &str) -> Result<Format, String> {
    let known: Vec<&str> = Format::ALL.iter().map(|format| format.as_str()).collect();
    Format::from_name(name).ok_or_else(|| no_such("format", name, &known))
}

/// The CI system of this name.
///
/// # Errors
/// There is none.
pub fn ci_system(name: &str) -> Result<ci::Choice, String> {
    ci::Choice::from_name(name).ok_or_else(|| no_such("CI system", name, &ci::Choice::names()))
}

/// What to say of a word that is not known: the nearest one, and all.
fn no_such(what: &str, word: &str, known: &[&str]) -> String {
    let near = |name: &&&str| strsim::jaro_winkler(&word.to_lowercase(), name);
    let nearest = known.iter().max_by(|a, b| near(a).total_cmp(&near(b))).filter(|name| near(name) > 0.75);
    let hint = nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    format!("no such {what}{hint} (known: {})", known.join(", "))
}

/// `FORMAT=FILE`, or a file whose ending says the format.
///
/// # Errors
/// The format is unknown.
pub fn output(value: &str) -> Result<(Format, PathBuf), String> {
    if let Some((name, file)) = value.split_once('=').filter(|(_, file)| !file.is_empty()) {
        return Ok((format_name(name)?, PathBuf::from(file)));
    }
    let path = PathBuf::from(value);
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    if path.file_name().is_some_and(|name| name == ci::CODE_QUALITY) {
        return Err(format!("{} is GitLab's name for its Code Quality report; write gitlab={value}", ci::CODE_QUALITY));
    }
    match Format::from_ending(&ending) {
        Some(format) => Ok((format, path)),
        None => {
            Err("the ending does not say the format; write FORMAT=FILE (endings: .html .sarif .json .jsonl .md .txt)"
                .to_owned())
        }
    }
}
