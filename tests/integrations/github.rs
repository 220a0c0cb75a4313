//! The GitHub action: what its steps do, run as a runner would.

use super::*;

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
