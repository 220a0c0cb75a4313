//! GitLab's Code Quality report, which a merge request shows beside the changed lines.
//!
//! Its shape: docs.gitlab.com/ci/testing/code_quality, "Code Quality report format": a list of findings with `description`,
//! `check_name`, a `fingerprint` of its own for each, `severity` (info, minor, major, critical, blocker) and a `location` with a
//! relative `path` and `lines.begin`. All of it is shown as plain text.

use std::collections::HashSet;
use std::io::{self, Write};

use serde::Serialize;

use super::findings::{self, Finding, Weight};
use super::json;
use crate::Diagnosis;
use crate::diagnosis::{fingerprint_of, visible};
use crate::model::Confidence;

/// The most findings of one report.
const LIMIT: usize = 1_000;
/// The longest description, in characters.
const LONGEST: usize = 1_000;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Place,
}

#[derive(Serialize)]
struct Place {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u64,
}

pub(super) fn write(out: &mut dyn Write, diagnoses: &[Diagnosis]) -> io::Result<()> {
    let mut seen = HashSet::new();
    let issues: Vec<Issue> = findings::of(diagnoses)
        .into_iter()
        .take(LIMIT)
        .map(|finding| issue(&finding))
        .map(|mut issue| {
            // GitLab takes two findings with one fingerprint for the same.
            while !seen.insert(issue.fingerprint.clone()) {
                issue.fingerprint = fingerprint_of(&issue.fingerprint);
            }
            issue
        })
        .collect();
    json::document(out, &issues)
}

fn issue(finding: &Finding<'_>) -> Issue {
    let mut description = visible(&finding.title);
    let proof = finding.lines.first().filter(|_| finding.weight != Weight::Advice);
    if let Some(line) = proof {
        description = format!("{description} — {}", visible(line));
    }
    if description.chars().count() > LONGEST {
        description = description.chars().take(LONGEST - 1).chain(['…']).collect();
    }
    Issue {
        description,
        check_name: finding.rule.to_owned(),
        fingerprint: finding.fingerprint.clone(),
        severity: severity(finding.weight),
        location: Place { path: finding.location.path.clone(), lines: Lines { begin: finding.location.line } },
    }
}

fn severity(weight: Weight) -> &'static str {
    match weight {
        Weight::First(Confidence::High) => "blocker",
        Weight::First(Confidence::Medium) | Weight::Unexplained => "critical",
        Weight::First(Confidence::Low) | Weight::More(_) | Weight::Further(Confidence::High) => "major",
        Weight::Further(_) => "minor",
        Weight::Undetermined | Weight::Advice => "info",
    }
}
