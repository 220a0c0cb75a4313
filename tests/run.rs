//! `whyfail run -- CMD…`: the command's streams, signals and exit status stay its own.
#![cfg(unix)]

mod common;
#[path = "run/signals.rs"]
mod signals;
#[path = "run/terminal.rs"]
mod terminal;

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Ended, Sandbox, feed, memory};

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// The signals with which others tell a process to stop.
const STOP: [(&str, i32); 3] = [("INT", 2), ("TERM", 15), ("HUP", 1)];

/// A shell that starts a job in the background lets it ignore some signals, and what is ignored stays so for all
/// descendants. A handler of our own does not: with one here, the programs under test begin with the default.
fn with_default_signals() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT};
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        for signal in [SIGHUP, SIGINT, SIGQUIT] {
            let always = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, always).expect("a handler");
        }
    });
}

/// `whyfail run -- sh -c SCRIPT`.
fn sh(sandbox: &Sandbox, script: &str) -> Ended {
    with_default_signals();
    sandbox.run(&["run", "--", "sh", "-c", script])
}

fn spawn(sandbox: &Sandbox, script: &str) -> Child {
    with_default_signals();
    sandbox.whyfail(&["run", "--", "sh", "-c", script]).spawn().expect("whyfail starts")
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().expect("kill");
    assert!(status.success());
}

/// Reads up to and with a line that holds `word`.
fn wait_for_line(reader: &mut impl BufRead, word: &str) -> String {
    let mut seen = String::new();
    loop {
        let mut line = String::new();
        let count = reader.read_line(&mut line).expect("a line");
        assert!(count > 0, "no {word:?} in {seen:?}");
        seen.push_str(&line);
        if line.contains(word) {
            return seen;
        }
    }
}

// ------------------------------------------------------------------ exit status

#[test]
fn the_exit_code_is_the_commands_own() {
    let sandbox = Sandbox::new();
    for code in [0, 1, 2, 3, 42, 100, 125, 126, 127, 137, 255] {
        assert_eq!(sh(&sandbox, &format!("exit {code}")).code, code);
    }
}

#[test]
fn the_exit_code_does_not_follow_the_log() {
    let sandbox = Sandbox::new();
    let good = sh(&sandbox, "echo 'E: Unable to locate package curl'; echo 'make: *** [all] Error 2' >&2; exit 0");
    assert_eq!(good.code, 0);
    assert_eq!(good.err, "make: *** [all] Error 2\n", "no diagnosis of what went well");
    assert_eq!(sh(&sandbox, "echo Successfully built c0ffee123456; exit 5").code, 5);
}

#[test]
fn exit_zero_does_not_hide_the_commands_status() {
    // `run` ends as its command did, always.
    let ended = Sandbox::new().run(&["--exit-zero", "run", "--", "sh", "-c", "exit 3"]);
    assert!(ended.code == 3 || ended.code == 2, "{ended:#?}");
}

#[test]
fn what_does_not_exist_is_127() {
    let sandbox = Sandbox::new();
    for command in ["no-such-command-anywhere", "./no-such-file", "/no/such/folder/x"] {
        let ended = sandbox.run(&["run", "--", command, "argument"]);
        assert_eq!(ended.code, 127, "{ended:#?}");
        assert!(ended.err.contains(command), "{ended:#?}");
        assert_eq!(ended.out, "");
    }
}

#[test]
fn what_can_not_be_executed_is_126() {
    let sandbox = Sandbox::new();
    sandbox.file("plain.txt", "echo hello\n");
    sandbox.file("folder/x", "");
    let program = sandbox.file("data", b"\x00\x01\x02 no program");
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    for command in ["./plain.txt", "./folder", "./data"] {
        let ended = sandbox.run(&["run", "--", command]);
        assert_eq!(ended.code, 126, "{command}: {ended:#?}");
        assert!(ended.err.contains(command), "{ended:#?}");
    }
}

#[test]
fn a_folder_in_the_place_of_a_file_is_no_crash() {
    let sandbox = Sandbox::new();
    sandbox.file("file", "");
    let ended = sandbox.run(&["run", "--", "./file/x"]);
    assert!(ended.code == 126 || ended.code == 127, "{ended:#?}");
}

#[test]
fn a_script_without_an_interpreter_line_runs_as_a_shell_would() {
    // execvp falls back to the shell, as `env`, `nice` and `time` do.
    let sandbox = Sandbox::new();
    let script = sandbox.file("script", "echo from a script\nexit 7\n");
    std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let ended = sandbox.run(&["run", "--", "./script"]);
    assert!((ended.code, ended.out.as_str()) == (7, "from a script\n") || ended.code == 126, "{ended:#?}");
}

#[test]
fn a_command_ended_by_a_signal_is_128_and_its_number() {
    let sandbox = Sandbox::new();
    for (name, code) in [("TERM", 143), ("KILL", 137), ("INT", 130), ("SEGV", 139), ("ABRT", 134)] {
        let ended = sh(&sandbox, &format!("kill -s {name} $$; sleep 60"));
        assert_eq!(ended.code, code, "{ended:#?}");
    }
}

#[test]
fn each_signal_that_ends_a_command_is_128_and_its_number() {
    let sandbox = Sandbox::new();
    // By default these do nothing, stop a process or let it go on: CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG, WINCH.
    let harmless = if cfg!(target_os = "linux") { &[17, 18, 19, 20, 21, 22, 23, 28][..] } else { return };
    for number in (1..=31).chain([34, 40, 64]).filter(|number| !harmless.contains(number)) {
        let ended = sh(&sandbox, &format!("ulimit -c 0; echo before; kill -{number} $$; sleep 60"));
        assert_eq!((ended.code, ended.out.as_str()), (128 + number, "before\n"), "signal {number}: {ended:#?}");
    }
}

#[test]
fn a_script_whose_interpreter_is_missing_is_126() {
    let sandbox = Sandbox::new();
    let script = sandbox.file("script", "#!/no/such/interpreter\necho hello\n");
    std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let ended = sandbox.run(&["run", "--", "./script"]);
    assert_eq!(ended.code, 126, "{ended:#?}");
    assert!(ended.err.contains("./script") && ended.err.contains("interpreter"), "{ended:#?}");
}

#[test]
fn run_without_a_command_is_wrong_usage() {
    let ended = Sandbox::new().run(&["run", "--"]);
    assert_eq!(ended.code, 2, "{ended:#?}");
}

#[test]
fn a_broken_call_of_run_is_125() {
    let sandbox = Sandbox::new();
    let ended = sandbox.run(&["run", "--signatures", "nowhere", "--", "true"]);
    assert_eq!(ended.code, 125, "{ended:#?}");
    assert!(ended.err.contains("nowhere"), "{ended:#?}");
}

#[test]
fn a_report_that_can_not_be_written_keeps_the_status() {
    let sandbox = Sandbox::new();
    let ended = sandbox.run(&["run", "-o", "no/such/folder.json", "--", "sh", "-c", "exit 9"]);
    assert_eq!(ended.code, 9, "{ended:#?}");
    assert!(ended.err.contains("no/such/folder.json"), "{ended:#?}");
}

// ------------------------------------------------------------------ streams

#[test]
fn each_stream_stays_its_own_and_unchanged() {
    let sandbox = Sandbox::new();
    let ended = sh(&sandbox, r"printf 'out\r\n\377\376\000\033[31mx'; printf 'err\n\200 no line feed' >&2");
    assert_eq!(ended.code, 0);
    assert_eq!(ended.bytes, b"out\r\n\xff\xfe\0\x1b[31mx");
    assert_eq!(ended.err_bytes, b"err\n\x80 no line feed");
}

#[test]
fn a_failing_commands_output_comes_before_the_diagnosis() {
    let sandbox = Sandbox::new();
    let ended = sh(&sandbox, "echo to stdout; echo '/bin/sh: 1: frobnicate: not found' >&2; exit 127");
    assert_eq!(ended.code, 127);
    assert_eq!(ended.out, "to stdout\n");
    assert!(ended.err.starts_with("/bin/sh: 1: frobnicate: not found\n"), "{}", ended.err);
    let report = &ended.err["/bin/sh: 1: frobnicate: not found\n".len()..];
    assert!(report.contains("frobnicate"), "{report}");
}

#[test]
fn standard_input_is_passed_on() {
    let sandbox = Sandbox::new();
    let ended = feed(sandbox.whyfail(&["run", "--", "cat"]), b"a\xff\r\nb");
    assert_eq!(ended.code, 0);
    assert_eq!(ended.bytes, b"a\xff\r\nb");
}

#[test]
fn arguments_are_passed_on_as_they_are() {
    let sandbox = Sandbox::new();
    let ended = sandbox.run(&["run", "--", "printf", "%s|", "a b", "", "--format", "-x", "--", "*", "$HOME"]);
    assert_eq!(ended.out, "a b||--format|-x|--|*|$HOME|");
    // Without the two dashes, too, as soon as the command has begun.
    let ended = sandbox.run(&["run", "printf", "%s|", "--format", "json"]);
    assert_eq!(ended.out, "--format|json|");
}

#[test]
fn output_comes_live() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.whyfail(&["run", "--", "sh", "-c", "echo ready; read word; echo got $word"]);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("whyfail starts");
    let mut input = child.stdin.take().expect("stdin");
    let mut reader = BufReader::new(child.stdout.take().expect("stdout"));
    // Blocks for ever when the output waits for the end.
    wait_for_line(&mut reader, "ready");
    input.write_all(b"go\n").expect("written");
    wait_for_line(&mut reader, "got go");
    assert_eq!(child.wait().expect("whyfail ends").code(), Some(0));
}

#[test]
fn a_prompt_without_a_line_feed_comes_live() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.whyfail(&["run", "--", "sh", "-c", "printf 'name? '; read word; echo got $word"]);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("whyfail starts");
    let mut input = child.stdin.take().expect("stdin");
    let mut out = child.stdout.take().expect("stdout");
    let mut seen = [0; 6];
    out.read_exact(&mut seen).expect("the prompt");
    assert_eq!(&seen, b"name? ");
    input.write_all(b"x\n").expect("written");
    assert_eq!(child.wait().expect("whyfail ends").code(), Some(0));
}

#[test]
fn much_output_on_both_streams_comes_whole() {
    let sandbox = Sandbox::new();
    let script = "i=0; while [ $i -lt 20000 ]; do echo \"out line $i\"; echo \"err line $i\" >&2; i=$((i+1)); done";
    let ended = sh(&sandbox, script);
    assert_eq!(ended.code, 0);
    let lines = |word: &str| (0..20_000).map(|n| format!("{word} line {n}\n")).collect::<String>();
    assert!(ended.out == lines("out") && ended.err == lines("err"));
}

#[test]
fn a_closed_standard_output_does_not_stop_the_command() {
    let sandbox = Sandbox::new();
    // More than a pipe holds, and then a mark that it came to its end.
    let script = "echo first; i=0; while [ $i -lt 20000 ]; do echo 'a line of forty characters or so, again'; i=$((i+1)); done; echo done >end.txt; exit 4";
    let mut child = spawn(&sandbox, script);
    let mut reader = BufReader::new(child.stdout.take().expect("stdout"));
    wait_for_line(&mut reader, "first");
    drop(reader);
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    assert_eq!(ended.code, 4, "{}", ended.err);
    assert_eq!(sandbox.read("end.txt"), "done\n");
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
}

#[test]
fn a_daemon_that_keeps_the_pipe_does_not_hold_us_up() {
    let sandbox = Sandbox::new();
    let started = Instant::now();
    let ended = sh(&sandbox, "sleep 120 & echo $! >daemon.pid; echo started; exit 3");
    let took = started.elapsed();
    let _ = Command::new("kill").arg(sandbox.read("daemon.pid").trim()).status();
    assert_eq!(ended.code, 3, "{ended:#?}");
    assert_eq!(ended.out, "started\n");
    assert!(took < LONG, "waited {took:?} for the daemon");
}

#[test]
fn a_daemon_that_keeps_talking_does_not_hold_us_up() {
    let sandbox = Sandbox::new();
    // It talks for thirty seconds and would do so for ever; then the test ends, whatever becomes of us.
    let daemon = "(i=0; while [ $i -lt 300 ]; do echo tick || exit; sleep 0.1; i=$((i+1)); done) & echo $! >daemon.pid";
    let started = Instant::now();
    let ended = sh(&sandbox, &format!("{daemon}; echo started; exit 3"));
    let took = started.elapsed();
    let _ = Command::new("kill").arg(sandbox.read("daemon.pid").trim()).status();
    assert_eq!(ended.code, 3, "{ended:#?}");
    assert!(ended.out.contains("started\n"), "{ended:#?}");
    assert!(took < Duration::from_secs(20), "waited {took:?} for the daemon");
}

// ------------------------------------------------------------------ slow, full and odd outputs

#[test]
fn a_slow_reader_loses_nothing() {
    let sandbox = Sandbox::new();
    // More than two pipes hold; the command has long ended when it is read.
    let mut child = spawn(&sandbox, "seq 1 40000; echo done >end.txt; exit 3");
    let mut out = child.stdout.take().expect("stdout");
    std::thread::sleep(Duration::from_secs(4));
    let mut seen = String::new();
    out.read_to_string(&mut seen).expect("text");
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    assert_eq!(ended.code, 3, "{ended:#?}");
    assert_eq!(seen, (1..=40_000).map(|n| format!("{n}\n")).collect::<String>());
}

#[test]
fn who_tells_us_to_stop_need_not_wait_for_a_reader_that_never_reads() {
    let sandbox = Sandbox::new();
    let mut child = spawn(&sandbox, "echo 'make: gcc: No such file or directory' >&2; exec yes 'a line of output'");
    let out = child.stdout.take().expect("stdout");
    std::thread::sleep(Duration::from_secs(1));
    let started = Instant::now();
    signal(&child, "TERM");
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    drop(out);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!(ended.signal, Some(15), "{ended:#?}");
    assert!(ended.err.contains("gcc is not installed"), "{}", ended.err);
}

#[test]
fn a_full_disk_behind_standard_output_is_said_and_stops_nothing() {
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else { return };
    let sandbox = Sandbox::new();
    let script = "seq 1 100000; echo '/bin/sh: 1: frobnicate: not found'; echo done >end.txt; exit 4";
    let mut command = sandbox.whyfail(&["run", "--", "sh", "-c", script]);
    let ended = Ended::from(command.stdout(full).output().expect("whyfail starts"));
    assert_eq!(ended.code, 4, "{ended:#?}");
    assert_eq!(sandbox.read("end.txt"), "done\n");
    assert_eq!(ended.err.matches("standard output can't be written").count(), 1, "{}", ended.err);
    assert!(ended.err.contains("frobnicate"), "{}", ended.err);
}

#[test]
fn a_closed_standard_error_stops_nothing() {
    let sandbox = Sandbox::new();
    let script = "for i in 1 2 3; do seq 1 30000 >&2; done; echo out; exit 4";
    let mut child = spawn(&sandbox, script);
    drop(child.stderr.take());
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    assert_eq!((ended.code, ended.out.as_str()), (4, "out\n"), "{ended:#?}");
}

#[test]
fn streams_that_are_closed_from_the_start() {
    let sandbox = Sandbox::new();
    for closed in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
        let script = format!("exec \"$0\" run -o report.json -- sh -c 'echo out; echo err >&2; exit 3' {closed}");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_whyfail")]).current_dir(sandbox.path());
        let ended = Ended::from(command.output().expect("sh"));
        assert_eq!(ended.code, 3, "{closed}: {ended:#?}");
        assert!(!ended.err.contains("panicked"), "{closed}: {ended:#?}");
        // No file got the number of a closed stream: the report is whole.
        let report: serde_json::Value = serde_json::from_str(&sandbox.read("report.json")).expect("JSON");
        assert_eq!(report["results"][0]["run"]["exit_code"], 3, "{closed}");
    }
}

#[test]
fn a_pipe_that_says_not_now_loses_nothing() {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    let sandbox = Sandbox::new();
    let (mut from, to) = std::io::pipe().expect("a pipe");
    fcntl(&to, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("flags");
    let mut command = sandbox.whyfail(&["run", "--", "sh", "-c", "seq 1 60000; exit 3"]);
    let child = command.stdout(to).spawn().expect("whyfail starts");
    drop(command);
    std::thread::sleep(Duration::from_millis(500));
    let mut seen = String::new();
    from.read_to_string(&mut seen).expect("text");
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    assert_eq!(ended.code, 3, "{ended:#?}");
    assert_eq!(seen, (1..=60_000).map(|n| format!("{n}\n")).collect::<String>());
}

#[cfg(target_os = "linux")]
#[test]
fn output_without_end_takes_no_memory() {
    const SIZE: usize = 300_000_000;
    let sandbox = Sandbox::new();
    let script = format!("yes 'a line of ordinary output of about fifty characters' | head -c {SIZE}; exit 3");
    let mut child = spawn(&sandbox, &script);
    let mut out = child.stdout.take().expect("stdout");
    let (mut room, mut count, mut most) = (vec![0; 1 << 20], 0, None);
    loop {
        let more = out.read(&mut room).expect("read");
        if more == 0 {
            break;
        }
        count += more;
        // A reader that pauses makes everybody wait.
        if count % 64 == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        if count > SIZE / 2 && count < SIZE {
            // It may have ended, with the last bytes still on their way.
            most = memory::peak(child.id()).max(most);
        }
    }
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    assert_eq!((ended.code, count), (3, SIZE), "{ended:#?}");
    assert!(most.is_some_and(|most| most <= 24 * 1024), "{most:?} KiB");
}

#[test]
fn a_line_without_end_comes_whole() {
    const SIZE: usize = 20_000_000;
    let sandbox = Sandbox::new();
    let ended = sh(&sandbox, &format!("head -c {SIZE} /dev/zero | tr '\\0' x; exit 3"));
    assert_eq!((ended.code, ended.bytes.len()), (3, SIZE));
    assert!(ended.bytes.iter().all(|byte| *byte == b'x'));
}

// ------------------------------------------------------------------ the report

#[test]
fn a_known_cause_is_told_on_standard_error() {
    let sandbox = Sandbox::new();
    let ended = sh(&sandbox, "echo '# example.com/app'; echo './main.go:12:3: undefined: greet'; exit 1");
    assert_eq!(ended.code, 1);
    assert_eq!(ended.out, "# example.com/app\n./main.go:12:3: undefined: greet\n");
    assert!(ended.err.contains("main.go:12") && ended.err.contains("undefined: greet"), "{}", ended.err);
}

#[test]
fn an_unknown_failure_is_told_with_its_exit_code() {
    let sandbox = Sandbox::new();
    let ended = sh(&sandbox, "echo 'policy: image shop has no owner label, release rejected'; exit 69");
    assert_eq!(ended.code, 69);
    assert!(ended.err.contains("no owner label"), "{}", ended.err);
    assert!(ended.err.contains("69"), "{}", ended.err);
}

#[test]
fn a_silent_failure_is_told_too() {
    let ended = sh(&Sandbox::new(), "exit 3");
    assert_eq!((ended.code, ended.out.as_str()), (3, ""));
    assert!(!ended.err.trim().is_empty());
}

#[test]
fn success_is_silent() {
    let ended = sh(&Sandbox::new(), "echo fine; echo well >&2");
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (0, "fine\n", "well\n"));
}

#[test]
fn lines_of_two_streams_never_mix() {
    let sandbox = Sandbox::new();
    // The halves of a line come apart in time; the other stream speaks in between.
    let script =
        "printf '/bin/sh: 1: frob'; sleep 0.2; echo between >&2; sleep 0.2; echo 'nicate: not found'; exit 127";
    let ended = sandbox.run(&["run", "-o", "json=report", "--", "sh", "-c", script]);
    assert_eq!(ended.code, 127);
    let report: serde_json::Value = serde_json::from_str(&sandbox.read("report")).expect("JSON");
    assert_eq!(report["results"][0]["causes"][0]["evidence"][0]["text"], "/bin/sh: 1: frobnicate: not found");
}

#[test]
fn reports_tell_how_the_command_ended() {
    let sandbox = Sandbox::new();
    for (script, outcome, exit_code, signal) in [
        ("exit 3", "failed", Some(3), None),
        ("echo Successfully built c0ffee123456; exit 3", "failed", Some(3), None),
        ("exit 0", "no_failure", Some(0), None),
        ("echo 'E: Unable to locate package curl'; exit 0", "no_failure", Some(0), None),
        ("kill -s KILL $$", "failed", None, Some(9)),
    ] {
        sandbox.run(&["run", "-o", "report.json", "--", "sh", "-c", script]);
        let report: serde_json::Value = serde_json::from_str(&sandbox.read("report.json")).expect("JSON");
        let result = &report["results"][0];
        assert_eq!(result["outcome"], outcome, "{script}");
        assert_eq!(result["run"]["command"], serde_json::json!(["sh", "-c", script]));
        assert_eq!(result["run"]["exit_code"], serde_json::json!(exit_code), "{script}");
        assert_eq!(result["run"]["signal"], serde_json::json!(signal), "{script}");
        assert!(result["run"]["duration_ms"].is_u64());
    }
}

#[test]
fn the_format_of_the_report_may_be_chosen() {
    let sandbox = Sandbox::new();
    let ended = sandbox.run(&["run", "--format", "json", "--", "sh", "-c", "echo out; exit 3"]);
    assert_eq!((ended.code, ended.out.as_str()), (3, "out\n"));
    let report: serde_json::Value = serde_json::from_str(&ended.err).unwrap_or_else(|e| panic!("{e}: {}", ended.err));
    assert_eq!(report["results"][0]["run"]["exit_code"], 3);
}

#[test]
fn secrets_of_the_command_line_are_masked_in_the_report() {
    let sandbox = Sandbox::new();
    sandbox.run(&[
        "run",
        "-o",
        "report.json",
        "--",
        "sh",
        "-c",
        "exit 1",
        "--password=hunter2222",
        "https://bob:hunter2222@example.org/",
    ]);
    let report = sandbox.read("report.json");
    assert!(!report.contains("hunter2222"), "{report}");
}
