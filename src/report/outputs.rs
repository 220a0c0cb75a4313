//! `key=value` lines for the steps and jobs that follow: `$GITHUB_OUTPUT`, GitLab's dotenv reports.

use crate::Diagnosis;
use crate::model::Outcome;

/// The keys, in the order in which they are written.
pub const OUTPUTS: [&str; 7] = ["class", "signature", "fingerprint", "owner", "retry", "outcome", "confidence"];

/// What is known of the first cause, as `key=value` lines; of several logs, of the first that failed. A value is empty where there
/// is no cause; a failure without one still has a fingerprint. Values hold letters, digits and `-._:/` only: nothing of them
/// can end the line, be expanded by a shell or start a command.
pub fn outputs(diagnoses: &[Diagnosis]) -> String {
    let of = |outcome| diagnoses.iter().find(|diagnosis| diagnosis.outcome == outcome);
    let explained = diagnoses.iter().find(|d| d.outcome == Outcome::Failed && !d.causes.is_empty());
    let chosen =
        explained.or_else(|| of(Outcome::Failed)).or_else(|| of(Outcome::Undetermined)).or_else(|| diagnoses.first());
    let cause = chosen.and_then(|diagnosis| diagnosis.causes.first());
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let values = [
        text(cause.map(|cause| cause.class.as_str())),
        text(cause.map(|cause| cause.signature.as_str())),
        text(chosen.and_then(|diagnosis| diagnosis.fingerprint.as_deref())),
        text(cause.map(|cause| cause.owner.as_str())),
        text(cause.map(|cause| cause.retry.as_str())),
        text(chosen.map(|diagnosis| diagnosis.outcome.as_str())),
        text(cause.map(|cause| cause.confidence.as_str())),
    ];
    OUTPUTS.iter().zip(&values).map(|(key, value)| format!("{key}={}\n", harmless(value))).collect()
}

fn harmless(value: &str) -> String {
    value.chars().map(|c| if c.is_ascii_alphanumeric() || "-._:/".contains(c) { c } else { '-' }).collect()
}
