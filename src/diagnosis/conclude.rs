//! Puts the answer together when the log has ended.

use std::collections::BTreeMap;

use super::chain;
use super::collect::{Collector, Finding, Kept};
use super::history::drop_history;
use super::liable;
use super::rank::{self, Candidate, Situation};
use super::remedy;
use super::secrets::{self, MASK};
use super::text;
use super::{exit_code, fallback, fingerprint, gaps};
use super::{withheld, wrapped};
use crate::dialect::Builds;
use crate::model::{
    Advice, Cause, Confidence, Consequence, Diagnosis, Evidence, EvidenceSource, FileCount, Objection, Outcome, Place,
    Run, SourceInfo, Step, StepOutcome, StepRef, Suspicious, Symptom, Truncation,
};
use crate::signature::{Among, Class, Origin, Role, Signature, template};

/// Most causes in an answer.
const CAUSES: usize = 20;
/// Lines of evidence of one cause in an answer.
const EVIDENCE: usize = 10;
/// How close to the end of a log a failure after a good build must stand, in lines.
const FAREWELL: u64 = 60;
/// How close to the end of a step that did not end a finding must stand to count as what ended it, in lines.
const LAST_WORDS: u64 = 12;

/// What was read: the part of the answer that the dialects know.
pub struct Reading<'r> {
    pub builds: &'r Builds,
    pub dialects: Vec<String>,
    pub name: String,
    pub part: Option<String>,
    pub bytes: u64,
    pub lines: u64,
    pub encoding: &'static str,
    pub run: Option<Run>,
    /// What became of the build, where its record says so.
    pub known: Option<Outcome>,
    /// The source could be read no further.
    pub cut: bool,
}

/// Draws the conclusion from all that was collected.
pub fn conclude(collector: &Collector, reading: Reading<'_>) -> Diagnosis {
    let builds = reading.builds;
    let structured = builds.steps().next().is_some();
    let mut situation = Situation {
        collector,
        builds,
        outcome: Outcome::Failed,
        failing: failing_step(builds),
        structured,
        last_line: collector.last_number,
        begins: reading.run.is_some(),
        clipped: builds.clipped().max(collector.left_out.iter().map(|told| told.line).max()),
    };
    let mut causes = rank::candidates(collector, &situation, Role::Cause);
    let mut symptoms = rank::candidates(collector, &situation, Role::Symptom);
    let told = reading.known.is_some() || reading.run.is_some() || reading.cut || builds.job_failed().is_some();
    if !told {
        drop_history(collector, builds, &mut causes, &mut symptoms);
    }
    situation.outcome =
        reading.known.unwrap_or_else(|| outcome(collector, builds, reading.run.as_ref(), &causes, &symptoms));
    if reading.cut && situation.outcome == Outcome::NoFailure {
        // The failure may be in what is missing.
        situation.outcome = Outcome::Undetermined;
    }
    let tail = reading.cut || situation.outcome == Outcome::Undetermined;
    let mut answer = Diagnosis {
        source: SourceInfo {
            truncated: truncation(builds, tail, structured),
            // A file's name may come from a stranger, too.
            name: text::visible(&reading.name),
            part: reading.part.as_deref().map(text::visible),
            bytes: reading.bytes,
            lines: reading.lines,
            encoding: reading.encoding.to_owned(),
            dialects: reading.dialects,
        },
        run: reading.run.map(|run| Run { command: masked_words(&run.command), ..run }),
        outcome: situation.outcome,
        exit_code_meaning: None,
        failing_step: None,
        steps: Vec::new(),
        causes: Vec::new(),
        causes_left_out: 0,
        symptoms: Vec::new(),
        suspicious: Vec::new(),
        advice: Vec::new(),
        gaps: Vec::new(),
        fingerprint: None,
    };
    if matches!(situation.outcome, Outcome::Succeeded | Outcome::NoFailure) {
        return answer;
    }
    if situation.outcome == Outcome::Undetermined {
        // BuildKit's `#0` only says which builder is at work.
        let works = |at: &StepRef| builds.get(*at).is_some_and(|step| step.id != "0");
        situation.failing = situation.failing.or_else(|| running_step(collector, builds).filter(works));
    }
    let ranked = rank::rank(causes, &situation);
    // What a shell or an editor did to the text is nobody's structure.
    let plain = |dialect: &String| matches!(dialect.as_str(), "plain" | "powershell" | "pasted" | "flutter" | "clock");
    let bare = !structured && answer.source.dialects.iter().all(plain);
    let writer = Writer { collector, builds, bare };
    let failing = situation.failing.or_else(|| ranked.first().and_then(|c| c.step));
    answer.causes = ranked.iter().take(CAUSES).enumerate().map(|(at, c)| writer.cause(at as u32 + 1, c)).collect();
    answer.symptoms = symptoms.iter().map(|candidate| writer.symptom(candidate)).collect();
    // Who only guesses shows what else there is to read.
    if answer.causes.first().is_none_or(|cause| cause.confidence == Confidence::Low) {
        let proof: Vec<u64> = answer.causes.iter().flat_map(|cause| &cause.evidence).map(|line| line.line).collect();
        answer.suspicious = writer.suspicious(failing, &symptoms);
        answer.suspicious.retain(|line| !proof.contains(&line.evidence.line));
    }
    let sure = answer.causes.first().is_some_and(|cause| cause.confidence == Confidence::High);
    answer.gaps = gaps::gaps(collector, builds, &answer.source, sure);
    answer.failing_step = failing.and_then(|at| builds.get(at)).map(|step| step.key.clone());
    answer.steps = writer.steps(&answer, failing, ranked.first());
    let code = failing
        .and_then(|at| builds.get(at))
        .and_then(|step| step.exit_code)
        .or_else(|| symptom_code(&answer.symptoms, &symptoms))
        .or_else(|| answer.run.as_ref().and_then(|run| run.exit_code.map(i64::from)));
    answer.exit_code_meaning =
        code.and_then(|code| exit_code::meaning(code).map(|words| format!("exit code {code}: {words}")));
    answer.fingerprint = fingerprint::of_answer(&answer);
    let found =
        collector.groups.iter().flat_map(|group| &group.findings).flat_map(|finding| &finding.line.shown.secrets);
    withheld::withhold(answer, found)
}

/// The words of a command line without secrets, also where a secret is a word of its own behind its option.
fn masked_words(words: &[String]) -> Vec<String> {
    let mut masked: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let alone = text::show_value(word);
        let behind = masked.last().map(|before| secrets::mask(&format!("{before} {word}")).0);
        let hidden = behind.is_some_and(|both| both.ends_with(MASK) && !word.starts_with('-'));
        masked.push(if hidden && alone == *word { MASK.to_owned() } else { alone });
    }
    masked
}

/// The captures of every finding, also in steps that ended well: for tests of signatures.
#[cfg(feature = "signatures")]
pub fn findings(collector: &Collector) -> Vec<Vec<(String, String)>> {
    // Without builds no step is known to have ended well.
    let situation = Situation {
        collector,
        builds: &Builds::default(),
        outcome: Outcome::Failed,
        failing: None,
        structured: false,
        last_line: collector.last_number,
        begins: false,
        clipped: None,
    };
    let roles = [Role::Cause, Role::Symptom, Role::Noise].into_iter();
    let candidates = roles.flat_map(|role| rank::candidates(collector, &situation, role));
    candidates.flat_map(|candidate| candidate.findings).map(|finding| finding.captures).collect()
}

/// The first step of the last failed build that failed, before those that only followed.
fn failing_step(builds: &Builds) -> Option<StepRef> {
    let failed: Vec<(StepRef, &Step)> = builds.steps().filter(|(_, s)| s.outcome == StepOutcome::Failed).collect();
    let last_build = failed.last().map(|(_, step)| step.build)?;
    failed.iter().find(|(_, step)| step.build == last_build).map(|(at, _)| *at)
}

/// The step that ran last.
fn running_step(collector: &Collector, builds: &Builds) -> Option<StepRef> {
    let running = |at: &StepRef| builds.get(*at).is_some_and(|step| step.outcome == StepOutcome::Running);
    collector
        .last_step
        .filter(running)
        .or_else(|| builds.steps().rev().find(|(_, step)| step.outcome == StepOutcome::Running).map(|(at, _)| at))
}

fn outcome(
    collector: &Collector,
    builds: &Builds,
    run: Option<&Run>,
    causes: &[Candidate<'_>],
    symptoms: &[Candidate<'_>],
) -> Outcome {
    if let Some(run) = run {
        // The child's own status decides.
        return match (run.exit_code, builds.verdict().succeeded) {
            (Some(0), Some(_)) => Outcome::Succeeded,
            (Some(0), None) => Outcome::NoFailure,
            _ => Outcome::Failed,
        };
    }
    if builds.job_failed().is_some() {
        return Outcome::Failed;
    }
    // A killed job is said by the CI system, outside of any build.
    if causes.iter().any(|c| c.signature.class == Class::TimeoutCi && c.signature.role == Role::Cause) {
        return Outcome::Failed;
    }
    let verdict = builds.verdicts().iter().rev().find(|v| v.failed.is_some() || v.succeeded.is_some());
    if let Some(verdict) = verdict {
        let failed_after = |line: u64| {
            // The image was built, and then another command of the same log failed.
            let outside = |c: &&Candidate<'_>| c.step.is_none() && !c.signature.generic && c.first_line > line;
            let last_words = collector.last_number.saturating_sub(FAREWELL);
            // A program that was started after the build may complain for ever: only builders and CI systems are believed.
            let builder =
                |c: &Candidate<'_>| matches!(c.signature.tool(), "docker" | "buildkit" | "compose" | "podman" | "ci");
            symptoms.iter().any(|c| outside(&c) && builder(c))
                || causes.iter().filter(outside).any(|c| c.last_line >= last_words)
        };
        return match (verdict.failed, verdict.succeeded) {
            (Some(failed), Some(succeeded)) if succeeded > failed => Outcome::Succeeded,
            (Some(_), _) => Outcome::Failed,
            (None, Some(succeeded)) if failed_after(succeeded) => Outcome::Failed,
            (None, _) => Outcome::Succeeded,
        };
    }
    if builds.steps().any(|(_, step)| step.outcome == StepOutcome::Failed) {
        return Outcome::Failed;
    }
    // The client's last word, whatever it says.
    let last = collector.tails.get(None).and_then(|tail| tail.lines.back());
    let ends_in_error =
        last.is_some_and(|line| line.number == collector.last_number && line.text.starts_with(b"ERROR: "));
    if ends_in_error && builds.steps().next().is_some() {
        return Outcome::Failed;
    }
    if let Some(step) = running_step(collector, builds) {
        // The paste ends where the failure was printed.
        let end = collector.tails.get(Some(step)).and_then(|tail| tail.lines.back()).map_or(0, |line| line.number);
        let last_words = |c: &Candidate<'_>| {
            !c.signature.generic
                && (c.step.is_none() || c.step == Some(step))
                && end.saturating_sub(c.last_line) <= LAST_WORDS
        };
        let failed = causes.iter().any(last_words) || symptoms.iter().any(|c| c.step.is_none());
        return if failed { Outcome::Failed } else { Outcome::Undetermined };
    }
    let structured = builds.steps().next().is_some();
    let telling = |c: &Candidate<'_>| c.step.is_none() || !structured;
    // A broad pattern counts only among the last words: good logs hold tempting lines in their middle.
    let last = collector.last_number;
    let counts = |c: &Candidate<'_>| !c.signature.generic || last.saturating_sub(c.last_line) <= LAST_WORDS;
    if symptoms.iter().any(telling) || causes.iter().any(|c| telling(c) && counts(c)) {
        return Outcome::Failed;
    }
    if !structured && fallback::shows_failure(collector, builds) { Outcome::Failed } else { Outcome::NoFailure }
}

fn truncation(builds: &Builds, tail: bool, structured: bool) -> Truncation {
    let headless = structured && builds.steps().next().is_some_and(|(_, s)| s.name.is_empty() || s.id.starts_with('?'));
    match (builds.clipped().is_some(), headless, tail) {
        (true, ..) => Truncation::Clipped,
        (_, true, true) => Truncation::Both,
        (_, true, false) => Truncation::Head,
        (_, false, true) => Truncation::Tail,
        _ => Truncation::None,
    }
}

fn symptom_code(shown: &[Symptom], symptoms: &[Candidate<'_>]) -> Option<i64> {
    debug_assert_eq!(shown.len(), symptoms.len());
    symptoms.iter().flat_map(|c| &c.findings).find_map(|finding| {
        finding.captures.iter().find(|(name, _)| name == "code").and_then(|(_, value)| value.parse().ok())
    })
}

/// Turns candidates into what the reports show.
pub(super) struct Writer<'w> {
    pub collector: &'w Collector,
    pub builds: &'w Builds,
    /// Neither a builder nor a CI system speaks in the log.
    pub bare: bool,
}

impl Writer<'_> {
    /// A piece of advice with at most so many lines of evidence.
    pub fn advice(&self, candidate: &Candidate<'_>, lines: usize) -> Advice {
        let signature = candidate.signature;
        let captures = self.captures(candidate);
        let safe: BTreeMap<String, String> =
            captures.iter().map(|(name, value)| (name.clone(), text::show_value(value))).collect();
        let say = |template: &str| template::fill(template, |name| safe.get(name).map(String::as_str));
        let shown = candidate.findings.iter().take(lines);
        Advice {
            signature: signature.id.clone(),
            title: say(&signature.title),
            evidence: shown.map(|finding| self.evidence(&finding.line, candidate.step)).collect(),
            explanation: say(&signature.prose().explain),
        }
    }

    /// Adds the steps that the advice refers to, in the order of the log.
    pub fn add_steps(&self, answer: &mut Diagnosis) {
        let wanted: Vec<&String> =
            answer.advice.iter().flat_map(|advice| &advice.evidence).filter_map(|line| line.step.as_ref()).collect();
        let mut known = std::mem::take(&mut answer.steps);
        for (_, step) in self.builds.steps().filter(|(_, step)| wanted.contains(&&step.key)) {
            if !known.iter().any(|other| other.key == step.key) {
                known.push(shown_step(step));
            }
        }
        let order: Vec<&String> = self.builds.steps().map(|(_, step)| &step.key).collect();
        known.sort_by_key(|step| order.iter().position(|key| **key == step.key));
        answer.steps = known;
    }

    fn evidence(&self, line: &Kept, step: Option<StepRef>) -> Evidence {
        Evidence {
            source: EvidenceSource::Log,
            file: None,
            line: line.number,
            joined: line.joined,
            byte: line.offset,
            column: line.shown.column,
            end_column: line.shown.end_column,
            text: line.shown.text.clone(),
            cut: line.shown.cut,
            masked: line.shown.masked,
            step: self.key(step),
            context: line.context(),
        }
    }

    fn key(&self, step: Option<StepRef>) -> Option<String> {
        step.and_then(|at| self.builds.get(at)).map(|step| step.key.clone())
    }

    fn cause(&self, rank: u32, candidate: &Candidate<'_>) -> Cause {
        let signature = candidate.signature;
        let db = self.collector.matcher().db();
        let captures = self.captures(candidate);
        let safe: BTreeMap<String, String> =
            captures.iter().map(|(name, value)| (name.clone(), text::show_value(value))).collect();
        let say = |template: &str| template::fill(template, |name| safe.get(name).map(String::as_str));
        let (owner, retry) = liable::judged(signature, |name| safe.get(name).map(String::as_str), self.bare);
        Cause {
            rank,
            signature: signature.id.clone(),
            origin: db.origin(&signature.id).unwrap_or(Origin::BuiltIn),
            class: signature.class,
            title: title_of(signature, |name| safe.get(name).map(String::as_str)),
            confidence: candidate.confidence,
            score: candidate.score,
            fingerprint: fingerprint::of_cause(signature, &captures),
            owner,
            retry,
            place: place(&safe),
            count: candidate.count,
            files: candidate
                .files
                .iter()
                .map(|(file, count)| FileCount { file: text::show_value(file), count: *count })
                .collect(),
            objections: candidate.findings.iter().filter(|_| signature.extract.is_some()).map(objection).collect(),
            chain: candidate.findings.first().map(|finding| chain_of(&finding.line.shown.text)).unwrap_or_default(),
            step: self.key(candidate.step),
            evidence: candidate
                .findings
                .iter()
                .take(EVIDENCE)
                .map(|f| self.evidence(&f.line, candidate.step))
                .collect(),
            explanation: say(&signature.prose().explain),
            prevention: signature.prose().prevent.as_deref().map(say),
            remedies: remedy::fill(signature, &captures, &safe, candidate.step.and_then(|at| self.builds.get(at))),
            led_to: candidate.led_to.iter().map(|folded| folded.signature.id.clone()).collect(),
            consequences: candidate
                .led_to
                .iter()
                .map(|folded| Consequence {
                    signature: folded.signature.id.clone(),
                    title: filled_title(folded.signature, &folded.captures),
                    line: folded.line,
                })
                .collect(),
            references: signature.prose().references.clone(),
            ranking: candidate.factors.clone(),
            captures: safe,
        }
    }

    /// The captures of the first finding, and `nearest` where the signature asks for it.
    fn captures(&self, candidate: &Candidate<'_>) -> BTreeMap<String, String> {
        let first = candidate.findings.first();
        let mut captures: BTreeMap<String, String> =
            first.map(|finding: &Finding| finding.captures.iter().cloned().collect()).unwrap_or_default();
        // What the first line does not say, the builder's fuller message may: the image, the nearest stage.
        for (name, value) in candidate.findings.iter().skip(1).take(2).flat_map(|finding| &finding.captures) {
            if candidate.count == 1 || candidate.repeated_by_builder {
                captures.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        if let Some(wish) = &candidate.signature.nearest {
            let names = match wish.among {
                Among::Stages => self.builds.stages(),
            };
            let wanted = captures.get(&wish.of).cloned().unwrap_or_default();
            let nearest = names
                .iter()
                .filter(|name| **name != wanted)
                .map(|name| (strsim::damerau_levenshtein(name, &wanted), name))
                .filter(|(distance, name)| *distance * 2 <= name.chars().count().max(wanted.chars().count()))
                .min();
            if let Some((_, name)) = nearest {
                captures.insert("nearest".to_owned(), name.clone());
            }
        }
        captures
    }

    fn symptom(&self, candidate: &Candidate<'_>) -> Symptom {
        let captures = self.captures(candidate);
        let say = |name: &str| captures.get(name).map(String::as_str);
        Symptom {
            signature: candidate.signature.id.clone(),
            title: text::show_value(&title_of(candidate.signature, say)),
            evidence: candidate.findings.iter().take(3).map(|f| self.evidence(&f.line, candidate.step)).collect(),
        }
    }

    /// The lines worth reading, best first.
    fn suspicious(&self, failing: Option<StepRef>, symptoms: &[Candidate<'_>]) -> Vec<Suspicious> {
        let chosen = fallback::lines(self.collector, failing, symptoms).into_iter();
        chosen.map(|line| suspicious(line.score, self.evidence(&line.line, line.step))).collect()
    }

    /// Every step that the answer refers to, in the order of the log.
    fn steps(&self, answer: &Diagnosis, failing: Option<StepRef>, best: Option<&Candidate<'_>>) -> Vec<Step> {
        let mut keys: Vec<&String> = answer.failing_step.iter().collect();
        keys.extend(answer.causes.iter().filter_map(|cause| cause.step.as_ref()));
        let evidence = answer.causes.iter().flat_map(|c| &c.evidence);
        let evidence = evidence.chain(answer.symptoms.iter().flat_map(|s| &s.evidence));
        let evidence = evidence.chain(answer.suspicious.iter().map(|s| &s.evidence));
        keys.extend(evidence.filter_map(|e| e.step.as_ref()));
        let mut steps: Vec<Step> = Vec::new();
        for (at, step) in self.builds.steps().filter(|(_, step)| keys.contains(&&step.key)) {
            let mut step = step.clone();
            if Some(at) == failing || best.is_some_and(|b| b.step == Some(at)) {
                if step.outcome == StepOutcome::Running && answer.outcome == Outcome::Failed {
                    // Its builder says nothing after the message that ended it.
                    step.outcome = StepOutcome::Failed;
                }
                step.failed_part = self.failed_part(at, &step, best.filter(|b| b.step == Some(at)), answer);
            }
            steps.push(shown_step(&step));
        }
        steps
    }

    fn failed_part(
        &self,
        at: StepRef,
        step: &Step,
        best: Option<&Candidate<'_>>,
        answer: &Diagnosis,
    ) -> Option<String> {
        let command = step.command.as_deref().filter(|_| step.outcome != StepOutcome::Done)?;
        let traced = self.collector.tails.get(Some(at)).and_then(|tail| tail.traced.as_deref());
        let tool = best.map(|candidate| candidate.signature.tool());
        let proof = best.and_then(|candidate| candidate.findings.first()).map(|f| f.line.shown.text.as_str());
        let suspicious = answer.suspicious.iter().take(4).map(|s| s.evidence.text.as_str());
        let lines: Vec<&str> = proof.into_iter().chain(suspicious).collect();
        let tail = self.collector.tails.get(Some(at));
        let printed = |words: &str| {
            tail.is_some_and(|tail| tail.lines.iter().any(|line| line.text.trim_ascii() == words.as_bytes()))
        };
        let part = |line: &str| chain::failed_part(command, traced, tool, line, &printed);
        if lines.is_empty() { part("") } else { lines.into_iter().find_map(part) }
    }
}

fn suspicious(score: i64, evidence: Evidence) -> Suspicious {
    let innermost = wrapped::innermost(&evidence.text).map(str::to_owned);
    Suspicious { score, innermost, evidence }
}

/// A step whose texts may be shown.
fn shown_step(step: &Step) -> Step {
    let mut step = step.clone();
    for field in [&mut step.command, &mut step.failed_part, &mut step.stage, &mut step.target, &mut step.file]
        .into_iter()
        .flatten()
    {
        *field = text::show_value(field);
    }
    step.name = text::show_value(&step.name);
    step
}

/// The links of a line; none where it is no chain.
fn chain_of(line: &str) -> Vec<String> {
    let links = wrapped::links(line);
    if links.len() > 1 { links.into_iter().map(str::to_owned).collect() } else { Vec::new() }
}

fn objection(finding: &Finding) -> Objection {
    let safe: BTreeMap<String, String> =
        finding.captures.iter().map(|(name, value)| (name.clone(), text::show_value(value))).collect();
    let value = |name: &str| safe.get(name).cloned();
    Objection {
        line: finding.line.number,
        place: place(&safe),
        code: value("code"),
        message: value("message"),
        test: value("test"),
        expected: value("expected"),
        got: value("got"),
    }
}

fn place(captures: &BTreeMap<String, String>) -> Option<Place> {
    let number = |name: &str| captures.get(name).and_then(|value| value.parse().ok());
    let file = captures.get("file").filter(|file| !file.is_empty())?.clone();
    Some(Place { file, line: number("line"), column: number("column") })
}

/// A title with the captures of one finding.
fn filled_title(signature: &Signature, captures: &[(String, String)]) -> String {
    let value = |name: &str| captures.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    text::show_value(&title_of(signature, value))
}

/// A signature's title. Of a chain of errors it names the reason. What a compiler or a test says is no chain, what a program said when it
/// died may be one.
fn title_of<'v>(signature: &Signature, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let may_be_chain = signature.extract.is_none() || signature.class == Class::RuntimeCrash;
    template::fill(&signature.title, |name| match value(name) {
        Some(said) if may_be_chain => Some(wrapped::in_title(name, said)),
        said => said,
    })
}

impl Diagnosis {
    /// Is the first answer worth more than a guess?
    pub fn is_explained(&self) -> bool {
        self.causes.first().is_some_and(|cause| cause.confidence > Confidence::Low)
    }
}
