//! The stable contract: one envelope for one log or many. Its JSON Schema is `schema/whyfail.schema.json`.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::Diagnosis;

/// The version of the contract.
pub const SCHEMA_VERSION: u32 = 1;

/// What `--format json` prints.
#[derive(Debug, Serialize, Deserialize)]
pub struct Envelope {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Who wrote it.
    pub tool: Tool,
    /// One entry a log, in the order given.
    pub results: Vec<Diagnosis>,
    /// Failures that several logs share, biggest first.
    pub groups: Vec<Group>,
}

/// Who wrote a report.
#[derive(Debug, Serialize, Deserialize)]
pub struct Tool {
    /// `whyfail`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How many signatures it used; `null` where that is not known.
    pub signatures: Option<usize>,
}

/// Logs with the same failure.
#[derive(Debug, Serialize, Deserialize)]
pub struct Group {
    /// The failure.
    pub fingerprint: String,
    /// Its title.
    pub title: String,
    /// How many logs.
    pub count: usize,
    /// Their places in `results`.
    pub results: Vec<usize>,
}

impl Envelope {
    /// The envelope around `diagnoses`.
    pub fn new(diagnoses: &[Diagnosis], signatures: usize) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for (at, diagnosis) in diagnoses.iter().enumerate() {
            let Some(fingerprint) = &diagnosis.fingerprint else { continue };
            match groups.iter_mut().find(|group| group.fingerprint == *fingerprint) {
                Some(group) => {
                    group.count += 1;
                    group.results.push(at);
                }
                None => groups.push(Group {
                    fingerprint: fingerprint.clone(),
                    title: title(diagnosis),
                    count: 1,
                    results: vec![at],
                }),
            }
        }
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        Envelope {
            schema_version: SCHEMA_VERSION,
            tool: Tool {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                signatures: Some(signatures),
            },
            results: diagnoses.to_vec(),
            groups,
        }
    }
}

fn title(diagnosis: &Diagnosis) -> String {
    let cause = diagnosis.causes.first().map(|cause| cause.title.clone());
    let line = || diagnosis.suspicious.first().map(|line| line.evidence.text.clone());
    cause.or_else(line).unwrap_or_default()
}

pub(super) fn write(out: &mut dyn Write, diagnoses: &[Diagnosis], signatures: usize) -> io::Result<()> {
    let text = serde_json::to_string_pretty(&Envelope::new(diagnoses, signatures))?;
    // `##[…]` and the marks of GitLab's sections are commands to CI systems wherever they stand; a JSON string may spell them
    // otherwise.
    let text = text.replace("section_start:", "section_start\\u003a").replace("section_end:", "section_end\\u003a");
    let mut spelled = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '#' && chars.peek() == Some(&'#') {
            spelled.push_str("\\u0023");
        } else {
            spelled.push(c);
        }
    }
    writeln!(out, "{spelled}")
}
