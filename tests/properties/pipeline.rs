//! However a log comes, in whatever frames and encoding, the answer is the same; and the fast ways give what the plain ones give.

use std::sync::{Arc, LazyLock};

use whyfail::{Diagnoser, Diagnosis, Marks, Matcher, SignatureDb};

static MATCHER: LazyLock<Arc<Matcher>> =
    LazyLock::new(|| Arc::new(Matcher::new(SignatureDb::built_in()).with_advice()));

/// How a frame writes the text of a line.
#[derive(Clone, Copy)]
enum Text {
    AsItIs,
    /// Inside a JSON string.
    Json,
    /// In base64.
    Base64,
}

/// What stands before the log, and around each of its lines.
type Frame = (&'static str, &'static str, Text, &'static str);

/// One for each dialect that has a frame of its own.
const FRAMES: &[Frame] = &[
    ("", "", Text::AsItIs, ""),
    ("#7 [2/2] RUN make && make install\n", "#7 0.31 ", Text::AsItIs, ""),
    ("#7 [2/2] RUN make\n#8 [b 2/2] RUN go build\n#8 ...\n\n", "#0 1.2 ", Text::AsItIs, ""),
    ("Step 2/2 : RUN make\n ---> Running in c0ffee123456\n", "", Text::AsItIs, ""),
    ("[1/2] STEP 2/3: RUN make\n", "", Text::AsItIs, ""),
    ("INFO[0004] RUN make\nINFO[0004] Running: [/bin/sh -c make]\n", "", Text::AsItIs, ""),
    ("[+] Building 4.4s (3/4)\n => ERROR [2/2] RUN make   1.9s\n", " => => # ", Text::AsItIs, ""),
    ("", "2026-11-21T10:46:00.0047173Z ", Text::AsItIs, ""),
    ("", "2026-11-21T10:46:00.0047173Z #7 0.3 ", Text::AsItIs, ""),
    ("", "2026-11-21T10:46:00.004717Z 01E ", Text::AsItIs, ""),
    ("section_start:1763721600:step_script\r\x1b[0K", "\x1b[32;1m", Text::AsItIs, "\x1b[0;m"),
    ("[Pipeline] sh\n", "[2026-11-21T10:46:00.123Z] ", Text::AsItIs, ""),
    ("", "api-1  | ", Text::AsItIs, ""),
    ("", "2026-11-21T10:46:00.004717312Z ", Text::AsItIs, "\r"),
    ("", "Nov 21 10:11:12 host docker[123]: ", Text::AsItIs, ""),
    ("", "[08:08:16]W:\t [Step 2/3] ", Text::AsItIs, ""),
    ("", "[task 2026-05-06T07:08:09.123Z] 10:11:12     INFO -  ", Text::AsItIs, ""),
    ("", "Step #0 - \"build\": ", Text::AsItIs, ""),
    ("", "[CI/build]   | ", Text::AsItIs, ""),
    ("", "[+3599 ms] ", Text::AsItIs, ""),
    ("• Packages in scope: a\n", "@acme/web:build: ", Text::AsItIs, ""),
    ("> ", "> ", Text::AsItIs, ""),
    ("", "", Text::AsItIs, "<br>"),
    ("", "", Text::AsItIs, " =\n"),
    (
        "docker : #0 building\r\nAt line:1 char:1\r\n    + CategoryInfo          : NotSpecified: (#0:String) [], X\r\n    + FullyQualifiedErrorId : NativeCommandError\r\n \r\n",
        "",
        Text::AsItIs,
        "\r",
    ),
    ("", "{\"stream\":\"", Text::Json, "\\n\"}\r"),
    ("", "{\"Action\":\"output\",\"Package\":\"example.com/m\",\"Test\":\"TestA\",\"Output\":\"", Text::Json, "\\n\"}"),
    ("", "{\"ImportPath\":\"example.com/m\",\"Action\":\"build-output\",\"Output\":\"", Text::Json, "\\n\"}"),
    ("", "{\"message\":\"", Text::Json, "\\r\\n\",\"time\":\"2026-11-21T10:46:00Z\",\"type\":\"out\"}"),
    (
        "{\"vertexes\":[{\"digest\":\"sha256:aa\",\"name\":\"[2/2] RUN make\",\"started\":\"2026-11-21T10:48:31.3Z\"}]}\n",
        "{\"logs\":[{\"vertex\":\"sha256:aa\",\"stream\":2,\"timestamp\":\"2026-11-21T10:48:31.4Z\",\"data\":\"",
        Text::Base64,
        "\"}]}",
    ),
    ("{\"vertexes\":[{\"digest\":\"sha256:aa\",\"name\":\"[2/2] RUN make\",\"error\":\"", "", Text::Json, "\"}]}"),
];

/// Bits of the second byte.
const UTF_16: u8 = 1;
const BIG_ENDIAN: u8 = 2;
const CRLF: u8 = 4;
const QUIET: u8 = 8;
const TWICE: u8 = 16;
const PLAIN_SCAN: u8 = 32;
const BYTE_BY_BYTE: u8 = 64;
const IN_FRAMES: u8 = 128;

/// So many bytes are tried one by one, and so many of a line are tried with every pattern.
const MOST_SINGLE: usize = 3_000;
const MOST_SCANNED: usize = 400;

/// Of `data` the first byte chooses the frame, the second encoding and ways, two more where it is cut, the rest is the log.
pub fn check(data: &[u8]) {
    let Some((&[frame, ways, seed, more], body)) = data.split_first_chunk::<4>() else { return };
    let log = log(frame, ways, body);
    let whole = answer(&log, log.len().max(1));
    assert_eq!(in_pieces(&log, cuts(&log, seed, more)), whole, "cut by {seed}, {more}");
    assert_eq!(marked(&log, 700 + 97 * usize::from(seed)), whole, "found ahead");
    if ways & BYTE_BY_BYTE != 0 && log.len() <= MOST_SINGLE {
        assert_eq!(answer(&log, 1), whole, "byte by byte");
    }
    if ways & PLAIN_SCAN != 0 {
        let longest = |line: &[u8]| line.len() <= MOST_SCANNED;
        body.split(|byte| *byte == b'\n').filter(|line| longest(line)).take(4).for_each(scans_alike);
    }
}

/// Both scans of a line give the same.
fn scans_alike(line: &[u8]) {
    let (mut fast, mut plain) = (Vec::new(), Vec::new());
    MATCHER.scan(line, &mut fast);
    MATCHER.scan_exhaustively(line, &mut plain);
    assert_eq!(fast, plain, "{:?}", String::from_utf8_lossy(line));
}

/// The log that the first bytes describe.
pub fn log(frame: u8, ways: u8, body: &[u8]) -> Vec<u8> {
    let (head, before, text, behind) = FRAMES[usize::from(frame) % FRAMES.len()];
    let mut log = head.as_bytes().to_vec();
    if ways & QUIET != 0 {
        quiet(&mut log, before);
    }
    if ways & IN_FRAMES == 0 {
        log.extend_from_slice(body);
    } else {
        for line in body.split(|byte| *byte == b'\n') {
            log.extend_from_slice(before.as_bytes());
            match text {
                Text::AsItIs => log.extend_from_slice(line),
                Text::Json => {
                    let json = serde_json::to_string(&String::from_utf8_lossy(line)).expect("a string");
                    log.extend_from_slice(json.trim_matches('"').as_bytes());
                }
                Text::Base64 => {
                    use base64::Engine as _;
                    let base64 = base64::engine::general_purpose::STANDARD.encode([line, b"\n"].concat());
                    log.extend_from_slice(base64.as_bytes());
                }
            }
            log.extend_from_slice(behind.as_bytes());
            log.push(b'\n');
        }
    }
    if ways & TWICE != 0 {
        log.extend_from_within(..);
    }
    if ways & CRLF != 0 {
        log = log.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]);
    }
    if ways & UTF_16 != 0 {
        let units = String::from_utf8_lossy(&log);
        let bytes = |unit: u16| if ways & BIG_ENDIAN != 0 { unit.to_be_bytes() } else { unit.to_le_bytes() };
        log = "\u{feff}".encode_utf16().chain(units.encode_utf16()).flat_map(bytes).collect();
    }
    log
}

/// Lines that say nothing: they are read in blocks where there are enough.
fn quiet(log: &mut Vec<u8>, before: &str) {
    for n in 0..60 {
        log.extend_from_slice(before.as_bytes());
        log.extend_from_slice(format!("gcc -O2 -Wall -c -o build/part{n}.o src/part{n}.c\n").as_bytes());
    }
}

/// Up to five places, by two bytes.
fn cuts(log: &[u8], seed: u8, more: u8) -> Vec<usize> {
    let mut state = u64::from(seed) << 8 | u64::from(more);
    let place = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % (log.len() + 1)
    };
    let mut cuts: Vec<usize> = (0..=more % 5).map(place).collect();
    cuts.sort_unstable();
    cuts
}

fn diagnoser() -> Diagnoser {
    Diagnoser::new(Arc::clone(&MATCHER))
}

fn json(diagnosis: &Diagnosis) -> String {
    serde_json::to_string(diagnosis).expect("JSON")
}

fn answer(log: &[u8], size: usize) -> String {
    let mut diagnoser = diagnoser();
    log.chunks(size).for_each(|chunk| diagnoser.feed(chunk));
    json(&diagnoser.finish())
}

fn in_pieces(log: &[u8], cuts: Vec<usize>) -> String {
    let mut diagnoser = diagnoser();
    let mut from = 0;
    for cut in cuts.into_iter().chain([log.len()]) {
        diagnoser.feed(&log[from..cut]);
        from = cut;
    }
    json(&diagnoser.finish())
}

fn marked(log: &[u8], size: usize) -> String {
    let mut diagnoser = diagnoser();
    let (mut scout, mut marks) = (diagnoser.scout(), Marks::default());
    for chunk in log.chunks(size) {
        scout.look(chunk, &mut marks, || true);
        diagnoser.feed_marked(chunk, &marks);
    }
    json(&diagnoser.finish())
}
