//! However the bytes of a log are cut into chunks, the answer is the same; and no bytes make the engine panic.

#[path = "../benches/kit/logs/mod.rs"]
mod bench_logs;
mod common;

use std::cell::Cell;
use std::ops::Range;
use std::sync::LazyLock;

use bench_logs::Kind;
use common::{corpus, diagnose, diagnoser, matcher, repository};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use whyfail::report::{self, Format, Style};
use whyfail::{Diagnosis, Marks, SignatureDb};

fn json(diagnosis: Diagnosis) -> String {
    render(diagnosis, Format::Json, &Style::default())
}

fn render(diagnosis: Diagnosis, format: Format, style: &Style) -> String {
    let mut out = Vec::new();
    report::write(&mut out, format, &[diagnosis], &SignatureDb::built_in(), style).expect("memory takes it");
    String::from_utf8(out).expect("reports are UTF-8")
}

/// The answer when the log comes in chunks that end at `cuts`.
fn in_chunks(log: &[u8], cuts: impl IntoIterator<Item = usize>) -> String {
    let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(log.len())).collect();
    cuts.sort_unstable();
    let mut diagnoser = diagnoser();
    let mut at = 0;
    for cut in cuts.into_iter().chain([log.len()]) {
        diagnoser.feed(&log[at..cut]);
        at = cut;
    }
    json(diagnoser.finish())
}

const SMALL: &[(&str, &str)] = &[
    (
        "BuildKit plain",
        "#7 [build 2/2] RUN go mod download && go build\n#7 0.2 go: example.com/m@v1.0.0: reading https://proxy.example.org/example.com/m/@v/v1.0.0.mod: 403 Forbidden\n#7 ERROR: process \"/bin/sh -c go mod download && go build\" did not complete successfully: exit code: 1\n------\n > [build 2/2] RUN go mod download && go build:\n0.2 go: example.com/m@v1.0.0: reading https://proxy.example.org/example.com/m/@v/v1.0.0.mod: 403 Forbidden\n------\nDockerfile:3\n--------------------\n   3 | >>> RUN go mod download && go build\n--------------------\nERROR: failed to build: failed to solve: process \"/bin/sh -c go mod download && go build\" did not complete successfully: exit code: 1\n",
    ),
    (
        "old BuildKit",
        "#4 [2/2] RUN make\n#4 sha256:77aa1c3d5a8b27e8bd4c3b5f1a4e0f5b9e1c3d5a8b27e8bd4c3b5f1a4e0f5b9e\n#4 0.3 /bin/sh: make: not found\n#4 ERROR: executor failed running [/bin/sh -c make]: exit code: 127\nfailed to solve: rpc error: code = Unknown desc = executor failed running [/bin/sh -c make]: exit code: 127\n",
    ),
    (
        "BuildKit rawjson",
        "{\"vertexes\":[{\"digest\":\"sha256:aa\",\"name\":\"[2/2] RUN make\",\"started\":\"2026-11-21T10:48:31.3Z\"}]}\n{\"logs\":[{\"vertex\":\"sha256:aa\",\"stream\":2,\"data\":\"L2Jpbi9zaDogbWFrZTogbm90IGZvdW5kCg==\",\"timestamp\":\"2026-11-21T10:48:31.4Z\"}]}\n{\"vertexes\":[{\"digest\":\"sha256:aa\",\"name\":\"[2/2] RUN make\",\"completed\":\"2026-11-21T10:48:32Z\",\"error\":\"process \\\"/bin/sh -c make\\\" did not complete successfully: exit code: 127\"}]}\n",
    ),
    (
        "BuildKit tty",
        "[+] Building 4.4s (3/4)                                          docker:default\n => CACHED [1/2] FROM docker.io/library/golang:1.22                         0.0s\n => ERROR [2/2] RUN go mod download                                         1.9s\n------\n > [2/2] RUN go mod download:\n1.812 go: example.com/m@v1.2.0: reading https://proxy.example.org/x: 403 Forbidden\n------\nERROR: failed to solve: process \"/bin/sh -c go mod download\" did not complete successfully: exit code: 1\n",
    ),
    (
        "the classic builder",
        "Sending build context to Docker daemon  2.048kB\nStep 1/2 : FROM node:18\n ---> 2d1f3f5b7a90\nStep 2/2 : RUN npm ci\n ---> Running in c0ffee123456\n\u{1b}[91mnpm ERR! The `npm ci` command can only install with an existing package-lock.json or\nnpm ERR! npm-shrinkwrap.json\n\u{1b}[0mThe command '/bin/sh -c npm ci' returned a non-zero code: 1\n",
    ),
    (
        "podman",
        "STEP 1/2: FROM alpine\nSTEP 2/2: RUN apk add git\nWARNING: fetching https://dl.example.org/main: DNS lookup error\nERROR: unable to select packages:\n  git (no such package):\n    required by: world[git]\nError: building at STEP \"RUN apk add git\": while running runtime: exit status 1\n",
    ),
    (
        "compose",
        "web-1  | Listening on 8080\napi-1  | panic: no database\napi-1  | goroutine 1 [running]:\n#3 [api 2/2] RUN make\n#3 0.1 make: *** No rule to make target 'all'.  Stop.\n#3 ERROR: process \"/bin/sh -c make\" did not complete successfully: exit code: 2\nfailed to solve: process \"/bin/sh -c make\" did not complete successfully: exit code: 2\n",
    ),
    (
        "go test -json",
        "{\"ImportPath\":\"example.com/m\",\"Action\":\"build-output\",\"Output\":\"./m.go:3:1: undefined: x\\n\"}\n{\"ImportPath\":\"example.com/m\",\"Action\":\"build-fail\"}\n{\"Time\":\"2026-11-21T10:48:32Z\",\"Action\":\"output\",\"Package\":\"example.com/m\",\"Test\":\"TestA\",\"Output\":\"--- FAIL: TestA (0.00s)\\n\"}\n{\"Action\":\"fail\",\"Package\":\"example.com/m\",\"Test\":\"TestA\"}\n",
    ),
    (
        "GitHub Actions",
        "\u{feff}2026-11-21T10:46:00.0047173Z ##[group]Run docker build .\n2026-11-21T10:46:00.0047174Z ##[endgroup]\n2026-11-21T10:46:01.0047173Z #7 [2/2] RUN make\n2026-11-21T10:46:01.1047173Z #7 0.3 /bin/sh: make: not found\n2026-11-21T10:46:02.0047173Z #7 ERROR: process \"/bin/sh -c make\" did not complete successfully: exit code: 127\n2026-11-21T10:46:02.2047173Z ##[error]Process completed with exit code 1.\n",
    ),
    (
        "GitLab",
        "section_start:1763721600:step_script\r\u{1b}[0K\u{1b}[0K\u{1b}[36;1mExecuting\u{1b}[0;m\n\u{1b}[32;1m$ make\u{1b}[0;m\nbash: line 12: make: command not found\nsection_end:1763721633:step_script\r\u{1b}[0K\u{1b}[31;1mERROR: Job failed: exit code 127\n\u{1b}[0;m\n",
    ),
    (
        "docker logs -t",
        "2026-11-21T10:46:00.004717312Z go: downloading example.com/m v1.0.0\n2026-11-21T10:46:00.104717312Z verifying example.com/m@v1.0.0: checksum mismatch\n2026-11-21T10:46:00.204717312Z 	downloaded: h1:a\n",
    ),
    (
        "plain, with carriage returns and colours",
        "Receiving objects:   1% (1/100)\rReceiving objects: 100% (100/100)\rerror: RPC failed; curl 56 recv error\r\nfatal: ear\u{1b}[31mly E\u{1b}[1;32mOF\u{1b}[0m\r\r\n\u{1b}]0;title\u{7}fatal: index-pack failed\u{1b}[K",
    ),
    (
        "PowerShell",
        "docker : #0 building with \"default\" instance using docker driver\r\nAt line:1 char:1\r\n+ docker build . *> build.log\r\n+ ~~~~~~~~~~~~~~~~~~~~~~~~~~~\r\n    + CategoryInfo          : NotSpecified: (#0 building:String) [], RemoteException\r\n    + FullyQualifiedErrorId : NativeCommandError\r\n \r\n#7 [2/2] RUN go mod download\r\n#7 0.212 verifying example.com/greet@v1.2.0: \r\nchecksum mismatch\r\n#7 ERROR: process \"/bin/sh -c go mod download\" did not complete \r\nsuccessfully: exit code: 1\r\nERROR: failed to solve: process \"/bin/sh -c go mod download\" did not complete \r\nsuccessfully: exit code: 1\r\n",
    ),
];

/// The small logs in every encoding, the hard cases, and the corpus where it is.
static LOGS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let mut logs = vec![("empty".to_owned(), Vec::new())];
    for (name, text) in SMALL {
        let wide = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let lines = text.replace("\r\n", "\n").replace('\n', "\r\n");
        logs.push(((*name).to_owned(), text.as_bytes().to_vec()));
        logs.push((format!("{name}, CRLF"), lines.into_bytes()));
        logs.push((format!("{name}, UTF-8 mark"), [b"\xef\xbb\xbf", text.as_bytes()].concat()));
        logs.push((format!("{name}, UTF-16"), wide(u16::to_le_bytes)));
        logs.push((format!("{name}, UTF-16 with mark"), [vec![0xff, 0xfe], wide(u16::to_le_bytes)].concat()));
        logs.push((format!("{name}, UTF-16 big endian"), wide(u16::to_be_bytes)));
        logs.push((
            format!("{name}, UTF-16 big endian with mark"),
            [vec![0xfe, 0xff], wide(u16::to_be_bytes)].concat(),
        ));
        logs.push((format!("{name}, twice"), text.repeat(2).into_bytes()));
    }
    let cases = std::fs::read_dir(repository("tests/cases")).into_iter().flatten().flatten();
    let mut files: Vec<_> = cases.flat_map(|case| ["log.txt", "log.utf16"].map(|log| case.path().join(log))).collect();
    files.extend(corpus());
    files.sort();
    for path in files {
        if let Ok(log) = std::fs::read(&path) {
            logs.push((path.display().to_string(), log));
        }
    }
    logs
});

fn count_of_small() -> usize {
    1 + 8 * SMALL.len()
}

#[test]
fn small_logs_may_be_cut_anywhere() {
    for (name, log) in &LOGS[..count_of_small()] {
        let whole = in_chunks(log, []);
        assert_eq!(whole, json(diagnose(log)));
        // Every single place; in the longer ones, every third.
        for cut in (0..=log.len()).step_by(1 + log.len() / 700) {
            assert!(in_chunks(log, [cut]) == whole, "{name}, cut at {cut}");
        }
    }
}

#[test]
fn every_log_may_come_byte_by_byte() {
    for (name, log) in LOGS.iter() {
        let whole = json(diagnose(log));
        assert!(in_chunks(log, 0..log.len()) == whole, "{name}, byte by byte");
        assert!(in_chunks(log, (0..log.len()).step_by(3)) == whole, "{name}, three bytes at a time");
    }
}

#[test]
fn what_is_looked_for_may_be_found_ahead() {
    let made = |name: &str| {
        let kind = Kind::named(name).expect("a kind");
        let mut log = Vec::new();
        bench_logs::write(kind, 300_000, &mut log).expect("memory takes it");
        (name.to_owned(), log)
    };
    let made = ["plain", "github", "failing", "hostile", "buildkit", "utf16"].map(made);
    for (name, log) in LOGS.iter().chain(&made) {
        let whole = json(diagnose(log));
        for size in [700, 40_000, 200_000, usize::MAX] {
            let mut diagnoser = diagnoser();
            let mut marks = Marks::default();
            for chunk in log.chunks(size) {
                marks.find(matcher(), chunk);
                diagnoser.feed_marked(chunk, &marks);
            }
            assert!(json(diagnoser.finish()) == whole, "{name}, {size} bytes at a time");
            // Of each chunk another part is found ahead.
            let mut diagnoser = self::diagnoser();
            let mut scout = diagnoser.scout();
            for (number, chunk) in log.chunks(size).enumerate() {
                let left = Cell::new(number % 4);
                scout.look(chunk, &mut marks, || left.replace(left.get().saturating_sub(1)) > 0);
                diagnoser.feed_marked(chunk, &marks);
            }
            assert!(json(diagnoser.finish()) == whole, "{name}, {size} bytes at a time, in parts");
        }
    }
}

/// A change to a log.
#[derive(Debug, Clone)]
enum Change {
    /// Bytes are put in.
    Insert(Index, Vec<u8>),
    /// So many bytes go away.
    Remove(Index, usize),
    /// A byte becomes another.
    Set(Index, u8),
    /// A part is repeated.
    Repeat(Index, usize),
    /// All before goes away.
    Behead(Index),
    /// All behind goes away.
    Clip(Index),
}

impl Change {
    fn apply(&self, log: &mut Vec<u8>) {
        let size = log.len();
        let part = |at: &Index, length: usize| -> Range<usize> {
            let from = at.index(size + 1);
            from..(from + length).min(size)
        };
        match self {
            Change::Insert(at, bytes) => drop(log.splice(part(at, 0), bytes.iter().copied())),
            Change::Remove(at, length) => drop(log.drain(part(at, *length))),
            Change::Set(at, byte) if size > 0 => log[at.index(size)] = *byte,
            Change::Set(..) => {}
            Change::Repeat(at, length) => {
                let range = part(at, *length);
                let copy = log[range.clone()].to_vec();
                log.splice(range.end..range.end, copy);
            }
            Change::Behead(at) => drop(log.drain(..at.index(size + 1))),
            Change::Clip(at) => log.truncate(at.index(size + 1)),
        }
    }
}

/// Pieces that mean something to one dialect or another, whole or broken.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known: &[&[u8]] = &[
        b"\n",
        b"\r",
        b"\r\n",
        b"\r\r\n",
        b"\n\n",
        b"\0",
        b" ",
        b"\t",
        b"\x1b[31m",
        b"\x1b[",
        b"\x1b]0;",
        b"\x07",
        b"\x1b[2K\x1b[1A",
        b"\xff",
        b"\xfe",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"\xc3",
        b"\xf0\x9f\x98",
        b"\xe2\x94\x82",
        b"\x80",
        b"#7 ",
        b"#7 0.3 ",
        b"#8 [build 2/3] RUN make && make install\n",
        b"#8 DONE 0.1s\n",
        b"#8 CACHED\n",
        b"#8 CANCELED\n",
        b"#8 ...\n",
        b"#8 ERROR: process \"/bin/sh -c make\" did not complete successfully: exit code: 2\n",
        b"#7 ERROR: executor failed running [",
        b"------\n > [build 2/3] RUN make:\n",
        b"------\n",
        b"--------------------\n",
        b"Dockerfile:7\n",
        b"   7 | >>> RUN make\n",
        b"ERROR: failed to solve: ",
        b"Step 2/3 : RUN make\n",
        b" ---> Running in c0ffee123456\n",
        b" ---> c0ffee123456\n",
        b"Successfully built c0ffee123456\n",
        b"returned a non-zero code: 2\n",
        b"STEP 2/3: RUN make\n",
        b"Error: building at STEP \"RUN make\"",
        b"COMMIT x\n",
        b"[+] Building 1.2s (3/4)\n",
        b" => ERROR [2/2] RUN make    0.3s\n",
        b" => => # cc -c a.c\n",
        b"api-1  | ",
        b"{\"vertexes\":[",
        b"{\"logs\":[{\"vertex\":\"a\",\"data\":\"",
        b"L2Jpbi9zaA==\"}]}\n",
        b"{\"Action\":\"output\",\"Output\":\"",
        b"\"}\n",
        b"2026-11-21T10:46:00.0047173Z ",
        b"##[group]",
        b"##[error]",
        b"section_start:1:a\r\x1b[0K",
        b"section_end:1:a\r\x1b[0K",
        b"::error::",
        b"docker : ",
        b"At line:1 char:1\n",
        b"    + CategoryInfo          : NotSpecified: (",
        b"    + FullyQualifiedErrorId : NativeCommandError\n",
        b"E: Unable to locate package curl\n",
        b"Temporary failure resolving 'deb.example.org'\n",
        b"make: *** [all] Error 2\n",
        b"Killed\n",
        b"main.go:3:4: undefined: x\n",
        b"/bin/sh: 1: make: not found\n",
        b"npm error code E403\n",
        b"https://u:secret123@example.org/",
        b"403 Forbidden",
    ];
    prop_oneof![
        6 => proptest::sample::select(known).prop_map(<[u8]>::to_vec),
        2 => vec(any::<u8>(), 0..12),
        1 => "[ -~]{0,90}".prop_map(String::into_bytes),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (any::<Index>(), piece()).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        2 => (any::<Index>(), 1usize..40).prop_map(|(at, length)| Change::Remove(at, length)),
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        1 => (any::<Index>(), 1usize..400).prop_map(|(at, length)| Change::Repeat(at, length)),
        1 => any::<Index>().prop_map(Change::Behead),
        1 => any::<Index>().prop_map(Change::Clip),
    ]
}

/// A log of the collection with a few changes.
fn changed_log() -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), vec(change(), 0..5)).prop_map(|(which, changes)| {
        let mut log = LOGS[which.index(LOGS.len())].1.clone();
        changes.iter().for_each(|change| change.apply(&mut log));
        log
    })
}

/// Bytes that look like a log in places.
fn wild_log() -> impl Strategy<Value = Vec<u8>> {
    vec(piece(), 0..60).prop_map(|pieces| pieces.concat())
}

/// 256 runs of each, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// All reports of it can be written.
fn all_reports(log: &[u8]) {
    let diagnosis = diagnose(log);
    for format in Format::ALL {
        for (width, color, ci) in [(20, true, false), (100, false, true), (1, false, false), (0, true, true)] {
            let style = Style { width, color, ci, explain_ranking: true, context: 3, ..Style::default() };
            let text = render(diagnosis.clone(), *format, &style);
            assert!(!text.is_empty(), "{format:?} is empty");
            if *format == Format::Brief {
                assert!(text.len() <= 1024, "{} bytes of brief: {text}", text.len());
            }
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_cut_gives_the_same_answer(log in changed_log(), cuts in vec(any::<Index>(), 1..12)) {
        let whole = json(diagnose(&log));
        let cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(log.len() + 1)).collect();
        prop_assert_eq!(in_chunks(&log, cuts), whole);
    }

    #[test]
    fn any_cut_of_wild_logs_gives_the_same_answer(log in wild_log(), cuts in vec(any::<Index>(), 1..12)) {
        let whole = json(diagnose(&log));
        let cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(log.len() + 1)).collect();
        prop_assert_eq!(in_chunks(&log, cuts), whole);
    }

    #[test]
    fn wild_logs_never_panic(log in wild_log()) {
        all_reports(&log);
    }

    #[test]
    fn random_bytes_never_panic(log in vec(any::<u8>(), 0..3_000)) {
        all_reports(&log);
    }
}

#[test]
fn long_lines_may_be_cut_anywhere() {
    // Longer than what is kept of a line, with the proof at its start, in its middle and at its end.
    let proof = "/bin/sh: 1: make: not found";
    for (before, after) in [(0, 300_000), (150_000, 150_000), (300_000, 0), (65_500, 65_500)] {
        let log = format!(
            "#3 [2/2] RUN make\n#3 0.1 {}{proof}{}\n#3 ERROR: x\n",
            "a ".repeat(before / 2),
            " b".repeat(after / 2)
        );
        let whole = json(diagnose(log.as_bytes()));
        for size in [1_000, 4_096, 65_535, 65_536, 65_537, 131_072] {
            let cuts = (0..log.len()).step_by(size);
            assert!(in_chunks(log.as_bytes(), cuts) == whole, "{before} bytes before, chunks of {size}");
        }
    }
}

/// Lines that say nothing are counted, not read, where they come in large chunks; never in small ones. So between the lines of a log
/// they must make no difference.
#[test]
fn quiet_lines_may_be_left_out() {
    let mut state = 7u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let quiet = |n: u64| match n % 5 {
        0 => format!("gcc -O2 -Wall -c -o build/part{n}.o src/part{n}.c\n"),
        1 => format!("[{:3}%] Building CXX object src/CMakeFiles/app.dir/unit{n}.cpp.o\n", n % 100),
        2 => "\n".to_owned(),
        3 => format!("    rm -f build/unit{n}.d && touch build/unit{n}.stamp\n"),
        _ => format!("ok  \texample.com/shop/part{n}\t0.{n:03}s\n"),
    };
    for path in corpus().iter().step_by(6) {
        let log = std::fs::read(path).expect("a log of the corpus");
        if log.len() > 60_000 {
            continue;
        }
        // Some shapes are only looked for in a log's first lines.
        let mut mixed: Vec<u8> = (0..600).flat_map(|n| quiet(n).into_bytes()).collect();
        for line in log.split_inclusive(|byte| *byte == b'\n') {
            mixed.extend_from_slice(line);
            let few = if random(4) == 0 { random(60) } else { 0 };
            (0..few).for_each(|_| mixed.extend_from_slice(quiet(random(1_000)).as_bytes()));
        }
        let read = in_chunks(&mixed, (0..mixed.len()).step_by(17));
        assert_eq!(in_chunks(&mixed, []), read, "{}", path.display());
        assert_eq!(in_chunks(&mixed, [30_000, 70_001]), read, "{}", path.display());
    }
}

/// What is known of a line is taken for those that differ from it in digits only where they have the same answer. In small chunks nothing
/// is known of any line.
#[test]
fn lines_may_differ_in_their_digits_alone() {
    let mut state = 11u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let logs: Vec<Vec<u8>> = corpus()
        .iter()
        .filter_map(|path| std::fs::read(path).ok().filter(|log| log.len() < 20_000 && !log.contains(&0)))
        .collect();
    assert!(logs.len() > 1_000, "{}", logs.len());
    for _ in 0..4 {
        // Lines of some logs, but for those of builders and CI systems, and again with other digits.
        let mut lines: Vec<&[u8]> = Vec::new();
        while lines.len() < 2_000 {
            let log = &logs[random(logs.len())];
            let all = log.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
            lines.extend(all.filter(|line| matches!(line[0], b'a'..=b'z' | b'.' | b'/' | b'E')));
        }
        let mut log = Vec::new();
        for round in 0..5 {
            for line in &lines {
                let changes =
                    |byte: &u8, random: &mut dyn FnMut(usize) -> usize| byte.is_ascii_digit() && random(3) == 0;
                log.extend(
                    line.iter().map(|byte| {
                        if round > 0 && changes(byte, &mut random) { b'0' + random(10) as u8 } else { *byte }
                    }),
                );
            }
        }
        let read = in_chunks(&log, (0..log.len()).step_by(17));
        assert!(in_chunks(&log, []) == read, "{}", String::from_utf8_lossy(&log));
    }
}

/// The answer for a log in 8-bit text as it must be for the same log in 16-bit text.
fn widened(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(all) => all.iter_mut().for_each(widened),
        serde_json::Value::Object(fields) => {
            for (name, field) in fields {
                match (name.as_str(), field.as_u64()) {
                    // Each character is two bytes, and so is the mark at the start.
                    ("byte" | "bytes", Some(bytes)) => *field = (2 * bytes + 2).into(),
                    ("encoding", _) => *field = "utf-16le".into(),
                    _ => widened(field),
                }
            }
        }
        _ => {}
    }
}

/// Lines in 16 bits are decoded and looked through together. Each must keep its number and its offset.
#[test]
fn wide_lines_keep_their_places() {
    let quiet = |from: u32, to: u32| -> String {
        (from..to)
            .map(|n| format!("gcc -O2 -c -o build/part{n}.o src/{}.c\n", "part".repeat(n as usize % 13)))
            .collect()
    };
    let value = |log: &[u8]| -> serde_json::Value { serde_json::from_str(&json(diagnose(log))).expect("JSON") };
    // Wrapped lines are only looked for in the 16 bits that PowerShell writes.
    for (name, text) in SMALL.iter().filter(|(name, text)| *name != "PowerShell" && text.is_ascii()) {
        let mut log = quiet(0, 700);
        for (at, line) in text.split_inclusive('\n').enumerate() {
            log += line;
            log += &quiet(1_000, 1_000 + at as u32 % 3 * 40);
        }
        log += &quiet(2_000, 2_500);
        let mut narrow = value(log.as_bytes());
        widened(&mut narrow);
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(log.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(value(&wide), narrow, "{name}");
    }
}
