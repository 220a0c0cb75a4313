//! What the tests of the dialects share: a log as readable lines.

use super::{Builds, DialectReader, LineSink};
use crate::model::{LineRole, LogLine};

/// Collects `number[+joined-1] step role text`, the step's key or `-`, the role's first letter.
#[derive(Default)]
pub struct Collected(Vec<String>);

impl LineSink for Collected {
    fn log_line(&mut self, line: LogLine<'_>, builds: &mut Builds) {
        let step = line.step.and_then(|at| builds.get(at)).map_or("-", |step| step.key.as_str());
        let role = match line.role {
            LineRole::Output => 'O',
            LineRole::Verdict => 'V',
            LineRole::Recap => 'R',
            LineRole::Structure => 'S',
        };
        let joined = if line.joined > 1 { format!("+{}", line.joined - 1) } else { String::new() };
        self.0.push(format!("{}{joined} {step} {role} {}", line.number, String::from_utf8_lossy(line.text)));
    }
}

/// The lines of a log that comes in these chunks, and the reader after it.
fn chunked<'c>(chunks: impl Iterator<Item = &'c [u8]>) -> (Vec<String>, DialectReader) {
    let mut reader = DialectReader::new();
    let mut sink = Collected::default();
    chunks.for_each(|chunk| reader.feed(chunk, &mut sink));
    reader.finish(&mut sink);
    (sink.0, reader)
}

/// The lines of a log, and the reader after it. Checks that no cut into chunks gives others.
pub(super) fn read(log: &[u8]) -> (Vec<String>, DialectReader) {
    let whole = chunked(std::iter::once(log));
    for size in [1, 7, 1000] {
        assert_eq!(chunked(log.chunks(size)).0, whole.0, "chunks of {size} bytes give other lines");
    }
    whole
}

/// Every step as `key outcome name`.
pub(super) fn steps(reader: &DialectReader) -> Vec<String> {
    reader.builds().steps().map(|(_, s)| format!("{} {:?} {}", s.key, s.outcome, s.name)).collect()
}

/// The text of every line.
pub(super) fn texts(log: &str) -> Vec<String> {
    let (lines, _) = read(log.as_bytes());
    lines.iter().map(|line| line.splitn(4, ' ').nth(3).unwrap_or_default().to_owned()).collect()
}
