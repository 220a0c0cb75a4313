//! `--ci SYSTEM`: tells a CI system what it can show in its own way, beside the report on the screen.

use std::env;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};

use super::args::ReportArgs;
use crate::Diagnosis;
use crate::report::{self, Format, Style};
use crate::signature::SignatureDb;

/// The file in which GitLab's documentation keeps a Code Quality report.
pub const CODE_QUALITY: &str = "gl-code-quality-report.json";
/// The most that GitHub takes as the summary of a step, in bytes; what is longer is lost whole (docs.github.com, "Workflow commands for
/// GitHub Actions", "Step isolation and limits").
const SUMMARY: u64 = 1 << 20;

/// A CI system whose ways are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Github,
    Gitlab,
    Azure,
    Jenkins,
    Buildkite,
    Circleci,
    Travis,
    Teamcity,
}

impl System {
    const ALL: &'static [System] = &[
        System::Github,
        System::Gitlab,
        System::Azure,
        System::Jenkins,
        System::Buildkite,
        System::Circleci,
        System::Travis,
        System::Teamcity,
    ];

    /// The word on the command line.
    fn word(self) -> &'static str {
        match self {
            System::Github => "github",
            System::Gitlab => "gitlab",
            System::Azure => "azure",
            System::Jenkins => "jenkins",
            System::Buildkite => "buildkite",
            System::Circleci => "circleci",
            System::Travis => "travis",
            System::Teamcity => "teamcity",
        }
    }

    /// Its name.
    fn name(self) -> &'static str {
        match self {
            System::Github => "GitHub Actions",
            System::Gitlab => "GitLab",
            System::Azure => "Azure Pipelines",
            System::Jenkins => "Jenkins",
            System::Buildkite => "Buildkite",
            System::Circleci => "CircleCI",
            System::Travis => "Travis CI",
            System::Teamcity => "TeamCity",
        }
    }

    /// The variable that it sets for its jobs.
    fn variable(self) -> &'static str {
        match self {
            System::Github => "GITHUB_ACTIONS",
            System::Gitlab => "GITLAB_CI",
            System::Azure => "TF_BUILD",
            System::Jenkins => "JENKINS_URL",
            System::Buildkite => "BUILDKITE",
            System::Circleci => "CIRCLECI",
            System::Travis => "TRAVIS",
            System::Teamcity => "TEAMCITY_VERSION",
        }
    }

    /// The files that it is given, in the working directory.
    fn files(self) -> &'static [(Format, &'static str)] {
        match self {
            System::Gitlab => &[(Format::Gitlab, CODE_QUALITY), (Format::Html, "whyfail.html")],
            System::Jenkins => &[(Format::Sarif, "whyfail.sarif"), (Format::Html, "whyfail.html")],
            System::Buildkite => &[(Format::Markdown, "whyfail.md")],
            System::Circleci | System::Teamcity => &[(Format::Html, "whyfail.html")],
            System::Github | System::Azure | System::Travis => &[],
        }
    }
}

/// What `--ci` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The system that this process runs under.
    Auto,
    /// This one.
    System(System),
    /// None.
    None,
}

impl Choice {
    /// The choice of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Choice::Auto),
            "none" => Some(Choice::None),
            name => System::ALL.iter().copied().find(|system| system.word() == name).map(Choice::System),
        }
    }

    /// All names.
    pub fn names() -> Vec<&'static str> {
        let systems = System::ALL.iter().map(|system| system.word());
        std::iter::once("auto").chain(systems).chain(["none"]).collect()
    }

    /// The system, where there is one.
    pub fn system(self) -> Option<System> {
        match self {
            Choice::None => None,
            Choice::System(system) => Some(system),
            Choice::Auto => System::ALL.iter().copied().find(|system| is_set(system.variable())),
        }
    }
}

/// Is the variable set, and not to nothing?
pub fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Does a CI system read what this process prints, whatever `--ci` says?
pub fn reads_along() -> bool {
    is_set("CI") || System::ALL.iter().any(|system| is_set(system.variable()))
}

/// What is done for the system.
pub struct Plan {
    choice: Choice,
    system: Option<System>,
    /// May commands stand on the screen, behind the report?
    commands: bool,
    /// The files that the system gets, but for those that the caller writes anyway.
    files: Vec<(Format, PathBuf)>,
    /// Where a summary in Markdown is appended to or put.
    summary: Option<PathBuf>,
}

impl Plan {
    /// What `--ci` asks for.
    pub fn new(args: &ReportArgs) -> Self {
        let system = args.ci.system();
        let own = |format: Format| args.output.iter().any(|(other, _)| *other == format);
        let files = system.map(System::files).unwrap_or_default();
        let files = files.iter().filter(|(format, _)| !own(*format)).map(|(format, name)| (*format, name.into()));
        let summary = match system {
            Some(System::Github) => {
                env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from)
            }
            Some(System::Azure) => Some(azure_summary()),
            _ => None,
        };
        // A document for programs has the screen to itself; annotations that are the report need no second time.
        let commands = matches!(args.format, Format::Text | Format::Brief);
        Plan { choice: args.ci, system, commands, files: files.collect(), summary }
    }

    /// Files to write beside those of `-o`.
    pub fn files(&self) -> &[(Format, PathBuf)] {
        &self.files
    }

    /// The style of the report on the screen, as this system wants it.
    pub fn style(&self, style: Style) -> Style {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let sections = (self.system == Some(System::Gitlab)).then(now);
        Style { ci: style.ci || self.system.is_some(), sections, ..style }
    }

    /// One line on what is done; nothing where nothing was asked for.
    pub fn announcement(&self) -> Option<String> {
        let Some(system) = self.system else {
            let auto = self.choice == Choice::Auto;
            return auto
                .then(|| "whyfail: --ci auto: no CI system is known by its variables; the report only".to_owned());
        };
        let mut what: Vec<String> = Vec::new();
        match system {
            System::Github | System::Azure if self.commands => what.push("annotations".to_owned()),
            System::Gitlab if self.commands => what.push("folded sections".to_owned()),
            _ => {}
        }
        match (system, &self.summary) {
            (System::Github, Some(_)) => what.push("the job summary".to_owned()),
            (System::Github, None) => what.push("no job summary (GITHUB_STEP_SUMMARY is not set)".to_owned()),
            (_, Some(path)) if self.commands => what.push(format!("a summary ({})", path.display())),
            _ => {}
        }
        what.extend(self.files.iter().map(|(_, path)| path.display().to_string()));
        if what.is_empty() {
            what.push("the report only".to_owned());
        }
        let mut line = String::from("whyfail: ");
        if self.choice == Choice::Auto {
            line.push_str("--ci auto: ");
        }
        let _ = write!(line, "{}: {}", system.name(), what.join(", "));
        Some(line)
    }

    /// Writes the summary; what it says where nothing failed is of no use to `run`, which then calls this not at all.
    ///
    /// # Errors
    /// Says which file can't be written, and why.
    pub fn summarise(&self, diagnoses: &[Diagnosis], db: &SignatureDb, style: &Style) -> anyhow::Result<()> {
        let Some(path) = &self.summary else { return Ok(()) };
        let mut page = Vec::new();
        let style = Style { color: false, sections: None, ..style.clone() };
        report::write(&mut page, Format::Markdown, diagnoses, db, &style)?;
        if self.system != Some(System::Github) {
            return fs::write(path, page).with_context(|| format!("{}: the summary can't be written", path.display()));
        }
        append_summary(path, &page)
            .with_context(|| format!("{} ($GITHUB_STEP_SUMMARY): the job summary can't be written", path.display()))
    }

    /// Commands for the runner, on the stream that has the report.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn commands(&self, out: &mut dyn Write, diagnoses: &[Diagnosis], db: &SignatureDb) -> io::Result<()> {
        if !self.commands {
            return Ok(());
        }
        match self.system {
            Some(System::Github) => report::write(out, Format::Github, diagnoses, db, &Style::default()),
            Some(System::Azure) => {
                out.write_all(report::azure_issues(diagnoses).as_bytes())?;
                match self.summary.as_deref().and_then(Path::to_str).filter(|path| !path.contains(['\n', '\r'])) {
                    Some(path) if Path::new(path).exists() => {
                        writeln!(out, "##vso[task.uploadsummary]{}", path.replace('%', "%AZP25"))
                    }
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

/// Azure's agent wants an absolute path, and empties its folder for temporary files after the job.
fn azure_summary() -> PathBuf {
    let folder = env::var_os("AGENT_TEMPDIRECTORY").filter(|path| !path.is_empty()).map(PathBuf::from);
    folder.or_else(|| env::current_dir().ok()).unwrap_or_default().join("whyfail.md")
}

/// The runner makes the file before the step, and earlier commands may have written to it. One that is gone is not made anew: the
/// runner would not look at it.
fn append_summary(path: &Path, page: &[u8]) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().append(true).open(path)?;
    let there = file.metadata()?.len();
    if there + page.len() as u64 > SUMMARY {
        bail!("it holds {there} bytes already, and GitHub drops a summary of more than 1 MiB");
    }
    file.write_all(page)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_has_its_own_word_and_variable() {
        let mut words: Vec<&str> = Choice::names();
        assert!(words.iter().all(|word| Choice::from_name(word).is_some()));
        words.extend(System::ALL.iter().map(|system| system.variable()));
        words.extend(System::ALL.iter().map(|system| system.name()));
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
        assert_eq!(Choice::from_name("GitHub"), None);
    }

    #[test]
    fn a_summary_is_appended_while_it_fits() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("summary");
        assert!(append_summary(&path, b"x").is_err(), "a file that is gone is not made anew");
        fs::write(&path, "before\n").expect("a file");
        append_summary(&path, b"page\n").expect("room");
        assert_eq!(fs::read(&path).expect("a file"), b"before\npage\n");
        fs::write(&path, vec![b'x'; (SUMMARY - 3) as usize]).expect("a file");
        let error = append_summary(&path, b"page\n").expect_err("no room");
        assert!(error.to_string().contains("1048573 bytes already"), "{error}");
    }
}
