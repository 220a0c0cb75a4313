//! The post-failure steps of `action.yml` and `integrations/`, run as their services run them.
#![cfg(unix)]

mod common;

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

// ------------------------------------------------------------------ GitHub Actions

/// A job's machine, as the runner sets it up for a step of a composite action.
struct Job {
    sandbox: Sandbox,
    variables: BTreeMap<String, String>,
}

impl Job {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        sandbox.file("work space/.git/HEAD", "");
        sandbox.file("output", "earlier=1\n");
        sandbox.file("summary.md", "earlier\n");
        std::fs::create_dir(sandbox.path().join("temp")).expect("a folder");
        let of = |name: &str| sandbox.path().join(name).display().to_string();
        let mut variables: BTreeMap<String, String> = [
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("CI", "true".to_owned()),
            ("GITHUB_ACTION_PATH", repository("").display().to_string()),
            ("GITHUB_WORKSPACE", of("work space")),
            ("GITHUB_OUTPUT", of("output")),
            ("GITHUB_STEP_SUMMARY", of("summary.md")),
            ("RUNNER_TEMP", of("temp")),
            ("HOME", of("")),
            ("PATH", path_with(&folder_of_whyfail())),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        // The action's inputs and their defaults.
        let action = read_yaml("action.yml");
        for (name, value) in action["runs"]["steps"][0]["env"].as_object().expect("env") {
            let input =
                value.as_str().and_then(|v| v.strip_prefix("${{ inputs.")?.strip_suffix(" }}")).expect("an input");
            let default = action["inputs"][input]["default"].as_str().expect("a default");
            variables.insert(name.clone(), default.to_owned());
        }
        Job { sandbox, variables }
    }

    fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    fn log(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.sandbox.file(&format!("work space/{name}"), content);
        self.set("WHYFAIL_LOG", name)
    }

    /// Runs the action's step: its `run`, with bash as the runner calls it.
    fn run(&self) -> Ended {
        let action = read_yaml("action.yml");
        let script = action["runs"]["steps"][0]["run"].as_str().expect("run");
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script])
            .current_dir(self.sandbox.path().join("work space"))
            .env_clear()
            .envs(&self.variables)
            .stdin(Stdio::null())
            .output()
            .expect("bash");
        Ended::from(output)
    }

    fn outputs(&self) -> BTreeMap<String, String> {
        pairs(&self.sandbox.read("output"))
    }

    fn summary(&self) -> String {
        self.sandbox.read("summary.md")
    }

    fn leaves_nothing_behind(&self) {
        let left: Vec<_> = std::fs::read_dir(self.sandbox.path().join("temp")).expect("temp").collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn the_step_tells_the_cause_in_summary_annotations_and_outputs() {
    let job = Job::new()
        .log("build.log", case(FORBIDDEN))
        .set("WHYFAIL_REPORT", "reports/why.json\n whyfail.html\r\nsarif=a b=c.txt\n\nplain\n");
    let ended = job.run();
    assert_eq!(ended.code, 0, "{ended:#?}");
    let found = commands(&ended.out);
    assert_eq!(found.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["error", "error"], "{ended:#?}");
    assert!(found[0].data.contains("403"), "{found:#?}");
    assert!(ended.out.contains("── whyfail "), "the step's log has the report: {ended:#?}");
    let summary = job.summary();
    assert!(summary.starts_with("earlier\n### ✗ The module proxy"), "{summary}");
    let outputs = job.outputs();
    assert_eq!((outputs["earlier"].as_str(), outputs["class"].as_str()), ("1", "net-forbidden"));
    let report: Value = serde_json::from_str(&job.sandbox.read("work space/reports/why.json")).expect("JSON");
    assert_eq!(report["results"][0]["causes"][0]["signature"], "go/proxy-forbidden");
    assert!(job.sandbox.read("work space/whyfail.html").starts_with("<!DOCTYPE html>"));
    assert!(job.sandbox.read("work space/a b=c.txt").contains("\"2.1.0\""));
    assert!(
        job.sandbox.read("work space/plain").contains("\"schema_version\""),
        "a name without an ending is for JSON"
    );
    job.leaves_nothing_behind();
}

#[test]
fn the_step_is_calm_about_a_good_log() {
    let job = Job::new().log("build.log", case(GOOD));
    let ended = job.run();
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert_eq!(commands(&ended.out), [], "{ended:#?}");
    assert!(job.summary().contains("No failure found"));
    assert_eq!((job.outputs()["outcome"].as_str(), job.outputs()["class"].as_str()), ("succeeded", ""));
}

#[test]
fn a_log_that_breaks_off_is_a_notice() {
    let job = Job::new().log("build.log", case(BROKEN_OFF));
    let ended = job.run();
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert_eq!(commands(&ended.out).iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["notice"]);
    assert_eq!(job.outputs()["outcome"], "undetermined");
}

#[test]
fn annotations_and_summary_can_be_switched_off() {
    let job =
        Job::new().log("a.log", case(FORBIDDEN)).set("WHYFAIL_ANNOTATIONS", "false").set("WHYFAIL_SUMMARY", "false");
    let ended = job.run();
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert_eq!(commands(&ended.out), []);
    assert_eq!(job.summary(), "earlier\n");
    assert_eq!(job.outputs()["class"], "net-forbidden");
}

#[test]
fn several_logs_are_one_path_a_line() {
    let job = Job::new().log("a.log", case(GOOD)).log("b c.log", case(FORBIDDEN));
    let job = job.set("WHYFAIL_LOG", "\n  a.log\r\n\n  b c.log  \nmissing.log\n");
    let ended = job.run();
    assert_eq!(ended.code, 0, "{ended:#?}");
    let names: Vec<String> = commands(&ended.out).into_iter().map(|c| c.name).collect();
    assert_eq!(names, ["warning", "error", "error"], "{ended:#?}");
    assert!(job.summary().contains("`./b c.log`"), "{}", job.summary());
}

#[test]
fn a_hostile_path_is_only_a_path() {
    for name in [
        "a $(touch pwned) `touch pwned` ;touch pwned.log",
        "--help",
        "-",
        "last",
        "run",
        "a'\"b.log",
        "*",
        "::error::x",
    ] {
        let job = Job::new().log(name, case(FORBIDDEN));
        let ended = job.run();
        assert_eq!(ended.code, 0, "{name}: {ended:#?}");
        assert_eq!(job.outputs()["class"], "net-forbidden", "{name}: {ended:#?}");
        assert!(!job.sandbox.path().join("work space/pwned").exists(), "{name}");
        assert_eq!(commands(&ended.out).len(), 2, "{ended:#?}");
        let job = Job::new().set("WHYFAIL_LOG", name);
        assert_eq!(job.run().code, 0);
        assert!(!job.sandbox.path().join("work space/pwned").exists(), "{name}");
    }
}

#[test]
fn a_hostile_log_commands_nothing() {
    for log in hostile_logs().iter().step_by(9) {
        let job = Job::new().log("x.log", log);
        let ended = job.run();
        assert_eq!(ended.code, 0, "{ended:#?}");
        for command in commands(&ended.out) {
            assert!(["error", "warning", "notice"].contains(&command.name.as_str()), "{command:#?}");
            assert!(command.properties.iter().any(|(key, value)| key == "title" && value.starts_with("whyfail")));
        }
        harmless("standard error", &ended.err);
        harmless("the summary", &job.summary());
    }
}

#[test]
fn a_log_that_is_missing_is_no_second_failure() {
    let job = Job::new().set("WHYFAIL_LOG", "missing.log");
    let ended = job.run();
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert!(commands(&ended.out).iter().all(|c| c.name == "warning"), "{ended:#?}");
    assert_eq!(job.summary(), "earlier\n");
}

#[test]
fn wrong_inputs_are_2() {
    for (name, value) in [
        ("WHYFAIL_ANNOTATIONS", "maybe\n::set-env name=A::b"),
        ("WHYFAIL_SUMMARY", "yes"),
        ("WHYFAIL_PROJECT", "nowhere"),
        ("WHYFAIL_PROGRAM", "no-such-program"),
    ] {
        let job = Job::new().log("a.log", case(FORBIDDEN)).set(name, value);
        let ended = job.run();
        assert_eq!(ended.code, 2, "{name}: {ended:#?}");
        let names: Vec<String> = commands(&ended.out).into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["error"], "{ended:#?}");
    }
    // A log that whyfail refuses to read.
    let job = Job::new().log("a.log", b"\x7fELF\x02\x01\x01\x00");
    let ended = job.run();
    assert_eq!(ended.code, 2, "{ended:#?}");
    assert!(ended.err.contains("a.log"), "{ended:#?}");
}

/// A `whyfail` that writes down how it was called, in a folder of its own.
fn recorder(job: &Job, help: &str, status: i32) -> PathBuf {
    let folder = job.sandbox.path().join("bin");
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = --help ]; then printf '%s\\n' {help}; exit 0; fi\nprintf '%s\\n' \"$@\" >>'{}/called'\nexit {status}\n",
        job.sandbox.path().display()
    );
    executable(&job.sandbox.file("bin/whyfail", script));
    folder
}

/// The machine's programs that the step needs, without cargo and whyfail.
fn bare_path(job: &Job, extra: &Path) -> String {
    let tools = job.sandbox.path().join("tools");
    std::fs::create_dir_all(&tools).expect("a folder");
    for name in ["bash", "sh", "mktemp", "rm", "cat", "tail", "sed", "dirname", "mkdir", "printf", "cp", "chmod", "env"]
    {
        let found =
            std::env::split_paths(&std::env::var_os("PATH").expect("PATH")).map(|f| f.join(name)).find(|p| p.exists());
        if let Some(found) = found {
            let _ = std::os::unix::fs::symlink(found, tools.join(name));
        }
    }
    format!("{}:{}", extra.display(), tools.display())
}

#[test]
fn without_a_log_the_builders_history_is_read() {
    for (builder, project, help, expected) in [
        ("", "", "'--outputs FILE'", &["last", "--color", "never"][..]),
        ("my builder", "", "'--outputs FILE'", &["--builder", "my builder"]),
        ("", "sub", "'--project DIR'", &["--project", "sub"]),
    ] {
        let job = Job::new().set("WHYFAIL_BUILDER", builder).set("WHYFAIL_PROJECT", project);
        std::fs::create_dir(job.sandbox.path().join("work space/sub")).expect("a folder");
        let job = if project.is_empty() {
            job
        } else {
            let folder = job.sandbox.path().join("work space/sub").display().to_string();
            job.set("WHYFAIL_PROJECT", folder)
        };
        let path = path_with(&recorder(&job, help, 1));
        let job = job.set("PATH", path);
        let ended = job.run();
        assert_eq!(ended.code, 0, "{ended:#?}");
        let called = job.sandbox.read("called");
        let called: Vec<&str> = called.lines().collect();
        assert_eq!(called[0], "last", "{called:?}");
        let ends =
            |argument: &&str, expected: &str| *argument == expected || argument.ends_with(&format!("/{expected}"));
        let expected_at = called.windows(expected.len()).any(|w| w.iter().zip(expected).all(|(a, e)| ends(a, e)));
        assert!(expected_at, "{expected:?} in {called:?}");
        assert_eq!(called.contains(&"--project"), help.contains("--project"), "{called:?}");
        assert_eq!(called.contains(&"--builder"), !builder.is_empty(), "{called:?}");
    }
}

#[test]
fn a_history_without_a_failed_build_is_no_second_failure() {
    let job = Job::new();
    let path = path_with(&recorder(&job, "x", 2));
    let job = job.set("PATH", path);
    let ended = job.run();
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert_eq!(commands(&ended.out).iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["warning"]);
}

#[test]
fn the_input_names_the_program() {
    let job = Job::new().log("a.log", case(FORBIDDEN));
    let path = bare_path(&job, Path::new("/nowhere"));
    let job = job.set("PATH", path).set("WHYFAIL_PROGRAM", env!("CARGO_BIN_EXE_whyfail"));
    let ended = job.run();
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert_eq!(job.outputs()["class"], "net-forbidden");
}

#[test]
fn without_the_program_it_is_built_with_cargo() {
    // Stands for cargo: "builds" this build's whyfail into the target folder that it is told.
    let cargo = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$HOME/cargo-called\"\nwhile [ $# -gt 1 ]; do [ \"$1\" != --target-dir ] || target=$2; shift; done\nmkdir -p \"$target/release\" && cp '{}' \"$target/release/whyfail\"\n",
        env!("CARGO_BIN_EXE_whyfail")
    );
    let job = Job::new().log("a.log", case(FORBIDDEN));
    executable(&job.sandbox.file("bin/cargo", cargo));
    let path = bare_path(&job, &job.sandbox.path().join("bin"));
    let job = job.set("PATH", path);
    let ended = job.run();
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert_eq!(job.outputs()["class"], "net-forbidden", "{ended:#?}");
    assert!(ended.out.contains("building it with cargo"), "{ended:#?}");
    let called = job.sandbox.read("cargo-called");
    for word in ["build", "--release", "--locked", "--manifest-path"] {
        assert!(called.lines().any(|line| line == word), "{called}");
    }
}

#[test]
fn without_the_program_and_a_way_to_build_it_that_is_said() {
    let broken = "#!/bin/sh\necho 'error: ##[error]no ###[add-path]x'\necho '::error::y' >&2\nexit 101\n";
    for cargo in [None, Some(broken)] {
        let job = Job::new().log("a.log", case(FORBIDDEN));
        if let Some(cargo) = cargo {
            executable(&job.sandbox.file("bin/cargo", cargo));
        }
        let path = bare_path(&job, &job.sandbox.path().join("bin"));
        let job = job.set("PATH", path);
        let ended = job.run();
        assert_eq!(ended.code, 0, "{ended:#?}");
        let found = commands(&ended.out);
        assert_eq!(found.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["warning"], "{ended:#?}");
        assert!(found[0].data.contains("cargo"), "{found:#?}");
        harmless("standard error", &ended.err);
    }
}

#[test]
fn the_action_is_a_composite_one_without_script_injection() {
    let action = read_yaml("action.yml");
    assert_eq!(action["runs"]["using"], "composite");
    let steps = action["runs"]["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 1);
    for step in steps {
        assert_eq!(step["shell"], "bash");
        assert!(!step["run"].as_str().expect("run").contains("${{"), "an input inside a script");
        assert!(step.get("if").is_none(), "inside a composite action failure() asks about the action's own steps");
    }
    // Each input reaches the script, each output comes from it.
    let env = steps[0]["env"].as_object().expect("env");
    for (name, input) in action["inputs"].as_object().expect("inputs") {
        assert!(input["description"].is_string() && input["default"].is_string(), "{name}");
        assert!(env.values().any(|value| value == &format!("${{{{ inputs.{name} }}}}")), "{name}");
    }
    let script = String::from_utf8(case("integrations/github/post-failure.sh")).expect("UTF-8");
    for name in env.keys() {
        assert!(script.contains(name.as_str()), "{name} is not used");
    }
    let id = steps[0]["id"].as_str().expect("an id");
    let outputs = action["outputs"].as_object().expect("outputs");
    for key in whyfail::report::OUTPUTS {
        assert_eq!(outputs[key]["value"], format!("${{{{ steps.{id}.outputs.{key} }}}}"));
    }
    assert_eq!(outputs.len(), whyfail::report::OUTPUTS.len());
}

#[test]
fn shellcheck_finds_nothing() {
    let scripts = ["github/post-failure.sh", "project/pre-push", "project/docker-build.sh"];
    let paths = scripts.map(|script| repository("integrations").join(script));
    let Ok(output) = Command::new("shellcheck").args(paths).output() else {
        assert!(std::env::var_os("CI").is_none(), "shellcheck is missing");
        eprintln!("skipped: shellcheck is not installed");
        return;
    };
    let ended = Ended::from(output);
    assert_eq!(ended.code, 0, "{ended:#?}");
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
