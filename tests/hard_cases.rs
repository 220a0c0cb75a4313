//! The hard cases of the design: `tests/cases/<case>/` holds a log (`log.txt`, or `log.utf16` as Windows PowerShell
//! writes it) and what must come of it (`expect.toml`). Every mismatch of every case is told at once.
//!
//! A case is added by adding a folder. A field that `expect.toml` leaves out is not looked at; an empty string
//! means that the answer must leave the field empty.

mod common;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

use common::{Sandbox, repository};
use serde::Deserialize;
use serde_json::Value;

/// `expect.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    outcome: String,
    /// The exit status of `whyfail LOG`.
    exit: i32,
    /// Of the first cause.
    signature: Option<String>,
    class: Option<String>,
    /// Its title, whole.
    title: Option<String>,
    owner: Option<String>,
    confidence: Option<String>,
    /// Line number of its first evidence.
    line: Option<u64>,
    /// The lowest and the highest line number that will do.
    lines: Option<(u64, u64)>,
    /// Line number of its first evidence or, where there is no cause, of the first suspicious line.
    proof_line: Option<u64>,
    /// Part of the text of its first evidence.
    text: Option<String>,
    /// How many lines of evidence it has.
    evidence: Option<usize>,
    count: Option<u64>,
    files: Option<Vec<(String, u64)>>,
    #[serde(default)]
    captures: BTreeMap<String, String>,
    /// Ids that must be among what it led to.
    led_to: Option<Vec<String>>,
    /// How many causes there are.
    causes: Option<usize>,
    /// Signatures of the first causes, in any order.
    also: Option<Vec<String>>,
    /// Keys of the steps of all causes, in any order.
    steps_of_causes: Option<Vec<String>>,
    /// Ids that must be no cause.
    #[serde(default)]
    absent: Vec<String>,
    /// Classes that no cause may have.
    #[serde(default)]
    absent_classes: Vec<String>,
    /// Part of the first suspicious line.
    suspicious: Option<String>,
    truncated: Option<String>,
    encoding: Option<String>,
    dialects: Option<Vec<String>>,
    /// Another case whose first cause must be the same in signature, fingerprint, evidence and step.
    same_as: Option<String>,
    place: Option<BTreeMap<String, toml::Value>>,
    /// Of the failing step (or the one that ran last): any field of it.
    step: Option<BTreeMap<String, toml::Value>>,
}

struct Case<'c> {
    name: &'c str,
    mismatches: Vec<String>,
}

impl Case<'_> {
    fn equal<T: PartialEq + Debug>(&mut self, what: &str, found: T, wanted: T) {
        if found != wanted {
            self.mismatches.push(format!("{}: {what} is {found:?}, not {wanted:?}", self.name));
        }
    }

    fn holds(&mut self, what: &str, found: &str, part: &str) {
        if !found.contains(part) {
            self.mismatches.push(format!("{}: {what} is {found:?}, without {part:?}", self.name));
        }
    }

    fn fields(&mut self, what: &str, found: &Value, wanted: &BTreeMap<String, toml::Value>) {
        for (name, wanted) in wanted {
            let empty = wanted.as_str() == Some("");
            let wanted = if empty { Value::Null } else { serde_json::to_value(wanted).expect("TOML as JSON") };
            let found = found.get(name).cloned().unwrap_or(Value::Null);
            self.equal(&format!("{what}.{name}"), found, wanted);
        }
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// The exit status and the result of one case.
fn diagnose(sandbox: &Sandbox, folder: &Path) -> (i32, Value) {
    let log = ["log.txt", "log.utf16"].map(|name| folder.join(name)).into_iter().find(|path| path.is_file());
    let log = log.unwrap_or_else(|| panic!("{}: no log", folder.display()));
    let ended = sandbox.run(&["--format", "json", &log.display().to_string()]);
    let result = ended.json()["results"][0].take();
    (ended.code, result)
}

fn compare(case: &mut Case<'_>, exit: i32, result: &Value, expect: &Expect) {
    let cause = result.pointer("/causes/0").unwrap_or(&Value::Null);
    case.equal("the outcome", text(result, "/outcome"), expect.outcome.as_str());
    case.equal("the exit status", exit, expect.exit);
    for (what, pointer, wanted) in [
        ("the signature", "/signature", &expect.signature),
        ("the class", "/class", &expect.class),
        ("the title", "/title", &expect.title),
        ("the owner", "/owner", &expect.owner),
        ("the confidence", "/confidence", &expect.confidence),
    ] {
        if let Some(wanted) = wanted {
            case.equal(what, text(cause, pointer), wanted.as_str());
        }
    }
    let line = cause.pointer("/evidence/0/line").and_then(Value::as_u64);
    if let Some(wanted) = expect.line {
        case.equal("the line of the evidence", line, Some(wanted));
    }
    if let Some((first, last)) = expect.lines {
        case.equal(
            &format!("the line {line:?} is between {first} and {last}"),
            (first..=last).contains(&line.unwrap_or(0)),
            true,
        );
    }
    if let Some(wanted) = expect.proof_line {
        let line = line.or_else(|| result.pointer("/suspicious/0/evidence/line").and_then(Value::as_u64));
        case.equal("the line of the evidence or suspicion", line, Some(wanted));
    }
    if let Some(part) = &expect.text {
        case.holds("the evidence", text(cause, "/evidence/0/text"), part);
    }
    if let Some(wanted) = expect.evidence {
        case.equal("the number of lines of evidence", list(cause, "evidence").len(), wanted);
    }
    if let Some(wanted) = expect.count {
        case.equal("the count", cause["count"].as_u64(), Some(wanted));
    }
    if let Some(wanted) = &expect.files {
        let files =
            list(cause, "files").iter().map(|f| (text(f, "/file").to_owned(), f["count"].as_u64().unwrap_or(0)));
        case.equal("the list of files", files.collect::<Vec<_>>(), wanted.clone());
    }
    for (name, wanted) in &expect.captures {
        case.equal(&format!("the capture '{name}'"), text(&cause["captures"], &format!("/{name}")), wanted.as_str());
    }
    let led_to: Vec<&str> = list(cause, "led_to").iter().filter_map(Value::as_str).collect();
    for wanted in expect.led_to.iter().flatten() {
        if !led_to.contains(&wanted.as_str()) {
            case.mismatches.push(format!("{}: it led to {led_to:?}, without {wanted:?}", case.name));
        }
    }
    let ids: Vec<&str> = list(result, "causes").iter().map(|cause| text(cause, "/signature")).collect();
    if let Some(wanted) = expect.causes.filter(|wanted| *wanted != ids.len()) {
        case.mismatches.push(format!("{}: {} causes, not {wanted}: {ids:?}", case.name, ids.len()));
    }
    if let Some(wanted) = &expect.also {
        let mut first: Vec<&str> = ids.iter().copied().take(wanted.len()).collect();
        first.sort_unstable();
        let mut wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        wanted.sort_unstable();
        case.equal("the list of the first causes", first, wanted);
    }
    if let Some(wanted) = &expect.steps_of_causes {
        let mut steps: Vec<&str> = list(result, "causes").iter().map(|cause| text(cause, "/step")).collect();
        steps.sort_unstable();
        case.equal("the list of the causes' steps", steps, wanted.iter().map(String::as_str).collect());
    }
    for absent in &expect.absent {
        case.equal(&format!("{absent} as a cause"), ids.contains(&absent.as_str()), false);
    }
    for absent in &expect.absent_classes {
        let found: Vec<&Value> = list(result, "causes").iter().filter(|c| c["class"] == absent.as_str()).collect();
        case.equal(&format!("a cause of class {absent}: {found:?}"), found.is_empty(), true);
    }
    if let Some(part) = &expect.suspicious {
        case.holds("the first suspicious line", text(result, "/suspicious/0/evidence/text"), part);
    }
    if let Some(wanted) = &expect.truncated {
        case.equal("what is truncated", text(result, "/source/truncated"), wanted.as_str());
    }
    if let Some(wanted) = &expect.encoding {
        case.equal("the encoding", text(result, "/source/encoding"), wanted.as_str());
    }
    if let Some(wanted) = &expect.dialects {
        let found: Vec<&str> = list(&result["source"], "dialects").iter().filter_map(Value::as_str).collect();
        case.equal("the list of dialects", found, wanted.iter().map(String::as_str).collect());
    }
    if let Some(wanted) = &expect.place {
        case.fields("place", &cause["place"], wanted);
    }
    if let Some(wanted) = &expect.step {
        let key = text(result, "/failing_step");
        let step = list(result, "steps").iter().find(|step| text(step, "/key") == key).unwrap_or(&Value::Null);
        case.fields("step", step, wanted);
    }
}

/// The same build recorded in two ways has the same cause.
fn compare_twins(case: &mut Case<'_>, result: &Value, twin: &Value) {
    for pointer in ["/causes/0/signature", "/causes/0/fingerprint", "/causes/0/evidence/0/text", "/causes/0/step"] {
        case.equal(&format!("{pointer}, as its twin has it,"), result.pointer(pointer), twin.pointer(pointer));
    }
    case.equal("the failing step, as its twin has it,", &result["failing_step"], &twin["failing_step"]);
    case.equal("the number of causes, as its twin has it,", list(result, "causes").len(), list(twin, "causes").len());
}

#[test]
fn every_hard_case_is_diagnosed_as_expected() {
    let sandbox = Sandbox::new();
    let mut folders: Vec<_> = std::fs::read_dir(repository("tests/cases"))
        .expect("tests/cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    let mut mismatches = Vec::new();
    for folder in &folders {
        let name = folder.file_name().expect("a name").to_string_lossy();
        let mut case = Case { name: &name, mismatches: Vec::new() };
        let expect = std::fs::read_to_string(folder.join("expect.toml")).unwrap_or_default();
        match toml::from_str::<Expect>(&expect) {
            Err(error) => case.mismatches.push(format!("{name}: expect.toml: {error}")),
            Ok(expect) => {
                let (exit, result) = diagnose(&sandbox, folder);
                compare(&mut case, exit, &result, &expect);
                if let Some(twin) = &expect.same_as {
                    compare_twins(&mut case, &result, &diagnose(&sandbox, &repository("tests/cases").join(twin)).1);
                }
            }
        }
        mismatches.extend(case.mismatches);
    }
    // Each of the fifteen is there.
    for number in 1..=15 {
        let start = format!("{number:02}-");
        let there =
            folders.iter().any(|f| f.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&start)));
        assert!(there, "hard case {number} has no log");
    }
    assert!(
        mismatches.is_empty(),
        "{} mismatches in {} cases:\n{}",
        mismatches.len(),
        folders.len(),
        mismatches.join("\n")
    );
}
