//! BuildKit's `--progress=rawjson`: one JSON object a line, with `vertexes`, `statuses`, `logs` and `warnings`.
//!
//! Source: moby/buildkit, client/graph.go (`SolveStatus`) and util/progress/progressui (the display that writes it).
//! A log's `data` is base64 and ends anywhere, so the text of each vertex is put together to lines here. Steps are
//! numbered as they start, which is what the plain display does too. After the last object plain lines follow.

use std::borrow::Cow;
use std::collections::HashMap;

use base64::Engine;
use serde::Deserialize;

use super::builds::{Title, exit_code_after};
use super::go_test_json::GoTestJson;
use super::{Builder, Scope, clean};
use crate::model::{LineRole, Phase, StepOutcome, StepRef};
use crate::pieces::Pieces;

/// A line of output that never ends is handed on in pieces of this size.
const PARTIAL_LIMIT: usize = 64 << 10;
/// So many vertices are followed; beyond it those that have ended are forgotten.
const VERTICES_KEPT: usize = 4_096;
/// The keys with which an object may start.
const KEYS: [&[u8]; 4] = [b"{\"vertexes\":[", b"{\"statuses\":[", b"{\"logs\":[", b"{\"warnings\":["];

#[derive(Default)]
pub(super) struct BuildkitRawjson {
    vertices: HashMap<String, Vertex>,
    started: u64,
    inside: Inside,
}

/// What the lines of all vertices go through.
#[derive(Default)]
struct Inside {
    scratch: Vec<u8>,
    tests: GoTestJson,
}

/// A vertex that has started.
struct Vertex {
    step: StepRef,
    /// The line that has not ended yet.
    partial: Vec<u8>,
    /// Number and offset of the physical line that its last piece came with.
    place: (u64, u64),
    ended: bool,
}

#[derive(Deserialize)]
struct Status<'j> {
    #[serde(borrow, default)]
    vertexes: Vec<VertexEvent<'j>>,
    #[serde(borrow, default)]
    logs: Vec<LogEvent<'j>>,
    #[serde(borrow, default)]
    warnings: Vec<WarningEvent<'j>>,
}

#[derive(Deserialize)]
struct VertexEvent<'j> {
    #[serde(borrow)]
    digest: Cow<'j, str>,
    #[serde(borrow, default)]
    name: Cow<'j, str>,
    started: Option<&'j str>,
    completed: Option<&'j str>,
    #[serde(default)]
    cached: bool,
    #[serde(borrow, default)]
    error: Cow<'j, str>,
}

#[derive(Deserialize)]
struct LogEvent<'j> {
    #[serde(borrow)]
    vertex: Cow<'j, str>,
    #[serde(borrow, default)]
    data: Cow<'j, str>,
}

#[derive(Deserialize)]
struct WarningEvent<'j> {
    #[serde(borrow, default)]
    vertex: Cow<'j, str>,
    #[serde(borrow, default)]
    short: Cow<'j, str>,
}

impl Builder for BuildkitRawjson {
    fn name(&self) -> &'static str {
        "buildkit-rawjson"
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        if line.first() != Some(&b'{') || !KEYS.iter().any(|key| line.starts_with(key)) {
            return false;
        }
        let Ok(status) = serde_json::from_slice::<Status<'_>>(line) else { return false };
        for vertex in &status.vertexes {
            self.vertex(vertex, scope);
        }
        for log in &status.logs {
            self.log(log, scope);
        }
        for warning in &status.warnings {
            let step = self.vertices.get(&*warning.vertex).map(|vertex| vertex.step);
            if let Ok(text) = base64::engine::general_purpose::STANDARD.decode(warning.short.as_bytes()) {
                scope.emit(step, LineRole::Output, &text);
            }
        }
        true
    }

    fn finish(&mut self, scope: &mut Scope<'_>) {
        let mut open: Vec<Vertex> = self.vertices.drain().map(|(_, vertex)| vertex).collect();
        open.sort_by_key(|vertex| vertex.step);
        for mut vertex in open {
            vertex.flush(&mut self.inside, scope);
        }
        self.inside.tests.finish(scope);
    }
}

impl BuildkitRawjson {
    fn vertex(&mut self, event: &VertexEvent<'_>, scope: &mut Scope<'_>) {
        let ended = event.completed.is_some() || event.cached || !event.error.is_empty();
        let known = self.vertices.contains_key(&*event.digest);
        if !known {
            // Vertices are announced long before they run, if they do at all.
            if event.started.is_none() && !ended {
                return;
            }
            self.open(event, scope);
        }
        let Some(vertex) = self.vertices.get_mut(&*event.digest) else { return };
        if !ended {
            return;
        }
        vertex.flush(&mut self.inside, scope);
        vertex.ended = true;
        let step = vertex.step;
        if event.error.is_empty() {
            scope.builds.end(step, if event.cached { StepOutcome::Cached } else { StepOutcome::Done });
            if scope.builds.get(step).is_some_and(|s| matches!(s.phase, Phase::Export | Phase::Push)) {
                scope.builds.mark_succeeded(scope.line());
            }
        } else if event.error.ends_with("context canceled") {
            // The other displays show such a vertex as CANCELED.
            scope.builds.end(step, StepOutcome::Canceled);
            scope.emit(Some(step), LineRole::Structure, event.error.as_bytes());
        } else if scope.builds.get(step).is_none_or(|s| s.outcome != StepOutcome::Failed) {
            scope.builds.end(step, StepOutcome::Failed);
            let code = exit_code_after(&event.error, "exit code: ");
            scope.builds.update(step, |s| s.exit_code = code.or(s.exit_code));
            scope.emit(Some(step), LineRole::Verdict, event.error.as_bytes());
        }
    }

    fn open(&mut self, event: &VertexEvent<'_>, scope: &mut Scope<'_>) {
        let verdict = scope.builds.verdict();
        let over = verdict.failed.or(verdict.succeeded).is_some() || scope.builds.last_failed().is_some();
        if self.started == 0 || (over && event.name.contains("[internal] load build definition")) {
            scope.builds.start_build();
            self.vertices.clear();
            self.started = 0;
        }
        if self.vertices.len() >= VERTICES_KEPT {
            self.vertices.retain(|_, vertex| !vertex.ended);
            if self.vertices.len() >= VERTICES_KEPT {
                return;
            }
        }
        self.started += 1;
        let title = Title::of_vertex(&event.name);
        let step = scope.builds.open(&self.started.to_string(), &title, scope.line());
        let vertex = Vertex { step, partial: Vec::new(), place: (scope.number, scope.offset), ended: false };
        self.vertices.insert(event.digest.to_string(), vertex);
        scope.emit(Some(step), LineRole::Structure, event.name.as_bytes());
    }

    fn log(&mut self, event: &LogEvent<'_>, scope: &mut Scope<'_>) {
        let Ok(data) = base64::engine::general_purpose::STANDARD.decode(event.data.as_bytes()) else { return };
        let Some(vertex) = self.vertices.get_mut(&*event.vertex) else {
            // The log's head is missing: the vertex is unknown.
            for line in data.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                clean::segments(line, &mut self.inside.scratch, |text| scope.emit(None, LineRole::Output, text));
            }
            return;
        };
        vertex.place = (scope.number, scope.offset);
        let mut rest = &data[..];
        while let Some(end) = memchr::memchr(b'\n', rest) {
            vertex.partial.extend_from_slice(rest.head(end));
            vertex.emit(&mut self.inside, scope);
            rest = rest.tail(end + 1);
        }
        vertex.partial.extend_from_slice(rest);
        if vertex.partial.len() > PARTIAL_LIMIT {
            vertex.emit(&mut self.inside, scope);
        }
    }
}

impl Vertex {
    /// Hands on the line that is held, under the number of the physical line that ended it.
    fn emit(&mut self, inside: &mut Inside, scope: &mut Scope<'_>) {
        if self.partial.starts_with(b"[output clipped") {
            scope.builds.mark_clipped(scope.number);
        }
        let here = (scope.number, scope.offset);
        (scope.number, scope.offset) = self.place;
        let Inside { scratch, tests } = inside;
        clean::segments(&self.partial, scratch, |text| {
            if !tests.read_in_step(self.step, text, scope) {
                scope.emit(Some(self.step), LineRole::Output, text);
            }
        });
        (scope.number, scope.offset) = here;
        self.partial.clear();
    }

    /// Hands on a line that ended without a line feed.
    fn flush(&mut self, inside: &mut Inside, scope: &mut Scope<'_>) {
        if !self.partial.is_empty() {
            self.emit(inside, scope);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, steps};

    /// From corpus/go/gopath-gomod-1.20 (BuildKit 0.29), digests shortened.
    const NOT_FOUND: &str = r#"{"vertexes":[{"digest":"sha256:05","inputs":["sha256:fa"],"name":"[3/3] RUN go build -o /hello ."},{"digest":"sha256:fa","name":"[2/3] COPY . ."}]}
{"vertexes":[{"digest":"sha256:fa","name":"[2/3] COPY . .","started":"2026-11-21T10:26:03.806584514Z"}]}
{"statuses":[{"id":"transferring context:","vertex":"sha256:8a","name":"transferring","current":82,"timestamp":"2026-11-21T10:26:03.804252187Z"}]}
{"vertexes":[{"digest":"sha256:fa","name":"[2/3] COPY . .","started":"2026-11-21T10:26:03.806584514Z","completed":"2026-11-21T10:26:03.812622638Z"}]}
{"vertexes":[{"digest":"sha256:05","name":"[3/3] RUN go build -o /hello .","started":"2026-11-21T10:26:03.820102836Z"}]}
{"logs":[{"vertex":"sha256:05","stream":2,"data":"L2Jpbi9zaDog","timestamp":"2026-11-21T10:26:03.872973105Z"}]}
{"logs":[{"vertex":"sha256:05","stream":2,"data":"Z286IG5vdCBmb3VuZA==","timestamp":"2026-11-21T10:26:03.873110006Z"}]}
{"logs":[{"vertex":"sha256:05","stream":2,"data":"Cg==","timestamp":"2026-11-21T10:26:03.873147479Z"}]}
{"vertexes":[{"digest":"sha256:05","name":"[3/3] RUN go build -o /hello .","started":"2026-11-21T10:26:03.820102836Z","completed":"2026-11-21T10:26:03.881537577Z","error":"process \"/bin/sh -c go build -o /hello .\" did not complete successfully: exit code: 127"}]}
ERROR: failed to build: failed to solve: process "/bin/sh -c go build -o /hello ." did not complete successfully: exit code: 127
"#;

    #[test]
    fn output_is_put_together_in_its_step() {
        let (lines, reader) = read(NOT_FOUND.as_bytes());
        assert_eq!(
            lines[..4],
            [
                "2 1:1 S [2/3] COPY . .",
                "5 1:2 S [3/3] RUN go build -o /hello .",
                "8 1:2 O /bin/sh: go: not found",
                "9 1:2 V process \"/bin/sh -c go build -o /hello .\" did not complete successfully: exit code: 127",
            ]
        );
        assert!(lines[4].starts_with("10 1:2 V ERROR: failed to build"));
        assert_eq!(steps(&reader), ["1:1 Done [2/3] COPY . .", "1:2 Failed [3/3] RUN go build -o /hello ."]);
        assert_eq!(reader.builds().steps().last().and_then(|(_, s)| s.exit_code), Some(127));
        assert_eq!(reader.dialects(), ["buildkit", "buildkit-rawjson"]);
    }

    #[test]
    fn collateral_steps_are_canceled_and_cached_ones_cached() {
        let log = r#"{"vertexes":[{"digest":"a","name":"[1/6] FROM x","started":"2026","completed":"2026","cached":true}]}
{"vertexes":[{"digest":"b","name":"[3/6] COPY go.mod go.sum ./","started":"2026","completed":"2026","error":"failed to calculate checksum of ref w0: \"/go.sum\": not found"}]}
{"vertexes":[{"digest":"c","name":"[2/6] WORKDIR /src","started":"2026","completed":"2026","error":"failed to copy: context canceled: context canceled"}]}
{"logs":[{"vertex":"zz","stream":2,"data":"bG9zdCBoZWFkCg=="}]}
"#;
        let (lines, reader) = read(log.as_bytes());
        let outcomes: Vec<String> = steps(&reader).iter().map(|s| s.split(' ').nth(1).unwrap().to_owned()).collect();
        assert_eq!(outcomes, ["Cached", "Failed", "Canceled"]);
        assert_eq!(lines.last().unwrap(), "4 - O lost head");
    }

    #[test]
    fn other_json_is_left_alone() {
        let (lines, reader) = read(b"{\"logs\":[1,2]}\n{\"vertexes\":[");
        assert_eq!(lines, ["1 - O {\"logs\":[1,2]}", "2 - O {\"vertexes\":["]);
        assert_eq!(reader.dialects(), ["plain"]);
    }
}
