//! A signature file is refused with its place, or it can be used; and no value that a log brings changes what a command does.

use std::sync::Arc;

use whyfail::check::check_beside;
use whyfail::report::{self, Format, Style};
use whyfail::signature::template::{self, Piece};
use whyfail::signature::{Origin, Problem, SignatureFile, compile, parse};
use whyfail::{Diagnoser, Matcher, SignatureDb};

/// The file as a checker is told its name.
const NAME: &str = "own/frob/tune.toml";
/// A longer one is refused before it is read.
const MOST: usize = 32 << 10;
/// So many lines are scanned, and so much of each.
const LINES: usize = 12;
const LINE: usize = 600;

/// Of `data` the first byte chooses: a whole file, pieces of one, or a template.
pub fn check(data: &[u8]) {
    let Some((&way, body)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(body);
    match way % 4 {
        0 | 1 => file(&text, &text),
        2 => {
            let parts: Vec<&str> = text.splitn(6, '\0').collect();
            let part = |at: usize| parts.get(at).copied().unwrap_or("x");
            file(&from_parts([part(0), part(1), part(2), part(3), part(4)]), part(5));
        }
        _ => match text.split_once('\0') {
            Some((template, value)) => filled(template, value),
            None => filled("frobnicate --tune {x} --to '{x|a b}'", &text),
        },
    }
}

/// A file of a pattern, a title, an explanation, a command and an example.
fn from_parts([pattern, title, explain, command, log]: [&str; 5]) -> String {
    let quoted = |text: &str| toml_string(text);
    format!(
        "title = {}\nclass = 'config'\nowner = 'configuration'\nretry = 'no'\nmatch = [{}]\nexplain = {}\n\n[[remedy]]\ntitle = 'Tune it'\ncommands = [{}]\n\n[[example]]\nlog = {log}\nsource = 'a'\n\n[[example]]\nlog = {log}\nsource = 'b'\n\n[[counterexample]]\nlog = 'nothing'\nsource = 'c'\n",
        quoted(title),
        quoted(pattern),
        quoted(explain),
        quoted(command),
        log = quoted(log),
    )
}

/// JSON's strings are TOML's, but for what both escape otherwise.
fn toml_string(text: &str) -> String {
    serde_json::to_string(text).expect("a string").replace('\u{7f}', "\\u007f")
}

fn file(text: &str, log: &str) {
    if text.len() > MOST {
        return;
    }
    match parse("frob/tune", NAME, text) {
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a word");
            problems.iter().for_each(|problem| has_a_place(problem, text));
        }
        Ok(file) => is_usable(&file, log),
    }
}

/// It is told with its place, and nothing of the file reaches a terminal raw.
fn has_a_place(problem: &Problem, text: &str) {
    let told = problem.to_string();
    assert!(problem.line >= 1 && problem.line <= text.matches('\n').count() + 1, "{told}");
    assert!(problem.column >= 1 && !problem.message.trim().is_empty(), "{told}");
    assert!(told.contains(&format!("--> {NAME}:{}:{}", problem.line, problem.column)), "{told}");
    let raw = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!told.contains(raw), "{told:?}");
}

fn is_usable(file: &SignatureFile, log: &str) {
    let signature = &file.signature;
    for pattern in signature.patterns.iter().chain(&signature.near).chain(&signature.unless) {
        assert!(compile(&pattern.regex).is_ok(), "{}", pattern.regex);
    }
    let db = Arc::new(SignatureDb::from_signatures(vec![signature.clone()], Origin::Repository));
    let matcher = Arc::new(Matcher::new(Arc::clone(&db)).with_advice());
    let examples = file.examples.iter().chain(&file.counterexamples).map(|example| example.log.as_str());
    for line in examples.clone().flat_map(str::lines).chain(log.lines()).take(LINES) {
        let line = line.as_bytes();
        let line = &line[..line.len().min(LINE)];
        let (mut fast, mut plain) = (Vec::new(), Vec::new());
        matcher.scan(line, &mut fast);
        matcher.scan_exhaustively(line, &mut plain);
        assert_eq!(fast, plain, "{:?}", String::from_utf8_lossy(line));
        fast.iter().for_each(|hit| drop(matcher.take(hit, line)));
    }
    let mut diagnoser = Diagnoser::new(Arc::clone(&matcher));
    examples.for_each(|log| diagnoser.feed(format!("{log}\n").as_bytes()));
    diagnoser.feed(log.as_bytes());
    let diagnosis = diagnoser.finish();
    for format in Format::ALL {
        let style = Style { ci: true, ..Style::default() };
        let mut out = Vec::new();
        report::write(&mut out, *format, std::slice::from_ref(&diagnosis), &db, &style).expect("memory takes it");
        String::from_utf8(out).expect("reports are UTF-8");
    }
    let files = std::slice::from_ref(file);
    check_beside(files, &SignatureDb::default()).iter().for_each(|problem| has_a_place(problem, &file.text));
}

/// Fills a template with a value.
fn filled(template: &str, value: &str) {
    let known = |_: &str| Some(value);
    match template::parse(template) {
        Err(error) => {
            assert!(error.at <= template.len() && template.is_char_boundary(error.at), "{}", error.at);
            assert_eq!(template::fill(template, known), template);
            assert_eq!(template::fill_shell(template, known), None);
        }
        Ok(pieces) => {
            let captures = pieces.iter().filter(|piece| matches!(piece, Piece::Capture { .. })).count();
            let sentence = template::fill(template, known);
            assert!(sentence.len() <= template.len() + captures * value.len(), "{sentence}");
            if captures > 0 {
                stays_one_word(template, value);
            }
        }
    }
}

/// In a command that a person may write, with quotes or without, a value stays what it is: a part of the same word.
fn stays_one_word(template: &str, value: &str) {
    let usual = |c: char| c.is_ascii_alphanumeric() || " _=-./:{}'\"|".contains(c);
    let Some(command) = template::fill_shell(template, |_| Some(value)) else { return };
    assert!(value.is_empty() || !value.contains(char::is_control), "{command:?}");
    let plain = template::fill_shell(template, |_| Some("VALUE")).expect("a plain value fits where another does");
    if value.is_empty() || !template.chars().all(usual) || template.contains("VALUE") {
        return;
    }
    let words = |command: &str| shlex::split(command);
    let Some(expected) = words(&plain) else { return };
    let expected: Vec<String> = expected.iter().map(|word| word.replace("VALUE", value)).collect();
    assert_eq!(words(&command), Some(expected), "{template:?} with {value:?}");
}
