//! Signature files may come from a stranger: a bad one is told with its place and left out, costs little, and reads nothing but itself.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use common::{Ended, FAILED, Sandbox};

/// A sound signature.
const OWN: &str = "title = 'The frobnicator of {part} is out of tune'\nclass = 'config'\nowner = 'configuration'\nretry = 'no'\nmatch = ['frobnicator: (?P<part>\\w+) is out of tune']\nexplain = 'It hears a wrong note.'\n\n[[remedy]]\ntitle = 'Tune it'\n\n[[example]]\nlog = 'frobnicator: violin is out of tune'\nsource = 'frobnicator 1.0'\n\n[[example]]\nlog = 'frobnicator: cello is out of tune'\nsource = 'frobnicator 2.0'\n\n[[counterexample]]\nlog = 'frobnicator: violin is in tune'\nsource = 'frobnicator 1.0'\n";
const OWN_LINE: &str = "frobnicator: violin is out of tune\n";

/// The signatures of the causes that were found.
fn causes(ended: &Ended) -> Vec<String> {
    let causes = ended.json()["results"][0]["causes"].take();
    let ids = causes.as_array().into_iter().flatten().map(|cause| cause["signature"].as_str().unwrap_or("").to_owned());
    ids.collect()
}

/// A secret beside the repository, which its folder of signatures tries to reach.
#[cfg(unix)]
#[test]
fn links_out_of_the_repository_are_not_followed() {
    use std::os::unix::fs::symlink;
    let sandbox = Sandbox::new();
    let secret = sandbox.file("outside/tool/secret.toml", "password hunter22 = 1\n");
    let outside = sandbox.path().join("outside");
    sandbox.file("repository/.git/HEAD", "x");
    sandbox.file("repository/.whyfail/frob/tune.toml", OWN);
    symlink(&secret, sandbox.path().join("repository/.whyfail/frob/leak.toml")).expect("a link");
    symlink(outside.join("tool"), sandbox.path().join("repository/.whyfail/tool")).expect("a link");
    // A link that stays inside is fine.
    sandbox.file("repository/shared.toml", OWN.replace("frobnicator:", "frobnitz:"));
    symlink("../../shared.toml", sandbox.path().join("repository/.whyfail/frob/frobnitz.toml")).expect("a link");
    // One that never ends.
    symlink("/dev/zero", sandbox.path().join("repository/.whyfail/off.txt")).expect("a link");
    symlink("/dev/zero", sandbox.path().join("repository/.whyfail/frob/zero.toml")).expect("a link");
    let ask = |line: &str| {
        let mut command = sandbox.whyfail(&["-f", "json"]);
        command.current_dir(sandbox.path().join("repository"));
        common::feed(command, line.as_bytes())
    };
    let ended = ask(OWN_LINE);
    assert_eq!(causes(&ended), ["frob/tune"], "{ended:#?}");
    assert_eq!(
        ended.err.matches("is a link that leads out of the repository, and is not read").count(),
        2,
        "{}",
        ended.err
    );
    assert!(!ended.err.contains("hunter22"), "{}", ended.err);
    assert_eq!(causes(&ask(&OWN_LINE.replace("frobnicator:", "frobnitz:"))), ["frob/frobnitz"]);
    // The folder itself may be one.
    fs::remove_dir_all(sandbox.path().join("repository/.whyfail")).expect("gone");
    symlink(&outside, sandbox.path().join("repository/.whyfail")).expect("a link");
    let ended = ask(FAILED);
    assert_eq!(causes(&ended), ["sh/command-not-found"], "{ended:#?}");
    assert!(ended.err.contains("leads out of the repository") && !ended.err.contains("hunter22"), "{}", ended.err);
}

/// Files of the system may tell no size, or have no end.
#[cfg(target_os = "linux")]
#[test]
fn a_file_is_read_no_further_than_signatures_are_large() {
    use std::os::unix::fs::symlink;
    let sandbox = Sandbox::new();
    sandbox.file("own/frob/large.toml", format!("{OWN}# {}\n", "x".repeat(300 << 10)));
    sandbox.file("own/frob/bytes.toml", b"title = '\xff\xfe'\n");
    sandbox.file("own/frob/tune.toml", OWN);
    symlink("/proc/self/environ", sandbox.path().join("own/frob/environ.toml")).expect("a link");
    symlink("/proc/kallsyms", sandbox.path().join("own/frob/symbols.toml")).expect("a link");
    let ended = sandbox.pipe(OWN_LINE, &["-f", "json", "--signatures", "own"]);
    assert_eq!(causes(&ended), ["frob/tune"], "{ended:#?}");
    for told in ["own/frob/large.toml:1:1", "larger than 256 KiB", "own/frob/bytes.toml:1:1"] {
        assert!(ended.err.contains(told), "no {told:?} in {}", ended.err);
    }
}

#[test]
fn patterns_that_need_much_memory_are_refused_with_their_place() {
    let sandbox = Sandbox::new();
    for (name, pattern) in [
        ("size", r"frobnicator (?:[a-z]{100}){100}(?:\d{100}){100}"),
        ("depth", &format!("{}frobnicator{}", "(?:".repeat(400), ")".repeat(400))),
        ("length", &format!("frobnicator {}", "x".repeat(3_000))),
        ("count", "frobnicator x{4294967295}"),
        ("words", r"(?u:\w{1000}){100}frobnicator"),
    ] {
        let old = r"'frobnicator: (?P<part>\w+) is out of tune'";
        let text = OWN.replace(old, &format!("'ok frobnicator', '{pattern}'")).replace("{part}", "a part");
        assert!(text.contains(pattern), "{name}");
        sandbox.file(&format!("own/frob/{name}.toml"), text);
    }
    let many: Vec<String> = (0..101).map(|n| format!("'frobnicator number {n}'")).collect();
    let old = r"'frobnicator: (?P<part>\w+) is out of tune'";
    sandbox.file("own/frob/many.toml", OWN.replace(old, &many.join(", ")).replace("{part}", "a part"));
    let start = Instant::now();
    let ended = sandbox.run(&["check", "own"]);
    assert_eq!(ended.code, 2, "{ended:#?}");
    for name in ["size", "depth", "length", "count", "words", "many"] {
        assert!(ended.out.contains(&format!("own/frob/{name}.toml:5:")), "{name}: {}", ended.out);
    }
    assert_eq!(ended.out.matches("error[S004]").count(), 6, "{}", ended.out);
    assert!(start.elapsed() < Duration::from_secs(20));
}

/// What is in a bad file is shown, and commands no terminal.
#[test]
fn mistakes_are_shown_without_what_a_terminal_obeys() {
    let sandbox = Sandbox::new();
    let evil = "title = \"\\u001b]52;c;eA==\\u0007\"\nclass = \"\\u001b[2J\\u202econfg\"\nmatch = [\"\\u001b[31m(frobnicator\"]\nretry = 'maybe\u{202e}'\n";
    sandbox.file("own/frob/evil.toml", evil);
    sandbox.file("own/frob/syntax.toml", "title = \x1b]0;x\x07\n");
    for ended in [sandbox.run(&["check", "own"]), sandbox.pipe(FAILED, &["--signatures", "own"])] {
        let told = ended.out + &ended.err;
        assert!(told.contains("own/frob/evil.toml:2:") && told.contains("own/frob/syntax.toml:1:"), "{told}");
        let raw = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!told.contains(raw), "{told:?}");
    }
}

/// More files than a repository has are left out, and a build is diagnosed all the same.
#[test]
fn a_repositorys_folder_is_read_so_far() {
    let sandbox = Sandbox::new();
    for n in 0..1_010 {
        let text = if n == 0 { OWN.to_owned() } else { "title = ".to_owned() };
        sandbox.file(&format!(".whyfail/frob/n{n:04}.toml"), text);
    }
    let ended = sandbox.pipe(OWN_LINE, &["-f", "json"]);
    assert_eq!(causes(&ended), ["frob/n0000"], "{}", ended.err);
    let lines = ended.err.lines().count();
    assert!(ended.err.contains("mistakes") && lines < 500, "{lines} lines on standard error");
    let mut names = String::new();
    ended.err.lines().filter(|line| line.contains("-->")).for_each(|line| writeln!(names, "{line}").expect("memory"));
    assert!(!names.contains("n1005"), "{names}");
}

/// One bad file leaves the others; with `--strict` it ends the call before anything is diagnosed.
#[test]
fn strict_allows_no_mistake() {
    let sandbox = Sandbox::new();
    sandbox.file("own/frob/tune.toml", OWN);
    sandbox.file("x.log", OWN_LINE);
    let arguments = ["-f", "json", "--signatures", "own", "x.log"];
    let strict = [&arguments[..], &["--strict"]].concat();
    assert_eq!(causes(&sandbox.run(&strict)), ["frob/tune"]);
    sandbox.file("own/frob/bad.toml", OWN.replace("'config'", "'confg'"));
    assert_eq!(causes(&sandbox.run(&arguments)), ["frob/tune"]);
    let ended = sandbox.run(&strict);
    common::assert_ends(&ended, 2, "own/frob/bad.toml:2:9");
    assert_eq!(ended.out, "");
    assert!(ended.err.contains("--strict allows none"), "{}", ended.err);
    // A list of what is switched off counts as well.
    fs::remove_file(sandbox.path().join("own/frob/bad.toml")).expect("gone");
    sandbox.file("own/off.txt", "no/such-one\n");
    common::assert_ends(&sandbox.run(&strict), 2, "off.txt:1");
    assert_eq!(causes(&sandbox.run(&arguments)), ["frob/tune"]);
    // And what a repository brings.
    fs::remove_file(sandbox.path().join("own/off.txt")).expect("gone");
    sandbox.file(".whyfail/frob/bad.toml", "title = ");
    common::assert_ends(&sandbox.run(&strict), 2, ".whyfail/frob/bad.toml:1:");
    assert_eq!(causes(&sandbox.run(&arguments)), ["frob/tune"]);
}
