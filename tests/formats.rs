//! The formats that other programs read, held against those programs' own rules: SARIF's official schema, GitLab's published shape, a
//! browser's parser, the schema of a line.

mod common;

use std::collections::BTreeSet;

use common::runner::{harmless, hostile_logs};
use common::{diagnose, diagnoser, repository};
use jsonschema::{Registry, Validator};
use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};
use whyfail::report::{self, Format, Style};
use whyfail::{Diagnosis, SignatureDb};

fn render(diagnoses: &[Diagnosis], format: Format) -> String {
    render_with(diagnoses, format, &Style::default())
}

fn render_with(diagnoses: &[Diagnosis], format: Format, style: &Style) -> String {
    let mut out = Vec::new();
    report::write(&mut out, format, diagnoses, &SignatureDb::built_in(), style).expect("a report");
    String::from_utf8(out).expect("UTF-8")
}

fn value(diagnoses: &[Diagnosis], format: Format) -> Value {
    serde_json::from_str(&render(diagnoses, format)).expect("JSON")
}

fn read(path: &str) -> Value {
    serde_json::from_slice(&common::logs::case(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[track_caller]
fn assert_valid(validator: &Validator, document: &Value, what: &str) {
    let mistakes: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(mistakes.is_empty(), "{what}:\n{}\n{document:#}", mistakes.join("\n"));
}

fn named(name: &str, log: &str) -> Diagnosis {
    let mut diagnoser = diagnoser().named(name);
    diagnoser.feed(log.as_bytes());
    diagnoser.finish()
}

/// A compiler's errors at places in the project's own files, in a step of a Dockerfile.
const COMPILER: &str = "\
#7 [build 4/4] RUN go build ./...
#7 0.9 # example.com/app
#7 0.9 ./main.go:12:3: undefined: greet
#7 0.9 ./other.go:7:1: undefined: farewell
#7 0.9 ../outside/x.go:3:1: undefined: hidden
#7 ERROR: process \"/bin/sh -c go build ./...\" did not complete successfully: exit code: 1
------
Dockerfile:6
--------------------
   6 | >>> RUN go build ./...
--------------------
ERROR: failed to solve: process \"/bin/sh -c go build ./...\" did not complete successfully: exit code: 1
";

/// A failure of an instruction, without a place in the sources.
const INSTRUCTION: &str = "\
#7 [2/2] RUN make
#7 0.3 /bin/sh: 1: make: not found
#7 ERROR: process \"/bin/sh -c make\" did not complete successfully: exit code: 127
------
Dockerfile:4
--------------------
   4 | >>> RUN make
--------------------
ERROR: failed to solve: process \"/bin/sh -c make\" did not complete successfully: exit code: 127
";

const UNKNOWN: &str = "\
Step 1/2 : FROM busybox
 ---> 2d1f3f5b7a90
Step 2/2 : RUN ./policy.sh
 ---> Running in c0ffee123456
policy: image shop has no owner label, release rejected
The command '/bin/sh -c ./policy.sh' returned a non-zero code: 9
";

const BREAKS_OFF: &str = "#7 [2/2] RUN make\n#7 0.1 cc -c a.c\n";
const GOOD: &str = "Step 1/1 : FROM a\n ---> 2d1f3f5b7a90\nSuccessfully built 2d1f3f5b7a90\n";

/// Every kind of answer, and what a stranger may print.
fn answers() -> Vec<(String, Diagnosis)> {
    let mut all: Vec<(String, Diagnosis)> = [
        ("compiler.log", COMPILER),
        ("instruction.log", INSTRUCTION),
        ("unknown.log", UNKNOWN),
        ("cut.log", BREAKS_OFF),
        ("good.log", GOOD),
        ("empty.log", ""),
        ("/home/somebody/secret folder/x.log", INSTRUCTION),
        ("C:\\builds\\x.log", "sh: 1: jq: not found\n"),
        ("-", "sh: 1: jq: not found\n"),
    ]
    .map(|(name, log)| (name.to_owned(), named(name, log)))
    .into();
    let matcher = whyfail::Matcher::new(SignatureDb::built_in()).with_advice();
    let mut advised = whyfail::Diagnoser::new(std::sync::Arc::new(matcher)).named("advice.log");
    advised.feed(b"#6 [2/3] COPY . .\n#6 DONE 0.1s\n#7 [3/3] RUN npm ci\n#7 1.0 No tests found, exiting with code 0\n#7 DONE 4.0s\n");
    all.push(("advice".to_owned(), advised.finish()));
    for (at, log) in hostile_logs().into_iter().enumerate() {
        all.push((format!("hostile {at}"), named(&format!("##[error]{at}\n::error::x.log"), &log)));
    }
    all
}

/// As answers, all at once: the same and different failures.
fn together() -> Vec<Diagnosis> {
    answers().into_iter().map(|(_, diagnosis)| diagnosis).collect()
}

// ------------------------------------------------------------------ jsonl

/// A log of its own: the same failure is told once.
fn with_fingerprint(mut diagnosis: Diagnosis, number: u64) -> Diagnosis {
    diagnosis.fingerprint = Some(format!("1:{number:016x}"));
    diagnosis
}

#[test]
fn each_line_is_a_result_that_the_schema_describes() {
    let whole = read("schema/whyfail.schema.json");
    let line = read("schema/whyfail-jsonl.schema.json");
    let registry = Registry::new()
        .add("https://example.org/whyfail.schema.json", whole)
        .and_then(|registry| registry.prepare())
        .expect("the schema of the report");
    let validator = jsonschema::options()
        .with_base_uri("https://example.org/whyfail-jsonl.schema.json")
        .with_registry(&registry)
        .build(&line)
        .expect("the schema of a line");
    let diagnoses = together();
    let text = render(&diagnoses, Format::Jsonl);
    assert_eq!(text.lines().count(), diagnoses.len());
    let whole = value(&diagnoses, Format::Json);
    for (at, line) in text.lines().enumerate() {
        harmless("jsonl", line);
        let line: Value = serde_json::from_str(line).expect("JSON on its own");
        assert_valid(&validator, &line, "a line");
        // It is the result of the JSON report, and says itself by whom and in which version.
        for (key, value) in whole["results"][at].as_object().expect("a result") {
            assert_eq!(&line[key], value, "{key}");
        }
        assert_eq!(line["schema_version"], whole["schema_version"]);
        assert_eq!(line["tool"], whole["tool"]);
        for field in ["schema_version", "tool", "source", "outcome", "causes"] {
            let mut broken = line.clone();
            broken.as_object_mut().expect("an object").remove(field);
            assert!(!validator.is_valid(&broken), "valid without {field}");
        }
    }
}

// ------------------------------------------------------------------ SARIF

fn sarif_schema() -> Validator {
    let mut schema = read("tests/schemas/sarif-2.1.0.json");
    // The one for a language's name is no regular expression (a bracket too many); whyfail names no language.
    for object in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{object}/properties/language"));
        let fields = language.and_then(Value::as_object_mut).expect("a field");
        assert!(fields.remove("pattern").is_some());
    }
    jsonschema::draft7::options().should_validate_formats(true).build(&schema).expect("the official schema compiles")
}

/// What all fields of this name say; but for snippets, which are the files' own words and no messages.
fn strings<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get(key).and_then(Value::as_str));
            let own = fields.iter().filter(|(name, _)| *name != "snippet");
            own.for_each(|(_, value)| strings(value, key, found));
        }
        Value::Array(items) => items.iter().for_each(|value| strings(value, key, found)),
        _ => {}
    }
}

#[test]
fn sarif_is_what_the_official_schema_wants() {
    let schema = sarif_schema();
    assert!(!schema.is_valid(&json!({"version": "2.1.0"})), "the schema refuses what has no runs");
    let all = answers();
    for (name, diagnosis) in &all {
        let document = value(std::slice::from_ref(diagnosis), Format::Sarif);
        assert_valid(&schema, &document, name);
        sarif_is_consistent(&document);
        harmless("sarif", &render(std::slice::from_ref(diagnosis), Format::Sarif));
    }
    let document = value(&together(), Format::Sarif);
    assert_valid(&schema, &document, "all at once");
    sarif_is_consistent(&document);
    assert_valid(&schema, &value(&[], Format::Sarif), "none");
}

/// What the schema can't say, and what code scanning needs.
fn sarif_is_consistent(document: &Value) {
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), rules.len(), "a rule twice");
    for rule in rules {
        assert!(rule["help"]["text"].as_str().is_some_and(|text| text.len() > 20), "{rule:#}");
        assert!(rule["properties"]["tags"].as_array().is_some_and(|tags| tags.len() <= 10), "{rule:#}");
    }
    for result in run["results"].as_array().expect("results") {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(result["locations"].as_array().map(Vec::len), Some(1));
        let fingerprint = result["partialFingerprints"]["whyfail/v1"].as_str().expect("a fingerprint");
        assert!(fingerprint.starts_with("1:"), "{fingerprint}");
        assert!(result["message"].get("markdown").is_none(), "plain text only");
    }
    let mut uris = Vec::new();
    strings(document, "uri", &mut uris);
    for uri in uris {
        assert!(!uri.is_empty() && !uri.starts_with('/') && !uri.contains(':'), "{uri}");
        assert!(uri.split('/').all(|part| !matches!(part, "" | "." | "..")), "{uri}");
        assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)), "{uri}");
        assert!(!uri.contains("somebody"), "{uri}");
    }
    let mut texts = Vec::new();
    strings(document, "text", &mut texts);
    for text in texts {
        assert!(!text.contains("]("), "a link in {text}");
        let odd: Vec<char> =
            text.chars().filter(|c| (c.is_control() && !"\n\t".contains(*c)) || *c == '\u{202e}').collect();
        assert!(odd.is_empty(), "{odd:?} in {text}");
    }
    for result in run["results"].as_array().expect("results") {
        let text = result["message"]["text"].as_str().expect("a message").replace("{{", "").replace("}}", "");
        assert!(!text.contains(['{', '}']), "a placeholder in {text}");
    }
}

fn first_place(document: &Value) -> (String, u64) {
    let place = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    let uri = place["artifactLocation"]["uri"].as_str().expect("a uri").to_owned();
    (uri, place["region"]["startLine"].as_u64().expect("a line"))
}

#[test]
fn a_result_stands_at_the_source_the_dockerfile_or_the_log() {
    let place = |name: &str, log: &str| first_place(&value(&[named(name, log)], Format::Sarif));
    assert_eq!(place("build.log", COMPILER), ("main.go".to_owned(), 12));
    assert_eq!(place("build.log", INSTRUCTION), ("Dockerfile".to_owned(), 4));
    let bare = "\nsh: 1: jq: not found\n";
    assert_eq!(place("logs/build.log", bare), ("logs/build.log".to_owned(), 2));
    assert_eq!(place("a b/ü#?.log", bare), ("a%20b/%C3%BC%23%3F.log".to_owned(), 2));
    assert_eq!(place("/var/log/build.log", bare), ("build.log".to_owned(), 2));
    assert_eq!(place("../../x.log", bare), ("x.log".to_owned(), 2));
    assert_eq!(place("-", bare), ("standard-input".to_owned(), 2));
    // The further findings have places of their own; what lies outside the project has none.
    let document = value(&[named("build.log", COMPILER)], Format::Sarif);
    let mut uris = Vec::new();
    strings(&document["runs"][0]["results"], "uri", &mut uris);
    assert!(uris.contains(&"other.go") && uris.contains(&"build.log"), "{uris:?}");
    assert!(uris.iter().all(|uri| !uri.contains("outside")), "{uris:?}");
}

#[test]
fn levels_follow_what_is_known() {
    let level = |log: &str| value(&[named("x.log", log)], Format::Sarif)["runs"][0]["results"][0]["level"].clone();
    assert_eq!(level(INSTRUCTION), "error");
    assert_eq!(level(UNKNOWN), "error");
    assert_eq!(level(BREAKS_OFF), "note");
    assert_eq!(value(&[named("x.log", GOOD)], Format::Sarif)["runs"][0]["results"], json!([]));
}

#[test]
fn sarif_of_many_logs_stays_below_the_limit_of_code_scanning() {
    let one = named("x.log", COMPILER);
    let many: Vec<Diagnosis> = (0..3_000).map(|at| with_fingerprint(one.clone(), at)).collect();
    let document = value(&many, Format::Sarif);
    let results = document["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 5_000);
    assert!(
        results[..3_000].iter().all(|result| result["locations"][0]["physicalLocation"]["region"]["startLine"] == 12)
    );
    let mut said = Vec::new();
    strings(&document["runs"][0]["invocations"], "text", &mut said);
    assert!(said.iter().any(|text| text.contains("left out")), "{said:?}");
}

#[test]
fn a_failure_that_logs_share_is_one_result() {
    let many: Vec<Diagnosis> = ["a.log", "b.log", "c.log"].map(|name| named(name, INSTRUCTION)).into();
    let document = value(&many, Format::Sarif);
    let results = document["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 1, "{document:#}");
    assert!(results[0]["message"]["text"].as_str().is_some_and(|text| text.contains("2 other logs")));
}

// ------------------------------------------------------------------ GitLab

/// docs.gitlab.com/ci/testing/code_quality, "Code Quality report format": what a finding has to have, and what a path may be.
fn code_quality_schema() -> Validator {
    let schema = json!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "minLength": 1},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "pattern": "^[^/.]|^\\.[^./]"},
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": {"begin": {"type": "integer", "minimum": 1}},
                        },
                    },
                },
            },
        },
    });
    jsonschema::draft202012::new(&schema).expect("a schema")
}

#[test]
fn code_quality_is_what_gitlab_reads() {
    let schema = code_quality_schema();
    for (name, diagnosis) in answers() {
        let text = render(std::slice::from_ref(&diagnosis), Format::Gitlab);
        harmless("gitlab", &text);
        let document: Value = serde_json::from_str(&text).expect("JSON");
        assert_valid(&schema, &document, &name);
        let failed = diagnosis.outcome == whyfail::model::Outcome::Failed;
        assert!(!failed || document.as_array().is_some_and(|issues| !issues.is_empty()), "{name}");
    }
    let document = value(&together(), Format::Gitlab);
    assert_valid(&schema, &document, "all at once");
    let issues = document.as_array().expect("a list");
    let fingerprints: BTreeSet<&str> = issues.iter().filter_map(|issue| issue["fingerprint"].as_str()).collect();
    assert_eq!(fingerprints.len(), issues.len(), "GitLab takes two findings with one fingerprint for the same");
    assert_eq!(value(&[], Format::Gitlab), json!([]));
}

#[test]
fn code_quality_names_place_check_and_severity() {
    let document = value(&[named("build.log", INSTRUCTION)], Format::Gitlab);
    let issue = &document[0];
    assert_eq!(issue["location"], json!({"path": "Dockerfile", "lines": {"begin": 4}}));
    assert_eq!(issue["severity"], "critical", "likely, not proved");
    assert!(issue["check_name"].as_str().is_some_and(|name| name.contains('/')), "{issue:#}");
    assert!(issue["description"].as_str().is_some_and(|text| text.contains("make: not found")), "{issue:#}");
    let proved = diagnose(&common::logs::case(common::logs::FORBIDDEN));
    assert_eq!(value(&[proved], Format::Gitlab)[0]["severity"], "blocker");
    assert_eq!(value(&[named("x.log", BREAKS_OFF)], Format::Gitlab)[0]["severity"], "info");
}

/// The marks of GitLab's sections in a text: name and whether it starts folded; `None` for an end.
fn marks(text: &str) -> Vec<(String, Option<bool>)> {
    let mut found = Vec::new();
    for piece in text.split("\u{1b}[0K") {
        let Some(mark) = piece.strip_suffix('\r') else { continue };
        let (kind, rest) = mark.split_once(':').expect("a mark");
        let (time, name) = rest.split_once(':').expect("a time");
        assert_eq!(time, "1700000000");
        let bare = name.trim_end_matches("[collapsed=true]");
        assert!(bare.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c)), "{bare}");
        found.push((bare.to_owned(), (kind == "section_start").then_some(bare != name)));
    }
    found
}

#[test]
fn the_text_report_is_folded_for_gitlab() {
    let folded = Style { ci: true, sections: Some(1_700_000_000), ..Style::default() };
    let flat = Style { ci: true, ..Style::default() };
    for (name, diagnosis) in answers() {
        let text = render_with(std::slice::from_ref(&diagnosis), Format::Text, &folded);
        let found = marks(&text);
        // They nest, each name is one section's own, and the first stands open.
        let mut open = Vec::new();
        let mut names = BTreeSet::new();
        for (section, start) in &found {
            match start {
                Some(_) => {
                    assert!(names.insert(section.clone()), "{name}: {section} twice");
                    open.push(section);
                }
                None => assert_eq!(open.pop(), Some(section), "{name}"),
            }
        }
        assert!(open.is_empty(), "{name}");
        assert_eq!(found.first().and_then(|(_, folded)| *folded), Some(false), "{name}");
        // Nothing of the report is lost, and nothing that a log says is a mark.
        let without: String =
            text.split('\n').filter(|line| !line.contains("\u{1b}[0K")).collect::<Vec<_>>().join("\n");
        assert_eq!(without, render_with(std::slice::from_ref(&diagnosis), Format::Text, &flat), "{name}");
    }
    let many = [named("a.log", COMPILER), named("b.log", INSTRUCTION)];
    let text = render_with(&many, Format::Text, &folded);
    let outer: Vec<bool> = marks(&text).into_iter().filter_map(|(_, folded)| folded).collect();
    assert!(!outer[0] && outer[1..].iter().all(|folded| *folded), "only the first log stands open: {text}");
    assert!(text.contains("\u{1b}[0Kb.log"), "{text}");
}

// ------------------------------------------------------------------ HTML

/// What may stand in the page; no script, frame, form, picture or object among it.
const ELEMENTS: &[&str] = &[
    "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "article", "strong",
    "span", "h1", "h2", "h3", "p", "ul", "ol", "li", "div", "table", "tbody", "tr", "th", "td", "mark", "code", "pre",
    "ins", "del", "details", "summary", "a", "small",
];
const ATTRIBUTES: &[&str] =
    &["lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "rel", "scope", "aria-hidden", "open"];

fn select<'p>(page: &'p Html, selector: &str) -> Vec<ElementRef<'p>> {
    page.select(&Selector::parse(selector).expect("a selector")).collect()
}

fn text_of(element: ElementRef<'_>) -> String {
    element.text().collect()
}

/// Parsed as a browser does, the page holds what it may hold, loads nothing and links only to references and to itself.
fn page_is_safe(diagnoses: &[Diagnosis], text: &str) -> Html {
    let page = Html::parse_document(text);
    assert!(page.errors.is_empty(), "{:?} in {text}", page.errors);
    let references: BTreeSet<&str> =
        diagnoses.iter().flat_map(|one| &one.causes).flat_map(|cause| &cause.references).map(String::as_str).collect();
    for element in select(&page, "*") {
        let name = element.value().name();
        assert!(ELEMENTS.contains(&name), "<{name}> in {text}");
        for (attribute, value) in element.value().attrs() {
            assert!(ATTRIBUTES.contains(&attribute), "{attribute} of <{name}> in {text}");
            if attribute == "href" {
                assert!(value.starts_with("#log-") || references.contains(value), "a link to {value}");
            }
        }
    }
    let style: String = select(&page, "style").into_iter().map(text_of).collect();
    for loader in ["url(", "@import", "expression", "http"] {
        assert!(!style.contains(loader), "{loader} in the style");
    }
    let policy = select(&page, "meta[http-equiv=Content-Security-Policy]");
    assert!(
        policy.first().and_then(|meta| meta.attr("content")).is_some_and(|text| text.starts_with("default-src 'none'"))
    );
    assert_eq!(select(&page, "meta[name=viewport]").len(), 1);
    assert!(style.contains("prefers-color-scheme: dark"));
    page
}

#[test]
fn the_page_holds_text_and_no_markup_of_a_log() {
    for (name, diagnosis) in answers() {
        for ci in [false, true] {
            let style = Style { ci, explain_ranking: true, ..Style::default() };
            let text = render_with(std::slice::from_ref(&diagnosis), Format::Html, &style);
            harmless(&name, &text);
            let page = page_is_safe(std::slice::from_ref(&diagnosis), &text);
            assert_eq!(select(&page, "h1").len(), 1, "{name}");
            // The proof stands there as it is, letter by letter.
            for cause in diagnosis.causes.iter().take(1) {
                let proofs: Vec<String> = select(&page, ".log tr.proof td").into_iter().map(text_of).collect();
                let proof = &cause.evidence[0];
                assert!(proofs.contains(&proof.text), "{name}: {:?} is not in {proofs:?}", proof.text);
                let numbers: Vec<String> = select(&page, ".log tr.proof th").into_iter().map(text_of).collect();
                assert!(
                    numbers.iter().any(|number| number.split('–').next() == Some(&proof.line.to_string())),
                    "{name}"
                );
            }
        }
    }
    let all = together();
    page_is_safe(&all, &render(&all, Format::Html));
    page_is_safe(&[], &render(&[], Format::Html));
}

#[test]
fn the_page_shows_context_remedies_gaps_and_verdict() {
    let log = common::logs::case("corpus/go/proxy-403/buildkit-0.29.log");
    let diagnosis = diagnose(&log);
    let cause = &diagnosis.causes[0];
    let page = page_is_safe(std::slice::from_ref(&diagnosis), &render(std::slice::from_ref(&diagnosis), Format::Html));
    let near: Vec<String> = select(&page, ".log tr.near td").into_iter().map(text_of).collect();
    for line in cause.evidence[0].context.before.iter().chain(&cause.evidence[0].context.after) {
        assert!(near.contains(line), "{line} is not in {near:?}");
    }
    let all: String = select(&page, "main").into_iter().map(text_of).collect();
    for remedy in &cause.remedies {
        for command in &remedy.commands {
            assert!(all.contains(command.as_str()), "{command}");
        }
    }
    assert!(all.contains("another run will not help") && all.contains("concerns infrastructure"), "{all}");
    assert!(select(&page, "ins").into_iter().any(|line| text_of(line).contains("ENV GOPRIVATE=")));
    assert!(select(&page, "a[href='https://go.dev/ref/mod#private-modules']").len() <= 1);

    let mut gap = diagnosis.clone();
    gap.gaps = serde_json::from_value(serde_json::json!([
        {"kind": "clipped", "line": 9, "what": "BuildKit <clipped> the output", "how": "Raise `max`"}
    ]))
    .expect("a gap");
    let text = render(std::slice::from_ref(&gap), Format::Html);
    assert!(text.contains("BuildKit &lt;clipped&gt; the output") && text.contains("<code>max</code>"), "{text}");
}

#[test]
fn the_page_about_many_logs_starts_with_what_they_come_to() {
    let logs =
        [named("a.log", INSTRUCTION), named("b.log", INSTRUCTION), named("c.log", COMPILER), named("d.log", GOOD)];
    let page = page_is_safe(&logs, &render(&logs, Format::Html));
    assert_eq!(text_of(select(&page, "h1")[0]), "✗3 logs failed for 2 reasons");
    let links: Vec<&str> = select(&page, ".sum a").into_iter().filter_map(|link| link.attr("href")).collect();
    assert_eq!(links, ["#log-1", "#log-2"]);
    for link in links {
        assert_eq!(select(&page, &format!("article{link}")).len(), 1);
    }
}

// ------------------------------------------------------------------ Markdown

#[test]
fn a_comment_is_short_and_its_folds_close() {
    for (name, diagnosis) in answers() {
        let page = render(std::slice::from_ref(&diagnosis), Format::Markdown);
        assert!(page.chars().count() < 65_536, "{name}");
        let count = |line: &str| page.lines().filter(|other| *other == line).count();
        assert_eq!(count("<details>"), count("</details>"), "{page}");
        let summaries =
            page.lines().filter(|line| line.starts_with("<summary>") && line.ends_with("</summary>")).count();
        assert_eq!(summaries, count("<details>"), "{page}");
    }
    let page = render(&[diagnose(&common::logs::case("corpus/go/proxy-403/buildkit-0.29.log"))], Format::Markdown);
    let (open, folded) = page.split_once("<details>").expect("a fold");
    // Cause, proof, reason and the first remedy are seen at once; the other ways and the surroundings are folded.
    for seen in ["### ✗ The module proxy", "403 Forbidden", "**Why:**", "**Fix:**"] {
        assert!(open.contains(seen), "{seen} is not in {open}");
    }
    for hidden in ["**Or:**", "**Then:**"] {
        assert!(!open.contains(hidden) && folded.contains(hidden), "{hidden}");
    }
    let many: Vec<Diagnosis> = (0..400).map(|at| with_fingerprint(named("x.log", INSTRUCTION), at)).collect();
    let page = render(&many, Format::Markdown);
    assert!(page.len() < 65_536 && page.matches("<details>").count() == page.matches("</details>").count());
}

// ------------------------------------------------------------------ all

#[test]
fn every_format_has_a_name_of_its_own_and_says_its_ending() {
    let names: BTreeSet<&str> = Format::ALL.iter().map(|format| format.as_str()).collect();
    assert_eq!(names.len(), Format::ALL.len());
    for (ending, format) in [
        ("html", Format::Html),
        ("sarif", Format::Sarif),
        ("jsonl", Format::Jsonl),
        ("json", Format::Json),
        ("md", Format::Markdown),
        ("txt", Format::Text),
    ] {
        assert_eq!(Format::from_ending(ending), Some(format));
        assert_eq!(Format::from_name(format.as_str()), Some(format));
    }
    assert!(repository("schema/whyfail-jsonl.schema.json").is_file());
}
