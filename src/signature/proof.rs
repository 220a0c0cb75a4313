//! Which remedies have mended a recorded build.
//!
//! The recorder (`tests/live/record.sh`) writes `corpus/<tool>/<name>/verified.toml` after it has applied a
//! remedy and the build has passed. Each entry holds hashes of the remedy's text and of the log, so that
//! whoever changes either has to prove the remedy anew. `tests/live/proof.py` computes the same hashes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::definition::{Remedy, Signature};

/// The name of the file in a scenario's folder.
const FILE: &str = "verified.toml";

/// One remedy that has mended one recorded build.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The id of the signature.
    pub signature: String,
    /// The remedy's title, as the signature's file has it.
    pub title: String,
    /// What was done: `edits`, `commands`, `by hand`, `outside`, or several joined by `and`.
    pub kind: String,
    /// With which builder and tool, such as `buildkit 0.29`.
    pub with: Vec<String>,
    /// The day, as `2026-11-21`.
    pub date: String,
    /// The recorded log's file name.
    pub log: String,
    /// [`log_hash`] of that log.
    pub log_hash: String,
    /// [`remedy_hash`] of that remedy.
    pub remedy_hash: String,
    /// Who mended what outside the project, where the remedy is to wait or to ask.
    #[serde(default)]
    pub outside: Option<String>,
}

/// A proof, and the scenario that it belongs to.
#[derive(Debug, Clone)]
pub struct Found {
    /// The scenario's folder.
    pub folder: PathBuf,
    /// What stands in its `verified.toml`.
    pub proof: Proof,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    remedy: Vec<Proof>,
}

/// All proofs below `corpus`, in the order of their folders, and what is wrong with files that can't be read.
/// A corpus that is not there holds none.
///
/// # Errors
/// When a folder can't be listed.
pub fn read(corpus: &Path) -> io::Result<(Vec<Found>, Vec<String>)> {
    let mut found = Vec::new();
    let mut problems = Vec::new();
    if !corpus.is_dir() {
        return Ok((found, problems));
    }
    for tool in folders(corpus)? {
        for folder in folders(&tool)? {
            let file = folder.join(FILE);
            if !file.is_file() {
                continue;
            }
            let text = fs::read_to_string(&file)?;
            match toml::from_str::<File>(&text) {
                Ok(file) => {
                    found.extend(file.remedy.into_iter().map(|proof| Found { folder: folder.clone(), proof }));
                }
                Err(error) => problems.push(format!("{}: {error}", file.display())),
            }
        }
    }
    Ok((found, problems))
}

pub(super) fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.is_dir());
    paths.sort();
    Ok(paths)
}

impl Found {
    /// The recorded log.
    pub fn log(&self) -> PathBuf {
        self.folder.join(&self.proof.log)
    }

    /// Why it proves nothing (any more), if so. `remedies` are those of its signature, if there is one.
    pub fn stale(&self, remedies: Option<&[Remedy]>) -> Option<String> {
        let Proof { signature, title, .. } = &self.proof;
        let place = self.folder.join(FILE);
        let say = |why: String| Some(format!("{}: {why}", place.display()));
        let mut titled = remedies.into_iter().flatten().filter(|remedy| remedy.title == *title).peekable();
        if titled.peek().is_none() {
            return say(format!("{signature} has no remedy '{title}'"));
        }
        if !titled.any(|remedy| remedy_hash(remedy) == self.proof.remedy_hash) {
            return say(format!("the remedy '{title}' of {signature} was edited"));
        }
        match fs::read(self.log()) {
            Ok(log) if log_hash(&log) == self.proof.log_hash => None,
            Ok(_) => say(format!("{} is not the log with which '{title}' was proved", self.proof.log)),
            Err(error) => say(format!("{} can't be read: {error}", self.proof.log)),
        }
    }
}

/// Marks the remedies that are proved. Returns what is wrong with the other proofs.
pub fn mark(signatures: &mut [Signature], found: &[Found]) -> Vec<String> {
    let mut problems = Vec::new();
    for each in found {
        let signature = signatures.iter_mut().find(|signature| signature.id == each.proof.signature);
        if let Some(problem) = each.stale(signature.as_ref().map(|signature| signature.prose().remedies.as_slice())) {
            problems.push(problem);
            continue;
        }
        let same =
            |remedy: &&mut Remedy| remedy.title == each.proof.title && remedy_hash(remedy) == each.proof.remedy_hash;
        let Some(signature) = signature else { continue };
        signature.change_prose(|prose| {
            let Some(remedy) = prose.remedies.iter_mut().find(same) else { return };
            let with = remedy.verified_with.get_or_insert_default();
            with.extend(each.proof.with.iter().cloned());
            with.sort();
            with.dedup();
        });
    }
    problems
}

/// Of all that a remedy says.
pub fn remedy_hash(remedy: &Remedy) -> String {
    let mut text = String::new();
    let mut add = |name: &str, value: Option<&String>| {
        if let Some(value) = value {
            text.extend([name, "\u{1f}", value.trim(), "\u{1e}"]);
        }
    };
    add("title", Some(&remedy.title));
    add("when", remedy.when.as_ref());
    add("risk", Some(&remedy.risk.as_str().to_owned()));
    add("risk_note", remedy.risk_note.as_ref());
    for command in &remedy.commands {
        add("command", Some(command));
    }
    for edit in &remedy.edits {
        add("file", Some(&edit.file));
        add("kind", Some(&edit.kind.as_str().to_owned()));
        add("before", edit.before.as_ref());
        add("after", edit.after.as_ref());
    }
    fnv(text.bytes())
}

/// Of a log; line ends do not count, since a checkout may change them.
pub fn log_hash(log: &[u8]) -> String {
    let following = log.iter().skip(1).map(Some).chain([None]);
    fnv(log
        .iter()
        .zip(following)
        .filter(|(byte, next)| (**byte, *next) != (b'\r', Some(&b'\n')))
        .map(|(byte, _)| *byte))
}

/// 64 bits of FNV-1a, with the version of this making in front.
fn fnv(bytes: impl Iterator<Item = u8>) -> String {
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("1:{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::{Edit, EditKind, Risk};

    fn remedy() -> Remedy {
        Remedy {
            title: "Mend it".into(),
            when: Some("it is broken".into()),
            risk: Risk::None,
            risk_note: None,
            commands: vec!["mend {path}".into()],
            edits: vec![Edit {
                file: "Dockerfile".into(),
                kind: EditKind::Insert,
                before: None,
                after: Some("RUN mend".into()),
            }],
            verified_with: None,
        }
    }

    #[test]
    fn every_part_of_a_remedy_counts() {
        let base = remedy_hash(&remedy());
        let changes: [fn(&mut Remedy); 8] = [
            |r| r.title.push('!'),
            |r| r.when = None,
            |r| r.risk = Risk::Caution,
            |r| r.risk_note = Some("careful".into()),
            |r| r.commands.push("true".into()),
            |r| r.edits[0].file.push('2'),
            |r| r.edits[0].kind = EditKind::Delete,
            |r| r.edits[0].before = Some("RUN true".into()),
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut other = remedy();
            change(&mut other);
            assert_ne!(remedy_hash(&other), base, "change {at}");
        }
        let mut marked = remedy();
        marked.verified_with = Some(vec!["go 1.26".into()]);
        assert_eq!(remedy_hash(&marked), base, "the mark itself is no part of the text");
    }

    #[test]
    fn line_ends_of_a_log_do_not_count() {
        assert_eq!(log_hash(b"a\r\nb\r\n"), log_hash(b"a\nb\n"));
        assert_ne!(log_hash(b"a\rb\n"), log_hash(b"ab\n"), "a lone carriage return is part of the log");
        assert_ne!(log_hash(b"a\n"), log_hash(b"a"));
        // The published value of FNV-1a for the empty text: offset basis.
        assert_eq!(log_hash(b""), "1:cbf29ce484222325");
    }

    #[test]
    fn an_edited_remedy_or_log_is_not_marked() {
        let folder = std::env::temp_dir().join(format!("whyfail-proof-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("folder");
        fs::write(folder.join("classic.log"), "error\n").expect("log");
        let proof = Proof {
            signature: "sh/broken".into(),
            title: "Mend it".into(),
            kind: "edits".into(),
            with: vec!["docker 20.10".into()],
            date: "2026-11-21".into(),
            log: "classic.log".into(),
            log_hash: log_hash(b"error\n"),
            remedy_hash: remedy_hash(&remedy()),
            outside: None,
        };
        let found = |change: fn(&mut Proof)| {
            let mut proof = proof.clone();
            change(&mut proof);
            Found { folder: folder.clone(), proof }
        };
        let all = [remedy()];
        assert_eq!(found(|_| ()).stale(Some(&all)), None);
        let words = |found: Found| found.stale(Some(&all)).unwrap_or_default();
        assert!(words(found(|p| p.remedy_hash = "1:0".into())).contains("was edited"));
        assert!(words(found(|p| p.log_hash = "1:0".into())).contains("not the log"));
        assert!(words(found(|p| p.log = "other.log".into())).contains("can't be read"));
        assert!(words(found(|p| p.title = "Break it".into())).contains("no remedy"));
        assert!(found(|_| ()).stale(None).is_some_and(|text| text.contains("no remedy")));
        fs::remove_dir_all(&folder).expect("removed");
    }
}
