//! What is kept of each signature in each step: its findings, how many there are, and what stands near them. All of it has a limit.

use std::collections::VecDeque;

use super::text::Shown;
use crate::hashing::Set;
use crate::matcher::PatternUse;
use crate::model::{Context, StepRef};

/// Distinct findings told apart of one signature in one step; beyond, they are only counted.
pub const DISTINCT: usize = 5_000;
/// Matched texts remembered of one signature in one step.
const TEXTS: usize = 256;
/// Sightings of `near` patterns kept of one signature.
const SIGHTINGS_KEPT: usize = 400;
/// Files counted of one group.
const FILES: usize = 500;
/// Distinct findings, texts, files and sightings remembered of all groups together. One log hardly needs a hundredth of it.
const REMEMBERED: usize = 50_000;
/// What a sighting or the name of a file counts, which are longer than a number.
const LONG: usize = 16;

/// Room for what is remembered of all groups.
#[derive(Debug, Default)]
pub struct Room {
    taken: usize,
}

impl Room {
    /// Takes room for a number, if there is any.
    pub fn take(&mut self) -> bool {
        self.take_for(1)
    }

    fn take_for(&mut self, size: usize) -> bool {
        let fits = self.taken < REMEMBERED;
        self.taken += if fits { size } else { 0 };
        fits
    }
}

/// A line kept for showing.
#[derive(Debug, Clone)]
pub struct Kept {
    pub number: u64,
    pub joined: u32,
    pub offset: u64,
    pub shown: Shown,
    pub before: Vec<String>,
    pub after: Vec<String>,
    /// More lines around it, where more are asked for than the diagnosis itself looks at.
    pub around: Option<Box<Context>>,
}

impl Kept {
    /// The lines to show around it.
    pub fn context(&self) -> Context {
        match &self.around {
            Some(around) => (**around).clone(),
            None => Context { before: self.before.clone(), after: self.after.clone() },
        }
    }
}

/// One finding of a signature.
#[derive(Debug, Clone)]
pub struct Finding {
    pub line: Kept,
    pub captures: Vec<(String, String)>,
    /// How much of the line the pattern covers, in bytes.
    pub width: usize,
    /// A pattern took it, no structured reader.
    pub by_pattern: bool,
}

impl Finding {
    /// Bytes of its texts, and of those that may follow it.
    pub fn bytes(&self) -> usize {
        let captures: usize = self.captures.iter().map(|(name, value)| name.len() + value.len()).sum();
        let around: usize = self.line.before.iter().map(String::len).sum();
        let wide = self.line.around.iter().flat_map(|wide| &wide.before).map(String::len).sum::<usize>();
        captures + 2 * (around + wide) + self.line.shown.text.len() + size_of::<Finding>()
    }
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
    seen: Set<u64>,
    /// Matches whose findings are among those seen: what they hold need not be read again.
    texts: Set<u64>,
}

impl Group {
    pub fn new(signature: usize, step: Option<StepRef>, line: u64) -> Self {
        Group {
            signature,
            step,
            findings: Vec::new(),
            count: 0,
            files: Vec::new(),
            last_line: line,
            repeated_by_builder: false,
            seen: Set::default(),
            texts: Set::default(),
        }
    }

    /// Remembers what a match looked like whose finding was seen.
    pub fn remember(&mut self, text: Option<u64>, identity: u64, room: &mut Room) {
        if text.is_some() && self.texts.len() < TEXTS && self.seen.contains(&identity) && room.take() {
            self.texts.extend(text);
        }
    }

    /// Counts a match that says what one before said, if it does.
    pub fn again(&mut self, text: Option<u64>, line: u64, repeated: bool) -> bool {
        let known = text.is_some_and(|text| self.texts.contains(&text));
        if known {
            self.last_line = line;
            self.repeated_by_builder |= repeated;
        }
        known
    }

    /// Counts a finding. Is it another than those before?
    pub fn count(&mut self, identity: u64, line: u64, repeated: bool, file: Option<&str>, room: &mut Room) -> bool {
        self.last_line = line;
        self.repeated_by_builder |= repeated;
        let fresh = !self.seen.contains(&identity);
        if fresh && self.seen.len() < DISTINCT && (self.seen.is_empty() || room.take()) {
            self.seen.insert(identity);
        }
        if fresh {
            self.count = self.count.saturating_add(1);
            if let Some(file) = file {
                count_file(&mut self.files, file, room);
            }
        }
        fresh
    }
}

/// Counts a file of a finding.
pub fn count_file(files: &mut Vec<(String, u64)>, file: &str, room: &mut Room) {
    if let Some((_, count)) = files.iter_mut().find(|(known, _)| known == file) {
        *count = count.saturating_add(1);
    } else if files.is_empty() || (files.len() < FILES && room.take_for(LONG)) {
        files.push((file.to_owned(), 1));
    }
}

/// Where a `near` or `unless_near` pattern matched.
#[derive(Debug, Clone)]
pub struct Sighting {
    pub purpose: PatternUse,
    pub line: u64,
    pub step: Option<StepRef>,
    pub captures: Vec<(String, String)>,
}

/// The first and the last sightings of one signature.
#[derive(Debug, Default)]
pub struct Sightings {
    first: Vec<Sighting>,
    last: VecDeque<Sighting>,
}

impl Sightings {
    pub fn add(&mut self, sighting: Sighting, room: &mut Room) {
        // The findings kept are the first ones: so half of the room is theirs, the other half the newest ones'.
        let size = 1 + sighting.captures.len() * LONG;
        if self.first.is_empty() || (self.first.len() < SIGHTINGS_KEPT / 2 && room.take_for(size)) {
            self.first.push(sighting);
            return;
        }
        if self.last.len() == SIGHTINGS_KEPT / 2 || (!self.last.is_empty() && !room.take_for(size)) {
            self.last.pop_front();
        }
        self.last.push_back(sighting);
    }

    /// Those that are kept, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Sighting> {
        self.first.iter().chain(&self.last)
    }
}
