//! `--ci SYSTEM`: what each CI system gets, and that nothing is lost where it can't be given.
#![cfg(unix)]

mod common;

use common::logs::{FORBIDDEN, GOOD, case};
use common::runner::{commands, harmless, hostile_logs};
use common::{Ended, Sandbox, feed};
use serde_json::Value;

/// Runs `whyfail` with variables of a CI system.
fn run(sandbox: &Sandbox, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let mut command = sandbox.whyfail(arguments);
    command.envs(variables.iter().copied());
    Ended::from(command.output().expect("whyfail starts"))
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("bad.log", case(FORBIDDEN));
    sandbox.file("good.log", case(GOOD));
    sandbox.file("summary.md", "earlier\n");
    sandbox
}

/// The one line that says what was chosen.
fn said(ended: &Ended) -> &str {
    let lines: Vec<&str> = ended.err.lines().filter(|line| line.starts_with("whyfail: ")).collect();
    let [line] = lines.as_slice() else { panic!("{ended:#?}") };
    line
}

const GITHUB: (&str, &str) = ("GITHUB_ACTIONS", "true");

#[test]
fn github_gets_annotations_and_the_job_summary() {
    let sandbox = sandbox();
    let path = sandbox.path().join("summary.md").display().to_string();
    let ended = run(&sandbox, &[GITHUB, ("GITHUB_STEP_SUMMARY", &path)], &["--ci", "auto", "bad.log"]);
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert_eq!(said(&ended), "whyfail: --ci auto: GitHub Actions: annotations, the job summary");
    assert!(ended.out.starts_with("── whyfail "), "{ended:#?}");
    let found = commands(&ended.out);
    assert_eq!(found.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["error", "error"], "{ended:#?}");
    let summary = sandbox.read("summary.md");
    assert!(summary.starts_with("earlier\n### ✗ The module proxy"), "{summary}");
    // `run` prints on standard error, and the runner reads that too.
    let ended = run(
        &sandbox,
        &[GITHUB, ("GITHUB_STEP_SUMMARY", &path)],
        &["run", "--ci", "github", "--", "sh", "-c", "cat bad.log; exit 7"],
    );
    assert_eq!(ended.code, 7, "{ended:#?}");
    assert_eq!(ended.bytes, case(FORBIDDEN));
    assert_eq!(commands(&ended.err).len(), 2, "{ended:#?}");
    assert_eq!(sandbox.read("summary.md").matches("### ✗ The module proxy").count(), 2);
}

#[test]
fn a_good_build_is_not_announced() {
    let sandbox = sandbox();
    let path = sandbox.path().join("summary.md").display().to_string();
    let ended =
        run(&sandbox, &[GITHUB, ("GITHUB_STEP_SUMMARY", &path)], &["run", "--ci", "auto", "--", "cat", "good.log"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{ended:#?}");
    assert_eq!(sandbox.read("summary.md"), "earlier\n");
    let ended = run(&sandbox, &[("GITLAB_CI", "true")], &["run", "--ci", "auto", "--", "cat", "good.log"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{ended:#?}");
    assert_eq!(sandbox.read("gl-code-quality-report.json"), "[]\n");
}

#[test]
fn without_a_word_nothing_changes() {
    let sandbox = sandbox();
    let path = sandbox.path().join("summary.md").display().to_string();
    for arguments in [&["bad.log"][..], &["--ci", "none", "bad.log"]] {
        let ended = run(&sandbox, &[GITHUB, ("GITHUB_STEP_SUMMARY", &path)], arguments);
        assert_eq!((ended.code, ended.err.as_str()), (1, ""), "{ended:#?}");
        assert_eq!(commands(&ended.out), []);
    }
    assert_eq!(sandbox.read("summary.md"), "earlier\n");
    let ended = run(&sandbox, &[], &["--ci", "auto", "bad.log"]);
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(said(&ended).contains("no CI system"), "{ended:#?}");
    assert_eq!(std::fs::read_dir(sandbox.path()).expect("a folder").count(), 4, "no file of any system");
}

#[test]
fn a_document_on_the_screen_stays_whole() {
    let sandbox = sandbox();
    let path = sandbox.path().join("summary.md").display().to_string();
    for format in ["json", "sarif", "gitlab"] {
        let arguments = ["--ci", "github", "--format", format, "bad.log"];
        let ended = run(&sandbox, &[GITHUB, ("GITHUB_STEP_SUMMARY", &path)], &arguments);
        assert_eq!(ended.code, 1, "{ended:#?}");
        ended.json();
    }
    let ended =
        run(&sandbox, &[GITHUB, ("GITHUB_STEP_SUMMARY", &path)], &["--ci", "github", "-f", "github", "bad.log"]);
    assert_eq!(commands(&ended.out).len(), 2, "not twice: {ended:#?}");
}

#[test]
fn gitlab_gets_folds_and_a_code_quality_file() {
    let sandbox = sandbox();
    let ended = run(&sandbox, &[("GITLAB_CI", "true")], &["--ci", "auto", "bad.log"]);
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert_eq!(said(&ended), "whyfail: --ci auto: GitLab: folded sections, gl-code-quality-report.json, whyfail.html");
    assert_eq!(ended.out.matches("section_start:").count(), ended.out.matches("section_end:").count());
    assert!(ended.out.starts_with("\u{1b}[0Ksection_start:1"), "{:?}", ended.out);
    let issues: Value = serde_json::from_str(&sandbox.read("gl-code-quality-report.json")).expect("JSON");
    assert_eq!(issues[0]["check_name"], "go/proxy-forbidden");
    // A report of that format that was asked for by name takes its place.
    std::fs::remove_file(sandbox.path().join("gl-code-quality-report.json")).expect("gone");
    let ended = run(&sandbox, &[("GITLAB_CI", "true")], &["--ci", "auto", "-o", "gitlab=quality.json", "bad.log"]);
    assert_eq!(said(&ended), "whyfail: --ci auto: GitLab: folded sections, whyfail.html");
    assert!(!sandbox.path().join("gl-code-quality-report.json").exists());
    assert!(sandbox.read("quality.json").contains("go/proxy-forbidden"));
}

#[test]
fn azure_gets_issues_and_a_summary() {
    let sandbox = sandbox();
    let folder = sandbox.path().join("temp 100%");
    std::fs::create_dir(&folder).expect("a folder");
    let folder = folder.display().to_string();
    let ended = run(&sandbox, &[("TF_BUILD", "True"), ("AGENT_TEMPDIRECTORY", &folder)], &["--ci", "auto", "bad.log"]);
    assert_eq!(ended.code, 1, "{ended:#?}");
    let issues: Vec<&str> = ended.out.lines().filter(|line| line.starts_with("##vso[task.logissue ")).collect();
    assert_eq!(issues.len(), 2, "{ended:#?}");
    assert!(issues[0].starts_with("##vso[task.logissue type=error;"), "{issues:#?}");
    assert!(issues[0].contains(";code=go/proxy-forbidden]The module proxy"), "{issues:#?}");
    assert!(issues[0].contains("%0ALine "), "{issues:#?}");
    let upload =
        ended.out.lines().last().and_then(|line| line.strip_prefix("##vso[task.uploadsummary]")).expect("a summary");
    assert_eq!(upload, format!("{}/whyfail.md", folder.replace('%', "%AZP25")));
    assert!(sandbox.read("temp 100%/whyfail.md").starts_with("### ✗ The module proxy"));
    // Nothing of a log is a command of its own.
    for log in hostile_logs().iter().step_by(11) {
        sandbox.file("x.log", log);
        let ended =
            run(&sandbox, &[("TF_BUILD", "True"), ("AGENT_TEMPDIRECTORY", &folder)], &["--ci", "azure", "x.log"]);
        for line in ended.out.lines() {
            let own =
                line.strip_prefix("##vso[task.logissue ").or_else(|| line.strip_prefix("##vso[task.uploadsummary]"));
            harmless("azure", own.unwrap_or(line));
            let Some(issue) = line.strip_prefix("##vso[task.logissue ") else { continue };
            let (properties, _) = issue.split_once(']').expect("an end");
            for property in properties.split(';') {
                let (key, value) = property.split_once('=').expect("a pair");
                assert!(["type", "sourcepath", "linenumber", "columnnumber", "code"].contains(&key), "{line}");
                assert!(!value.is_empty(), "{line}");
            }
        }
    }
}

#[test]
fn the_other_systems_get_files() {
    for (variable, name, files) in [
        ("JENKINS_URL", "Jenkins", &["whyfail.sarif", "whyfail.html"][..]),
        ("BUILDKITE", "Buildkite", &["whyfail.md"]),
        ("CIRCLECI", "CircleCI", &["whyfail.html"]),
        ("TEAMCITY_VERSION", "TeamCity", &["whyfail.html"]),
        ("TRAVIS", "Travis CI", &[]),
    ] {
        let sandbox = sandbox();
        let ended = run(&sandbox, &[(variable, "1")], &["--ci", "auto", "bad.log"]);
        assert_eq!(ended.code, 1, "{ended:#?}");
        let what = if files.is_empty() { "the report only".to_owned() } else { files.join(", ") };
        assert_eq!(said(&ended), format!("whyfail: --ci auto: {name}: {what}"));
        for file in files {
            assert!(sandbox.read(file).contains("403"), "{file}");
        }
        harmless(name, &ended.out);
    }
}

// ------------------------------------------------------------------ bad input

#[test]
fn a_summary_that_vanished_loses_nothing_else() {
    let sandbox = sandbox();
    for path in ["gone.md", "no/such/folder/summary.md"] {
        let variables = [GITHUB, ("GITHUB_STEP_SUMMARY", path)];
        let ended = run(&sandbox, &variables, &["--ci", "github", "-o", "report.json", "bad.log"]);
        assert_eq!(ended.code, 2, "{ended:#?}");
        let message = format!("whyfail: {path} ($GITHUB_STEP_SUMMARY): the job summary can't be written: ");
        assert!(ended.err.contains(&message), "{ended:#?}");
        assert!(ended.out.contains("refuses to serve example.com/greet"), "{ended:#?}");
        assert_eq!(commands(&ended.out).len(), 2, "{ended:#?}");
        assert!(sandbox.read("report.json").contains("go/proxy-forbidden"));
        assert!(!sandbox.path().join(path).exists());
        let ended = run(&sandbox, &variables, &["run", "--ci", "github", "--", "sh", "-c", "cat bad.log; exit 7"]);
        assert_eq!(ended.code, 7, "{ended:#?}");
        assert!(ended.err.contains(&message) && ended.err.contains("refuses to serve"), "{ended:#?}");
    }
    // Without the variable there is no summary, and that is said.
    let ended = run(&sandbox, &[GITHUB], &["--ci", "github", "bad.log"]);
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert_eq!(said(&ended), "whyfail: GitHub Actions: annotations, no job summary (GITHUB_STEP_SUMMARY is not set)");
}

#[test]
fn a_full_summary_is_not_lost() {
    let sandbox = sandbox();
    let full = "x".repeat((1 << 20) - 10);
    let path = sandbox.file("full.md", &full).display().to_string();
    let ended = run(&sandbox, &[GITHUB, ("GITHUB_STEP_SUMMARY", &path)], &["--ci", "github", "bad.log"]);
    assert_eq!(ended.code, 2, "{ended:#?}");
    assert!(ended.err.contains("GitHub drops a summary of more than 1 MiB"), "{ended:#?}");
    assert_eq!(sandbox.read("full.md"), full);
    assert!(ended.out.contains("refuses to serve"), "{ended:#?}");
}

#[test]
fn outputs_that_can_not_be_written_take_nothing_from_the_rest() {
    let sandbox = sandbox();
    let arguments = [
        "-o",
        "no/such/a.json",
        "-o",
        "report.html",
        "-o",
        "no/such/b.sarif",
        "-o",
        "whyfail.sarif",
        "--exit-zero",
        "bad.log",
    ];
    let ended = run(&sandbox, &[], &arguments);
    assert_eq!(ended.code, 2, "{ended:#?}");
    assert!(ended.out.contains("refuses to serve example.com/greet"), "{ended:#?}");
    for file in ["no/such/a.json", "no/such/b.sarif"] {
        assert!(ended.err.contains(&format!("whyfail: {file}: can't be written: ")), "{ended:#?}");
    }
    assert!(sandbox.read("report.html").starts_with("<!DOCTYPE html>"));
    assert!(sandbox.read("whyfail.sarif").contains("\"2.1.0\""));
    // A folder is no file; the log comes through a pipe.
    sandbox.file("folder/x", "");
    let ended = feed(sandbox.whyfail(&["-o", "markdown=folder"]), &case(FORBIDDEN));
    assert_eq!(ended.code, 2, "{ended:#?}");
    assert!(ended.err.contains("whyfail: folder: can't be written: "), "{ended:#?}");
    assert!(ended.out.contains("refuses to serve"), "{ended:#?}");
    // `run` keeps the command's own code.
    let ended =
        run(&sandbox, &[], &["run", "-o", "no/such/a.json", "-o", "b.json", "--", "sh", "-c", "cat bad.log; exit 7"]);
    assert_eq!(ended.code, 7, "{ended:#?}");
    assert!(
        ended.err.contains("no/such/a.json: can't be written") && ended.err.contains("refuses to serve"),
        "{ended:#?}"
    );
    assert!(sandbox.read("b.json").contains("go/proxy-forbidden"));
}

#[test]
fn several_outputs_come_of_one_run() {
    let sandbox = sandbox();
    let files =
        ["report.html", "whyfail.sarif", "lines.jsonl", "report.json", "page.md", "report.txt", "gitlab=quality.json"];
    let mut arguments: Vec<&str> = files.iter().flat_map(|file| ["-o", *file]).collect();
    arguments.push("bad.log");
    let ended = run(&sandbox, &[], &arguments);
    assert_eq!((ended.code, ended.err.as_str()), (1, ""), "{ended:#?}");
    for file in files {
        let text = sandbox.read(file.rsplit('=').next().expect("a name"));
        assert!(text.contains("403"), "{file}: {text}");
    }
}

#[test]
fn unknown_words_are_named_with_the_nearest_and_all() {
    let sandbox = sandbox();
    for (arguments, message) in [
        (
            &["--format", "sarfi", "bad.log"][..],
            "no such format; did you mean sarif? (known: text, brief, json, jsonl, sarif, github, gitlab, markdown, html)",
        ),
        (&["-o", "htlm=x", "bad.log"], "no such format; did you mean html?"),
        (&["--format", "qqq", "bad.log"], "no such format (known: text, "),
        (&["-o", "report.xyz", "bad.log"], "the ending does not say the format"),
        (&["-o", "gl-code-quality-report.json", "bad.log"], "write gitlab=gl-code-quality-report.json"),
        (&["--ci", "GitHub-Actions", "bad.log"], "no such CI system; did you mean github?"),
        (
            &["--ci", "circle", "bad.log"],
            "did you mean circleci? (known: auto, github, gitlab, azure, jenkins, buildkite, circleci, travis, teamcity, none)",
        ),
    ] {
        let ended = run(&sandbox, &[], arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {ended:#?}");
        assert!(ended.err.contains(message), "{arguments:?}: {ended:#?}");
        assert_eq!(ended.out, "");
    }
}
