//! Advice on builds that went well, or failed for another reason: nothing was tested, time or safety was given away. Asked for by
//! `--advise`.
//!
//! It reads the log once more with the signatures of the role `advice`, so that the diagnosis is the same with it and without. What no
//! pattern of a line can tell is told here: how often something must occur, what must not stand beside it, in which order steps are.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use once_cell::sync::Lazy;
use regex::bytes::{Regex, RegexBuilder};

use super::collect::{Collector, Finding, Kept};
use super::conclude::Writer;
use super::rank::{self, Candidate, Situation};
use super::{text, withheld};
use crate::dialect::{Builds, DialectReader, LineSink};
use crate::matcher::Matcher;
use crate::model::{Diagnosis, LineRole, LogLine, Outcome, StepRef};
use crate::signature::Role;

/// Pieces of advice in an answer.
const MOST: usize = 12;
/// Lines of evidence of one of them.
const EVIDENCE: usize = 3;
/// The advice on the order of steps.
const ORDER: &str = "docker/sources-before-dependencies";
/// Instructions of a stage that are remembered.
const INSTRUCTIONS: usize = 400;

/// What a signature of this role needs beyond its patterns.
struct Rule {
    /// The signature's id.
    id: &'static str,
    /// So many distinct findings are needed.
    at_least: u64,
    /// A line in the same step that makes it untrue: something ran after all.
    unless: Option<&'static str>,
}

/// Signatures that are not listed need one finding.
const RULES: &[Rule] = &[
    Rule { id: "go/no-tests", at_least: 1, unless: Some(r"^(?:ok  |FAIL)\t\S+\t[^\[]*$|^--- (?:PASS|FAIL|SKIP): ") },
    Rule { id: "cargo/no-tests", at_least: 1, unless: Some(r"^test result: .* (?:[1-9]\d* passed|[1-9]\d* failed)") },
    Rule { id: "maven/no-tests", at_least: 1, unless: Some(r"Tests run: [1-9]") },
    Rule { id: "dotnet/no-tests", at_least: 1, unless: Some(r"^(?:Passed|Failed)!  - Failed: ") },
    Rule { id: "net/many-retries", at_least: 3, unless: None },
];

static UNLESS: Lazy<Vec<(&'static str, Regex)>> = Lazy::new(|| {
    let compile = |text| RegexBuilder::new(text).unicode(false).build().ok();
    RULES.iter().filter_map(|rule| Some((rule.id, compile(rule.unless?)?))).collect()
});

/// An instruction with its place, in the titles of BuildKit, the classic builder and buildah.
static INSTRUCTION: Lazy<Option<Regex>> = Lazy::new(|| {
    let title = r"^(?:\[(?:(?P<stage>[^\]\s]+) +)?(?P<at>\d+)/\d+\] |(?:Step|STEP) (?P<step>\d+)(?:/\d+)? ?: )(?P<word>FROM|COPY|ADD|RUN) +(?P<rest>.*)$";
    RegexBuilder::new(title).unicode(false).build().ok()
});

/// Copies the whole context.
static ALL_SOURCES: Lazy<Option<Regex>> =
    Lazy::new(|| RegexBuilder::new(r"^(?:--(?:chown|chmod|link)\S* +)*\.{1,2}/? +\S+ *$").unicode(false).build().ok());

/// An instruction that copies the whole context.
struct Copy {
    build: u32,
    stage: Vec<u8>,
    at: u64,
    line: Kept,
    step: Option<StepRef>,
}

/// Reads a log for advice.
pub struct Advisor {
    reader: DialectReader,
    sink: Sink,
}

struct Sink {
    collector: Collector,
    /// Where something ran after all, by the rule's id.
    ran: HashSet<(&'static str, Option<StepRef>)>,
    copies: Vec<Copy>,
    /// Lines with an instruction behind one that copies all of the context in the same stage, and the place of that one.
    behind: HashMap<u64, usize>,
    /// The step that begins the stage, by build, where titles do not name it.
    stage: HashMap<u32, u64>,
}

impl Advisor {
    /// An advisor at the start of a log. `matcher` knows the signatures of this role alone, see [`Matcher::of_advice`].
    pub fn new(matcher: Arc<Matcher>) -> Self {
        let sink = Sink {
            collector: Collector::new(matcher),
            ran: HashSet::new(),
            copies: Vec::new(),
            behind: HashMap::new(),
            stage: HashMap::new(),
        };
        Advisor { reader: DialectReader::new(), sink }
    }

    /// Takes the next bytes of the log.
    pub fn feed(&mut self, chunk: &[u8]) {
        self.reader.feed(chunk, &mut self.sink);
    }

    /// Adds the advice to the diagnosis of the same log.
    pub fn finish(mut self, answer: &mut Diagnosis) {
        self.reader.finish(&mut self.sink);
        let builds = self.reader.builds();
        let writer = Writer { collector: &self.sink.collector, builds, bare: false };
        answer.advice =
            self.sink.candidates(builds, answer.outcome).iter().map(|c| writer.advice(c, EVIDENCE)).collect();
        for evidence in answer.advice.iter_mut().flat_map(|advice| &mut advice.evidence) {
            withheld::wrapped(evidence);
        }
        writer.add_steps(answer);
    }

    /// The captures of every finding: for tests of signatures.
    #[cfg(feature = "signatures")]
    pub(crate) fn findings(mut self) -> Vec<Vec<(String, String)>> {
        self.reader.finish(&mut self.sink);
        let found = self.sink.candidates(self.reader.builds(), Outcome::Succeeded);
        found.into_iter().flat_map(|c| c.findings).map(|finding| finding.captures).collect()
    }
}

impl Sink {
    /// One for each signature, in the order of the log.
    fn candidates<'s>(&'s self, builds: &Builds, outcome: Outcome) -> Vec<Candidate<'s>> {
        let situation = Situation {
            collector: &self.collector,
            builds,
            outcome,
            failing: None,
            structured: builds.steps().next().is_some(),
            last_line: self.collector.last_number,
            begins: false,
            clipped: None,
        };
        let mut found: Vec<Candidate<'s>> = Vec::new();
        for mut candidate in rank::candidates(&self.collector, &situation, Role::Advice) {
            if candidate.signature.id == ORDER && !self.put_in_order(&mut candidate) {
                continue;
            }
            let id = candidate.signature.id.as_str();
            let outside = candidate.step.is_none();
            if (outside && outcome == Outcome::Failed && !situation.structured)
                || self.ran.iter().any(|(rule, step)| *rule == id && *step == candidate.step)
            {
                // What failed needs no such advice.
                continue;
            }
            match found.iter_mut().find(|known| known.signature.id == id) {
                Some(known) => {
                    known.count = known.count.saturating_add(candidate.count);
                    known.findings.extend(candidate.findings);
                }
                None => found.push(candidate),
            }
        }
        let needed = |id: &str| RULES.iter().find(|rule| rule.id == id).map_or(1, |rule| rule.at_least);
        found.retain(|candidate| candidate.count >= needed(&candidate.signature.id));
        found.sort_by_key(|candidate| candidate.first_line);
        found.truncate(MOST);
        found
    }

    /// Keeps the downloads that stand behind the sources in one stage, and puts the line that copies these before them.
    fn put_in_order(&self, candidate: &mut Candidate<'_>) -> bool {
        candidate.findings.retain(|finding| self.behind.contains_key(&finding.line.number));
        let Some(first) = candidate.findings.first() else { return false };
        let Some(copy) = self.behind.get(&first.line.number).and_then(|at| self.copies.get(*at)) else { return false };
        let finding = Finding {
            line: copy.line.clone(),
            captures: first.captures.clone(),
            width: copy.line.shown.text.len(),
            by_pattern: true,
        };
        candidate.findings.insert(0, finding);
        candidate.step = candidate.step.or(copy.step);
        true
    }

    fn note_instruction(&mut self, line: &LogLine<'_>, build: u32) {
        let Some(found) = INSTRUCTION.as_ref().and_then(|title| title.captures(line.text)) else { return };
        let part = |name| found.name(name).map_or(&b""[..], |group| group.as_bytes());
        let number = |name| std::str::from_utf8(part(name)).ok().and_then(|number| number.parse::<u64>().ok());
        let (word, rest) = (part("word"), part("rest"));
        let mut stage = part("stage").to_vec();
        if let Some(step) = number("step") {
            if word == b"FROM" {
                self.stage.insert(build, step);
            }
            stage = format!("from {}", self.stage.get(&build).copied().unwrap_or(0)).into_bytes();
        }
        let Some(at) = number("at").or_else(|| number("step")) else { return };
        let earlier = |copy: &Copy| copy.build == build && copy.stage == stage && copy.at < at;
        if word == b"RUN" {
            if let Some(copy) = self.copies.iter().position(earlier).filter(|_| self.behind.len() < INSTRUCTIONS) {
                self.behind.insert(line.number, copy);
            }
        } else if ALL_SOURCES.as_ref().is_some_and(|all| all.is_match(rest)) && self.copies.len() < INSTRUCTIONS {
            let line_step = line.step;
            let shown = text::show(line.text, (0, line.text.len()));
            let (number, joined, offset) = (line.number, line.joined, line.offset);
            let line = Kept { number, joined, offset, shown, before: Vec::new(), after: Vec::new(), around: None };
            self.copies.push(Copy { build, stage, at, line, step: line_step });
        }
    }
}

impl LineSink for Sink {
    fn log_line(&mut self, line: LogLine<'_>, builds: &mut Builds) {
        if line.role == LineRole::Recap {
            return;
        }
        if line.role == LineRole::Structure {
            let build = line.step.and_then(|step| builds.get(step)).map_or(0, |step| step.build);
            self.note_instruction(&line, build);
        }
        for (id, regex) in UNLESS.iter() {
            if regex.is_match(line.text) {
                self.ran.insert((id, line.step));
            }
        }
        // A title is as good a proof as what a program prints.
        self.collector.log_line(LogLine { role: LineRole::Output, ..line }, builds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Diagnoser, SignatureDb};

    fn diagnosis(log: &str, asked: bool) -> Diagnosis {
        let matcher = Matcher::new(SignatureDb::built_in());
        let mut diagnoser = Diagnoser::new(Arc::new(if asked { matcher.with_advice() } else { matcher }));
        diagnoser.feed(log.as_bytes());
        diagnoser.finish()
    }

    fn advice(log: &str) -> Vec<String> {
        diagnosis(log, true).advice.into_iter().map(|advice| advice.signature).collect()
    }

    const GREEN: &str = "#5 [2/4] WORKDIR /src\n#5 DONE 0.0s\n#6 [3/4] COPY . .\n#6 DONE 0.1s\n#7 [4/4] RUN npm ci && npm test\n\
        #7 3.1 No tests found, exiting with code 0\n#7 DONE 4.0s\n#8 exporting to image\n#8 DONE 0.1s\n";

    #[test]
    fn every_rule_has_its_signature_and_compiles() {
        let db = SignatureDb::built_in().advice();
        for id in RULES.iter().map(|rule| rule.id).chain([ORDER]) {
            assert!(db.get(id).is_some(), "{id}");
        }
        assert_eq!(UNLESS.len(), RULES.iter().filter(|rule| rule.unless.is_some()).count());
        assert!(INSTRUCTION.is_some() && ALL_SOURCES.is_some());
        assert!(db.signatures().all(|signature| signature.role == Role::Advice) && db.len() >= 10);
    }

    #[test]
    fn advice_changes_nothing_else_and_is_given_only_when_asked_for() {
        let (with, without) = (diagnosis(GREEN, true), diagnosis(GREEN, false));
        assert_eq!(without.advice, []);
        assert_eq!(
            (with.outcome, &with.causes, &with.suspicious),
            (without.outcome, &without.causes, &without.suspicious)
        );
        let ids: Vec<&str> = with.advice.iter().map(|advice| advice.signature.as_str()).collect();
        assert_eq!(ids, ["docker/sources-before-dependencies", "jest/no-tests"]);
        let texts: Vec<&str> = with.advice[0].evidence.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["[3/4] COPY . .", "[4/4] RUN npm ci && npm test"]);
        for line in with.advice.iter().flat_map(|advice| &advice.evidence) {
            assert!(line.step.as_ref().is_none_or(|key| with.step(key).is_some()), "{line:?}");
        }
    }

    #[test]
    fn what_failed_needs_no_advice() {
        let failed = "#7 [4/4] RUN npm test\n#7 3.1 No tests found, exiting with code 0\n#7 ERROR: exit code: 1\n";
        assert_eq!(advice(failed), [""; 0]);
    }

    #[test]
    fn one_test_that_ran_is_enough_in_its_own_step() {
        let none = "?   \texample.com/app/a\t[no test files]\n";
        let ran = "ok  \texample.com/app/b\t0.003s\n";
        let empty = "ok  \texample.com/app/b\t0.003s [no tests to run]\n";
        assert_eq!(advice(none), ["go/no-tests"]);
        assert_eq!(advice(&format!("{none}{empty}")), ["go/no-tests"]);
        assert_eq!(advice(&format!("{none}{ran}")), [""; 0]);
        assert_eq!(advice(&format!("{ran}{none}")), [""; 0]);
        assert_eq!(
            advice(&format!("{none}ok  \texample.com/app/b\t(cached)\tcoverage: 81.2% of statements\n")),
            [""; 0]
        );
        let steps = "#6 [1/2] RUN go test ./a\n#6 1.0 ?   \texample.com/a\t[no test files]\n#6 DONE 1.0s\n#7 [2/2] RUN go test ./b\n#7 1.0 ok  \texample.com/b\t0.003s\n#7 DONE 1.0s\n";
        assert_eq!(advice(steps), ["go/no-tests"]);
    }

    #[test]
    fn one_retry_is_nothing() {
        let tries = |count: u32| -> String {
            (0..count)
                .map(|n| format!("warning: spurious network error ({n} tries remaining): [6] Could not resolve\n"))
                .collect()
        };
        assert_eq!(advice(&tries(2)), [""; 0]);
        assert_eq!(advice(&tries(3)), ["net/many-retries"]);
    }

    #[test]
    fn only_the_sources_before_the_download_in_one_stage_count() {
        let order =
            |first: &str, second: &str| advice(&format!("#6 {first}\n#6 DONE 0.1s\n#7 {second}\n#7 DONE 0.1s\n"));
        let bad = ["docker/sources-before-dependencies"];
        assert_eq!(order("[a 2/3] COPY . .", "[a 3/3] RUN go mod download"), bad);
        assert_eq!(
            order("[2/3] COPY --chown=app:app . /app", "[3/3] RUN pip install --no-cache-dir -r requirements.txt"),
            bad
        );
        assert_eq!(order("[a 2/3] COPY . .", "[b 3/3] RUN go mod download"), [""; 0]);
        assert_eq!(order("[3/3] COPY . .", "[2/3] RUN go mod download"), [""; 0]);
        assert_eq!(order("[2/3] COPY go.mod .", "[3/3] RUN go mod download"), [""; 0]);
        assert_eq!(order("[2/3] COPY --from=x . .", "[3/3] RUN go mod download"), [""; 0]);
        assert_eq!(order("[2/3] COPY . .", "[3/3] RUN --mount=type=cache,target=/go go mod download"), [""; 0]);
    }

    #[test]
    fn a_secret_in_the_evidence_is_masked() {
        let log = "Step 1/2 : FROM busybox\n ---> 2d1f3f5b7a90\nStep 2/2 : ARG NPM_TOKEN=npm_0123456789abcdefghijABCDEFGHIJ012345\n ---> Running in c0ffee123456\nSuccessfully built c0ffee123457\n";
        let found = diagnosis(log, true);
        assert_eq!(found.advice.len(), 1, "{found:?}");
        assert!(!format!("{:?}", found.advice).contains("0123456789abcdef"));
    }
}
