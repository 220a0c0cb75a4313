//! The status stream of a build record, turned into the JSON lines of `--progress=rawjson`, one event a line.
//!
//! Source: moby/buildkit, solver/llbsolver/history/buildhistory.go, `ImportStatus` (four bytes of length, low byte first,
//! then one `StatusResponse`); client/status.go and client/graph.go (what becomes of it in JSON).
//!
//! BuildKit writes the stream when a build has ended, often as one message: first all that is said of the steps, then
//! all their output. Here the two are put together again by their times, as the build printed them: a step's end stands
//! behind its last line. Progress of downloads (`statuses`) is left out; it says nothing about a failure.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use prost_types::Timestamp;
use serde::Serialize;

use super::messages::{Vertex, VertexLog, VertexWarning};
use super::problem::Fault;

/// One message of the stream, in MiB. BuildKit starts a new one for each MiB of output.
const FRAME_MIB: u64 = 64;
/// A longer piece of output becomes several lines, in bytes: overlong lines are not read in one piece.
const PIECE: usize = 128 << 10;
/// What may wait for its time, in bytes; beyond it all of that is handed on.
const WAITING: usize = 16 << 20;
/// Steps whose times are remembered.
const STEPS: usize = 100_000;

/// Hands on the stream's lines, each with its line feed.
pub fn to_rawjson(stream: &mut dyn Read, out: &mut dyn FnMut(&[u8])) -> Result<(), Fault> {
    let mut events = Events { waiting: BinaryHeap::new(), bytes: 0, count: 0, steps: HashMap::new(), out };
    let mut frame = Vec::new();
    loop {
        frame.clear();
        stream.take(4).read_to_end(&mut frame)?;
        let length = match frame[..] {
            [] => break,
            [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
            _ => return Err(Fault::Short),
        };
        if length > FRAME_MIB << 20 {
            return Err(Fault::TooLarge(FRAME_MIB));
        }
        frame.clear();
        stream.take(length).read_to_end(&mut frame)?;
        if frame.len() as u64 != length {
            return Err(Fault::Short);
        }
        read_frame(&frame, &mut events)?;
    }
    events.hand_on_until(LAST);
    Ok(())
}

/// `moby.buildkit.v1.StatusResponse`, one event at a time: whole, a crowd of empty ones would cost much memory.
fn read_frame(mut frame: &[u8], events: &mut Events<'_>) -> Result<(), Fault> {
    while !frame.is_empty() {
        // A key is a varint, as a length is: the field's number and, in the low three bits, its form.
        let key = prost::decode_length_delimiter(&mut frame)?;
        let length = match key & 7 {
            0 => {
                prost::decode_length_delimiter(&mut frame)?;
                continue;
            }
            1 => 8,
            2 => prost::decode_length_delimiter(&mut frame)?,
            5 => 4,
            _ => return Err(Fault::Short),
        };
        let (event, rest) = frame.split_at_checked(length).ok_or(Fault::Short)?;
        frame = rest;
        match key {
            VERTEX => events.vertex(&Vertex::decode(event)?)?,
            LOG => events.log(&VertexLog::decode(event)?)?,
            WARNING => events.warning(&VertexWarning::decode(event)?)?,
            _ => {}
        }
    }
    Ok(())
}

/// The keys of the fields `vertexes`, `logs` and `warnings`.
const VERTEX: usize = 1 << 3 | 2;
const LOG: usize = 3 << 3 | 2;
const WARNING: usize = 4 << 3 | 2;

/// Seconds and nanoseconds.
type Time = (i64, i32);
/// After all others.
const LAST: Time = (i64::MAX, i32::MAX);

/// The events on their way into the right order.
struct Events<'o> {
    /// Time, running number, line.
    waiting: BinaryHeap<Reverse<(Time, u64, Vec<u8>)>>,
    /// The size of all that waits.
    bytes: usize,
    count: u64,
    /// When each step that has started ended, if it has.
    steps: HashMap<String, Option<Time>>,
    out: &'o mut dyn FnMut(&[u8]),
}

impl Events<'_> {
    fn vertex(&mut self, vertex: &Vertex) -> Result<(), Fault> {
        let (started, completed) = (vertex.started.as_ref().map(time), vertex.completed.as_ref().map(time));
        // It is announced before it runs, if it does at all.
        let Some(at) = completed.or(started) else { return Ok(()) };
        if let (Some(started), Some(_), false) = (started, completed, self.steps.contains_key(&vertex.digest)) {
            // Output in between must find its step.
            let begun = VertexJson { completed: None, cached: false, error: "", ..VertexJson::of(vertex) };
            self.wait(started, &Line { vertexes: Some([begun]), ..Line::default() })?;
        }
        if self.steps.len() < STEPS || self.steps.contains_key(&vertex.digest) {
            let ended = self.steps.entry(vertex.digest.clone()).or_default();
            *ended = completed.or(*ended);
        }
        self.wait(at, &Line { vertexes: Some([VertexJson::of(vertex)]), ..Line::default() })
    }

    fn log(&mut self, log: &VertexLog) -> Result<(), Fault> {
        self.hand_on_until(log.timestamp.as_ref().map_or((i64::MIN, 0), time));
        for piece in log.msg.chunks(PIECE) {
            let line = line(&Line { logs: Some([LogJson::of(log, piece)]), ..Line::default() })?;
            (self.out)(&line);
        }
        Ok(())
    }

    /// It has no time of its own: the end of its step.
    fn warning(&mut self, warning: &VertexWarning) -> Result<(), Fault> {
        let at = self.steps.get(&warning.vertex).copied().flatten().unwrap_or(LAST);
        self.wait(at, &Line { warnings: Some([WarningJson::of(warning)]), ..Line::default() })
    }

    fn wait(&mut self, at: Time, event: &Line<'_>) -> Result<(), Fault> {
        let line = line(event)?;
        self.bytes += line.len();
        self.count += 1;
        self.waiting.push(Reverse((at, self.count, line)));
        if self.bytes > WAITING {
            self.hand_on_until(LAST);
        }
        Ok(())
    }

    /// Hands on what happened before this time.
    fn hand_on_until(&mut self, now: Time) {
        while self.waiting.peek().is_some_and(|Reverse((at, ..))| *at < now || now == LAST) {
            if let Some(Reverse((_, _, line))) = self.waiting.pop() {
                self.bytes -= line.len();
                (self.out)(&line);
            }
        }
    }
}

fn time(stamp: &Timestamp) -> Time {
    (stamp.seconds, stamp.nanos)
}

fn line(event: &Line<'_>) -> Result<Vec<u8>, Fault> {
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    Ok(line)
}

/// One line: a `SolveStatus` with one event.
#[derive(Serialize, Default)]
struct Line<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    vertexes: Option<[VertexJson<'m>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logs: Option<[LogJson<'m>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<[WarningJson<'m>; 1]>,
}

#[derive(Serialize)]
struct VertexJson<'m> {
    #[serde(skip_serializing_if = "str::is_empty")]
    digest: &'m str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    inputs: &'m [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cached: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    error: &'m str,
}

impl<'m> VertexJson<'m> {
    fn of(vertex: &'m Vertex) -> Self {
        VertexJson {
            digest: &vertex.digest,
            inputs: &vertex.inputs,
            name: &vertex.name,
            started: text(vertex.started.as_ref()),
            completed: text(vertex.completed.as_ref()),
            cached: vertex.cached,
            error: &vertex.error,
        }
    }
}

#[derive(Serialize)]
struct LogJson<'m> {
    #[serde(skip_serializing_if = "str::is_empty")]
    vertex: &'m str,
    #[serde(skip_serializing_if = "is_zero")]
    stream: i64,
    data: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
}

impl<'m> LogJson<'m> {
    fn of(log: &'m VertexLog, piece: &[u8]) -> Self {
        let data = STANDARD.encode(piece);
        LogJson { vertex: &log.vertex, stream: log.stream, data, timestamp: text(log.timestamp.as_ref()) }
    }
}

#[derive(Serialize)]
struct WarningJson<'m> {
    #[serde(skip_serializing_if = "str::is_empty")]
    vertex: &'m str,
    #[serde(skip_serializing_if = "is_zero")]
    level: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    short: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    detail: Vec<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    url: &'m str,
}

impl<'m> WarningJson<'m> {
    fn of(warning: &'m VertexWarning) -> Self {
        WarningJson {
            vertex: &warning.vertex,
            level: warning.level,
            short: STANDARD.encode(&warning.short),
            detail: warning.detail.iter().map(|line| STANDARD.encode(line)).collect(),
            url: &warning.url,
        }
    }
}

/// As RFC 3339 writes it.
fn text(stamp: Option<&Timestamp>) -> Option<String> {
    stamp.map(Timestamp::to_string)
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}
