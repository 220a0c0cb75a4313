//! Tests signatures by their own examples: each must match, each counterexample must not, and with the whole database loaded
//! an example of a cause must be diagnosed as just that.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnosis::{Advisor, Collector, findings};
use crate::dialect::DialectReader;
use crate::model::Diagnosis;
use crate::signature::{Example, Origin, Problem, Role, SignatureDb, SignatureFile, code, lint};
use crate::{Diagnoser, Matcher};

/// All mistakes of `files` that can only be seen by running them.
pub fn check(files: &[SignatureFile]) -> Vec<Problem> {
    check_beside(files, &SignatureDb::built_in())
}

/// The same with `others` as the whole database.
pub fn check_beside(files: &[SignatureFile], others: &SignatureDb) -> Vec<Problem> {
    let mut problems = unique_ids(files);
    let own: Vec<_> = files.iter().map(|file| file.signature.clone()).collect();
    let mut whole = others.clone();
    own.iter().for_each(|signature| {
        whole.add(signature.clone(), Origin::User);
    });
    references(files, &whole, &mut problems);
    problems.extend(lint::duplicates(files, others.signatures()));
    let whole = Arc::new(Matcher::new(Arc::new(whole)));
    for file in files {
        let alone = SignatureDb::from_signatures(vec![file.signature.clone()], Origin::User);
        let advice = file.signature.role == Role::Advice;
        let alone = Arc::new(if advice { Matcher::of_advice(&alone) } else { Matcher::new(Arc::new(alone)) });
        for example in &file.examples {
            if let Some(problem) = example_matches(file, example, &alone) {
                problems.push(problem);
            } else if let Some(problem) = example_wins(file, example, &whole) {
                problems.push(problem);
            }
        }
        for example in &file.counterexamples {
            if !matches(file, &example.log, &alone).is_empty() {
                problems.push(
                    at(file, example, code::MATCH, "the counterexample matches")
                        .help("make the pattern more exact, or use 'unless'"),
                );
            }
        }
    }
    problems
}

/// Where `files`, added to the built-in signatures, find the cause of a failure in `log`, which is of a build that went well.
pub fn check_good_log(files: &[SignatureFile], name: &str, log: &[u8]) -> Vec<Problem> {
    let mut whole = (*SignatureDb::built_in()).clone();
    for file in files {
        whole.add(file.signature.clone(), Origin::User);
    }
    let mut diagnoser = Diagnoser::new(Arc::new(Matcher::new(Arc::new(whole))));
    diagnoser.feed(log);
    let found = diagnoser.finish();
    let mut problems = Vec::new();
    for cause in &found.causes {
        let Some(file) = files.iter().find(|file| file.signature.id == cause.signature) else { continue };
        let span = file.pattern_spans.first().copied().unwrap_or_default();
        let line = cause.evidence.first().map_or(0, |evidence| evidence.line);
        let message = format!("explains a failure that there was not: {name}, line {line}");
        problems.push(
            Problem::at(code::GOOD_LOG, &file.file, &file.text, span.0..span.1, message)
                .help("make the pattern more exact, or use 'unless', 'near' or generic = true"),
        );
    }
    problems
}

fn at(file: &SignatureFile, example: &Example, code: &'static str, message: impl Into<String>) -> Problem {
    Problem::at(code, &file.file, &file.text, example.span.0..example.span.1, message)
}

fn unique_ids(files: &[SignatureFile]) -> Vec<Problem> {
    let mut known: HashMap<&str, &str> = HashMap::new();
    let mut problems = Vec::new();
    for file in files {
        if let Some(other) = known.insert(&file.signature.id, &file.file) {
            let message = format!("the id '{}' is there twice, also in {other}", file.signature.id);
            problems.push(Problem::at(code::ID, &file.file, &file.text, 0..0, message));
        }
    }
    problems
}

fn references(files: &[SignatureFile], db: &SignatureDb, problems: &mut Vec<Problem>) {
    for file in files {
        for (target, span) in file.signature.leads_to.iter().zip(&file.leads_to_spans) {
            let known = match target.strip_prefix("class:") {
                Some(class) => crate::signature::Class::from_word(class).is_some(),
                None => db.get(target).is_some(),
            };
            if !known {
                let similar = db.similar(target).join(", ");
                let mut problem = Problem::at(
                    code::REFERENCE,
                    &file.file,
                    &file.text,
                    span.0..span.1,
                    format!("leads to '{target}', which does not exist"),
                );
                if !similar.is_empty() {
                    problem = problem.help(format!("did you mean {similar}?"));
                }
                problems.push(problem);
            }
        }
    }
}

/// The captures of each finding in `log`; none where no pattern matches or the neighbourhood does not fit.
fn matches(file: &SignatureFile, log: &str, matcher: &Arc<Matcher>) -> Vec<Vec<(String, String)>> {
    if file.signature.role == Role::Advice {
        let mut advisor = Advisor::new(Arc::clone(matcher));
        advisor.feed(log.as_bytes());
        return advisor.findings();
    }
    let mut collector = Collector::new(Arc::clone(matcher));
    collector.keeps_noise = true;
    let mut reader = DialectReader::new();
    reader.feed(log.as_bytes(), &mut collector);
    reader.finish(&mut collector);
    findings(&collector)
}

fn example_matches(file: &SignatureFile, example: &Example, alone: &Arc<Matcher>) -> Option<Problem> {
    let hits = matches(file, &example.log, alone);
    if hits.is_empty() {
        return Some(
            at(file, example, code::MATCH, "the example does not match")
                .help("the pattern is matched on one clean line; 'near' must match, too"),
        );
    }
    let diagnosis = if file.signature.role == Role::Cause { diagnose(&example.log, alone.db()) } else { None };
    for (name, wanted) in &example.captures {
        let direct = hits.iter().flatten().filter(|(known, _)| known == name).map(|(_, value)| value.clone());
        let derived = diagnosis.iter().flat_map(|d| &d.causes).filter_map(|cause| cause.captures.get(name).cloned());
        let values: Vec<String> = direct.chain(derived).collect();
        if !values.contains(wanted) {
            let message = format!(
                "the capture '{name}' should be '{wanted}', but is {}",
                match values.first() {
                    Some(value) => format!("'{value}'"),
                    None => "absent".to_owned(),
                }
            );
            return Some(at(file, example, code::MATCH, message));
        }
    }
    None
}

fn diagnose(log: &str, db: &SignatureDb) -> Option<Diagnosis> {
    let mut diagnoser = Diagnoser::new(Arc::new(Matcher::new(Arc::new(db.clone()))));
    diagnoser.feed(log.as_bytes());
    Some(diagnoser.finish())
}

/// With all signatures loaded, the example's first cause must be this one.
fn example_wins(file: &SignatureFile, example: &Example, whole: &Arc<Matcher>) -> Option<Problem> {
    if file.signature.role != Role::Cause || example.alone {
        return None;
    }
    let mut diagnoser = Diagnoser::new(Arc::clone(whole));
    diagnoser.feed(example.log.as_bytes());
    let diagnosis = diagnoser.finish();
    match diagnosis.causes.first() {
        Some(first) if first.signature == file.signature.id => None,
        Some(first) => Some(at(file, example, code::RANK, format!("with the whole database, the example is diagnosed as {}", first.signature)).help(
            "make one of the two more exact, let one lead to the other, mark the broader one generic, or say alone = true with a reason",
        )),
        None => Some(at(file, example, code::RANK, "with the whole database, the example has no cause").help(
            "does a noise signature match the line, or does the log look like a good one?",
        )),
    }
}
