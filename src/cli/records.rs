//! `whyfail build.dockerbuild`: one diagnosis for each build of a file of build records.

use std::collections::HashMap;
use std::sync::Arc;

use crate::input::record::{Ending, Problem, Record, RecordFile};
use crate::model::Outcome;
use crate::{Diagnoser, Diagnosis, Matcher};

/// Diagnoses the builds of a file, in its order, but for those that only stopped because one beside them failed.
///
/// The record's own word that a build was good or failed stands over its log. A build that somebody stopped is what its
/// log makes of it, as if it had come through a pipe.
///
/// # Errors
/// When the file is damaged: then nothing of it is believed.
pub fn diagnose(file: &RecordFile, name: &str, matcher: &Arc<Matcher>) -> Result<Vec<Diagnosis>, Problem> {
    let mut running: HashMap<usize, Diagnoser> = HashMap::new();
    let mut diagnoses: Vec<Option<Diagnosis>> = file.records.iter().map(|_| None).collect();
    file.logs(&mut |number, piece| {
        let (Some(record), Some(place)) = (file.records.get(number), diagnoses.get_mut(number)) else { return };
        let new = || Diagnoser::new(Arc::clone(matcher)).named(name).in_part(&record.reference);
        match piece {
            Some(bytes) => running.entry(number).or_insert_with(new).feed(bytes),
            None => {
                let diagnoser = running.remove(&number).unwrap_or_else(new);
                *place = Some(match record.ending {
                    Ending::Succeeded => diagnoser.finish_known(Outcome::Succeeded),
                    Ending::Failed => diagnoser.finish_known(Outcome::Failed),
                    Ending::Canceled | Ending::Open => diagnoser.finish(),
                });
            }
        }
    })?;
    let tell = |(_, record): &(_, &Record)| !is_collateral(record, &file.records);
    Ok(diagnoses.into_iter().zip(&file.records).filter(tell).filter_map(|(diagnosis, _)| diagnosis).collect())
}

/// Was the build stopped because another one of the same `bake` failed? Then it has nothing to say.
fn is_collateral(record: &Record, all: &[Record]) -> bool {
    let group =
        |record: &Record| record.local.as_ref().map(|local| local.group_ref.clone()).filter(|group| !group.is_empty());
    let Some(own) = group(record).filter(|_| record.ending == Ending::Canceled) else { return false };
    all.iter().any(|other| other.ending == Ending::Failed && group(other).as_ref() == Some(&own))
}
