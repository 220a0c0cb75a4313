//! Errors that wrap each other: `failed to solve: failed to compute cache key: "/go.sum": not found`. BuildKit, Go and many others put
//! what they add in front, so the last link of such a chain is where it began.

use std::ops::Range;

use crate::pieces::Pieces;

/// Words that say nothing without what stands before them.
const PREDICATES: &[&str] = &[
    "not found",
    "no such file or directory",
    "no such host",
    "permission denied",
    "connection refused",
    "connection reset by peer",
    "network is unreachable",
    "no route to host",
    "operation not permitted",
    "file exists",
    "not a directory",
    "is a directory",
    "directory not empty",
    "no space left on device",
    "read-only file system",
    "invalid argument",
    "device or resource busy",
    "broken pipe",
    "i/o timeout",
    "timeout",
    "eof",
    "unexpected eof",
    "context canceled",
    "context deadline exceeded",
    "unauthorized",
    "forbidden",
    "denied",
    "exec format error",
    "invalid syntax",
    "value out of range",
    "exit status",
    "exit code",
    "signal",
];
/// Calls whose name stands between two links and belongs to the last one.
const CALLS: &[&str] = &[
    "dial",
    "connect",
    "lookup",
    "open",
    "stat",
    "lstat",
    "mkdir",
    "read",
    "write",
    "exec",
    "fork/exec",
    "unlink",
    "chmod",
    "chown",
    "rename",
    "symlink",
    "readlink",
    "remove",
    "mount",
    "bind",
    "listen",
    "getsockopt",
    "readdirent",
    "utimes",
];
/// A chain longer than this is none.
const LONGEST: usize = 40;

/// The links of the chain in `text`, outermost first; a single one where it is no chain.
pub fn links(text: &str) -> Vec<&str> {
    let mut links: Vec<Range<usize>> = Vec::new();
    let mut previous = "";
    for piece in pieces(text) {
        let said = text.part(piece.clone()).trim();
        if said.is_empty() || said == "rpc error" || is_head(said) {
            continue;
        }
        // What needs the link before it is joined to that one.
        let before = std::mem::replace(&mut previous, said);
        let joins = is_predicate(said) || is_call(before);
        match links.last_mut() {
            Some(last) if joins => last.end = piece.end,
            _ => links.push(piece),
        }
    }
    if links.is_empty() || links.len() > LONGEST {
        return vec![text.trim()];
    }
    links.into_iter().map(|link| without_code(said_once(text.part(link).trim()))).collect()
}

/// The last link, if there are at least two that say something: a program's name in front of its message makes no chain, nor do
/// figures behind it.
pub fn innermost(text: &str) -> Option<&str> {
    let links = links(text);
    let said = links.iter().filter(|link| link.contains(char::is_whitespace)).count();
    let tells = |link: &&str| link.split(|c: char| !c.is_alphabetic()).any(|word| word.len() > 2);
    links.last().copied().filter(|link| said > 1 && tells(link))
}

/// Captures that hold what a program said, and so may hold a whole chain.
const SAYINGS: &[&str] = &["message", "reason", "error", "detail", "cause", "failed"];
/// A chain of fewer characters is read at a glance, in a title too.
const GLANCE: usize = 60;
/// A last link of fewer says too little by itself.
const TELLING: usize = 16;

/// What a title says for a capture: of a long chain the innermost link, which is the reason; of everything else the whole.
pub fn in_title<'t>(name: &str, value: &'t str) -> &'t str {
    if !SAYINGS.contains(&name) || value.chars().count() <= GLANCE {
        return value;
    }
    let links = links(value);
    match links.last() {
        // What begins with a quote may be the end of a sentence: `expected to find element: "h2", but …`.
        Some(last)
            if links.len() > 2
                && last.chars().count() >= TELLING
                && last.starts_with(|first: char| first.is_alphabetic()) =>
        {
            last
        }
        _ => value,
    }
}

/// Splits at `: ` outside of quotes and brackets.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut pieces = Vec::new();
    let (mut start, mut depth) = (0, 0u32);
    let mut quoted = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' | b'`' => quoted = !quoted,
            b'(' | b'[' | b'{' if !quoted => depth += 1,
            b')' | b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            b':' if !quoted && depth == 0 && bytes.get(at + 1) == Some(&b' ') => {
                pieces.push(start..at);
                start = at + 2;
            }
            _ => {}
        }
    }
    pieces.push(start..text.len());
    pieces
}

/// A level or a program's name in front of the chain.
fn is_head(said: &str) -> bool {
    matches!(said.to_ascii_lowercase().as_str(), "error" | "fatal" | "panic" | "err" | "failed")
}

fn is_predicate(said: &str) -> bool {
    let lower = said.to_ascii_lowercase();
    let rest = |word: &&&str| lower.strip_prefix(**word).map(str::trim);
    PREDICATES
        .iter()
        .filter(|word| lower.starts_with(**word))
        .filter_map(|word| rest(&word))
        .any(|rest| rest.is_empty() || rest.parse::<i64>().is_ok())
        || said.parse::<i64>().is_ok()
}

fn is_call(said: &str) -> bool {
    let mut words = said.split_whitespace();
    let call = words.next().is_some_and(|word| CALLS.contains(&word));
    // A lone address, path or name, and a line's number, is what the next link is about.
    let line = said.strip_prefix("line ").is_some_and(|number| number.parse::<u64>().is_ok());
    line || (call && words.count() <= 4)
        || (!said.is_empty() && !said.contains(char::is_whitespace) && said.contains(['/', '.', '"']))
}

/// `"/go.sum" not found: not found` says it twice.
fn said_once(link: &str) -> &str {
    match link.rsplit_once(": ") {
        Some((before, last)) if before.ends_with(last) => before,
        _ => link,
    }
}

/// `code = Unknown desc = …` is gRPC's way to say nothing.
fn without_code(link: &str) -> &str {
    match link.strip_prefix("code = ").and_then(|rest| rest.split_once(" desc = ")) {
        Some((_, said)) => said,
        None => link,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_link_is_the_reason() {
        for (text, wanted) in [
            (
                "ERROR: failed to solve: rpc error: code = Unknown desc = failed to compute cache key: \"/go.sum\" not found: not found",
                "\"/go.sum\" not found",
            ),
            (
                "ERROR: failed to build: failed to solve: images.example.org/acme/base: failed to resolve source metadata for images.example.org/acme/base:2.1: no match for platform in manifest: not found",
                "no match for platform in manifest: not found",
            ),
            (
                "failed to do request: Head \"https://registry.example.org/v2/\": dial tcp 192.0.2.113:443: connect: connection refused",
                "dial tcp 192.0.2.113:443: connect: connection refused",
            ),
            (
                "ERROR: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory",
                "open Dockerfile: no such file or directory",
            ),
            (
                "panic: load config: parse port: strconv.Atoi: parsing \"x\": invalid syntax",
                "strconv.Atoi: parsing \"x\": invalid syntax",
            ),
            (
                "cannot start the server: load settings: read listener section: parse port: strconv.Atoi: parsing \"80a\": invalid syntax",
                "strconv.Atoi: parsing \"80a\": invalid syntax",
            ),
            (
                "error converting YAML to JSON: yaml: line 12: did not find expected key",
                "line 12: did not find expected key",
            ),
            (
                "ERROR: failed to solve: process \"/bin/sh -c a: b\" did not complete successfully: exit code: 1",
                "process \"/bin/sh -c a: b\" did not complete successfully: exit code: 1",
            ),
        ] {
            assert_eq!(links(text).last().copied(), Some(wanted), "{:?}", links(text));
        }
        assert_eq!(
            links("failed to solve: failed to load cache key: invalid response status 404"),
            ["failed to solve", "failed to load cache key", "invalid response status 404"]
        );
    }

    #[test]
    fn a_title_has_the_reason_of_a_long_chain() {
        let long = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error mounting \"cgroup\" to rootfs at \"/sys/fs/cgroup\": no such file or directory";
        assert_eq!(
            in_title("message", long),
            "error mounting \"cgroup\" to rootfs at \"/sys/fs/cgroup\": no such file or directory"
        );
        // What is no saying of a program, what is short, and what would say nothing, stays.
        assert_eq!(in_title("command", long), long);
        let short = "open config.yml: no such file or directory";
        assert_eq!(in_title("message", short), short);
        let sentence = "Timed out retrying after 4000ms: Expected to find element: `h2`, but never found it.";
        assert_eq!(in_title("message", sentence), sentence);
        let telling_nothing = "loading the settings of the application in production mode failed: reading the second of its files: line 3: bad";
        assert_eq!(in_title("message", telling_nothing), telling_nothing);
    }

    #[test]
    fn what_is_no_chain_stays_whole() {
        assert_eq!(innermost("hello world"), None);
        assert_eq!(innermost("limit reached: 14 of 10"), None);
        assert_eq!(innermost("ERROR: nothing to do"), None);
        assert_eq!(innermost("see https://example.org:8080/x"), None);
        assert_eq!(innermost(""), None);
        assert_eq!(links("a: "), ["a"]);
    }
}
