//! What must be true of each format, whatever the log says. Each is read by a real reader of it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jsonschema::Validator;
use scraper::Html;
use serde_json::{Value, json};
use whyfail::Diagnosis;
use whyfail::report::{Format, Style};

use super::common::runner::harmless;
use super::common::{diagnose, repository};
use super::{annotations_only, page_is_safe, render};

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let text = std::fs::read_to_string(repository("schema/whyfail.schema.json")).expect("the schema");
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::draft202012::new(&schema).expect("the schema compiles")
});

/// A character that is not shown, or acts on what shows it. A selector behind a sign belongs to it.
pub fn unseen(text: &str) -> Option<char> {
    let mut before = ' ';
    text.chars().find(|c| {
        let selects = matches!(c, '\u{fe0e}' | '\u{fe0f}') && before > '\u{2000}';
        before = *c;
        !selects
            && ((c.is_control() && !matches!(c, '\n' | '\t'))
                || matches!(
                    c,
                    '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
                        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
                        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
                ))
    })
}

/// The text without colours.
pub fn without_colours(text: &str) -> String {
    let mut out = String::new();
    let mut pieces = text.split("\u{1b}[");
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let codes = piece.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
        assert_eq!(piece.as_bytes().get(codes), Some(&b'm'), "no colour: {piece:?}");
        out.push_str(&piece[codes + 1..]);
    }
    out
}

/// Everything that must be true of the reports on a log.
pub fn check(what: &str, diagnosis: &Diagnosis) {
    for ci in [false, true] {
        for format in Format::ALL {
            let style = Style { ci, explain_ranking: true, ..Style::default() };
            let text = render(diagnosis, *format, &style);
            let what = format!("{what} as {} (CI: {ci})", format.as_str());
            if let Some(odd) = unseen(&text) {
                panic!("{what} prints {odd:?}: {text}");
            }
            if ci && format.as_str() != "github" {
                harmless(&what, &text);
            }
            of_format(&what, format.as_str(), diagnosis, &text);
        }
        let style = Style { ci, color: true, width: 60, ..Style::default() };
        let text = without_colours(&render(diagnosis, Format::Text, &style));
        assert_eq!(unseen(&text), None, "{what} in colour: {text}");
    }
}

fn of_format(what: &str, format: &str, diagnosis: &Diagnosis, text: &str) {
    match format {
        "text" => assert!(text.starts_with("── whyfail"), "{what}: {text}"),
        "brief" => assert!(text.len() <= 1_024, "{what}: {} bytes", text.len()),
        "markdown" => page_is_safe(diagnosis, text),
        "github" => annotations_only(text),
        "json" => {
            let document = parsed(what, text);
            valid(what, &document);
            all_seen(what, &document);
        }
        "jsonl" => {
            for line in text.lines() {
                let result = parsed(what, line);
                let tool = json!({"name": "whyfail", "version": "0.0.0", "signatures": 1});
                valid(what, &json!({"schema_version": 1, "tool": tool, "results": [result], "groups": []}));
                all_seen(what, &result);
            }
        }
        "sarif" => sarif(what, &parsed(what, text)),
        "gitlab" => code_quality(what, &parsed(what, text)),
        "html" => html(what, diagnosis, text),
        other => panic!("no invariant is written for the format {other}"),
    }
}

fn parsed(what: &str, text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{what}: {error}: {text}"))
}

fn valid(what: &str, document: &Value) {
    let mistakes: Vec<String> =
        SCHEMA.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(mistakes.is_empty(), "{what}: {}", mistakes.join("\n"));
}

/// Every string of the document, with the name of its field.
fn strings<'v>(value: &'v Value, field: &'v str, take: &mut dyn FnMut(&'v str, &'v str)) {
    match value {
        Value::String(text) => take(field, text),
        Value::Array(values) => values.iter().for_each(|value| strings(value, field, take)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| strings(value, name, take)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// No string holds what is not seen, nor hides it in an escape.
fn all_seen(what: &str, document: &Value) {
    strings(document, "", &mut |field, text| {
        assert_eq!(unseen(text), None, "{what}: {field} is {text:?}");
    });
}

/// A path inside the project: relative, no scheme, no way up.
fn is_inside(path: &str) -> bool {
    let decoded =
        path.replace("%2e", ".").replace("%2E", ".").replace("%2f", "/").replace("%2F", "/").replace("%5c", "\\");
    let up = decoded.split(['/', '\\']).any(|part| part == "..");
    let rooted = decoded.starts_with(['/', '\\']) || decoded.split('/').next().is_some_and(|first| first.contains(':'));
    !up && !rooted && !path.is_empty()
}

/// SARIF: plain text alone, paths inside the project, no more results than code scanning takes.
fn sarif(what: &str, document: &Value) {
    all_seen(what, document);
    for run in document["runs"].as_array().expect("runs") {
        let results = run["results"].as_array().expect("results");
        assert!(results.len() <= 5_000, "{what}: {} results", results.len());
    }
    strings(document, "", &mut |field, text| {
        assert_ne!(field, "markdown", "{what}: {text}");
        if field == "uri" && !text.starts_with("https://") {
            assert!(is_inside(text), "{what}: {text}");
        }
    });
}

/// Code Quality: the fields that GitLab reads, with paths inside the project.
fn code_quality(what: &str, document: &Value) {
    all_seen(what, document);
    for issue in document.as_array().unwrap_or_else(|| panic!("{what}: no list")) {
        for field in ["description", "check_name", "fingerprint", "severity"] {
            assert!(issue[field].is_string(), "{what}: {field} of {issue}");
        }
        let path = issue["location"]["path"].as_str().unwrap_or_default();
        assert!(is_inside(path), "{what}: {path:?}");
        assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0), "{what}: {issue}");
    }
}

/// A kind of element: its name and the names of its attributes.
type Kind = (String, BTreeSet<String>);

fn elements(page: &Html) -> BTreeSet<Kind> {
    let kind = |element: &scraper::node::Element| {
        (element.name().to_owned(), element.attrs().map(|(name, _)| name.to_owned()).collect())
    };
    page.tree.nodes().filter_map(|node| node.value().as_element().map(kind)).collect()
}

/// The kinds of elements that harmless logs give.
static HARMLESS: LazyLock<BTreeSet<Kind>> = LazyLock::new(|| {
    let format = Format::from_name("html").expect("it is asked for where there is one");
    let cases = std::fs::read_dir(repository("tests/cases")).expect("the cases").flatten();
    let logs = cases.filter_map(|case| std::fs::read(case.path().join("log.txt")).ok());
    logs.flat_map(|log| elements(&Html::parse_document(&render(&diagnose(&log), format, &Style::default())))).collect()
});

/// HTML: no element or attribute that a harmless log would not give, nothing that is loaded or run, no foreign address.
fn html(what: &str, diagnosis: &Diagnosis, text: &str) {
    let page = Html::parse_document(text);
    let gained: Vec<Kind> = elements(&page).difference(&HARMLESS).cloned().collect();
    assert!(gained.is_empty(), "{what} gains {gained:?}");
    let references: BTreeSet<&String> = diagnosis.causes.iter().flat_map(|cause| &cause.references).collect();
    for node in page.tree.nodes() {
        let Some(element) = node.value().as_element() else { continue };
        for (name, value) in element.attrs() {
            assert!(!name.starts_with("on"), "{what}: {name}={value}");
            let own = value.starts_with('#') || value.is_empty() || references.iter().any(|known| *known == value);
            assert!(
                !["href", "src", "action", "formaction", "xlink:href"].contains(&name) || own,
                "{what}: {name}={value}"
            );
        }
    }
}

#[test]
fn the_invariants_see_what_they_are_to_see() {
    for text in ["\u{1b}[2J", "a\u{9b}b", "a\u{202e}", "a\u{200b}", "#\u{fe0f}#", "\r", "\u{2028}"] {
        assert!(unseen(text).is_some(), "{text:?}");
    }
    assert_eq!(unseen("⚠\u{fe0f} plain\ttext\n"), None);
    for path in ["../x", "/x", "a/../b", "file:x", "C:/x", "..", "%2e%2e/x", ""] {
        assert!(!is_inside(path), "{path}");
    }
    assert!(is_inside("a/b..c/Dockerfile"));
    let good = elements(&Html::parse_document("<p class=x>a</p>"));
    assert_ne!(elements(&Html::parse_document("<p class=x onclick=y>a</p>")), good);
    assert!(
        std::panic::catch_unwind(|| sarif("x", &json!({"runs": [{"results": [{"message": {"markdown": "x"}}]}]})))
            .is_err()
    );
    let uri = json!({"runs": [{"results": [{"uri": "../x"}]}]});
    assert!(std::panic::catch_unwind(|| sarif("x", &uri)).is_err());
    assert!(std::panic::catch_unwind(|| code_quality("x", &json!([{"description": "x"}]))).is_err());
}
