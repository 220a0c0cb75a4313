//! Where a finding belongs, as programs that show code want it: a path inside the project, else the log itself.

use crate::Diagnosis;
use crate::diagnosis::visible;
use crate::model::{Cause, Evidence, EvidenceSource, Place};

/// What stands for a log without a name.
const UNNAMED: &str = "standard-input";

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location {
    /// A relative path with `/` between its parts; none of them is `.`, `..` or empty.
    pub path: String,
    /// Line from 1.
    pub line: u64,
    /// Column from 1.
    pub column: Option<u64>,
    /// It is the log's.
    pub in_log: bool,
}

/// Where the reader can mend it: the place in the sources, else the instruction in the Dockerfile, else the line of the project
/// that takes part in the proof; where none of them has a path inside the project, the line of the log that proves it.
pub(super) fn of_cause(diagnosis: &Diagnosis, cause: &Cause) -> Location {
    cause
        .place
        .as_ref()
        .and_then(of_place)
        .or_else(|| of_step(diagnosis, cause.step.as_deref()))
        .or_else(|| cause.evidence.iter().find_map(of_project))
        .unwrap_or_else(|| in_log(diagnosis, cause.evidence.iter().find(|line| line.source == EvidenceSource::Log)))
}

/// The same of a line that a step printed.
pub(super) fn of_evidence(diagnosis: &Diagnosis, evidence: Option<&Evidence>) -> Location {
    let step = evidence.and_then(|line| line.step.as_deref());
    of_step(diagnosis, step).unwrap_or_else(|| in_log(diagnosis, evidence))
}

/// A place in the sources, where it has a path inside the project.
pub(super) fn of_place(place: &Place) -> Option<Location> {
    let path = relative(&place.file)?;
    Some(Location {
        path,
        line: place.line.unwrap_or(1).max(1),
        column: place.column.filter(|column| *column > 0),
        in_log: false,
    })
}

/// The instruction of a step in its Dockerfile.
pub(super) fn of_step(diagnosis: &Diagnosis, key: Option<&str>) -> Option<Location> {
    let step = diagnosis.step(key?)?;
    let path = relative(step.file.as_deref()?)?;
    Some(Location { path, line: step.file_line?.max(1), column: None, in_log: false })
}

/// A line of evidence in a file of the project.
pub(super) fn of_project(evidence: &Evidence) -> Option<Location> {
    if evidence.source != EvidenceSource::Project {
        return None;
    }
    let path = relative(evidence.file.as_deref()?)?;
    Some(Location { path, line: evidence.line.max(1), column: None, in_log: false })
}

/// A line of the log; its first one where none is known.
pub(super) fn in_log(diagnosis: &Diagnosis, evidence: Option<&Evidence>) -> Location {
    let line = evidence.map_or(1, |evidence| evidence.line.max(1));
    Location { path: log_name(diagnosis), line, column: None, in_log: true }
}

/// The log as a relative path: an archive's member stands behind the archive's name. Of an absolute path only the file's name is
/// told, for the folders before it are nobody's business.
fn log_name(diagnosis: &Diagnosis) -> String {
    let whole = &diagnosis.source.name;
    let name = relative(whole).or_else(|| relative(whole.rsplit(['/', '\\']).next().unwrap_or_default()));
    let name = name.filter(|name| name != "-").unwrap_or_else(|| UNNAMED.to_owned());
    match diagnosis.source.part.as_deref().map(|part| part.trim_start_matches('/')).and_then(relative) {
        Some(part) => format!("{name}/{part}"),
        None => name,
    }
}

/// A path that stays below the folder it is relative to, in its plainest form.
fn relative(path: &str) -> Option<String> {
    let path = visible(path);
    // `C:\x`, `webpack:///x`, `<stdin>`: nothing of the project.
    let windows = path.contains('\\') && !path.contains('/');
    let path = if windows { path.replace('\\', "/") } else { path };
    if path.starts_with(['/', '\\', '<', '~']) || path.contains("://") || path.get(1..3) == Some(":/") {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    // `C:x` and `git:x` are on a drive or a scheme's.
    parts.first().filter(|first| !first.contains(':'))?;
    Some(parts.join("/"))
}

/// A relative path as a URI reference (RFC 3986): all but letters, digits and `-._~/` is written as `%XX`.
pub(super) fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside_the_project() {
        for (path, expected) in [
            ("./main.go", Some("main.go")),
            ("a/./b//c.rs", Some("a/b/c.rs")),
            ("a/../b.c", Some("b.c")),
            ("src\\app\\Main.cs", Some("src/app/Main.cs")),
            ("../x.c", None),
            ("a/../../x.c", None),
            ("/usr/src/x.c", None),
            ("C:\\x\\y.cs", None),
            ("c:/x/y.cs", None),
            ("webpack:///./x.js", None),
            ("<stdin>", None),
            ("~/x", None),
            (".", None),
            ("", None),
        ] {
            assert_eq!(relative(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn a_uri_holds_no_odd_character() {
        assert_eq!(uri("a b/ü:[x]#?%.go"), "a%20b/%C3%BC%3A%5Bx%5D%23%3F%25.go");
    }
}
