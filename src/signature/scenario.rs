//! What was built on purpose, to fail and to be mended: the scenarios of `corpus/`, as far as the binary tells of them.
//!
//! `tests/live/README.md` describes the files. The build script reads them; [`recorded`] gives them out.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::packed;
use super::proof::{self, Found};

/// The name of the file in a scenario's folder.
const FILE: &str = "scenario.toml";
/// The log to quote where no remedy names another: the newest builder's own.
const BEST: &str = "buildkit-0.29.log";
/// Longest text kept of a line, in characters.
const TEXT: usize = 300;

/// A broken project that was built, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// The id of a signature that explains it.
    pub signature: String,
    /// Its folder, `corpus/<tool>/<name>`.
    pub folder: String,
    /// What is broken, in one line.
    pub title: String,
    /// The recorded logs by the builders that printed them, such as `buildkit-0.29`.
    pub logs: Vec<String>,
    /// What was run, where no image was built.
    pub command: Option<String>,
    /// What the hosts in it were made to answer: host and fault.
    pub hosts: Vec<(String, String)>,
    /// The line that proves the failure, where one log holds it.
    pub proof: Option<Quoted>,
    /// The instruction that failed, where that log shows it.
    pub instruction: Option<Instruction>,
    /// The remedies that were applied, after which the same build passed.
    pub remedies: Vec<Applied>,
}

/// A line of a recorded log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quoted {
    /// The log's file name.
    pub log: String,
    /// From 1.
    pub line: u64,
    /// The line without what the builder puts in front of it.
    pub text: String,
}

/// A line of a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instruction {
    /// File and line, where the log tells them.
    pub place: Option<String>,
    /// The instruction.
    pub text: String,
}

/// A remedy that has mended the build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// Its title, as the signature's file has it.
    pub title: String,
    /// What was done: `edits`, `commands`, `by hand`, `outside`, or several joined by `and`.
    pub kind: String,
    /// With which builder and tool.
    pub with: Vec<String>,
    /// The day.
    pub date: String,
    /// What was mended outside of the project.
    pub outside: Option<String>,
}

/// What is read of `scenario.toml`; the recorder reads the rest.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    title: String,
    signature: Option<String>,
    /// In place of it, where there are several.
    #[serde(default)]
    causes: Vec<String>,
    #[serde(default)]
    evidence: Words,
    #[serde(default)]
    hosts: BTreeMap<String, toml::Value>,
    alone: Option<Alone>,
}

#[derive(Deserialize)]
struct Alone {
    #[serde(default)]
    command: String,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Words {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

/// What the build script has stored, in the order of the folders.
pub fn recorded(stored: &[u8]) -> Vec<Scenario> {
    // Written by the build script of this very crate; should it be unreadable, nothing is told.
    postcard::from_bytes(&packed::unpack(stored)).unwrap_or_default()
}

/// The scenarios below `corpus`, in the order of their folders, each with those of the `proofs` that are its own. One that proves
/// remedies of several signatures is told of each. A corpus that is not there holds none.
///
/// # Errors
/// When a folder can't be listed.
pub fn read(corpus: &Path, proofs: &[&Found]) -> io::Result<Vec<Scenario>> {
    let mut all = Vec::new();
    if !corpus.is_dir() {
        return Ok(all);
    }
    for tool in proof::folders(corpus)? {
        for folder in proof::folders(&tool)? {
            let Ok(text) = fs::read_to_string(folder.join(FILE)) else { continue };
            // What is wrong with such a file, the tests of the corpus say.
            let Ok(file) = toml::from_str::<File>(&text) else { continue };
            let own: Vec<&Found> = proofs.iter().copied().filter(|proof| proof.folder == folder).collect();
            let mut ids: Vec<String> = file.signature.iter().chain(&file.causes).cloned().collect();
            for found in &own {
                if !ids.contains(&found.proof.signature) {
                    ids.push(found.proof.signature.clone());
                }
            }
            for id in ids {
                let own: Vec<&Found> = own.iter().copied().filter(|found| found.proof.signature == id).collect();
                all.push(scenario(&folder, &file, id, &own)?);
            }
        }
    }
    Ok(all)
}

fn scenario(folder: &Path, file: &File, signature: String, proofs: &[&Found]) -> io::Result<Scenario> {
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".log") {
            names.push(name);
        }
    }
    names.sort();
    let quoted = proofs.first().map(|found| found.proof.log.clone());
    let quoted = quoted.or_else(|| names.iter().find(|name| *name == BEST).or_else(|| names.first()).cloned());
    let log = quoted.as_ref().and_then(|name| fs::read(folder.join(name)).ok()).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let wanted: &[String] = match &file.evidence {
        Words::None => &[],
        Words::One(word) => std::slice::from_ref(word),
        Words::Many(words) => words,
    };
    let is_proof = |line: &str| wanted.iter().any(|text| line.contains(text));
    let at = log.lines().position(is_proof);
    let proof = at.zip(quoted).map(|(at, log_name)| Quoted {
        log: log_name,
        line: at as u64 + 1,
        text: limited(said(log.lines().nth(at).unwrap_or_default())),
    });
    Ok(Scenario {
        signature,
        folder: folder.to_string_lossy().replace('\\', "/"),
        title: file.title.clone(),
        logs: names.iter().filter_map(|name| name.strip_suffix(".log")).map(str::to_owned).collect(),
        command: file.alone.as_ref().map(|alone| alone.command.clone()).filter(|command| !command.is_empty()),
        hosts: file.hosts.iter().map(|(host, fault)| (host.clone(), word(fault))).collect(),
        proof,
        instruction: instruction(&log, at),
        remedies: applied(proofs),
    })
}

fn word(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// One entry for each remedy and day, with all that it was tried with.
fn applied(proofs: &[&Found]) -> Vec<Applied> {
    let mut all: Vec<Applied> = Vec::new();
    for proof::Proof { title, kind, with, date, outside, .. } in proofs.iter().map(|found| &found.proof) {
        let known = all.iter_mut().find(|known| (&known.title, &known.kind, &known.date) == (title, kind, date));
        match known {
            Some(known) => {
                known.with.extend(with.iter().cloned());
                known.with.sort();
                known.with.dedup();
            }
            None => all.push(Applied {
                title: title.clone(),
                kind: kind.clone(),
                with: with.clone(),
                date: date.clone(),
                outside: outside.clone(),
            }),
        }
    }
    all
}

/// A line without BuildKit's step and time: `#10 0.129 text`.
fn said(line: &str) -> &str {
    let number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let rest = line.strip_prefix('#').and_then(|rest| rest.split_once(' ')).filter(|(step, _)| number(step));
    let Some((_, rest)) = rest else { return line.trim() };
    match rest.split_once(' ') {
        Some((time, text)) if number(time) => text.trim(),
        _ => rest.trim(),
    }
}

fn limited(text: &str) -> String {
    if text.chars().count() <= TEXT {
        return text.to_owned();
    }
    text.chars().take(TEXT - 1).chain(['…']).collect()
}

/// The instruction that failed: what BuildKit's frame points at, or the classic builder's last step before line `at`.
fn instruction(log: &str, at: Option<usize>) -> Option<Instruction> {
    let lines: Vec<&str> = log.lines().collect();
    let pointed = lines.iter().enumerate().find_map(|(index, line)| {
        let (number, text) = line.split_once(" | >>> ")?;
        number.trim().bytes().all(|byte| byte.is_ascii_digit()).then_some((index, number.trim(), text.trim()))
    });
    if let Some((index, number, text)) = pointed {
        // `Dockerfile:5` stands above the frame.
        let file = lines.iter().take(index).rev().find_map(|line| {
            let (file, line) = line.trim().rsplit_once(':')?;
            (line.bytes().all(|byte| byte.is_ascii_digit()) && !line.is_empty() && !file.contains(' ')).then_some(file)
        });
        return Some(Instruction { place: file.map(|file| format!("{file}:{number}")), text: limited(text) });
    }
    let before = lines.iter().take(at?).rev();
    let step = before.filter_map(|line| line.strip_prefix("Step ")?.split_once(" : ")).map(|(_, text)| text).next()?;
    Some(Instruction { place: None, text: limited(step.trim()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builders_are_taken_off_a_line() {
        assert_eq!(said("#10 0.129 go: x: 403 Forbidden"), "go: x: 403 Forbidden");
        assert_eq!(said("#10 ERROR: process"), "ERROR: process");
        assert_eq!(said("#include <x.h>"), "#include <x.h>");
        assert_eq!(said("  plain "), "plain");
    }

    #[test]
    fn the_failed_instruction_is_found_in_both_builders_logs() {
        let buildkit = "Dockerfile:5\n-----\n   4 |     COPY . .\n   5 | >>> RUN go mod download\n-----\n";
        let found = instruction(buildkit, None).expect("it points at one");
        assert_eq!((found.place.as_deref(), found.text.as_str()), (Some("Dockerfile:5"), "RUN go mod download"));
        let classic = "Step 1/2 : FROM busybox\n ---> 1\nStep 2/2 : RUN x\nsh: x: not found\nStep 3/2 : RUN y\n";
        let found = instruction(classic, Some(3)).expect("it names one");
        assert_eq!((found.place, found.text.as_str()), (None, "RUN x"));
        assert_eq!(instruction("plain\n", Some(0)), None);
    }
}
