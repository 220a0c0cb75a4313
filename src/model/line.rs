//! One line of a log as the dialects hand it on.

use super::step::StepRef;

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
