//! Configuration files: `.whyfail.toml` of the repository at hand and the user's own `config.toml`, beneath the command line.
//!
//! A repository may come with a stranger's change. What its file may do without `--trust-repository` is therefore harmless: it can
//! neither replace nor switch off a signature, nor write or read a file outside, nor take the log off the screen.

pub mod file;
mod place;

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args as ClapArgs, CommandFactory, FromArgMatches};

use super::args::{Args, Command, ReportArgs};
use super::output;
use crate::signature::{Origin, Problem};
use file::{Placed, Settings, code};
pub use place::{in_root, repository_root, repository_signatures, user_folder};
use place::{repository_file, resolved, user_file};

/// Where the configuration is read from.
#[derive(Debug, Default, ClapArgs)]
pub struct ConfigurationArgs {
    /// Read this configuration file, and not those of the repository (.whyfail.toml) and of the user.
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,

    /// Read no configuration file.
    #[arg(long, global = true)]
    pub no_config: bool,

    /// What the files say that no option does.
    #[arg(skip)]
    pub found: Found,
}

/// What configuration files say beside values of options.
#[derive(Debug, Default)]
pub struct Found {
    /// Folders of signatures that a repository's file names.
    pub of_repository: Vec<PathBuf>,
    /// Folders of signatures that the user's file, or that of `--config`, names.
    pub of_user: Vec<PathBuf>,
    /// Signatures to switch off, and where that is said.
    pub disable: Vec<(String, String)>,
    /// Something in a file can't be used. It was said.
    pub faulty: bool,
}

/// Reads the arguments `words`, and what configuration files add to them. Ends the program as the parser does where the words are
/// wrong; what is wrong in a file is said, and the rest is used.
pub fn parse(words: Vec<OsString>) -> Args {
    let matches = Args::command().try_get_matches_from(words).unwrap_or_else(|error| refuse(&error));
    let mut args = Args::from_arg_matches(&matches).unwrap_or_else(|error| refuse(&error));
    let whole = match &args.command {
        None | Some(Command::Run(_) | Command::Last(_)) => true,
        Some(Command::Explain(_) | Command::List(_) | Command::New(_)) => false,
        // They look at nothing that a file could say something of.
        Some(Command::Setup(_) | Command::Check(_) | Command::Completions(_) | Command::Man(_)) => return args,
    };
    let given = |option: &str| is_given(&matches, option);
    settle(&mut args.report, whole, given);
    args
}

/// Says what is wrong with the command line, or what was asked for, and ends. A mistake quotes what was given: names of files, perhaps.
fn refuse(error: &clap::Error) -> ! {
    if !error.use_stderr() {
        error.exit();
    }
    output::refuse(error);
    process::exit(error.exit_code())
}

fn is_given(matches: &ArgMatches, option: &str) -> bool {
    matches.value_source(option) == Some(ValueSource::CommandLine)
}

/// Adds what the files say to the options: all of it, or, where nothing is diagnosed, what is about signatures and colours.
/// `given` tells which options stand on the command line: they win.
pub fn settle(args: &mut ReportArgs, whole: bool, given: impl Fn(&str) -> bool) {
    let mut done: HashSet<&'static str> = HashSet::new();
    for source in sources(args) {
        let Some(text) = source.text(&mut args.configuration.found.faulty) else { continue };
        let (mut settings, problems) = file::read(&source.name(), &text);
        for problem in &problems {
            output::say(problem);
        }
        args.configuration.found.faulty |= !problems.is_empty();
        let mut merge = Merge { args, source: &source, text: &text, given: &given, done: &mut done };
        merge.signatures(&settings);
        merge.one("color", settings.color.take(), |args, color| args.color = color);
        if whole {
            merge.reports(settings);
        }
    }
}

/// A file to read.
struct Source {
    path: PathBuf,
    /// The repository's root, where it is the file of one.
    root: Option<PathBuf>,
    trusted: bool,
    /// It was named on the command line.
    asked: bool,
}

/// The files to read, the one that wins first. Says and does what the user's own file says of the repository.
fn sources(args: &mut ReportArgs) -> Vec<Source> {
    if args.configuration.no_config {
        return Vec::new();
    }
    if let Some(path) = args.configuration.config.clone() {
        return vec![Source { path, root: None, trusted: true, asked: true }];
    }
    let user = user_file().map(|path| Source { path, root: None, trusted: true, asked: false });
    if !args.trust_repository {
        let silent = user.as_ref().and_then(|source| place::read(&source.path).ok());
        let trusted = silent.map(|text| file::read("", &text).0.trust_repository).unwrap_or_default();
        args.trust_repository = is_trusted(&trusted);
    }
    let trusted = args.trust_repository;
    let repository = repository_file().map(|(path, root)| Source { path, root: Some(root), trusted, asked: false });
    repository.into_iter().chain(user).collect()
}

/// Is the repository at hand one of those folders, or below one?
fn is_trusted(folders: &[Placed<String>]) -> bool {
    let Some(root) = repository_root().and_then(|root| root.canonicalize().ok()) else { return false };
    folders
        .iter()
        .filter_map(|folder| place::home(&folder.value)?.canonicalize().ok())
        .any(|folder| root.starts_with(folder))
}

impl Source {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// The text, or `None` with a message.
    fn text(&self, faulty: &mut bool) -> Option<String> {
        let outside = self.root.as_ref().filter(|root| !self.trusted && !in_root(&self.path, root));
        let read = match outside {
            Some(_) => Err("leads out of its repository".to_owned()),
            None => place::read(&self.path).map_err(|error| error.to_string()),
        };
        read.map_err(|why| {
            *faulty = true;
            let option = if self.asked { "--config " } else { "" };
            output::say(format_args!("whyfail: {option}{}: can't be read: {why}", self.name()));
        })
        .ok()
    }

    /// The folder that paths in the file start from.
    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }
}

/// Puts one file's settings into the options.
struct Merge<'m, G> {
    args: &'m mut ReportArgs,
    source: &'m Source,
    text: &'m str,
    given: &'m G,
    /// What a file that wins has set.
    done: &'m mut HashSet<&'static str>,
}

impl<G: Fn(&str) -> bool> Merge<'_, G> {
    fn place(&self, span: &std::ops::Range<usize>) -> String {
        let Problem { line, column, .. } = Problem::at(code::FILE, "", self.text, span.clone(), "");
        format!("{}:{line}:{column}", self.source.name())
    }

    /// May it be obeyed? Says so where not.
    fn is_obeyed(&self, key: &str, span: &std::ops::Range<usize>) -> bool {
        if !self.source.trusted {
            let place = self.place(span);
            output::say(format_args!("whyfail: {place}: '{key}' is not obeyed (--trust-repository allows it)"));
        }
        self.source.trusted
    }

    fn wrong(&mut self, span: &std::ops::Range<usize>, message: &str) {
        self.args.configuration.found.faulty = true;
        output::say(Problem::at(code::FILE, &self.source.name(), self.text, span.clone(), message));
    }

    /// A single value: set unless the command line or a file that wins has set it.
    fn one<T>(&mut self, key: &'static str, value: Option<Placed<T>>, set: impl FnOnce(&mut ReportArgs, T)) {
        if let Some(value) = value.filter(|_| !(self.given)(&key.replace('-', "_")))
            && self.done.insert(key)
        {
            set(self.args, value.value);
        }
    }

    fn signatures(&mut self, settings: &Settings) {
        for Placed { value, span } in &settings.signatures {
            let path = resolved(self.source.folder(), value);
            if !path.is_dir() {
                self.wrong(span, "not a folder of signatures");
                continue;
            }
            if self.source.root.as_ref().is_some_and(|root| !self.source.trusted && !in_root(&path, root)) {
                let place = self.place(span);
                output::say(format_args!(
                    "whyfail: {place}: a folder outside of the repository is not read (--trust-repository allows it)"
                ));
                continue;
            }
            let found = &mut self.args.configuration.found;
            if self.source.root.is_some() { found.of_repository.push(path) } else { found.of_user.push(path) }
        }
        if let Some(first) = settings.disable.first()
            && self.is_obeyed("disable", &first.span)
        {
            for Placed { value, span } in &settings.disable {
                let place = self.place(span);
                self.args.configuration.found.disable.push((value.clone(), place));
            }
        }
        if let Some(first) = settings.trust_repository.first().filter(|_| self.source.root.is_some()) {
            self.wrong(&first.span, "a repository can't trust itself; this key belongs into your own config.toml");
        }
    }

    fn reports(&mut self, settings: Settings) {
        self.one("min-confidence", settings.min_confidence, |args, value| args.shown.min_confidence = Some(value));
        self.one("top", settings.top, |args, value| args.shown.top = Some(value));
        self.one("context", settings.context, |args, value| args.shown.context = Some(value));
        self.one("advise", settings.advise, |args, value| args.advise = value);
        self.one("explain-ranking", settings.explain_ranking, |args, value| args.explain_ranking = value);
        // A report for programs takes the place of the log on the screen.
        let format = settings.format;
        let format = format.filter(|format| !format.value.is_for_programs() || self.is_obeyed("format", &format.span));
        self.one("format", format, |args, value| args.format = value);
        if let Some(first) = settings.output.first()
            && self.is_obeyed("output", &first.span)
        {
            let folder = self.source.folder();
            let files = settings.output.iter().map(|Placed { value: (format, path), .. }| (*format, folder.join(path)));
            self.args.output.extend(files.collect::<Vec<_>>());
        }
        // It may write a summary and a file, and folds the log.
        let ci = settings.ci;
        let ci = ci.filter(|ci| self.is_obeyed("ci", &ci.span));
        self.one("ci", ci, |args, value| args.ci = value);
        let outputs = settings.outputs;
        let outputs = outputs.filter(|outputs| self.is_obeyed("outputs", &outputs.span));
        let folder = self.source.folder().to_owned();
        self.one("outputs", outputs, |args, value| args.outputs = Some(folder.join(value)));
    }
}

/// The origin of what a repository says.
pub fn repository_origin(args: &ReportArgs) -> Origin {
    if args.trust_repository { Origin::User } else { Origin::Repository }
}
