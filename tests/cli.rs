//! The command line: what goes in, what comes out where, and the exit status.

mod common;

use std::io::{Read, Write};
use std::process::Stdio;

use common::{Ended, FAILED, GOOD, Sandbox, assert_ends, feed};

/// A log that breaks off.
const BROKEN_OFF: &str = "#7 [2/2] RUN make\n#7 0.3 cc -c a.c\n";

// ------------------------------------------------------------------ the echo

#[test]
fn a_log_is_passed_through_byte_for_byte() {
    let sandbox = Sandbox::new();
    let logs: [&[u8]; 6] = [
        FAILED.as_bytes(),
        b"a\r\nb\r\n",
        b"no line feed at the end",
        b"\xff\xfeU\x00T\x00F\x00",
        b"\x1b[31mred\x1b[0m \xc3\x28 \x00\x01 50%\r100%\n",
        b"fatal: https://bob:hunter2222@git.example.org/x.git\n",
    ];
    for log in logs {
        let ended = sandbox.pipe(log, &[]);
        assert!(ended.bytes.starts_with(log), "{ended:#?}");
        let report = String::from_utf8_lossy(&ended.bytes[log.len()..]).into_owned();
        assert!(!report.trim().is_empty(), "no report: {ended:#?}");
        if !log.ends_with(b"\n") && !log.starts_with(b"\xff\xfe") {
            assert!(report.starts_with('\n'), "the report does not start on a line of its own: {ended:#?}");
        }
    }
}

#[test]
fn a_long_log_is_passed_through_whole() {
    let log: String = (0..200_000).map(|n| format!("line {n} of a long log\n")).collect();
    let ended = Sandbox::new().pipe(&log, &[]);
    assert!(ended.bytes.starts_with(log.as_bytes()));
    assert_eq!(ended.code, 0);
}

#[test]
fn the_log_is_echoed_while_it_arrives() {
    let sandbox = Sandbox::new();
    let mut child = sandbox.whyfail(&[]).stdin(Stdio::piped()).spawn().expect("whyfail starts");
    let mut log = child.stdin.take().expect("stdin");
    let mut out = child.stdout.take().expect("stdout");
    log.write_all(b"first\n").expect("written");
    log.flush().expect("flushed");
    // Blocks for ever if the echo waits for the end of the log.
    let mut seen = [0; 6];
    out.read_exact(&mut seen).expect("the echo");
    assert_eq!(&seen, b"first\n");
    drop(log);
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("the report");
    assert_eq!(child.wait().expect("whyfail ends").code(), Some(0));
}

#[test]
fn no_echo_prints_the_diagnosis_only() {
    let ended = Sandbox::new().pipe(FAILED, &["--no-echo"]);
    assert_eq!(ended.code, 1);
    assert!(!ended.out.contains("#7 ERROR: process"), "{}", ended.out);
    assert!(ended.out.contains("make: not found"), "{}", ended.out);
}

#[test]
fn json_has_no_echo_unless_asked_for() {
    let sandbox = Sandbox::new();
    let plain = sandbox.pipe(FAILED, &["--format", "json"]);
    assert_eq!(plain.json()["results"][0]["outcome"], "failed");
    assert_eq!(plain.err, "");
    let echoed = sandbox.pipe(FAILED, &["--format", "json", "--echo"]);
    assert_eq!(echoed.json()["results"][0]["outcome"], "failed");
    assert_eq!(echoed.err, FAILED);
}

#[test]
fn echo_and_no_echo_exclude_each_other() {
    assert_ends(&Sandbox::new().pipe(FAILED, &["--echo", "--no-echo"]), 2, "--no-echo");
}

#[test]
fn saved_logs_are_not_echoed() {
    let sandbox = Sandbox::new();
    sandbox.file("build.log", FAILED);
    for ended in [sandbox.run(&["build.log"]), sandbox.pipe(FAILED, &["-"])] {
        assert_eq!(ended.code, 1);
        assert!(!ended.out.contains("#7 ERROR: process"), "{}", ended.out);
    }
}

// ------------------------------------------------------------------ exit status

#[test]
fn the_exit_status_tells_the_outcome() {
    let sandbox = Sandbox::new();
    for (log, code) in [(FAILED, 1), (GOOD, 0), ("", 0), ("all is well\n", 0), (BROKEN_OFF, 3)] {
        assert_eq!(sandbox.pipe(log, &[]).code, code, "{log:?}");
        assert_eq!(sandbox.pipe(log, &["--format", "json"]).code, code, "{log:?}");
        assert_eq!(sandbox.pipe(log, &["--exit-zero"]).code, 0, "{log:?}");
    }
}

#[test]
fn over_several_logs_the_first_of_2_1_3_0_counts() {
    let sandbox = Sandbox::new();
    sandbox.file("failed.log", FAILED);
    sandbox.file("good.log", GOOD);
    sandbox.file("off.log", BROKEN_OFF);
    for (files, code) in [
        (["good.log", "off.log"].as_slice(), 3),
        (&["off.log", "failed.log", "good.log"], 1),
        (&["good.log", "good.log"], 0),
        (&["failed.log", "missing.log", "good.log"], 2),
    ] {
        let ended = sandbox.run(files);
        assert_eq!(ended.code, code, "{files:?}: {ended:#?}");
        let zero = sandbox.run(&[files, &["--exit-zero"]].concat());
        assert_eq!(zero.code, if code == 2 { 2 } else { 0 }, "{files:?} --exit-zero");
    }
}

#[test]
fn an_unreadable_file_does_not_silence_the_others() {
    let sandbox = Sandbox::new();
    sandbox.file("failed.log", FAILED);
    let ended = sandbox.run(&["missing.log", "failed.log", "--format", "json"]);
    assert_ends(&ended, 2, "missing.log: no such file");
    assert_eq!(ended.json()["results"][0]["source"]["name"], "failed.log");
}

#[test]
fn several_logs_make_one_document_with_groups() {
    let sandbox = Sandbox::new();
    sandbox.file("a.log", FAILED);
    sandbox.file("b.log", GOOD);
    let report = feed(sandbox.whyfail(&["a.log", "b.log", "-", "-f", "json"]), FAILED.as_bytes()).json();
    let names: Vec<&str> =
        report["results"].as_array().expect("results").iter().filter_map(|r| r["source"]["name"].as_str()).collect();
    assert_eq!(names, ["a.log", "b.log", "-"]);
    assert_eq!(report["groups"][0]["count"], 2);
    assert_eq!(report["groups"][0]["results"], serde_json::json!([0, 2]));
}

// ------------------------------------------------------------------ bad input

#[test]
fn what_is_no_log_is_refused_with_a_reason() {
    let sandbox = Sandbox::new();
    sandbox.file("folder/x", "");
    sandbox.file("program", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0");
    sandbox.file("random", [0u8, 1, 2, 3, 0, 0, 9, 200, 0, 0, 0, 1, 255, 254, 3, 0, 0, 0, 5, 6, 0]);
    sandbox.file("build.log.gz", b"\x1f\x8b\x08\x00\x00\x00");
    sandbox.file("logs.zip", b"PK\x03\x04\x14\x00\x00\x00\x08\x00");
    for (file, message) in [
        ("missing.log", "missing.log: no such file"),
        ("folder", "folder: is a directory"),
        ("program", "program: is a binary file"),
        ("random", "random: is a binary file"),
        ("build.log.gz", "build.log.gz: is cut off"),
        ("logs.zip", "logs.zip: the list of members at its end is missing or damaged"),
        ("missing/x.log", "missing/x.log: no such file"),
    ] {
        let ended = sandbox.run(&[file]);
        assert_ends(&ended, 2, message);
        assert_eq!(ended.out, "", "{file}");
    }
}

#[test]
fn what_is_no_log_is_refused_on_standard_input_too() {
    let sandbox = Sandbox::new();
    let zipped = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff";
    let program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0";
    for (bytes, message) in [(zipped.as_slice(), "standard input: is damaged"), (program, "binary")] {
        assert_ends(&sandbox.pipe(bytes, &["-"]), 2, message);
    }
}

#[test]
fn a_wrong_option_value_is_wrong_usage() {
    let sandbox = Sandbox::new();
    sandbox.file("build.log", FAILED);
    for (arguments, message) in [
        (["--format", "xml", "build.log"].as_slice(), "text, brief, json"),
        (&["--color", "sometimes", "build.log"], "sometimes"),
        (&["-o", "report.pdf", "build.log"], "FORMAT=FILE"),
        (&["-o", "xml=report", "build.log"], "no such format"),
        (&["-o", "json=", "build.log"], ""),
        (&["--no-such-option"], "--no-such-option"),
        (&["--signatures", "nowhere", "build.log"], "nowhere"),
        (&["--disable", "go/no-such-thing", "build.log"], "go/no-such-thing"),
        (&["list", "--class", "no-such-class"], "no-such-class"),
        (&["explain"], ""),
        (&["check"], ""),
        (&["check", "nowhere"], "nowhere"),
    ] {
        let ended = sandbox.run(arguments);
        assert_ends(&ended, 2, message);
        assert_eq!(ended.out, "", "{arguments:?}");
        assert!(!ended.err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_empty_log_is_no_failure() {
    let sandbox = Sandbox::new();
    sandbox.file("empty.log", "");
    for ended in [sandbox.run(&["empty.log"]), sandbox.pipe("", &[])] {
        assert_eq!(ended.code, 0, "{ended:#?}");
        assert!(ended.out.contains("No failure found: the log is empty"), "{ended:#?}");
    }
}

#[test]
fn a_good_log_is_told_so() {
    let sandbox = Sandbox::new();
    sandbox.file("good.log", GOOD);
    for format in ["text", "brief"] {
        let ended = sandbox.run(&["good.log", "-f", format]);
        assert_eq!(ended.code, 0);
        assert!(ended.out.to_lowercase().contains("no failure found"), "{}", ended.out);
    }
}

#[test]
fn help_and_version_are_no_errors() {
    let sandbox = Sandbox::new();
    let help = sandbox.run(&["--help"]);
    assert_eq!(help.code, 0);
    for word in ["Exit status", "whyfail run -- docker build .", "--no-echo", "--format"] {
        assert!(help.out.contains(word), "no {word:?} in {}", help.out);
    }
    assert_eq!(sandbox.run(&["--version"]).out.trim(), format!("whyfail {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_subcommand_wins_over_a_file_of_its_name() {
    let sandbox = Sandbox::new();
    sandbox.file("list", FAILED);
    assert_eq!(sandbox.run(&["list", "--classes"]).code, 0);
    assert_eq!(sandbox.run(&["./list"]).code, 1);
}

// ------------------------------------------------------------------ reports

#[test]
fn reports_go_to_files_besides() {
    let sandbox = Sandbox::new();
    sandbox.file("build.log", FAILED);
    let ended =
        sandbox.run(&["build.log", "-o", "json=a.out", "-o", "b.json", "-o", "c.txt", "-o", "brief=d", "-f", "brief"]);
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(ended.out.starts_with("whyfail: "), "{}", ended.out);
    for name in ["a.out", "b.json"] {
        let report: serde_json::Value = serde_json::from_str(&sandbox.read(name)).expect(name);
        assert_eq!(report["results"][0]["outcome"], "failed", "{name}");
    }
    assert!(sandbox.read("c.txt").contains("make: not found"));
    assert_eq!(sandbox.read("d"), ended.out);
}

#[test]
fn a_report_that_can_not_be_written_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.file("build.log", FAILED);
    assert_ends(&sandbox.run(&["build.log", "-o", "no/such/folder.json"]), 2, "no/such/folder.json");
}

#[test]
fn colours_follow_option_environment_and_terminal() {
    let sandbox = Sandbox::new();
    sandbox.file("build.log", FAILED);
    let coloured = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = sandbox.whyfail(&[&["build.log"], arguments].concat());
        command.envs(environment.iter().copied());
        let ended = Ended::from(command.output().expect("whyfail starts"));
        assert_eq!(ended.code, 1, "{ended:#?}");
        ended.out.contains('\u{1b}')
    };
    // No terminal here.
    assert!(!coloured(&[], &[]));
    assert!(!coloured(&["--color", "auto"], &[]));
    assert!(coloured(&["--color", "always"], &[]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")]));
    // For programs there is none.
    assert!(!coloured(&["--color", "always", "-f", "json"], &[]));
}

#[test]
fn colours_only_add_to_the_text() {
    let sandbox = Sandbox::new();
    sandbox.file("build.log", FAILED);
    let plain = sandbox.run(&["build.log"]).out;
    let mut stripped = String::new();
    let mut rest = sandbox.run(&["build.log", "--color", "always"]).out;
    while let Some(at) = rest.find("\u{1b}[") {
        stripped.push_str(&rest[..at]);
        let end = rest[at..].find('m').expect("the end of a colour") + at + 1;
        rest = rest[end..].to_owned();
    }
    assert_eq!(stripped + &rest, plain);
}

#[test]
fn the_ranking_is_explained_on_request() {
    let sandbox = Sandbox::new();
    sandbox.file("build.log", FAILED);
    let (plain, explained) = (sandbox.run(&["build.log"]).out, sandbox.run(&["build.log", "--explain-ranking"]).out);
    assert!(explained.contains("in a step that failed") && !plain.contains("in a step that failed"), "{explained}");
}

#[test]
fn a_control_character_never_reaches_the_terminal() {
    let sandbox = Sandbox::new();
    let log = "Step 1/1 : RUN ./\u{1b}]0;x\u{7}y\n ---> Running in c0ffee123456\nerror: \u{1b}[2J\u{1b}]8;;http://example.org\u{7}\u{8}\u{9b}31m \u{202e}gnp.exe\u{200b} was refused\n/bin/sh: 1: a\u{1b}[8mb: not found\nThe command '/bin/sh -c ./y' returned a non-zero code: 1\n";
    sandbox.file("bad\u{1b}[31m\u{7}name.log", log);
    for format in ["text", "brief", "json", "github", "markdown"] {
        let ended = sandbox.run(&["bad\u{1b}[31m\u{7}name.log", "-f", format]);
        assert_eq!(ended.code, 1, "{ended:#?}");
        let odd: Vec<char> = ended
            .out
            .chars()
            .filter(|c| (c.is_control() && *c != '\n') || ['\u{202e}', '\u{200b}'].contains(c))
            .collect();
        assert!(odd.is_empty(), "{format} prints {odd:?}: {}", ended.out);
    }
}

#[test]
fn commands_of_ci_systems_are_defused() {
    let sandbox = Sandbox::new();
    let log = "Step 1/1 : RUN ./x\n ---> Running in c0ffee123456\n::error::failed to obey ::set-env name=A::b\n  ::stop-commands::failed\n##[error]failed: refused\nerror: ##vso[task.setvariable variable=a]failed\nThe command '/bin/sh -c ./x' returned a non-zero code: 1\n";
    sandbox.file("x.log", log);
    for format in ["text", "brief", "json", "markdown"] {
        let mut command = sandbox.whyfail(&["x.log", "-f", format]);
        command.env("GITHUB_ACTIONS", "true").env("CI", "true");
        let ended = Ended::from(command.output().expect("whyfail starts"));
        assert!(!ended.out.contains("##["), "{format}: {}", ended.out);
        assert!(!ended.out.contains("##vso["), "{format}: {}", ended.out);
        let obeyed = ended.out.lines().find(|line| line.trim_start().starts_with("::"));
        assert_eq!(obeyed, None, "{format}: {}", ended.out);
    }
}

#[test]
fn secrets_are_masked_in_every_report_and_untouched_in_the_echo() {
    let sandbox = Sandbox::new();
    let secrets = [
        "hunter2222",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "glpat-abcdefghij0123456789",
        "AKIAIOSFODNN7EXAMPLE",
        "s3cr3tvalue99",
    ];
    let log = format!(
        "Step 1/1 : RUN git clone https://bob:{0}@git.example.org/x.git\n ---> Running in c0ffee123456\nusing key {3}\nNPM_TOKEN={4}\nerror: the token {1} was refused\nfatal: Authentication failed for 'https://oauth2:{2}@git.example.org/x.git/'\nThe command '/bin/sh -c git clone https://bob:{0}@git.example.org/x.git' returned a non-zero code: 128\n",
        secrets[0], secrets[1], secrets[2], secrets[3], secrets[4]
    );
    sandbox.file("x.log", &log);
    for format in ["text", "brief", "json", "github", "markdown"] {
        let ended = sandbox.run(&["x.log", "-f", format]);
        assert_eq!(ended.code, 1, "{ended:#?}");
        for secret in secrets {
            assert!(!ended.out.contains(secret), "{format} prints {secret}: {}", ended.out);
        }
    }
    let echoed = sandbox.pipe(&log, &[]);
    assert!(echoed.out.starts_with(&log));
    assert!(!echoed.out[log.len()..].contains("hunter2222"), "{}", echoed.out);
}

#[test]
fn a_secret_of_an_unknown_failure_is_masked() {
    let sandbox = Sandbox::new();
    let log = "Step 1/1 : RUN ./x --password hunter2222\n ---> Running in c0ffee123456\nPASSWORD=hunter2222 was rejected by the server\nThe command '/bin/sh -c ./x --password hunter2222' returned a non-zero code: 9\n";
    for format in ["text", "brief", "json", "github", "markdown"] {
        let ended = sandbox.pipe(log, &["-f", format, "--no-echo"]);
        assert_eq!(ended.code, 1, "{ended:#?}");
        assert!(!ended.out.contains("hunter2222"), "{format}: {}", ended.out);
    }
}

#[test]
fn no_secret_no_mask() {
    let sandbox = Sandbox::new();
    let line = "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed";
    let log = format!(
        "#2 [internal] load metadata for docker.io/acme/base:1\n#2 ERROR: {line}\nERROR: failed to solve: acme/base:1: {line}\n"
    );
    let report = sandbox.pipe(log, &["--no-echo", "-f", "json"]).json();
    let evidence = &report["results"][0]["causes"][0]["evidence"][0];
    assert_eq!(evidence["text"], line);
    assert_eq!(evidence["masked"], false);
}

#[test]
fn brief_is_brief_whatever_the_log_holds() {
    let sandbox = Sandbox::new();
    let wide = "錯誤".repeat(4_000);
    let long = "x".repeat(100_000);
    for text in [wide.as_str(), &long, &format!("{}\u{1b}[0m", "\u{202e}".repeat(5_000)), "e\u{301}"] {
        for log in [
            format!(
                "Step 1/1 : RUN {text}\n ---> Running in c0ffee123456\nerror: {text} was refused\nerror: {text} failed\nThe command '/bin/sh -c {text}' returned a non-zero code: 9\n"
            ),
            format!(
                "#7 [2/2] RUN {text}\n#7 0.1 /bin/sh: 1: {text}: not found\n#7 ERROR: process \"/bin/sh -c {text}\" did not complete successfully: exit code: 127\n"
            ),
            format!("{text}.go:3:4: undefined: {text}\n"),
            format!("#7 [2/2] RUN {text}\n#7 0.1 {text}"),
        ] {
            let name = format!("{}.log", &"n".repeat(200));
            sandbox.file(&name, &log);
            let ended = sandbox.run(&[&name, "-f", "brief"]);
            assert!(ended.code == 1 || ended.code == 3, "{ended:#?}");
            assert!(ended.bytes.len() <= 1_024, "{} bytes: {}", ended.bytes.len(), ended.out);
            assert!(ended.out.starts_with("whyfail: "), "{}", ended.out);
        }
    }
}

#[test]
fn text_holds_what_a_tired_person_needs() {
    let sandbox = Sandbox::new();
    let ended = sandbox.pipe(FAILED, &["--no-echo"]);
    for part in ["make", "/bin/sh: 1: make: not found", "2", "RUN make"] {
        assert!(ended.out.contains(part), "no {part:?} in {}", ended.out);
    }
    assert!(ended.out.lines().all(|line| line.chars().count() <= 120), "{}", ended.out);
}

#[test]
fn a_compile_error_is_told_in_a_few_lines() {
    let log = "# example.com/app\n./main.go:12:3: undefined: greet\n./main.go:13:3: undefined: other\n";
    let ended = Sandbox::new().pipe(log, &["--no-echo"]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("main.go:12"), "{}", ended.out);
    assert!(ended.out.contains('2'), "no count: {}", ended.out);
    // A rule, the answer, what kind of thing it is, two lines of proof, the count, who has to act: no explanation, no remedy.
    assert!(ended.out.lines().filter(|line| !line.trim().is_empty()).count() <= 7, "a lecture: {}", ended.out);
    assert!(!ended.out.contains("Why ") && !ended.out.contains("Fix "), "a lecture: {}", ended.out);
}

#[test]
fn several_logs_with_one_failure_tell_it_once_the_most_frequent_first() {
    let sandbox = Sandbox::new();
    let failed = |what: &str| {
        format!(
            "#5 [2/2] RUN x\n#5 0.1 /bin/sh: {what}: not found\n#5 ERROR: process \"/bin/sh -c {what}\" did not complete successfully: exit code: 127\n"
        )
    };
    for (name, what) in [("a.log", "jq"), ("b.log", "curl"), ("c.log", "curl")] {
        sandbox.file(name, failed(what));
    }
    sandbox.file("good.log", GOOD);
    let report = sandbox.run(&["a.log", "b.log", "good.log", "c.log"]).out;
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[1], "✗ 3 logs failed for 2 reasons (4 logs: 3 failed, 1 without a failure)", "{report}");
    assert_eq!(lines[2], "    2 × curl is not installed in this image [cmd-not-found]", "{report}");
    assert_eq!(lines[3], "        b.log, c.log", "{report}");
    assert_eq!(report.matches("✗ curl is not installed").count(), 1, "{report}");
}

#[test]
fn every_report_says_on_its_first_line_whether_to_run_it_again_and_whom_it_concerns() {
    let sandbox = Sandbox::new();
    let refused = common::repository("corpus/go/proxy-403/buildkit-0.29.log").display().to_string();
    for format in ["text", "brief", "markdown", "github"] {
        let report = sandbox.run(&["--format", format, &refused]).out;
        let first = report.lines().next().unwrap_or_default();
        assert!(first.contains("another run will not help"), "{format}: {first}");
        assert!(first.contains("concerns infrastructure"), "{format}: {first}");
    }
    // What lasts for a moment only may be gone the next time.
    sandbox.file("busy.log", "#7 [2/2] RUN go mod download\n#7 0.2 go: example.com/m@v1.0.0: reading https://proxy.example.org/m/@v/v1.0.0.mod: 503 Service Unavailable\n#7 ERROR: exit code: 1\n");
    let report = sandbox.run(&["busy.log"]).out;
    assert!(report.lines().next().is_some_and(|first| first.contains("another run may help")), "{report}");
}

#[test]
fn a_log_without_the_steps_output_says_where_it_is() {
    let sandbox = Sandbox::new();
    for format in ["text", "brief", "markdown"] {
        let answer = |name: &str| {
            let log = common::repository("corpus/go/proxy-403").join(name);
            sandbox.run(&["--format", format, &log.display().to_string()]).out
        };
        let silent = answer("buildkit-0.29-quiet.log");
        assert!(silent.contains("`whyfail last`"), "{format}: {silent}");
        // The same build with its output needs no such advice.
        assert!(!answer("buildkit-0.29.log").contains("whyfail last"), "{format}");
    }
}

// ------------------------------------------------------------------ a closed pipe

/// Starts `whyfail`, reads one line of its standard output and goes away.
fn read_one_line(arguments: &[&str], log: Option<&[u8]>) -> Ended {
    let sandbox = Sandbox::new();
    let mut child = sandbox.whyfail(arguments).stdin(Stdio::piped()).spawn().expect("whyfail starts");
    let mut out = child.stdout.take().expect("stdout");
    let mut stdin = child.stdin.take().expect("stdin");
    let log = log.map(<[u8]>::to_vec);
    let writer = std::thread::spawn(move || {
        if let Some(log) = log {
            // Endless, until nobody reads any more.
            while stdin.write_all(&log).is_ok() {}
        }
    });
    let mut byte = [0];
    while out.read(&mut byte).is_ok_and(|count| count == 1) && byte[0] != b'\n' {}
    drop(out);
    writer.join().expect("the writer ends");
    Ended::from(child.wait_with_output().expect("whyfail ends"))
}

#[test]
fn a_closed_standard_output_ends_quietly_with_saved_logs() {
    let sandbox = Sandbox::new();
    sandbox.file("build.log", FAILED);
    // More than a pipe holds.
    let files = ["build.log"; 200];
    for format in ["text", "brief", "json", "github", "markdown"] {
        let mut child = sandbox.whyfail(&[&["-f", format], &files[..]].concat()).spawn().expect("whyfail starts");
        let mut out = child.stdout.take().expect("stdout");
        let mut seen = [0; 10];
        out.read_exact(&mut seen).expect("the start of a report");
        drop(out);
        let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
        // The exit status still tells the outcome.
        assert_eq!((ended.code, ended.err.as_str()), (1, ""), "{format}: {ended:#?}");
    }
}

#[test]
fn a_closed_standard_output_ends_quietly() {
    let log = "a line of a log without end\n".repeat(1_000);
    for (arguments, log) in [
        ([].as_slice(), Some(log.as_bytes())),
        (&["list"], None),
        (&["list", "--format", "json"], None),
        (&["list", "--classes"], None),
        (&["explain", "go/checksum-mismatch"], None),
        (&["--help"], None),
    ] {
        let ended = read_one_line(arguments, log);
        assert_eq!(ended.err, "", "{arguments:?}: {ended:#?}");
        // Neither killed by a signal nor an error of its own.
        assert!(ended.code == 0 || ended.code == 1 || ended.code == 3, "{arguments:?}: {ended:#?}");
    }
}

// ------------------------------------------------------------------ advice

const UNTESTED: &str = "Step 1/2 : FROM node:20\n ---> 2d1f3f5b7a90\nStep 2/2 : RUN npm test\n ---> Running in c0ffee123456\n\
    No tests found, exiting with code 0\n ---> c0ffee123457\nSuccessfully built c0ffee123457\n";

#[test]
fn advice_is_given_when_asked_for_and_changes_no_verdict() {
    let sandbox = Sandbox::new();
    sandbox.file("build.log", UNTESTED);
    let plain = sandbox.run(&["build.log"]);
    let advised = sandbox.run(&["--advise", "build.log"]);
    assert_eq!((plain.code, advised.code), (0, 0), "{advised:#?}");
    assert!(!plain.out.contains("advice"), "{}", plain.out);
    assert!(advised.out.starts_with(&plain.out), "{}", advised.out);
    assert!(
        advised.out.contains("advice: The JavaScript tests ran nothing")
            && advised.out.contains("    5 │ No tests found")
    );
    for (format, part) in [
        ("json", "\"signature\": \"jest/no-tests\""),
        ("brief", "advice: line 5: The JavaScript tests ran nothing\n"),
        ("markdown", "#### Advice: The JavaScript tests ran nothing"),
        ("github", "::notice title=whyfail%3A advice::The JavaScript tests ran nothing"),
    ] {
        let ended = sandbox.run(&["--advise", "--format", format, "build.log"]);
        assert_eq!(ended.code, 0, "{format}: {ended:#?}");
        assert!(ended.out.contains(part), "{format}: {}", ended.out);
        assert!(!sandbox.run(&["--format", format, "build.log"]).out.contains("jest/no-tests"), "{format}");
    }
    let off = sandbox.run(&["--advise", "--disable", "jest/no-tests", "build.log"]);
    assert_eq!(off.out, plain.out);
}
