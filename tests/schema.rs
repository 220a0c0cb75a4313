//! `schema/` against what is really printed, and against the words of the code.

mod common;

use common::{Sandbox, corpus, diagnose, diagnoser, repository};
use jsonschema::Validator;
use serde_json::{Value, json};
use whyfail::model::Run;
use whyfail::report::{self, Format, Style};
use whyfail::signature::{Class, EditKind, Owner, Retry, Risk, Role};
use whyfail::{Diagnosis, SignatureDb};

fn schema(name: &str) -> Value {
    let text = std::fs::read_to_string(repository("schema").join(name)).expect("the schema");
    serde_json::from_str(&text).expect("the schema is JSON")
}

fn validator(schema: &Value) -> Validator {
    assert!(jsonschema::meta::is_valid(schema), "it is no good schema");
    jsonschema::draft202012::new(schema).expect("the schema compiles")
}

fn report_schema() -> Validator {
    validator(&schema("whyfail.schema.json"))
}

/// What `--format json` prints on these logs.
fn printed(diagnoses: &[Diagnosis]) -> Value {
    let mut out = Vec::new();
    report::write(&mut out, Format::Json, diagnoses, &SignatureDb::built_in(), &Style::default()).expect("a report");
    serde_json::from_slice(&out).expect("JSON")
}

#[track_caller]
fn assert_valid(validator: &Validator, document: &Value, what: &str) {
    let mistakes: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(mistakes.is_empty(), "{what}:\n{}", mistakes.join("\n"));
}

/// A log whose answer has a step, a place, captures, consequences and a context.
const RICH: &str = "\
#7 [build 4/4] RUN go mod tidy && go build ./...
#7 0.2 go: downloading example.com/greet v1.2.0
#7 0.9 # example.com/app
#7 0.9 ./main.go:12:3: undefined: greet
#7 0.9 ./other.go:7:1: undefined: farewell
#7 ERROR: process \"/bin/sh -c go mod tidy && go build ./...\" did not complete successfully: exit code: 1
------
Dockerfile:6
--------------------
   6 | >>> RUN go mod tidy && go build ./...
--------------------
ERROR: failed to solve: process \"/bin/sh -c go mod tidy && go build ./...\" did not complete successfully: exit code: 1
";

/// A log whose answer has suspicious lines and no cause.
const UNKNOWN: &str = "\
Step 1/2 : FROM busybox
 ---> 2d1f3f5b7a90
Step 2/2 : RUN ./policy.sh
 ---> Running in c0ffee123456
policy: image shop has no owner label, release rejected
The command '/bin/sh -c ./policy.sh' returned a non-zero code: 9
";

#[test]
fn a_report_with_advice_is_valid() {
    let matcher = whyfail::Matcher::new(SignatureDb::built_in()).with_advice();
    let mut diagnoser = whyfail::Diagnoser::new(std::sync::Arc::new(matcher));
    diagnoser.feed(b"#6 [2/3] COPY . .\n#6 DONE 0.1s\n#7 [3/3] RUN npm ci\n#7 1.0 No tests found, exiting with code 0\n#7 DONE 4.0s\n");
    let answer = diagnoser.finish();
    assert_eq!(answer.advice.len(), 2);
    assert_valid(&report_schema(), &printed(&[answer]), "advice");
}

#[test]
fn reports_on_all_kinds_of_logs_are_valid() {
    let validator = report_schema();
    let texts: [(&str, &[u8]); 9] = [
        ("an empty log", b""),
        ("a good log", b"ok\n"),
        ("a rich answer", RICH.as_bytes()),
        ("an unknown failure", UNKNOWN.as_bytes()),
        ("a log that breaks off", b"#7 [2/2] RUN make\n#7 0.1 cc -c a.c\n"),
        ("a success", b"Step 1/1 : FROM a\n ---> 2d1f3f5b7a90\nSuccessfully built 2d1f3f5b7a90\n"),
        ("a secret", b"fatal: Authentication failed for 'https://bob:hunter2222@git.example.org/x.git/'\n"),
        ("strange bytes", b"\xff\xfe\x00\x00error\x1b[31m: \x07no\r\n\xf0\x9f"),
        ("a long line", &[b"error: ".as_slice(), &[b'x'; 100_000]].concat()),
    ];
    let diagnoses: Vec<Diagnosis> = texts.iter().map(|(_, log)| diagnose(log)).collect();
    for ((what, _), diagnosis) in texts.iter().zip(&diagnoses) {
        assert_valid(&validator, &printed(std::slice::from_ref(diagnosis)), what);
    }
    assert_valid(&validator, &printed(&diagnoses), "all at once");
    assert_valid(&validator, &printed(&[]), "none");
}

#[test]
fn reports_on_commands_are_valid() {
    let validator = report_schema();
    for (exit_code, signal) in [(Some(0), None), (Some(3), None), (None, Some(9))] {
        let mut diagnoser = diagnoser();
        diagnoser.feed(b"something was refused\n");
        let run = Run { command: vec!["make".to_owned()], exit_code, signal, duration_ms: 12 };
        assert_valid(&validator, &printed(&[diagnoser.finish_run(Some(run))]), "a command");
    }
}

#[test]
fn reports_on_the_corpus_are_valid() {
    let validator = report_schema();
    for path in corpus() {
        let diagnosis = diagnose(&std::fs::read(&path).expect("a log"));
        assert_valid(&validator, &printed(&[diagnosis]), &path.display().to_string());
    }
}

#[test]
fn reports_on_the_hard_cases_are_valid() {
    let validator = report_schema();
    let mut seen = 0;
    for folder in std::fs::read_dir(repository("tests/cases")).expect("cases").flatten() {
        for log in ["log.txt", "log.utf16"].map(|name| folder.path().join(name)) {
            let Ok(bytes) = std::fs::read(&log) else { continue };
            assert_valid(&validator, &printed(&[diagnose(&bytes)]), &log.display().to_string());
            seen += 1;
        }
    }
    assert!(seen > 15, "only {seen} cases");
}

/// Every object of the document whose fields the schema requires, by its pointer.
fn objects(document: &Value, pointer: String, found: &mut Vec<(String, Vec<String>)>) {
    match document {
        Value::Object(fields) => {
            found.push((pointer.clone(), fields.keys().cloned().collect()));
            for (name, value) in fields {
                objects(value, format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| objects(item, format!("{pointer}/{at}"), found));
        }
        _ => {}
    }
}

#[test]
fn a_document_without_a_field_is_refused() {
    let validator = report_schema();
    for log in [RICH, UNKNOWN] {
        let whole = printed(&[diagnose(log.as_bytes())]);
        assert_valid(&validator, &whole, "the whole document");
        let mut places = Vec::new();
        objects(&whole, String::new(), &mut places);
        // What a log gave is free; all else is promised.
        places.retain(|(pointer, _)| !pointer.ends_with("/captures"));
        assert!(places.len() > 8, "{places:?}");
        for (pointer, fields) in places {
            for field in fields {
                let mut broken = whole.clone();
                let object = broken.pointer_mut(&pointer).and_then(Value::as_object_mut).expect("an object");
                object.remove(&field);
                assert!(!validator.is_valid(&broken), "valid without {pointer}/{field}");
            }
        }
    }
}

#[test]
fn a_document_with_a_wrong_value_is_refused() {
    let validator = report_schema();
    let whole = printed(&[diagnose(RICH.as_bytes())]);
    for (pointer, wrong) in [
        ("/schema_version", json!(2)),
        ("/tool/name", json!("other")),
        ("/results", json!({})),
        ("/results/0/outcome", json!("broken")),
        ("/results/0/source/encoding", json!("latin-1")),
        ("/results/0/source/truncated", json!(null)),
        ("/results/0/steps", json!(null)),
        ("/results/0/steps/0/phase", json!("compile")),
        ("/results/0/steps/0/outcome", json!("FAILED")),
        ("/results/0/steps/0/key", json!("7")),
        ("/results/0/steps/0/file_line", json!("7")),
        ("/results/0/causes/0/class", json!("no-such-class")),
        ("/results/0/causes/0/confidence", json!("certain")),
        ("/results/0/causes/0/owner", json!("nobody")),
        ("/results/0/causes/0/retry", json!("perhaps")),
        ("/results/0/causes/0/score", json!(1001)),
        ("/results/0/causes/0/rank", json!(0)),
        ("/results/0/causes/0/fingerprint", json!("1:9F2C41D0A7B35E18")),
        ("/results/0/causes/0/fingerprint", json!("2:9f2c41d0a7b35e18")),
        ("/results/0/causes/0/fingerprint", json!("1:9f2c41d0a7b35e180")),
        ("/results/0/causes/0/origin", json!("elsewhere")),
        ("/results/0/causes/0/captures", json!({"line": 12})),
        ("/results/0/causes/0/evidence", json!([])),
        ("/results/0/causes/0/evidence/0/source", json!("guess")),
        ("/results/0/causes/0/evidence/0/line", json!(0)),
        ("/results/0/causes/0/evidence/0/text", json!(null)),
        ("/results/0/causes/0/remedies/0/risk", json!("deadly")),
        ("/results/0/causes/0/remedies/0/verified", json!("yes")),
        ("/results/0/causes/0/signature", json!("go")),
        ("/groups/0/count", json!(0)),
    ] {
        let mut broken = whole.clone();
        *broken.pointer_mut(pointer).unwrap_or_else(|| panic!("the document has no {pointer}")) = wrong.clone();
        assert!(!validator.is_valid(&broken), "valid with {pointer} = {wrong}");
    }
}

#[test]
fn a_document_with_more_fields_is_accepted() {
    let validator = report_schema();
    let mut wider = printed(&[diagnose(RICH.as_bytes())]);
    let mut places = Vec::new();
    objects(&wider, String::new(), &mut places);
    for (pointer, _) in places.iter().filter(|(pointer, _)| !pointer.ends_with("/captures")) {
        wider.pointer_mut(pointer).expect("an object")["added_later"] = json!([1, null]);
    }
    assert_valid(&validator, &wider, "with new fields everywhere");
}

/// The schema has exactly the words of the code.
#[test]
fn the_words_are_those_of_the_code() {
    let report = schema("whyfail.schema.json");
    let list = schema("whyfail-list.schema.json");
    macro_rules! words {
        ($type:ty) => {
            <$type>::ALL.iter().map(|word| json!(word.as_str())).collect::<Vec<Value>>()
        };
    }
    for (schema, pointer, words) in [
        (&report, "/$defs/class/enum", words!(Class)),
        (&report, "/$defs/owner/enum", words!(Owner)),
        (&report, "/$defs/retry/enum", words!(Retry)),
        (&report, "/$defs/risk/enum", words!(Risk)),
        (&report, "/$defs/edit/properties/kind/enum", words!(EditKind)),
        (&list, "/items/properties/class/enum", words!(Class)),
        (&list, "/items/properties/role/enum", words!(Role)),
        (&list, "/items/properties/owner/enum", words!(Owner)),
        (&list, "/items/properties/retry/enum", words!(Retry)),
    ] {
        assert_eq!(schema.pointer(pointer), Some(&Value::Array(words)), "{pointer}");
    }
}

#[test]
fn the_list_of_signatures_is_valid() {
    let ended = Sandbox::new().run(&["list", "--format", "json"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let list = ended.json();
    let schema = schema("whyfail-list.schema.json");
    assert_valid(&validator(&schema), &list, "whyfail list");
    assert_eq!(list.as_array().map(Vec::len), Some(SignatureDb::built_in().len()));
    let first = list[0].as_object().expect("an object").clone();
    for field in ["id", "title", "class", "role", "tool", "owner", "retry", "remedies"] {
        let mut broken = first.clone();
        broken.remove(field).unwrap_or_else(|| panic!("no {field}"));
        assert!(!validator(&schema).is_valid(&json!([broken])), "valid without {field}");
    }
}
