//! What else makes a signature a bad one, though it can be read: fixed texts that every good log holds, regex syntax that is taken
//! for text or text that is taken for syntax, patterns that are there twice.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex_syntax::ast::{Ast, ClassSetItem, GroupKind, Span, parse::Parser};

use super::common_texts::{COMMON_EIGHTS, COMMON_FIVES};
use super::definition::{Pattern, Signature, SignatureFile};
use super::expression::compile;
use super::literal::{self, LONG_WINDOW};
use super::problem::{Problem, code};
use super::vocabulary::Role;
use crate::pieces::Pieces;

/// From here on [`literal::frequency`] means that the scan stops at a text's place in nearly every log. The worst texts that some
/// messages leave no way around (`download of `) are beyond it, so it is a doubt, not a mistake.
const OFTEN_MET: u32 = 3_000;

/// Do all pieces of this fixed text (in lower case) stand in many lines of good builds' logs?
pub fn is_common(text: &[u8]) -> bool {
    static FIVES: LazyLock<HashSet<&[u8]>> = LazyLock::new(|| COMMON_FIVES.as_bytes().chunks_exact(5).collect());
    static EIGHTS: LazyLock<HashSet<&[u8]>> = LazyLock::new(|| COMMON_EIGHTS.as_bytes().chunks_exact(8).collect());
    let text: Vec<u8> = text.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }).collect();
    let (known, size) = if text.len() < 8 { (&FIVES, 5) } else { (&EIGHTS, 8) };
    text.len() >= size && text.windows(size).all(|piece| known.contains(piece))
}

/// A piece of regex syntax in a sentence for readers; what stands between back quotes is meant as it is.
pub fn stray_syntax(sentence: &str) -> Option<&'static str> {
    const SYNTAX: [&str; 16] = [
        "(?:", "(?P<", "(?i", "\\d", "\\D", "\\s+", "\\s*", "\\S", "\\w", "\\W", "\\b", "\\.", "\\(", "\\[", ".*?",
        "[^",
    ];
    let outside = || sentence.split('`').step_by(2);
    SYNTAX.into_iter().find(|syntax| outside().any(|part| part.contains(syntax)))
}

/// Patterns that two signatures share though nothing tells the two apart, or that one has twice.
pub fn duplicates<'s>(files: &'s [SignatureFile], others: impl Iterator<Item = &'s Signature>) -> Vec<Problem> {
    let own: HashSet<&str> = files.iter().map(|file| file.signature.id.as_str()).collect();
    let mut known: HashMap<(&str, Vec<&str>), &str> = HashMap::new();
    for signature in others.filter(|other| !own.contains(other.id.as_str())) {
        for pattern in &signature.patterns {
            known.insert((&pattern.regex, conditions(signature)), &signature.id);
        }
    }
    let mut problems = Vec::new();
    for file in files {
        let signature = &file.signature;
        for (pattern, span) in signature.patterns.iter().zip(&file.pattern_spans) {
            let Some(other) = known.insert((&pattern.regex, conditions(signature)), &signature.id) else { continue };
            let (message, help) = if other == signature.id {
                ("this pattern is there twice".to_owned(), "take one of the two away")
            } else {
                (
                    format!("{other} has the same pattern, and nothing tells the two apart"),
                    "make one signature of the two, or let 'near', 'unless' or 'unless_near' tell them apart",
                )
            };
            problems.push(Problem::at(code::DUPLICATE, &file.file, &file.text, span.0..span.1, message).help(help));
        }
    }
    problems
}

/// What a signature asks for beside its pattern.
fn conditions(signature: &Signature) -> Vec<&str> {
    let lists = [&signature.near, &signature.unless, &signature.unless_near];
    let mut all = Vec::new();
    for (name, list) in ["near", "unless", "unless_near"].into_iter().zip(&lists) {
        all.push(name);
        all.extend(list.iter().map(|pattern| pattern.regex.as_str()));
    }
    all
}

/// What may be wrong with the patterns of a file: `whyfail check --strict` takes it for a mistake.
pub fn doubts(file: &SignatureFile) -> Vec<Problem> {
    let mut doubts = Vec::new();
    for (pattern, span) in file.signature.patterns.iter().zip(&file.pattern_spans) {
        let mut say = |code: &'static str, message: String, help: &str| {
            doubts.push(Problem::at(code, &file.file, &file.text, span.0..span.1, message).help(help).doubtful());
        };
        let met = |text: &&Vec<u8>| text.len() < LONG_WINDOW && literal::frequency(text) >= OFTEN_MET;
        let often = pattern.literals.iter().map(|literal| &literal.text).find(met);
        if let Some(text) = often.filter(|_| matches!(file.signature.role, Role::Cause | Role::Symptom)) {
            let shown = String::from_utf8_lossy(text);
            say(
                code::COMMON,
                format!("the fixed text '{shown}' is made of runs that good logs are full of"),
                "more of the message's own words, at best 15 characters in a row, make every scan faster",
            );
        }
        let Ok(ast) = Parser::new().parse(&pattern.regex) else { continue };
        let mut suspects = Vec::new();
        walk(&ast, &pattern.regex, &mut suspects);
        for suspect in suspects {
            let source = pattern.regex.part(suspect.at.clone());
            match suspect.kind {
                Kind::Dot if is_a_dot_in(file, pattern, suspect.at.start) => say(
                    code::SYNTAX_AS_TEXT,
                    "a '.' that stands for any character is a dot in every example".to_owned(),
                    "write \\. for a dot",
                ),
                Kind::Verbatim if file.examples.iter().any(|example| example.log.contains(source)) => say(
                    code::SYNTAX_AS_TEXT,
                    format!("'{source}' is regex syntax here, and an example has it as text"),
                    "write \\( \\) \\[ \\] for brackets of the message, and (?:…) for a group",
                ),
                Kind::Escaped => say(
                    code::SYNTAX_AS_TEXT,
                    format!("'{source}' looks for a backslash"),
                    "in a TOML string of single quotes one backslash is enough: \\d",
                ),
                Kind::Dot | Kind::Verbatim => {}
            }
        }
    }
    doubts
}

enum Kind {
    /// A wildcard that is not repeated.
    Dot,
    /// A class or group of plain text.
    Verbatim,
    /// An escaped backslash before a repeated letter that is a class when escaped.
    Escaped,
}

struct Suspect {
    kind: Kind,
    at: std::ops::Range<usize>,
}

fn walk(ast: &Ast, pattern: &str, found: &mut Vec<Suspect>) {
    let range = |span: &Span| span.start.offset..span.end.offset;
    match ast {
        Ast::Dot(span) => found.push(Suspect { kind: Kind::Dot, at: range(span) }),
        Ast::ClassBracketed(class) => {
            let plain = match &class.kind {
                regex_syntax::ast::ClassSet::Item(ClassSetItem::Union(union)) => {
                    union.items.len() >= 3
                        && union
                            .items
                            .iter()
                            .all(|item| matches!(item, ClassSetItem::Literal(letter) if letter.c.is_alphanumeric()))
                }
                _ => false,
            };
            if plain && !class.negated {
                found.push(Suspect { kind: Kind::Verbatim, at: range(&class.span) });
            }
        }
        Ast::Group(group) => {
            let inside = pattern.part(range(&group.span));
            if matches!(group.kind, GroupKind::CaptureIndex(_)) && !inside.contains(['\\', '|', '*', '+', '?', '[']) {
                found.push(Suspect { kind: Kind::Verbatim, at: range(&group.span) });
            }
            walk(&group.ast, pattern, found);
        }
        Ast::Repetition(repetition) if !matches!(*repetition.ast, Ast::Dot(_)) => walk(&repetition.ast, pattern, found),
        Ast::Alternation(branches) => branches.asts.iter().for_each(|branch| walk(branch, pattern, found)),
        Ast::Concat(parts) => {
            for pair in parts.asts.windows(2) {
                if let [Ast::Literal(slash), Ast::Repetition(repetition)] = pair
                    && let Ast::Literal(letter) = &*repetition.ast
                    && slash.c == '\\'
                    && "dDsSwW".contains(letter.c)
                {
                    found
                        .push(Suspect { kind: Kind::Escaped, at: slash.span.start.offset..repetition.span.end.offset });
                }
            }
            parts.asts.iter().for_each(|part| walk(part, pattern, found));
        }
        _ => {}
    }
}

/// Do the examples that the pattern matches by its wildcard at this byte all have a dot there?
fn is_a_dot_in(file: &SignatureFile, pattern: &Pattern, at: usize) -> bool {
    let with = |text: &str| compile(&format!("{}{text}{}", pattern.regex.head(at), pattern.regex.tail(at + 1)));
    let (Ok(wild), Ok(dot), Ok(never)) = (with("."), with(r"\."), with(r"\x00")) else { return false };
    let lines = file.examples.iter().flat_map(|example| example.log.lines()).flat_map(|line| {
        // The dialects take `#12 3.456 ` away.
        let clean = line.strip_prefix('#').and_then(|rest| rest.splitn(3, ' ').nth(2)).unwrap_or(line);
        [line.as_bytes(), clean.as_bytes()]
    });
    let mut relying = lines.filter(|line| wild.is_match(line) && !never.is_match(line)).peekable();
    relying.peek().is_some() && relying.all(|line| dot.is_match(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::parse;

    /// A signature with this title, pattern and line of an example.
    fn file(id: &str, title: &str, pattern: &str, line: &str) -> Result<SignatureFile, Vec<Problem>> {
        let text = format!(
            "title = '{title}'\nclass = 'config'\nowner = 'code'\nretry = 'no'\nmatch = [\n  '{pattern}',\n]\nexplain = 'Why.'\n\
             [[remedy]]\ntitle = 'Mend it'\n[[example]]\nlog = '{line}'\nsource = 'a'\n[[example]]\nlog = '{line}'\nsource = 'b'\n\
             [[counterexample]]\nlog = 'x'\nsource = 'c'\n"
        );
        parse(id, &format!("{id}.toml"), &text)
    }

    fn mistakes(title: &str, pattern: &str) -> Vec<(&'static str, usize)> {
        let read = file("frob/tune", title, pattern, "x");
        read.err().into_iter().flatten().map(|problem| (problem.code, problem.line)).collect()
    }

    fn doubts_of(pattern: &str, line: &str) -> Vec<&'static str> {
        let file = file("frob/tune", "Out of tune", pattern, line).unwrap();
        assert!(doubts(&file).iter().all(|doubt| doubt.doubtful && doubt.line == 6 && doubt.column == 3));
        doubts(&file).into_iter().map(|doubt| doubt.code).collect()
    }

    #[test]
    fn a_text_that_good_logs_are_full_of_is_a_mistake() {
        assert!(is_common(b"error ") && is_common(b" failed") && is_common(b"from docker.io/library/"));
        assert!(!is_common(b"error lnk") && !is_common(b".py::") && !is_common(b": 403 forbidden") && !is_common(b""));
        assert_eq!(mistakes("Out of tune", r"^error \w+"), [(code::COMMON, 6)]);
        assert_eq!(mistakes("Out of tune", r"^error: cello out of tune"), []);
    }

    #[test]
    fn regex_syntax_in_a_sentence_is_a_mistake() {
        assert_eq!(mistakes(r"Out of tune (?:or so)", "cello is out of tune"), [(code::SYNTAX_AS_TEXT, 1)]);
        assert_eq!(mistakes(r"\d strings out of tune", "cello is out of tune"), [(code::SYNTAX_AS_TEXT, 1)]);
        assert_eq!(mistakes(r"The pattern `\d+` is out of tune (as it were)", "cello is out of tune"), []);
    }

    #[test]
    fn a_capture_that_may_be_empty_needs_words_instead() {
        assert_eq!(mistakes("Out of tune: {part}", "is out of tune: (?P<part>.*)"), [(code::TEMPLATE, 1)]);
        assert_eq!(mistakes("Out of tune: {part}", "is out of tune(?:: (?P<part>.+))?"), [(code::TEMPLATE, 1)]);
        assert_eq!(mistakes("Out of tune: {part|a part}", "is out of tune: (?P<part>.*)"), []);
        assert_eq!(mistakes("Out of tune: {part}", "is out of tune: (?P<part>.+)"), []);
    }

    #[test]
    fn placeholders_are_mistakes() {
        let pattern = r"(?P<part>\w+) is out of tune";
        for title in ["Tune <part>", "Tune <PART>", "Tune <your part>", "Tune {{part}}", "FIXME tune", "Tune YOUR_PART"]
        {
            assert_eq!(mistakes(title, pattern), [(code::TEMPLATE, 1)], "{title}");
        }
        for title in ["Tune List<String>", "Tune a < b and c > d", "Tune <stdio.h>", "Tune ${{part}}", "Tune {{all}}"] {
            assert_eq!(mistakes(title, pattern), [], "{title}");
        }
    }

    #[test]
    fn text_that_is_taken_for_syntax_is_doubted() {
        assert_eq!(doubts_of("cello.conf is out of tune", "cello.conf is out of tune"), [code::SYNTAX_AS_TEXT]);
        assert!(doubts_of(r"cello\.conf is out of tune", "cello.conf is out of tune").is_empty());
        assert!(doubts_of("cello.* is out of tune", "cello.conf is out of tune").is_empty());
        assert_eq!(doubts_of("cello(s) (?:is|are) out of tune", "cello(s) are out of tune").len(), 1);
        assert_eq!(
            doubts_of("[ERROR]* ?.*cello is out of tune", "[ERROR] cello is out of tune"),
            [code::SYNTAX_AS_TEXT]
        );
        assert_eq!(doubts_of(r"out of tune by \\d+", "out of tune by 3"), [code::SYNTAX_AS_TEXT]);
        assert!(doubts_of(r"C:\\src is out of tune", r"C:\src is out of tune").is_empty());
    }

    #[test]
    fn text_that_is_met_often_is_doubted() {
        assert_eq!(doubts_of(r"download of \w", "download of cello failed"), [code::COMMON]);
    }

    #[test]
    fn a_pattern_is_there_once_unless_something_tells_the_two_apart() {
        let one = file("frob/one", "Out of tune", "cello is out of tune", "x").unwrap();
        let two = file("frob/two", "Out of tune", "cello is out of tune", "x").unwrap();
        let found = duplicates(&[one.clone(), two.clone()], std::iter::empty());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].code, found[0].file.as_str(), found[0].line), (code::DUPLICATE, "frob/two.toml", 6));
        assert!(found[0].message.contains("frob/one"));
        assert_eq!(duplicates(std::slice::from_ref(&two), [&one.signature].into_iter()).len(), 1);
        let replaced = Signature { id: "frob/two".into(), ..one.signature.clone() };
        assert_eq!(duplicates(std::slice::from_ref(&two), [&replaced].into_iter()), []);
        let mut apart = two;
        apart.signature.near = apart.signature.patterns.clone();
        assert_eq!(duplicates(&[one.clone(), apart], std::iter::empty()), []);
        let twice = file("frob/one", "Out of tune", "cello is out of tune', 'cello is out of tune", "x").unwrap();
        assert_eq!(duplicates(&[twice], std::iter::empty()).len(), 1);
    }
}
