//! The library as others use it: the programs in `examples/` are run, and print what `examples/expected/` holds.
//!
//! `WHYFAIL_UPDATE=1 cargo test --test library` writes what they print now. Read the difference before you commit it.

mod common;

use std::process::{Command, Stdio};

use common::{Ended, feed, repository};

/// Runs a program of `examples/`, as its own first lines tell.
fn example(name: &str, arguments: &[&str], input: &[u8]) -> Ended {
    // `target/<profile>/deps/library-…`
    let test = std::env::current_exe().expect("a path");
    let profile = test.ancestors().nth(2).expect("the profile's folder");
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--offline", "--example", name]);
    if profile.ends_with("release") {
        command.arg("--release");
    }
    command.arg("--").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env("CARGO_TARGET_DIR", profile.parent().expect("the target folder"));
    feed(
        {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command
        },
        input,
    )
}

fn expect(name: &str, arguments: &[&str], input: &[u8]) {
    let ended = example(name, arguments, input);
    assert_eq!(ended.code, 0, "{ended:#?}");
    let file = repository("examples/expected").join(format!("{name}.txt"));
    if std::env::var_os("WHYFAIL_UPDATE").is_some() {
        std::fs::write(&file, &ended.bytes).expect("it can be written");
        return;
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert_eq!(ended.out, expected, "{name}: {}", ended.err);
}

const FORBIDDEN: &str = "corpus/go/proxy-403/buildkit-0.29.log";

#[test]
fn diagnose_file() {
    expect("diagnose_file", &[FORBIDDEN], b"");
}

#[test]
fn feed_chunks() {
    expect("feed_chunks", &[], &std::fs::read(repository("corpus/go/proxy-403/classic.log")).expect("a log"));
}

#[test]
fn own_signatures() {
    expect("own_signatures", &[], b"");
}

#[test]
fn count_classes() {
    let names = [
        FORBIDDEN,
        "corpus/go/proxy-403/classic.log",
        "corpus/go/proxy-403/powershell-80.log",
        "corpus/docker/copy-source-missing/buildkit-0.29.log",
        "corpus/docker/copy-source-missing/classic.log",
    ];
    expect("count_classes", &names, b"");
}

#[test]
fn write_report() {
    expect("write_report", &["text", FORBIDDEN], b"");
}

/// Every program there is run here.
#[test]
fn no_example_is_left_out() {
    let here = std::fs::read_to_string(repository("tests/library.rs")).expect("this file");
    let mut count = 0;
    for entry in std::fs::read_dir(repository("examples")).expect("a folder").flatten() {
        let path = entry.path();
        if let Some(name) = path.file_stem().filter(|_| path.extension().is_some_and(|ending| ending == "rs")) {
            let name = name.to_string_lossy();
            assert!(here.contains(&format!("expect(\"{name}\"")), "{name} is not run");
            count += 1;
        }
    }
    assert!(count >= 5, "{count} examples");
}

/// Who makes a mistake is told how to call it.
#[test]
fn examples_say_how_they_are_called() {
    for name in ["diagnose_file", "count_classes", "write_report"] {
        let ended = example(name, &[], b"");
        assert!(ended.code != 0 && ended.err.contains("usage: "), "{name}: {ended:#?}");
    }
}
