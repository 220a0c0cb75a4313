//! The stable contract: one envelope for one log or many. Its JSON Schema is `schema/whyfail.schema.json`.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::Diagnosis;

/// The version of the contract.
pub const SCHEMA_VERSION: u32 = 1;

/// What `--format json` prints.
#[derive(Debug, Serialize, Deserialize)]
#[non_exhaustive]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
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
#[non_exhaustive]
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
        Envelope {
            schema_version: SCHEMA_VERSION,
            tool: tool(signatures),
            results: diagnoses.to_vec(),
            groups: groups(diagnoses),
        }
    }
}

pub(super) fn tool(signatures: usize) -> Tool {
    Tool {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        signatures: Some(signatures),
    }
}

fn groups(diagnoses: &[Diagnosis]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (at, diagnosis) in diagnoses.iter().enumerate() {
        let Some(fingerprint) = &diagnosis.fingerprint else { continue };
        match places.get(fingerprint.as_str()).and_then(|place| groups.get_mut(*place)) {
            Some(group) => {
                group.count += 1;
                group.results.push(at);
            }
            None => {
                places.insert(fingerprint, groups.len());
                groups.push(Group {
                    fingerprint: fingerprint.clone(),
                    title: title(diagnosis),
                    count: 1,
                    results: vec![at],
                });
            }
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    groups
}

fn title(diagnosis: &Diagnosis) -> String {
    let cause = diagnosis.causes.first().map(|cause| cause.title.clone());
    let line = || diagnosis.suspicious.first().map(|line| line.evidence.text.clone());
    let hidden = || (diagnosis.causes_left_out > 0).then(|| super::unexplained(diagnosis));
    cause.or_else(line).or_else(hidden).unwrap_or_default()
}

/// An [`Envelope`] that only looks at the results: there may be many.
#[derive(Serialize)]
struct Borrowed<'d> {
    schema_version: u32,
    tool: Tool,
    results: &'d [Diagnosis],
    groups: Vec<Group>,
}

pub(super) fn write(out: &mut dyn Write, diagnoses: &[Diagnosis], signatures: usize) -> io::Result<()> {
    let envelope = Borrowed {
        schema_version: SCHEMA_VERSION,
        tool: tool(signatures),
        results: diagnoses,
        groups: groups(diagnoses),
    };
    document(out, &envelope)
}

/// A document of several lines, in which no CI system finds a command.
pub(crate) fn document(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut lines = Spelled { out, line: Vec::new() };
    serde_json::to_writer_pretty(&mut lines, value)?;
    lines.write_all(b"\n")
}

/// A document on one line, in which no CI system finds a command.
pub(super) fn line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut lines = Spelled { out, line: Vec::new() };
    serde_json::to_writer(&mut lines, value)?;
    lines.write_all(b"\n")
}

/// `##[…]` and the marks of GitLab's sections are commands to CI systems wherever they stand; a JSON string may spell
/// them otherwise. No string goes over the end of a line.
struct Spelled<'o> {
    out: &'o mut dyn Write,
    line: Vec<u8>,
}

impl Spelled<'_> {
    fn line_out(&mut self) -> io::Result<()> {
        let line = String::from_utf8_lossy(&self.line);
        let line = line.replace("section_start:", "section_start\\u003a").replace("section_end:", "section_end\\u003a");
        let mut spelled = String::with_capacity(line.len());
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '#' && chars.peek() == Some(&'#') {
                spelled.push_str("\\u0023");
            } else {
                spelled.push(c);
            }
        }
        self.line.clear();
        self.out.write_all(spelled.as_bytes())
    }
}

impl Write for Spelled<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.line_out()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
