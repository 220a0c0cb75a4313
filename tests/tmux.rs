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

/// A pane with a shell that knows job control, and keys typed into it.
struct Shell<'s> {
    tmux: Tmux<'s>,
}

impl<'s> Shell<'s> {
    fn new(sandbox: &'s Sandbox) -> Self {
        let tmux = Tmux::new(sandbox, 100, "true");
        tmux.wait();
        let program = Path::new(env!("CARGO_BIN_EXE_whyfail")).parent().expect("a folder").display().to_string();
        let shell = format!("env PS1='$ ' PATH={program}:$PATH ENV= sh -i");
        tmux.run(&["respawn-pane", "-k", &shell]);
        tmux.wait_for("$");
        Shell { tmux }
    }

    /// Types a line.
    fn line(&self, text: &str) {
        self.tmux.run(&["send-keys", "-l", text]);
        self.key("Enter");
    }

    fn key(&self, name: &str) {
        self.tmux.run(&["send-keys", name]);
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

// ------------------------------------------------------------------ at a terminal

#[test]
fn ctrl_c_stops_the_command_first_and_then_the_diagnosis_comes() {
    if !tmux_is_there() {
        return;
    }
    for option in ["", "--pty"] {
        let sandbox = Sandbox::new();
        let shell = Shell::new(&sandbox);
        sandbox.file("build.sh", "echo '/bin/sh: 1: frobnicate: not found'\necho rea''dy\nsleep 600\n");
        shell.line(&format!("whyfail run {option} -- sh build.sh; echo status $?."));
        shell.tmux.wait_for("\nready");
        shell.key("C-c");
        shell.tmux.wait_for("whyfail explain sh/command-not-found");
        // A shell that saw the signal does not go on with the line; one that goes on shows the status.
        shell.line("echo the next $?.");
        shell.tmux.wait_for("the next 130.");
        let screen = String::from_utf8_lossy(&shell.tmux.capture()).into_owned();
        assert!(!screen.contains("status 0."), "{screen}");
    }
}

#[test]
fn ctrl_z_stops_command_and_diagnoser_and_both_go_on() {
    if !tmux_is_there() {
        return;
    }
    let sandbox = Sandbox::new();
    let shell = Shell::new(&sandbox);
    sandbox.file("build.sh", "echo rea''dy\nwhile ! test -e go; do sleep 0.1; done\necho on''ward\nexit 5\n");
    shell.line("set -m");
    shell.line("whyfail run -- sh build.sh");
    shell.tmux.wait_for("\nready");
    shell.key("C-z");
    shell.tmux.wait_for("Stopped");
    sandbox.file("go", "");
    shell.line("fg; echo status $?.");
    shell.tmux.wait_for("\nonward");
    shell.tmux.wait_for("status 5.");
}

#[test]
fn a_new_size_reaches_the_command_and_the_terminal_is_put_back() {
    if !tmux_is_there() {
        return;
    }
    let sandbox = Sandbox::new();
    let shell = Shell::new(&sandbox);
    let script = "trap 'stty size >size.new' WINCH\nstty size >size\necho rea''dy\n\
                  while ! test -s size.new; do sleep 0.1; done\nread word\necho got $word\nexit 4\n";
    sandbox.file("build.sh", script);
    shell.line("stty -a >before; whyfail run --pty -- sh build.sh; echo status $?.; stty -a >after");
    shell.tmux.wait_for("\nready");
    assert_eq!(sandbox.read("size"), "24 100\n");
    shell.tmux.run(&["resize-window", "-x", "66", "-y", "30"]);
    let started = Instant::now();
    while std::fs::read_to_string(sandbox.path().join("size.new")).unwrap_or_default() != "30 66\n" {
        assert!(started.elapsed() < LONG, "the new size is not seen");
        std::thread::sleep(Duration::from_millis(20));
    }
    // What is typed reaches the command.
    shell.line("wo''rd");
    shell.tmux.wait_for("\ngot wo''rd");
    shell.tmux.wait_for("status 4.");
    shell.line("stty -a >after; echo put''back");
    shell.tmux.wait_for("\nputback");
    let modes = |name: &str| {
        sandbox.read(name).split_once(';').expect("a speed").1.split_once("line =").expect("modes").1.to_owned()
    };
    assert_eq!(modes("before"), modes("after"));
}

#[test]
fn ctrl_c_ends_a_log_that_is_followed_with_the_diagnosis_so_far() {
    if !tmux_is_there() {
        return;
    }
    let sandbox = Sandbox::new();
    let shell = Shell::new(&sandbox);
    sandbox.file("build.log", "/bin/sh: 1: frobnicate: not found\n");
    shell.line("tail -f build.log | whyfail");
    shell.tmux.wait_for("\n/bin/sh: 1: frobnicate");
    std::thread::sleep(Duration::from_millis(500));
    shell.key("C-c");
    shell.tmux.wait_for("whyfail explain sh/command-not-found");
    shell.line("echo the next $?.");
    shell.tmux.wait_for("the next 130.");
}
