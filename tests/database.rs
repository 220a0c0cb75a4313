//! Signatures from the command line: own ones beside the built-in ones, `explain`, `list` and `check`.

mod common;

use common::{Ended, FAILED, Sandbox, assert_ends, feed};

/// A sound signature of a user.
const OWN: &str = r#"
title   = "The frobnicator of {part} is out of tune"
class   = "config"
owner   = "configuration"
retry   = "no"
match   = ['frobnicator: (?P<part>\w+) is out of tune']
explain = "The frobnicator listens to {part} and hears a wrong note."

[[remedy]]
title    = "Tune it"
commands = ["frobnicate --tune {part}"]

[[example]]
log    = "frobnicator: violin is out of tune"
source = "frobnicator 1.0, main.c"

[[example]]
log    = "frobnicator: cello is out of tune"
source = "frobnicator 2.0, main.c"

[[counterexample]]
log    = "frobnicator: violin is in tune"
source = "frobnicator 1.0, main.c"
"#;

const OWN_LINE: &str = "frobnicator: violin is out of tune\n";

fn first_cause(ended: &Ended) -> String {
    ended.json()["results"][0]["causes"][0]["signature"].as_str().unwrap_or("").to_owned()
}

#[track_caller]
// ------------------------------------------------------------------ own signatures
#[test]
fn a_folder_of_signatures_adds_and_replaces() {
    let sandbox = Sandbox::new();
    sandbox.file("own/frob/tune.toml", OWN);
    assert_eq!(first_cause(&sandbox.pipe(OWN_LINE, &["-f", "json"])), "");
    let ended = sandbox.pipe(OWN_LINE, &["-f", "json", "--signatures", "own"]);
    assert_eq!(ended.code, 1, "{ended:#?}");
    let report = ended.json();
    let cause = &report["results"][0]["causes"][0];
    assert_eq!(cause["signature"], "frob/tune");
    assert_eq!(cause["origin"], "user");
    assert_eq!(cause["title"], "The frobnicator of violin is out of tune");
    assert_eq!(cause["remedies"][0]["commands"][0], "frobnicate --tune violin");
    // The same id as a built-in one: it replaces it.
    sandbox.file("over/sh/command-not-found.toml", OWN);
    let ended = sandbox.pipe(OWN_LINE, &["-f", "json", "--signatures", "over"]);
    assert_eq!(first_cause(&ended), "sh/command-not-found");
}

#[test]
fn the_users_own_folder_is_read() {
    let sandbox = Sandbox::new();
    sandbox.file("config/whyfail/signatures/frob/tune.toml", OWN);
    assert_eq!(first_cause(&sandbox.pipe(OWN_LINE, &["-f", "json"])), "frob/tune");
}

#[test]
fn signatures_are_switched_off() {
    let sandbox = Sandbox::new();
    sandbox.file("own/frob/tune.toml", OWN);
    let own = ["-f", "json", "--signatures", "own"];
    for id in ["frob/tune", "frob/*"] {
        let ended = sandbox.pipe(OWN_LINE, &[&own[..], &["--disable", id]].concat());
        assert_eq!(first_cause(&ended), "", "{id}: {ended:#?}");
    }
    sandbox.file("own/off.txt", "# not in tune\nfrob/tune # a remark\n\nno/such-one\n");
    let ended = sandbox.pipe(OWN_LINE, &own);
    assert_eq!(first_cause(&ended), "");
    assert!(ended.err.contains("off.txt:4") && ended.err.contains("no/such-one"), "{ended:#?}");
}

#[test]
fn a_mistyped_id_to_switch_off_gets_a_suggestion() {
    let ended = Sandbox::new().pipe(FAILED, &["--disable", "go/checksum-missmatch"]);
    assert_ends(&ended, 2, "go/checksum-mismatch");
}

#[test]
fn a_repositorys_folder_is_labelled_and_may_not_replace() {
    let sandbox = Sandbox::new();
    sandbox.file(".whyfail/frob/tune.toml", OWN);
    sandbox.file(".whyfail/sh/command-not-found.toml", OWN);
    sandbox.file(".whyfail/off.txt", "sh/command-not-found\n");
    sandbox.file("deep/in/it/x.log", FAILED);
    let mut command = sandbox.whyfail(&["-f", "json"]);
    command.current_dir(sandbox.path().join("deep/in/it"));
    let ended = feed(command, OWN_LINE.as_bytes());
    let cause = ended.json()["results"][0]["causes"][0].take();
    assert_eq!(
        (cause["signature"].as_str(), cause["origin"].as_str()),
        (Some("frob/tune"), Some("repository")),
        "{ended:#?}"
    );
    assert!(ended.err.contains("sh/command-not-found") && ended.err.contains("--trust-repository"), "{}", ended.err);
    assert!(ended.err.contains("off.txt"), "{}", ended.err);
    // The built-in one still speaks.
    assert_eq!(first_cause(&sandbox.pipe(FAILED, &["-f", "json"])), "sh/command-not-found");
    // A reader sees where it is from.
    let text = sandbox.pipe(OWN_LINE, &["--no-echo"]).out;
    assert!(text.contains(".whyfail") || text.to_lowercase().contains("repository"), "{text}");
    // With the caller's own word it counts.
    let ended = sandbox.pipe(FAILED, &["-f", "json", "--trust-repository"]);
    assert_ne!(first_cause(&ended), "sh/command-not-found", "{ended:#?}");
}

#[test]
fn a_broken_signature_folder_is_told_with_its_places() {
    let sandbox = Sandbox::new();
    sandbox.file("own/frob/bad.toml", OWN.replace("class   = \"config\"", "class   = \"confg\""));
    sandbox.file("build.log", FAILED);
    let ended = sandbox.run(&["build.log", "--signatures", "own"]);
    assert_ends(&ended, 2, "own/frob/bad.toml:3:");
    // One bad file does not silence the good ones; but it is told.
    sandbox.file("own/frob/tune.toml", OWN);
    let ended = sandbox.pipe(OWN_LINE, &["--signatures", "own", "-f", "json"]);
    assert_eq!((ended.code, first_cause(&ended).as_str()), (1, "frob/tune"), "{ended:#?}");
    assert!(ended.err.contains("own/frob/bad.toml:3:"), "{}", ended.err);
}

#[test]
fn the_repositorys_broken_folder_does_not_stop_a_diagnosis() {
    let sandbox = Sandbox::new();
    sandbox.file(".whyfail/frob/bad.toml", "title = ");
    let ended = sandbox.pipe(FAILED, &["-f", "json"]);
    assert_eq!((ended.code, first_cause(&ended).as_str()), (1, "sh/command-not-found"), "{ended:#?}");
}

// ------------------------------------------------------------------ explain, list, check

#[test]
fn explain_shows_a_signature() {
    let ended = Sandbox::new().run(&["explain", "go/checksum-mismatch"]);
    assert_eq!(ended.code, 0, "{ended:#?}");
    for part in ["checksum", "integrity-checksum", "https://"] {
        assert!(ended.out.contains(part), "no {part:?} in {}", ended.out);
    }
    assert!(!ended.out.contains("{module}"), "a raw template: {}", ended.out);
}

#[test]
fn explain_suggests_the_nearest_id() {
    let sandbox = Sandbox::new();
    for typo in ["go/checksum-missmatch", "checksum-mismatch", "go/chksum-mismatch"] {
        let ended = sandbox.run(&["explain", typo]);
        assert_ends(&ended, 2, "go/checksum-mismatch");
        assert_eq!(ended.out, "");
    }
    assert_ends(&sandbox.run(&["explain", "zzz/qqq"]), 2, "zzz/qqq");
}

#[test]
fn list_filters_by_word_class_and_tool() {
    let sandbox = Sandbox::new();
    let ids = |arguments: &[&str]| -> Vec<(String, String, String)> {
        let ended = sandbox.run(&[&["list", "-f", "json"], arguments].concat());
        assert_eq!(ended.code, 0, "{ended:#?}");
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
        ended
            .json()
            .as_array()
            .expect("a list")
            .iter()
            .map(|s| (text(&s["id"]), text(&s["class"]), text(&s["tool"])))
            .collect()
    };
    let all = ids(&[]);
    assert!(all.len() >= 110, "{}", all.len());
    let apt = ids(&["--tool", "apt"]);
    assert!(
        apt.len() > 3
            && apt.len() < all.len()
            && apt.iter().all(|(id, _, tool)| tool == "apt" && id.starts_with("apt/"))
    );
    let dns = ids(&["--class", "net-dns"]);
    assert!(dns.len() > 3 && dns.len() < all.len() && dns.iter().all(|(_, class, _)| class == "net-dns"));
    let both = ids(&["--class", "net-dns", "--tool", "apt"]);
    assert_eq!(both.iter().map(|(id, ..)| id.as_str()).collect::<Vec<_>>(), ["apt/dns"]);
    assert!(ids(&["CHECKSUM-mismatch"]).iter().any(|(id, ..)| id == "go/checksum-mismatch"));
    assert_eq!(ids(&["zzz-no-such-thing"]), []);
    let text = sandbox.run(&["list", "--tool", "apt"]);
    assert_eq!(text.out.lines().count(), apt.len());
    let classes = sandbox.run(&["list", "--classes"]);
    assert_eq!(classes.code, 0);
    assert!(classes.out.lines().any(|line| line.starts_with("net-dns ")), "{}", classes.out);
}

#[test]
fn check_praises_a_good_folder() {
    let sandbox = Sandbox::new();
    let file = sandbox.file("own/frob/tune.toml", OWN);
    for path in ["own", "own/frob", &file.display().to_string()] {
        let ended = sandbox.run(&["check", path]);
        assert_eq!(ended.code, 0, "{path}: {ended:#?}");
        assert!(ended.out.contains("1 signature, 3 examples: all good"), "{path}: {}", ended.out);
    }
}

#[test]
fn check_tells_all_mistakes_at_once() {
    let sandbox = Sandbox::new();
    let swap = |from: &str, to: &str| {
        assert!(OWN.contains(from), "{from}");
        OWN.replacen(from, to, 1)
    };
    let files = [
        ("class", swap("\"config\"", "\"confg\""), "S003", ":3:"),
        ("regex", swap(r"(?P<part>\w+) is", r"(?P<part>\w+ is"), "S004", ":6:"),
        ("field", swap("retry ", "retri "), "S001", ":5:"),
        ("template", swap("of {part}", "of {prat}"), "S006", ":2:"),
        ("example", swap("cello is out", "cello was out"), "S011", ""),
        ("counter", swap("violin is in tune", "violin is out of tune"), "S011", ""),
        ("source", swap("source = \"frobnicator 2.0, main.c\"", "source = \"\""), "S007", ""),
        ("leads", swap("\n[[remedy]]", "leads_to = [\"go/checksum-missmatch\"]\n\n[[remedy]]"), "S010", ""),
        ("toml", "title = [".to_owned(), "S001", ":1:"),
    ];
    for (name, text, ..) in &files {
        sandbox.file(&format!("own/frob/{name}.toml"), text);
    }
    let ended = sandbox.run(&["check", "own"]);
    assert_eq!(ended.code, 2, "{ended:#?}");
    for (name, _, code, place) in &files {
        let file = format!("own/frob/{name}.toml");
        let told = ended
            .out
            .split("\n\n")
            .chain(ended.out.split("error"))
            .any(|part| part.contains(&format!("{file}{place}")) && part.contains(code));
        assert!(told, "{name}: no {code} at {file}{place} in\n{}", ended.out);
    }
    assert!(
        ended.out.lines().any(|line| line.trim_start_matches([' ', '|']).starts_with('^')),
        "no caret in\n{}",
        ended.out
    );
    assert!(ended.out.contains("in 9 files"), "{}", ended.out);
}

#[test]
fn check_takes_doubts_for_mistakes_when_it_is_strict() {
    let sandbox = Sandbox::new();
    let doubtful = OWN.replace(" is out of tune", ".is out of tune");
    assert_ne!(doubtful, OWN);
    sandbox.file("own/frob/tune.toml", &doubtful);
    let ended = sandbox.run(&["check", "own"]);
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert!(ended.out.contains("1 doubt not shown: --strict shows them"), "{}", ended.out);
    let ended = sandbox.run(&["check", "--strict", "own"]);
    assert_eq!(ended.code, 2, "{ended:#?}");
    assert!(ended.out.contains("warning[S014]") && ended.out.contains("own/frob/tune.toml:6:"), "{}", ended.out);
}

#[test]
fn check_refuses_a_signature_that_explains_a_good_log() {
    let sandbox = Sandbox::new();
    sandbox.file("own/frob/tune.toml", OWN);
    let log = "Step 1/1 : FROM a\n ---> 2d1f3f5b7a90\nSuccessfully built 2d1f3f5b7a90\n";
    sandbox.file("good.log", log);
    sandbox.file("bad.log", "frobnicator: cello is out of tune\n");
    assert_eq!(sandbox.run(&["check", "own", "--good", "good.log"]).code, 0);
    let ended = sandbox.run(&["check", "own", "--good", "good.log", "--good", "bad.log"]);
    assert_eq!(ended.code, 2, "{ended:#?}");
    assert!(ended.out.contains("error[S016]") && ended.out.contains("bad.log, line 1"), "{}", ended.out);
    assert_ends(&sandbox.run(&["check", "own", "--good", "nowhere.log"]), 2, "nowhere.log");
}

#[test]
fn check_refuses_a_folder_without_signatures() {
    let sandbox = Sandbox::new();
    sandbox.file("own/readme.md", "nothing");
    assert_ends(&sandbox.run(&["check", "own"]), 2, "no signature files");
}
