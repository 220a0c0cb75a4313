//! Captures that would make a remedy's command dangerous to paste: a value is quoted for the shell, or the command is left out.

use std::collections::BTreeSet;

use whyfail::SignatureDb;
use whyfail::signature::template::{Piece, parse};
use whyfail::signature::{Signature, folder};

use super::common::{diagnose, repository};

/// What a stranger would put where a name is expected.
const PAYLOADS: [&str; 16] = [
    "$(touch${IFS}pwned)",
    "`touch${IFS}pwned`",
    "a;touch${IFS}pwned",
    "a|touch${IFS}pwned",
    "a&touch${IFS}pwned",
    "a>pwned",
    "a'$(pwned)'",
    "a\"$(pwned)\"",
    "a'\"'\"';pwned;'",
    "a\\$(pwned)",
    "--pwned=x",
    "-opwned",
    "~/pwned",
    "*",
    "a!pwned",
    "a#pwned",
];

/// What a shell acts on in a command, in order: outside of quotes, and in double ones.
fn acts(command: &str) -> String {
    let mut quote = None;
    let mut acts = String::new();
    for c in command.chars() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (Some('\''), _) => {}
            (Some(_), '$' | '`' | '\\') => acts.push(c),
            (Some(_), _) => {}
            (None, c) if "$`;|&<>()\\*?~!\n{}[]".contains(c) || c.is_control() => acts.push(c),
            (None, _) => {}
        }
    }
    if quote.is_some() {
        acts.push_str("an open quote");
    }
    acts
}

/// The words of a command that begin with a dash.
fn options(command: &str) -> BTreeSet<String> {
    command.split_whitespace().filter(|word| word.starts_with('-')).map(str::to_owned).collect()
}

/// A template with a harmless word in place of each capture.
fn harmless(template: &str) -> String {
    let pieces = parse(template).expect("the database is sound");
    let text = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => (*text).to_owned(),
        Piece::Capture { .. } => "x".to_owned(),
    };
    pieces.iter().map(text).collect()
}

fn takes_captures(signature: &Signature) -> bool {
    let capture = |command: &String| {
        parse(command).is_ok_and(|pieces| pieces.iter().any(|piece| matches!(piece, Piece::Capture { .. })))
    };
    signature.prose().remedies.iter().flat_map(|remedy| &remedy.commands).any(capture)
}

#[test]
fn what_a_shell_acts_on_is_seen() {
    assert_eq!(acts("rm '$(x)' `y`"), "``");
    assert_eq!(acts("a && b \"c's $d;\""), "&&$");
    assert_eq!(acts("it's"), "an open quote");
}

#[test]
fn no_capture_makes_a_command_that_does_something_else() {
    let (files, problems) = folder::read(&repository("signatures")).expect("the database");
    assert!(problems.is_empty());
    let db = SignatureDb::built_in();
    let mut tried = BTreeSet::new();
    let mut filled = 0;
    for file in files.iter().filter(|file| takes_captures(&file.signature)) {
        let id = &file.signature.id;
        let Some(log) = file.examples.first().map(|example| &example.log) else { continue };
        let diagnosis = diagnose(log.as_bytes());
        let Some(cause) = diagnosis.causes.iter().find(|cause| cause.signature == *id) else { continue };
        for value in cause.captures.values().filter(|value| value.len() > 1) {
            // Not every signature with every payload: that would be a hundred thousand logs.
            let from = tried.len();
            for payload in PAYLOADS.iter().cycle().skip(from % PAYLOADS.len()).take(4) {
                let hostile = diagnose(log.replace(value.as_str(), payload).as_bytes());
                for cause in &hostile.causes {
                    let signature = db.get(&cause.signature).expect("it is of the database");
                    let templates: Vec<&String> =
                        signature.prose().remedies.iter().flat_map(|remedy| &remedy.commands).collect();
                    let known: BTreeSet<String> = templates.iter().map(|template| acts(&harmless(template))).collect();
                    let own: BTreeSet<String> =
                        templates.iter().flat_map(|template| options(&harmless(template))).collect();
                    for command in cause.remedies.iter().flat_map(|remedy| &remedy.commands) {
                        assert!(known.contains(&acts(command)), "{id} with {payload}: {command}");
                        let foreign =
                            options(command).into_iter().find(|word| word.contains("pwned") && !own.contains(word));
                        // A value stands behind the option's own name.
                        let glued = |word: &String| {
                            own.iter().any(|own| match own.split_once('=') {
                                Some((name, _)) => word.split_once('=').is_some_and(|(word, _)| word == name),
                                None => word.starts_with(own.trim_end_matches('x')),
                            })
                        };
                        assert!(foreign.as_ref().is_none_or(glued), "{id} with {payload}: {command}");
                        filled += usize::from(command.contains("pwned"));
                    }
                    for edit in cause.remedies.iter().flat_map(|remedy| &remedy.edits) {
                        let lines = [&edit.before, &edit.after].into_iter().flatten();
                        lines
                            .for_each(|line| assert!(!line.contains("$(touch") || line.contains('\''), "{id}: {line}"));
                    }
                }
            }
            tried.insert(id.clone());
        }
    }
    assert!(tried.len() > 100 && filled > 50, "too little was tried: {} signatures, {filled} commands", tried.len());
}

#[test]
fn line_feeds_and_markers_in_captures_fill_nothing() {
    for word in ["{module}", "{{module}}", "{module|rm -rf ~}", "{host}"] {
        let log = super::corpus::captures(word);
        let diagnosis = diagnose(log.as_bytes());
        let cause = diagnosis.causes.iter().find(|cause| cause.signature == "go/proxy-forbidden");
        if let Some(cause) = cause {
            assert!(cause.title.contains(word), "{}", cause.title);
            assert!(!cause.explanation.contains("{{") || word.contains("{{"), "{}", cause.explanation);
        }
        let said = serde_json::to_string(&diagnosis).expect("JSON");
        assert!(said.contains(word.trim_start_matches('{')), "{word}");
    }
}
