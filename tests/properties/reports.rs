//! Every format stays what it is, whatever stands in the log: documents can be read back, and nothing that a log says commands a
//! terminal, a page or a CI system. Formats are taken from [`Format::ALL`], so that a new one is tried by itself.

#[path = "../common/folds.rs"]
mod folds;
#[path = "../common/runner.rs"]
#[allow(dead_code, reason = "a part of it is enough here")]
mod runner;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use folds::is_fold;
use pulldown_cmark::{Event, Options, Parser, Tag};
use runner::{harmless, obeyed};
use serde_json::Value;
use whyfail::model::Run;
use whyfail::report::{self, Format, Style};
use whyfail::{Diagnoser, Diagnosis, Matcher, SignatureDb};

static MATCHER: LazyLock<Arc<Matcher>> =
    LazyLock::new(|| Arc::new(Matcher::new(SignatureDb::built_in()).with_advice()));

const WIDTHS: [usize; 8] = [0, 1, 20, 47, 80, 100, 101, 1_000];

/// Bits of the first byte: below them is the width.
const COLOR: u8 = 8;
const CI: u8 = 16;
const EXPLAIN: u8 = 32;
const SEVERAL: u8 = 64;
const STRANGE_NAME: u8 = 128;

/// Of `data` the first byte chooses the style, the second how the log ends, the rest is the log.
#[allow(dead_code, reason = "the tests have a look of their own")]
pub fn check(data: &[u8]) {
    check_with(data, &|_| ());
}

/// The same; a report for programs is also shown to `look`.
pub fn check_with(data: &[u8], look: &dyn Fn(&Value)) {
    let Some((&[style, end], log)) = data.split_first_chunk::<2>() else { return };
    let diagnoses = diagnoses(log, style, end);
    let style = Style {
        width: WIDTHS[usize::from(style & 7)],
        color: style & COLOR != 0,
        ci: style & CI != 0,
        explain_ranking: style & EXPLAIN != 0,
        ..Style::default()
    };
    for format in Format::ALL {
        let text = render(&diagnoses, *format, &style);
        assert!(!text.is_empty() || !format.is_for_programs(), "{} is empty", format.as_str());
        shows_nothing_raw(*format, &text, &style);
        if style.ci && *format != Format::Github {
            harmless(format.as_str(), &text);
        }
        match format.as_str() {
            "brief" => assert!(text.len() <= 1024 * (diagnoses.len() + 1), "{} bytes of brief: {text}", text.len()),
            "github" => annotations_only(&text),
            "json" => look(&is_our_json(&text, &diagnoses)),
            "jsonl" => text.lines().for_each(|line| assert!(json(line).is_object(), "{line}")),
            "sarif" => is_sarif(&json(&text)),
            "gitlab" => is_code_quality(&json(&text)),
            "markdown" => is_safe_page(&text, &diagnoses),
            "html" => is_safe_document(&text, &diagnoses),
            _ => {}
        }
    }
}

/// The log itself or, where several are asked for, it and its halves.
fn diagnoses(log: &[u8], style: u8, end: u8) -> Vec<Diagnosis> {
    let (first, second) = log.split_at(log.len() / 2);
    let logs = if style & SEVERAL != 0 { vec![log, first, log, second] } else { vec![log] };
    let name = |log: &[u8]| {
        let text = String::from_utf8_lossy(log);
        let line: String = text.lines().next_back().unwrap_or_default().chars().take(200).collect();
        whyfail::diagnosis::visible(&line)
    };
    let one = |log: &[u8]| {
        let mut diagnoser = Diagnoser::new(Arc::clone(&MATCHER));
        if style & STRANGE_NAME != 0 {
            diagnoser = diagnoser.named(name(log)).in_part(name(log));
        }
        diagnoser.feed(log);
        let run = |exit_code, signal| Run { command: vec![name(log)], exit_code, signal, duration_ms: 12 };
        match end % 5 {
            1 => diagnoser.finish_cut(),
            2 => diagnoser.finish_run(Some(run(Some(0), None))),
            3 => diagnoser.finish_run(Some(run(Some(137), None))),
            4 => diagnoser.finish_run(Some(run(None, Some(9)))),
            _ => diagnoser.finish(),
        }
    };
    logs.into_iter().map(one).collect()
}

fn render(diagnoses: &[Diagnosis], format: Format, style: &Style) -> String {
    let mut out = Vec::new();
    report::write(&mut out, format, diagnoses, &SignatureDb::built_in(), style).expect("memory takes it");
    String::from_utf8(out).expect("reports are UTF-8")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("no JSON ({error}): {text}"))
}

/// No control characters but line ends and tabs, nothing without width and nothing that turns the direction. Colours are whyfail's own.
fn shows_nothing_raw(format: Format, text: &str, style: &Style) {
    // What keeps a runner from obeying has no width, and is whyfail's own.
    let own = style.ci || format == Format::Github;
    let strange = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
            || (c == '\u{2060}' && !own)
    };
    let mut rest = text;
    while let Some(at) = rest.find(strange) {
        let (before, from) = rest.split_at(at);
        let colour = from.strip_prefix("\u{1b}[").and_then(|code| {
            let (code, behind) = code.split_once('m')?;
            code.bytes().all(|byte| byte.is_ascii_digit() || byte == b';').then_some(behind)
        });
        let Some(behind) = colour.filter(|_| style.color) else {
            panic!("{} prints {:?} behind {before:?}", format.as_str(), from.chars().next());
        };
        rest = behind;
    }
}

fn is_our_json(text: &str, diagnoses: &[Diagnosis]) -> Value {
    let document = json(text);
    let envelope: report::Envelope = serde_json::from_value(document.clone()).expect("it can be read back");
    assert_eq!(serde_json::to_value(&envelope).expect("JSON"), document, "read back it is the same");
    assert_eq!(envelope.results.len(), diagnoses.len());
    // Escapes hide nothing either.
    strings(&document, &mut |text| shows_nothing_raw(Format::Json, text, &Style::default()));
    document
}

/// Calls `look` with every string of the document.
fn strings(value: &Value, look: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => look(text),
        Value::Array(all) => all.iter().for_each(|value| strings(value, look)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            look(name);
            strings(value, look);
        }),
        _ => {}
    }
}

/// Every line is an annotation or harmless, and so is what the annotations say.
fn annotations_only(text: &str) {
    for line in text.lines() {
        let Some(command) = obeyed(line) else { continue };
        assert!(["error", "warning", "notice"].contains(&command.name.as_str()), "{line:?}");
        let known = ["file", "line", "col", "endLine", "endColumn", "title"];
        assert!(command.properties.iter().all(|(key, _)| known.contains(&key.as_str())), "{line:?}");
        harmless("a message", &command.data);
    }
}

/// The parts of SARIF 2.1.0 that its readers rely on.
fn is_sarif(document: &Value) {
    assert_eq!(document["version"], "2.1.0");
    for run in document["runs"].as_array().expect("runs") {
        assert!(run["tool"]["driver"]["name"].is_string(), "{document}");
        let results = run["results"].as_array().expect("results");
        assert!(results.len() <= 5_000);
        for result in results {
            assert!(result["message"]["text"].is_string(), "{result}");
            for location in result["locations"].as_array().into_iter().flatten() {
                let place = &location["physicalLocation"];
                let uri = place["artifactLocation"]["uri"].as_str().unwrap_or_default();
                is_inside(uri);
                // Else it would be a scheme.
                assert!(!uri.split('/').next().is_some_and(|first| first.contains(':')), "{uri}");
                let start = &place["region"]["startLine"];
                assert!(start.is_null() || start.as_u64().is_some_and(|line| line > 0), "{result}");
            }
        }
    }
}

/// GitLab's Code Quality report.
fn is_code_quality(document: &Value) {
    for issue in document.as_array().expect("a list") {
        assert!(issue["description"].is_string() && issue["fingerprint"].is_string(), "{issue}");
        let severity = issue["severity"].as_str().unwrap_or_default();
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity), "{issue}");
        is_inside(issue["location"]["path"].as_str().expect("a path"));
    }
}

/// A path that stays in its folder.
fn is_inside(path: &str) {
    assert!(!path.starts_with('/') && !path.split('/').any(|part| part == ".."), "{path}");
}

/// As a browser reads it: nothing that loads, runs or asks, and no link but those of the signatures and into the page itself.
fn is_safe_document(text: &str, diagnoses: &[Diagnosis]) {
    let page = scraper::Html::parse_document(text);
    assert!(page.errors.is_empty(), "{:?} in {text}", page.errors);
    let references = references(diagnoses);
    let elements = page.tree.nodes().filter_map(|node| node.value().as_element());
    for element in elements {
        let name = element.name();
        let acts =
            ["script", "img", "iframe", "object", "embed", "form", "input", "button", "link", "svg", "math", "base"];
        assert!(!acts.contains(&name), "<{name}> in {text}");
        for (attribute, value) in element.attrs() {
            assert!(
                !attribute.starts_with("on") && attribute != "style" && attribute != "src",
                "{attribute} of <{name}> in {text}"
            );
            if attribute == "href" {
                assert!(value.starts_with('#') || references.contains(value), "a link to {value} in {text}");
            }
        }
    }
}

/// What the signatures of the causes refer to.
fn references(diagnoses: &[Diagnosis]) -> BTreeSet<&str> {
    let causes = diagnoses.iter().flat_map(|diagnosis| &diagnosis.causes);
    causes.flat_map(|cause| cause.references.iter().map(String::as_str)).collect()
}

/// No HTML but the folds, no image, no link but those of the signatures, and no table, list or emphasis of the log's.
fn is_safe_page(page: &str, diagnoses: &[Diagnosis]) {
    let references = references(diagnoses);
    for event in Parser::new_ext(page, Options::all()) {
        match event {
            Event::Html(html) if is_fold(&html) => {}
            Event::Html(_)
            | Event::InlineHtml(_)
            | Event::FootnoteReference(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::Start(Tag::Image { .. } | Tag::Table(_) | Tag::Strikethrough) => {
                panic!("{event:?} in {page}")
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                assert!(references.contains(&*dest_url), "a link to {dest_url} in {page}");
            }
            _ => {}
        }
    }
}
