//! `run --pty`: a command that is given a terminal.

use super::*;

/// `whyfail run --pty -- sh -c SCRIPT` with this input.
fn pty(sandbox: &Sandbox, script: &str, input: &[u8]) -> Ended {
    with_default_signals();
    feed(sandbox.whyfail(&["run", "--pty", "--", "sh", "-c", script]), input)
}

#[test]
fn a_command_that_wants_a_terminal_gets_one() {
    let sandbox = Sandbox::new();
    let script = "test -t 0 && test -t 1 && test -t 2 && echo $TERM && stty size </dev/tty; exit 4";
    let ended = pty(&sandbox, script, b"");
    assert_eq!((ended.code, ended.out.as_str()), (4, "xterm\r\n40 160\r\n"), "{ended:#?}");
    let mut command = sandbox.whyfail(&["run", "--pty", "--", "stty", "size"]);
    command.env("COLUMNS", "72").env("LINES", "20");
    assert_eq!(Ended::from(command.output().expect("whyfail starts")).out, "20 72\r\n");
    // Without it there is none.
    assert_eq!(sh(&sandbox, "test -t 1").code, 1);
}

#[test]
fn on_a_terminal_the_exit_status_is_the_commands_own() {
    let sandbox = Sandbox::new();
    for (script, code) in [("exit 0", 0), ("exit 255", 255), ("kill -KILL $$", 137), ("kill -INT $$; sleep 9", 130)] {
        let ended = pty(&sandbox, script, b"");
        assert_eq!((ended.code, ended.signal), (code, None), "{script}: {ended:#?}");
    }
    sandbox.file("plain.txt", "");
    for (command, code) in [("no-such-command", 127), ("./plain.txt", 126)] {
        let ended = sandbox.run(&["run", "--pty", "--", command]);
        assert_eq!(ended.code, code, "{ended:#?}");
        assert!(ended.err.contains(command), "{ended:#?}");
    }
}

#[test]
fn what_a_command_prints_on_its_terminal_comes_whole_and_is_diagnosed() {
    let sandbox = Sandbox::new();
    let ended = pty(&sandbox, "seq 1 30000; echo '/bin/sh: 1: frobnicate: not found' >&2; exit 127", b"");
    assert_eq!(ended.code, 127);
    let lines = (1..=30_000).map(|n| format!("{n}\r\n")).collect::<String>();
    assert!(ended.out == lines + "/bin/sh: 1: frobnicate: not found\r\n", "{} bytes", ended.out.len());
    assert!(ended.err.contains("frobnicate is not installed"), "{}", ended.err);
}

#[test]
fn standard_input_is_typed_on_the_terminal() {
    let sandbox = Sandbox::new();
    // Nothing is echoed, and the end of the input is the end of it, in the middle of a line, too.
    for (input, output) in [("a\nb\n", "a\r\nb\r\n"), ("", ""), ("a\nb", "a\r\nb")] {
        let ended = pty(&sandbox, "cat; exit 4", input.as_bytes());
        assert_eq!((ended.code, ended.out.as_str()), (4, output), "{input:?}");
    }
}

#[test]
fn a_daemon_that_keeps_the_terminal_does_not_hold_us_up() {
    let sandbox = Sandbox::new();
    let started = Instant::now();
    let ended = pty(&sandbox, "trap '' HUP; sleep 30 & echo $! >daemon.pid; echo started; exit 3", b"");
    let took = started.elapsed();
    let _ = Command::new("kill").arg(sandbox.read("daemon.pid").trim()).status();
    assert_eq!((ended.code, ended.out.as_str()), (3, "started\r\n"), "{ended:#?}");
    assert!(took < Duration::from_secs(20), "waited {took:?} for the daemon");
}

#[test]
fn a_signal_to_us_reaches_the_command_on_its_terminal() {
    let sandbox = Sandbox::new();
    with_default_signals();
    for (name, number) in STOP {
        let script = "echo ready; while :; do sleep 0.05; done";
        let mut child = sandbox.whyfail(&["run", "--pty", "--", "sh", "-c", script]).spawn().expect("whyfail starts");
        let mut reader = BufReader::new(child.stdout.take().expect("stdout"));
        wait_for_line(&mut reader, "ready");
        signal(&child, name);
        let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
        assert_eq!(ended.signal, Some(number), "{name}: {ended:#?}");
        assert!(ended.err.contains("── whyfail"), "{}", ended.err);
    }
}
