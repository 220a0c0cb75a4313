//! CircleCI: the output of a step as its API gives it, `[{"message":"#!/bin/bash\r\n…","time":"…","type":"out"}]`, one line of JSON.
//!
//! The lines inside are counted as lines of the log, since the file has but one. A line longer than a segment of [`super::lines`] stays as
//! it is. Source: CircleCI's API v1.1, the address in `output_url` of a step's action.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::lines::RawLine;

/// The name in output.
pub(super) const NAME: &str = "circleci";

#[derive(Deserialize)]
struct Message<'j> {
    #[serde(borrow)]
    message: Cow<'j, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'j, str>,
    #[serde(rename = "time")]
    _time: IgnoredAny,
}

/// What the step printed, where the line is such an array.
pub(super) fn output(line: &RawLine<'_>) -> Option<String> {
    if line.continued || !line.bytes.starts_with(b"[{\"") {
        return None;
    }
    let messages: Vec<Message<'_>> = serde_json::from_slice(line.bytes.trim_ascii_end()).ok()?;
    let printed = messages.iter().all(|message| matches!(&*message.kind, "out" | "err"));
    printed.then(|| messages.iter().map(|message| &*message.message).collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, texts};

    #[test]
    fn the_lines_inside_are_lines_of_the_log() {
        let log = r#"[{"message":"Step 1/2 : FROM alpine\r\nStep 2/2 : RUN make\r\n ---> Running in c0ffee123456\r\nma","time":"2024-05-06T07:08:09.123Z","type":"out"},{"type":"err","time":"2024-05-06T07:08:10.123Z","message":"ke: not found\r\n\u001b[31mred\u001b[0m"}]"#;
        let (lines, reader) = read(format!("{log}\nmore\n").as_bytes());
        assert_eq!(lines[3..], ["4 1:2 O make: not found", "5 1:2 O red", "6 1:2 O more"]);
        assert_eq!(reader.dialects(), ["circleci", "docker-classic"]);
    }

    #[test]
    fn other_arrays_stay() {
        let log =
            "[{\"message\":\"a\",\"type\":\"warning\",\"time\":1}]\n[{\"message\":\"a\",\"type\":\"out\"}]\n[{\"cut\n";
        assert_eq!(texts(log), log.lines().collect::<Vec<_>>());
    }
}
