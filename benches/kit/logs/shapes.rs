//! What builders and CI systems put around a build's lines.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Sized;
use super::lines::{FAILURES, Lines, NEAR_MISSES, Title};

const SEED: u64 = 20_260_714;

pub fn plain(out: &mut Sized<'_>) -> io::Result<()> {
    let mut lines = Lines::new(SEED);
    while out.open() {
        out.line(lines.next_line())?;
    }
    Ok(())
}

pub fn failing(out: &mut Sized<'_>) -> io::Result<()> {
    let mut lines = Lines::new(SEED);
    let mut number = 0;
    while out.open() {
        if number % 100 == 50 {
            out.line(FAILURES[number / 100 % FAILURES.len()])?;
        } else {
            out.line(lines.next_line())?;
        }
        number += 1;
    }
    Ok(())
}

pub fn hostile(out: &mut Sized<'_>) -> io::Result<()> {
    let all = [FAILURES.as_slice(), NEAR_MISSES.as_slice()].concat();
    let mut number = 0;
    while out.open() {
        // Never twice the same, or the repeats would be counted as one.
        out.line(&format!("{number:07x} {}", all[number % all.len()]))?;
        number += 1;
    }
    Ok(())
}

/// Steps on which a builder works: at most so many at once.
const AT_ONCE: usize = 4;

struct Step {
    number: u64,
    name: String,
    /// Hundredths of a second since it started.
    clock: u64,
    /// How many further lines it prints.
    left: u64,
}

/// Steps that start, print in turn and end.
struct Steps {
    lines: Lines,
    next: u64,
    running: Vec<Step>,
}

impl Steps {
    fn new() -> Self {
        Steps { lines: Lines::new(SEED), next: 5, running: Vec::new() }
    }

    /// Fills the places that are free; the new ones, by their place.
    fn start(&mut self) -> Option<usize> {
        if self.running.len() >= AT_ONCE {
            return None;
        }
        let number = self.next;
        self.next += 1;
        let left = 200 + self.lines.below(3_000);
        let name = format!("[part{} {}/9] RUN make -C part{} all", number % 7, number % 8 + 2, number % 7);
        self.running.push(Step { number, name, clock: 1, left });
        Some(self.running.len() - 1)
    }

    /// One of those that run.
    fn any(&mut self) -> usize {
        self.lines.below(self.running.len() as u64) as usize
    }
}

const BUILDKIT_HEAD: &str = "#0 building with \"default\" instance using docker driver

#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 1.21kB done
#1 DONE 0.0s

#2 [internal] load metadata for docker.io/library/debian:bookworm
#2 DONE 0.8s

#3 [internal] load .dockerignore
#3 transferring context: 52B done
#3 DONE 0.0s

#4 [internal] load build context
#4 transferring context: 4.12MB 0.2s done
#4 DONE 0.3s

";

pub fn buildkit(out: &mut Sized<'_>) -> io::Result<()> {
    out.bytes(BUILDKIT_HEAD.as_bytes())?;
    let mut steps = Steps::new();
    let mut line = String::new();
    while out.open() {
        let at = match steps.start() {
            Some(at) => at,
            None => steps.any(),
        };
        out.line(&format!("#{} {}", steps.running[at].number, steps.running[at].name))?;
        let together = 1 + steps.lines.below(40);
        for _ in 0..together.min(steps.running[at].left) {
            let pause = steps.lines.below(9);
            let step = &mut steps.running[at];
            step.clock += pause;
            line.clear();
            let _ = write!(line, "#{} {}.{:02}0 ", step.number, step.clock / 100, step.clock % 100);
            line.push_str(steps.lines.next_line());
            out.line(&line)?;
        }
        let step = &mut steps.running[at];
        step.left = step.left.saturating_sub(together);
        if step.left == 0 {
            let step = steps.running.swap_remove(at);
            out.line(&format!("#{} DONE {}.{}s\n", step.number, step.clock / 100, step.clock / 10 % 10))?;
        } else {
            out.line(&format!("#{} ...\n", step.number))?;
        }
    }
    for step in &steps.running {
        out.line(&format!("#{} {}", step.number, step.name))?;
        out.line(&format!("#{} DONE {}.{}s\n", step.number, step.clock / 100, step.clock / 10 % 10))?;
    }
    let last = steps.next;
    out.line(&format!("#{last} exporting to image"))?;
    out.line(&format!("#{last} exporting layers 0.4s done"))?;
    out.line(&format!("#{last} writing image sha256:{last:064x} done"))?;
    out.line(&format!("#{last} DONE 0.5s"))
}

pub fn short(out: &mut Sized<'_>) -> io::Result<()> {
    let mut lines = Lines::new(SEED);
    let mut log = format!(
        "{BUILDKIT_HEAD}#5 [builder 1/3] FROM docker.io/library/golang:1\n#5 CACHED\n\n#6 [builder 2/3] RUN make deps\n"
    );
    for number in log.lines().count()..32 {
        let _ = writeln!(log, "#6 {}.1{number} {}", number / 8, lines.next_line());
    }
    log.push_str("#6 DONE 4.1s\n\n#7 [builder 3/3] RUN go mod download\n");
    let refused =
        "go: example.com/m@v1.2.3: reading https://proxy.example.org/example.com/m/@v/v1.2.3.mod: 403 Forbidden";
    let _ = write!(
        log,
        "#7 0.412 {refused}
#7 ERROR: process \"/bin/sh -c go mod download\" did not complete successfully: exit code: 1
------
 > [builder 3/3] RUN go mod download:
0.412 {refused}
------
Dockerfile:7
--------------------
   5 |     WORKDIR /src
   6 |     COPY go.mod go.sum ./
   7 | >>> RUN go mod download
   8 |     COPY . .
   9 |     RUN go build ./...
--------------------
ERROR: failed to build: failed to solve: process \"/bin/sh -c go mod download\" did not complete successfully: exit code: 1
"
    );
    out.bytes(log.as_bytes())
}

/// `2026-07-14T09:12:33.123` of a clock in milliseconds.
fn stamp(clock: u64) -> impl std::fmt::Display {
    struct Stamp(u64);
    impl std::fmt::Display for Stamp {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            let (seconds, milliseconds) = (self.0 / 1_000, self.0 % 1_000);
            let (day, hour) = (1 + seconds / 86_400 % 28, seconds / 3_600 % 24);
            write!(f, "2026-07-{day:02}T{hour:02}:{:02}:{:02}.{milliseconds:03}", seconds / 60 % 60, seconds % 60)
        }
    }
    Stamp(clock)
}

/// With `fails_at` a test fails after so many bytes, and there are few colours.
pub fn github(out: &mut Sized<'_>, fails_at: Option<u64>) -> io::Result<()> {
    let mut lines = Lines::new(SEED);
    let mut clock = 32_400_000;
    let mut failed = false;
    let mut number = 0u64;
    let mut text = String::new();
    while out.open() {
        if number.is_multiple_of(3_000) {
            let part = number / 3_000;
            if number > 0 {
                stamped(out, clock, "##[endgroup]")?;
            }
            stamped(out, clock, &format!("##[group]Run make part{part}"))?;
            stamped(out, clock, &format!("\x1b[36;1mmake part{part}\x1b[0m"))?;
            stamped(out, clock, "shell: /usr/bin/bash -e {0}")?;
        }
        number += 1;
        clock += lines.below(5);
        if !failed && fails_at.is_some_and(|at| out.so_far() >= at) {
            failed = true;
            for line in FAILED_TEST {
                stamped(out, clock, line)?;
            }
        }
        let coloured = fails_at.is_none() && lines.below(4) == 0;
        let line = lines.next_line();
        if !coloured {
            stamped(out, clock, line)?;
            continue;
        }
        let bare = line.trim_start();
        let (first, rest) = bare.split_at(bare.find(' ').unwrap_or(bare.len()));
        text.clear();
        let _ = write!(text, "{}\x1b[1m\x1b[32m{first}\x1b[0m{rest}", &line[..line.len() - bare.len()]);
        stamped(out, clock, &text)?;
    }
    stamped(out, clock, "##[endgroup]")?;
    if fails_at.is_some() {
        stamped(out, clock, "FAIL")?;
        stamped(out, clock, "make: *** [Makefile:41: test] Error 1")?;
        stamped(out, clock, "##[error]Process completed with exit code 2.")?;
    }
    stamped(out, clock, "Post job cleanup.")?;
    stamped(out, clock, "Cleaning up orphan processes")
}

const FAILED_TEST: [&str; 7] = [
    "=== RUN   TestRouterKeepsOrder",
    "    router_test.go:88: order of routes: got [b a], want [a b]",
    "--- FAIL: TestRouterKeepsOrder (0.02s)",
    "FAIL",
    "coverage: 71.4% of statements",
    "FAIL\texample.com/app/internal/router\t0.213s",
    "ok  \texample.com/app/internal/routes\t0.118s",
];

fn stamped(out: &mut Sized<'_>, clock: u64, line: &str) -> io::Result<()> {
    let mut head = String::with_capacity(32);
    let _ = write!(head, "{}4821Z ", stamp(clock));
    out.bytes(head.as_bytes())?;
    out.line(line)
}

pub fn gitlab(out: &mut Sized<'_>) -> io::Result<()> {
    let mut lines = Lines::new(SEED);
    let mut clock = 32_400_000;
    let mut number = 0u64;
    let mut text = String::new();
    while out.open() {
        clock += lines.below(5);
        text.clear();
        if number.is_multiple_of(3_000) {
            let second = 1_784_000_000 + clock / 1_000;
            let part = number / 3_000;
            let _ = writeln!(
                text,
                "{}481Z 00O section_start:{second}:part{part}\r\x1b[0K\x1b[0K\x1b[36;1mPart {part}\x1b[0;m",
                stamp(clock)
            );
        }
        number += 1;
        let _ = write!(text, "{}481Z 01O ", stamp(clock));
        text.push_str(lines.next_line());
        out.line(&text)?;
    }
    out.line(&format!("{}481Z 00O \x1b[32;1mJob succeeded\x1b[0;m", stamp(clock)))
}

pub fn classic(out: &mut Sized<'_>) -> io::Result<()> {
    let mut lines = Lines::new(SEED);
    out.line("Sending build context to Docker daemon  18.94kB")?;
    let mut step = 0u64;
    while out.open() {
        step += 1;
        out.line(&format!("Step {step}/999 : RUN make part{step}"))?;
        out.line(&format!(" ---> Running in {:012x}", step * 7_919))?;
        for _ in 0..200 + lines.below(3_000) {
            if !out.open() {
                break;
            }
            out.line(lines.next_line())?;
        }
        out.line(&format!("Removing intermediate container {:012x}", step * 7_919))?;
        out.line(&format!(" ---> {:012x}", step * 104_729))?;
    }
    out.line(&format!("Successfully built {:012x}", step * 104_729))?;
    out.line("Successfully tagged app:latest")
}

pub fn rawjson(out: &mut Sized<'_>) -> io::Result<()> {
    let mut steps = Steps::new();
    let mut clock = 32_400_000;
    let mut data = Vec::new();
    while out.open() {
        clock += steps.lines.below(40);
        if let Some(at) = steps.start() {
            let step = &steps.running[at];
            out.line(&format!(
                "{{\"vertexes\":[{{\"digest\":\"sha256:{:064x}\",\"name\":\"{}\",\"started\":\"{}302345Z\"}}]}}",
                step.number,
                step.name,
                stamp(clock)
            ))?;
        }
        let at = steps.any();
        data.clear();
        let together = 1 + steps.lines.below(6);
        for _ in 0..together {
            data.extend_from_slice(steps.lines.next_line().as_bytes());
            data.push(b'\n');
        }
        let step = &mut steps.running[at];
        step.left = step.left.saturating_sub(together);
        out.line(&format!(
            "{{\"logs\":[{{\"vertex\":\"sha256:{:064x}\",\"stream\":1,\"data\":\"{}\",\"timestamp\":\"{}302345Z\"}}]}}",
            step.number,
            STANDARD.encode(&data),
            stamp(clock)
        ))?;
        if step.left == 0 {
            let step = steps.running.swap_remove(at);
            completed(out, &step, clock)?;
        }
    }
    for step in std::mem::take(&mut steps.running) {
        completed(out, &step, clock)?;
    }
    Ok(())
}

fn completed(out: &mut Sized<'_>, step: &Step, clock: u64) -> io::Result<()> {
    let at = stamp(clock).to_string();
    out.line(&format!(
        "{{\"vertexes\":[{{\"digest\":\"sha256:{:064x}\",\"name\":\"{}\",\"started\":\"{at}302345Z\",\"completed\":\"{at}302345Z\"}}]}}",
        step.number, step.name
    ))
}

/// How many of a step's last lines BuildKit shows on its screen.
const TAIL: usize = 6;
const COLUMNS: usize = 120;

/// How many of the steps that are done stay on the screen.
const DONE_SHOWN: usize = 6;

pub fn tty(out: &mut Sized<'_>) -> io::Result<()> {
    let mut lines = Lines::new(SEED);
    let mut tail = VecDeque::with_capacity(TAIL);
    // When each of the last steps ended.
    let mut done = VecDeque::with_capacity(DONE_SHOWN);
    let mut clock = 1u64;
    let mut drawn = 0;
    let (mut step, mut left) = (2u64, 400);
    let mut frame = String::new();
    while out.open() {
        clock += 1;
        left -= 1;
        if left == 0 {
            if done.len() == DONE_SHOWN {
                done.pop_front();
            }
            done.push_back((step, clock));
            step += 1;
            left = 200 + lines.below(600);
            tail.clear();
        }
        for _ in 0..1 + lines.below(3) {
            if tail.len() == TAIL {
                tail.pop_front();
            }
            tail.push_back(lines.next_line().to_owned());
        }
        frame.clear();
        head(&mut frame, drawn, clock, [step, step + 1], "");
        rows_of_done(&mut frame, &done);
        row(&mut frame, &format!(" => [{step}/999] RUN make part{step}"), clock);
        for line in &tail {
            let shown: String = line.chars().take(COLUMNS - 10).collect();
            let _ = write!(frame, " => => # {shown:width$}\r\n", width = COLUMNS - 10);
        }
        frame.push_str("\x1b[?25h");
        drawn = tail.len() + done.len() + 4;
        out.bytes(frame.as_bytes())?;
    }
    done.push_back((step, clock));
    frame.clear();
    head(&mut frame, drawn, clock + 1, [step, step], " FINISHED");
    rows_of_done(&mut frame, &done);
    frame.push_str("\x1b[34m");
    row(&mut frame, " => exporting to image", 4);
    row(&mut frame, " => => exporting layers", 3);
    frame.push_str("\x1b[0m\x1b[?25h");
    out.bytes(frame.as_bytes())
}

fn rows_of_done(frame: &mut String, done: &VecDeque<(u64, u64)>) {
    for (step, clock) in done {
        frame.push_str("\x1b[34m");
        row(frame, &format!(" => [{step}/999] RUN make part{step}"), *clock);
        frame.push_str("\x1b[0m");
    }
}

fn head(frame: &mut String, drawn: usize, clock: u64, [done, all]: [u64; 2], end: &str) {
    for _ in 0..drawn {
        frame.push_str("\x1b[1A");
    }
    let text = format!("[+] Building {}.{}s ({done}/{all}){end}", clock / 10, clock % 10);
    let _ = write!(frame, "\x1b[0G\x1b[?25l{text:width$}docker:default\r\n", width = COLUMNS - 14);
    frame.push_str("\x1b[34m");
    row(frame, " => [internal] load build definition from Dockerfile", 0);
    row(frame, " => => transferring dockerfile: 1.21kB", 0);
    frame.push_str("\x1b[0m");
}

fn row(frame: &mut String, text: &str, clock: u64) {
    let time = format!("{}.{}s", clock / 10, clock % 10);
    let _ = write!(frame, "{text:width$}{time}\r\n", width = COLUMNS - time.len());
}

pub fn go_test_json(out: &mut Sized<'_>) -> io::Result<()> {
    const NAMES: [&str; 6] = ["router", "cache", "parser", "ledger", "tunnel", "archive"];
    let mut lines = Lines::new(SEED);
    let mut clock = 32_400_000;
    let mut number = 0u64;
    while out.open() {
        number += 1;
        let package = format!("example.com/app/internal/{}{}", NAMES[(number / 40 % 6) as usize], number / 40);
        let test = format!("Test{}Case{number}", Title(NAMES[lines.below(6) as usize]));
        clock += lines.below(60);
        let at = format!("{}302345Z", stamp(clock));
        let head = format!("{{\"Time\":\"{at}\",\"Action\":\"");
        let of = format!("\"Package\":\"{package}\",\"Test\":\"{test}\"");
        out.line(&format!("{head}run\",{of}}}"))?;
        out.line(&format!("{head}output\",{of},\"Output\":\"=== RUN   {test}\\n\"}}"))?;
        for _ in 0..lines.below(4) {
            let text =
                serde_json::to_string(&format!("    {}_test.go:{}: {}\n", NAMES[0], number % 400, lines.next_line()));
            out.line(&format!("{head}output\",{of},\"Output\":{}}}", text.unwrap_or_default()))?;
        }
        out.line(&format!("{head}output\",{of},\"Output\":\"--- PASS: {test} (0.00s)\\n\"}}"))?;
        out.line(&format!("{head}pass\",{of},\"Elapsed\":0}}"))?;
        if number % 40 == 39 {
            out.line(&format!(
                "{head}output\",\"Package\":\"{package}\",\"Output\":\"ok  \\t{package}\\t0.213s\\n\"}}"
            ))?;
            out.line(&format!("{head}pass\",\"Package\":\"{package}\",\"Elapsed\":0.213}}"))?;
        }
    }
    Ok(())
}

pub fn utf16(out: &mut Sized<'_>) -> io::Result<()> {
    let mut lines = Lines::new(SEED);
    out.bytes(b"\xff\xfe")?;
    while out.open() {
        wide(out, lines.next_line())?;
    }
    Ok(())
}

/// PowerShell breaks what a program writes to stderr at the console's width, after a blank where there is one.
pub fn powershell(out: &mut Sized<'_>) -> io::Result<()> {
    const WIDTH: usize = 79;
    let mut log = Vec::new();
    // The same lines as BuildKit's plain progress; two bytes for each of theirs.
    let mut inner = Sized { out: &mut log, buffer: Vec::new(), written: 0, size: out.size / 2 };
    buildkit(&mut inner)?;
    inner.flush()?;
    out.bytes(b"\xff\xfe")?;
    let text = String::from_utf8_lossy(&log);
    let mut lines = text.lines();
    wide(out, &format!("docker : {}", lines.next().unwrap_or_default()))?;
    for line in [
        "At line:1 char:1",
        "+ docker build -t app . *> build.log",
        "+ ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~",
        "    + CategoryInfo          : NotSpecified: (#0 building wit...g docker driver:St",
        "   ring) [], RemoteException",
        "    + FullyQualifiedErrorId : NativeCommandError",
        " ",
    ] {
        wide(out, line)?;
    }
    for line in lines {
        // PowerShell misreads what is not ASCII; one character for each stands in.
        let mut rest: String = line.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
        while rest.len() > WIDTH {
            let end = rest[1..WIDTH].rfind(' ').map_or(WIDTH, |blank| blank + 2);
            wide(out, &rest[..end])?;
            rest.drain(..end);
        }
        wide(out, &rest)?;
    }
    Ok(())
}

fn wide(out: &mut Sized<'_>, line: &str) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(line.len() * 2 + 4);
    for unit in line.encode_utf16().chain([0x0d, 0x0a]) {
        bytes.extend_from_slice(&unit.to_le_bytes());
    }
    out.bytes(&bytes)
}
