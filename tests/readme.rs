//! README.md says what is so: its table of tools, its picture, its links.

mod common;

use std::process::Command;

use common::repository;

fn readme() -> String {
    std::fs::read_to_string(repository("README.md")).expect("README.md")
}

/// The words between backticks.
fn code_words(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// How many signatures a tool's folder holds.
fn signatures_of(tool: &str) -> usize {
    let folder = repository("signatures").join(tool);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("README.md names {tool}: {error}"));
    files
        .filter(|file| file.as_ref().is_ok_and(|file| file.path().extension().is_some_and(|end| end == "toml")))
        .count()
}

#[test]
fn the_table_of_tools_counts_right() {
    let readme = readme();
    let (_, table) = readme.split_once("| area | tools | signatures |").expect("the table");
    let mut rows = 0;
    for row in table.lines().skip(2).take_while(|row| row.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let said: usize = cells[3].parse().unwrap_or_else(|_| panic!("no number: {row}"));
        let found: usize = code_words(cells[2]).map(signatures_of).sum();
        // A round number, never more than there are, and not long out of date.
        assert!(said <= found && found < said + 25, "README.md says {said}, there are {found}: {row}");
        rows += 1;
    }
    assert!(rows >= 10, "{rows} rows");
}

#[test]
fn the_picture_shows_what_whyfail_prints() {
    let picture = std::fs::read_to_string(repository("docs/tour/screen.svg")).expect("the picture");
    let shown: String =
        picture.replace("&#160;", " ").replace("&gt;", ">").replace("&#x27;", "'").replace("&quot;", "\"");
    let log = repository("corpus/docker/stage-typo/buildkit-0.29.log");
    let ended = Command::new(env!("CARGO_BIN_EXE_whyfail")).arg(log).env("NO_COLOR", "1").output().expect("whyfail");
    let report = String::from_utf8(ended.stdout).expect("UTF-8");
    // Words alone: on the picture each colour is an element of its own, and lines have other numbers.
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    for word in report.lines().filter(|line| !line.contains(|c: char| c.is_ascii_digit())).flat_map(words) {
        assert!(shown.contains(&word), "'{word}' is not on the picture: bash docs/tour/record.sh draws it anew");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let readme = readme();
    let targets = readme.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let mut checked = 0;
    for target in targets.filter(|target| !target.starts_with("https://")) {
        match target.strip_prefix('#') {
            Some(heading) => {
                let slug = |line: &str| line.trim_start_matches(['#', ' ']).to_lowercase().replace(' ', "-");
                assert!(
                    readme.lines().any(|line| line.starts_with('#') && slug(line) == heading),
                    "no heading #{heading}"
                );
            }
            None => assert!(repository(target).exists(), "README.md links {target}, which is not there"),
        }
        checked += 1;
    }
    assert!(checked > 5, "{checked} links");
}
