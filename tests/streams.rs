//! Standard input and output that end early, never, slowly or not at all: the exit status can be trusted in each case.
#![cfg(unix)]

mod common;

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Ended, FAILED, Sandbox, feed, memory};

const FORMATS: [&str; 5] = ["text", "brief", "json", "github", "markdown"];
/// The signals with which others tell a process to stop.
const STOP: [(&str, i32); 3] = [("INT", 2), ("TERM", 15), ("HUP", 1)];

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().expect("kill");
    assert!(status.success());
}

/// A shell that starts a job in the background lets it ignore some signals. With a handler of our own, the programs under test begin
/// with the default.
fn with_default_signals() {
    use signal_hook::consts::{SIGHUP, SIGINT};
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        for signal in [SIGHUP, SIGINT] {
            let always = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, always).expect("a handler");
        }
    });
}

/// `whyfail` with a pipe that is kept open.
fn open_pipe(sandbox: &Sandbox, arguments: &[&str]) -> (Child, std::process::ChildStdin) {
    with_default_signals();
    let mut child = sandbox.whyfail(arguments).stdin(Stdio::piped()).spawn().expect("whyfail starts");
    let stdin = child.stdin.take().expect("stdin");
    (child, stdin)
}

/// What nobody can write to.
fn full() -> Option<File> {
    File::options().write(true).open("/dev/full").ok()
}

/// A failed build of so many lines.
fn long(lines: usize) -> String {
    format!("{}{FAILED}", "a line of ordinary output that says nothing\n".repeat(lines))
}

// ------------------------------------------------------------------ nobody reads

#[test]
fn a_saved_log_is_read_to_its_end_though_nobody_reads_the_echo() {
    let sandbox = Sandbox::new();
    let log = sandbox.file("build.log", long(100_000));
    for format in FORMATS {
        for wanted in [0, 1, 50] {
            let mut command = sandbox.whyfail(&["-f", format]);
            let mut child = command.stdin(File::open(&log).expect("a log")).spawn().expect("whyfail starts");
            let mut out = child.stdout.take().expect("stdout");
            let _ = out.read_exact(&mut vec![0; wanted]);
            drop(out);
            let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
            assert_eq!((ended.code, ended.err.as_str()), (1, ""), "{format}, {wanted} bytes read: {ended:#?}");
        }
    }
}

#[test]
fn a_log_of_which_not_all_was_seen_is_not_called_good() {
    let sandbox = Sandbox::new();
    let (mut child, mut stdin) = open_pipe(&sandbox, &["-o", "report.json"]);
    let mut out = child.stdout.take().expect("stdout");
    let writer = std::thread::spawn(move || while stdin.write_all(b"a line of a log without end\n").is_ok() {});
    out.read_exact(&mut [0; 10]).expect("an echo");
    drop(out);
    writer.join().expect("the writer is stopped");
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    assert_eq!((ended.code, ended.err.as_str()), (3, ""), "{ended:#?}");
    let report: serde_json::Value = serde_json::from_str(&sandbox.read("report.json")).expect("JSON");
    assert_eq!(report["results"][0]["outcome"], "undetermined");
}

#[test]
fn a_closed_standard_error_is_no_failure() {
    let sandbox = Sandbox::new();
    sandbox.file("build.log", FAILED);
    for (arguments, code) in [(&["build.log"][..], 1), (&["no-such.log"], 2), (&["--no-such-option"], 2)] {
        let mut child = sandbox.whyfail(arguments).spawn().expect("whyfail starts");
        drop(child.stderr.take());
        let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
        assert_eq!(ended.code, code, "{arguments:?}: {ended:#?}");
    }
    let mut child = sandbox.whyfail(&["-f", "json", "--echo", "-"]).stdin(Stdio::piped()).spawn().expect("whyfail");
    drop(child.stderr.take());
    let mut stdin = child.stdin.take().expect("stdin");
    let _ = stdin.write_all(FAILED.as_bytes());
    drop(stdin);
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    assert_eq!(ended.json()["results"][0]["outcome"], "failed", "{ended:#?}");
}

#[test]
fn streams_that_are_closed_from_the_start() {
    let sandbox = Sandbox::new();
    sandbox.file("build.log", FAILED);
    for (call, code) in [
        ("build.log -o report.json >&-", 1),
        ("build.log -o report.json <&- >&- 2>&-", 1),
        ("build.log -o report.json 2>&-", 1),
        ("-o report.json <build.log >&-", 1),
        // As good as an empty log.
        ("-o report.json <&-", 0),
        ("no-such.log -o report.json <&- >&- 2>&-", 2),
    ] {
        sandbox.file("report.json", "");
        let mut command = Command::new("sh");
        command.args(["-c", &format!("exec \"$0\" {call}"), env!("CARGO_BIN_EXE_whyfail")]);
        let ended = Ended::from(command.current_dir(sandbox.path()).output().expect("sh"));
        assert_eq!(ended.code, code, "{call}: {ended:#?}");
        assert!(!ended.err.contains("panicked"), "{call}: {ended:#?}");
        // No file got the number of a closed stream: the report is whole.
        if code < 2 {
            let report: serde_json::Value = serde_json::from_str(&sandbox.read("report.json")).expect(call);
            assert_eq!(report["results"][0]["outcome"] == "failed", code == 1, "{call}");
        }
    }
}

// ------------------------------------------------------------------ no room

#[test]
fn a_full_disk_under_a_report_is_said_and_keeps_nothing_else_from_being_written() {
    if full().is_none() {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.file("build.log", FAILED);
    for (name, _) in FORMATS.iter().zip(0..) {
        let file = format!("{name}=/dev/full");
        let ended = sandbox.run(&["-o", &file, "-o", "report.json", "build.log"]);
        common::assert_ends(&ended, 2, "/dev/full: can't be written: No space left");
        assert!(ended.out.contains("make is not installed"), "{name}: {ended:#?}");
        assert!(sandbox.read("report.json").contains("make: not found"), "{name}");
    }
    let ended = sandbox.run(&["--outputs", "/dev/full", "build.log"]);
    common::assert_ends(&ended, 2, "--outputs /dev/full: can't be written");
    assert!(ended.out.contains("make is not installed"), "{ended:#?}");
    let ended = sandbox.run(&["run", "-o", "json=/dev/full", "--", "sh", "-c", "cat build.log; exit 9"]);
    common::assert_ends(&ended, 9, "/dev/full: can't be written");
    assert!(ended.err.contains("make is not installed"), "{ended:#?}");
}

#[test]
fn a_full_disk_under_standard_output_is_said() {
    if full().is_none() {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.file("build.log", FAILED);
    let with_full = |arguments: &[&str], log: &str| {
        let mut command = sandbox.whyfail(arguments);
        command.stdout(full().expect("/dev/full"));
        feed(command, log.as_bytes())
    };
    for format in FORMATS {
        common::assert_ends(&with_full(&["-f", format, "build.log"], ""), 2, "No space left");
        common::assert_ends(&with_full(&["-f", format, "--no-echo"], FAILED), 2, "No space left");
    }
    // The echo, too; the writer is not stopped by it, and the report goes where there is room.
    for log in [FAILED.to_owned(), long(100_000)] {
        let ended = with_full(&["-o", "report.json"], &log);
        common::assert_ends(&ended, 2, "the log can't be passed through: No space left");
        let report: serde_json::Value = serde_json::from_str(&sandbox.read("report.json")).expect("JSON");
        assert_eq!(report["results"][0]["source"]["bytes"], log.len());
        assert_eq!(report["results"][0]["outcome"], "failed");
    }
    for arguments in [&["list"][..], &["list", "--format", "json"], &["explain", "go/checksum-mismatch"]] {
        common::assert_ends(&with_full(arguments, ""), 2, "No space left");
    }
}

#[test]
fn a_full_disk_under_standard_error_is_no_failure() {
    let Some(full) = full() else { return };
    let sandbox = Sandbox::new();
    let mut command = sandbox.whyfail(&["no-such.log"]);
    assert_eq!(command.stderr(full).status().expect("whyfail starts").code(), Some(2));
}

// ------------------------------------------------------------------ slow readers

#[test]
fn a_slow_reader_gets_all_and_costs_no_memory() {
    let sandbox = Sandbox::new();
    let log = long(1_500_000);
    let (mut child, mut stdin) = open_pipe(&sandbox, &[]);
    let mut out = child.stdout.take().expect("stdout");
    let whole = log.clone();
    let writer = std::thread::spawn(move || drop(stdin.write_all(whole.as_bytes())));
    let (mut seen, mut room, mut most) = (Vec::new(), vec![0; 1 << 20], 0);
    while seen.len() < log.len() {
        let count = out.read(&mut room).expect("read");
        assert!(count > 0, "the echo ends after {} bytes", seen.len());
        seen.extend_from_slice(&room[..count]);
        if seen.len() % 16 == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        most = most.max(memory::peak(child.id()).unwrap_or(0));
    }
    writer.join().expect("written");
    out.read_to_end(&mut seen).expect("the report");
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(seen.starts_with(log.as_bytes()));
    assert!(String::from_utf8_lossy(&seen[log.len()..]).contains("make is not installed"));
    assert!(most <= 24 * 1024, "{most} KiB");
}

#[test]
fn pipes_that_say_not_now_lose_nothing() {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    let sandbox = Sandbox::new();
    let log = long(50_000);
    let (input, mut to_input) = std::io::pipe().expect("a pipe");
    let (mut from_output, output) = std::io::pipe().expect("a pipe");
    fcntl(&input, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("flags");
    fcntl(&output, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("flags");
    let mut command = sandbox.whyfail(&[]);
    let child = command.stdin(input).stdout(output).spawn().expect("whyfail starts");
    drop(command);
    let whole = log.clone();
    let writer = std::thread::spawn(move || {
        for piece in whole.as_bytes().chunks(300_000) {
            std::thread::sleep(Duration::from_millis(30));
            to_input.write_all(piece).expect("written");
        }
    });
    std::thread::sleep(Duration::from_millis(300));
    let mut seen = String::new();
    from_output.read_to_string(&mut seen).expect("text");
    writer.join().expect("written");
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(seen.starts_with(&log) && seen[log.len()..].contains("make is not installed"));
}

// ------------------------------------------------------------------ no end

#[test]
fn who_stops_us_gets_the_diagnosis_so_far() {
    let sandbox = Sandbox::new();
    for (name, number) in STOP {
        for arguments in [&[][..], &["--no-echo"], &["-f", "json"], &["-o", "report.json"]] {
            let (child, mut stdin) = open_pipe(&sandbox, arguments);
            stdin.write_all(b"/bin/sh: 1: frobnicate: not found\n").expect("written");
            // It has to be read first, and nothing tells when.
            std::thread::sleep(Duration::from_millis(600));
            let started = Instant::now();
            signal(&child, name);
            let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
            assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
            drop(stdin);
            // Its caller sees the signal.
            assert_eq!(ended.signal, Some(number), "{name} {arguments:?}: {ended:#?}");
            assert!(ended.out.contains("frobnicate is not installed"), "{name} {arguments:?}: {ended:#?}");
            if arguments.contains(&"report.json") {
                assert!(sandbox.read("report.json").contains("frobnicate is not installed"));
            }
        }
    }
}

#[test]
fn last_words_of_who_was_stopped_with_us_are_read() {
    let sandbox = Sandbox::new();
    let (child, mut stdin) = open_pipe(&sandbox, &[]);
    stdin.write_all(b"#7 [2/2] RUN make\n").expect("written");
    std::thread::sleep(Duration::from_millis(600));
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(100));
    stdin.write_all(b"#7 0.3 /bin/sh: 1: make: not found\n#7 ERROR: exit code: 127\n").expect("written");
    drop(stdin);
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    assert_eq!(ended.signal, Some(2), "{ended:#?}");
    assert!(ended.out.contains("make is not installed"), "{ended:#?}");
}

#[test]
fn a_log_that_comes_without_end_is_stopped_too() {
    let sandbox = Sandbox::new();
    let (mut child, mut stdin) = open_pipe(&sandbox, &[]);
    let mut out = BufReader::new(child.stdout.take().expect("stdout"));
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(b"/bin/sh: 1: frobnicate: not found\n");
        while stdin.write_all(b"a line of a log without end\n").is_ok() {}
    });
    let mut line = String::new();
    out.read_line(&mut line).expect("an echo");
    let started = Instant::now();
    signal(&child, "TERM");
    let mut rest = Vec::new();
    out.read_to_end(&mut rest).expect("the report");
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    writer.join().expect("the writer is stopped");
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert_eq!(ended.signal, Some(15), "{ended:#?}");
    assert!(String::from_utf8_lossy(&rest).contains("frobnicate is not installed"));
}

#[test]
fn a_second_signal_ends_at_once() {
    let sandbox = Sandbox::new();
    let (mut child, mut stdin) = open_pipe(&sandbox, &[]);
    // Nobody reads the echo.
    let out = child.stdout.take().expect("stdout");
    let writer = std::thread::spawn(move || while stdin.write_all(b"a line of a log without end\n").is_ok() {});
    std::thread::sleep(Duration::from_millis(600));
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(200));
    signal(&child, "INT");
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    drop(out);
    writer.join().expect("the writer is stopped");
    assert_eq!(ended.signal, Some(2), "{ended:#?}");
}

#[test]
fn what_we_were_started_to_ignore_does_not_stop_us() {
    let sandbox = Sandbox::new();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP INT; exec \"$0\" --no-echo", env!("CARGO_BIN_EXE_whyfail")]);
    command.current_dir(sandbox.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("sh");
    let mut stdin = child.stdin.take().expect("stdin");
    stdin.write_all(b"a line\n").expect("written");
    std::thread::sleep(Duration::from_millis(600));
    signal(&child, "HUP");
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(600));
    stdin.write_all(FAILED.as_bytes()).expect("written");
    drop(stdin);
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(ended.out.contains("make is not installed"), "{ended:#?}");
}
