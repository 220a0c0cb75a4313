//! A failed build that is only on the screen: captured out of a tmux pane, or copied and pasted.
//!
//! Without tmux these tests are skipped, and say so; with `CI` set that is a failure.
#![cfg(unix)]

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use common::{Sandbox, corpus, feed};
use serde_json::Value;

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// A tmux server of its own, with one pane.
struct Tmux<'s> {
    sandbox: &'s Sandbox,
    /// What the pane shows when its script has ended.
    end: String,
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        let _ = self.command(&["kill-server"]).output();
    }
}

impl<'s> Tmux<'s> {
    /// A pane that runs `script` and stays open behind it.
    fn new(sandbox: &'s Sandbox, columns: u32, script: &str) -> Self {
        sandbox.file("tmux.conf", "set -g history-limit 50000\nset -s exit-empty on\n");
        // What was copied from one pane does not end the next.
        static PANES: AtomicU32 = AtomicU32::new(0);
        let number = PANES.fetch_add(1, Ordering::SeqCst);
        let tmux = Tmux { sandbox, end: format!("THE-END-{number}.") };
        let script = format!("{script}; printf '\\nTHE-%s-{number}.\\n' END; exec sleep 600");
        tmux.run(&["new-session", "-d", "-x", &columns.to_string(), "-y", "24", &script]);
        tmux
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        // A server that was told to end takes a moment: the next one has a socket of its own.
        command.args(["-u", "-S", &format!("tmux.{}socket", self.end), "-f", "tmux.conf"]).args(arguments);
        command.current_dir(self.sandbox.path()).env_clear().env("HOME", self.sandbox.path());
        command.env("XDG_CONFIG_HOME", self.sandbox.path().join("config"));
        command.env("LC_ALL", "C.UTF-8").env("TERM", "xterm").env("SHELL", "/bin/sh");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.command(arguments).output().expect("tmux starts");
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Waits until the pane shows `text`.
    fn wait_for(&self, text: &str) {
        let start = Instant::now();
        loop {
            let screen = String::from_utf8_lossy(&self.run(&["capture-pane", "-p"])).into_owned();
            if screen.contains(text) {
                return;
            }
            assert!(start.elapsed() < LONG, "no {text:?} on the screen:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until its script has ended.
    fn wait(&self) {
        self.wait_for(&self.end);
    }

    /// What the recipe captures.
    fn capture(&self) -> Vec<u8> {
        self.run(&["capture-pane", "-pJS", "-"])
    }
}

/// Is tmux there? A skip says so.
fn tmux_is_there() -> bool {
    let there = Command::new("tmux").arg("-V").output().is_ok_and(|output| output.status.success());
    if !there {
        assert!(std::env::var_os("CI").is_none(), "tmux is missing, and with CI set these tests must run");
        eprintln!("skipped: tmux is not installed");
    }
    there
}

/// The causes of a report, whatever their order, and what is said of the end of the build.
fn answer(report: &Value) -> (BTreeSet<String>, String) {
    let result = &report["results"][0];
    let causes = result["causes"].as_array().expect("causes").iter();
    let causes = causes.map(|cause| cause["signature"].as_str().expect("an id").to_owned()).collect();
    (causes, result["outcome"].as_str().expect("an outcome").to_owned())
}

fn of_file(sandbox: &Sandbox, log: &Path) -> (BTreeSet<String>, String) {
    answer(&sandbox.run(&["--exit-zero", "-f", "json", &log.display().to_string()]).json())
}

fn of_screen(sandbox: &Sandbox, screen: &[u8]) -> (BTreeSet<String>, String) {
    answer(&feed(sandbox.whyfail(&["--exit-zero", "--no-echo", "-f", "json"]), screen).json())
}

fn logs(wanted: impl Fn(&str) -> bool) -> Vec<std::path::PathBuf> {
    corpus().into_iter().filter(|log| wanted(&log.display().to_string())).collect()
}

fn captured_is_as_good_as_saved(logs: &[std::path::PathBuf], columns: u32) {
    let sandbox = Sandbox::new();
    for log in logs {
        let tmux = Tmux::new(&sandbox, columns, &format!("cat '{}'", log.display()));
        tmux.wait();
        let screen = tmux.capture();
        drop(tmux);
        assert_eq!(of_screen(&sandbox, &screen), of_file(&sandbox, log), "{} at {columns} columns", log.display());
    }
}

#[test]
fn a_plain_log_in_a_narrow_pane() {
    if !tmux_is_there() {
        return;
    }
    let plain = logs(|log| log.ends_with("/buildkit-0.29.log") || log.ends_with("/classic.log"));
    assert!(plain.is_empty() || plain.len() > 20, "the corpus is there or it is not");
    let some: Vec<_> = plain.into_iter().step_by(6).collect();
    captured_is_as_good_as_saved(&some, 80);
    captured_is_as_good_as_saved(&some, 47);
}

#[test]
fn a_screen_full_of_redraws() {
    if !tmux_is_there() {
        return;
    }
    captured_is_as_good_as_saved(&logs(|log| log.ends_with("-tty-80.log")), 80);
    captured_is_as_good_as_saved(&logs(|log| log.ends_with("-tty-120.log")), 120);
}

#[test]
fn the_recipe_as_it_stands() {
    if !tmux_is_there() {
        return;
    }
    let readme = std::fs::read_to_string(common::repository("integrations/README.md")).expect("a readme");
    let recipe = readme.lines().find(|line| line.starts_with("tmux capture-pane")).expect("the recipe");
    let sandbox = Sandbox::new();
    sandbox.file("x.log", std::fs::read(common::repository("tests/cases/12-bake-two-targets/log.txt")).expect("a log"));
    let tmux = Tmux::new(&sandbox, 80, "cat x.log");
    tmux.wait();
    // As in a shell of that pane: TMUX and TMUX_PANE say which server and pane.
    let here =
        String::from_utf8(tmux.run(&["display-message", "-p", "#{socket_path},#{pid},0 #{pane_id}"])).expect("text");
    let (server, pane) = here.trim().split_once(' ').expect("two words");
    let program = Path::new(env!("CARGO_BIN_EXE_whyfail")).parent().expect("a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("PATH"));
    let mut shell = Command::new("sh");
    shell.args(["-c", recipe]).current_dir(sandbox.path()).env_clear();
    shell.env("PATH", path).env("HOME", sandbox.path()).env("LC_ALL", "C.UTF-8");
    shell.env("TMUX", server).env("TMUX_PANE", pane);
    let ended = common::Ended::from(shell.output().expect("sh"));
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(ended.out.starts_with("── whyfail "), "no echo: {ended:#?}");
    assert!(ended.out.contains("refuses to serve example.com/greet"), "{ended:#?}");
}

#[test]
fn a_paste_into_the_terminal() {
    if !tmux_is_there() {
        return;
    }
    let sandbox = Sandbox::new();
    let mut pasted =
        logs(|log| log.ends_with("/proxy-403/buildkit-0.29-tty-80.log") || log.ends_with("/buildkit-0.29.log"));
    pasted.truncate(6);
    pasted.push(common::repository("tests/cases/12-bake-two-targets/log.txt"));
    for log in pasted {
        // What a person copies is the screen.
        let shown = Tmux::new(&sandbox, 100, &format!("cat '{}'", log.display()));
        shown.wait();
        sandbox.file("copied", shown.capture());
        drop(shown);
        let tmux = Tmux::new(&sandbox, 100, &format!("'{}' -o json=report.json", env!("CARGO_BIN_EXE_whyfail")));
        tmux.wait_for("Paste the log");
        tmux.run(&["load-buffer", "copied"]);
        tmux.run(&["paste-buffer"]);
        tmux.run(&["send-keys", "Enter"]);
        tmux.run(&["send-keys", "C-d"]);
        tmux.wait();
        let screen = String::from_utf8_lossy(&tmux.capture()).into_owned();
        assert!(screen.contains("── whyfail "), "{screen}");
        let report: Value = serde_json::from_str(&sandbox.read("report.json")).expect("JSON");
        assert_eq!(answer(&report), of_file(&sandbox, &log), "{}", log.display());
    }
}
