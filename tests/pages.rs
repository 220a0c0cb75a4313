//! `completions/` and `man/` are what the arguments say now, and the shells that are here take them.
//!
//! After a change of the arguments: `WHYFAIL_UPDATE=1 cargo test --test pages`. The program carries them, so it is built anew then.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use clap_complete::Shell;
use clap_mangen::Man;
use common::{Sandbox, repository};
use whyfail::cli;

const HOW: &str = "renew it: WHYFAIL_UPDATE=1 cargo test --test pages";

/// Are the files to be written instead? Then they are tried the next time.
fn renews() -> bool {
    std::env::var_os("WHYFAIL_UPDATE").is_some()
}

/// Compares a folder with what belongs there, or writes it.
fn compare(folder: &str, wanted: &BTreeMap<String, Vec<u8>>) {
    let path = repository(folder);
    if renews() {
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the folder");
        for (name, text) in wanted {
            fs::write(path.join(name), text).expect("the file");
        }
        return;
    }
    let found = fs::read_dir(&path).unwrap_or_else(|error| panic!("{folder}/: {error}; {HOW}"));
    let found = found.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    let mut found: Vec<String> = found.collect();
    found.sort();
    assert_eq!(found, wanted.keys().cloned().collect::<Vec<_>>(), "the files in {folder}/; {HOW}");
    for (name, text) in wanted {
        let there = fs::read(path.join(name)).expect("the file");
        assert!(there == *text, "{folder}/{name} is not what the arguments say; {HOW}");
    }
}

#[test]
fn completions_are_current() {
    let mut wanted = BTreeMap::new();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell] {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut cli::command(), "whyfail", &mut text);
        wanted.insert(clap_complete::Generator::file_name(&shell, "whyfail"), text);
    }
    compare("completions", &wanted);
}

#[test]
fn manual_pages_are_current() {
    let mut wanted = BTreeMap::new();
    let mut command = cli::command().disable_help_subcommand(true);
    command.build();
    manual(&command, &mut wanted);
    compare("man", &wanted);
}

/// The pages of a command and of those below it.
fn manual(command: &clap::Command, pages: &mut BTreeMap<String, Vec<u8>>) {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        manual(below, pages);
    }
    let man = Man::new(command.clone()).source(format!("whyfail {}", env!("CARGO_PKG_VERSION"))).manual("whyfail");
    let mut page = Vec::new();
    let written = (|| {
        man.render_title(&mut page)?;
        man.render_name_section(&mut page)?;
        man.render_synopsis_section(&mut page)?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
        if command.has_subcommands() {
            man.render_subcommands_section(&mut page)?;
        }
        let after = command.get_after_help().map(|text| text.to_string()).unwrap_or_default();
        page.write_all(sections(&after).as_bytes())
    })();
    written.expect("memory does not refuse");
    pages.insert(man.get_filename(), plain(&String::from_utf8(page).expect("UTF-8")).into_bytes());
}

/// The page in ASCII, which every roff reads: it has a name for each other character.
fn plain(page: &str) -> String {
    let named = |sign: char| if sign.is_ascii() { sign.to_string() } else { format!("\\[u{:04X}]", u32::from(sign)) };
    page.chars().map(named).collect()
}

/// What stands below the options in the help text: `Examples:` and the like become sections, indented lines stay as they are.
fn sections(text: &str) -> String {
    let mut page = String::new();
    let mut fixed = false;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let heading = line.strip_suffix(':').filter(|_| lines.peek().is_some_and(|next| next.starts_with(' ')));
        let indented = line.starts_with(' ');
        if fixed && !indented {
            page.push_str(".fi\n");
        } else if !fixed && indented {
            page.push_str(".nf\n");
        }
        fixed = indented;
        match heading {
            Some(heading) => page.push_str(&format!(".SH \"{}\"\n", escaped(&heading.to_uppercase()))),
            None if line.is_empty() => page.push_str(".PP\n"),
            None => page.push_str(&format!("{}\n", escaped(line.strip_prefix("  ").unwrap_or(line)))),
        }
    }
    if fixed {
        page.push_str(".fi\n");
    }
    page
}

/// A line that roff prints as it is.
fn escaped(line: &str) -> String {
    let text = line.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace('`', "\\(ga");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

#[test]
fn the_program_prints_what_lies_in_the_folders() {
    if renews() {
        return;
    }
    let sandbox = Sandbox::new();
    let file = |path: &str| fs::read_to_string(repository(path)).expect("the file");
    let says = |words: &[&str]| {
        let ended = sandbox.run(words);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{words:?}");
        ended.out
    };
    assert_eq!(says(&["completions", "bash"]), file("completions/whyfail.bash"));
    assert_eq!(says(&["completions", "zsh"]), file("completions/_whyfail"));
    assert_eq!(says(&["completions", "fish"]), file("completions/whyfail.fish"));
    assert_eq!(says(&["completions", "powershell"]), file("completions/_whyfail.ps1"));
    assert_eq!(says(&["man"]), file("man/whyfail.1"));
    assert_eq!(says(&["man", "setup", "docker"]), file("man/whyfail-setup-docker.1"));
    assert_eq!(says(&["man", "--to", "pages/man1"]), "");
    let names = |path: &Path| {
        let mut names: Vec<_> = fs::read_dir(path).expect("a folder").flatten().map(|file| file.file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&sandbox.path().join("pages/man1")), names(&repository("man")));

    let ended = sandbox.run(&["man", "serv"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.err.contains("serv: no such command; one of: ") && ended.err.contains("setup docker"),
        "{}",
        ended.err
    );
    assert_eq!(sandbox.run(&["completions", "tcsh"]).code, 2);
    sandbox.file("taken", "a file");
    let ended = sandbox.run(&["man", "--to", "taken"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("taken"), "{}", ended.err);
}

#[test]
#[cfg(unix)]
fn bash_completes_commands_options_and_values() {
    if renews() {
        return;
    }
    let script = repository("completions/whyfail.bash");
    let complete = |words: &[&str]| {
        let ask = r#"source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            _whyfail whyfail "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"; printf '%s\n' "${COMPREPLY[@]}""#;
        let mut bash = Command::new("bash");
        let output = bash.args(["-c", ask, "bash"]).arg(&script).args(words).output().expect("bash runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete(&["whyfail", "expl"]), ["explain"]);
    assert_eq!(complete(&["whyfail", "--explain-r"]), ["--explain-ranking"]);
    assert_eq!(complete(&["whyfail", "--format", "mark"]), ["markdown"]);
    assert_eq!(complete(&["whyfail", "completions", "f"]), ["fish"]);
    assert_eq!(complete(&["whyfail", "setup", "d"]), ["docker"]);
}
