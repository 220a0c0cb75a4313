//! `whyfail check DIR`: tests signatures without any Rust.

use std::io::Write;
use std::path::Path;

use anyhow::Context;

use super::args::{Args, CheckArgs};
use super::output;
use crate::check;
use crate::report::counted;
use crate::signature::{folder, lint};

pub fn execute(all: &Args, args: &CheckArgs) -> anyhow::Result<u8> {
    let strict = all.report.strict;
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for path in &args.paths {
        if path.is_file() {
            match folder::read_file(path) {
                Ok(file) => files.push(file),
                Err(mistakes) => problems.extend(mistakes),
            }
            continue;
        }
        let read = read_folder(path)?;
        files.extend(read.0);
        problems.extend(read.1);
    }
    problems.extend(check::check(&files));
    for path in &args.good {
        let log = std::fs::read(path).with_context(|| format!("{}: can't be read", path.display()))?;
        problems.extend(check::check_good_log(&files, &path.display().to_string(), &log));
    }
    let doubts: Vec<_> = files.iter().flat_map(lint::doubts).collect();
    let doubtful = if strict { 0 } else { doubts.len() };
    problems.extend(doubts.into_iter().filter(|_| strict));
    let mut out = output::stdout();
    for problem in &problems {
        writeln!(out, "{problem}")?;
    }
    let examples: usize = files.iter().map(|file| file.examples.len() + file.counterexamples.len()).sum();
    let code = if problems.is_empty() {
        writeln!(
            out,
            "{}, {}: all good",
            counted(files.len() as u64, "signature"),
            counted(examples as u64, "example")
        )?;
        0
    } else {
        let broken: std::collections::BTreeSet<&str> = problems.iter().map(|p| p.file.as_str()).collect();
        writeln!(out, "{} in {}", counted(problems.len() as u64, "mistake"), counted(broken.len() as u64, "file"))?;
        super::USAGE
    };
    if doubtful > 0 {
        writeln!(out, "{} not shown: --strict shows them", counted(doubtful as u64, "doubt"))?;
    }
    out.flush()?;
    Ok(code)
}

type Read = (Vec<crate::signature::SignatureFile>, Vec<crate::signature::Problem>);

/// A folder of tools, or the folder of one tool.
fn read_folder(path: &Path) -> anyhow::Result<Read> {
    let listed = folder::read(path).with_context(|| format!("{}: can't be read", path.display()))?;
    let mut read = listed;
    let own = std::fs::read_dir(path).with_context(|| format!("{}: can't be read", path.display()))?;
    let mut own: Vec<_> = own.filter_map(Result::ok).map(|e| e.path()).collect();
    own.sort();
    for file in own.into_iter().filter(|p| p.extension().is_some_and(|e| e == "toml")) {
        match folder::read_file(&file) {
            Ok(file) => read.0.push(file),
            Err(mistakes) => read.1.extend(mistakes),
        }
    }
    anyhow::ensure!(
        !read.0.is_empty() || !read.1.is_empty(),
        "{}: no signature files (<tool>/<name>.toml)",
        path.display()
    );
    Ok(read)
}
