//! What of the log is missing, said plainly, and how to get it next time.

use super::collect::{Collector, LeftOut};
use super::text;
use super::wrapped;
use crate::dialect::Builds;
use crate::model::{Gap, GapKind, SourceInfo, Truncation};
use crate::signature::template;

/// Gaps told of one log.
const TOLD: usize = 4;

/// What is missing, in the order in which it hurts. `explained`: the proof is there all the same.
pub fn gaps(collector: &Collector, builds: &Builds, source: &SourceInfo, explained: bool) -> Vec<Gap> {
    let SourceInfo { truncated, dialects, .. } = source;
    let mut gaps = Vec::new();
    if let Some(line) = builds.clipped() {
        gaps.push(Gap {
            kind: GapKind::Clipped,
            line: Some(line),
            what: "BuildKit clipped a step's output: it printed more, or faster, than the builder lets through"
                .to_owned(),
            how:
                "Set BUILDKIT_STEP_LOG_MAX_SIZE=-1 and BUILDKIT_STEP_LOG_MAX_SPEED=-1 for the builder and build again."
                    .to_owned(),
        });
    }
    for LeftOut { signature, line, captures } in &collector.left_out {
        let signature = collector.matcher().numbered(*signature);
        let value = |name: &str| captures.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let what = template::fill(&signature.title, |name| value(name).map(|said| wrapped::in_title(name, said)));
        let how = template::fill(&signature.prose().explain, value);
        gaps.push(Gap {
            kind: GapKind::Dropped,
            line: Some(*line),
            what: text::show_value(&what),
            how: text::show_value(&how).replace('\n', " "),
        });
    }
    if matches!(truncated, Truncation::Head | Truncation::Both) {
        let what = "The start of the log is missing: it begins in the middle of a build".to_owned();
        gaps.push(Gap { kind: GapKind::Head, line: None, what, how: whole(dialects) });
    }
    if matches!(truncated, Truncation::Tail | Truncation::Both) {
        let what = "The end of the log is missing: it breaks off while something was running".to_owned();
        gaps.push(Gap { kind: GapKind::Tail, line: Some(source.lines), what, how: whole(dialects) });
    }
    let screen = dialects.iter().any(|dialect| dialect == "buildkit-tty");
    if screen && !explained {
        let what = "The log was taken from a screen, on which BuildKit shows only the last lines of a step".to_owned();
        let how =
            "Build with --progress=plain; docker buildx history logs shows all that this build printed.".to_owned();
        gaps.push(Gap { kind: GapKind::Screen, line: None, what, how });
    }
    gaps.truncate(TOLD);
    gaps
}

/// How to get all of a log of this kind.
fn whole(dialects: &[String]) -> String {
    let is = |wanted: &str| dialects.iter().any(|dialect| dialect.starts_with(wanted));
    let how = if is("github-actions") {
        "Take all of it: gh run view --log-failed, or \"View raw logs\" in the menu of the job."
    } else if is("gitlab") {
        "Take all of it: \"Show complete raw\" above the job's log."
    } else if is("jenkins") {
        "Take all of it: the page consoleText of the build."
    } else if is("buildkit") || is("compose") {
        "Take all of it: docker buildx history logs, or docker build --progress=plain . > build.log 2>&1 (without tail or head)."
    } else {
        "Take all of it, errors too: COMMAND > build.log 2>&1 (without tail or head)."
    };
    how.to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::model::{Confidence, GapKind, Outcome};
    use crate::{Diagnoser, Diagnosis, Matcher, SignatureDb};

    fn diagnosis(log: &str) -> Diagnosis {
        let mut diagnoser = Diagnoser::new(Arc::new(Matcher::new(SignatureDb::built_in())));
        diagnoser.feed(log.as_bytes());
        diagnoser.finish()
    }

    fn kinds(log: &str) -> Vec<GapKind> {
        diagnosis(log).gaps.iter().map(|gap| gap.kind).collect()
    }

    const STEP: &str = "#7 [2/2] RUN make\n#7 0.1 cc -c shop.c\n#7 0.2 /bin/sh: 1: cc: not found\n";
    const ENDED: &str = "#7 ERROR: process \"/bin/sh -c make\" did not complete successfully: exit code: 2\n";

    #[test]
    fn a_whole_log_has_no_gap() {
        assert_eq!(kinds(&format!("{STEP}{ENDED}")), []);
        assert_eq!(kinds("all is well\n"), []);
    }

    #[test]
    fn a_clipped_step_is_told_and_what_stands_before_the_gap_is_less_sure() {
        for limit in ["2MiB", "200KiB/s"] {
            let log = format!("{STEP}#7 0.3 [output clipped, log limit {limit} reached]\n{ENDED}");
            let answer = diagnosis(&log);
            assert_eq!((answer.gaps[0].kind, answer.gaps[0].line), (GapKind::Clipped, Some(4)));
            assert!(answer.gaps[0].how.contains("BUILDKIT_STEP_LOG_MAX_SIZE"));
            assert!(answer.causes.iter().all(|cause| cause.confidence < Confidence::High), "{limit}");
        }
    }

    #[test]
    fn a_paste_of_the_last_lines_is_told() {
        let log = format!("{STEP}{ENDED}");
        let tail: String = log.lines().skip(1).map(|line| format!("{line}\n")).collect();
        let answer = diagnosis(&tail);
        assert_eq!(answer.gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>(), [GapKind::Head]);
        assert!(answer.gaps[0].how.contains("history logs"));
    }

    #[test]
    fn a_log_that_breaks_off_is_told() {
        let answer = diagnosis("#7 [2/2] RUN make\n#7 0.1 cc -c shop.c\n");
        assert_eq!(answer.outcome, Outcome::Undetermined);
        assert_eq!(answer.gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>(), [GapKind::Tail]);
    }

    #[test]
    fn what_a_ci_system_threw_away_is_told_and_lowers_confidence() {
        let proof = "reading\nsorting\nwriting\nsrc/main.c:3:10: fatal error: zlib.h: No such file or directory\n";
        let sure = diagnosis(proof);
        assert_eq!((sure.causes[0].confidence, sure.gaps.len()), (Confidence::High, 0));
        for lost in [
            "Job's log exceeded limit of 4194304 bytes.\nJob execution will continue but no more output will be collected.\n",
            "The log length has exceeded the limit of 4 MB (this usually means that the test suite is raising the same exception over and over).\n",
            "Railway rate limit of 500 logs/sec reached for replica, update your application to reduce the logging rate. Messages dropped: 92\n",
            "[output truncated]\n",
        ] {
            let answer = diagnosis(&format!("{proof}{lost}"));
            assert_eq!(answer.gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>(), [GapKind::Dropped], "{lost}");
            assert_eq!(answer.gaps[0].line, Some(5));
            assert_eq!(answer.causes[0].confidence, Confidence::Medium, "{lost}");
        }
        let before = diagnosis(&format!("Skipping 1,234 KB.. Full Log\n{proof}"));
        assert_eq!((before.gaps[0].kind, before.causes[0].confidence), (GapKind::Dropped, Confidence::High));
    }
}
