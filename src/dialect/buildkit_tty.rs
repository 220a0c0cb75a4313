//! BuildKit's `--progress=tty`, recorded: the same screen again and again, ` => ERROR [builder 2/4] RUN …   1.2s`.
//!
//! Source: moby/buildkit, util/progress/progressui/display.go; recorded with BuildKit 0.29 at 80 and 120 columns. Each
//! screen starts with `[+] Building 3.1s (5/9)`. A step's line holds its name, cut at the terminal's width, and its
//! time at the right edge; below it stand ` => => ` lines (transfers) and ` => => # ` lines: the step's last lines of
//! output, wrapped at the width. A step is known again by its name; a line of output counts once.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::builds::Title;
use super::{Builder, Scope};
use crate::model::{LineRole, Phase, StepOutcome, StepRef};
use crate::pieces::Pieces;

/// So many steps are followed.
const STEPS: usize = 2_000;
/// So many different lines of a step's output are remembered.
const REMEMBERED: usize = 200;
/// A step whose time stood still for so many tenths of a second has ended.
const STILL: u64 = 3;
/// Shortest name by which a cut name is known again.
const CUT_LENGTH: usize = 12;
/// A wrapped line of output gets no longer than this.
const JOINED_LIMIT: usize = 16 << 10;

#[derive(Default)]
pub(super) struct BuildkitTty {
    active: bool,
    steps: Vec<Shown>,
    /// The step whose line stands above.
    current: Option<usize>,
    /// The clock of this screen, in tenths of a second.
    clock: u64,
    finished: bool,
    /// A line of output that fills its row, so that the next one may go on with it.
    held: Option<Held>,
}

/// A step as the screen shows it.
struct Shown {
    name: String,
    step: StepRef,
    time: u64,
    /// The clock when `time` moved last.
    moved: u64,
    /// Hashes of the lines already handed on.
    seen: VecDeque<u64>,
}

struct Held {
    text: Vec<u8>,
    rows: u32,
    number: u64,
    offset: u64,
}

/// How the line of a step starts.
const MARKS: [(&str, StepOutcome); 3] =
    [("ERROR ", StepOutcome::Failed), ("CACHED ", StepOutcome::Cached), ("CANCELED ", StepOutcome::Canceled)];

impl Builder for BuildkitTty {
    fn name(&self) -> &'static str {
        "buildkit-tty"
    }

    fn at_rest(&self) -> bool {
        !self.active && self.held.is_none()
    }

    fn read(&mut self, line: &[u8], scope: &mut Scope<'_>) -> bool {
        let start = line.iter().take(8).position(|b| *b != b' ').unwrap_or(0);
        let body = line.tail(start);
        let taken = match body {
            [b'[', b'+', b']', b' ', rest @ ..] => self.screen(rest.trim_ascii_end(), line, scope),
            [b'=', b'>', b' ', rest @ ..] if self.active || is_job(rest) => self.row(rest, scope),
            _ => false,
        };
        if !taken {
            self.release(scope);
        }
        // Rows that were blanked out when the screen shrank.
        taken || (self.active && self.current.is_some() && line.len() >= 20 && line.iter().all(|b| *b == b' '))
    }

    fn finish(&mut self, scope: &mut Scope<'_>) {
        self.release(scope);
    }
}

impl BuildkitTty {
    /// `Building 3.1s (5/9)`, `Building 10.2s (13/13) FINISHED`.
    fn screen(&mut self, rest: &[u8], line: &[u8], scope: &mut Scope<'_>) -> bool {
        let Some(rest) = rest.strip_prefix(b"Building ") else { return false };
        let end = rest.iter().position(|b| *b == b' ').unwrap_or(rest.len());
        let Some(clock) = seconds(rest.head(end)) else { return false };
        self.release(scope);
        let verdict = scope.builds.verdict();
        let over = self.finished || verdict.failed.is_some() || verdict.succeeded.is_some();
        if !self.active || (over && clock < self.clock) {
            scope.builds.start_build();
            *self = BuildkitTty { active: true, ..BuildkitTty::default() };
            scope.emit(None, LineRole::Structure, line.trim_ascii_end());
        }
        self.clock = clock;
        self.current = None;
        self.finished = memchr::memmem::find(rest, b") FINISHED").is_some();
        true
    }

    /// What stands behind `=> `.
    fn row(&mut self, rest: &[u8], scope: &mut Scope<'_>) -> bool {
        if let Some(inner) = rest.strip_prefix(b"=> ") {
            match inner.strip_prefix(b"# ") {
                Some(text) => self.live(text, scope),
                None if inner.trim_ascii_end() == b"#" => {}
                None => self.release(scope),
            }
            return true;
        }
        self.release(scope);
        if memchr::memmem::find(rest, b"failed to solve").is_some() {
            return false;
        }
        self.active = true;
        let text = String::from_utf8_lossy(rest);
        let (name, time, cut) = name_and_time(&text);
        let mut name = name;
        let mut outcome = None;
        for (mark, meaning) in MARKS {
            if let Some(rest) = name.strip_prefix(mark) {
                (name, outcome) = (rest, Some(meaning));
            }
        }
        if name.is_empty() {
            return true;
        }
        let Some(at) = self.find(name, cut).or_else(|| self.open(name, scope)) else { return true };
        self.current = Some(at);
        let (clock, finished) = (self.clock, self.finished);
        let Some(shown) = self.steps.get_mut(at) else { return true };
        if let Some(time) = time.filter(|time| *time != shown.time) {
            (shown.time, shown.moved) = (time, clock);
        }
        let still = time.is_some() && clock >= shown.moved + STILL;
        if outcome.is_none() && (finished || still) {
            outcome = Some(StepOutcome::Done);
        }
        let Some(outcome) = outcome else { return true };
        scope.builds.end(shown.step, outcome);
        let exported = scope.builds.get(shown.step).is_some_and(|s| matches!(s.phase, Phase::Export | Phase::Push));
        if finished && exported && outcome == StepOutcome::Done {
            scope.builds.mark_succeeded(scope.line());
        }
        true
    }

    /// The step of this name, where one of the two may be cut at the width.
    fn find(&self, name: &str, cut: bool) -> Option<usize> {
        let bare = name.trim_end_matches(['…', '.']);
        let same = |shown: &Shown| {
            shown.name == name
                || (bare.len() >= CUT_LENGTH && shown.name.starts_with(bare) && (cut || bare.len() < name.len()))
                || (shown.name.len() >= CUT_LENGTH && cut && name.starts_with(&shown.name))
        };
        // Screens list the steps in the same order.
        let after = self.current.map_or(0, |at| at + 1);
        let next = self.steps.get(after).filter(|shown| shown.name == name).map(|_| after);
        next.or_else(|| self.steps.iter().position(|shown| shown.name == name))
            .or_else(|| self.steps.iter().position(same))
    }

    fn open(&mut self, name: &str, scope: &mut Scope<'_>) -> Option<usize> {
        if self.steps.len() >= STEPS {
            return None;
        }
        let at = self.steps.len();
        let step = scope.builds.open(&(at + 1).to_string(), &Title::of_vertex(name), scope.line());
        scope.emit(Some(step), LineRole::Structure, name.as_bytes());
        let (time, moved) = (u64::MAX, self.clock);
        self.steps.push(Shown { name: name.to_owned(), step, time, moved, seen: VecDeque::new() });
        Some(at)
    }

    /// A row of a step's output: rows that fill the width go on with the next one.
    fn live(&mut self, text: &[u8], scope: &mut Scope<'_>) {
        // The terminal inside is drawn with all its blanks: a row without one at its end is full.
        let full = text.len() >= 20 && text.last().is_some_and(|b| *b != b' ');
        let text = text.trim_ascii_end();
        match &mut self.held {
            Some(held) if held.text.len() < JOINED_LIMIT => {
                held.text.extend_from_slice(text);
                held.rows = held.rows.saturating_add(1);
            }
            _ => {
                self.release(scope);
                let (number, offset) = (scope.number, scope.offset);
                self.held = Some(Held { text: text.to_owned(), rows: 1, number, offset });
            }
        }
        if !full {
            self.release(scope);
        }
    }

    /// Hands on the line of output that is held, unless an earlier screen had it.
    fn release(&mut self, scope: &mut Scope<'_>) {
        let Some(held) = self.held.take() else { return };
        let mut step = None;
        if let Some(shown) = self.current.and_then(|at| self.steps.get_mut(at)) {
            let mut hasher = DefaultHasher::new();
            held.text.hash(&mut hasher);
            let hash = hasher.finish();
            if shown.seen.contains(&hash) || held.text.is_empty() {
                return;
            }
            if shown.seen.len() == REMEMBERED {
                shown.seen.pop_front();
            }
            shown.seen.push_back(hash);
            step = Some(shown.step);
        }
        let here = (scope.number, scope.offset, scope.joined);
        (scope.number, scope.offset, scope.joined) = (held.number, held.offset, held.rows);
        scope.emit(step, LineRole::Output, &held.text);
        (scope.number, scope.offset, scope.joined) = here;
    }
}

/// Is this the line of a step, where no screen was seen (a paste)?
fn is_job(rest: &[u8]) -> bool {
    let text = String::from_utf8_lossy(rest.head(600));
    let marked = MARKS.iter().any(|(mark, _)| text.starts_with(mark) && text.tail(mark.len()).starts_with('['));
    marked || (name_and_time(&text).1.is_some() && (text.starts_with('[') || text.starts_with("exporting ")))
}

/// Name and time of a step's line; is the name perhaps cut?
fn name_and_time(text: &str) -> (&str, Option<u64>, bool) {
    let text = text.trim();
    let Some((name, time)) = text.rsplit_once(' ') else { return (text, None, true) };
    let Some(time) = seconds(time.as_bytes()) else { return (text, None, true) };
    let cut = name.len() - name.trim_end().len() <= 2;
    (name.trim_end(), Some(time), cut)
}

/// `12.3s` in tenths.
fn seconds(word: &[u8]) -> Option<u64> {
    let (whole, tenth) = std::str::from_utf8(word).ok()?.strip_suffix('s')?.split_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.len() < 8 && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(tenth) {
        return None;
    }
    let tenth = tenth.chars().next()?.to_digit(10)?;
    Some(whole.parse::<u64>().ok()? * 10 + u64::from(tenth))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, steps};

    /// corpus/go/proxy-tls-timeout (BuildKit 0.29, 80 columns), shortened.
    fn recording() -> String {
        let mut log = String::new();
        for tenth in 0..20 {
            log += &format!("\x1b[1A\x1b[0G\x1b[?25l[+] Building 10.{}s (9/13)      remote:bench\r\n", tenth % 10);
            log += "\x1b[34m => [internal] load build definition from Dockerfile                       0.0s\r\n";
            log += "\x1b[0m\x1b[34m => => transferring dockerfile: 249B                                       0.0s\r\n";
            log += "\x1b[0m\x1b[34m => CACHED [stage-1 1/2] FROM docker.io/library/busybox:latest@sha256:3b4  0.0s\r\n";
            log += &format!(
                "\x1b[0m => [builder 4/6] RUN go mod download                                     10.{}s\r\n",
                tenth % 10
            );
            if tenth > 4 {
                log += "\x1b[2m => => # go: example.com/greet@v1.2.0: Get \"https://proxy.example.org/example.c\r\n";
                log += "\x1b[0m\x1b[2m => => # om/greet/@v/v1.2.0.mod\": net/http: TLS handshake timeout              \r\n";
            }
        }
        log += "[+] Building 10.2s (10/13)        remote:bench\r\n";
        log += " => [internal] load build definition from Dockerfile                       0.0s\r\n";
        log += " => CACHED [stage-1 1/2] FROM docker.io/library/busybox:latest@sha256:3b4  0.0s\r\n";
        log += "\x1b[31m => ERROR [builder 4/6] RUN go mod download                               10.1s\r\n";
        log += "\x1b[0m                                                                                \r\n";
        log += "\x1b[2A\x1b[0G\x1b[?25h------\r\n > [builder 4/6] RUN go mod download:\r\n10.09 go: x: timeout\r\n------\r\n";
        log
    }

    #[test]
    fn many_screens_give_every_line_once() {
        let (lines, reader) = read(recording().as_bytes());
        let output: Vec<&String> = lines.iter().filter(|line| line.contains(" O ")).collect();
        assert_eq!(output.len(), 1, "{output:?}");
        assert!(output[0].contains("+1 1:3 O go: example.com/greet"), "{output:?}");
        assert!(
            output[0].ends_with("proxy.example.org/example.com/greet/@v/v1.2.0.mod\": net/http: TLS handshake timeout")
        );
        assert_eq!(
            steps(&reader),
            [
                "1:1 Done [internal] load build definition from Dockerfile",
                "1:2 Cached [stage-1 1/2] FROM docker.io/library/busybox:latest@sha256:3b4",
                "1:3 Failed [builder 4/6] RUN go mod download",
            ]
        );
        assert!(lines.contains(&"138 1:3 R go: x: timeout".to_owned()), "{lines:?}");
        assert_eq!(reader.dialects(), ["buildkit", "buildkit-tty"]);
    }

    #[test]
    fn a_finished_screen_with_an_export_is_a_success() {
        let log = "[+] Building 3.1s (2/2) FINISHED\n => [1/1] FROM x      0.0s\n => exporting to image      0.3s\n => => naming to x     0.0s\n";
        let (_, reader) = read(log.as_bytes());
        assert_eq!(steps(&reader), ["1:1 Done [1/1] FROM x", "1:2 Done exporting to image"]);
        assert_eq!(reader.builds().verdict().succeeded, Some(3));
    }

    #[test]
    fn cut_names_are_known_again_and_pastes_are_read() {
        let log = "=> [1/6] FROM docker.io/library/golang:1@sha256:58ecc6  9.9s\n=> [1/6] FROM docker.io/library/golang:1@sha256:58ecc  10.0s\n=> ERROR [2/6] RUN a\nx => y\n";
        let (_, reader) = read(log.as_bytes());
        assert_eq!(steps(&reader).len(), 2);
        let (lines, reader) = read(b"=> other 1\n    [0] => Array\n => => x\n");
        assert_eq!((lines.len(), reader.dialects()), (3, vec!["plain".to_owned()]));
    }
}
