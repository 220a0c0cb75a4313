//! Configuration files, and how much of a diagnosis is shown: `--config`, `--context`, `--top`, `--min-confidence`.

mod common;

use common::logs::{FORBIDDEN, case};
use common::{Ended, Sandbox};

/// A failure of which the log proves two causes.
const LOG: &str = "x.log";
/// A signature that is not built in.
const OWN: &str = r#"
title   = "The shop has closed"
class   = "res-other"
owner   = "infrastructure"
retry   = "helps"
match   = ['^shopbuild: the shop has closed$']
explain = "It is late."

[[remedy]]
title = "Come back in the morning"

[[example]]
log    = 'shopbuild: the shop has closed'
source = "shopbuild 1"

[[example]]
log    = '#7 0.1 shopbuild: the shop has closed'
source = "shopbuild 2"

[[counterexample]]
log    = 'shopbuild: the shop has closed early'
source = "shopbuild 2"
"#;
const OWN_LOG: &str = "compiling\nshopbuild: the shop has closed\n";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file(LOG, case(FORBIDDEN));
    sandbox
}

fn configured(text: &str) -> Sandbox {
    let sandbox = sandbox();
    sandbox.file(".whyfail.toml", text);
    sandbox
}

/// How many causes the text tells.
fn causes(ended: &Ended) -> usize {
    ended
        .out
        .lines()
        .filter(|line| line.starts_with('✗') || line.contains(". Another cause:") || line.contains(". Also possible:"))
        .count()
}

// ------------------------------------------------------------------ what is shown

#[test]
fn top_leaves_causes_out_and_says_so() {
    let sandbox = sandbox();
    let whole = sandbox.run(&[LOG]);
    assert!(causes(&whole) >= 2, "{whole:#?}");
    let one = sandbox.run(&["--top", "1", LOG]);
    assert_eq!(causes(&one), 1, "{one:#?}");
    assert!(one.out.contains("more cause"), "{one:#?}");
    assert_eq!(one.code, whole.code);
    let all = sandbox.run(&["--top", "99", LOG]);
    assert_eq!(all.out, whole.out);
}

#[test]
fn what_is_shown_changes_nothing_else() {
    let sandbox = sandbox();
    sandbox.file("lost.log", common::logs::LOST);
    for log in [LOG, "lost.log"] {
        let whole = sandbox.run(&["-f", "json", "--outputs", "a", log]);
        for options in
            [&["--top", "1"][..], &["--min-confidence", "high"], &["--top", "1", "--min-confidence", "medium"]]
        {
            let arguments = [options, &["-f", "json", "--outputs", "b", log]].concat();
            let some = sandbox.run(&arguments);
            assert_eq!(some.code, whole.code, "{log} {options:?}");
            let (mut before, mut after) = (whole.json(), some.json());
            let count = |value: &serde_json::Value| value["results"][0]["causes"].as_array().map_or(0, Vec::len);
            let left_out = after["results"][0]["causes_left_out"].as_u64().unwrap_or(99) as usize;
            assert_eq!(count(&before), count(&after) + left_out, "{log} {options:?}");
            assert_eq!(before["results"][0]["causes_left_out"], 0);
            for value in [&mut before, &mut after] {
                value["results"][0]["causes"] = serde_json::Value::Null;
                value["results"][0]["causes_left_out"] = serde_json::Value::Null;
                if left_out > 0 {
                    value["groups"][0]["title"] = serde_json::Value::Null;
                }
            }
            assert_eq!(before, after, "{log} {options:?}");
            assert_eq!(sandbox.read("a"), sandbox.read("b"), "{log} {options:?}");
            std::fs::remove_file(sandbox.path().join("b")).expect("it is there");
        }
        std::fs::remove_file(sandbox.path().join("a")).expect("it is there");
    }
}

#[test]
fn a_cause_that_is_not_sure_enough_is_no_missing_signature() {
    let sandbox = Sandbox::new();
    sandbox.file("guess.log", case("corpus/cargo/build-script/buildkit-0.29.log"));
    let guess = sandbox.run(&["-f", "json", "guess.log"]).json();
    assert_eq!(guess["results"][0]["causes"][0]["confidence"], "medium");
    for format in ["text", "brief", "markdown", "github"] {
        let ended = sandbox.run(&["-f", format, "--min-confidence", "high", "guess.log"]);
        assert!(ended.out.contains("less certain than asked for"), "{format}: {ended:#?}");
        assert!(!ended.out.contains("no signature explains"), "{format}: {ended:#?}");
        assert_eq!(ended.code, 1);
    }
}

#[test]
fn context_shows_the_lines_around_the_proof() {
    let sandbox = Sandbox::new();
    let lines: Vec<String> = (1..=30).map(|n| format!("line number {n}")).collect();
    let log = format!(
        "{}\n/bin/sh: curl: not found\n{}\nCommand failed: make: *** [all] Error 127\n",
        lines[..15].join("\n"),
        lines[15..].join("\n")
    );
    sandbox.file("x.log", &log);
    let plain = sandbox.run(&["x.log"]);
    assert!(!plain.out.contains("line number 15"), "{plain:#?}");
    for format in ["text", "markdown"] {
        let ended = sandbox.run(&["-f", format, "-C", "3", "x.log"]);
        for n in [13, 14, 15, 16, 17, 18] {
            assert!(
                ended.out.contains(&format!("│ line number {n}\n"))
                    || ended.out.contains(&format!("| line number {n}\n")),
                "{n} {ended:#?}"
            );
        }
        assert!(!ended.out.contains("line number 12\n") && !ended.out.contains("line number 19\n"), "{ended:#?}");
    }
    let json = sandbox.run(&["-f", "json", "--context", "10", "x.log"]).json();
    let context = &json["results"][0]["causes"][0]["evidence"][0]["context"];
    let words = |side: &str| -> Vec<String> {
        context[side].as_array().into_iter().flatten().filter_map(|line| line.as_str().map(str::to_owned)).collect()
    };
    assert_eq!(words("before"), lines[5..15]);
    assert_eq!(words("after"), lines[15..25]);
    for wrong in ["11", "-1", "x"] {
        let ended = sandbox.run(&[&format!("--context={wrong}"), "x.log"]);
        assert_eq!(ended.code, 2, "{ended:#?}");
        assert!(ended.err.contains("a number from 0 to 10"), "{ended:#?}");
    }
}

/// More context is more lines, and nothing else: over every recorded log.
#[test]
fn context_changes_no_diagnosis() {
    use std::sync::Arc;
    use whyfail::diagnosis::{CONTEXT, MOST_CONTEXT};
    use whyfail::{Diagnoser, Matcher, SignatureDb};
    let wide = Arc::new(Matcher::new(SignatureDb::built_in()).with_context(MOST_CONTEXT));
    let mut longer = 0;
    for path in common::corpus() {
        let log = std::fs::read(&path).expect("it can be read");
        let mut diagnoser = Diagnoser::new(Arc::clone(&wide));
        diagnoser.feed(&log);
        let mut wide = diagnoser.finish();
        let causes = wide.causes.iter_mut().flat_map(|cause| &mut cause.evidence);
        let symptoms = wide.symptoms.iter_mut().flat_map(|symptom| &mut symptom.evidence);
        let suspicious = wide.suspicious.iter_mut().map(|line| &mut line.evidence);
        for evidence in causes.chain(symptoms).chain(suspicious) {
            let context = &mut evidence.context;
            assert!(context.before.len() <= MOST_CONTEXT && context.after.len() <= MOST_CONTEXT, "{}", path.display());
            longer += usize::from(context.before.len() > CONTEXT) + usize::from(context.after.len() > CONTEXT);
            context.before.drain(..context.before.len().saturating_sub(CONTEXT));
            context.after.truncate(CONTEXT);
        }
        assert_eq!(wide, common::diagnose(&log), "{}", path.display());
    }
    assert!(longer > 100 || common::corpus().is_empty(), "only {longer} contexts are longer");
}

// ------------------------------------------------------------------ the file

#[test]
fn a_file_is_found_upward_and_the_command_line_wins() {
    let sandbox = configured("top = 1\ncontext = 3\n");
    let there = sandbox.run(&[LOG]);
    assert_eq!(causes(&there), 1, "{there:#?}");
    let below = sandbox.path().join("a/b");
    std::fs::create_dir_all(&below).expect("folders");
    let mut command = sandbox.whyfail(&["../../x.log"]);
    let output = command.current_dir(&below).output().expect("whyfail starts");
    assert_eq!(causes(&Ended::from(output)), 1);
    for options in [&["--top", "9"][..], &["--no-config"]] {
        let ended = sandbox.run(&[options, &[LOG]].concat());
        assert!(causes(&ended) > 1, "{options:?} {ended:#?}");
    }
}

#[test]
fn a_mark_of_a_repository_ends_the_search() {
    let sandbox = configured("top = 1\n");
    sandbox.file("inner/.git/HEAD", "");
    let mut command = sandbox.whyfail(&["../x.log"]);
    let output = command.current_dir(sandbox.path().join("inner")).output().expect("whyfail starts");
    assert!(causes(&Ended::from(output)) > 1);
}

#[test]
fn the_users_file_is_trusted_and_the_nearer_file_wins() {
    let sandbox = configured("top = 1\n");
    sandbox.file("config/whyfail/config.toml", "top = 7\nformat = \"json\"\ndisable = [\"go/*\"]\n");
    let ended = sandbox.run(&[LOG]);
    let json = ended.json();
    let ids: Vec<&str> = json["results"][0]["causes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|cause| cause["signature"].as_str())
        .collect();
    assert!(ids.len() <= 1 && ids.iter().all(|id| !id.starts_with("go/")), "{ids:?}");
    assert!(sandbox.run(&["-f", "text", LOG]).out.contains("── whyfail"), "the command line wins");
}

#[test]
fn a_named_file_stands_for_all_others() {
    let sandbox = configured("top = 1\n");
    sandbox.file("config/whyfail/config.toml", "format = \"json\"\n");
    sandbox.file("ci/whyfail.toml", "format = \"brief\"\noutput = [\"json=report.json\"]\n");
    let ended = sandbox.run(&["--config", "ci/whyfail.toml", LOG]);
    assert!(ended.out.starts_with("whyfail: "), "{ended:#?}");
    // Paths start from the file's folder.
    assert!(sandbox.read("ci/report.json").contains("\"results\""));
    let conflict = sandbox.run(&["--config", "ci/whyfail.toml", "--no-config", LOG]);
    assert_eq!(conflict.code, 2);
}

#[test]
fn a_mistake_names_file_line_and_the_nearest_key_and_loses_nothing() {
    let sandbox = configured("context = 1\nmin_confidance = \"high\"\nformat = \"yaml\"\n");
    let ended = sandbox.run(&[LOG]);
    assert_eq!(ended.code, 2, "{ended:#?}");
    for part in [
        ".whyfail.toml:2:1",
        "did you mean 'min-confidence'?",
        ".whyfail.toml:3:10",
        "'yaml' is no value of 'format'",
        "text, brief",
    ] {
        assert!(ended.err.contains(part), "{part}: {ended:#?}");
    }
    assert!(ended.out.contains('✗'), "the diagnosis is there all the same: {ended:#?}");
    // `run` ends as its command did.
    #[cfg(unix)]
    {
        let run = sandbox.run(&["run", "--", "sh", "-c", "echo '/bin/sh: curl: not found'; exit 7"]);
        assert_eq!(run.code, 7, "{run:#?}");
        assert!(run.err.contains("did you mean 'min-confidence'?") && run.err.contains('✗'), "{run:#?}");
    }
    // Subcommands that diagnose nothing say it, too.
    assert_eq!(sandbox.run(&["explain", "go/proxy-forbidden"]).code, 2);
    assert_eq!(sandbox.run(&["--no-config", "explain", "go/proxy-forbidden"]).code, 0);
}

#[test]
fn a_piped_log_survives_a_missing_file() {
    let sandbox = sandbox();
    let ended = sandbox.pipe(case(FORBIDDEN), &["--config", "nowhere.toml"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("--config nowhere.toml: can't be read"), "{ended:#?}");
    assert!(ended.bytes.starts_with(&case(FORBIDDEN)), "the log is passed through");
    assert!(ended.out.contains('✗'), "{ended:#?}");
}

#[test]
fn what_is_no_text_of_toml_is_said() {
    for (text, place) in
        [("top = [1\n", ".whyfail.toml:"), ("top = 1979-05-27\n", ".whyfail.toml:1:7"), ("= 3\n", ".whyfail.toml:1:")]
    {
        let ended = configured(text).run(&[LOG]);
        assert!(ended.err.contains(place) && ended.code == 2, "{text:?} {ended:#?}");
        assert!(ended.out.contains('✗'), "{ended:#?}");
    }
    let sandbox = sandbox();
    sandbox.file(".whyfail.toml/x", "");
    let folder = sandbox.run(&[LOG]);
    assert!(folder.err.contains("not a regular file") && folder.code == 2, "{folder:#?}");
    let large = configured(&"# \n".repeat(40_000)).run(&[LOG]);
    assert!(large.err.contains("larger than 64 KiB") && large.code == 2, "{large:#?}");
    let binary = sandbox_with(b"\xff\xfe\0x");
    let binary = binary.run(&[LOG]);
    assert!(binary.err.contains("can't be read") && binary.code == 2, "{binary:#?}");
}

fn sandbox_with(bytes: &[u8]) -> Sandbox {
    let sandbox = sandbox();
    sandbox.file(".whyfail.toml", bytes);
    sandbox
}

#[test]
fn own_signatures_lie_beside_the_file() {
    let sandbox = configured("signatures = [\"ci/signatures\"]\n");
    sandbox.file("ci/signatures/shopbuild/closed.toml", OWN);
    sandbox.file("own.log", OWN_LOG);
    let ended = sandbox.run(&["own.log"]);
    assert!(ended.out.contains("The shop has closed"), "{ended:#?}");
    assert!(ended.out.contains("repository"), "where it comes from is said: {ended:#?}");
    // Also for the other subcommands, and from a folder below.
    assert_eq!(sandbox.run(&["explain", "shopbuild/closed"]).code, 0);
    let absent = configured("top = 3\nsignatures = [\"nowhere\"]\n").run(&[LOG]);
    assert!(
        absent.err.contains(".whyfail.toml:2:15") && absent.err.contains("not a folder of signatures"),
        "{absent:#?}"
    );
    assert!(absent.code == 2 && absent.out.contains('✗'), "{absent:#?}");
}

// ------------------------------------------------------------------ a stranger's file

#[test]
fn a_stranger_can_neither_silence_nor_write() {
    let text = "disable = [\"go/*\"]\noutput = [\"json=stolen.json\"]\noutputs = \"stolen.txt\"\nformat = \"json\"\nci = \"github\"\n";
    let sandbox = configured(text);
    let plain = sandbox.run(&["--no-config", LOG]);
    let ended = sandbox.run(&[LOG]);
    assert_eq!(ended.out, plain.out);
    assert_eq!(ended.code, 1, "it is no mistake of the caller: {ended:#?}");
    for (key, line) in [("disable", 1), ("output", 2), ("outputs", 3), ("format", 4), ("ci", 5)] {
        let said = format!("'{key}' is not obeyed (--trust-repository allows it)");
        assert!(
            ended.err.contains(&said) && ended.err.contains(&format!(".whyfail.toml:{line}:")),
            "{key}: {ended:#?}"
        );
    }
    assert!(!sandbox.path().join("stolen.json").exists() && !sandbox.path().join("stolen.txt").exists());
    // A piped log stays on the screen.
    let piped = sandbox.pipe(case(FORBIDDEN), &[]);
    assert!(piped.bytes.starts_with(&case(FORBIDDEN)));

    let trusted = sandbox.run(&["--trust-repository", LOG]);
    assert!(trusted.out.contains("\"results\""), "{trusted:#?}");
    assert!(sandbox.path().join("stolen.json").exists() && sandbox.path().join("stolen.txt").exists());
    assert!(!trusted.err.contains("not obeyed"), "{trusted:#?}");
}

#[test]
fn the_user_can_trust_a_repository_for_good_but_it_not_itself() {
    let sandbox = configured("disable = [\"go/proxy-forbidden\"]\n");
    let root = sandbox.path().display().to_string().replace('\\', "/");
    assert!(sandbox.run(&[LOG]).err.contains("not obeyed"));
    sandbox.file("config/whyfail/config.toml", format!("trust-repository = [\"{root}\"]\n"));
    let ended = sandbox.run(&["-f", "json", LOG]);
    assert!(!ended.err.contains("not obeyed"), "{ended:#?}");
    assert!(!ended.out.contains("go/proxy-forbidden"), "{ended:#?}");
    sandbox.file("config/whyfail/config.toml", "trust-repository = [\"/nowhere\"]\n");
    assert!(sandbox.run(&[LOG]).err.contains("not obeyed"));

    let itself = configured(&format!("trust-repository = [\"{root}\"]\n")).run(&[LOG]);
    assert!(itself.err.contains("a repository can't trust itself") && itself.code == 2, "{itself:#?}");
}

#[test]
fn a_strangers_signature_pushes_no_trusted_one_out_of_sight() {
    let sandbox = configured("top = 1\nsignatures = [\"s\"]\n");
    sandbox.file("s/shopbuild/closed.toml", OWN);
    sandbox.file("both.log", format!("{OWN_LOG}{}", String::from_utf8_lossy(&case(FORBIDDEN))));
    let ended = sandbox.run(&["-f", "json", "both.log"]);
    let json = ended.json();
    let origins: Vec<&str> = json["results"][0]["causes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|cause| cause["origin"].as_str())
        .collect();
    assert_eq!(origins.iter().filter(|origin| **origin == "built-in").count(), 1, "{origins:?}");
}

#[cfg(unix)]
#[test]
fn nothing_outside_of_a_strangers_repository_is_read() {
    use std::os::unix::fs::symlink;
    let outside = Sandbox::new();
    outside.file("secret/tool/key.toml", "password-of-the-machine\n");
    outside.file("secret.toml", "password-of-the-machine\n");
    let secret = outside.path().join("secret");
    let link = |target: &std::path::Path, name: &str, sandbox: &Sandbox| {
        let path = sandbox.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        symlink(target, path).expect("a link");
    };
    // A folder that is named, or that a link leads to.
    let named = configured(&format!("signatures = [\"{}\"]\n", secret.display()));
    let linked = configured("signatures = [\"s\"]\n");
    link(&secret, "s", &linked);
    // A file in a folder of the repository.
    let file = configured("signatures = [\"s\"]\n");
    link(&secret.join("tool/key.toml"), "s/tool/key.toml", &file);
    let old = sandbox();
    link(&secret.join("tool/key.toml"), ".whyfail/tool/key.toml", &old);
    // The configuration file itself.
    let itself = sandbox();
    link(&outside.path().join("secret.toml"), ".whyfail.toml", &itself);
    for (what, sandbox) in [("named", named), ("linked", linked), ("file", file), ("old", old), ("itself", itself)] {
        let ended = sandbox.run(&[LOG]);
        assert!(!ended.err.contains("password"), "{what}: {ended:#?}");
        assert!(ended.err.contains("outside") || ended.err.contains("leads out of"), "{what}: {ended:#?}");
        assert!(ended.out.contains('✗'), "{what}: {ended:#?}");
        // Who trusts the repository is told what is wrong there.
        let trusted = sandbox.run(&["--trust-repository", LOG]);
        assert!(trusted.err.contains("password") || trusted.code == 2, "{what}: {trusted:#?}");
    }
}

// ------------------------------------------------------------------ explain

#[test]
fn explain_tells_of_the_recorded_build() {
    let page = Sandbox::new().run(&["explain", "go/proxy-forbidden"]);
    assert_eq!(page.code, 0, "{page:#?}");
    for part in [
        "corpus/go/proxy-403",
        "The module proxy answers 403",
        "buildkit-0.29",
        "Dockerfile:5: RUN go mod download",
        "403 Forbidden (line 43 of buildkit-0.29.log)",
        "docker 20.10",
        "go 1.26",
        "What to do, safest first",
        "How not to meet it again",
    ] {
        let text = page.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(part), "{part}: {page:#?}");
    }
    let json = Sandbox::new().run(&["-f", "json", "explain", "go/proxy-forbidden"]).json();
    assert_eq!(json["recorded"][0]["folder"], "corpus/go/proxy-403");
    assert_eq!(json["recorded"][0]["proof"]["line"], 43);
    assert_eq!(json["id"], "go/proxy-forbidden");
}

/// What is told of the recorded builds is what stands in the corpus.
#[test]
fn recorded_builds_are_those_of_the_corpus() {
    let db = whyfail::SignatureDb::built_in();
    let (mut told, mut proved, mut pointed) = (0, 0, 0);
    for signature in db.signatures() {
        let recorded = db.recorded(&signature.id);
        told += recorded.len();
        for scenario in &recorded {
            let folder = common::repository(&scenario.folder);
            assert!(folder.join("scenario.toml").is_file(), "{}", scenario.folder);
            for log in &scenario.logs {
                assert!(folder.join(format!("{log}.log")).is_file(), "{} {log}", scenario.folder);
            }
            for remedy in &scenario.remedies {
                proved += 1;
                let known = signature.prose().remedies.iter().find(|known| known.title == remedy.title);
                let known = known.unwrap_or_else(|| panic!("{} {}", scenario.folder, remedy.title));
                let with = known.verified_with.as_deref().unwrap_or_default();
                assert!(remedy.with.iter().all(|tool| with.contains(tool)), "{} {with:?}", scenario.folder);
            }
            let Some(quoted) = &scenario.proof else { continue };
            let log = std::fs::read(folder.join(&quoted.log)).expect("a log");
            let log = String::from_utf8_lossy(&log);
            let line = log.lines().nth(quoted.line as usize - 1).unwrap_or_default();
            let text = quoted.text.trim_end_matches('…');
            assert!(line.contains(text), "{} {quoted:?} {line:?}", scenario.folder);
            // The instruction is the one that the diagnosis names.
            let place = scenario.instruction.as_ref().and_then(|instruction| instruction.place.clone());
            if let Some(place) = place {
                let diagnosis = common::diagnose(log.as_bytes());
                let places: Vec<String> = diagnosis
                    .steps
                    .iter()
                    .filter_map(|step| Some(format!("{}:{}", step.file.as_ref()?, step.file_line?)))
                    .collect();
                pointed += usize::from(places.contains(&place));
            }
        }
    }
    if common::corpus().is_empty() {
        return;
    }
    assert!(told > 400 && proved > 250 && pointed > 250, "{told} builds, {proved} remedies, {pointed} instructions");
    assert!(db.recorded("no/such").is_empty());
}
