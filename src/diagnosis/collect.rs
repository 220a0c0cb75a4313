//! Gathers evidence while the log goes by, in bounded memory.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::suspicious;
use super::text::{self, Shown};
use crate::dialect::{Builds, LineSink};
use crate::matcher::{Hit, Matcher, PatternUse};
use crate::model::{LineRole, LogLine, StepRef};
use crate::signature::Role;

/// Lines shown before and after a line of evidence.
pub const CONTEXT: usize = 2;
/// Findings kept of one signature in one step.
const FINDINGS_KEPT: usize = 20;
/// Distinct findings told apart of one signature in one step; beyond, they are only counted.
const DISTINCT: usize = 5_000;
/// Signature-and-step pairs kept.
const GROUPS_KEPT: usize = 3_000;
/// Sightings of `near` patterns kept of one signature.
const SIGHTINGS_KEPT: usize = 200;
/// The last lines kept of a step, for context and for the fallback.
pub const TAIL: usize = 10;
/// Bytes kept of each of them.
const TAIL_BYTES: usize = 500;
/// Steps whose last lines are kept.
const TAILS_KEPT: usize = 128;
/// Suspicious lines kept of a step.
const SUSPECTS: usize = 12;
/// Files counted of one group.
const FILES: usize = 500;

/// A line kept for showing.
#[derive(Debug, Clone)]
pub struct Kept {
    pub number: u64,
    pub joined: u32,
    pub offset: u64,
    pub shown: Shown,
    pub before: Vec<String>,
    pub after: Vec<String>,
}

/// One finding of a signature.
#[derive(Debug, Clone)]
pub struct Finding {
    pub line: Kept,
    pub captures: Vec<(String, String)>,
    /// How much of the line the pattern covers, in bytes.
    pub width: usize,
}

/// All findings of one signature in one step.
#[derive(Debug)]
pub struct Group {
    pub signature: usize,
    pub step: Option<StepRef>,
    pub findings: Vec<Finding>,
    /// Distinct findings, also those not kept.
    pub count: u64,
    pub files: Vec<(String, u64)>,
    pub last_line: u64,
    /// The builder repeated it as a reason of the failure.
    pub repeated_by_builder: bool,
    seen: HashSet<u64>,
}

/// Where a `near` or `unless_near` pattern matched.
#[derive(Debug, Clone)]
pub struct Sighting {
    pub purpose: PatternUse,
    pub line: u64,
    pub step: Option<StepRef>,
    pub captures: Vec<(String, String)>,
}

/// A suspicious line.
#[derive(Debug, Clone)]
pub struct Suspect {
    pub score: i64,
    pub line: Kept,
}

/// The last lines and the suspicious ones of a step, or of what stands outside steps.
#[derive(Debug, Default)]
pub struct Tail {
    /// Oldest first: number, joined, offset, role and text.
    pub lines: VecDeque<TailLine>,
    pub suspects: Vec<Suspect>,
    /// How many lines of output it had.
    pub count: u64,
    /// The last command seen by `set -x`.
    pub traced: Option<String>,
    last_used: u64,
}

/// One of the last lines of a step.
#[derive(Debug, Clone)]
pub struct TailLine {
    pub number: u64,
    pub joined: u32,
    pub offset: u64,
    pub role: LineRole,
    pub text: Vec<u8>,
    /// A symptom or noise.
    pub echo: bool,
}

/// Someone waits for lines that follow: a finding or a suspect.
struct Waiting {
    step: Option<StepRef>,
    target: Target,
    left: usize,
}

enum Target {
    Finding { group: usize, at: usize },
    Suspect { line: u64 },
}

/// Takes clean lines and keeps what may matter.
pub struct Collector {
    matcher: Arc<Matcher>,
    pub groups: Vec<Group>,
    by_key: HashMap<(usize, Option<StepRef>), usize>,
    pub sightings: HashMap<usize, VecDeque<Sighting>>,
    pub tails: HashMap<Option<StepRef>, Tail>,
    waiting: Vec<Waiting>,
    hits: Vec<Hit>,
    clock: u64,
    pub last_step: Option<StepRef>,
    pub last_number: u64,
}

impl Collector {
    pub fn new(matcher: Arc<Matcher>) -> Self {
        Collector {
            matcher,
            groups: Vec::new(),
            by_key: HashMap::new(),
            sightings: HashMap::new(),
            tails: HashMap::new(),
            waiting: Vec::new(),
            hits: Vec::new(),
            clock: 0,
            last_step: None,
            last_number: 0,
        }
    }

    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    fn keep(&self, line: &LogLine<'_>, span: (usize, usize)) -> Kept {
        let before = self.tails.get(&line.step).map(|tail| {
            let skip = tail.lines.len().saturating_sub(CONTEXT);
            tail.lines.iter().skip(skip).map(|l| text::show(&l.text, (0, 0)).text).collect()
        });
        Kept {
            number: line.number,
            joined: line.joined,
            offset: line.offset,
            shown: text::show(line.text, span),
            before: before.unwrap_or_default(),
            after: Vec::new(),
        }
    }

    fn add_hit(&mut self, line: &LogLine<'_>, hit: Hit, builds: &mut Builds) {
        let signature = &self.matcher.db().signatures()[hit.signature];
        if hit.purpose != PatternUse::Match {
            let sightings = self.sightings.entry(hit.signature).or_default();
            if sightings.len() == SIGHTINGS_KEPT {
                sightings.pop_front();
            }
            sightings.push_back(Sighting {
                purpose: hit.purpose,
                line: line.number,
                step: line.step,
                captures: hit.captures,
            });
            return;
        }
        if line.role == LineRole::Structure || signature.role == Role::Noise {
            return;
        }
        let key = (hit.signature, line.step);
        let at = match self.by_key.get(&key) {
            Some(&at) => at,
            None => {
                if self.groups.len() >= GROUPS_KEPT {
                    self.drop_groups(builds);
                    if self.groups.len() >= GROUPS_KEPT {
                        return;
                    }
                }
                if let Some(step) = line.step {
                    builds.pin(step);
                }
                self.groups.push(Group {
                    signature: hit.signature,
                    step: line.step,
                    findings: Vec::new(),
                    count: 0,
                    files: Vec::new(),
                    last_line: line.number,
                    repeated_by_builder: false,
                    seen: HashSet::new(),
                });
                self.by_key.insert(key, self.groups.len() - 1);
                self.groups.len() - 1
            }
        };
        let keep = self.groups[at].findings.len() < FINDINGS_KEPT;
        let fresh = {
            let group = &mut self.groups[at];
            group.last_line = line.number;
            group.repeated_by_builder |= matches!(line.role, LineRole::Recap | LineRole::Verdict);
            let identity = identity(line.text, &hit);
            let fresh =
                if group.seen.len() < DISTINCT { group.seen.insert(identity) } else { !group.seen.contains(&identity) };
            if fresh {
                group.count += 1;
                if let Some((_, file)) = hit.captures.iter().find(|(name, _)| name == "file") {
                    match group.files.iter().position(|(known, _)| known == file) {
                        Some(at) => group.files[at].1 += 1,
                        None if group.files.len() < FILES => group.files.push((file.clone(), 1)),
                        None => {}
                    }
                }
            }
            fresh
        };
        if fresh && keep {
            let kept = self.keep(line, hit.span);
            let group = &mut self.groups[at];
            group.findings.push(Finding { line: kept, captures: hit.captures, width: hit.span.1 - hit.span.0 });
            let target = Target::Finding { group: at, at: group.findings.len() - 1 };
            self.waiting.push(Waiting { step: line.step, target, left: CONTEXT });
        }
    }

    /// Makes room: what was found in steps that ended well is no cause.
    fn drop_groups(&mut self, builds: &Builds) {
        self.waiting.clear();
        self.groups.retain(|group| group.step.and_then(|s| builds.get(s)).is_none_or(|step| !step.ended_well()));
        self.by_key = self.groups.iter().enumerate().map(|(at, g)| ((g.signature, g.step), at)).collect();
    }

    fn give_context(&mut self, line: &LogLine<'_>) {
        if self.waiting.is_empty() {
            return;
        }
        let mut shown: Option<String> = None;
        let mut at = 0;
        while at < self.waiting.len() {
            if self.waiting[at].step != line.step {
                at += 1;
                continue;
            }
            let text = shown.get_or_insert_with(|| text::show(line.text, (0, 0)).text).clone();
            match self.waiting[at].target {
                Target::Finding { group, at } => {
                    if let Some(finding) = self.groups.get_mut(group).and_then(|g| g.findings.get_mut(at)) {
                        finding.line.after.push(text);
                    }
                }
                Target::Suspect { line: number } => {
                    let tail = self.tails.get_mut(&line.step);
                    if let Some(suspect) = tail.and_then(|t| t.suspects.iter_mut().find(|s| s.line.number == number)) {
                        suspect.line.after.push(text);
                    }
                }
            }
            self.waiting[at].left -= 1;
            if self.waiting[at].left == 0 {
                self.waiting.swap_remove(at);
            } else {
                at += 1;
            }
        }
        if self.waiting.len() > 400 {
            self.waiting.drain(..200);
        }
    }

    /// `echo`: a signature says that the line is a symptom or noise, so it explains nothing.
    fn remember(&mut self, line: &LogLine<'_>, echo: bool) {
        self.clock += 1;
        if self.tails.len() >= TAILS_KEPT && !self.tails.contains_key(&line.step) {
            let oldest =
                self.tails.iter().filter(|(step, _)| step.is_some()).min_by_key(|(_, t)| t.last_used).map(|(s, _)| *s);
            if let Some(step) = oldest {
                self.tails.remove(&step);
            }
        }
        let score = if echo { 0 } else { suspicious::score(line.text) };
        if score > 0 && line.role != LineRole::Recap {
            let keep = match self.tails.get(&line.step) {
                Some(tail) if tail.suspects.len() >= SUSPECTS => tail.suspects.iter().any(|s| s.score < score),
                Some(tail) => !tail.suspects.iter().any(|s| s.line.shown.text.as_bytes() == line.text),
                None => true,
            };
            if keep {
                let kept = self.keep(line, (0, line.text.len()));
                let tail = self.tails.entry(line.step).or_default();
                if tail.suspects.len() >= SUSPECTS {
                    // The newest of the weakest goes: the first unexpected line is worth more than its echoes.
                    let weakest = tail.suspects.iter().enumerate().rev().min_by_key(|(_, s)| s.score).map(|(at, _)| at);
                    if let Some(at) = weakest {
                        tail.suspects.remove(at);
                    }
                }
                tail.suspects.push(Suspect { score, line: kept });
                self.waiting.push(Waiting {
                    step: line.step,
                    target: Target::Suspect { line: line.number },
                    left: CONTEXT,
                });
            }
        }
        let clock = self.clock;
        let tail = self.tails.entry(line.step).or_default();
        tail.last_used = clock;
        if line.role == LineRole::Recap || line.text.trim_ascii().is_empty() {
            return;
        }
        tail.count += 1;
        if let Some(command) = line.text.strip_prefix(b"+ ") {
            tail.traced = Some(String::from_utf8_lossy(&command[..command.len().min(TAIL_BYTES)]).into_owned());
        }
        let mut slot = if tail.lines.len() >= TAIL {
            tail.lines.pop_front().unwrap_or_else(|| TailLine::empty(line))
        } else {
            TailLine::empty(line)
        };
        slot.number = line.number;
        slot.joined = line.joined;
        slot.offset = line.offset;
        slot.role = line.role;
        slot.echo = echo;
        slot.text.clear();
        slot.text.extend_from_slice(&line.text[..line.text.len().min(TAIL_BYTES)]);
        tail.lines.push_back(slot);
    }
}

impl TailLine {
    fn empty(line: &LogLine<'_>) -> Self {
        TailLine { number: line.number, joined: 1, offset: 0, role: line.role, text: Vec::new(), echo: false }
    }
}

impl LineSink for Collector {
    fn log_line(&mut self, line: LogLine<'_>, builds: &mut Builds) {
        let mut hits = std::mem::take(&mut self.hits);
        hits.clear();
        if line.role == LineRole::Structure {
            self.matcher.scan_title(line.text, &mut hits);
        } else {
            self.matcher.scan(line.text, &mut hits);
        }
        if line.role != LineRole::Structure {
            self.give_context(&line);
        }
        let db = self.matcher.db().signatures();
        let echo = hits.iter().any(|hit| hit.purpose == PatternUse::Match && db[hit.signature].role != Role::Cause);
        for hit in hits.drain(..) {
            self.add_hit(&line, hit, builds);
        }
        self.hits = hits;
        if line.role != LineRole::Structure {
            self.last_number = line.number;
            if line.step.is_some() {
                self.last_step = line.step;
            }
            self.remember(&line, echo);
        }
    }
}

/// What makes two findings of one signature in one step the same: its captures, or the text.
fn identity(text: &[u8], hit: &Hit) -> u64 {
    let mut hasher = DefaultHasher::new();
    if hit.captures.is_empty() {
        text.trim_ascii().hash(&mut hasher)
    } else {
        hit.captures.hash(&mut hasher)
    }
    hasher.finish()
}
