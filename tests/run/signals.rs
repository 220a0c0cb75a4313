//! `run` and signals: to the command, to us, and what our caller sees.

use super::*;

/// Starts it, waits until it says `ready`, sends it the signal and waits for its end.
fn stopped(sandbox: &Sandbox, script: &str, name: &str) -> Ended {
    let mut child = spawn(sandbox, script);
    let mut reader = BufReader::new(child.stdout.take().expect("stdout"));
    wait_for_line(&mut reader, "ready");
    signal(&child, name);
    let ended = child.wait_with_output().expect("whyfail ends");
    let mut rest = String::new();
    reader.read_to_string(&mut rest).expect("text");
    Ended { out: rest, ..Ended::from(ended) }
}

#[test]
fn a_signal_to_us_reaches_the_command_and_our_caller() {
    let sandbox = Sandbox::new();
    for (name, number) in STOP {
        let ended = stopped(&sandbox, "echo ready; while :; do sleep 0.05; done", name);
        assert_eq!(ended.signal, Some(number), "{name}: {ended:#?}");
    }
    // A shell makes an exit status of it.
    let script = "\"$0\" run -- sh -c 'kill -TERM $PPID; sleep 60'; echo status $?";
    let shell = Command::new("sh").args(["-c", script, env!("CARGO_BIN_EXE_whyfail")]).output().expect("sh");
    assert!(String::from_utf8_lossy(&shell.stdout).contains("status 143"), "{shell:?}");
}

#[test]
fn a_command_may_catch_the_signal_and_clean_up() {
    let sandbox = Sandbox::new();
    let script = "trap 'echo cleaned >clean.txt; echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done";
    let ended = stopped(&sandbox, script, "TERM");
    assert!(ended.out.contains("bye"), "{ended:#?}");
    assert_eq!(sandbox.read("clean.txt"), "cleaned\n");
    // It failed, and we were told to stop: that is what our caller sees.
    assert_eq!(ended.signal, Some(15), "{ended:#?}");
    assert!(ended.err.contains("── whyfail"), "{}", ended.err);
}

#[test]
fn a_command_that_ends_well_in_spite_of_the_signal_has_ended_well() {
    let ended = stopped(&Sandbox::new(), "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done", "TERM");
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{ended:#?}");
}

#[test]
fn a_command_that_ignores_the_signal_is_waited_for() {
    let sandbox = Sandbox::new();
    let script =
        "trap '' TERM; echo ready; sleep 1; echo '/bin/sh: 1: frobnicate: not found'; echo done >end.txt; exit 5";
    let started = Instant::now();
    let ended = stopped(&sandbox, script, "TERM");
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(sandbox.read("end.txt"), "done\n");
    assert_eq!(ended.signal, Some(15), "{ended:#?}");
    assert!(ended.err.contains("frobnicate"), "{}", ended.err);
}

#[test]
fn the_diagnosis_still_comes_after_a_signal() {
    let sandbox = Sandbox::new();
    let script = "echo '/bin/sh: 1: frobnicate: not found'; echo ready; while :; do sleep 0.05; done";
    for (name, number) in STOP {
        let ended = stopped(&sandbox, script, name);
        assert_eq!(ended.signal, Some(number), "{name}: {ended:#?}");
        assert!(ended.err.contains("frobnicate"), "{name}: {}", ended.err);
    }
}

#[test]
fn what_we_were_started_to_ignore_stops_nobody() {
    // As under nohup. What is ignored stays so for the command.
    let sandbox = Sandbox::new();
    let script = "trap '' HUP; exec \"$0\" run -- sh -c 'echo ready; sleep 0.5; echo end; exit 3'";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_whyfail")]).current_dir(sandbox.path());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sh");
    let mut reader = BufReader::new(child.stdout.take().expect("stdout"));
    wait_for_line(&mut reader, "ready");
    signal(&child, "HUP");
    wait_for_line(&mut reader, "end");
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    assert_eq!(ended.code, 3, "{ended:#?}");
}

#[test]
fn other_signals_are_passed_on_and_end_nothing() {
    let sandbox = Sandbox::new();
    for name in ["USR1", "USR2", "QUIT"] {
        let script = format!("trap 'echo caught {name}; exit 4' {name}; echo ready; while :; do sleep 0.05; done");
        let ended = stopped(&sandbox, &script, name);
        assert_eq!((ended.code, ended.out.as_str()), (4, &*format!("caught {name}\n")), "{ended:#?}");
    }
}

#[test]
fn a_stopped_command_goes_on_with_us() {
    let sandbox = Sandbox::new();
    let mut child = spawn(&sandbox, "echo ready $$; kill -STOP $$; echo on; exit 6");
    let mut reader = BufReader::new(child.stdout.take().expect("stdout"));
    let line = wait_for_line(&mut reader, "ready");
    let pid = line.split_whitespace().next_back().expect("a number").to_owned();
    let state = || {
        let ps = Command::new("ps").args(["-o", "stat=", "-p", &pid]).output().expect("ps");
        String::from_utf8_lossy(&ps.stdout).trim().to_owned()
    };
    let started = Instant::now();
    while !state().starts_with('T') {
        assert!(started.elapsed() < LONG, "it does not stop: {}", state());
        std::thread::sleep(Duration::from_millis(10));
    }
    signal(&child, "CONT");
    wait_for_line(&mut reader, "on");
    let ended = Ended::from(child.wait_with_output().expect("whyfail ends"));
    assert_eq!(ended.code, 6, "{ended:#?}");
}
