//! `whyfail new`: what it drafts is a signature as soon as somebody fills in the prose.

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::{Sandbox, assert_ends};
use whyfail::draft::draft_of_failure;
use whyfail::model::Diagnosis;
use whyfail::signature::{Role, parse};
use whyfail::{Diagnoser, Matcher, SignatureDb, check};

#[test]
fn new_drafts_what_check_then_wants_filled_in() {
    let sandbox = Sandbox::new();
    let line = "frobnicator: cannot tune 'violin' at https://music.example.org/v1 after 3 tries";
    let ended = sandbox.run(&["new", "frob/tune", "--line", line]);
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert_eq!(ended.out.trim(), ".whyfail/frob/tune.toml");
    let draft = sandbox.read(".whyfail/frob/tune.toml");
    assert!(draft.contains(line), "{draft}");
    // As it is, it is not finished.
    let check = sandbox.run(&["check", ".whyfail"]);
    assert_eq!(check.code, 2, "{check:#?}");
    assert!(check.out.contains(".whyfail/frob/tune.toml:"), "{}", check.out);
    // Filled in, it is good, and its pattern matches a sister of the line.
    let done = draft.replace(
        "# [[example]]",
        &format!(
            "[[example]]\nlog = \"{}\"\nsource = \"frobnicator 2\"",
            line.replace("3 tries", "12 tries").replace("violin", "cello")
        ),
    );
    let done: String = done
        .lines()
        .map(|l| {
            if l.starts_with("log    = 'TODO") {
                "log = \"frobnicator: in tune\"\n".to_owned()
            } else {
                format!("{l}\n")
            }
        })
        .collect();
    let done = done
        .replace("TODO", "said")
        .replace("commands = []", "commands = [\"frobnicate\"]")
        .replace("class   = \"unknown\"", "class   = \"config\"");
    sandbox.file(".whyfail/frob/tune.toml", &done);
    let check = sandbox.run(&["check", ".whyfail"]);
    assert_eq!(check.code, 0, "{done}\n{check:#?}");
    // It is never written over.
    assert_ends(&sandbox.run(&["new", "frob/tune", "--line", line]), 2, "tune.toml");
    assert_eq!(sandbox.read(".whyfail/frob/tune.toml"), done);
}

#[test]
fn new_takes_the_line_from_standard_input_and_masks_secrets() {
    let sandbox = Sandbox::new();
    let ended = sandbox
        .pipe("fatal: no entry with token=abcdef123456 at https://a:hunter2222@example.org/\n", &["new", "frob/entry"]);
    assert_eq!(ended.code, 0, "{ended:#?}");
    let draft = sandbox.read(".whyfail/frob/entry.toml");
    assert!(!draft.contains("hunter2222") && !draft.contains("abcdef123456"), "{draft}");
}

#[test]
fn new_refuses_a_bad_id_and_an_empty_line() {
    let sandbox = Sandbox::new();
    for id in ["frob", "Frob/Tune", "frob/", "../evil/x", "a/b/c", "frob/tu ne"] {
        assert_ends(&sandbox.run(&["new", id, "--line", "x failed"]), 2, "kebab-case");
    }
    assert_ends(&sandbox.run(&["new", "frob/tune", "--line", "  "]), 2, "no line");
}

/// A log of a failure that no signature knows, from a builder.
const UNKNOWN: &str = "\
#6 [2/3] RUN ./frob --tune\n\
#6 0.101 frob: reading /home/mary/cello.conf\n\
#6 0.202 frob: tuned 'viola' at https://music.cellos.co/v1 after 1 try\n\
#6 0.303 frob: error: cannot tune 'violin' at https://music.cellos.co/v1 after 3 tries\n\
#6 ERROR: process \"/bin/sh -c ./frob --tune\" did not complete successfully: exit code: 9\n\
------\n\
ERROR: failed to build: failed to solve: process \"/bin/sh -c ./frob --tune\" did not complete successfully: exit code: 9\n";

/// The draft with the prose filled in.
fn filled_in(draft: &str) -> String {
    draft
        .replace("TODO", "said")
        .replace("commands = []", "commands = ['frob --help']")
        .replace("\"unknown\" # to", "\"config\" # to")
}

#[test]
fn a_draft_of_a_log_lacks_only_the_prose() {
    let sandbox = Sandbox::new();
    sandbox.file("build.log", UNKNOWN);
    let ended = sandbox.run(&["new", "--from", "build.log"]);
    assert_ends(&ended, 0, "whyfail check .whyfail");
    assert_eq!(ended.out.trim(), ".whyfail/frob/cannot-tune-at-after.toml".replace("-at-after", "-after-tries"));
    let path = ended.out.trim();
    let draft = sandbox.read(path);
    // The name of a person and the host of a company are not in it.
    assert!(!draft.contains("mary") && !draft.contains("cellos"), "{draft}");
    assert!(draft.contains("# looks alike") || draft.contains("tuned 'viola'"), "{draft}");
    let check = sandbox.run(&["check", ".whyfail"]);
    assert_ends(&check, 2, "");
    assert!(check.out.contains("placeholder"), "{}", check.out);
    sandbox.file(path, filled_in(&draft));
    let check = sandbox.run(&["check", ".whyfail"]);
    assert_eq!(check.code, 0, "{draft}\n{check:#?}");
    // Now the log is explained, also by a sister of the line.
    let sister = UNKNOWN.replace("violin", "cello").replace("3 tries", "12 tries");
    let answer = sandbox.pipe(sister, &["--format", "json"]).json();
    assert_eq!(answer["results"][0]["causes"][0]["signature"], "frob/cannot-tune-after-tries");
    assert_ends(
        &sandbox.run(&["new", "--from", "build.log"]),
        2,
        "explained already: frob/cannot-tune-after-tries by line 4",
    );
}

#[test]
fn another_line_another_id_and_standard_input_can_be_asked_for() {
    let sandbox = Sandbox::new();
    sandbox.file("build.log", UNKNOWN);
    let ended = sandbox.run(&["new", "frob/conf", "--from", "build.log", "--pick", "2"]);
    assert_ends(&ended, 0, "TODO");
    let best = sandbox.pipe(UNKNOWN, &["new", "frob/best", "--from", "-"]);
    assert_ends(&best, 0, "TODO");
    assert_ne!(sandbox.read(".whyfail/frob/conf.toml"), sandbox.read(".whyfail/frob/best.toml"));
    assert_ends(&sandbox.run(&["new", "--from", "build.log", "--pick", "99"]), 2, "suspicious lines");
    assert_ends(&sandbox.run(&["new", "--from", "build.log", "--pick", "0"]), 2, "a number from 1");
    assert_ends(&sandbox.run(&["new", "--pick", "1"]), 2, "--from");
    assert_ends(&sandbox.run(&["new", "--from", "absent.log"]), 2, "absent.log");
}

#[test]
fn a_log_that_needs_no_signature_gives_none() {
    let sandbox = Sandbox::new();
    sandbox.file("good.log", "#1 [1/1] RUN true\n#1 DONE 0.1s\n#2 exporting to image\n#2 DONE 0.0s\n");
    assert_ends(&sandbox.run(&["new", "--from", "good.log"]), 2, "shows no failure");
    sandbox.file(
        "known.log",
        "go: go.mod file not found in current directory or any parent directory; see 'go help modules'\n",
    );
    assert_ends(&sandbox.run(&["new", "--from", "known.log"]), 2, "is explained already: go/");
    assert!(!sandbox.path().join(".whyfail").exists());
}

/// Of failures that are known, as if their tool were not: the drafts of how many are good as they are, in percent.
const GOOD: usize = 90;

#[test]
fn drafts_of_the_corpus_are_signatures_when_their_prose_is_there() {
    let mut scenarios: BTreeMap<String, Vec<std::path::PathBuf>> = BTreeMap::new();
    for path in common::corpus() {
        let folder = path.parent().and_then(|folder| folder.parent()).and_then(|tool| tool.file_name());
        // One log of a scenario stands for all.
        let known = scenarios.entry(folder.unwrap_or_default().to_string_lossy().into_owned()).or_default();
        if !known.iter().any(|other| other.parent() == path.parent()) {
            known.push(path);
        }
    }
    let built_in = SignatureDb::built_in();
    let (mut drafts, mut good) = (0, 0);
    for (tool, logs) in scenarios {
        let mut db = (*built_in).clone();
        let family = format!("{tool}/");
        for signature in built_in.signatures().filter(|s| s.role == Role::Cause && s.id.starts_with(&family)) {
            db.remove(&signature.id);
        }
        let db = Arc::new(db);
        let matcher = Arc::new(Matcher::new(Arc::clone(&db)));
        for log in logs {
            let mut diagnoser = Diagnoser::new(Arc::clone(&matcher));
            diagnoser.feed(&std::fs::read(&log).unwrap());
            let failure: Diagnosis = diagnoser.finish();
            if !failure.causes.is_empty() || failure.suspicious.is_empty() {
                continue;
            }
            let draft = draft_of_failure(&failure, None, &db, |id| db.get(id).is_some()).unwrap();
            drafts += 1;
            let read = parse(&draft.id, "draft", &filled_in(&draft.text));
            let fine = draft.left.is_empty() && read.is_ok_and(|file| check::check_beside(&[file], &db).is_empty());
            good += usize::from(fine);
            if !fine {
                println!("{}: {:?}", log.display(), draft.left);
            }
        }
    }
    println!("{good} of {drafts} drafts lack only the prose");
    assert!(drafts > 100 && 100 * good >= GOOD * drafts, "{good} of {drafts}");
}
