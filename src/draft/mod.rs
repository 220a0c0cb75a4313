//! Drafts a signature from a line of a log: what differs from case to case becomes a group of the pattern, the example is scrubbed, the
//! class is guessed from the signatures that there are. What only a person can know — the prose — is left to fill in.

mod likeness;
mod pattern;
mod scrub;

use likeness::Guess;

use crate::check;
use crate::model::{Diagnosis, Evidence};
use crate::pieces::Pieces;
use crate::signature::{self, Problem, SignatureDb};

pub use pattern::generalised;
pub use scrub::scrubbed;

/// What stands in a draft where a person has to write.
const GAP: &str = "TODO";
/// How many lines around the line an example takes along, on either side.
const AROUND: usize = 2;

/// The line that proves a failure, with what stood around it where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The clean line, as the program printed it.
    text: String,
    /// The part of it that says why, where it is a chain of messages that wrap each other.
    core: Option<String>,
    /// Clean lines before and after it.
    around: (Vec<String>, Vec<String>),
    /// The lines by which the builder says that the step failed.
    verdicts: Vec<String>,
    /// Other clean lines of the log: the near misses are among them.
    others: Vec<String>,
    /// The program that printed it, where the log says so.
    program: Option<String>,
    /// Where it comes from, for the field `source`.
    source: Option<String>,
}

impl Proof {
    /// A line without its log.
    pub fn of_line(line: &str) -> Self {
        Proof {
            text: line.trim_end().to_owned(),
            core: None,
            around: (Vec::new(), Vec::new()),
            verdicts: Vec::new(),
            others: Vec::new(),
            program: None,
            source: None,
        }
    }

    /// The suspicious lines of a failure that nothing explains, best first.
    pub fn of_failure(failure: &Diagnosis) -> Vec<Self> {
        let source = file_name(&failure.source.name);
        let all = failure.suspicious.iter().map(|line| &line.evidence);
        let lines = |evidence: &Evidence| {
            let context = &evidence.context;
            context.before.iter().chain([&evidence.text]).chain(&context.after).cloned().collect::<Vec<String>>()
        };
        let others: Vec<String> = all.flat_map(lines).collect();
        let verdicts = failure.symptoms.iter().flat_map(|symptom| &symptom.evidence).map(|evidence| &evidence.text);
        let verdicts: Vec<String> = verdicts.cloned().collect();
        let proofs = failure.suspicious.iter().map(|line| {
            let evidence = &line.evidence;
            let step = evidence.step.as_deref().and_then(|key| failure.step(key));
            let whole = line.innermost.as_ref().filter(|reason| evidence.text.contains(reason.as_str()));
            Proof {
                text: evidence.text.clone(),
                core: whole.cloned(),
                around: (evidence.context.before.clone(), evidence.context.after.clone()),
                verdicts: verdicts.clone(),
                others: others.clone(),
                program: step
                    .and_then(|step| pattern::program_of(step.failed_part.as_deref().or(step.command.as_deref())?)),
                source: Some(format!("{source}, line {}", evidence.line)),
            }
        });
        proofs.collect()
    }
}

/// A signature to be finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// `<tool>/<name>`.
    pub id: String,
    /// The file's text.
    pub text: String,
    /// What `whyfail check` would still say with the prose filled in; empty for a good draft.
    pub left: Vec<String>,
}

/// Drafts the signature of a failure that `proof` proves.
///
/// Without an `id` one is made of the program and of the line's own words; `taken` says which are there already.
pub fn draft(proof: &Proof, id: Option<&str>, db: &SignatureDb, taken: impl Fn(&str) -> bool) -> Draft {
    let line = scrubbed(&proof.text);
    let core = proof.core.as_deref().map(scrubbed).filter(|core| pattern::says_enough(core));
    let regex = generalised(core.as_deref().unwrap_or(line.trim_start()));
    let guess = likeness::guess(&line, db);
    let id = match id {
        Some(id) => id.to_owned(),
        None => free_id(&pattern::id_of(&line, proof.program.as_deref()), taken),
    };
    let source =
        proof.source.as_deref().unwrap_or("TODO: the tool's version and source file, or where the log comes from");
    let mut parts = Parts {
        regex,
        guess,
        example: line.clone(),
        second: None,
        miss: near_miss(proof, &line),
        source: source.to_owned(),
    };
    // The second example is the line among its neighbours: as many of them as leave the answer as it is.
    for text in excerpts(proof, &line) {
        parts.second = Some(text);
        if mistakes(&id, &parts, db).is_empty() {
            break;
        }
        parts.second = None;
    }
    let left = mistakes(&id, &parts, db).iter().map(|problem| problem.message.clone()).collect();
    Draft { id, text: parts.text(), left }
}

/// The first of the failure's suspicious lines of which a draft lacks nothing but prose; without one the draft of the first.
pub fn draft_of_failure(
    failure: &Diagnosis,
    id: Option<&str>,
    db: &SignatureDb,
    taken: impl Fn(&str) -> bool,
) -> Option<Draft> {
    let drafts = Proof::of_failure(failure).into_iter().map(|proof| draft(&proof, id, db, &taken));
    let mut first = None;
    for draft in drafts {
        if draft.left.is_empty() {
            return Some(draft);
        }
        first.get_or_insert(draft);
    }
    first
}

/// What makes up a draft.
struct Parts {
    regex: String,
    guess: Option<Guess>,
    example: String,
    second: Option<String>,
    miss: Option<String>,
    source: String,
}

impl Parts {
    fn text(&self) -> String {
        let (class, like) = match &self.guess {
            Some(guess) if guess.sure => (guess.class.as_str(), format!("guessed: it reads like {}", guess.like)),
            Some(guess) => {
                ("unknown", format!("to be chosen: perhaps {}, as {}; whyfail list --classes", guess.class, guess.like))
            }
            None => ("unknown", "to be chosen: whyfail list --classes".to_owned()),
        };
        let sure = self.guess.as_ref().filter(|guess| guess.sure);
        let owner = sure.map_or("configuration", |guess| guess.owner.as_str());
        let retry = sure.map_or("unknown", |guess| guess.retry.as_str());
        let mut text = format!(
            r#"# The fields are described in signatures/README.md of whyfail.
title   = "TODO: what is wrong, in the reader's words"
class   = "{class}" # {like}
owner   = "{owner}" # code | dependencies | configuration | infrastructure
retry   = "{retry}" # helps | no | unknown
match   = [{regex}]
explain = """
TODO: two or three sentences on why this happens."""
prevent = "TODO: how not to meet it again."

[[remedy]]
title    = "TODO: what to do, safest first"
commands = []

[[example]]
log    = {example}
source = {source}
"#,
            regex = quoted(&self.regex),
            example = quoted(&self.example),
            source = quoted(&self.source),
        );
        match &self.second {
            Some(second) => {
                let source = quoted(&format!("{}, with the lines around it", self.source));
                text += &format!("\n[[example]]\nlog    = {}\nsource = {source}\n", quoted(second));
            }
            None => {
                text +=
                    "\n# A second real form of the message, from another version or another project:\n# [[example]]\n";
            }
        }
        text += "\n# Looks alike and must not match.\n[[counterexample]]\n";
        match &self.miss {
            Some(miss) => text += &format!("log    = {}\nsource = {}\n", quoted(miss), quoted(&self.source)),
            None => text += "log    = 'TODO: a line that looks alike and must not match'\nsource = \"TODO\"\n",
        }
        text
    }
}

/// What `whyfail check` would say if somebody had filled in the prose.
fn mistakes(id: &str, parts: &Parts, db: &SignatureDb) -> Vec<Problem> {
    let text = parts.text();
    let filled: String = text
        .lines()
        .map(|line| match line {
            line if line.starts_with("class   = \"unknown\"") => "class = \"config\"\n".to_owned(),
            line => format!("{}\n", line.replace(GAP, "Said")),
        })
        .collect();
    match signature::parse(id, "draft", &filled) {
        Ok(file) => check::check_beside(&[file], db),
        Err(problems) => problems,
    }
}

/// The line with lines around it, scrubbed: its neighbours, or else what the builder said of the step.
fn excerpts(proof: &Proof, line: &str) -> Vec<String> {
    let (head, tail) = &proof.around;
    let with = |before: &[String], after: &[String]| {
        let lines = before.iter().map(|line| scrubbed(line)).chain([line.to_owned()]);
        lines.chain(after.iter().map(|line| scrubbed(line))).collect::<Vec<_>>().join("\n")
    };
    let before = head.tail(head.len().saturating_sub(AROUND));
    let after = tail.head(AROUND);
    let mut all = vec![with(before, after), with(&[], after), with(before, &[])];
    all.extend(proof.verdicts.iter().map(|verdict| with(&[], std::slice::from_ref(verdict))));
    all.retain(|text| text != line);
    all.dedup();
    all
}

/// The line of the log that shares the most words with the proof and does not match its pattern.
fn near_miss(proof: &Proof, line: &str) -> Option<String> {
    let pattern = signature::compile(&generalised(line.trim_start())).ok()?;
    let core = proof.core.as_deref().map(|core| generalised(&scrubbed(core)));
    let core = core.and_then(|core| signature::compile(&core).ok());
    let matches = |text: &str| {
        pattern.is_match(text.as_bytes()) || core.as_ref().is_some_and(|core| core.is_match(text.as_bytes()))
    };
    let wanted = likeness::words(line);
    let shared = |text: &str| likeness::words(text).iter().filter(|word| wanted.contains(word)).count();
    let others =
        proof.others.iter().map(|other| scrubbed(other)).filter(|other| !other.trim().is_empty() && !matches(other));
    // Of lines that are equally alike the first.
    let scored = others.map(|other| (shared(&other), other));
    scored.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, text)| text)
}

/// `id`, or `id-2`, `id-3`…
fn free_id(id: &str, taken: impl Fn(&str) -> bool) -> String {
    if !taken(id) {
        return id.to_owned();
    }
    (2..).map(|number| format!("{id}-{number}")).find(|id| !taken(id)).unwrap_or_else(|| id.to_owned())
}

/// Without the folders, which say where somebody keeps their logs.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().filter(|name| !name.is_empty() && *name != "-").unwrap_or("standard input")
}

/// A TOML string: verbatim where that is possible, for patterns are hard to read otherwise.
fn quoted(text: &str) -> String {
    let plain = !text.chars().any(|c| c.is_control() && c != '\t' && c != '\n');
    let lines = text.contains('\n');
    match text {
        text if plain && !lines && !text.contains('\'') => format!("'{text}'"),
        text if plain && !text.contains("'''") && !text.ends_with('\'') => {
            format!("'''{}{text}'''", if lines { "\n" } else { "" })
        }
        text => toml::Value::String(text.to_owned()).to_string(),
    }
}
