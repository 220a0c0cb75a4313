//! SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), for code scanning, editors and Jenkins.
//!
//! Every message is plain text. In one, braces are doubled (section 3.11.5), and what would be read as a link (3.11.6) is taken apart.
//! GitHub shows 5,000 results of a run and wants relative paths (docs.github.com, "SARIF support for code scanning").

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::json;

use super::findings::{self, BREAKS_OFF, Finding, UNEXPLAINED, Weight};
use super::location::{self, Location};
use super::{counted, json as document, missing};
use crate::Diagnosis;
use crate::diagnosis::visible;
use crate::model::{Confidence, Evidence, EvidenceSource};
use crate::signature::template::plain;
use crate::signature::{EditKind, Signature, SignatureDb};

/// The most results of one report.
const LIMIT: usize = 5_000;
/// The longest message, in characters.
const LONGEST: usize = 4_000;
/// The most further places of a result.
const RELATED: usize = 20;
/// Stands between the characters of what would be a link.
const APART: char = ' ';

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'r> {
    id: &'r str,
    short_description: Text,
    full_description: Text,
    help: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<&'r str>,
    default_configuration: serde_json::Value,
    properties: serde_json::Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'r> {
    rule_id: &'r str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: Vec<Place>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Place>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    properties: serde_json::Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<Text>,
}

pub(super) fn write(out: &mut dyn Write, diagnoses: &[Diagnosis], db: &SignatureDb) -> io::Result<()> {
    let findings = findings::of(diagnoses);
    let mut rules: Vec<&str> = findings.iter().take(LIMIT).map(|finding| finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    let results: Vec<Outcome<'_>> = findings
        .iter()
        .take(LIMIT)
        .map(|finding| outcome(finding, rules.binary_search(&finding.rule).unwrap_or(0)))
        .collect();
    let rules: Vec<Rule<'_>> = rules.iter().map(|id| rule(id, db)).collect();
    let sarif = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "automationDetails": {"id": "whyfail/"},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notifications(diagnoses, findings.len()),
            }],
            "results": results,
        }],
    });
    document::document(out, &sarif)
}

/// What is to be known about the report itself: what of a log is missing, what was left out here.
fn notifications(diagnoses: &[Diagnosis], findings: usize) -> Vec<serde_json::Value> {
    let mut said: Vec<String> = Vec::new();
    for diagnosis in diagnoses {
        for line in diagnosis.gaps.iter().map(missing) {
            if said.len() < LIMIT && !said.contains(&line) {
                said.push(line);
            }
        }
    }
    if findings > LIMIT {
        said.push(format!("{} left out; the JSON report has all.", counted((findings - LIMIT) as u64, "finding")));
    }
    said.iter().map(|line| json!({"level": "warning", "message": text(line)})).collect()
}

fn outcome<'r>(finding: &Finding<'r>, rule_index: usize) -> Outcome<'r> {
    let log = finding.evidence.iter().find(|line| line.source == EvidenceSource::Log);
    let first = place(&finding.location, log.filter(|_| finding.location.in_log));
    let mut related = Vec::new();
    let mut relate = |location: Location, evidence: Option<&Evidence>, message: String| {
        if related.len() < RELATED {
            let id = Some(related.len() + 1);
            related.push(Place { id, message: Some(text(&message)), ..place(&location, evidence) });
        }
    };
    for line in finding.evidence {
        match line.source {
            EvidenceSource::Log if finding.location.in_log && log.is_some_and(|first| std::ptr::eq(first, line)) => {}
            EvidenceSource::Log => {
                let at = location::in_log(finding.diagnosis, Some(line));
                relate(at, Some(line), format!("line {} of the log proves it", line.line));
            }
            EvidenceSource::Project => {
                if let Some(at) = location::of_project(line).filter(|at| *at != finding.location) {
                    relate(at, Some(line), "the project's own file agrees".to_owned());
                }
            }
        }
    }
    // What only shows that something failed is told as what the first cause led to.
    if matches!(finding.weight, Weight::First(_) | Weight::Unexplained) {
        for symptom in &finding.diagnosis.symptoms {
            if let Some(line) = symptom.evidence.first() {
                relate(location::in_log(finding.diagnosis, Some(line)), Some(line), format!("then: {}", symptom.title));
            }
        }
    }
    let log = visible(&super::summary::heading(finding.diagnosis));
    let properties = match finding.cause {
        Some(cause) => json!({
            "log": log, "class": cause.class, "confidence": cause.confidence, "owner": cause.owner, "retry": cause.retry,
        }),
        None => json!({"log": log}),
    };
    let message = std::iter::once(finding.title.as_str()).chain(finding.lines.iter().map(String::as_str));
    Outcome {
        rule_id: finding.rule,
        rule_index,
        level: level(finding.weight),
        message: text(&message.collect::<Vec<_>>().join("\n")),
        locations: vec![first],
        related_locations: related,
        partial_fingerprints: BTreeMap::from([("whyfail/v1", finding.fingerprint.clone())]),
        properties,
    }
}

fn level(weight: Weight) -> &'static str {
    match weight {
        Weight::First(_) | Weight::Unexplained => "error",
        Weight::More(Confidence::Low) | Weight::Further(Confidence::Low) => "warning",
        Weight::More(_) | Weight::Further(_) => "error",
        Weight::Undetermined | Weight::Advice => "note",
    }
}

fn place(location: &Location, evidence: Option<&Evidence>) -> Place {
    let joined = evidence.map_or(1, |line| u64::from(line.joined.max(1)));
    Place {
        id: None,
        physical_location: Physical {
            artifact_location: Artifact { uri: location::uri(&location.path) },
            region: Region {
                start_line: location.line,
                start_column: location.column,
                end_line: (joined > 1).then(|| location.line + joined - 1),
                snippet: evidence.map(|line| Text { text: visible(&line.text) }),
            },
        },
        message: None,
    }
}

fn rule<'r>(id: &'r str, db: &'r SignatureDb) -> Rule<'r> {
    let own = |short: &str, help: &str| Rule {
        id,
        short_description: text(short),
        full_description: text(short),
        help: text(help),
        help_uri: None,
        default_configuration: json!({"level": "error"}),
        properties: json!({"tags": ["build"]}),
    };
    match (id, db.get(id)) {
        (_, Some(signature)) => of_signature(signature),
        (BREAKS_OFF, _) => own(
            "The log breaks off",
            "The log ends while a step was running, and no line says why. Look for its end where the build ran: a time limit, \
             a machine that was taken away, a lost connection.",
        ),
        (UNEXPLAINED, _) => own(
            "A failure that no signature explains",
            "The message names the failing step and the most suspicious lines. `whyfail new --from LOG` drafts a signature.",
        ),
        _ => own("A failure", "The signature is not at hand any more."),
    }
}

fn of_signature(signature: &Signature) -> Rule<'_> {
    let explain = one_line(&plain(&signature.prose().explain));
    let title = plain(&signature.title);
    let mut help = vec![if explain.is_empty() { title.clone() } else { explain.clone() }];
    for (at, remedy) in signature.prose().remedies.iter().enumerate() {
        let when = remedy.when.as_deref().map(|when| format!(" (when {})", plain(when.trim_start_matches("when "))));
        let head = one_line(&format!("{}. {}{}", at + 1, plain(&remedy.title), when.unwrap_or_default()));
        help.push(head);
        for edit in &remedy.edits {
            let lines = |mark: char, text: &Option<String>| -> Vec<String> {
                let text = text.as_deref().map(plain).unwrap_or_default();
                text.trim_end().lines().map(|line| format!("   {mark} {line}")).collect()
            };
            help.push(format!("   {} {}:", edit.kind, plain(&edit.file)));
            if edit.kind != EditKind::Insert {
                help.extend(lines('-', &edit.before));
            }
            if edit.kind != EditKind::Delete {
                help.extend(lines('+', &edit.after));
            }
        }
        let commands = remedy.commands.iter().map(|command| plain(command));
        help.extend(
            commands.flat_map(|command| command.lines().map(|line| format!("   $ {line}")).collect::<Vec<_>>()),
        );
        if let Some(with) = &remedy.verified_with {
            help.push(format!("   verified with {}", with.join(", ")));
        }
    }
    help.extend(
        signature.prose().prevent.as_deref().map(|prevent| format!("Not again: {}", one_line(&plain(prevent)))),
    );
    help.push(format!("More: whyfail explain {}", signature.id));
    help.extend(signature.prose().references.iter().cloned());
    let full = if explain.is_empty() { &title } else { &explain };
    Rule {
        id: &signature.id,
        short_description: text(&title),
        full_description: text(full),
        help: text(&help.join("\n")),
        help_uri: signature
            .prose()
            .references
            .first()
            .map(String::as_str)
            .filter(|address| address.starts_with("https://")),
        default_configuration: json!({"level": if signature.generic { "warning" } else { "error" }}),
        properties: json!({"tags": ["build", signature.class.as_str(), signature.owner.as_str(), signature.tool()]}),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A plain text message in which nothing is a placeholder or a link.
fn text(said: &str) -> Text {
    let lines: Vec<String> = said.lines().map(visible).collect();
    let mut out = String::with_capacity(said.len());
    let mut last = ' ';
    for c in lines.join("\n").chars().take(LONGEST) {
        match c {
            '{' | '}' => out.push(c),
            '(' if last == ']' => out.push(APART),
            _ => {}
        }
        out.push(c);
        last = c;
    }
    Text { text: out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_holds_no_placeholder_and_no_link() {
        assert_eq!(
            text("${x} {0} [a](https://x) [b] (c)\n\u{1b}[1m").text,
            "${{x}} {{0}} [a] (https://x) [b] (c)\n␛[1m"
        );
    }
}
