//! The post-failure steps of `action.yml` and `integrations/`, run as their services run them.
#![cfg(unix)]

mod common;
#[path = "integrations/github.rs"]
mod github;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::logs::{BROKEN_OFF, FORBIDDEN, GOOD, LOST, case, pairs};
use common::runner::{commands, harmless, hostile_logs};
use common::{Ended, Sandbox, repository};
use serde_json::Value;

fn executable(path: &Path) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
}

/// A `PATH` with this build's `whyfail` before the machine's programs; or only with these.
fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.display(), std::env::var("PATH").expect("PATH"))
}

fn folder_of_whyfail() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_whyfail")).parent().expect("a folder").to_owned()
}

fn read_yaml(path: &str) -> Value {
    let text = String::from_utf8(case(path)).expect("UTF-8");
    serde_norway::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

// ------------------------------------------------------------------ GitLab

/// Runs a section of a job as GitLab's runner does: the lines one after the other, in one shell that stops at an error.
fn gitlab(sandbox: &Sandbox, job: &Value, section: &str, status: &str) -> Ended {
    let lines = job[section].as_array().expect("lines");
    let script: String = lines.iter().map(|line| format!("{}\n", line.as_str().expect("a line"))).collect();
    let mut command = Command::new("sh");
    command.args(["-e", "-c", &script]).current_dir(sandbox.path()).env_clear();
    command.env("PATH", path_with(&folder_of_whyfail())).env("HOME", sandbox.path());
    for (name, value) in [("GITLAB_CI", "true"), ("CI", "true"), ("CI_JOB_STATUS", status)] {
        command.env(name, value);
    }
    command.env("CI_PROJECT_DIR", sandbox.path());
    for (name, value) in job["variables"].as_object().expect("variables") {
        command.env(name, value.as_str().expect("a value"));
    }
    Ended::from(command.stdin(Stdio::null()).output().expect("sh"))
}

#[test]
fn gitlab_diagnoses_a_saved_log_after_a_failure() {
    let job = &read_yaml("integrations/gitlab/whyfail.gitlab-ci.yml")[".whyfail"];
    let sandbox = Sandbox::new();
    sandbox.file("build.log", case(FORBIDDEN));
    let ended = gitlab(&sandbox, job, "after_script", "success");
    assert_eq!((ended.code, ended.out.as_str()), (0, ""), "{ended:#?}");
    let ended = gitlab(&sandbox, job, "after_script", "failed");
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert!(ended.out.contains("refuses to serve example.com/greet"), "{ended:#?}");
    let variables = pairs(&sandbox.read("whyfail.env"));
    assert_eq!(variables["WHYFAIL_CLASS"], "net-forbidden");
    assert_eq!(variables.len(), whyfail::report::OUTPUTS.len());
    promised_artifacts(&sandbox, job);
    // A second run of the job's machine, now without an explanation: nothing of the first is left.
    sandbox.file(
        "build.log",
        "Step 1/1 : RUN ./x\n ---> Running in c0ffee123456\nThe command '/bin/sh -c ./x' returned a non-zero code: 1\n",
    );
    gitlab(&sandbox, job, "after_script", "failed");
    let variables = pairs(&sandbox.read("whyfail.env"));
    assert!(!variables.contains_key("WHYFAIL_CLASS") && variables["WHYFAIL_OUTCOME"] == "failed", "{variables:?}");
    for log in hostile_logs().iter().step_by(13) {
        sandbox.file("build.log", log);
        let ended = gitlab(&sandbox, job, "after_script", "failed");
        harmless("after_script", &without_sections(&ended.out));
        harmless("after_script", &ended.err);
    }
    std::fs::remove_file(sandbox.path().join("build.log")).expect("gone");
    let ended = gitlab(&sandbox, job, "after_script", "failed");
    assert!(ended.code == 0 && ended.out.contains("There is no log build.log"), "{ended:#?}");
}

/// A job's log without the marks that fold it, which are whyfail's own.
fn without_sections(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("\u{1b}[0Ksection_")).collect::<Vec<_>>().join("\n")
}

/// Every artifact that the job names is there.
fn promised_artifacts(sandbox: &Sandbox, job: &Value) {
    let artifacts = &job["artifacts"];
    assert_eq!(artifacts["when"], "on_failure");
    let reports = artifacts["reports"].as_object().expect("reports");
    assert_eq!(reports["codequality"], "gl-code-quality-report.json");
    let paths = artifacts["paths"].as_array().expect("paths").iter().chain(reports.values());
    for path in paths {
        assert!(sandbox.path().join(path.as_str().expect("a path")).is_file(), "{path}");
    }
    // GitLab's parser wants NAME=VALUE lines, no empty ones, names of letters, digits and _.
    for line in sandbox.read("whyfail.env").lines() {
        let (name, value) = line.split_once('=').expect("a pair");
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'), "{line}");
        assert!(!value.is_empty(), "{line}");
    }
}

#[test]
fn gitlab_runs_again_what_may_pass_again() {
    let template = read_yaml("integrations/gitlab/whyfail.gitlab-ci.yml");
    let mut job = template[".whyfail-run"].clone();
    let codes = job["retry"]["exit_codes"].as_array().expect("codes").clone();
    assert!(job["retry"]["max"].as_u64().is_some_and(|max| (1..=2).contains(&max)));
    let sandbox = Sandbox::new();
    sandbox.file("lost.log", LOST);
    sandbox.file("forbidden.log", case(FORBIDDEN));
    for (command, again) in
        [("cat lost.log; exit 3", true), ("cat forbidden.log; exit 3", false), ("cat lost.log", false)]
    {
        job["variables"]["WHYFAIL_COMMAND"] = command.into();
        let ended = gitlab(&sandbox, &job, "script", "running");
        assert_eq!(codes.contains(&ended.code.into()), again, "{command}: {ended:#?}");
        assert_eq!(ended.code == 0, !command.contains("exit"), "{command}: {ended:#?}");
        let after = gitlab(&sandbox, &job, "after_script", if ended.code == 0 { "success" } else { "failed" });
        assert_eq!(after.code, 0, "{after:#?}");
        promised_artifacts(&sandbox, &job);
    }
}

// ------------------------------------------------------------------ Jenkins

/// The scripts of the `sh` steps, in order.
fn jenkins_scripts() -> Vec<String> {
    let text = String::from_utf8(case("integrations/jenkins/Jenkinsfile")).expect("UTF-8");
    let mut scripts = Vec::new();
    let mut rest = text.as_str();
    while let Some((_, tail)) = rest.split_once("sh '") {
        let (mark, tail) = tail.strip_prefix("''").map_or(("'", tail), |tail| ("'''", tail));
        let (script, tail) = tail.split_once(mark).expect("an end");
        scripts.push(script.to_owned());
        rest = tail;
    }
    scripts
}

/// An `sh` step: with the interpreter that its first line names, else `sh -xe`.
fn jenkins(sandbox: &Sandbox, script: &str) -> Ended {
    let mut command = if script.starts_with("#!") {
        let file = sandbox.file("step.sh", script);
        executable(&file);
        Command::new(file)
    } else {
        let mut command = Command::new("sh");
        command.args(["-xe", "-c", script]);
        command
    };
    let path = format!("{}:{}", sandbox.path().join("bin").display(), path_with(&folder_of_whyfail()));
    command.current_dir(sandbox.path()).env_clear().env("PATH", path).env("HOME", sandbox.path());
    command
        .env("JENKINS_URL", "https://jenkins.example.org/")
        .env("BUILD_NUMBER", "7")
        .env("WORKSPACE", sandbox.path());
    Ended::from(command.stdin(Stdio::null()).output().expect("a shell"))
}

#[test]
fn jenkins_tells_the_cause_and_keeps_the_status() {
    let scripts = jenkins_scripts();
    let [run, save, diagnose] = scripts.as_slice() else { panic!("{scripts:#?}") };
    let sandbox = Sandbox::new();
    sandbox.file("the.log", case(FORBIDDEN));
    for program in ["docker", "make"] {
        executable(&sandbox.file(&format!("bin/{program}"), "#!/bin/sh\ncat \"$WORKSPACE/the.log\"\nexit 17\n"));
    }
    let ended = jenkins(&sandbox, run);
    assert_eq!(ended.code, 17, "{ended:#?}");
    assert!(ended.err.contains("refuses to serve example.com/greet"), "{ended:#?}");
    assert!(sandbox.read("whyfail-image.html").contains("net-forbidden"));

    // The log is not there yet: no second failure.
    assert_eq!(jenkins(&sandbox, diagnose).code, 0);
    let ended = jenkins(&sandbox, save);
    assert_eq!(ended.code, 17, "{ended:#?}");
    assert_eq!(ended.bytes, case(FORBIDDEN));
    let ended = jenkins(&sandbox, diagnose);
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert!(ended.out.contains("refuses to serve example.com/greet"), "{ended:#?}");
    let report: Value = serde_json::from_str(&sandbox.read("whyfail-package.sarif")).expect("JSON");
    assert_eq!(report["runs"][0]["results"][0]["properties"]["class"], "net-forbidden");
    sandbox.file("build.log", &hostile_logs()[0]);
    let ended = jenkins(&sandbox, diagnose);
    harmless("post", &ended.out);
    harmless("post", &ended.err);
}

// ------------------------------------------------------------------ the other systems

/// Runs lines of a step in `shell`, with stand-ins for `docker` (fails with 17 as the log of a failed build) and for the systems' own
/// programs, which write down how they were called and what they were given.
fn step(sandbox: &Sandbox, shell: &[&str], script: &str, variables: &[(&str, &str)]) -> Ended {
    sandbox.file("the.log", case(FORBIDDEN));
    executable(&sandbox.file("bin/docker", "#!/bin/sh\ncat \"$HOME/the.log\"\nexit 17\n"));
    let agent = "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$HOME/agent-called\"\ncat >\"$HOME/agent-given\"\n";
    executable(&sandbox.file("bin/buildkite-agent", agent));
    let path = format!("{}:{}", sandbox.path().join("bin").display(), path_with(&folder_of_whyfail()));
    let (program, options) = shell.split_first().expect("a shell");
    let mut command = Command::new(program);
    command
        .args(options)
        .arg(script)
        .current_dir(sandbox.path())
        .env_clear()
        .env("PATH", path)
        .env("HOME", sandbox.path());
    command.env("CI", "true").envs(variables.iter().copied());
    Ended::from(command.stdin(Stdio::null()).output().expect("a shell"))
}

/// Azure's `bash` step and CircleCI's `run`.
const BASH: &[&str] = &["bash", "--noprofile", "--norc", "-c"];
const CIRCLE: &[&str] = &["bash", "-eo", "pipefail", "-c"];

#[test]
fn azure_builds_and_tells_the_cause() {
    let pipeline = read_yaml("integrations/azure/azure-pipelines.yml");
    let sandbox = Sandbox::new();
    let folder = sandbox.path().display().to_string();
    let variables =
        [("TF_BUILD", "True"), ("BUILD_ARTIFACTSTAGINGDIRECTORY", folder.as_str()), ("AGENT_TEMPDIRECTORY", &folder)];
    let script = pipeline["steps"][0]["bash"].as_str().expect("a script");
    let ended = step(&sandbox, BASH, script, &variables);
    assert_eq!(ended.code, 17, "{ended:#?}");
    assert!(ended.err.contains("##vso[task.logissue type=error;"), "{ended:#?}");
    assert!(ended.err.contains(&format!("##vso[task.uploadsummary]{folder}/whyfail.md")), "{ended:#?}");
    let published = pipeline["steps"][1]["publish"].as_str().expect("a file");
    assert!(sandbox.path().join(published.rsplit('/').next().expect("a name")).is_file(), "{published}");
    assert_eq!(pipeline["steps"][1]["condition"], "failed()");
}

#[test]
fn circleci_builds_and_tells_the_cause() {
    let config = read_yaml("integrations/circleci/config.yml");
    let sandbox = Sandbox::new();
    let steps = config["jobs"]["image"]["steps"].as_array().expect("steps");
    let script = steps.iter().find_map(|step| step["run"]["command"].as_str()).expect("a command");
    let ended = step(&sandbox, CIRCLE, script, &[("CIRCLECI", "true")]);
    assert_eq!(ended.code, 17, "{ended:#?}");
    let stored = steps.iter().find_map(|step| step["store_artifacts"]["path"].as_str()).expect("an artifact");
    assert!(sandbox.read(stored).contains("net-forbidden"));
}

#[test]
fn buildkite_builds_and_annotates() {
    let pipeline = read_yaml("integrations/buildkite/pipeline.yml");
    let sandbox = Sandbox::new();
    // What the upload of a pipeline makes of `$$`.
    let script = pipeline["steps"][0]["command"].as_str().expect("a command").replace("$$", "$");
    let ended = step(&sandbox, &["bash", "-e", "-c"], &script, &[("BUILDKITE", "true")]);
    assert_eq!(ended.code, 17, "{ended:#?}");
    assert_eq!(sandbox.read("agent-called"), "annotate\n--style\nerror\n--context\nwhyfail\n");
    assert!(sandbox.read("agent-given").starts_with("### ✗ The module proxy"));
    assert!(sandbox.path().join(pipeline["steps"][0]["artifact_paths"][0].as_str().expect("a path")).is_file());
    // A good build is not annotated.
    let sandbox = Sandbox::new();
    let ended =
        step(&sandbox, &["bash", "-e", "-c"], &script.replace("docker build", "true"), &[("BUILDKITE", "true")]);
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert!(!sandbox.path().join("agent-called").exists());
}

/// The steps of the pages that read a saved log: the build's step keeps its status, the later one explains it.
#[test]
fn the_pages_explain_a_saved_log() {
    for (page, shell, variable) in
        [("azure", BASH, "TF_BUILD"), ("circleci", CIRCLE, "CIRCLECI"), ("travis", BASH, "TRAVIS")]
    {
        let sandbox = Sandbox::new();
        let text = String::from_utf8(case(&format!("integrations/{page}/README.md"))).expect("UTF-8");
        let example =
            examples(&text).into_iter().find(|example| example.contains("tee build.log")).expect("an example");
        let yaml: Value = serde_norway::from_str(example).expect("YAML");
        let mut scripts = Vec::new();
        scripts_of(&yaml, &mut scripts);
        let [build, why] = scripts.as_slice() else { panic!("{scripts:?}") };
        let ended = step(&sandbox, shell, build, &[(variable, "1")]);
        assert_eq!(ended.code, 17, "{page}: {ended:#?}");
        let ended = step(&sandbox, shell, why, &[(variable, "1")]);
        assert!(ended.code <= 1 && ended.out.contains("refuses to serve example.com/greet"), "{page}: {ended:#?}");
    }
}

/// The shell parts of an example, in order.
fn scripts_of<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("bash" | "command", Value::String(script)) => found.push(script),
                    ("script" | "after_failure", Value::Array(lines)) => {
                        found.extend(lines.iter().filter_map(Value::as_str))
                    }
                    _ => scripts_of(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|value| scripts_of(value, found)),
        _ => {}
    }
}

// ------------------------------------------------------------------ a project

#[test]
fn make_builds_through_whyfail_and_without_it() {
    let sandbox = Sandbox::new();
    sandbox.file("Makefile", "include whyfail.mk\n");
    sandbox.file("whyfail.mk", case("integrations/project/whyfail.mk"));
    if Command::new("make").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "make is missing");
        eprintln!("skipped: make is not installed");
        return;
    }
    let ended = step(&sandbox, &["sh", "-c"], "make image", &[]);
    assert!(ended.code != 0 && ended.err.contains("refuses to serve example.com/greet"), "{ended:#?}");
    assert!(ended.err.contains("Error 17"), "the build's own status: {ended:#?}");
    let ended = step(&sandbox, &["sh", "-c"], "make image WHYFAIL=", &[]);
    assert!(ended.err.contains("Error 17") && !ended.err.contains("── whyfail"), "{ended:#?}");
}

#[test]
fn a_push_is_refused_with_the_cause() {
    let sandbox = Sandbox::new();
    executable(&sandbox.file("bin/git", "#!/bin/sh\necho \"$HOME\"\n"));
    executable(&sandbox.file("pre-push", case("integrations/project/pre-push")));
    let push = |line: &str| step(&sandbox, &["sh", "-c"], &format!("printf '{line}\\n' | ./pre-push origin x"), &[]);
    let ended = push(
        "refs/heads/a 1f00000000000000000000000000000000000000 refs/heads/a 0000000000000000000000000000000000000000",
    );
    assert_eq!(ended.code, 17, "{ended:#?}");
    assert!(ended.err.contains("refuses to serve example.com/greet"), "{ended:#?}");
    let ended =
        push("(delete) 0000000000000000000000000000000000000000 refs/heads/a 1f00000000000000000000000000000000000000");
    assert_eq!((ended.code, ended.out.as_str()), (0, ""), "{ended:#?}");
}

#[test]
fn the_shell_function_leaves_scripts_alone() {
    let sandbox = Sandbox::new();
    let file = repository("integrations/project/docker-build.sh").display().to_string();
    for shell in [&["sh", "-ec"][..], &["bash", "-ec"]] {
        for words in ["build .", "ps"] {
            let ended = step(&sandbox, shell, &format!(". '{file}'; docker {words}"), &[]);
            assert_eq!(ended.code, 17, "{ended:#?}");
            assert_eq!((ended.bytes, ended.err.as_str()), (case(FORBIDDEN), ""), "no terminal, no report");
        }
    }
}

#[test]
fn pre_commit_checks_a_folder_of_signatures() {
    let hooks = read_yaml(".pre-commit-hooks.yaml");
    let sandbox = Sandbox::new();
    let bad = "title = \"x\"\nclass = \"no-such-class\"\n";
    for hook in hooks.as_array().expect("hooks") {
        for field in ["id", "name", "entry", "language", "files"] {
            assert!(hook[field].is_string(), "{field}");
        }
        assert_eq!(hook["pass_filenames"], false, "the whole folder is tested");
        let pattern = regex::Regex::new(hook["files"].as_str().expect("a pattern")).expect("a pattern");
        assert!(pattern.is_match(".whyfail/own/x.toml") && !pattern.is_match("src/.whyfail/x"));
        let args =
            hook["args"].as_array().expect("args").iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ");
        let call = format!("{} {args}", hook["entry"].as_str().expect("an entry"));
        sandbox.file(".whyfail/own/x.toml", bad);
        let ended = step(&sandbox, &["sh", "-c"], &call, &[]);
        assert_eq!(ended.code, 2, "{ended:#?}");
        std::fs::remove_dir_all(sandbox.path().join(".whyfail")).expect("gone");
        sandbox.file(".whyfail/go/proxy-forbidden.toml", case("signatures/go/proxy-forbidden.toml"));
        let ended = step(&sandbox, &["sh", "-c"], &call, &[]);
        assert_eq!(ended.code, 0, "{ended:#?}");
    }
}

// ------------------------------------------------------------------ the pages

/// The YAML that a page shows.
fn examples(text: &str) -> Vec<&str> {
    text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// The pages, by the names of their folders.
fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(repository("integrations")).expect("a folder").flatten() {
        let path = entry.path().join("README.md");
        if path.is_file() {
            pages.push((
                entry.file_name().to_string_lossy().into_owned(),
                std::fs::read_to_string(path).expect("a page"),
            ));
        }
    }
    pages
}

#[test]
fn the_examples_of_the_pages_are_yaml_and_name_what_is_there() {
    let pages = pages();
    let index = String::from_utf8(case("integrations/README.md")).expect("UTF-8");
    assert!(pages.len() >= 8, "{}", pages.len());
    let template = read_yaml("integrations/gitlab/whyfail.gitlab-ci.yml");
    let known: Vec<&str> = ["auto", "none"].into_iter().chain(SYSTEMS.iter().copied()).collect();
    for (name, text) in &pages {
        assert!(index.contains(&format!("]({name}/README.md)")), "the index does not name {name}");
        for example in examples(text) {
            let read: Result<Value, _> = serde_norway::from_str(example);
            assert!(read.is_ok(), "{name}: {example}: {read:?}");
        }
        // What an example extends is there, and so is every file that is linked.
        for line in text.lines().filter_map(|line| line.trim().strip_prefix("extends: ")) {
            assert!(template.get(line).is_some(), "{line}");
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(repository("integrations").join(name).join(link).exists(), "{name}: {link}");
        }
        for word in text.split("--ci ").skip(1).filter_map(|rest| rest.split([' ', '`', '\n']).next()) {
            assert!(known.contains(&word), "{name}: --ci {word}");
        }
    }
    let github = &pages.iter().find(|(name, _)| name == "github").expect("a page").1;
    let inputs = read_yaml("action.yml")["inputs"].clone();
    for name in ["log", "report", "builder", "project", "annotations", "summary", "whyfail"] {
        assert!(inputs.get(name).is_some() && github.contains(&format!("`{name}`")), "{name}");
    }
}

/// The systems that `--ci` knows.
const SYSTEMS: [&str; 8] = ["github", "gitlab", "azure", "jenkins", "buildkite", "circleci", "travis", "teamcity"];

#[test]
fn every_system_is_in_the_index_and_the_help() {
    let index = String::from_utf8(case("integrations/README.md")).expect("UTF-8");
    let help = Sandbox::new().run(&["--help"]).out;
    for system in SYSTEMS {
        assert!(index.contains(&format!("`{system}`")) || index.contains(&format!("`--ci {system}`")), "{system}");
        assert!(help.contains(system), "{system}");
    }
}

#[test]
fn every_format_is_in_the_readme_and_the_help() {
    let readme = String::from_utf8(case("README.md")).expect("UTF-8");
    let help = Sandbox::new().run(&["--help"]).out;
    for format in whyfail::report::Format::ALL {
        let name = format.as_str();
        assert!(readme.contains(&format!("\n| `{name}` | ")), "README.md does not list the format {name}");
        assert!(help.contains(name), "--help does not name the format {name}");
    }
}
