//! What is held open for the lines that follow it: a finding for the lines shown behind it, a suspicious line for its reason or for
//! the call that it came from.

use super::collect::CONTEXT;
use super::findings::Group;
use super::suspicious::{self, Frame};
use super::tails::{Suspect, TailLine, Tails, limited};
use super::text;
use crate::model::{LogLine, StepRef};

/// Lines kept behind a label: the reason that it announces, or a chain of them.
const ANNOUNCED: usize = 6;
/// How many lines behind an exception are looked through for a call in the project's own code.
const FRAMES: usize = 30;
/// So many wait at once; of more the older ones go.
const MOST: usize = 400;
const GONE: usize = 200;

/// All that wait.
#[derive(Debug, Default)]
pub struct WaitingList {
    all: Vec<Waiting>,
    /// What waits for more lines than the diagnosis looks at. They are held apart: their number must not push others out.
    around: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    step: Option<StepRef>,
    target: Target,
    /// For so many lines of the step.
    left: usize,
}

#[derive(Debug, Clone, Copy)]
enum Target {
    /// By the places of its group and in it.
    Finding {
        group: usize,
        at: usize,
    },
    Suspect {
        line: u64,
    },
}

impl WaitingList {
    /// A finding, by the place of its group and its own in that, waits for so many lines, and for so many `around` it.
    pub fn finding(&mut self, step: Option<StepRef>, (group, at): (usize, usize), lines: usize, around: usize) {
        let target = Target::Finding { group, at };
        if lines > 0 {
            self.all.push(Waiting { step, target, left: lines });
        }
        if around > 0 {
            self.around.push(Waiting { step, target, left: around });
        }
    }

    /// A suspicious line, by its number, waits for what its own words make worth knowing, and for so many lines `around` it.
    pub fn suspect(&mut self, step: Option<StepRef>, line: u64, suspect: &Suspect, around: usize) {
        if around > 0 {
            self.around.push(Waiting { step, target: Target::Suspect { line }, left: around });
        }
        let left = match (suspect.framed && suspect.frame.is_none(), suspect.label) {
            (true, _) => FRAMES,
            (false, true) => ANNOUNCED,
            (false, false) => CONTEXT,
        };
        self.all.push(Waiting { step, target: Target::Suspect { line }, left });
    }

    /// Does anything wait for a line of this step?
    pub fn wants(&self, step: Option<StepRef>) -> bool {
        self.all.iter().chain(&self.around).any(|waiting| waiting.step == step)
    }

    /// The groups are about to have other places.
    pub fn clear(&mut self) {
        self.all.clear();
        self.around.clear();
    }

    /// Gives a line to all that wait for one of its step.
    pub fn give(&mut self, line: &LogLine<'_>, groups: &mut [Group], tails: &mut Tails) {
        self.give_around(line, groups, tails);
        if self.all.is_empty() {
            return;
        }
        let mut shown: Option<String> = None;
        let mut at = 0;
        while let Some(waiting) = self.all.get_mut(at) {
            if waiting.step != line.step {
                at += 1;
                continue;
            }
            match waiting.target {
                Target::Finding { group, at } => {
                    let text = shown.get_or_insert_with(|| text::show(line.text, (0, 0)).text).clone();
                    if let Some(finding) = groups.get_mut(group).and_then(|g| g.findings.get_mut(at)) {
                        finding.line.after.push(text);
                    }
                }
                Target::Suspect { line: number } => {
                    if let Some(tail) = tails.get_mut(line.step) {
                        let mut wanted = false;
                        tail.suspects_on(number).for_each(|suspect| wanted |= learn(suspect, line));
                        if !wanted {
                            waiting.left = 1;
                        }
                    }
                }
            }
            waiting.left = waiting.left.saturating_sub(1);
            if waiting.left == 0 {
                self.all.swap_remove(at);
            } else {
                at += 1;
            }
        }
        if self.all.len() > MOST {
            self.all.drain(..GONE);
        }
    }

    fn give_around(&mut self, line: &LogLine<'_>, groups: &mut [Group], tails: &mut Tails) {
        for waiting in self.around.iter_mut().filter(|waiting| waiting.step == line.step) {
            waiting.left = waiting.left.saturating_sub(1);
            match waiting.target {
                Target::Finding { group, at } => {
                    let finding = groups.get_mut(group).and_then(|group| group.findings.get_mut(at));
                    if let Some(around) = finding.and_then(|finding| finding.line.around.as_mut()) {
                        around.after.push(text::show(line.text, (0, 0)).text);
                    }
                }
                Target::Suspect { line: number } => {
                    let suspects = tails.get_mut(line.step).into_iter().flat_map(|tail| tail.suspects_on(number));
                    for (_, after) in suspects.filter_map(|suspect| suspect.around.as_mut()) {
                        after.push(limited(line.text).to_vec());
                    }
                }
            }
        }
        self.around.retain(|waiting| waiting.left > 0);
        if self.around.len() > MOST {
            self.around.drain(..GONE);
        }
    }
}

/// Adds what a later line tells of a suspect. Is more wanted?
fn learn(suspect: &mut Suspect, line: &LogLine<'_>) -> bool {
    let kept = || TailLine { text: limited(line.text).to_vec(), ..TailLine::empty(line) };
    let context = if suspect.label { ANNOUNCED } else { CONTEXT };
    if suspect.after.len() < context {
        suspect.after.push(kept());
    }
    if !suspect.framed || suspect.frame.is_some() {
        return suspect.after.len() < context;
    }
    let frame = suspicious::frame(line.text);
    if frame == Frame::Own {
        suspect.frame = Some(kept());
    }
    let over = frame == Frame::No && !suspicious::carries_on(line.text);
    suspect.after.len() < context || (suspect.frame.is_none() && !over)
}
