//! Chooses the build that is meant: the last failed one, or the one named.

use std::collections::BTreeSet;
use std::thread;
use std::time::SystemTime;

use super::command::{Buildx, Trouble};
use super::history::{History, Record, RecordRef, Status};
use super::local_state::{LocalBuild, LocalState};

/// Builders that were used here lately and are asked besides buildx's current one: `docker build` uses the default one
/// even where buildx has another.
const OTHER_BUILDERS: usize = 3;
/// Shorter, a piece of a reference names nothing.
const SHORTEST: usize = 4;

/// One build.
#[derive(Debug, Clone)]
pub struct Build {
    /// Its record.
    pub record: Record,
    /// The directory it was started for, where this machine knows.
    pub state: Option<LocalState>,
}

/// A build that was chosen.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its record.
    pub record: Record,
    /// Failed builds of the same `bake`, this one included.
    pub group: Vec<Build>,
    /// A newer build that did not fail, or has not ended.
    pub newer: Option<Record>,
}

/// Why no build was chosen.
#[derive(Debug)]
pub enum Missed {
    /// The history can't be read.
    Trouble(Trouble),
    /// There is no record at all.
    NoRecords,
    /// All builds were good.
    NoFailure {
        /// How many there are.
        count: usize,
        /// The newest one.
        newest: Box<Record>,
    },
    /// A later build failed, or broke off, without leaving a record; an older one must not be shown in its place.
    Unrecorded {
        /// When it was started or failed.
        time: SystemTime,
        /// Why there is no record, where buildx says.
        trouble: Option<Trouble>,
        /// The failed build before it.
        older: Option<Box<Record>>,
    },
}

impl From<Trouble> for Missed {
    fn from(trouble: Trouble) -> Self {
        Missed::Trouble(trouble)
    }
}

/// The history of one or several builders.
pub struct Search<'s> {
    history: History<'s>,
    local: &'s [LocalBuild],
    records: Vec<Record>,
    /// Builders that could not be asked.
    troubles: Vec<(Option<String>, Trouble)>,
}

impl<'s> Search<'s> {
    /// Lists the builds of `builder`; for `None` those of buildx's current one and of the builders used here lately.
    ///
    /// # Errors
    /// When no builder answers.
    pub fn new(buildx: &'s Buildx, builder: Option<&str>, local: &'s [LocalBuild]) -> Result<Self, Trouble> {
        let history = History::new(buildx);
        let mut ask: Vec<Option<String>> = vec![builder.map(str::to_owned)];
        if builder.is_none() {
            let mut known = BTreeSet::new();
            let used = local.iter().map(|build| &build.record.builder).filter(|name| known.insert((*name).clone()));
            ask.extend(used.take(OTHER_BUILDERS).cloned().map(Some));
        }
        let answers: Vec<_> = thread::scope(|scope| {
            let asked: Vec<_> = ask.iter().map(|name| scope.spawn(|| history.list(name.as_deref()))).collect();
            asked.into_iter().map(|thread| thread.join()).collect()
        });
        let mut records: Vec<Record> = Vec::new();
        let mut troubles = Vec::new();
        for (name, answer) in ask.into_iter().zip(answers) {
            match answer.unwrap_or_else(|_| Err(Trouble::Other("the list's reader failed".to_owned()))) {
                Ok(list) => records.extend(list),
                Err(trouble) => troubles.push((name, trouble)),
            }
        }
        if records.is_empty() && !troubles.is_empty() {
            return Err(troubles.swap_remove(0).1);
        }
        records.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.name.cmp(&b.name)));
        records.dedup_by(|a, b| a.name == b.name);
        Ok(Search { history, local, records, troubles })
    }

    /// For reading the builds.
    pub fn history(&self) -> &History<'s> {
        &self.history
    }

    /// The last failed build. `unrecorded`: when a build was last seen to fail without a record.
    ///
    /// # Errors
    /// Why there is none to show.
    pub fn last_failed(mut self, builder: Option<&str>, unrecorded: Option<SystemTime>) -> Result<Found, Missed> {
        let failed = self.records.iter().position(|record| record.status == Status::Error);
        let older = || failed.and_then(|at| self.records.get(at)).cloned().map(Box::new);
        // The note is written right before BuildKit is called, so a note without a record is a build that BuildKit does not know.
        let newest = self.local.iter().find(|build| builder.is_none_or(|name| build.record.builder == name));
        if let Some(build) = newest {
            let known = self.records.iter().any(|record| record.name == build.record);
            let later = self.records.iter().all(|record| record.created < build.started);
            if !known && later {
                let at = self.troubles.iter().position(|(name, _)| name.as_ref() == Some(&build.record.builder));
                let older = older();
                let trouble = at.map(|at| self.troubles.swap_remove(at).1);
                return Err(Missed::Unrecorded { time: build.started, trouble, older });
            }
        }
        if let Some(time) = unrecorded.filter(|time| self.records.iter().all(|record| record.created < *time)) {
            return Err(Missed::Unrecorded { time, trouble: None, older: older() });
        }
        match (failed.and_then(|at| self.records.get(at)), self.records.first()) {
            (_, None) => Err(Missed::NoRecords),
            (None, Some(newest)) => {
                Err(Missed::NoFailure { count: self.records.len(), newest: Box::new(newest.clone()) })
            }
            (Some(record), Some(newest)) => {
                let newer = failed.is_some_and(|at| at > 0).then(|| newest.clone());
                Ok(self.found(record, newer))
            }
        }
    }

    /// The build with this reference: `builder/node/id`, the link to it, the id or its start, or `^N`, the N-th before the newest.
    ///
    /// # Errors
    /// When there is none, or several.
    pub fn named(self, reference: &str) -> Result<Found, Missed> {
        let no_such = |text: String| Missed::Trouble(Trouble::NoSuchRecord(text));
        if let Some(count) = reference.strip_prefix('^') {
            let count: usize = if count.is_empty() { Ok(1) } else { count.parse() }
                .map_err(|_| no_such(format!("'{reference}' is no reference: ^1 is the build before the newest")))?;
            let Some(record) = self.records.get(count) else {
                let have = self.records.len();
                return Err(no_such(format!("there is no build {reference}: the history has {have}")));
            };
            return Ok(self.found(record, None));
        }
        let full = reference.parse::<RecordRef>().ok();
        let fits = |record: &Record| match &full {
            Some(full) => record.name == *full,
            None => reference.len() >= SHORTEST && record.name.id.starts_with(reference),
        };
        let fitting: Vec<&Record> = self.records.iter().filter(|record| fits(record)).collect();
        match fitting[..] {
            [record] => Ok(self.found(record, None)),
            [] => Err(no_such(format!(
                "there is no build '{reference}' in the history (docker buildx history ls lists them)"
            ))),
            _ => Err(no_such(format!("several builds of the history start with '{reference}'"))),
        }
    }

    /// The builds that were started here and are in the history, of those given.
    pub fn of_these(self, builds: &[LocalBuild]) -> Option<Found> {
        let mine = |record: &Record| builds.iter().any(|build| build.record == record.name);
        let record = self.records.iter().find(|record| record.status == Status::Error && mine(record))?;
        Some(self.found(record, None))
    }

    fn found(&self, record: &Record, newer: Option<Record>) -> Found {
        let state_of = |name: &RecordRef| self.local.iter().find(|build| build.record == *name)?.state();
        let state = state_of(&record.name);
        let group_ref = state.as_ref().map(|state| state.group_ref.clone()).filter(|group| !group.is_empty());
        let mut group = vec![Build { record: record.clone(), state }];
        if let Some(group_ref) = group_ref {
            let others = self.records.iter().filter(|other| other.name != record.name && other.status == Status::Error);
            let others = others.map(|other| Build { record: other.clone(), state: state_of(&other.name) });
            group.extend(others.filter(|b| b.state.as_ref().is_some_and(|state| state.group_ref == group_ref)));
            group.sort_by(|a, b| {
                a.record.created.cmp(&b.record.created).then_with(|| a.record.name.cmp(&b.record.name))
            });
        }
        Found { record: record.clone(), group, newer }
    }
}
