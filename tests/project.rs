//! What the project's own files add to a diagnosis: each case of `tests/project/` (fields: [`Case`]), the recorded builds of the
//! corpus, and the command line.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::Sandbox;
use serde::Deserialize;
use whyfail::Diagnosis;
use whyfail::input::{ProjectLocation, read_project};
use whyfail::model::{Cause, EvidenceSource, Outcome};

/// A log, the project that it is of, and what the project's files must add to the first cause.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The log, or its telling lines.
    log: String,
    /// The first cause.
    signature: String,
    /// What the check says for the ranking.
    agrees: String,
    /// Lines of the project that are shown first, `file:line`, in this order.
    shows: Vec<String>,
    /// A part of the explanation.
    explains: String,
    /// The folder below the project that is the build context.
    #[serde(default)]
    context: Option<String>,
    /// The Dockerfile that the build named.
    #[serde(default)]
    dockerfile: Option<String>,
    /// The project.
    files: BTreeMap<String, String>,
    /// Files that may be executed.
    #[serde(default)]
    executable: Vec<String>,
    /// Projects that differ a little, where no check may speak.
    #[serde(default)]
    near_miss: Vec<NearMiss>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NearMiss {
    /// What is different.
    why: String,
    /// Another log.
    log: Option<String>,
    /// Files that are other than in the case; an empty one is not there.
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    executable: Vec<String>,
    /// Another check may speak, but not this one.
    #[serde(default)]
    another_speaks: bool,
}

fn project(files: &BTreeMap<String, String>, executable: &[String]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files.iter().filter(|(_, text)| !text.is_empty()) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(&path, text).expect("a file");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = if executable.contains(name) { 0o755 } else { 0o644 };
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
        }
    }
    folder
}

fn told(case: &Case, log: &str, folder: &Path) -> Diagnosis {
    let mut location = ProjectLocation::new(folder.join(case.context.as_deref().unwrap_or("")));
    location.root = case.context.as_ref().map(|_| folder.to_owned());
    location.dockerfile = case.dockerfile.as_ref().map(|name| folder.join(name));
    let mut diagnosis = common::diagnose(log.as_bytes());
    whyfail::diagnosis::corroborate(&mut diagnosis, &read_project(&location));
    diagnosis
}

fn agreed(cause: &Cause) -> Vec<String> {
    let said = cause.ranking.iter().filter_map(|factor| factor.reason.strip_prefix("the project's files agree: "));
    said.map(str::to_owned).collect()
}

fn shown(cause: &Cause) -> Vec<String> {
    let lines = cause.evidence.iter().filter(|line| line.source == EvidenceSource::Project);
    lines.map(|line| format!("{}:{}", base(line.file.as_deref().unwrap_or("?")), line.line)).collect()
}

/// Files in temporary folders are named by their last part.
fn base(file: &str) -> &str {
    if file.starts_with('/') { file.rsplit('/').next().unwrap_or(file) } else { file }
}

fn cases() -> Vec<(String, Case)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(common::repository("tests/project"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a case");
        let case = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path.file_stem().expect("a name").to_string_lossy().into_owned(), case)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn each_case_is_told_and_its_near_misses_are_not() {
    let cases = cases();
    assert!(!cases.is_empty());
    let mut wrong = Vec::new();
    for (name, case) in &cases {
        let folder = project(&case.files, &case.executable);
        let diagnosis = told(case, &case.log, folder.path());
        match diagnosis.causes.first() {
            None => wrong.push(format!("{name}: no cause")),
            Some(cause) => {
                let mut say = |fits: bool, message: String| {
                    if !fits {
                        wrong.push(format!("{name}: {message}"));
                    }
                };
                say(cause.signature == case.signature, format!("signature {}", cause.signature));
                say(agreed(cause).first() == Some(&case.agrees), format!("agrees {:?}", agreed(cause)));
                say(shown(cause).starts_with(&case.shows), format!("shows {:?}", shown(cause)));
                say(cause.explanation.contains(&case.explains), format!("explains {}", cause.explanation));
                let log_first = cause.evidence.first().is_some_and(|line| line.source == EvidenceSource::Log);
                say(log_first, "the log's proof does not come first".into());
            }
        }
        for miss in &case.near_miss {
            let mut files = case.files.clone();
            files.extend(miss.files.clone());
            let executable: Vec<String> = case.executable.iter().chain(&miss.executable).cloned().collect();
            let folder = project(&files, &executable);
            let diagnosis = told(case, miss.log.as_deref().unwrap_or(&case.log), folder.path());
            let said: Vec<String> = diagnosis.causes.iter().flat_map(agreed).collect();
            let wrongly = if miss.another_speaks { said.contains(&case.agrees) } else { !said.is_empty() };
            if wrongly {
                wrong.push(format!("{name}, {}: says {said:?}", miss.why));
            }
            if diagnosis.causes.is_empty() {
                wrong.push(format!("{name}, {}: has no cause to speak of", miss.why));
            }
        }
    }
    assert!(wrong.is_empty(), "{} mistakes:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_answers_to_recorded_builds_stay_and_are_told_by_their_projects() {
    let mut table = Vec::new();
    let mut wrong = Vec::new();
    for log in common::corpus() {
        let folder = log.with_file_name("project");
        if !folder.is_dir() {
            continue;
        }
        let plain = common::diagnose(&std::fs::read(&log).expect("a log"));
        let mut answer = plain.clone();
        whyfail::diagnosis::corroborate(&mut answer, &read_project(&ProjectLocation::new(&folder)));
        let name = log.components().rev().take(2).map(|part| part.as_os_str().to_string_lossy().into_owned());
        let name = name.collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("/");
        if plain.outcome != Outcome::Failed {
            assert_eq!(plain, answer, "{name}");
            continue;
        }
        let first = |diagnosis: &Diagnosis| diagnosis.causes.first().map(|c| (c.signature.clone(), c.class, c.rank));
        if first(&plain) != first(&answer) {
            wrong.push(format!("{name}: {:?} became {:?}", first(&plain), first(&answer)));
        }
        let ranks: Vec<u32> = answer.causes.iter().map(|cause| cause.rank).collect();
        assert_eq!(ranks, (1..=answer.causes.len() as u32).collect::<Vec<_>>(), "{name}");
        if let Some(cause) = answer.causes.first() {
            table.push(format!(
                "{name:<48} {:<30} {:<34} {}",
                cause.signature,
                agreed(cause).join("; "),
                shown(cause).join(" ")
            ));
        }
    }
    println!("{}", table.join("\n"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(common::corpus().is_empty() || table.iter().any(|line| line.contains(" a stage has a name that is alike")));
    assert!(common::corpus().is_empty() || table.iter().any(|line| line.contains(" it is not in the folder")));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    /// Whatever the files hold, there is an answer, and its first cause keeps the log's proof.
    #[test]
    fn no_file_brings_it_down(
        dockerfile in r#"((FROM|RUN|COPY|ADD|WORKDIR|ARG|ENV|RNU|#|--from=|--mount=|<<EOF|EOF|\\\\|\n|\[|"|\$\{|\}|golang:1.2|AS|go.mod|go.sum|\.\.|/|=|\*\*|é| ){1,2}){0,60}"#,
        ignore in r"((\*|\*\*|!|/|\[|\]|\\|go|\.sum|\n|é|\?|\^|-){1,3}){0,30}",
        go_mod in r"((module|go|1.99|replace|=>|\.\./x|\(|\)|\n|x|//|v1){1,2} ?){0,30}",
        package in r#"(\{|\}|"scripts"|"build"|:|,|"|\n|\[){0,20}"#,
    ) {
        let files = [("Dockerfile", dockerfile), (".dockerignore", ignore), ("go.mod", go_mod.clone()), ("go.work", go_mod), ("package.json", package)];
        let files = files.map(|(name, text)| (name.to_owned(), text)).into_iter().collect();
        let folder = project(&files, &[]);
        let facts = read_project(&ProjectLocation::new(folder.path()));
        for (_, case) in cases().iter().step_by(4) {
            let plain = common::diagnose(case.log.as_bytes());
            let mut answer = plain.clone();
            whyfail::diagnosis::corroborate(&mut answer, &facts);
            for cause in &answer.causes {
                let before = plain.causes.iter().find(|known| known.fingerprint == cause.fingerprint && known.step == cause.step);
                let proof = before.map_or(0, |known| known.evidence.len());
                assert!(proof > 0 && before.is_some_and(|known| cause.evidence.starts_with(&known.evidence)));
                assert!(cause.evidence[proof..].iter().all(|line| line.source == EvidenceSource::Project && line.line > 0));
            }
        }
    }
}

const LOG: &str = "#6 [3/6] COPY go.mod go.sum ./\n#6 ERROR: failed to calculate checksum of ref a::b: \"/go.sum\": not found\n------\n > [3/6] COPY go.mod go.sum ./:\n------\nDockerfile:2\n--------------------\n   2 | >>> COPY go.mod go.sum ./\n--------------------\nERROR: failed to build: failed to solve: failed to compute cache key: failed to calculate checksum of ref a::b: \"/go.sum\": not found\n";

fn ignored_sum(sandbox: &Sandbox, folder: &str) {
    sandbox.file(&format!("{folder}/Dockerfile"), "FROM golang:1\nCOPY go.mod go.sum ./\n");
    sandbox.file(&format!("{folder}/go.mod"), "module x\n");
    sandbox.file(&format!("{folder}/go.sum"), "");
    sandbox.file(&format!("{folder}/.dockerignore"), "# no sums: --token=abcdefgh123456\n*.sum\n");
}

/// Two stages fail for reasons of their own; the project knows more of the second.
#[test]
fn a_cause_that_the_project_proves_goes_before_one_of_the_same_weight() {
    let log = "#5 [web 3/3] RUN npm ci\n#5 0.2 npm error code EUSAGE\n#5 0.2 npm error The `npm ci` command can only install with an existing package-lock.json or\n#5 ERROR: process \"/bin/sh -c npm ci\" did not complete successfully: exit code: 1\n#8 [api 4/4] RUN go mod download\n#8 0.2 go: example.com/m@v1.2.0: missing go.sum entry; to add it:\n#8 ERROR: process \"/bin/sh -c go mod download\" did not complete successfully: exit code: 1\n";
    let files = [
        (
            "Dockerfile",
            "FROM golang:1 AS api\nWORKDIR /src\nCOPY go.mod ./\nRUN go mod download\nFROM node AS web\nCOPY . .\nRUN npm ci\n",
        ),
        ("go.mod", "module x\n"),
        ("go.sum", "x"),
    ];
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let plain = common::diagnose(log.as_bytes());
    let mut answer = plain.clone();
    let folder = project(&files, &[]);
    whyfail::diagnosis::corroborate(&mut answer, &read_project(&ProjectLocation::new(folder.path())));
    let ids = |diagnosis: &Diagnosis| diagnosis.causes.iter().map(|c| c.signature.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&plain), ["npm/lockfile-missing", "go/missing-go-sum"]);
    assert_eq!(ids(&answer), ["go/missing-go-sum", "npm/lockfile-missing"]);
    assert_eq!(answer.causes.iter().map(|cause| cause.rank).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(answer.fingerprint.as_ref(), Some(&answer.causes[0].fingerprint));
    assert_ne!(answer.fingerprint, plain.fingerprint);
    let sum = answer.causes[0].ranking.iter().map(|factor| factor.points).sum::<i64>();
    assert_eq!(answer.causes[0].score, sum.clamp(0, 1000));
    // What the log proves better stays first, whatever the files say of the other.
    let mut weighed = plain.clone();
    weighed.causes[0].score = 1000;
    weighed.causes[0].ranking.push(whyfail::model::RankingFactor { reason: "more".into(), points: 500 });
    whyfail::diagnosis::corroborate(&mut weighed, &read_project(&ProjectLocation::new(folder.path())));
    assert_eq!(ids(&weighed), ids(&plain));
}

#[test]
fn the_project_is_named_on_the_command_line() {
    let sandbox = Sandbox::new();
    ignored_sum(&sandbox, "api");
    let ended = sandbox.pipe(LOG, &["--no-echo", "--project", "api"]);
    assert_eq!(ended.code, 1, "{ended:#?}");
    for part in [
        "  api/.dockerignore:2 │ *.sum",
        "  api/Dockerfile:2 │ COPY go.mod go.sum ./",
        "go.sum is there, but line 2 of api/.dockerignore excludes it from the build.",
    ] {
        assert!(ended.out.contains(part), "{part}: {ended:#?}");
    }
    // Without it nothing is looked at.
    assert!(!sandbox.pipe(LOG, &["--no-echo"]).out.contains("dockerignore:2"));
    let brief = sandbox.pipe(LOG, &["--no-echo", "--project", "api", "--format", "brief"]);
    assert!(brief.out.contains("project: api/.dockerignore:2: *.sum\n") && brief.out.len() <= 1024, "{brief:#?}");
    let json = sandbox.pipe(LOG, &["--project", "api", "--format", "json"]).json();
    let evidence = json["results"][0]["causes"][0]["evidence"].as_array().cloned().unwrap_or_default();
    let own = evidence.iter().find(|line| line["source"] == "project").expect("a line of the project");
    assert_eq!(
        (own["file"].as_str(), own["line"].as_u64(), own["text"].as_str()),
        (Some("api/.dockerignore"), Some(2), Some("*.sum"))
    );
    let schema = std::fs::read_to_string(common::repository("schema/whyfail.schema.json")).expect("the schema");
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
    assert!(jsonschema::draft202012::is_valid(&schema, &json));
    for folder in ["nowhere", "api/go.mod"] {
        let ended = sandbox.pipe(LOG, &["--project", folder]);
        assert_eq!(ended.code, 2, "{ended:#?}");
        assert!(ended.err.contains("not a folder"), "{ended:#?}");
    }
}

#[cfg(unix)]
#[test]
fn run_looks_where_the_command_builds() {
    let sandbox = Sandbox::new();
    ignored_sum(&sandbox, "api");
    sandbox.file("log", LOG);
    let tool = sandbox.file("docker", "#!/bin/sh\ncat log >&2\nexit 1\n");
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let told = sandbox.run(&["run", "--", "./docker", "build", "-t", "x", "api"]);
    assert_eq!(told.code, 1);
    assert!(told.err.contains("api/.dockerignore:2 │ *.sum"), "{told:#?}");
    let remote = sandbox.run(&["run", "--", "./docker", "build", "https://example.org/api.git"]);
    assert!(!remote.err.contains(".dockerignore:2"), "{remote:#?}");
    // The working directory's own Dockerfile is another one: nothing is said.
    sandbox.file("Dockerfile", "FROM a\nCOPY x ./\n");
    let other = sandbox.run(&["run", "--", "./docker", "build", "."]);
    assert!(!other.err.contains("Dockerfile:2 │"), "{other:#?}");
    let wrong = sandbox.run(&["--project", "nowhere", "run", "--", "true"]);
    assert_eq!(wrong.code, 125, "{wrong:#?}");
}

#[test]
fn words_of_files_are_made_safe_like_words_of_logs() {
    let sandbox = Sandbox::new();
    let instruction = "COPY go.mod go.sum NPM_TOKEN=abcdefgh123456/";
    sandbox.file("Dockerfile", format!("FROM golang:1\n{instruction}\n"));
    sandbox.file("go.mod", "module x\n");
    sandbox.file("go.sum", "");
    sandbox.file(".dockerignore", "*\n!go.*\ngo.su[m\u{1b}\u{7}\u{202e}]\n");
    let log = LOG.replace("COPY go.mod go.sum ./", instruction);
    for format in ["text", "brief", "json"] {
        let ended = sandbox.pipe(&log, &["--no-echo", "--project", ".", "--format", format]);
        assert!(ended.out.contains("dockerignore") && ended.out.contains("go.su[m␛␇⟨U+202E⟩]"), "{ended:#?}");
        let unsafe_words = ['\u{1b}', '\u{7}', '\u{202e}'].iter().any(|c| ended.out.contains(*c));
        assert!(!unsafe_words && !ended.out.contains("abcdefgh123456"), "{format}: {ended:#?}");
    }
    // In CI a line of a file is no command to the runner either.
    sandbox.file(".dockerignore", "##[error]x\n::error::x\n*\n!::x\n");
    sandbox.file("Dockerfile", "FROM golang:1\nCOPY ::error::x ./\n");
    sandbox.file("::error::x", "");
    let log = LOG.replace("go.mod go.sum", "::error::x").replace("/go.sum", "/::error::x");
    let mut command = sandbox.whyfail(&["--no-echo", "--project", "."]);
    command.env("GITHUB_ACTIONS", "true");
    let ended = common::feed(command, log.as_bytes());
    assert!(ended.out.contains("dockerignore"), "{ended:#?}");
    assert!(!ended.out.lines().any(|line| line.trim_start().starts_with("::")), "{ended:#?}");
}
