//! What `--outputs` and `run --retry-exit-code` tell the jobs that follow.
#![cfg(unix)]

mod common;

use std::process::Command;

use common::logs::{BROKEN_OFF, FORBIDDEN, GOOD, LOST, case, pairs};
use common::runner::hostile_logs;
use common::{Ended, Sandbox};

// ------------------------------------------------------------------ --outputs

#[test]
fn outputs_are_appended_for_the_first_cause() {
    let sandbox = Sandbox::new();
    sandbox.file("bad.log", case(FORBIDDEN));
    sandbox.file("good.log", case(GOOD));
    sandbox.file("out", "before=1\n");
    let ended = sandbox.run(&["--outputs", "out", "good.log", "bad.log"]);
    assert_eq!(ended.code, 1, "{ended:#?}");
    let text = sandbox.read("out");
    let keys: Vec<&str> = text.lines().map(|line| line.split('=').next().expect("a key")).collect();
    assert_eq!(keys[0], "before");
    assert_eq!(keys[1..], whyfail::report::OUTPUTS);
    let out = pairs(&text);
    for (key, value) in [
        ("class", "net-forbidden"),
        ("signature", "go/proxy-forbidden"),
        ("owner", "infrastructure"),
        ("retry", "no"),
        ("outcome", "failed"),
        ("confidence", "high"),
    ] {
        assert_eq!(out[key], value, "{text}");
    }
    assert!(out["fingerprint"].starts_with("1:") && out["fingerprint"].len() == 18, "{text}");
}

#[test]
fn outputs_are_empty_without_a_cause() {
    let sandbox = Sandbox::new();
    for (log, outcome) in [(GOOD, "succeeded"), (BROKEN_OFF, "undetermined")] {
        sandbox.file("x.log", case(log));
        sandbox.file("out", "");
        sandbox.run(&["--outputs", "out", "x.log"]);
        let out = pairs(&sandbox.read("out"));
        assert_eq!(out["outcome"], outcome);
        for key in ["class", "signature", "owner", "retry", "confidence"] {
            assert_eq!(out[key], "", "{log} {key}");
        }
    }
}

#[test]
fn outputs_hold_no_text_of_the_log() {
    let sandbox = Sandbox::new();
    for log in hostile_logs() {
        sandbox.file("x.log", log);
        sandbox.file("out", "");
        sandbox.run(&["--outputs", "out", "x.log"]);
        let text = sandbox.read("out");
        assert_eq!(text.lines().count(), whyfail::report::OUTPUTS.len(), "{text}");
        for value in pairs(&text).values() {
            assert!(value.chars().all(|c| c.is_ascii_alphanumeric() || "-._:/".contains(c)), "{text}");
        }
    }
}

#[test]
fn outputs_that_can_not_be_written_are_said() {
    let sandbox = Sandbox::new();
    sandbox.file("x.log", case(FORBIDDEN));
    let ended = sandbox.run(&["--outputs", "no/such/folder/out", "x.log"]);
    assert_eq!(ended.code, 2, "{ended:#?}");
    assert!(ended.err.contains("--outputs no/such/folder/out: can't be written"), "{ended:#?}");
    let ended = sandbox.run(&["run", "--outputs", "no/such/folder/out", "--", "sh", "-c", "cat x.log; exit 7"]);
    assert_eq!(ended.code, 7, "{ended:#?}");
    assert!(ended.err.contains("--outputs no/such/folder/out: can't be written"), "{ended:#?}");
}

// ------------------------------------------------------------------ run --retry-exit-code

fn retrying(sandbox: &Sandbox, script: &str) -> Ended {
    sandbox.run(&["run", "--retry-exit-code", "75", "--", "sh", "-c", script])
}

#[test]
fn the_code_for_a_retry_is_given_only_where_a_retry_helps() {
    let sandbox = Sandbox::new();
    sandbox.file("lost.log", LOST);
    sandbox.file("forbidden.log", case(FORBIDDEN));
    let ended = retrying(&sandbox, "cat lost.log; exit 3");
    assert_eq!(ended.code, 75, "{ended:#?}");
    assert!(ended.err.contains("ends with 75 instead of 3"), "{ended:#?}");
    for (script, code) in [
        ("cat lost.log; exit 0", 0),
        ("cat forbidden.log; exit 3", 3),
        ("echo no signature knows this; exit 4", 4),
        ("exit 75", 75),
        // A signal ended the command.
        ("cat lost.log; kill -s TERM $$; sleep 60", 143),
        ("cat lost.log; kill -s KILL $$; sleep 60", 137),
    ] {
        let ended = retrying(&sandbox, script);
        assert_eq!(ended.code, code, "{script}: {ended:#?}");
        assert!(!ended.err.contains("instead of"), "{script}: {ended:#?}");
    }
    let ended = sandbox.run(&["run", "--retry-exit-code", "75", "--", "./no-such-command"]);
    assert_eq!(ended.code, 127, "{ended:#?}");
    let ended = sandbox.run(&["run", "--", "sh", "-c", "cat lost.log; exit 3"]);
    assert_eq!(ended.code, 3, "without the option: {ended:#?}");
}

#[test]
fn what_was_stopped_is_not_run_again() {
    use std::io::{BufRead, BufReader};
    let sandbox = Sandbox::new();
    sandbox.file("lost.log", LOST);
    // The command catches the signal and ends by itself, as docker does when a job is cancelled.
    let script = "trap 'cat lost.log; exit 9' TERM; echo ready; while :; do sleep 0.05; done";
    let mut child =
        sandbox.whyfail(&["run", "--retry-exit-code", "75", "--", "sh", "-c", script]).spawn().expect("whyfail");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
    assert_eq!(line, "ready\n");
    assert!(Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().expect("kill").success());
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    // Its caller sees that it was told to stop.
    assert_eq!(ended.signal, Some(15), "{ended:#?}");
    assert!(ended.err.contains("broke off"), "there is a cause, but it does not count: {ended:#?}");
}

#[test]
fn a_code_that_is_none_is_wrong_usage() {
    let sandbox = Sandbox::new();
    for code in ["0", "256", "-1", "x", ""] {
        let ended = sandbox.run(&["run", "--retry-exit-code", code, "--", "true"]);
        assert_eq!(ended.code, 2, "{code}: {ended:#?}");
    }
}
