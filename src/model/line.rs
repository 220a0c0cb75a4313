//! One line of a log as the dialects hand it on.

use super::step::StepRef;

/// A place in a text where something stands that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

impl Mark {
    const TELLING: u32 = 1 << 31;
    /// Numbers below this one say what stands there.
    pub const KINDS: u32 = Mark::TELLING;

    /// At byte `at` stands what has this number, which is below [`Mark::KINDS`]. It is `telling` if the line may matter for its sake.
    pub fn new(at: u32, what: u32, telling: bool) -> Self {
        Mark(u64::from(at) << 32 | u64::from(what | if telling { Mark::TELLING } else { 0 }))
    }

    /// The byte where it starts.
    pub fn at(self) -> usize {
        (self.0 >> 32) as usize
    }

    /// The number of what stands there.
    pub fn what(self) -> u32 {
        self.0 as u32 & !Mark::TELLING
    }

    /// May the line matter for its sake?
    pub fn is_telling(self) -> bool {
        self.0 as u32 & Mark::TELLING != 0
    }

    /// The same at another byte.
    pub fn moved(self, at: usize) -> Self {
        Mark((at as u64) << 32 | self.0 & 0xffff_ffff)
    }
}

/// All that stands in a line of what is looked for.
#[derive(Debug, Clone, Copy)]
pub struct LineMarks<'m> {
    /// Of a text that holds the line.
    marks: &'m [Mark],
    /// Where the line starts in that text.
    start: usize,
    /// The number of what was found out about the line before its turn came.
    ahead: Option<u32>,
}

impl<'m> LineMarks<'m> {
    /// Those among `marks`, which end with the line, that stand from byte `start` on, where it starts.
    pub fn new(marks: &'m [Mark], start: usize) -> Self {
        LineMarks { marks, start, ahead: None }
    }

    /// The same; what was found out about the line ahead has this number.
    pub fn with_ahead(self, ahead: Option<u32>) -> Self {
        LineMarks { ahead, ..self }
    }

    /// The number of what was found out about the line ahead, if somebody looked.
    pub fn ahead(self) -> Option<u32> {
        self.ahead
    }

    /// What stands in the line, and at which of its bytes.
    pub fn iter(self) -> impl Iterator<Item = (u32, usize)> {
        self.marks.iter().filter_map(move |mark| Some((mark.what(), mark.at().checked_sub(self.start)?)))
    }
}

/// What a line is to the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineRole {
    /// Printed by a program that the build ran, or by a tool without any builder around it.
    Output,
    /// The builder's own words on a failure (`ERROR: failed to solve: …`).
    Verdict,
    /// The builder's repetition of a failed step's last lines.
    Recap,
    /// A step's title, a line of the Dockerfile, a progress count: words of the reader's own files or of the
    /// builder's bookkeeping, never evidence of a failure.
    Structure,
}

/// One clean line: no stamp, no step prefix, no colours.
#[derive(Debug, Clone, Copy)]
pub struct LogLine<'a> {
    /// Counted from 1 by the line feeds of the input.
    pub number: u64,
    /// How many physical lines make this one (a console wrapped it).
    pub joined: u32,
    /// Offset of the physical line in the input, in bytes.
    pub offset: u64,
    /// What the program printed. Any bytes; mostly UTF-8.
    pub text: &'a [u8],
    /// The build step that it belongs to.
    pub step: Option<StepRef>,
    /// What the line is to the build.
    pub role: LineRole,
    /// Tells lines apart that several programs print into one step at the same time, such as the packages of `go test -json`; 0 where
    /// nothing is known.
    pub strand: u32,
}
