//! The error of a build record with its details: where in the Dockerfile it happened.
//!
//! Source: moby/buildkit, solver/llbsolver/history/buildhistory.go (the error is kept as `google.rpc.Status`),
//! util/grpcerrors/grpcerrors.go (its details are JSON), solver/errdefs/errdefs.proto and source.go (`Source`: what is
//! printed of it).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use serde::Deserialize;

use super::messages::Status;
use super::problem::Fault;

/// How the type of a detail that names a place in a file ends.
const SOURCE: &str = "errdefs.Source+json";
/// A frame has this rule above and below.
const RULE: &str = "--------------------\n";

/// An error, as the client prints it.
#[derive(Debug, Default)]
pub struct Failure {
    /// A gRPC code.
    pub code: i32,
    pub message: String,
    /// The code frames of all places that are named, in the order in which they are printed.
    pub frames: Vec<u8>,
}

impl Failure {
    /// Reads the blob. A detail of another shape than is known is left out.
    pub fn of(blob: &[u8]) -> Result<Self, Fault> {
        let status = Status::decode(blob)?;
        let mut failure = Failure { code: status.code, message: status.message, frames: Vec::new() };
        for detail in status.details.iter().filter(|detail| detail.type_url.ends_with(SOURCE)) {
            if let Ok(source) = serde_json::from_slice::<Source>(&detail.value) {
                failure.frames.extend_from_slice(source.frame().unwrap_or_default().as_bytes());
            }
        }
        Ok(failure)
    }
}

#[derive(Deserialize)]
struct Source {
    info: Option<Info>,
    #[serde(default)]
    ranges: Vec<Range>,
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    filename: String,
    /// The file's content, in base64.
    #[serde(default)]
    data: String,
}

#[derive(Deserialize)]
struct Range {
    #[serde(default)]
    start: Option<Position>,
    #[serde(default)]
    end: Option<Position>,
}

#[derive(Deserialize)]
struct Position {
    /// From 1.
    #[serde(default)]
    line: usize,
}

impl Range {
    /// First and last line.
    fn lines(&self) -> (usize, usize) {
        let start = self.start.as_ref().map_or(0, |position| position.line);
        (start, self.end.as_ref().map_or(0, |position| position.line).max(start))
    }
}

impl Source {
    /// `Dockerfile:4`, and the lines around with `>>>` before those that are meant.
    fn frame(&self) -> Option<String> {
        let info = self.info.as_ref()?;
        let text = STANDARD.decode(&info.data).ok()?;
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.split('\n').collect();
        let meant: Vec<(usize, usize)> = self.ranges.iter().map(Range::lines).collect();
        let start = meant.iter().map(|(start, _)| *start).min()?;
        let end = meant.iter().map(|(_, end)| *end).max()?.min(lines.len());
        if start < 1 || start > lines.len() {
            return None;
        }
        let (first, last) = widened(start, end, lines.len());
        let mut frame = format!("{}:{start}\n{RULE}", info.filename);
        for (number, line) in (1..=last).zip(&lines).skip(first - 1) {
            let mark = if meant.iter().any(|(start, end)| (*start..=*end).contains(&number)) { ">>>" } else { "   " };
            frame.push_str(&format!(" {number:3} | {mark} {line}\n"));
        }
        frame.push_str(RULE);
        Some(frame)
    }
}

/// The lines to show: BuildKit adds lines at both ends in turn until four (two around several lines) have been tried,
/// and counts a round of its own.
fn widened(mut first: usize, mut last: usize, total: usize) -> (usize, usize) {
    let wanted = if first == last { 4 } else { 2 };
    let mut tried = 0;
    while tried < wanted {
        if first > 1 {
            first -= 1;
            tried += 1;
        }
        if last < total {
            last += 1;
            tried += 1;
        }
        tried += 1;
    }
    (first, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(file: &str, ranges: &str) -> Option<String> {
        let data = STANDARD.encode(file);
        let json = format!(r#"{{"info":{{"filename":"Dockerfile","data":"{data}"}},"ranges":{ranges}}}"#);
        serde_json::from_str::<Source>(&json).unwrap().frame()
    }

    /// As buildx 0.33 printed it for the same file.
    #[test]
    fn a_frame_is_drawn_as_buildx_draws_it() {
        let file = "from busybox:latest\nRUN echo one && exit 3\n";
        assert_eq!(
            frame(file, r#"[{"start":{"line":2},"end":{"line":2}}]"#).unwrap(),
            "Dockerfile:2\n--------------------\n   1 |     from busybox:latest\n   2 | >>> RUN echo one && exit 3\n   3 |     \n\
             --------------------\n"
        );
    }

    #[test]
    fn a_place_outside_of_the_file_has_no_frame() {
        assert_eq!(frame("FROM x\n", r#"[{"start":{"line":9},"end":{"line":9}}]"#), None);
        assert_eq!(frame("FROM x\n", "[{}]"), None);
        assert_eq!(frame("FROM x\n", "[]"), None);
        let whole = frame("FROM x\nRUN y", r#"[{"start":{"line":1},"end":{"line":99}}]"#).unwrap();
        assert!(whole.contains(">>> FROM x\n   2 | >>> RUN y\n-----"), "{whole}");
    }
}
