//! Builds in BuildKit's history.

use std::fmt;
use std::str::FromStr;
use std::thread;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::command::{Buildx, Trouble};
use crate::input::final_error_block;

/// The full name of a build's record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordRef {
    /// The builder.
    pub builder: String,
    /// The builder's node.
    pub node: String,
    /// BuildKit's own id of the build.
    pub id: String,
}

impl RecordRef {
    /// Has it only the letters of a reference, so that it is nothing else to buildx?
    pub fn is_plain(&self) -> bool {
        let plain = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphanumeric())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        plain(&self.builder) && plain(&self.node) && plain(&self.id)
    }
}

impl fmt::Display for RecordRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.builder, self.node, self.id)
    }
}

impl FromStr for RecordRef {
    type Err = ();

    /// `builder/node/id`, also as the link that buildx prints for Docker Desktop.
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.strip_prefix("docker-desktop://dashboard/build/").unwrap_or(text);
        let mut parts = text.split('/').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(builder), Some(node), Some(id), None) => {
                Some(RecordRef { builder, node, id }).filter(RecordRef::is_plain).ok_or(())
            }
            _ => Err(()),
        }
    }
}

/// How a build stands in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It has not ended.
    Running,
    /// It was good.
    Completed,
    /// It failed, or was canceled: the list does not tell.
    Error,
}

/// One build of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its full name.
    pub name: RecordRef,
    /// What buildx calls the build: the directory, or target.
    pub title: String,
    /// How it stands.
    pub status: Status,
    /// When it was started, by the builder's clock.
    pub created: SystemTime,
    /// When it ended.
    pub completed: Option<SystemTime>,
}

/// How one build ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It is not known, or it has not ended.
    Unknown,
    /// It was good.
    Good,
    /// Someone stopped it.
    Canceled {
        /// The words of the error.
        message: String,
    },
    /// It failed.
    Failed {
        /// The words of the error.
        message: String,
        /// The frame of the Dockerfile, as buildx prints it.
        frame: Option<Vec<u8>>,
    },
}

impl Ending {
    /// What buildx prints after the steps.
    pub fn block(&self) -> Vec<u8> {
        match self {
            Ending::Unknown | Ending::Good => Vec::new(),
            Ending::Canceled { message } => final_error_block(message, None),
            Ending::Failed { message, frame } => final_error_block(message, frame.as_deref()),
        }
    }
}

/// One line of `history ls --format json`.
#[derive(Deserialize)]
struct ListLine {
    #[serde(rename = "ref")]
    name: String,
    #[serde(default, rename = "name")]
    title: String,
    status: String,
    created_at: String,
    #[serde(default)]
    completed_at: Option<String>,
}

/// What `history inspect --format json` says, as far as it concerns us.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Inspection {
    status: String,
    error: Option<InspectedError>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct InspectedError {
    message: String,
    sources: Option<String>,
}

/// The history of builds, read through buildx.
pub struct History<'b> {
    buildx: &'b Buildx,
}

impl<'b> History<'b> {
    /// Reads through this buildx.
    pub fn new(buildx: &'b Buildx) -> Self {
        History { buildx }
    }

    /// The builds of a builder (buildx's current one for `None`), newest first.
    ///
    /// # Errors
    /// Why they can't be listed.
    pub fn list(&self, builder: Option<&str>) -> Result<Vec<Record>, Trouble> {
        let out = self.buildx.call(builder, &["history", "ls", "--format", "json"])?;
        let text = String::from_utf8_lossy(&out);
        let lines: Result<Vec<ListLine>, _> =
            text.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str).collect();
        // An old buildx shows its help for a command that it does not know.
        let lines = lines.map_err(|_| {
            Trouble::BuildxTooOld(text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim().to_owned())
        })?;
        let mut records: Vec<Record> = lines.into_iter().filter_map(record).collect();
        records.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.name.cmp(&b.name)));
        Ok(records)
    }

    /// Hands on what a build printed, as `--progress=plain` shows it, with the block that ends it; says how it ended.
    ///
    /// Plain rather than rawjson: its line numbers are those that the reader sees with `docker buildx history logs`, where rawjson
    /// puts a whole build into one line.
    ///
    /// # Errors
    /// Why it can't be read.
    pub fn read(&self, name: &RecordRef, mut take: impl FnMut(&[u8])) -> Result<Ending, Trouble> {
        let ending = thread::scope(|scope| {
            let ending = scope.spawn(|| self.ending(name));
            // Progress goes to standard error, whatever it is.
            let words = ["history", "logs", "--progress", "plain", &name.id];
            self.buildx.stream(&name.builder, &words, &mut take)?;
            match ending.join() {
                // It lists and logs, but its inspect has no JSON (buildx 0.20): the log alone has to do.
                Ok(Err(Trouble::BuildxTooOld(_))) => Ok(Ending::Unknown),
                Ok(answer) => answer,
                Err(_) => Err(Trouble::Other("the record's reader failed".to_owned())),
            }
        })?;
        take(&ending.block());
        Ok(ending)
    }

    /// How a build ended.
    ///
    /// # Errors
    /// Why that can't be read.
    pub fn ending(&self, name: &RecordRef) -> Result<Ending, Trouble> {
        let words = ["history", "inspect", "--format", "json", &name.id];
        let out = self.buildx.call(Some(&name.builder), &words)?;
        let found: Inspection = serde_json::from_slice(&out)
            .map_err(|error| Trouble::BuildxTooOld(format!("history inspect gave no JSON: {error}")))?;
        Ok(ending(found))
    }
}

fn ending(found: Inspection) -> Ending {
    match (found.status.as_str(), found.error) {
        ("canceled", error) => Ending::Canceled { message: error.unwrap_or_default().message },
        (_, Some(error)) => {
            let frame = error.sources.and_then(|text| STANDARD.decode(text).ok()).filter(|frame| !frame.is_empty());
            Ending::Failed { message: error.message, frame }
        }
        ("completed", None) => Ending::Good,
        _ => Ending::Unknown,
    }
}

fn record(line: ListLine) -> Option<Record> {
    Some(Record {
        name: line.name.parse().ok()?,
        title: line.title,
        status: match line.status.as_str() {
            "Running" => Status::Running,
            "Completed" => Status::Completed,
            _ => Status::Error,
        },
        created: humantime::parse_rfc3339(&line.created_at).ok()?,
        completed: line.completed_at.and_then(|time| humantime::parse_rfc3339(&time).ok()),
    })
}

/// `3 minutes ago`, coarse.
pub fn ago(time: SystemTime) -> String {
    let passed = SystemTime::now().duration_since(time).unwrap_or(Duration::ZERO).as_secs();
    let (count, unit) = match passed {
        0..=89 => (passed, "second"),
        90..=5_399 => ((passed + 30) / 60, "minute"),
        5_400..=129_599 => ((passed + 1_800) / 3_600, "hour"),
        _ => ((passed + 43_200) / 86_400, "day"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_parsed() {
        let name: RecordRef = "docker-desktop://dashboard/build/r/r0/1julgeowzfrnx4njluvg1e98a".parse().unwrap();
        assert_eq!(name.to_string(), "r/r0/1julgeowzfrnx4njluvg1e98a");
        assert!("r/r0".parse::<RecordRef>().is_err());
        assert!("r/--all/x".parse::<RecordRef>().is_err());
    }

    #[test]
    fn a_line_of_the_list_is_read() {
        let line = r#"{"cached_steps":0,"completed_at":"2026-11-21T13:52:13.760113879Z","completed_steps":1,"created_at":"2026-11-21T13:52:13.706557329Z","name":"","ref":"r/r0/xrr9e783q1xlgfpkr76uycycb","status":"Error","total_steps":1}"#;
        let record = record(serde_json::from_str(line).unwrap()).unwrap();
        assert_eq!(record.status, Status::Error);
        assert!(record.completed.unwrap() > record.created);
    }

    #[test]
    fn an_ending_is_read() {
        let failed = r#"{"Status":"failed","Error":{"Code":2,"Message":"process did not complete","Sources":"RG9ja2VyZmlsZTozCg=="}}"#;
        let block = ending(serde_json::from_str(failed).unwrap()).block();
        assert_eq!(
            String::from_utf8(block).unwrap(),
            "Dockerfile:3\nERROR: failed to build: failed to solve: process did not complete\n"
        );
        let good: Inspection = serde_json::from_str(r#"{"Status":"completed","Ref":"x"}"#).unwrap();
        assert_eq!(ending(good), Ending::Good);
    }

    #[test]
    fn times_are_said_coarsely() {
        let before = |seconds| ago(SystemTime::now() - Duration::from_secs(seconds));
        assert_eq!(before(1), "1 second ago");
        assert_eq!(before(600), "10 minutes ago");
        assert_eq!(before(7_200), "2 hours ago");
    }
}
