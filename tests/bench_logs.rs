//! The logs that the benches measure with are what they claim to be.

#[path = "../benches/kit/logs/mod.rs"]
mod logs;

use std::sync::Arc;

use logs::Kind;
use logs::lines::{FAILURES, NEAR_MISSES};
use whyfail::model::Outcome;
use whyfail::{Diagnoser, Diagnosis, Matcher, SignatureDb};

fn diagnose(log: &[u8]) -> Diagnosis {
    let mut diagnoser = Diagnoser::new(Arc::new(Matcher::new(SignatureDb::built_in())));
    diagnoser.feed(log);
    diagnoser.finish()
}

#[test]
fn logs_of_good_builds_raise_no_alarm_and_are_read_in_their_dialect() {
    for (kind, dialect) in [
        (Kind::Plain, None),
        (Kind::Github, Some("github-actions")),
        (Kind::Buildkit, Some("buildkit-plain")),
        (Kind::Rawjson, Some("buildkit-rawjson")),
        (Kind::Tty, Some("buildkit-tty")),
        (Kind::Classic, Some("docker-classic")),
        (Kind::Gitlab, Some("gitlab")),
        (Kind::GoTestJson, Some("go-test-json")),
        (Kind::Utf16, None),
        (Kind::Powershell, Some("powershell")),
    ] {
        let diagnosis = diagnose(&logs::make(kind, 1 << 20));
        assert!(
            matches!(diagnosis.outcome, Outcome::Succeeded | Outcome::NoFailure) && diagnosis.causes.is_empty(),
            "{kind:?}: {:?} {:?}",
            diagnosis.outcome,
            diagnosis.causes.first().map(|cause| &cause.title)
        );
        let dialects = &diagnosis.source.dialects;
        assert!(
            dialect.is_none_or(|wanted| dialects.iter().any(|known| *known == wanted)),
            "{kind:?}: {dialects:?}, not {dialect:?}"
        );
    }
}

#[test]
fn every_message_of_the_failing_log_matches_a_signature() {
    for message in FAILURES {
        let diagnosis = diagnose(message.as_bytes());
        assert!(!diagnosis.causes.is_empty(), "{message}");
    }
}

#[test]
fn every_line_of_the_hostile_log_holds_a_fixed_text_of_a_signature() {
    let db = SignatureDb::built_in();
    let texts: Vec<&[u8]> = db
        .signatures()
        .flat_map(|signature| signature.scanned())
        .flat_map(|pattern| &pattern.literals)
        .map(|literal| literal.text.as_slice())
        .collect();
    for line in FAILURES.iter().chain(&NEAR_MISSES) {
        let folded = line.to_ascii_lowercase().into_bytes();
        assert!(texts.iter().any(|text| folded.windows(text.len()).any(|part| part == *text)), "{line}");
    }
}

#[test]
fn the_failing_kinds_fail() {
    for kind in [Kind::Failing, Kind::Hostile, Kind::Ci, Kind::Short] {
        let diagnosis = diagnose(&logs::make(kind, 1 << 20));
        assert_eq!(diagnosis.outcome, Outcome::Failed, "{kind:?}");
    }
    let short = logs::make(Kind::Short, 0);
    assert_eq!(short.split(|byte| *byte == b'\n').count() - 1, 50);
}

#[test]
fn a_hundredth_of_the_failing_log_fails_and_lines_are_as_long_as_in_real_logs() {
    let log = String::from_utf8(logs::make(Kind::Failing, 1 << 20)).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    let failing = lines.iter().filter(|line| FAILURES.contains(line)).count();
    assert_eq!(failing, (lines.len() + 49) / 100);
    let mean = log.len() / lines.len();
    assert!((75..110).contains(&mean), "{mean} bytes a line");
    let long = lines.iter().filter(|line| (300..700).contains(&line.len())).count();
    assert!((20..100).contains(&(long * 1_000 / lines.len())), "{long} long lines of {}", lines.len());
}

#[test]
fn the_same_log_is_made_every_time_in_the_size_asked_for() {
    for (name, kind) in Kind::ALL {
        let size = 300_000;
        let log = logs::make(kind, size);
        assert_eq!(log, logs::make(kind, size), "{name}");
        let end = if kind == Kind::Short { 10_000 } else { size + 40_000 };
        assert!(kind == Kind::Short || log.len() as u64 >= size, "{name}: {}", log.len());
        assert!((log.len() as u64) < end, "{name}: {}", log.len());
    }
}
