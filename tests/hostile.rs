//! Whoever can print into a build can try to command the CI system, the page or the chat that shows the report.

mod common;
#[path = "hostile/corpus.rs"]
mod corpus;
#[path = "hostile/commands.rs"]
mod dangerous;
#[path = "hostile/invariants.rs"]
mod invariants;
#[path = "hostile/sizes.rs"]
mod sizes;

use std::collections::BTreeSet;

use common::folds::is_fold;
use common::runner::{commands, harmless, hostile_logs, obeyed};
use common::{Ended, Sandbox, diagnose};
use pulldown_cmark::{Event, Options, Parser, Tag};
use whyfail::report::{self, Format, Style};
use whyfail::{Diagnosis, SignatureDb};

fn render(diagnosis: &Diagnosis, format: Format, style: &Style) -> String {
    let mut out = Vec::new();
    let diagnoses = std::slice::from_ref(diagnosis);
    report::write(&mut out, format, diagnoses, &SignatureDb::built_in(), style).expect("a report");
    String::from_utf8(out).expect("UTF-8")
}

fn ci(sandbox: &Sandbox, arguments: &[&str]) -> Ended {
    let mut command = sandbox.whyfail(arguments);
    command.env("GITHUB_ACTIONS", "true").env("CI", "true");
    Ended::from(command.output().expect("whyfail starts"))
}

// ------------------------------------------------------------------ the runner's rules

#[test]
fn the_rules_find_what_a_runner_obeys() {
    for line in [
        "::error::x",
        " \t::set-output name=a::b",
        "\u{a0}::Stop-Commands::t",
        "x ##[error]y",
        "##[ADD-PATH a=b]c",
        "::stop-commands::t",
    ] {
        assert!(obeyed(line).is_some(), "{line}");
    }
    // The last: characters without width do not count where the runner looks for its mark, but for the name of the command.
    for line in [
        "x ::error::y",
        "::unknown::x",
        "::error",
        "##[x",
        "## [error]",
        ":\\:error::x",
        "#\\#[error]x",
        ":\u{200b}:\u{200b}error::x",
    ] {
        assert_eq!(obeyed(line), None, "{line}");
    }
}

#[test]
fn every_hostile_log_is_harmless_in_every_format() {
    for (name, log) in corpus::logs() {
        invariants::check(&name, &diagnose(&log));
    }
}

#[test]
fn what_a_log_says_of_itself_changes_nothing() {
    let forged = diagnose(&corpus::forged_done().into_bytes());
    assert_eq!(forged.outcome, whyfail::model::Outcome::Failed);
    assert_eq!(forged.causes[0].captures["command"], "make", "{forged:#?}");
    let wide: Vec<Diagnosis> = corpus::wide().iter().map(|(_, log)| diagnose(log)).collect();
    let narrow = diagnose(&corpus::narrow());
    for diagnosis in &wide {
        assert_eq!(diagnosis.fingerprint, narrow.fingerprint);
        let texts = |diagnosis: &Diagnosis| -> Vec<String> {
            diagnosis.suspicious.iter().map(|line| line.evidence.text.clone()).collect()
        };
        assert_eq!(texts(diagnosis), texts(&narrow));
    }
}

#[test]
fn what_is_escaped_comes_back_whole() {
    // `%` is escaped first, so that what looks like an escape stays what it was.
    for line in ["error: %0A%25,:%3A failed", "error: 100%, %2C %0D failed"] {
        let diagnosis = diagnose(common::runner::log_of(&[line]).as_bytes());
        let found = commands(&render(&diagnosis, Format::Github, &Style::default()));
        assert!(found.iter().any(|command| command.data.lines().any(|said| said.ends_with(line))), "{found:#?}");
    }
    let mut diagnosis = diagnose(b"./a.go:8:2: undefined: x\nmake: *** [all] Error 2\n");
    for name in ["a:b,c%0A.go", "%25,::error::x", "a%3Ab"] {
        diagnosis.causes[0].place.as_mut().expect("a place").file = name.to_owned();
        let found = commands(&render(&diagnosis, Format::Github, &Style::default()));
        assert!(found[0].properties.contains(&("file".to_owned(), name.to_owned())), "{found:#?}");
    }
}

#[test]
fn in_ci_no_format_prints_a_command() {
    let mut seen = BTreeSet::new();
    for log in hostile_logs() {
        let diagnosis = diagnose(log.as_bytes());
        seen.extend(diagnosis.causes.iter().map(|cause| cause.class.as_str()));
        // Narrow screens wrap words to the start of lines.
        for width in [20, 47, 60, 81, 100] {
            let style = Style { ci: true, width, explain_ranking: true, ..Style::default() };
            for format in Format::ALL {
                let text = render(&diagnosis, *format, &style);
                if *format == Format::Github {
                    annotations_only(&text);
                } else {
                    harmless(format.as_str(), &text);
                }
                let odd: Vec<char> =
                    text.chars().filter(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}').collect();
                assert!(odd.is_empty(), "{format:?} prints {odd:?}: {text}");
            }
        }
    }
    assert!(seen.len() >= 4, "the logs exercise too little: {seen:?}");
}

/// Every line is an annotation of ours or harmless.
fn annotations_only(text: &str) {
    for line in text.lines() {
        let Some(command) = obeyed(line) else {
            assert!(line.starts_with("whyfail: "), "{line:?}");
            continue;
        };
        assert!(["error", "warning", "notice"].contains(&command.name.as_str()), "{line:?}");
        let known = ["file", "line", "col", "title"];
        assert!(command.properties.iter().all(|(key, _)| known.contains(&key.as_str())), "{line:?}");
        let title = command.properties.iter().find(|(key, _)| key == "title").expect("a title");
        assert!(title.1.starts_with("whyfail"), "{line:?}");
        // Whoever prints the message, line by line, prints no command either.
        harmless("a message", &command.data);
        let bare = line.trim_start_matches(':');
        assert_eq!(obeyed(bare), None, "{line:?}");
    }
}

#[test]
fn annotations_are_harmless_outside_ci_too() {
    for log in hostile_logs() {
        annotations_only(&render(&diagnose(log.as_bytes()), Format::Github, &Style::default()));
    }
}

#[test]
fn json_is_the_same_in_ci() {
    for log in hostile_logs() {
        let diagnosis = diagnose(log.as_bytes());
        let style = Style { ci: true, ..Style::default() };
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        let plain = serde_json::to_value(&diagnosis).expect("JSON");
        assert_eq!(read(&render(&diagnosis, Format::Json, &style))["results"][0], plain);
    }
}

#[test]
fn the_program_prints_no_command_on_either_stream_nor_into_files() {
    let sandbox = Sandbox::new();
    for (at, log) in hostile_logs().iter().enumerate().step_by(7) {
        let name = format!("##[error]{at}\n::error::x\u{1b}]0;y\u{7}\u{202e}.log");
        sandbox.file(&name, log);
        sandbox.file("good.log", "all is well\n");
        for format in ["text", "brief", "json", "markdown"] {
            let ended = ci(
                &sandbox,
                &[
                    "-f",
                    format,
                    "-o",
                    "text=r.txt",
                    "-o",
                    "brief=r.brief",
                    "-o",
                    "json=r.json",
                    "-o",
                    "r.md",
                    &name,
                    "good.log",
                    "##[error]missing.log",
                ],
            );
            assert_eq!(ended.code, 2, "{ended:#?}");
            for (stream, text) in [(format, &ended.out), ("standard error", &ended.err)] {
                harmless(stream, text);
                assert_eq!(invariants::unseen(text), None, "{stream}: {text}");
            }
            for file in ["r.txt", "r.brief", "r.json", "r.md"] {
                harmless(file, &sandbox.read(file));
            }
        }
        let ended = ci(&sandbox, &["-f", "github", &name, "good.log"]);
        annotations_only(&ended.out);
        harmless("standard error", &ended.err);
        let piped = {
            let mut command = sandbox.whyfail(&["--no-echo"]);
            command.env("CI", "true");
            common::feed(command, log.as_bytes())
        };
        harmless("a pipe", &piped.out);
        harmless("standard error", &piped.err);
    }
}

#[test]
#[cfg(unix)]
fn run_prints_no_command_of_its_own() {
    let sandbox = Sandbox::new();
    for log in hostile_logs().iter().step_by(11) {
        sandbox.file("x.log", log);
        let ended = ci(&sandbox, &["run", "--", "sh", "-c", "cat x.log; exit 1"]);
        assert_eq!(ended.code, 1, "{ended:#?}");
        assert_eq!(ended.bytes, log.as_bytes(), "what the command prints is its own");
        harmless("standard error", &ended.err);
        let ended = ci(&sandbox, &["run", "-f", "github", "--", "sh", "-c", "cat x.log; exit 1"]);
        annotations_only(&ended.err);
    }
}

#[test]
fn signatures_with_unseen_characters_are_refused() {
    let sandbox = Sandbox::new();
    for (at, unseen) in ["\\u001b]0;x\\u0007", "\\u202e", "\\u200b", "\\u009b2J"].into_iter().enumerate() {
        let text = format!(
            "title = \"a{unseen}b\"\nclass = 'unknown'\nowner = 'code'\nretry = 'no'\nmatch = ['^EVIL LINE (?P<x>.+)$']\nexplain = 'a'\n"
        );
        sandbox.file(&format!(".whyfail/evil/unseen{at}.toml"), text);
    }
    sandbox.file("x.log", "EVIL LINE x\nmake: *** [all] Error 2\n");
    for arguments in [&["x.log"][..], &["check", ".whyfail"], &["list", "evil"]] {
        let ended = sandbox.run(arguments);
        let both = format!("{}{}", ended.out, ended.err);
        assert!(invariants::unseen(&both).is_none() && !both.contains("evil/unseen0 "), "{both}");
        assert!(arguments[0] != "check" || both.contains("would reach the reader, who can't see it"), "{both}");
    }
}

#[test]
fn signatures_of_a_strangers_change_command_nothing() {
    let sandbox = Sandbox::new();
    let bad = "title = \"##[error]x\"\n::error::y\nclass = '##[add-path]z'\n";
    sandbox.file(".whyfail/evil/broken.toml", bad);
    sandbox.file(".whyfail/off.txt", "##[error]x\n");
    let good = "title = '##[error]said {x}'\nclass = 'unknown'\nowner = 'code'\nretry = 'no'\nmatch = ['^EVIL LINE (?P<x>.+)$']\nexplain = '''a\n::error::b\n##[error]c'''\nreferences = ['https://evil.example.org/x']\n\n[[remedy]]\ntitle = '::error::do'\ncommands = ['::error::x', 'echo ##[error]x']\n\n[[example]]\nlog = 'EVIL LINE ##[error]one'\nsource = 'run here'\n\n[[example]]\nlog = 'EVIL LINE two'\nsource = 'run here'\n\n[[counterexample]]\nlog = 'GOOD LINE'\nsource = 'run here'\n";
    sandbox.file(".whyfail/evil/good.toml", good);
    sandbox.file("x.log", "EVIL LINE ::error::x\nmake: *** [all] Error 2\n");
    for arguments in [
        &["x.log"][..],
        &["x.log", "-f", "markdown"],
        &["x.log", "-f", "brief"],
        &["check", ".whyfail"],
        &["list", "evil"],
        &["explain", "evil/good"],
        &["explain", "##[error]x"],
        &["--trust-repository", "x.log"],
        &["--disable", "##[error]x", "x.log"],
        &["--no-such-option\n::error::x\u{1b}[2J"],
        &["list", "--class", "\n##[error]x\u{1b}]0;y\u{7}"],
        &["list", "no such \n::error::thing"],
        &["new", "evil/x", "--line", "EVIL ##[error]x ::error::y"],
        &["new", "::error::x", "--line", "x"],
        &["explain", "evil/good", "-f", "json"],
        &["list", "evil", "-f", "json"],
    ] {
        let ended = ci(&sandbox, arguments);
        if arguments.contains(&"json") {
            serde_json::from_str::<serde_json::Value>(&ended.out).expect("JSON, also in CI");
        }
        let both = format!("{}{}", ended.out, ended.err);
        assert_eq!(invariants::unseen(&both), None, "{arguments:?}: {both}");
        harmless("standard output", &ended.out);
        harmless("standard error", &ended.err);
        assert!(!ended.out.is_empty() || !ended.err.is_empty(), "{arguments:?}");
    }
    let page = ci(&sandbox, &["x.log", "-f", "markdown"]).out;
    assert!(page.contains("evil/good") && page.contains("`https://evil.example.org/x`"), "{page}");
    assert_eq!(links(&page), BTreeSet::new(), "a stranger's reference is no link");
}

// ------------------------------------------------------------------ annotations

#[test]
fn an_annotation_says_what_where_and_what_to_do() {
    let log = std::fs::read(common::repository("corpus/go/proxy-403/buildkit-0.29.log"));
    let Ok(log) = log else { return };
    let found = commands(&render(&diagnose(&log), Format::Github, &Style::default()));
    let [one] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(one.name, "error");
    for (key, value) in [
        ("file", "Dockerfile"),
        ("line", "5"),
        ("title", "whyfail: net-forbidden, another run will not help, concerns infrastructure"),
    ] {
        assert!(one.properties.contains(&(key.to_owned(), value.to_owned())), "{one:#?}");
    }
    let lines: Vec<&str> = one.data.lines().collect();
    assert!(lines[0].contains("refuses to serve example.com/greet (403)"), "{lines:#?}");
    assert!(lines[1].starts_with("line 43: go: example.com/greet@v1.2.0"), "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("Fix: Tell Go")), "{lines:#?}");
    assert!(lines.contains(&"+ ENV GOPRIVATE=example.com/greet"), "{lines:#?}");
}

#[test]
fn the_place_in_the_sources_wins_over_the_dockerfile() {
    let log = "#8 [4/4] RUN go build ./...\n#8 1.0 # example.com/m\n#8 1.0 ./p0/api.go:8:2: undefined: helper\n#8 ERROR: process \"/bin/sh -c go build ./...\" did not complete successfully: exit code: 1\n------\n > [4/4] RUN go build ./...:\n------\nDockerfile:6\n--------------------\n   4 |     \n   5 |     COPY . .\n   6 | >>> RUN go build ./...\n   7 |     \n--------------------\nERROR: failed to solve: process \"/bin/sh -c go build ./...\" did not complete successfully: exit code: 1\n";
    let found = commands(&render(&diagnose(log.as_bytes()), Format::Github, &Style::default()));
    for (key, value) in [("file", "p0/api.go"), ("line", "8"), ("col", "2")] {
        assert!(found[0].properties.contains(&(key.to_owned(), value.to_owned())), "{found:#?}");
    }
}

#[test]
fn project_evidence_is_a_place_where_there_is_no_other() {
    let mut diagnosis = diagnose(b"E: Unable to locate package curl\n");
    let cause = diagnosis.causes.first_mut().expect("a cause");
    let mut evidence = cause.evidence[0].clone();
    evidence.source = whyfail::model::EvidenceSource::Project;
    evidence.file = Some("a:b,c%/go.mod".to_owned());
    evidence.line = 7;
    evidence.column = 3;
    cause.evidence.push(evidence);
    let text = render(&diagnosis, Format::Github, &Style::default());
    assert!(text.starts_with("::error file=a%3Ab%2Cc%25/go.mod,line=7,col=3,title="), "{text}");
}

#[test]
fn an_undetermined_log_is_a_notice_and_a_good_one_nothing() {
    let broken = diagnose(
        b"Step 1/2 : FROM busybox\n ---> c0ffee123456\nStep 2/2 : RUN make\n ---> Running in c0ffee123457\ncc -c a.c\n",
    );
    let found = commands(&render(&broken, Format::Github, &Style::default()));
    assert_eq!(found.iter().map(|command| command.name.as_str()).collect::<Vec<_>>(), ["notice"]);
    let good = render(&diagnose(b"all is well\n"), Format::Github, &Style::default());
    assert_eq!(commands(&good), []);
    assert!(good.contains("no failure found"), "{good}");
}

#[test]
fn no_more_than_ten_annotations_none_longer_than_is_shown() {
    let one = diagnose(log_with_long_lines().as_bytes());
    let many = unlike(&one, 23);
    let mut out = Vec::new();
    report::write(&mut out, Format::Github, &many, &SignatureDb::built_in(), &Style::default()).expect("a report");
    let text = String::from_utf8(out).expect("UTF-8");
    assert_eq!(commands(&text).len(), 10);
    assert!(text.contains("more not annotated"), "{text}");
    for command in commands(&text) {
        assert!(command.data.chars().count() <= 4096);
    }
}

/// Diagnoses that look alike and are taken for different failures, so that each is told.
fn unlike(one: &Diagnosis, count: usize) -> Vec<Diagnosis> {
    let with = |at: usize| {
        let mut other = one.clone();
        other.fingerprint = Some(format!("1:{at:016x}"));
        other
    };
    (0..count).map(with).collect()
}

fn log_with_long_lines() -> String {
    let long = "x".repeat(5_000);
    common::runner::log_of(&[&format!("error: {long} failed"), &format!("fatal: {long}"), &format!("failed: {long}")])
}

// ------------------------------------------------------------------ Markdown

/// What a forge makes of a page.
fn events(page: &str) -> Vec<Event<'_>> {
    Parser::new_ext(page, Options::all()).collect()
}

fn links(page: &str) -> BTreeSet<String> {
    events(page)
        .into_iter()
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
            _ => None,
        })
        .collect()
}

/// No HTML but the folds, no image, no link but the references; nothing in running text that a forge links by itself.
fn page_is_safe(diagnosis: &Diagnosis, page: &str) {
    assert!(page.len() <= 60 * 1024, "{} bytes", page.len());
    let references: BTreeSet<String> = diagnosis.causes.iter().flat_map(|cause| cause.references.clone()).collect();
    assert!(links(page).is_subset(&references), "{:?} in {page}", links(page));
    let mut code = 0;
    let mut link = 0;
    let mut text = String::new();
    for event in events(page) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code += 1,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => code -= 1,
            Event::Start(Tag::Link { .. }) => link += 1,
            Event::End(pulldown_cmark::TagEnd::Link) => link -= 1,
            Event::Text(words) if code == 0 && link == 0 => text.push_str(&words),
            Event::Html(html) if is_fold(&html) => {}
            Event::Html(_)
            | Event::InlineHtml(_)
            | Event::FootnoteReference(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => {
                panic!("{event:?} in {page}")
            }
            Event::Start(
                Tag::Image { .. }
                | Tag::Table(_)
                | Tag::List(_)
                | Tag::Emphasis
                | Tag::Strikethrough
                | Tag::FootnoteDefinition(_),
            ) => panic!("{event:?} in {page}"),
            Event::Code(_) => text.push('\u{fffc}'),
            Event::End(_) | Event::SoftBreak | Event::HardBreak => text.push('\n'),
            _ => {}
        }
    }
    for mark in ['@', '<', '>', '#', '$', '~', '\\', '`', '[', ']', '&', '|', '*', '_'] {
        assert!(!text.contains(mark), "{mark} in {text} of {page}");
    }
    for mark in ["://", "www.", "GH-1", "/close", ":smile:"] {
        assert!(!text.contains(mark), "{mark} in {text} of {page}");
    }
    let hash = |word: &str| word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(!text.split(|c: char| !c.is_ascii_alphanumeric()).any(hash), "a commit in {text}");
}

#[test]
fn a_page_shows_hostile_text_and_nothing_else() {
    for log in hostile_logs() {
        let diagnosis = diagnose(log.as_bytes());
        for ci in [false, true] {
            page_is_safe(&diagnosis, &render(&diagnosis, Format::Markdown, &Style { ci, ..Style::default() }));
        }
    }
}

#[test]
fn the_proof_stands_whole_in_a_block() {
    let line = "go: example.com/```x@v1.2.0: reading https://proxy.example.org/`````/x: 403 Forbidden";
    let diagnosis = diagnose(common::runner::log_of(&[line]).as_bytes());
    let page = render(&diagnosis, Format::Markdown, &Style::default());
    let mut inside = false;
    let mut blocks = Vec::new();
    for event in events(&page) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => {
                inside = true;
                blocks.push(String::new());
            }
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => inside = false,
            Event::Text(text) if inside => blocks.last_mut().expect("a block").push_str(&text),
            _ => {}
        }
    }
    assert_eq!(blocks.first().map(String::as_str), Some(format!("{line}\n").as_str()), "{page}");
}

#[test]
fn pages_of_recorded_logs_are_safe() {
    for log in common::corpus().iter().step_by(5) {
        let diagnosis = diagnose(&std::fs::read(log).expect("a log"));
        page_is_safe(&diagnosis, &render(&diagnosis, Format::Markdown, &Style::default()));
        annotations_only(&render(&diagnosis, Format::Github, &Style::default()));
    }
}

#[test]
fn a_page_about_many_logs_is_cut_and_says_so() {
    let one = diagnose(common::runner::hostile_logs()[0].as_bytes());
    let many = unlike(&one, 500);
    let mut out = Vec::new();
    report::write(&mut out, Format::Markdown, &many, &SignatureDb::built_in(), &Style::default()).expect("a report");
    let page = String::from_utf8(out).expect("UTF-8");
    page_is_safe(&one, page.trim_end().trim_end_matches(|c| c != '\n'));
    assert!(page.len() <= 60 * 1024 && page.len() > 50 * 1024, "{}", page.len());
    assert!(page.trim_end().ends_with("has all of it._"), "{}", &page[page.len() - 200..]);
}
