//! Logs of builds that went well, of real packages and of small projects full of alarming words: none may have a cause. They are in
//! `tests/good/`, named after the tool; `tests/tools/good_logs.py` keeps more of them, and measures a folder of larger ones.

mod common;

use whyfail::model::Outcome;

#[test]
fn no_cause_in_a_good_log() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(common::repository("tests/good")).expect("tests/good is there") {
        let path = entry.expect("it can be listed").path();
        let answer = common::diagnose(&std::fs::read(&path).expect("it can be read"));
        count += 1;
        let causes: Vec<&str> = answer.causes.iter().map(|cause| cause.signature.as_str()).collect();
        if !causes.is_empty() || !matches!(answer.outcome, Outcome::Succeeded | Outcome::NoFailure) {
            wrong.push(format!("{}: {:?} {causes:?}", path.display(), answer.outcome));
        }
    }
    assert!(count > 0, "tests/good is empty");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
