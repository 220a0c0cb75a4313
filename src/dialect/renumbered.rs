//! Hands on lines that were counted from 0 with the numbers that they have in the log.

use super::held::Place;
use super::{Builds, LineSink};
use crate::model::{LineMarks, LogLine, Mark, StepRef};

/// A sink for lines whose `number` is an index of `places`.
pub(super) struct Renumbered<'s> {
    pub sink: &'s mut dyn LineSink,
    pub places: &'s [Place],
}

impl Renumbered<'_> {
    fn of<'l>(&self, line: LogLine<'l>) -> LogLine<'l> {
        let place = usize::try_from(line.number).ok().and_then(|at| self.places.get(at));
        place.map_or(line, |place| LogLine { number: place.number, offset: place.offset, joined: place.joined, ..line })
    }
}

impl LineSink for Renumbered<'_> {
    fn log_line(&mut self, line: LogLine<'_>, builds: &mut Builds) {
        self.sink.log_line(self.of(line), builds);
    }

    fn candidates(&self, block: &[u8], found: &mut Vec<Mark>) {
        self.sink.candidates(block, found);
    }

    fn is_notable(&mut self, text: &[u8], marks: Option<LineMarks<'_>>, step: Option<StepRef>) -> bool {
        self.sink.is_notable(text, marks, step)
    }

    fn awaited_line(&mut self, line: LogLine<'_>, marks: Option<LineMarks<'_>>, builds: &mut Builds) {
        self.sink.awaited_line(self.of(line), marks, builds);
    }

    fn notable_line(&mut self, line: LogLine<'_>, builds: &mut Builds) {
        self.sink.notable_line(self.of(line), builds);
    }

    fn quiet_line(&mut self, line: LogLine<'_>) {
        self.sink.quiet_line(self.of(line));
    }

    fn at_rest(&self, step: Option<StepRef>) -> bool {
        self.sink.at_rest(step)
    }

    fn lookback(&self) -> usize {
        self.sink.lookback()
    }

    fn finish(&mut self, builds: &mut Builds) {
        self.sink.finish(builds);
    }
}
