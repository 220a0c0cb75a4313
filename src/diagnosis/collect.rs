//! Gathers evidence while the log goes by, in bounded memory.

use std::collections::VecDeque;
use std::sync::Arc;

use super::ahead::{Ahead, Lookout};
use super::at_hand::LineAtHand;
use super::extraction::{Earlier, Extracted, Extraction};
use super::findings::{DISTINCT, count_file};
pub use super::findings::{Finding, Group, Kept, Room, Sighting, Sightings};
use super::secrets;
use super::suspicious::{self, Frame};
use super::tails::{Echo, TAIL, TAIL_BYTES, TailLine, Tails, limited};
use super::text;
use super::waiting::WaitingList;
use crate::dialect::{Builds, LineSink};
use crate::extractor::{self, Printed};
use crate::hashing::{Map, Set, hash_of};
use crate::matcher::{Hit, Matcher, PatternUse, Taken};
use crate::model::{Context, LineMarks, LineRole, LogLine, Mark, StepRef};
use crate::pieces::Pieces;
use crate::signature::{Role, Signature};

/// Lines kept before and after a line of evidence, and looked at there.
pub const CONTEXT: usize = 2;
/// As many may be asked for: the last lines of a step that are remembered.
pub const MOST_CONTEXT: usize = TAIL;
/// Findings kept of one signature in one step.
const FINDINGS_KEPT: usize = 20;
/// Signature-and-step pairs kept.
const GROUPS_KEPT: usize = 3_000;
/// Signatures that wait for their neighbourhood at once.
const WATCHES: usize = 32;
/// Bytes of findings kept beyond the first of each signature in each step.
const FINDINGS_BYTES: usize = 2 << 20;
/// How many lines they wait.
const WATCHED: u32 = 30;
/// Titles of steps and lines of the Dockerfile kept, for signatures that match behind them, and bytes of each.
const TITLES_KEPT: usize = 1_024;
const TITLE_BYTES: usize = 4_096;
/// Lines kept that say that others were left out.
const LEFT_OUT: usize = 16;

/// A signature matched, and patterns too short to be looked for everywhere are tried on the lines that follow.
struct Watch {
    signature: usize,
    step: Option<StepRef>,
    left: u32,
}

/// A title of a step, a line of the Dockerfile, or anything else that a builder says of its own.
struct TitleLine {
    number: u64,
    step: Option<StepRef>,
    text: Vec<u8>,
}

/// How far titles have been looked at, and are to be, for the sake of a signature that matched.
#[derive(Debug, Default)]
struct TitleWatch {
    seen_to: u64,
    until: u64,
}

/// The files that stand near the findings of one signature in one step, with how many distinct places each.
#[derive(Debug, Default)]
struct FilesNearby {
    seen: Set<u64>,
    files: Vec<(String, u64)>,
}

/// A line that says that others were left out.
#[derive(Debug)]
pub struct LeftOut {
    pub signature: usize,
    pub line: u64,
    pub captures: Vec<(String, String)>,
}

/// Takes clean lines and keeps what may matter.
pub struct Collector {
    matcher: Arc<Matcher>,
    pub groups: Vec<Group>,
    by_key: Map<(usize, Option<StepRef>), usize>,
    pub sightings: Map<usize, Sightings>,
    pub tails: Tails,
    waiting: WaitingList,
    watches: Vec<Watch>,
    /// The last ones, oldest first.
    titles: VecDeque<TitleLine>,
    /// By signature.
    title_watches: Map<usize, TitleWatch>,
    /// Files named by `near` patterns, distinct places counted, by signature and step.
    nearby: Map<(usize, Option<StepRef>), FilesNearby>,
    extraction: Extraction,
    /// Lines that say that others were left out.
    pub left_out: Vec<LeftOut>,
    /// Lines kept around each line that is shown, where that is more than [`CONTEXT`]; otherwise 0.
    around: usize,
    /// Tests of signatures want to see noise, too.
    pub keeps_noise: bool,
    at_hand: LineAtHand,
    pub last_step: Option<StepRef>,
    pub last_number: u64,
    /// Bytes of the findings.
    kept: usize,
    room: Room,
}

impl Collector {
    pub fn new(matcher: Arc<Matcher>) -> Self {
        let context = matcher.context().clamp(CONTEXT, MOST_CONTEXT);
        let extraction = Extraction::new(&matcher, context);
        Collector {
            matcher,
            extraction,
            groups: Vec::new(),
            by_key: Map::default(),
            sightings: Map::default(),
            tails: Tails::default(),
            waiting: WaitingList::default(),
            watches: Vec::new(),
            titles: VecDeque::new(),
            title_watches: Map::default(),
            nearby: Map::default(),
            left_out: Vec::new(),
            around: if context > CONTEXT { context } else { 0 },
            keeps_noise: false,
            at_hand: LineAtHand::default(),
            last_step: None,
            last_number: 0,
            kept: 0,
            room: Room::default(),
        }
    }

    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// Finds out about lines before they come here.
    pub fn lookout(&self) -> Lookout {
        Lookout::beside(&self.at_hand)
    }

    /// This is what was found out about lines that come next, if something was.
    pub fn expect(&mut self, ahead: Option<Arc<Ahead>>) {
        self.at_hand.expect(ahead);
    }

    fn keep(&self, line: &LogLine<'_>, span: (usize, usize)) -> Kept {
        let tail = self.tails.get(line.step);
        let last = |count| tail.map(|tail| tail.last(count).map(|l| text::show(&l.text, (0, 0)).text).collect());
        let before = last(CONTEXT);
        let around = last(self.around).filter(|_| self.around > 0);
        Kept {
            number: line.number,
            joined: line.joined,
            offset: line.offset,
            shown: text::show(line.text, span),
            before: before.unwrap_or_default(),
            after: Vec::new(),
            around: (self.around > 0)
                .then(|| Box::new(Context { before: around.unwrap_or_default(), after: Vec::new() })),
        }
    }

    /// Takes the hit of this number on the line at hand.
    fn add_hit(&mut self, matcher: &Matcher, line: &LogLine<'_>, at: usize, hit: &Hit, builds: &mut Builds) {
        if hit.purpose == PatternUse::Trigger {
            return;
        }
        let signature = matcher.signature(hit);
        if hit.purpose != PatternUse::Match {
            self.saw(hit, line.text, line.number, line.step);
            return;
        }
        if tells_of_a_gap(signature) && self.left_out.len() < LEFT_OUT {
            let captures = matcher.take(hit, line.text).owned();
            self.left_out.push(LeftOut { signature: hit.signature, line: line.number, captures });
        }
        if line.role == LineRole::Structure || (signature.role == Role::Noise && !self.keeps_noise) {
            return;
        }
        self.watch(line, hit.signature, signature.within);
        let span = self.at_hand.span(matcher, at, hit, line.text);
        let text = span.map(|span| Matcher::identity(hit, line.text, span));
        let Some(at) = self.group(hit.signature, line.step, line.number, builds) else { return };
        let repeated = matches!(line.role, LineRole::Recap | LineRole::Verdict);
        let Some(group) = self.groups.get_mut(at) else { return };
        if group.again(text, line.number, repeated) {
            return;
        }
        let taken = matcher.take(hit, line.text);
        let file = taken.captures.iter().find(|(name, _)| *name == "file").map(|(_, file)| &**file);
        let identity = identity(line.text, &taken);
        let fresh = group.count(identity, line.number, repeated, file, &mut self.room);
        group.remember(text, identity, &mut self.room);
        let number = group.findings.len();
        if fresh && self.has_room(number) {
            let kept = self.keep(line, taken.span);
            let width = taken.span.1.saturating_sub(taken.span.0);
            let captures = masked(taken.owned(), &kept.shown.secrets);
            let finding = Finding { line: kept, captures, width, by_pattern: true };
            self.kept += finding.bytes();
            if let Some(group) = self.groups.get_mut(at) {
                group.findings.push(finding);
                self.waiting.finding(line.step, (at, number), CONTEXT, self.around);
            }
        }
    }

    /// Is there room for a further finding of a group that has so many? For the first there is.
    fn has_room(&self, count: usize) -> bool {
        count == 0 || (count < FINDINGS_KEPT && self.kept < FINDINGS_BYTES)
    }

    /// The place in `groups` for what a signature finds in a step; `None` where there is no room.
    fn group(&mut self, signature: usize, step: Option<StepRef>, line: u64, builds: &mut Builds) -> Option<usize> {
        if let Some(&at) = self.by_key.get(&(signature, step)) {
            return Some(at);
        }
        if self.groups.len() >= GROUPS_KEPT {
            self.drop_groups(builds);
            if self.groups.len() >= GROUPS_KEPT {
                return None;
            }
        }
        if let Some(step) = step.filter(|_| self.matcher.numbered(signature).role != Role::Noise) {
            builds.pin(step);
        }
        self.groups.push(Group::new(signature, step, line));
        self.by_key.insert((signature, step), self.groups.len() - 1);
        Some(self.groups.len() - 1)
    }

    /// Takes what a structured reader has found.
    fn add_extracted(&mut self, extracted: Extracted, builds: &mut Builds) {
        let Extracted { diagnostic, signature, step, before, after, goes_on, recap } = extracted;
        let line = &diagnostic.line;
        if self.matcher.excluded(signature, line.text.as_bytes()) {
            return;
        }
        // What the builder repeats may be cut at its start: it says nothing new of what was read whole.
        let known = self.by_key.get(&(signature, step)).copied().filter(|_| recap);
        if let Some(group) = known.and_then(|at| self.groups.get_mut(at)) {
            group.repeated_by_builder = true;
            group.last_line = group.last_line.max(line.number);
            return;
        }
        let Some(at) = self.group(signature, step, line.number, builds) else { return };
        let captures: Vec<(String, String)> =
            diagnostic.captures.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let identity = hash_of(&captures);
        let Some(group) = self.groups.get_mut(at) else { return };
        // A pattern of the same signature took the line already.
        if let Some(known) =
            group.findings.iter_mut().find(|known| known.by_pattern && known.line.number == line.number)
        {
            for (name, value) in captures {
                if !known.captures.iter().any(|(there, _)| *there == name) {
                    known.captures.push((name, value));
                }
            }
            return;
        }
        let last_line = group.last_line.max(line.number).max(diagnostic.until);
        let file = captures.iter().find(|(name, _)| name == "file").map(|(_, file)| file.as_str());
        let fresh = group.count(identity, last_line, recap, file, &mut self.room);
        let number = group.findings.len();
        if fresh && self.has_room(number) {
            let shown = |lines: &[Arc<Printed>]| -> Vec<String> {
                lines.iter().map(|line| text::show(line.text.as_bytes(), (0, 0)).text).collect()
            };
            let start = line.text.len() - line.text.trim_start().len();
            let kept = Kept {
                number: line.number,
                joined: line.joined,
                offset: line.offset,
                shown: text::show(line.text.as_bytes(), (start, line.text.trim_end().len().max(start))),
                before: shown(before.get(before.len().saturating_sub(CONTEXT)..).unwrap_or_default()),
                after: shown(after.get(..CONTEXT).unwrap_or(&after)),
                around: (self.around > 0).then(|| Box::new(Context { before: shown(&before), after: shown(&after) })),
            };
            let left = CONTEXT.saturating_sub(after.len());
            let captures = masked(captures, &kept.shown.secrets);
            let finding = Finding { width: line.text.trim().len(), by_pattern: false, line: kept, captures };
            self.kept += finding.bytes();
            if let Some(group) = self.groups.get_mut(at) {
                group.findings.push(finding);
            }
            if goes_on {
                self.waiting.finding(step, (at, number), left, self.around.saturating_sub(after.len()));
            }
        }
    }

    /// Shows a line to the structured readers.
    fn extract(&mut self, line: &LogLine<'_>, hits: &[Hit], builds: &mut Builds) {
        let matcher = Arc::clone(&self.matcher);
        let mut triggered: Vec<usize> = Vec::new();
        for hit in hits.iter().filter(|hit| hit.purpose == PatternUse::Trigger) {
            // Of a signature that is switched off, the reader is another one's, too.
            let named = || extractor::reader(&matcher.signature(hit).extract.as_ref()?.reader).map(|(place, _)| place);
            triggered.extend(self.extraction.reader_of(hit.signature).or_else(named));
        }
        triggered.sort_unstable();
        let noise = |hit: &Hit| hit.purpose == PatternUse::Match && matcher.signature(hit).role == Role::Noise;
        let tail = self.tails.get(line.step);
        let earlier = tail.into_iter().flat_map(|tail| &tail.lines).map(|known| Earlier {
            number: known.number,
            joined: known.joined,
            offset: known.offset,
            text: &known.text,
        });
        let mut found = Vec::new();
        self.extraction.line(&matcher, line, &triggered, hits.iter().any(noise), earlier, &mut found);
        found.into_iter().for_each(|extracted| self.add_extracted(extracted, builds));
    }

    /// A pattern for the neighbourhood matched the line of this text and number.
    fn saw(&mut self, hit: &Hit, text: &[u8], line: u64, step: Option<StepRef>) {
        let mut captures = Vec::new();
        // Of what must not be near only the place counts.
        if hit.purpose == PatternUse::Near {
            let taken = self.matcher.take(hit, text);
            let file = taken.captures.iter().find(|(name, _)| *name == "file");
            if let Some((_, file)) = file.filter(|_| self.nearby.len() < GROUPS_KEPT) {
                let FilesNearby { seen, files } = self.nearby.entry((hit.signature, step)).or_default();
                if seen.len() < DISTINCT && self.room.take() && seen.insert(hash_of(&taken.captures)) {
                    count_file(files, file, &mut self.room);
                }
            }
            captures = taken.owned();
        }
        let sighting = Sighting { purpose: hit.purpose, line, step, captures };
        self.sightings.entry(hit.signature).or_default().add(sighting, &mut self.room);
    }

    /// The files that stand near the findings of a group.
    pub fn files_nearby(&self, group: &Group) -> Vec<(String, u64)> {
        self.nearby.get(&(group.signature, group.step)).map(|nearby| nearby.files.clone()).unwrap_or_default()
    }

    /// Looks at the lines before a match with the patterns that are only tried there, and remembers to look at those behind.
    fn watch(&mut self, line: &LogLine<'_>, signature: usize, within: u32) {
        if !self.matcher.watches_neighbourhood(signature) {
            return;
        }
        let same = |watch: &&mut Watch| watch.signature == signature && watch.step == line.step;
        if let Some(watch) = self.watches.iter_mut().find(same) {
            // What stands before was looked at already, and so was this line.
            watch.left = within.min(WATCHED);
            self.watch_titles(line, signature, within);
            return;
        }
        let matcher = Arc::clone(&self.matcher);
        let mut hits = Vec::new();
        let mut seen = Vec::new();
        for known in self.tails.get(line.step).into_iter().flat_map(|tail| &tail.lines) {
            matcher.scan_neighbour(signature, &known.text, &mut hits);
            seen.extend(hits.drain(..).map(|hit| (hit, known.text.clone(), known.number)));
        }
        for (hit, text, number) in seen {
            self.saw(&hit, &text, number, line.step);
        }
        for hit in self.at_hand.hits_nearby(&matcher, signature, line.text) {
            self.saw(&hit, line.text, line.number, line.step);
        }
        self.watch_titles(line, signature, within);
        if self.watches.len() < WATCHES {
            self.watches.push(Watch { signature, step: line.step, left: within.min(WATCHED) });
        }
    }

    /// Looks at the titles before a match, and remembers to look at those behind.
    fn watch_titles(&mut self, line: &LogLine<'_>, signature: usize, within: u32) {
        let watch = self.title_watches.entry(signature).or_default();
        let from = line.number.saturating_sub(u64::from(within)).max(watch.seen_to + 1);
        *watch = TitleWatch { seen_to: line.number, until: line.number + u64::from(within) };
        let mut hits = Vec::new();
        let mut seen = Vec::new();
        let first = self.titles.partition_point(|title| title.number < from);
        for title in self.titles.range(first..) {
            self.matcher.scan_neighbour(signature, &title.text, &mut hits);
            seen.extend(hits.drain(..).map(|hit| (hit, title.text.clone(), title.number, title.step)));
        }
        for (hit, text, number, step) in seen {
            self.saw(&hit, &text, number, step);
        }
    }

    /// Looks at a title for the signatures that wait for one, and keeps it for others.
    fn note_title(&mut self, line: &LogLine<'_>) {
        let mut hits = Vec::new();
        for (signature, watch) in &mut self.title_watches {
            if watch.until >= line.number {
                watch.seen_to = line.number;
                self.matcher.scan_neighbour(*signature, line.text, &mut hits);
            }
        }
        hits.drain(..).for_each(|hit| self.saw(&hit, line.text, line.number, line.step));
        if self.titles.len() >= TITLES_KEPT {
            self.titles.pop_front();
        }
        let text = line.text.head(TITLE_BYTES).to_vec();
        self.titles.push_back(TitleLine { number: line.number, step: line.step, text });
    }

    fn look_around(&mut self, line: &LogLine<'_>) {
        let mut watches = std::mem::take(&mut self.watches);
        watches.retain_mut(|watch| {
            if watch.step == line.step {
                for hit in self.at_hand.hits_nearby(&self.matcher, watch.signature, line.text) {
                    self.saw(&hit, line.text, line.number, line.step);
                }
                watch.left -= 1;
            }
            watch.left > 0
        });
        self.watches = watches;
    }

    /// Makes room: what was found in steps that ended well is no cause.
    fn drop_groups(&mut self, builds: &Builds) {
        self.waiting.clear();
        self.groups.retain(|group| group.step.and_then(|s| builds.get(s)).is_none_or(|step| !step.ended_well()));
        self.by_key = self.groups.iter().enumerate().map(|(at, g)| ((g.signature, g.step), at)).collect();
    }

    /// Takes a line of which `hits` is known.
    fn take(&mut self, line: &LogLine<'_>, alarming: bool, builds: &mut Builds) {
        let mut hits = std::mem::take(&mut self.at_hand.hits);
        if line.role != LineRole::Structure {
            self.waiting.give(line, &mut self.groups, &mut self.tails);
            if !self.watches.is_empty() {
                self.look_around(line);
            }
        }
        self.extract(line, &hits, builds);
        let mut echo = Echo::No;
        if !hits.is_empty() {
            let matcher = Arc::clone(&self.matcher);
            let is_cause = |hit: &Hit| hit.purpose != PatternUse::Match || matcher.signature(hit).role == Role::Cause;
            if !hits.iter().all(is_cause) {
                echo = Echo::Yes;
            }
            for (at, hit) in hits.drain(..).enumerate() {
                self.add_hit(&matcher, line, at, &hit, builds);
            }
        }
        self.at_hand.hits = hits;
        if self.matcher.is_outdated() {
            // What is wanted from here on are other patterns than those that filled the room.
            self.matcher = Arc::new(self.matcher.renewed());
        }
        if line.role != LineRole::Structure {
            self.note_place(line);
            self.remember(line, echo, alarming, builds.marked() == Some(line.number));
        }
    }

    fn note_place(&mut self, line: &LogLine<'_>) {
        self.last_number = line.number;
        if line.step.is_some() {
            self.last_step = line.step;
        }
    }

    /// Does any signature know the line?
    pub fn is_known(&self, text: &[u8]) -> bool {
        let mut hits = Vec::new();
        self.matcher.scan(text, &mut hits);
        hits.iter().any(|hit| hit.purpose == PatternUse::Match)
    }

    /// Does a signature say that one of the last lines is a symptom or noise, so that it explains nothing?
    pub fn is_echo(&self, line: &TailLine) -> bool {
        let known = || {
            let mut hits = Vec::new();
            self.matcher.scan(&line.text, &mut hits);
            !hits.is_empty()
        };
        line.echo == Echo::Yes || (line.echo == Echo::IfKnown && known())
    }

    /// `echo`: a signature says that the line is a symptom or noise, so it explains nothing. `marked`: see [`TailLine::marked`].
    fn remember(&mut self, line: &LogLine<'_>, echo: Echo, alarming: bool, marked: bool) {
        let text = limited(line.text);
        // What the builder repeats counts only where the step's own line was not seen (a screen's live lines are lost).
        let repeated = line.role == LineRole::Recap
            && self.tails.get(line.step).is_some_and(|tail| {
                tail.lines.iter().any(|known| known.text == text)
                    || tail.fresh.iter().any(|known| known.line.text == text)
                    || tail.suspects.iter().chain(&tail.latest).any(|(_, known)| known.line.text == text)
            });
        if (alarming || marked) && echo == Echo::No && !repeated {
            let score = self.at_hand.score(line.text);
            let tail = self.tails.entry(line.step);
            tail.count(text);
            if score.is_none_or(|score| tail.is_worth(text, score, marked)) {
                self.suspect(line, text, score, marked);
            }
        }
        let tail = self.tails.entry(line.step);
        if repeated || line.text.trim_ascii().is_empty() {
            return;
        }
        if let Some(command) = line.text.strip_prefix(b"+ ") {
            tail.traced = Some(String::from_utf8_lossy(command.head(TAIL_BYTES)).into_owned());
        }
        let mut slot = if tail.lines.len() >= TAIL {
            tail.lines.pop_front().unwrap_or_else(|| TailLine::empty(line))
        } else {
            TailLine::empty(line)
        };
        slot.renew(line);
        (slot.echo, slot.marked) = (echo, marked);
        slot.text.extend_from_slice(text);
        tail.lines.push_back(slot);
    }

    /// Keeps a suspicious line, of which `text` is kept and the score may be known, until it can be told whether others are more so.
    fn suspect(&mut self, line: &LogLine<'_>, text: &[u8], score: Option<i64>, marked: bool) {
        let tail = self.tails.entry(line.step);
        let last = |count| tail.last(count).map(|known| known.text.clone()).collect();
        let around = (self.around > 0).then(|| (last(self.around), Vec::new()));
        let mut suspect = tail.blank(line);
        suspect.line.text.extend_from_slice(text);
        suspect.line.marked = marked;
        suspect.score = score;
        let before = tail.last(CONTEXT);
        suspect.before.resize_with(before.len(), Vec::new);
        for (kept, known) in suspect.before.iter_mut().zip(before) {
            kept.clone_from(&known.text);
        }
        suspect.around = around;
        // Python prints the calls before what they led to.
        let own = |known: &&TailLine| {
            known.text.trim_ascii_start().starts_with(b"File ") && suspicious::frame(&known.text) == Frame::Own
        };
        suspect.framed = suspicious::has_frames(text);
        suspect.frame = if suspect.framed { tail.lines.iter().rev().find(own).cloned() } else { None };
        suspect.label = suspicious::is_label(text);
        self.waiting.suspect(line.step, line.number, &suspect, self.around);
        tail.suspect(suspect);
    }
}

impl LineSink for Collector {
    fn candidates(&self, block: &[u8], found: &mut Vec<Mark>) {
        self.matcher.mark(block, found);
    }

    fn is_notable(&mut self, text: &[u8], marks: Option<LineMarks<'_>>, step: Option<StepRef>) -> bool {
        self.at_hand.scan(&self.matcher, text, marks);
        let matcher = &self.matcher;
        let telling = |hit: &Hit| {
            let signature = matcher.signature(hit);
            hit.purpose != PatternUse::Match || signature.role != Role::Noise || tells_of_a_gap(signature)
        };
        if self.keeps_noise || self.at_hand.hits.iter().any(telling) {
            return true;
        }
        // Most lines with a signature's words are not what it means, and most alarm is no more suspicious than what is known.
        if !self.at_hand.alarming || !self.at_hand.hits.is_empty() {
            return false;
        }
        let score = self.at_hand.score(text);
        let tail = self.tails.entry(step);
        let kept = tail.may_keep(text, score);
        if !kept {
            tail.count(text);
        }
        kept
    }

    fn notable_line(&mut self, line: LogLine<'_>, builds: &mut Builds) {
        self.take(&line, self.at_hand.alarming, builds);
    }

    fn quiet_line(&mut self, line: LogLine<'_>) {
        // A notable line, for whose sake this one is handed over, is still to come.
        let mut echo = Echo::IfKnown;
        if line.text.len() > TAIL_BYTES {
            // Only a part of it is kept.
            let mut hits = Vec::new();
            self.matcher.scan(line.text, &mut hits);
            echo = if hits.is_empty() { Echo::No } else { Echo::Yes };
        }
        self.note_place(&line);
        self.remember(&line, echo, false, false);
    }

    fn at_rest(&self, step: Option<StepRef>) -> bool {
        !self.waiting.wants(step)
            && self.watches.iter().all(|watch| watch.step != step)
            && self.extraction.at_rest(step)
    }

    fn finish(&mut self, builds: &mut Builds) {
        let mut found = Vec::new();
        self.extraction.finish(&self.matcher, &mut found);
        found.into_iter().for_each(|extracted| self.add_extracted(extracted, builds));
        if self.matcher.is_further() {
            // What was made for the last lines is of no use for the answer.
            self.matcher = Arc::new(self.matcher.renewed());
        }
    }

    fn lookback(&self) -> usize {
        TAIL
    }

    fn log_line(&mut self, line: LogLine<'_>, builds: &mut Builds) {
        self.awaited_line(line, None, builds);
    }

    fn awaited_line(&mut self, line: LogLine<'_>, marks: Option<LineMarks<'_>>, builds: &mut Builds) {
        self.at_hand.scan(&self.matcher, line.text, marks);
        let alarming = self.at_hand.alarming && line.role != LineRole::Structure;
        if line.role == LineRole::Structure {
            self.note_title(&line);
        }
        self.take(&line, alarming, builds);
    }
}

/// Captures without the secrets of the line that they were taken from.
fn masked(mut captures: Vec<(String, String)>, secrets: &[String]) -> Vec<(String, String)> {
    for (_, value) in &mut captures {
        if let Some(masked) = secrets::mask_value(value, secrets) {
            *value = masked;
        }
    }
    captures
}

/// Does it say that lines of the log were left out?
fn tells_of_a_gap(signature: &Signature) -> bool {
    signature.role == Role::Noise && signature.id.starts_with("log/")
}

/// What makes two findings of one signature in one step the same: its captures, or what matched.
fn identity(text: &[u8], taken: &Taken<'_, '_>) -> u64 {
    if taken.captures.is_empty() {
        // The builder's verdict repeats the message behind words of its own.
        hash_of(text.part(taken.span.0..taken.span.1).trim_ascii())
    } else {
        hash_of(&taken.captures)
    }
}
