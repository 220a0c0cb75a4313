//! What docs/dependencies.md and SECURITY.md name exists, and nothing is missing there.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::repository;

fn text(path: &str) -> String {
    fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All Rust sources in a folder.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &sources(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all += &fs::read_to_string(&path).unwrap();
        }
    }
    all
}

/// The direct dependencies of the sections of Cargo.toml whose names end with `kind`.
fn direct(kind: &str) -> BTreeSet<String> {
    fn collect(table: &toml::Table, kind: &str, found: &mut BTreeSet<String>) {
        for (name, value) in table {
            match value.as_table() {
                Some(crates) if name == kind => found.extend(crates.keys().cloned()),
                Some(inner) if name == "target" || name.starts_with("cfg(") => collect(inner, kind, found),
                _ => {}
            }
        }
    }
    let mut found = BTreeSet::new();
    collect(&text("Cargo.toml").parse().unwrap(), kind, &mut found);
    assert!(!found.is_empty(), "{kind}");
    found
}

/// What stands in backticks in the first column of the tables of a section.
fn rows(document: &str, section: &str) -> BTreeSet<String> {
    let (_, behind) =
        document.split_once(&format!("\n## {section}\n")).unwrap_or_else(|| panic!("no section {section}"));
    let inside = behind.split("\n## ").next().unwrap();
    let names = inside.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let names: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
    let set: BTreeSet<String> = names.iter().cloned().collect();
    assert_eq!(set.len(), names.len(), "a row is there twice in {section}");
    set
}

#[test]
fn each_direct_dependency_has_its_row_and_no_row_is_stale() {
    let document = text("docs/dependencies.md");
    assert_eq!(rows(&document, "In the program"), direct("dependencies"));
    assert_eq!(rows(&document, "In tests and benchmarks"), direct("dev-dependencies"));
    let (_, build) = document.split_once("\n## In its build\n").unwrap();
    for name in direct("build-dependencies") {
        assert!(direct("dependencies").contains(&name), "{name} is of the build alone and has no row");
        assert!(
            build.split("\n## ").next().unwrap().contains(&format!("`{name}`")),
            "{name} is not named for the build"
        );
    }
}

#[test]
fn each_direct_dependency_is_used() {
    let program = sources(&repository("src")) + &text("build.rs");
    let tests = sources(&repository("tests")) + &sources(&repository("benches")) + &program;
    for (names, sources) in [(direct("dependencies"), &program), (direct("dev-dependencies"), &tests)] {
        for name in names {
            let used = name.replace('-', "_");
            let is_there = sources.match_indices(&used).any(|(at, _)| {
                let edge = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
                edge(sources[..at].chars().next_back()) && edge(sources[at + used.len()..].chars().next())
            });
            assert!(is_there, "nothing uses {name}");
        }
    }
}

#[test]
fn each_test_that_proves_a_promise_exists() {
    let document = text("SECURITY.md");
    let mut count = 0;
    for row in document.lines().filter(|line| line.starts_with("| ")) {
        let named: Vec<(&str, &str)> = row.split('`').filter_map(|words| words.split_once(".rs: ")).collect();
        for (file, test) in &named {
            let path = format!("{file}.rs");
            assert!(text(&path).contains(&format!("fn {test}(")), "{path} has no test {test}");
        }
        count += named.len();
    }
    assert!(count > 20, "only {count} tests are named");
}
