//! The stream of the Docker API: `{"stream":"Step 1/3 : FROM alpine\n"}`, `{"errorDetail":{"code":1,"message":"…"},"error":"…"}`.
//!
//! Source: moby/moby, `pkg/jsonmessage` and `builder/dockerfile`; podman's compatible API streams `STEP 1/3: …`. What stands in `stream` is
//! text of a builder, cut anywhere, so it is put together to lines and read by the builders that print so.

use std::borrow::Cow;

use serde::Deserialize;

use super::buildah::Buildah;
use super::classic::Classic;
use super::{Builder, Scope, clean};
use crate::model::LineRole;
use crate::pieces::Pieces;

/// A line that never ends is handed on in pieces of this size.
const PARTIAL_LIMIT: usize = 64 << 10;
/// The keys with which a message may start.
const KEYS: [&[u8]; 5] =
    [b"{\"stream\":\"", b"{\"errorDetail\":{", b"{\"error\":\"", b"{\"aux\":{\"ID\":\"sha256:", b"{\"status\":\""];

#[derive(Default)]
pub(super) struct DockerApi {
    /// The line that has not ended yet.
    partial: Vec<u8>,
    classic: Classic,
    buildah: Buildah,
    scratch: Vec<u8>,
    /// A `stream` was met, which tells a `status` from those of any program.
    active: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message<'j> {
    #[serde(borrow)]
    stream: Option<Cow<'j, str>>,
    #[serde(borrow)]
    error: Option<Cow<'j, str>>,
    #[serde(borrow)]
    error_detail: Option<Detail<'j>>,
    #[serde(borrow)]
    status: Option<Cow<'j, str>>,
}

#[derive(Deserialize)]
struct Detail<'j> {
    #[serde(borrow, default)]
    message: Cow<'j, str>,
}

impl Builder for DockerApi {
    fn name(&self) -> &'static str {
        "docker-api"
    }

    fn at_rest(&self) -> bool {
        self.partial.is_empty()
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        let key = line.first() == Some(&b'{') && KEYS.iter().any(|key| line.starts_with(key));
        if !key || (!self.active && line.starts_with(KEYS[4])) {
            return false;
        }
        let Ok(message) = serde_json::from_slice::<Message<'_>>(line.trim_ascii_end()) else { return false };
        // Many programs log an `error` alone.
        if message.stream.is_none() && message.error_detail.is_none() && !self.active {
            return false;
        }
        self.active = true;
        if let Some(text) = &message.stream {
            self.text(text.as_bytes(), scope);
        }
        if let Some(status) = &message.status {
            scope.emit(scope.builds.ambient(), LineRole::Structure, status.as_bytes());
        }
        let detail = message.error_detail.as_ref().map(|detail| &*detail.message).filter(|text| !text.is_empty());
        if let Some(error) = detail.or(message.error.as_deref()) {
            self.flush(scope);
            error.lines().for_each(|line| self.line(line.as_bytes(), scope));
            // Whatever its words: the daemon gave up.
            if scope.builds.verdict().failed.is_none() {
                scope.builds.mark_failed(scope.line());
            }
        }
        true
    }

    fn finish(&mut self, scope: &mut Scope<'_>) {
        self.flush(scope);
    }
}

impl DockerApi {
    fn text(&mut self, text: &[u8], scope: &mut Scope<'_>) {
        let mut rest = text;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            self.partial.extend_from_slice(rest.head(end));
            self.emit(scope);
            rest = rest.tail(end + 1);
        }
        self.partial.extend_from_slice(rest);
        if self.partial.len() > PARTIAL_LIMIT {
            self.emit(scope);
        }
    }

    fn flush(&mut self, scope: &mut Scope<'_>) {
        if !self.partial.is_empty() {
            self.emit(scope);
        }
    }

    fn emit(&mut self, scope: &mut Scope<'_>) {
        let text = std::mem::take(&mut self.partial);
        let mut scratch = std::mem::take(&mut self.scratch);
        clean::segments(&text, &mut scratch, |line| self.line(line, scope));
        self.scratch = scratch;
    }

    fn line(&mut self, line: &[u8], scope: &mut Scope<'_>) {
        if !self.classic.read(line, scope) && !self.buildah.read(line, scope) {
            scope.emit(scope.builds.ambient(), LineRole::Output, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, steps};

    #[test]
    fn a_stream_of_the_classic_builder() {
        let log = br#"{"stream":"Step 1/2 : FROM alpine\n"}
{"stream":" ---\u003e a6d61425220f\n"}
{"stream":"Step 2/2 : RUN unknown_command"}
{"stream":"\n"}
{"stream":" ---\u003e Running in 45fe4e8ec27b\n"}
{"stream":"\u001b[91m/bin/sh: unknown_command: not found\n\u001b[0m"}
{"errorDetail":{"code":127,"message":"The command '/bin/sh -c unknown_command' returned a non-zero code: 127"},"error":"The command '/bin/sh -c unknown_command' returned a non-zero code: 127"}
"#;
        let (lines, reader) = read(log);
        assert_eq!(steps(&reader), ["1:1 Done FROM alpine", "1:2 Failed RUN unknown_command"]);
        assert!(lines.contains(&"6 1:2 O /bin/sh: unknown_command: not found".to_owned()), "{lines:?}");
        assert_eq!(reader.dialects(), ["docker-api"]);
    }

    #[test]
    fn other_json_stays() {
        let log = "{\"error\":\"x\"}\n{\"status\":\"ok\"}\n{\"stream\":3}\n{\"stream\":\"cut\n";
        let (lines, reader) = read(log.as_bytes());
        assert_eq!(lines.len(), 4);
        assert_eq!(reader.dialects(), ["plain"]);
    }
}
