//! Replays every recorded log of `corpus/` and compares the answer with its `scenario.toml` (fields: tests/live/README.md).
//! The published package comes with the logs, but without the projects.

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::OneOf;
use serde::Deserialize;
use whyfail::Diagnosis;
use whyfail::model::Outcome;

/// What a log must be diagnosed as.
#[derive(Debug, Clone, Default, Deserialize)]
struct Expected {
    outcome: Option<OneOf>,
    class: Option<String>,
    signature: Option<String>,
    evidence: Option<OneOf>,
    causes: Option<Vec<String>>,
    suspicious: Option<OneOf>,
    failed_part: Option<String>,
    /// Text of the title of the step in which the first cause was found; without a cause, of the failing step.
    step: Option<String>,
    /// The line of that step in its Dockerfile. The current BuildKit tells it; other logs need not.
    file_line: Option<u64>,
    /// The exit code of the failing command, where the log tells it.
    exit_code: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Scenario {
    #[serde(flatten)]
    expected: Expected,
    /// Fields that differ for one log.
    #[serde(default)]
    log: BTreeMap<String, Expected>,
}

fn mismatches(expected: &Expected, answer: &Diagnosis) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut say = |fits: bool, message: String| {
        if !fits {
            wrong.push(message);
        }
    };
    let outcome = match answer.outcome {
        Outcome::Failed => "failed",
        Outcome::Succeeded => "succeeded",
        Outcome::NoFailure => "no_failure",
        Outcome::Undetermined => "undetermined",
    };
    let wanted = expected.outcome.clone().unwrap_or(OneOf::One("failed".into()));
    say(wanted.any(|word| word == outcome), format!("outcome {outcome}"));
    let first = answer.causes.first();
    if let Some(causes) = &expected.causes {
        let mut ids: Vec<&str> = answer.causes.iter().map(|cause| cause.signature.as_str()).collect();
        let mut wanted: Vec<&str> = causes.iter().map(String::as_str).collect();
        ids.sort_unstable();
        wanted.sort_unstable();
        say(ids == wanted, format!("causes {ids:?}"));
    } else {
        let class = first.map(|cause| cause.class.as_str());
        say(class == expected.class.as_deref(), format!("class {class:?} instead of {:?}", expected.class));
    }
    if let (Some(signature), None) = (&expected.signature, &expected.causes) {
        let found = first.map(|cause| cause.signature.as_str());
        say(found == Some(signature), format!("signature {found:?} instead of {signature}"));
    }
    if let (Some(evidence), None) = (&expected.evidence, &expected.causes) {
        let lines: Vec<&str> = first.iter().flat_map(|cause| &cause.evidence).map(|line| line.text.as_str()).collect();
        let proved = evidence.any(|text| lines.iter().any(|line| line.contains(text)));
        say(proved, format!("evidence {lines:?} without {evidence:?}"));
    }
    if let Some(text) = &expected.suspicious {
        let found = answer.suspicious.first().map_or("", |line| line.evidence.text.as_str());
        say(text.any(|text| found.contains(text)), format!("most suspicious line '{found}'"));
    }
    if let Some(part) = &expected.failed_part {
        let found =
            answer.failing_step.as_ref().and_then(|key| answer.step(key)).and_then(|step| step.failed_part.clone());
        say(found.as_ref() == Some(part), format!("failed part {found:?}"));
    }
    // The log of a tool that ran alone has no steps. Without a cause, what failed is all that can be known.
    let failing = answer.failing_step.as_ref().and_then(|key| answer.step(key));
    let step = first.map_or(failing, |cause| answer.step(cause.step.as_ref()?));
    if let (Some(text), false) = (&expected.step, answer.steps.is_empty()) {
        let found = step.map(|step| step.name.as_str());
        say(found.is_some_and(|name| name.contains(text)), format!("step {found:?} instead of '{text}'"));
    }
    if let (Some(line), Some(step)) = (expected.file_line, step) {
        let told = answer.source.dialects.iter().any(|dialect| dialect == "buildkit-rawjson");
        let fits = step.file_line.map_or(!told, |found| found == line);
        say(fits, format!("line {:?} of the Dockerfile instead of {line}", step.file_line));
    }
    if let (Some(code), Some(found)) = (expected.exit_code, failing.and_then(|step| step.exit_code)) {
        say(found == code, format!("exit code {found} instead of {code}"));
    }
    wrong
}

fn scenario(log: &Path) -> Scenario {
    let path = log.with_file_name("scenario.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the scenario says of the log of this name.
fn expected(log: &Path, name: &str) -> Expected {
    let scenario = scenario(log);
    let mut expected = scenario.expected.clone();
    if let Some(own) = scenario.log.get(name) {
        let own = own.clone();
        expected.outcome = own.outcome.or(expected.outcome);
        expected.class = own.class.or(expected.class);
        expected.signature = own.signature.or(expected.signature);
        expected.evidence = own.evidence.or(expected.evidence);
        expected.causes = own.causes.or(expected.causes);
        expected.suspicious = own.suspicious.or(expected.suspicious);
        expected.failed_part = own.failed_part.or(expected.failed_part);
        expected.step = own.step.or(expected.step);
        expected.file_line = own.file_line.or(expected.file_line);
        expected.exit_code = own.exit_code.or(expected.exit_code);
    }
    expected
}

#[test]
fn every_recorded_log_is_diagnosed_as_its_scenario_says() {
    let mut wrong = Vec::new();
    for log in common::corpus() {
        let name = log.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let answer = common::diagnose(&std::fs::read(&log).unwrap());
        for message in mismatches(&expected(&log, &name), &answer) {
            wrong.push(format!("{}: {message}", log.display()));
        }
    }
    assert!(wrong.is_empty(), "{} mismatches:\n{}", wrong.len(), wrong.join("\n"));
}

/// A build record is diagnosed as the log of the same build. Where it holds several builds, `causes` are those of all.
#[test]
fn every_build_record_is_diagnosed_as_its_scenario_says() {
    let mut wrong = Vec::new();
    for file in common::corpus_records() {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let expected = expected(&file, &name);
        let mut answers = common::diagnose_records(&file);
        if let Some(causes) = &expected.causes {
            let mut found: Vec<&str> =
                answers.iter().flat_map(|answer| &answer.causes).map(|cause| cause.signature.as_str()).collect();
            let mut wanted: Vec<&str> = causes.iter().map(String::as_str).collect();
            found.sort_unstable();
            wanted.sort_unstable();
            if found != wanted {
                wrong.push(format!("{}: causes {found:?}", file.display()));
            }
            continue;
        }
        assert_eq!(answers.len(), 1, "{}", file.display());
        let answer = answers.remove(0);
        for message in mismatches(&expected, &answer) {
            wrong.push(format!("{}: {message}", file.display()));
        }
        let twin = file.with_file_name("buildkit-0.29-rawjson.log");
        if let Ok(log) = std::fs::read(twin) {
            let (mut own, twin) = (essence(&answer), essence(&common::diagnose(&log)));
            // The client does not always print the frame of the Dockerfile behind rawjson; a record always has it.
            if let (Some(own), Some(twin)) = (&mut own.2, &twin.2)
                && twin.3.is_none()
            {
                (own.3, own.4) = (None, None);
            }
            if own != twin {
                wrong.push(format!("{}: {own:?} instead of {twin:?}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} mismatches:\n{}", wrong.len(), wrong.join("\n"));
}

/// Name, command, failed part, file, line and exit code of a step.
type Essence = (String, Option<String>, Option<String>, Option<String>, Option<u64>, Option<i64>);

/// What must not depend on the form in which a build was recorded: outcome, signatures, the failing step's command, place,
/// failed part and exit code.
fn essence(answer: &Diagnosis) -> (Outcome, Vec<String>, Option<Essence>) {
    let signatures: Vec<String> = answer.causes.iter().map(|cause| cause.signature.clone()).collect();
    let step = answer.failing_step.as_ref().and_then(|key| answer.step(key)).cloned();
    let step = step.map(|step| (step.name, step.command, step.failed_part, step.file, step.file_line, step.exit_code));
    (answer.outcome, signatures, step)
}

/// The same build, captured clean and as Windows PowerShell does, has the same cause, proved by the same line.
#[test]
fn powershell_captures_are_diagnosed_as_their_clean_twins() {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for log in common::corpus() {
        let name = log.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let clean = log.with_file_name("buildkit-0.29.log");
        if !name.starts_with("powershell-") || !clean.is_file() {
            continue;
        }
        compared += 1;
        let proved = |path: &Path| {
            let answer = common::diagnose(&std::fs::read(path).unwrap());
            let cause = answer.causes.first();
            let squeezed = |text: &str| text.split_whitespace().collect::<String>();
            let proof = cause.and_then(|cause| cause.evidence.first()).map(|line| squeezed(&line.text));
            (answer.outcome, cause.map(|cause| cause.signature.clone()), proof)
        };
        let (wrapped, straight) = (proved(&log), proved(&clean));
        if wrapped != straight {
            wrong.push(format!("{}: {wrapped:?} instead of {straight:?}", log.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 0 || common::corpus().is_empty(), "the corpus holds no PowerShell capture");
}

/// A Dockerfile's instructions, each with its first line, continuation lines joined and blanks squeezed.
fn instructions(text: &str) -> Vec<(u64, String)> {
    let mut found: Vec<(u64, String)> = Vec::new();
    let mut goes_on = false;
    for (number, line) in (1..).zip(text.lines()) {
        let part = line.trim_end().trim_end_matches('\\');
        if goes_on {
            if let Some((_, instruction)) = found.last_mut() {
                instruction.push(' ');
                instruction.push_str(part);
            }
        } else {
            found.push((number, part.to_owned()));
        }
        goes_on = line.trim_end().ends_with('\\');
    }
    found.iter().map(|(number, text)| (*number, text.split_whitespace().collect::<Vec<_>>().join(" "))).collect()
}

/// Where a report says in which line of the Dockerfile a step stands, that line holds its instruction.
#[test]
fn a_step_stands_in_the_line_of_the_dockerfile_that_is_named() {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for log in common::corpus() {
        let manifest: toml::Table =
            std::fs::read_to_string(log.with_file_name("scenario.toml")).unwrap().parse().expect("scenario.toml");
        let project = match manifest.get("project").and_then(toml::Value::as_str) {
            Some(shared) => common::repository("corpus").join(shared),
            None => log.with_file_name("project"),
        };
        let answer = common::diagnose(&std::fs::read(&log).unwrap());
        for step in &answer.steps {
            let (Some(file), Some(line), Some(command)) = (&step.file, step.file_line, &step.command) else { continue };
            let Ok(text) = std::fs::read_to_string(project.join(file)) else { continue };
            // Long titles are clipped on a terminal, and those of a heredoc hold other lines.
            let start: String = command.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(20).collect();
            if command.contains("<<") || command.contains("...") {
                continue;
            }
            compared += 1;
            let instruction = instructions(&text).into_iter().find(|(number, _)| *number == line);
            // A trigger runs in the line of the FROM that brings it along.
            let stands =
                |text: &str| text.contains(&start) || (start.starts_with("ONBUILD ") && text.starts_with("FROM "));
            if !instruction.as_ref().is_some_and(|(_, text)| stands(text)) {
                wrong.push(format!("{}: {file}:{line} is {instruction:?}, not '{command}'", log.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} mismatches:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 0 || !common::repository("corpus/projects").exists(), "nothing was compared");
}
