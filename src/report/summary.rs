//! Many logs, of one archive or named one by one: thirty jobs, one cause. A failure that several logs share is told once.

use super::counted;
use crate::Diagnosis;
use crate::model::Outcome;

/// Most names of logs in one line.
const NAMES: usize = 3;

/// One report to write: on a log, or on all logs of an archive with the same failure.
pub(super) struct Page<'d> {
    /// The log.
    pub diagnosis: &'d Diagnosis,
    /// The others with the same failure.
    pub others: Vec<&'d Diagnosis>,
}

/// What the logs of the archives come to.
pub(super) struct Summary<'d> {
    /// One for each reason, the most frequent first.
    pub reasons: Vec<Page<'d>>,
    logs: usize,
    failed: usize,
    cut: usize,
    /// `job` or `log`.
    word: &'static str,
    /// The archive, where there is only one.
    source: Option<&'d str>,
}

/// The pages of a report. Where at least two logs are parts of a source, those are summed up: they get a page for each
/// reason, in the summary, and none where nothing failed. So are logs that were named one by one, if two failed for the same reason.
pub(super) fn pages(diagnoses: &[Diagnosis]) -> (Option<Summary<'_>>, Vec<Page<'_>>) {
    let page = |diagnosis| Page { diagnosis, others: Vec::new() };
    let (mut parts, mut alone): (Vec<&Diagnosis>, Vec<&Diagnosis>) =
        diagnoses.iter().partition(|diagnosis| diagnosis.source.part.is_some());
    if parts.len() < 2 && reasons(&alone).iter().any(|page| page.count() > 1 && page.diagnosis.fingerprint.is_some()) {
        (parts, alone) = (diagnoses.iter().collect(), Vec::new());
    }
    if parts.len() < 2 {
        return (None, diagnoses.iter().map(page).collect());
    }
    let count = |outcome| parts.iter().filter(|diagnosis| diagnosis.outcome == outcome).count();
    let is_job = |diagnosis: &&Diagnosis| diagnosis.source.dialects.iter().any(|dialect| dialect == "github-actions");
    let summary = Summary {
        reasons: reasons(&parts),
        logs: parts.len(),
        failed: count(Outcome::Failed),
        cut: count(Outcome::Undetermined),
        word: if parts.iter().all(is_job) { "job" } else { "log" },
        source: parts
            .first()
            .map(|first| first.source.name.as_str())
            .filter(|name| parts.iter().all(|diagnosis| diagnosis.source.name == *name)),
    };
    (Some(summary), alone.into_iter().map(page).collect())
}

fn reasons<'d>(parts: &[&'d Diagnosis]) -> Vec<Page<'d>> {
    let mut reasons: Vec<Page<'d>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for &diagnosis in parts {
        if matches!(diagnosis.outcome, Outcome::Succeeded | Outcome::NoFailure) {
            continue;
        }
        // Those that left no trace have no reason that is known; they are told together.
        let key =
            (diagnosis.fingerprint.as_deref(), diagnosis.fingerprint.is_none().then_some(diagnosis.outcome.as_str()));
        match places.get(&key).and_then(|place: &usize| reasons.get_mut(*place)) {
            Some(page) if page.diagnosis.outcome == Outcome::Undetermined && diagnosis.outcome == Outcome::Failed => {
                page.others.insert(0, std::mem::replace(&mut page.diagnosis, diagnosis));
            }
            Some(page) => page.others.push(diagnosis),
            None => {
                places.insert(key, reasons.len());
                reasons.push(Page { diagnosis, others: Vec::new() });
            }
        }
    }
    reasons.sort_by_key(|page| std::cmp::Reverse(page.others.len()));
    reasons
}

impl Page<'_> {
    /// How many logs.
    pub fn count(&self) -> usize {
        1 + self.others.len()
    }

    /// What is wrong, in one line.
    pub fn reason(&self) -> String {
        let diagnosis = self.diagnosis;
        if let Some(cause) = diagnosis.causes.first() {
            return format!("{} [{}]", cause.title, cause.class);
        }
        let what = match diagnosis.outcome {
            Outcome::Undetermined => "The log breaks off",
            _ if diagnosis.causes_left_out > 0 => "What may explain it is less certain than asked for",
            _ => "No signature explains it",
        };
        match diagnosis.suspicious.first() {
            Some(line) => format!("{what}: {}", line.evidence.text.trim()),
            None => what.to_owned(),
        }
    }
}

impl Summary<'_> {
    /// `30 jobs failed for one reason`.
    pub fn headline(&self) -> String {
        let failed = self.reasons.iter().filter(|page| page.diagnosis.outcome == Outcome::Failed);
        let (known, traceless): (Vec<_>, Vec<_>) = failed.partition(|page| page.diagnosis.fingerprint.is_some());
        let unknown: usize = traceless.iter().map(|page| page.count()).sum();
        let failed = |count: usize| format!("{} failed", counted(count as u64, self.word));
        let reasons = if known.len() == 1 { "one reason".to_owned() } else { format!("{} reasons", known.len()) };
        match (self.failed, known.len(), unknown) {
            (0, ..) if self.cut == 0 => format!("No failure found in {}", counted(self.logs as u64, self.word)),
            (0, ..) if self.cut == 1 => format!("1 {} breaks off", self.word),
            (0, ..) => format!("{} {}s break off", self.cut, self.word),
            (1, ..) => failed(1),
            (_, 0, _) => format!("{} for no known reason", failed(self.failed)),
            (_, _, 0) => format!("{} for {reasons}", failed(self.failed)),
            _ => format!("{} for {reasons}, {unknown} for none that is known", failed(self.failed - unknown)),
        }
    }

    /// Nothing failed and nothing breaks off.
    pub fn is_good(&self) -> bool {
        self.reasons.is_empty()
    }

    /// `31 jobs: 30 failed, 1 without a failure`.
    pub fn counts(&self) -> String {
        let good = self.logs - self.failed - self.cut;
        let counts = [(self.failed, "failed"), (self.cut, "broken off"), (good, "without a failure")];
        let told: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        format!("{}: {}", counted(self.logs as u64, self.word), told.join(", "))
    }

    /// Which logs a page is about: the first few, and how many more.
    pub fn names(&self, page: &Page<'_>) -> String {
        let all = std::iter::once(page.diagnosis).chain(page.others.iter().copied());
        let names: Vec<String> = all.take(NAMES).map(|diagnosis| self.name(diagnosis)).collect();
        let more = page.count() - names.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", names.join(", "))
    }

    fn name(&self, diagnosis: &Diagnosis) -> String {
        match &diagnosis.source.part {
            Some(part) if self.source.is_some() => part.clone(),
            Some(part) => format!("{}: {part}", diagnosis.source.name),
            None => diagnosis.source.name.clone(),
        }
    }

    /// The archive; empty where there are several.
    pub fn source(&self) -> &str {
        self.source.unwrap_or_default()
    }
}

/// The log as a report's heading names it, with its part.
pub(super) fn heading(diagnosis: &Diagnosis) -> String {
    match &diagnosis.source.part {
        Some(part) => format!("{} ({part})", diagnosis.source.name),
        None => diagnosis.source.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Diagnoser, Matcher, SignatureDb};

    fn diagnoses(logs: &[(&str, &str)]) -> Vec<Diagnosis> {
        let matcher = Arc::new(Matcher::new(SignatureDb::built_in()));
        let diagnosis = |(part, log): &(&str, &str)| {
            let diagnoser = Diagnoser::new(Arc::clone(&matcher)).named("x.zip");
            let mut diagnoser = if part.is_empty() { diagnoser } else { diagnoser.in_part(*part) };
            diagnoser.feed(log.as_bytes());
            diagnoser.finish()
        };
        logs.iter().map(diagnosis).collect()
    }

    const CURL: &str = "#5 [2/2] RUN x\n#5 0.1 /bin/sh: curl: not found\n#5 ERROR: process \"/bin/sh -c curl\" did not complete successfully: exit code: 127\n";
    const JQ: &str = "#5 [2/2] RUN x\n#5 0.1 /bin/sh: jq: not found\n#5 ERROR: process \"/bin/sh -c jq\" did not complete successfully: exit code: 127\n";

    #[test]
    fn the_biggest_reason_is_first() {
        let logs = diagnoses(&[("a", JQ), ("b", CURL), ("c", "fine\n"), ("d", CURL)]);
        let (summary, alone) = pages(&logs);
        let summary = summary.unwrap();
        assert!(alone.is_empty());
        assert_eq!(summary.headline(), "3 logs failed for 2 reasons");
        assert_eq!(summary.counts(), "4 logs: 3 failed, 1 without a failure");
        let reasons: Vec<(usize, String)> =
            summary.reasons.iter().map(|page| (page.count(), summary.names(page))).collect();
        assert_eq!(reasons, [(2, "b, d".to_owned()), (1, "a".to_owned())]);
    }

    #[test]
    fn sentences_fit_their_numbers() {
        let headline = |logs: &[(&str, &str)]| pages(&diagnoses(logs)).0.map(|summary| summary.headline());
        assert_eq!(headline(&[("a", CURL), ("b", CURL)]).as_deref(), Some("2 logs failed for one reason"));
        assert_eq!(headline(&[("a", CURL), ("b", "ok\n")]).as_deref(), Some("1 log failed"));
        assert_eq!(headline(&[("a", "ok\n"), ("b", "ok\n")]).as_deref(), Some("No failure found in 2 logs"));
        let cut = "#5 [2/2] RUN x\n#5 0.1 y\n";
        assert_eq!(headline(&[("a", cut), ("b", "ok\n")]).as_deref(), Some("1 log breaks off"));
        let job = "2026-01-01T00:00:00.0000000Z ##[error]Process completed with exit code 1.\n";
        assert_eq!(headline(&[("a", job), ("b", job)]).as_deref(), Some("2 jobs failed for no known reason"));
        assert_eq!(
            headline(&[("a", job), ("b", CURL), ("c", job), ("d", CURL), ("e", JQ)]).as_deref(),
            Some("3 logs failed for 2 reasons, 2 for none that is known")
        );
        assert_eq!(headline(&[("a", CURL)]), None);
        assert_eq!(headline(&[("", CURL), ("", JQ)]), None, "logs that were named one by one stay so");
        let shared = headline(&[("", CURL), ("", JQ), ("", CURL), ("", "ok\n")]);
        assert_eq!(shared.as_deref(), Some("3 logs failed for 2 reasons"));
    }
}
