//! Shows the lines of each step to the structured readers that a trigger has woken, and hands their findings to the signatures that
//! claim them. What is remembered has a limit.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::extractor::{self, Diagnostic, LINE_LIMIT, LOOKBACK, Printed, READERS, Reading};
use crate::hashing::Map;
use crate::matcher::Matcher;
use crate::model::{LineRole, LogLine, StepRef};
use crate::pieces::Pieces;

/// Steps whose readers are kept.
const STEPS_KEPT: usize = 32;
/// Lines kept of a step while a reader is awake, for the context of what it finds.
const LINES_KEPT: usize = 120;
/// And how many bytes of them.
const BYTES_KEPT: usize = 256 << 10;

/// The readers of one log.
#[derive(Default)]
pub struct Extraction {
    /// For each of [`READERS`] the signatures that claim of it.
    claims: Vec<Vec<usize>>,
    /// The place in [`READERS`] of the reader of each signature that claims of one.
    readers: Map<usize, usize>,
    steps: Vec<StepReaders>,
    clock: u64,
    /// So many lines before and after a finding are handed on with it.
    context: usize,
}

/// A finding of a reader, and whose it is.
pub struct Extracted {
    pub diagnostic: Diagnostic,
    pub signature: usize,
    pub step: Option<StepRef>,
    pub before: Vec<Arc<Printed>>,
    pub after: Vec<Arc<Printed>>,
    /// The lines that come next stand right behind these.
    pub goes_on: bool,
    /// The builder repeated these lines.
    pub recap: bool,
}

/// The readers of one strand of a step, or of the builder's repetition of its last lines.
struct StepReaders {
    step: Option<StepRef>,
    recap: bool,
    /// See [`LogLine::strand`].
    strand: u32,
    lines: VecDeque<Arc<Printed>>,
    bytes: usize,
    last_id: u64,
    readers: Vec<Awake>,
    last_used: u64,
}

struct Awake {
    reader: usize,
    /// How many further lines it wants to see.
    left: usize,
    /// The last line that it was shown.
    shown: u64,
    state: Box<dyn Reading>,
}

/// A line that stood before, oldest first.
pub struct Earlier<'l> {
    pub number: u64,
    pub joined: u32,
    pub offset: u64,
    pub text: &'l [u8],
}

impl Extraction {
    pub fn new(matcher: &Matcher, context: usize) -> Self {
        let mut claims = vec![Vec::new(); READERS.len()];
        let mut readers = Map::default();
        for (name, signature) in matcher.readers() {
            if let Some((reader, _)) = extractor::reader(name) {
                claims.get_mut(reader).into_iter().for_each(|claims: &mut Vec<usize>| claims.push(signature));
                readers.insert(signature, reader);
            }
        }
        Extraction { claims, readers, context, ..Extraction::default() }
    }

    /// The place in [`READERS`] of the reader that a signature's trigger wakes.
    pub fn reader_of(&self, signature: usize) -> Option<usize> {
        self.readers.get(&signature).copied()
    }

    /// Is no reader awake that waits for lines of this step?
    pub fn at_rest(&self, step: Option<StepRef>) -> bool {
        let awake = |known: &StepReaders| known.readers.iter().any(|reader| reader.left > 0);
        !self.steps.iter().any(|known| known.step == step && awake(known))
    }

    /// Takes a line. `triggered` are the places in [`READERS`] of those that it wakes, in order, `earlier` the last lines of the step before it.
    pub fn line<'l>(
        &mut self,
        matcher: &Matcher,
        line: &LogLine<'_>,
        triggered: &[usize],
        noise: bool,
        earlier: impl DoubleEndedIterator<Item = Earlier<'l>>,
        found: &mut Vec<Extracted>,
    ) {
        let recap = match line.role {
            LineRole::Output => false,
            LineRole::Recap => true,
            LineRole::Verdict | LineRole::Structure => return,
        };
        let of_this = |known: &StepReaders| (known.step, known.recap, known.strand) == (line.step, recap, line.strand);
        let known = self.steps.iter().position(of_this);
        let known_step = known.and_then(|at| self.steps.get(at));
        let awake = known_step.is_some_and(|step| step.readers.iter().any(|reader| reader.left > 0));
        if triggered.is_empty() && !awake {
            return;
        }
        let at = known.unwrap_or_else(|| self.make_room(line.step, recap, line.strand));
        self.clock += 1;
        let Some(step) = self.steps.get_mut(at) else { return };
        step.last_used = self.clock;
        if !triggered.is_empty() && !recap && line.strand == 0 {
            let before: Vec<Earlier<'l>> = earlier.rev().take(LOOKBACK).collect();
            before.into_iter().rev().for_each(|line| step.catch_up(&line));
        }
        let text = limited(line.text);
        let printed = step.keep(line.number, line.joined, line.offset, noise, text);
        for &reader in triggered {
            if let Some(of_format) = READERS.get(reader)
                && !step.readers.iter().any(|known| known.reader == reader)
            {
                step.readers.push(Awake { reader, left: 0, shown: 0, state: (of_format.start)() });
            }
        }
        let mut read: Vec<(usize, Diagnostic)> = Vec::new();
        for awake in &mut step.readers {
            let mut out = Vec::new();
            let woken = triggered.contains(&awake.reader);
            if woken && awake.left == 0 {
                let from = step.lines.len().saturating_sub(LOOKBACK + 1);
                let missed =
                    step.lines.iter().skip(from).filter(|known| known.id > awake.shown && known.id != printed.id);
                for line in missed {
                    awake.left = awake.state.line(line, &mut out);
                }
            } else if awake.left == 0 {
                continue;
            }
            let wanted = awake.state.line(&printed, &mut out);
            awake.left = awake.left.saturating_sub(1).max(wanted);
            awake.shown = printed.id;
            if awake.left == 0 {
                awake.state.rest(&mut out);
            }
            read.extend(out.into_iter().map(|diagnostic| (awake.reader, diagnostic)));
        }
        self.claim(matcher, at, read, found);
    }

    /// The log has ended.
    pub fn finish(&mut self, matcher: &Matcher, found: &mut Vec<Extracted>) {
        for at in 0..self.steps.len() {
            let mut read = Vec::new();
            let Some(step) = self.steps.get_mut(at) else { return };
            for awake in &mut step.readers {
                let mut out = Vec::new();
                awake.left = 0;
                awake.state.finish(&mut out);
                read.extend(out.into_iter().map(|diagnostic| (awake.reader, diagnostic)));
            }
            self.claim(matcher, at, read, found);
        }
    }

    /// Finds the signatures that claim what was read: those that name its code come before those that take all.
    fn claim(&self, matcher: &Matcher, at: usize, read: Vec<(usize, Diagnostic)>, found: &mut Vec<Extracted>) {
        let Some(step) = self.steps.get(at) else { return };
        for (reader, diagnostic) in read {
            // A sentence relies on what its kind promises.
            let kinds = READERS.get(reader).map(|reader| reader.kinds).unwrap_or_default();
            let kind = kinds.iter().find(|kind| kind.name == diagnostic.kind);
            let whole = kind.is_some_and(|kind| kind.always.iter().all(|name| diagnostic.get(name).is_some()));
            if diagnostic.line.noise || !whole {
                continue;
            }
            let claims = |named: bool| {
                let code = diagnostic.get("code");
                self.claims.get(reader).into_iter().flatten().copied().filter(move |&signature| {
                    let extract = matcher.numbered(signature).extract.as_ref();
                    extract.is_some_and(|e| e.codes.is_empty() != named && e.claims(diagnostic.kind, code))
                })
            };
            let Some(signature) = claims(true).next().or_else(|| claims(false).next()) else { continue };
            let at = step.lines.iter().position(|line| line.id == diagnostic.line.id);
            let context = self.context;
            let near = |range: std::ops::Range<usize>| step.lines.range(range).cloned().collect();
            let (before, after) = match at {
                Some(at) => {
                    let end = step.lines.len();
                    (near(at.saturating_sub(context)..at), near(at + 1..(at + 1 + context).min(end)))
                }
                None => (Vec::new(), Vec::new()),
            };
            let goes_on = at.is_some();
            found.push(Extracted { diagnostic, signature, step: step.step, before, after, goes_on, recap: step.recap });
        }
    }

    /// A place for the readers of a further step; those used longest ago may go for it.
    fn make_room(&mut self, step: Option<StepRef>, recap: bool, strand: u32) -> usize {
        if self.steps.len() >= STEPS_KEPT {
            let idle = |known: &StepReaders| (known.readers.iter().any(|reader| reader.left > 0), known.last_used);
            let oldest = self.steps.iter().enumerate().min_by_key(|(_, known)| idle(known)).map_or(0, |(at, _)| at);
            self.steps.swap_remove(oldest);
        }
        self.steps.push(StepReaders {
            step,
            recap,
            strand,
            lines: VecDeque::new(),
            bytes: 0,
            last_id: 0,
            readers: Vec::new(),
            last_used: 0,
        });
        self.steps.len() - 1
    }
}

impl StepReaders {
    fn keep(&mut self, number: u64, joined: u32, offset: u64, noise: bool, text: &[u8]) -> Arc<Printed> {
        self.last_id += 1;
        let mut memory = None;
        while self.lines.len() >= LINES_KEPT || self.bytes + text.len() > BYTES_KEPT {
            let Some(gone) = self.lines.pop_front() else { break };
            self.bytes -= gone.text.len();
            memory = Some(gone);
        }
        let line = Printed { id: self.last_id, number, joined, offset, noise, text: String::new() };
        let mut line = reused(memory, line);
        if let Some(line) = Arc::get_mut(&mut line) {
            match std::str::from_utf8(text) {
                Ok(text) => line.text.push_str(text),
                Err(_) => line.text.push_str(&String::from_utf8_lossy(text)),
            }
        }
        self.bytes += line.text.len();
        self.lines.push_back(Arc::clone(&line));
        line
    }

    /// Keeps a line that stood before, unless it is kept already.
    fn catch_up(&mut self, line: &Earlier<'_>) {
        let text = limited(line.text);
        let known = |kept: &Arc<Printed>| {
            kept.number > line.number || (kept.number == line.number && kept.text.as_bytes().starts_with(text.head(64)))
        };
        if !self.lines.iter().rev().take(LOOKBACK * 8).any(known) {
            self.keep(line.number, line.joined, line.offset, false, text);
        }
    }
}

/// A line without a text yet, in the `memory` of one that nobody holds any more, where that is so.
fn reused(memory: Option<Arc<Printed>>, line: Printed) -> Arc<Printed> {
    let Some(mut memory) = memory else { return Arc::new(line) };
    let Some(there) = Arc::get_mut(&mut memory) else { return Arc::new(line) };
    let mut text = std::mem::take(&mut there.text);
    text.clear();
    *there = Printed { text, ..line };
    memory
}

fn limited(text: &[u8]) -> &[u8] {
    text.head(LINE_LIMIT)
}
