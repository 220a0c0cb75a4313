//! `whyfail logs.zip`: one diagnosis for each log of an archive.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::records;
use crate::diagnosis::visible;
use crate::input::archive::{Archive, Excess, Fault, Limits, Piece, Problem};
use crate::pieces::Pieces;
use crate::{Diagnoser, Diagnosis, Matcher};

/// What the diagnoses of one archive may fill, as JSON, in bytes. Some 15 KiB for each failure is common.
const REPORT: usize = 16 << 20;
/// The longest path of a member that is shown, in characters.
const PATH: usize = 300;

/// What came of an archive.
#[derive(Default)]
pub struct Found {
    /// One for each log, in the archive's order.
    pub diagnoses: Vec<Diagnosis>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

impl From<Vec<Diagnosis>> for Found {
    fn from(diagnoses: Vec<Diagnosis>) -> Self {
        Found { diagnoses, problems: Vec::new() }
    }
}

/// Diagnoses the logs of an archive; `name` stands in the results.
pub fn diagnose(archive: Archive<'_>, name: &str, limits: &Limits, matcher: &Arc<Matcher>) -> Found {
    let mut found = Found::default();
    let mut damaged = Vec::new();
    let mut current: Option<Diagnoser> = None;
    let mut size = 0;
    let new = |part: Option<&str>| {
        let diagnoser = Diagnoser::new(Arc::clone(matcher)).named(name);
        match part {
            Some(part) => diagnoser.in_part(shown(part)),
            None => diagnoser,
        }
    };
    let mut add = |diagnosis: Diagnosis| {
        size += size_of(&diagnosis);
        found.diagnoses.push(diagnosis);
        if size > REPORT {
            ControlFlow::Break(Fault::Excess(Excess::Report(REPORT)))
        } else {
            ControlFlow::Continue(())
        }
    };
    let problems = archive.read(limits, &mut |piece| {
        match piece {
            Piece::Start(part) => current = Some(new(part)),
            Piece::Bytes(bytes) => {
                if let Some(diagnoser) = &mut current {
                    diagnoser.feed(bytes);
                }
            }
            Piece::End { whole } => {
                if let Some(diagnoser) = current.take() {
                    return add(if whole { diagnoser.finish() } else { diagnoser.finish_cut() });
                }
            }
            Piece::Records(member, file) => match records::diagnose(file, name, matcher) {
                Ok(diagnoses) => {
                    for mut diagnosis in diagnoses {
                        let reference = diagnosis.source.part.take().unwrap_or_default();
                        diagnosis.source.part = Some(shown(&format!("{member}: {reference}")));
                        add(diagnosis)?;
                    }
                }
                Err(problem) => damaged.push((member.to_owned(), Fault::Record(problem.without_file()))),
            },
        }
        ControlFlow::Continue(())
    });
    let archive = problems.first().map_or_else(|| name.to_owned(), |problem| problem.archive.clone());
    found.problems = problems;
    let of_records =
        damaged.into_iter().map(|(member, fault)| Problem { archive: archive.clone(), member: Some(member), fault });
    found.problems.extend(of_records);
    found
}

/// A member's path, safe to print: an archive may spell anything.
fn shown(path: &str) -> String {
    let visible = visible(path);
    match visible.char_indices().nth(PATH) {
        Some((end, _)) => format!("{}…", visible.head(end)),
        None => visible,
    }
}

/// What is to be said of a problem.
pub fn message(problem: &Problem) -> String {
    match &problem.member {
        Some(member) => format!("{}: {}: {}", problem.archive, shown(member), problem.fault),
        None => format!("{}: {}", problem.archive, problem.fault),
    }
}

/// How much a diagnosis fills.
fn size_of(diagnosis: &Diagnosis) -> usize {
    let mut counter = Counter(0);
    // Counting can't fail.
    let _ = serde_json::to_writer(&mut counter, diagnosis);
    counter.0
}

struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
