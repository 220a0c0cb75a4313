//! `whyfail new ID --line '…'`: drafts a signature from a line of a log.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, Write};

use anyhow::{Context, bail, ensure};
use once_cell::sync::Lazy;
use regex::Regex;

use super::args::NewArgs;
use crate::diagnosis::mask;

pub fn execute(args: &NewArgs) -> anyhow::Result<u8> {
    let good = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let Some((tool, name)) = args.id.split_once('/').filter(|(tool, name)| good(tool) && good(name)) else {
        bail!("'{}' is not <tool>/<name> in kebab-case, as go/checksum-mismatch", args.id);
    };
    let line = match &args.line {
        Some(line) => line.clone(),
        None => {
            eprintln!("The line of the log that proves the failure:");
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line).context("standard input can't be read")?;
            line
        }
    };
    let line = mask(line.trim()).0;
    ensure!(!line.is_empty(), "no line was given");
    ensure!(!line.contains('\n'), "one line is enough");
    let folder = args.dir.join(tool);
    let path = folder.join(format!("{name}.toml"));
    fs::create_dir_all(&folder).with_context(|| format!("{}: can't be made", folder.display()))?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .with_context(|| format!("{}: can't be written", path.display()))?;
    file.write_all(draft(&line).as_bytes())?;
    println!("{}", path.display());
    eprintln!("Fill in the lines that say TODO, then: whyfail check {}", args.dir.display());
    Ok(0)
}

/// What in a line differs from case to case, and the group to put there.
static VARIABLE: Lazy<Option<Regex>> = Lazy::new(|| {
    Regex::new(concat!(
        r#"(?P<url>https?://[^\s"']+)"#,
        r#"|(?P<quoted>"[^"]+"|'[^']+')"#,
        r"|(?P<place>[\w./-]+\.\w+:\d+(?::\d+)?)",
        r"|(?P<version>\bv?\d+\.\d+(?:\.\d+)?[\w.+-]*)",
        r"|(?P<path>/[\w./@+-]{3,})",
        r"|(?P<number>\b\d+\b)",
    ))
    .ok()
});

/// The pattern: fixed words stay, what differs becomes a group. At most one group of a kind has a name.
fn pattern(line: &str) -> String {
    let Some(variable) = VARIABLE.as_ref() else { return regex::escape(line) };
    let mut out = String::new();
    let mut at = 0;
    let mut named: Vec<&str> = Vec::new();
    for found in variable.captures_iter(line) {
        let Some(whole) = found.get(0) else { continue };
        out.push_str(&regex::escape(&line[at..whole.start()]));
        at = whole.end();
        let kind =
            ["url", "quoted", "place", "version", "path", "number"].into_iter().find(|kind| found.name(kind).is_some());
        let (kind, fresh) = match kind {
            Some(kind) => (kind, !named.contains(&kind)),
            None => continue,
        };
        named.push(kind);
        out.push_str(match (kind, fresh) {
            ("url", true) => r"(?P<url>https?://(?P<host>[^/\s:]+)\S*)",
            ("quoted", true) => r#"["'](?P<name>[^"']+)["']"#,
            ("quoted", false) => r#"["'][^"']+["']"#,
            ("place", true) => r"(?P<file>[^\s:]+):(?P<line>\d+)(?::\d+)?",
            ("version", true) => r"(?P<version>\S+)",
            ("path", true) => r"(?P<path>/\S+)",
            ("number", _) => r"\d+",
            _ => r"\S+",
        });
    }
    out.push_str(&regex::escape(&line[at..]));
    out
}

fn draft(line: &str) -> String {
    let literal = |text: &str| if text.contains('\'') { format!("'''{text}'''") } else { format!("'{text}'") };
    format!(
        r#"# The fields are described in signatures/README.md of whyfail.
title   = "TODO: what is wrong, in the reader's words"
class   = "unknown"          # whyfail list --classes
owner   = "configuration"    # code | dependencies | configuration | infrastructure
retry   = "unknown"          # helps | no | unknown
match   = [{pattern}]
explain = """
TODO: two or three sentences on why this happens."""
prevent = "TODO: how not to meet it again."

[[remedy]]
title    = "TODO: what to do, safest first"
commands = []

[[example]]
log    = {example}
source = "TODO: the tool's version and source file, or where the log comes from"

# A second real form of the message, from another version or another project:
# [[example]]

[[counterexample]]
log    = 'TODO: a line that looks alike and must not match'
source = "TODO"
"#,
        pattern = literal(&pattern(line)),
        example = literal(line),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_becomes_a_group() {
        assert_eq!(
            pattern("go: reading https://proxy.example.org/x: 403 after 3 tries"),
            r"go: reading (?P<url>https?://(?P<host>[^/\s:]+)\S*) \d+ after \d+ tries"
        );
    }
}
