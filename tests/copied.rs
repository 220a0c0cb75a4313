//! Logs of any tool whose lines were cut in two by a terminal's copy (at a column, in the middle of a word) or by a mail (at a blank): the
//! same cause as in the log as it was, the same line number, and no alarm where there was none.

mod common;

use std::fmt::Write as _;

use common::{corpus, diagnose};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use whyfail::Diagnosis;
use whyfail::model::Outcome;

/// What is done to a log.
#[derive(Debug, Clone, Copy)]
enum Copied {
    /// Copied from a terminal of so many columns.
    Terminal(usize),
    /// Mailed, with lines of at most so many columns.
    Mail(usize),
}

/// Each of them with the share of causes that must stay, in percent.
const SHARES: [(Copied, usize); 4] =
    [(Copied::Terminal(80), 98), (Copied::Terminal(100), 97), (Copied::Mail(72), 96), (Copied::Mail(76), 97)];

/// The log as it looks then.
fn copied(log: &str, how: Copied) -> String {
    let mut out = String::new();
    for line in log.lines() {
        match how {
            Copied::Terminal(width) => at_columns(line, width, &mut out),
            Copied::Mail(width) => at_blanks(line, width, &mut out),
        }
    }
    out
}

fn at_columns(line: &str, width: usize, out: &mut String) {
    let mut column = 0;
    for c in line.chars() {
        let wide = c.width().unwrap_or(0);
        if column + wide > width {
            out.push('\n');
            column = 0;
        }
        out.push(c);
        column += wide;
    }
    out.push('\n');
}

fn at_blanks(line: &str, width: usize, out: &mut String) {
    let mut rest = line;
    while rest.width() > width {
        let indent = rest.len() - rest.trim_start().len();
        let fits = rest.char_indices().take_while(|(at, _)| rest[..*at].width() <= width).map(|(at, _)| at).last();
        let fits = fits.unwrap_or(0);
        let blank = rest[..fits].rfind(' ').filter(|at| *at > indent);
        // A word that is too long stays whole.
        let Some(blank) = blank.or_else(|| rest[fits..].find(' ').map(|at| at + fits)) else { break };
        let _ = writeln!(out, "{}", rest[..blank].trim_end());
        rest = rest[blank..].trim_start();
    }
    let _ = writeln!(out, "{rest}");
}

/// What a person sees of a log at a terminal.
fn seen(log: &[u8]) -> Option<String> {
    let text = String::from_utf8(log.to_vec()).ok()?;
    let colours = regex::Regex::new("\x1b\\[[0-9;]*[A-Za-z]").expect("a pattern");
    let text = colours.replace_all(&text, "").replace('\t', "        ").replace("\r\n", "\n");
    (!text.contains(['\x1b', '\r', '\0'])).then_some(text)
}

/// The output of a command that ran just now: that was copied by nobody, and no line is joined.
fn of_a_command(log: &[u8]) -> Diagnosis {
    let mut diagnoser = common::diagnoser();
    diagnoser.feed(log);
    let run = whyfail::model::Run { command: vec!["make".into()], exit_code: Some(1), signal: None, duration_ms: 1 };
    diagnoser.finish_run(Some(run))
}

fn cause(answer: &Diagnosis) -> Option<&str> {
    answer.causes.first().map(|cause| cause.signature.as_str())
}

/// In which line of the copy each line of the log starts, both from 1.
fn starts(log: &str, how: Copied) -> Vec<u64> {
    let mut line = 1;
    let mut starts = vec![0];
    for whole in log.lines() {
        starts.push(line);
        line += copied(whole, how).lines().count().max(1) as u64;
    }
    starts
}

#[test]
fn the_cause_stays() {
    let logs: Vec<(String, String, Diagnosis)> = corpus()
        .into_iter()
        .filter_map(|path| Some((path.display().to_string(), seen(&std::fs::read(path).ok()?)?)))
        .filter(|(_, log)| log.len() < 500_000)
        .map(|(name, log)| (name, diagnose(log.as_bytes()), log))
        .filter(|(_, answer, _)| answer.source.dialects.iter().all(|name| name == "plain") && cause(answer).is_some())
        .map(|(name, answer, log)| (name, log, answer))
        .collect();
    // The package comes without the corpus.
    if corpus().is_empty() {
        return;
    }
    assert!(logs.len() > 100, "{} logs of tools alone", logs.len());
    let mut failed = Vec::new();
    for (how, wanted) in SHARES {
        let (mut cut, mut kept, mut alone, mut placed) = (0, 0, 0, 0);
        for (name, log, whole) in &logs {
            let copy = copied(log, how);
            // Only those count that are not the same text.
            if copy.trim_end() == log.trim_end() {
                continue;
            }
            cut += 1;
            let answer = diagnose(copy.as_bytes());
            alone += usize::from(cause(&of_a_command(copy.as_bytes())) == cause(whole));
            if cause(&answer) != cause(whole) {
                if std::env::var_os("WHYFAIL_SHOW").is_some() {
                    eprintln!("{how:?} {name}: {:?} for {:?}", cause(&answer), cause(whole));
                }
                continue;
            }
            kept += 1;
            let line = whole.causes[0].evidence[0].line as usize;
            let right = starts(log, how).get(line).copied().unwrap_or(0);
            placed += usize::from(answer.causes[0].evidence[0].line == right);
        }
        eprintln!("{how:?}: of {cut} logs {kept} keep their cause ({alone} without joining), {placed} its line");
        if kept * 100 < cut * wanted || placed * 100 < kept * 90 || kept <= alone {
            failed.push(format!("{how:?}: {kept} of {cut}, {placed} at the same line, {alone} without joining"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_good_log_stays_good() {
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(common::repository("tests/good")).expect("tests/good is there") {
        let path = entry.expect("it can be listed").path();
        let Some(log) = seen(&std::fs::read(&path).expect("it can be read")) else { continue };
        for how in
            [Copied::Terminal(80), Copied::Terminal(100), Copied::Terminal(120), Copied::Mail(72), Copied::Mail(76)]
        {
            let answer = diagnose(copied(&log, how).as_bytes());
            if cause(&answer).is_some() || !matches!(answer.outcome, Outcome::Succeeded | Outcome::NoFailure) {
                wrong.push(format!("{how:?} {}: {:?} {:?}", path.display(), answer.outcome, cause(&answer)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A mail put the last word of the command below it; a compiler's message that has a line of its own is no rest of that.
#[test]
fn a_compilers_message_is_no_rest_of_a_command() {
    let command = "cc -O2 -Wall -Ithird_party/frobnicate/include -Ithird_party/zlib/include -c -o build/objects/network/secure/tls.o src/network/transport/secure/tls.c";
    let log = format!(
        "{command}\n{command}\n{command}\n\
         src/network/transport/secure/tls.c:14:10: fatal error: openssl/opensslconf-x86_64.h: No such file or directory\n\
         compilation terminated.\nmake: *** [Makefile:12: build/objects/network/secure/tls.o] Error 1\n"
    );
    let copy = copied(&log, Copied::Mail(72));
    let answer = diagnose(copy.as_bytes());
    assert_eq!(cause(&answer), Some("cc/header-missing"), "{copy}");
    let proof = &answer.causes[0].evidence[0];
    assert_eq!(proof.line, starts(&log, Copied::Mail(72))[4], "{copy}");
    assert!(
        proof.text.starts_with("src/network/") && proof.text.ends_with("No such file or directory"),
        "{}",
        proof.text
    );
}

#[test]
fn what_was_not_cut_is_not_joined() {
    let mut joined = Vec::new();
    let mut count = 0;
    for path in corpus() {
        let Some(log) = std::fs::read(&path).ok().filter(|log| log.len() < 500_000) else { continue };
        count += 1;
        let answer = diagnose(&log);
        if !answer.source.dialects.iter().any(|name| name == "pasted") {
            continue;
        }
        let alone = of_a_command(&log);
        if cause(&answer) != cause(&alone) {
            joined.push(format!("{}: {:?} for {:?}", path.display(), cause(&answer), cause(&alone)));
        }
    }
    eprintln!("of {count} logs {} get another cause by joining", joined.len());
    assert!(joined.len() * 500 <= count, "of {count}: {}", joined.join("\n"));
}
