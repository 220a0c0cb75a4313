//! `whyfail last`, docker's hook and `whyfail setup docker`, with a buildx that plays a history back. The live test
//! (`tests/live/history.sh`) has real ones.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A user's folders, and a buildx that answers from files: `list`, `log`, `inspection`; `delay` makes it slow.
struct User {
    folder: TempDir,
}

const BUILDX: &str = r#"#!/bin/sh
here=$(dirname "$0")/answers
[ -f "$here/delay" ] && sleep "$(cat "$here/delay")"
[ "$1" = --builder ] && shift 2
case "$2" in
  ls) file=list ;;
  logs) cat "$here/log" >&2; exit 0 ;;
  inspect) file=inspection ;;
esac
if [ -f "$here/complaint" ]; then cat "$here/complaint" >&2; exit 1; fi
cat "$here/$file"
"#;

const FAILED: &str = r#"{"completed_at":"2026-01-02T10:00:05Z","created_at":"2026-01-02T10:00:00Z","name":"shop","ref":"ci/ci0/aaaa1111","status":"Error"}"#;
const OLDER: &str = r#"{"completed_at":"2026-01-02T09:00:05Z","created_at":"2026-01-02T09:00:00Z","name":"shop","ref":"ci/ci0/aaaa0000","status":"Error"}"#;
const GOOD: &str = r#"{"completed_at":"2026-01-02T11:00:05Z","created_at":"2026-01-02T11:00:00Z","name":"site","ref":"ci/ci0/bbbb2222","status":"Completed"}"#;
const LOG: &str = "#5 [2/3] COPY . .\n#5 DONE 0.1s\n\n#6 [3/3] RUN make dist\n#6 0.101 /bin/sh: 1: make: not found\n#6 ERROR: process \"/bin/sh -c make dist\" did not complete successfully: exit code: 127\n";
/// Its sources are the frame `Dockerfile:3`.
const INSPECTION: &str = r#"{"Status":"failed","Error":{"Code":2,"Message":"process \"/bin/sh -c make dist\" did not complete successfully: exit code: 127","Sources":"RG9ja2VyZmlsZTozCi0tLS0tLS0tLS0tLS0tLS0tLS0tCiAgIDMgfCA+Pj4gUlVOIG1ha2UgZGlzdAotLS0tLS0tLS0tLS0tLS0tLS0tLQo="}}"#;

impl User {
    fn new() -> Self {
        let user = User { folder: tempfile::tempdir().unwrap() };
        let plugins = user.path(".docker/cli-plugins");
        fs::create_dir_all(plugins.join("answers")).unwrap();
        fs::write(plugins.join("docker-buildx"), BUILDX).unwrap();
        fs::set_permissions(plugins.join("docker-buildx"), fs::Permissions::from_mode(0o755)).unwrap();
        user.answer("log", LOG);
        user.answer("inspection", INSPECTION);
        user
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn answer(&self, name: &str, text: &str) {
        fs::write(self.path(".docker/cli-plugins/answers").join(name), text).unwrap();
    }

    /// A note of buildx that a build was started now.
    fn started(&self, id: &str) {
        let node = self.path(".docker/buildx/refs/ci/ci0");
        fs::create_dir_all(&node).unwrap();
        fs::write(node.join(id), r#"{"Target":"default","LocalPath":"/nowhere","DockerfilePath":""}"#).unwrap();
    }

    fn call(&self, program: &Path, words: &[&str]) -> Output {
        Command::new(program)
            .args(words)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    fn whyfail(&self, words: &[&str]) -> Output {
        self.call(Path::new(env!("CARGO_BIN_EXE_whyfail")), words)
    }

    fn hook(&self, request: &str) -> Value {
        let plugin = self.path("docker-whyfail");
        let _ = std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_whyfail"), &plugin);
        let done = self.call(&plugin, &["whyfail", "docker-cli-plugin-hooks", request]);
        assert!(done.status.success());
        serde_json::from_slice(&done.stdout).unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_last_failed_build_is_diagnosed() {
    let user = User::new();
    user.answer("list", &[GOOD, OLDER, FAILED].join("\n"));
    let done = user.whyfail(&["last", "--format", "json"]);
    assert_eq!(done.status.code(), Some(1), "{}", text(&done.stderr));
    let envelope: Value = serde_json::from_slice(&done.stdout).unwrap();
    let result = &envelope["results"][0];
    assert_eq!(result["source"]["name"], "ci/ci0/aaaa1111");
    assert_eq!(result["causes"][0]["class"], "cmd-not-found");
    assert_eq!(result["causes"][0]["evidence"][0]["line"], 5);
    let step = &result["causes"][0]["step"];
    let step = result["steps"].as_array().unwrap().iter().find(|s| s["key"] == *step).unwrap();
    assert_eq!((step["file"].as_str(), step["file_line"].as_u64()), (Some("Dockerfile"), Some(3)));
    let said = text(&done.stderr);
    assert!(said.contains("build of shop (ci/ci0/aaaa1111), failed"), "{said}");
    assert!(said.contains("a newer one did not fail: build of site"), "{said}");
}

#[test]
fn a_build_can_be_named() {
    let user = User::new();
    user.answer("list", &[GOOD, OLDER, FAILED].join("\n"));
    let name = |reference: &str| {
        let done = user.whyfail(&["last", reference, "--format", "json"]);
        let envelope: Option<Value> = serde_json::from_slice(&done.stdout).ok();
        (
            done.status.code(),
            envelope.map(|e| e["results"][0]["source"]["name"].as_str().unwrap_or_default().to_owned()),
        )
    };
    assert_eq!(name("aaaa00"), (Some(1), Some("ci/ci0/aaaa0000".into())));
    assert_eq!(name("^2"), (Some(1), Some("ci/ci0/aaaa0000".into())));
    assert_eq!(name("docker-desktop://dashboard/build/ci/ci0/aaaa0000"), (Some(1), Some("ci/ci0/aaaa0000".into())));
    assert_eq!(name("aaaa"), (Some(2), None), "two builds start so");
    assert_eq!(name("^9"), (Some(2), None));
    assert_eq!(name("--all"), (Some(2), None));
}

#[test]
fn where_there_is_nothing_to_show_it_says_why() {
    let user = User::new();
    let last = || {
        let done = user.whyfail(&["last"]);
        assert_eq!(text(&done.stdout), "");
        (done.status.code(), text(&done.stderr))
    };
    user.answer("list", "");
    let (code, said) = last();
    assert!(code == Some(2) && said.contains("no build at all"), "{said}");
    user.answer("list", GOOD);
    let (code, said) = last();
    assert!(code == Some(0) && said.contains("no failed build in the history (1 build)"), "{said}");
    user.answer("list", "Usage:  docker buildx [OPTIONS] COMMAND\n");
    let (code, said) = last();
    assert!(code == Some(2) && said.contains("too old"), "{said}");
    user.answer(
        "complaint",
        "ERROR: failed to connect to the docker API at unix:///x.sock; check if the path is correct\n",
    );
    let (code, said) = last();
    assert!(code == Some(2) && said.contains("can't be reached"), "{said}");
    fs::remove_file(user.path(".docker/cli-plugins/docker-buildx")).unwrap();
    fs::write(user.path(".docker/config.json"), r#"{"credsStore":"nowhere"}"#).unwrap();
    let done = user.whyfail(&["last"]);
    let said = text(&done.stderr);
    assert!(done.status.code() == Some(2) && said.contains("docker-credential-nowhere"), "{said}");
}

#[test]
fn an_older_build_is_not_shown_for_one_without_a_record() {
    let user = User::new();
    user.answer("list", FAILED);
    user.started("aaaa1111");
    assert_eq!(user.whyfail(&["last"]).status.code(), Some(1), "the newest note has a record");
    user.started("cccc3333");
    let done = user.whyfail(&["last"]);
    let said = text(&done.stderr);
    assert_eq!((done.status.code(), text(&done.stdout)), (Some(2), String::new()), "{said}");
    assert!(said.contains("left no record") && said.contains("whyfail last ci/ci0/aaaa1111"), "{said}");
}

#[test]
fn the_hook_answers_failures_with_an_inert_template() {
    let user = User::new();
    user.answer("log", &LOG.replace("make: not found", "make: not found {{ .Evil }} {{{"));
    user.started("aaaa1111");
    let answer = user.hook(r#"{"RootCmd":"build","Flags":{},"CommandError":"exited with code 1"}"#);
    let template = answer["Template"].as_str().unwrap();
    assert_eq!(answer["Type"], 0);
    assert!(template.contains("make: not found {{\"{{\"}} .Evil }} {{\"{{\"}}{"), "{template}");
    assert!(template.lines().count() <= 10 && template.ends_with("more: docker whyfail last"), "{template}");
    assert_eq!(user.hook(r#"{"RootCmd":"build","Flags":{},"CommandError":""}"#)["Template"], "");
}

#[test]
fn the_hook_does_not_wait_for_a_slow_history() {
    let user = User::new();
    user.answer("delay", "5");
    user.started("aaaa1111");
    let answer = user.hook(r#"{"RootCmd":"build","Flags":{},"CommandError":"exited with code 1"}"#);
    assert_eq!(answer["Template"], "Why did it fail?  docker whyfail last");
}

#[test]
fn the_hook_notes_a_failure_without_a_record() {
    let user = User::new();
    user.answer("list", FAILED);
    let answer = user.hook(r#"{"RootCmd":"build","Flags":{},"CommandError":"exited with code 1"}"#);
    assert!(answer["Template"].as_str().unwrap().contains("left no record"), "{answer}");
    let done = user.whyfail(&["last"]);
    assert_eq!(done.status.code(), Some(2), "{}", text(&done.stderr));
}

#[test]
fn setup_registers_the_plugin_and_takes_it_out_again() {
    let user = User::new();
    let file = user.path(".docker/config.json");
    let original = "{\n\t\"auths\": {},\n\t\"zzz\": 1\n}\n";
    fs::write(&file, original).unwrap();
    let link = user.path(".docker/cli-plugins/docker-whyfail");
    let dry = user.whyfail(&["setup", "docker", "--dry-run"]);
    assert!(text(&dry.stdout).contains("would change") && !link.exists());
    assert_eq!(fs::read_to_string(&file).unwrap(), original);
    assert!(user.whyfail(&["setup", "docker"]).status.success());
    let config: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(config["features"]["hooks"], "true");
    assert!(config["plugins"]["whyfail"]["error-hooks"].as_str().unwrap().starts_with("build,"));
    let metadata = user.call(&link, &["docker-cli-plugin-metadata"]);
    assert!(text(&metadata.stdout).contains("\"SchemaVersion\":\"0.1.0\""));
    assert!(text(&user.whyfail(&["setup", "docker"]).stdout).starts_with("Nothing to do"));
    assert!(user.whyfail(&["setup", "docker", "--remove"]).status.success());
    assert_eq!(fs::read_to_string(&file).unwrap(), original);
    assert!(!link.exists());
    fs::write(&file, "{\n oops").unwrap();
    let bad = user.whyfail(&["setup", "docker"]);
    assert!(bad.status.code() == Some(2) && text(&bad.stderr).contains("config.json:2:"), "{}", text(&bad.stderr));
    assert_eq!(fs::read_to_string(&file).unwrap(), "{\n oops");
}
