//! The last look at an answer: what is a secret in one of its lines is one wherever else it stands, and a secret that the end of a
//! line cut in two is only seen here, where lines stand together.

use serde_json::Value;

use super::secrets::{self, MASK};
use crate::model::{Cause, Diagnosis, Evidence};

/// The answer without its secrets; `found` are those of its evidence.
pub fn withhold<'f>(mut answer: Diagnosis, found: impl Iterator<Item = &'f String>) -> Diagnosis {
    let mut telltale: Vec<String> = found.cloned().collect();
    for evidence in evidence(&mut answer) {
        telltale.extend(wrapped(evidence));
    }
    telltale.retain(|secret| secrets::is_telltale(secret));
    telltale.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    telltale.dedup();
    if !telltale.is_empty() {
        answer = without(answer, &telltale);
        answer.causes.iter_mut().for_each(drop_commands);
    }
    answer
}

/// Every line that the answer shows.
fn evidence(answer: &mut Diagnosis) -> impl Iterator<Item = &mut Evidence> {
    let causes = answer.causes.iter_mut().flat_map(|cause| &mut cause.evidence);
    let symptoms = answer.symptoms.iter_mut().flat_map(|symptom| &mut symptom.evidence);
    let suspicious = answer.suspicious.iter_mut().map(|line| &mut line.evidence);
    let advice = answer.advice.iter_mut().flat_map(|advice| &mut advice.evidence);
    causes.chain(symptoms).chain(suspicious).chain(advice)
}

/// Masks in a line and its neighbours what is only seen in several lines.
pub fn wrapped(evidence: &mut Evidence) -> Vec<String> {
    let context = &mut evidence.context;
    let before = evidence.text.clone();
    let mut lines: Vec<&mut String> = Vec::with_capacity(context.before.len() + 1 + context.after.len());
    lines.extend(&mut context.before);
    lines.push(&mut evidence.text);
    lines.extend(&mut context.after);
    let secrets = secrets::mask_wrapped(&mut lines);
    if evidence.text != before {
        evidence.masked = true;
        // What was masked is shorter or longer than it was.
        let length = evidence.text.chars().count() as u64;
        evidence.column = evidence.column.min(length + 1);
        evidence.end_column = evidence.end_column.clamp(evidence.column, length + 1);
    }
    secrets
}

/// The answer with [`MASK`] in place of these texts, wherever they stand.
fn without(answer: Diagnosis, secrets: &[String]) -> Diagnosis {
    let Ok(mut value) = serde_json::to_value(&answer) else { return answer };
    mask_all(&mut value, secrets);
    serde_json::from_value(value).unwrap_or(answer)
}

fn mask_all(value: &mut Value, secrets: &[String]) {
    match value {
        Value::String(text) => {
            for secret in secrets {
                if text.contains(secret.as_str()) {
                    *text = text.replace(secret.as_str(), MASK);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| mask_all(value, secrets)),
        Value::Object(fields) => fields.values_mut().for_each(|value| mask_all(value, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A command that lacks a value is of no use, and a mask would be taken for one.
fn drop_commands(cause: &mut Cause) {
    for remedy in &mut cause.remedies {
        remedy.commands.retain(|command| !command.contains(MASK));
        remedy.edits.retain(|edit| {
            let texts = [Some(&edit.file), edit.before.as_ref(), edit.after.as_ref()];
            !texts.into_iter().flatten().any(|text| text.contains(MASK))
        });
    }
}
