//! Lines that a terminal's copy or a mail cut in two, whatever tool printed them.
//!
//! A terminal cuts at its width, in the middle of a word; then nothing in the log is wider, and only a line that is as wide as that goes on
//! with the next. A mail or chat breaks at a blank, which is lost: then no line with a blank in it is wider than its limit, and a line goes on
//! where the first word of the next would not have fitted: seldom far before the limit, but for an address. Both can only be told of the whole log, so it is held until its end. That is done
//! in a second reading alone, and not for long logs: see [`worth_reading`]. [`super::wrapped`] joins lines of BuildKit as they come.
//!
//! Source: logs that people pasted; RFC 5322 (2.1.1) and RFC 3676 (4.2) for the limits of mail, 78 and 72 columns.

use std::collections::HashSet;

use unicode_width::UnicodeWidthStr;

use super::lines::{RawLine, Sink};

/// A longer log was copied by nobody, in bytes.
pub(crate) const LIMIT: usize = 1 << 20;
/// A terminal is not wider than this…
const WIDEST: usize = 320;
/// … nor narrower.
const NARROWEST: usize = 40;
/// What a mail breaks at, and where: not before the one, and not behind the other.
const MAIL: std::ops::RangeInclusive<usize> = 55..=80;
/// What a mail breaks at by custom.
const MAIL_LIMIT: usize = 72;
/// A longer word is put below a line that is much shorter than the limit.
const LONG_WORD: usize = 27;
/// So many cuts prove the shape, if only few of the other lines speak against it.
const PROOF: usize = 3;
/// Of so many cuts one may be none.
const DOUBT: usize = 4;
/// A line is cut in no more parts.
const PARTS: usize = 40;
/// As much of a line's start tells whether others start like it, in bytes.
const HEAD: usize = 4;
/// Widths of terminals that are met so often that a single cut is believed.
const USUAL: [usize; 6] = [80, 100, 120, 132, 160, 200];
/// How lines start that go on with none.
const STARTS: [&str; 33] = [
    "error",
    "warning",
    "note:",
    "help:",
    "fatal",
    "failed",
    "Error",
    "Warning",
    "ERROR",
    "WARN",
    "FAIL",
    "Traceback",
    "Caused by",
    "npm ",
    "go: ",
    "make",
    "at ",
    "# ",
    "> ",
    "$ ",
    "+ ",
    "- ",
    "* ",
    "[",
    "{",
    "}",
    "==",
    "--",
    "::",
    "~~",
    "^",
    "|",
    "E: ",
];

/// How sure it is that lines were cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folds {
    /// Some lines look so. What is found only in the joined ones is no worse than nothing.
    Possible,
    /// Many lines have one width, and go on.
    Proven,
}

/// May lines of this log have been cut? Cheap: most logs have a line that no terminal and no mail would have left whole.
pub(crate) fn worth_reading(log: &[u8]) -> bool {
    log.len() <= LIMIT
        && memchr::memchr(0, log).is_none()
        && log.split(|b| *b == b'\n').all(|line| line.len() <= WIDEST || !line.trim_ascii().contains(&b' '))
}

/// Holds the lines of a log and joins them at its end.
#[derive(Default)]
pub(super) struct Folded {
    /// Lines are held.
    active: bool,
    held: Vec<Held>,
    found: Option<Folds>,
}

struct Held {
    number: u64,
    offset: u64,
    joined: u32,
    text: String,
    width: usize,
}

/// Where lines were cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// At this column.
    Hard(usize),
    /// At the last blank before it.
    Soft(usize),
}

impl Folded {
    /// One that joins lines.
    pub(super) fn active() -> Self {
        Folded { active: true, ..Folded::default() }
    }

    /// How sure it is that lines were cut, at the end of the log.
    pub(super) fn found(&self) -> Option<Folds> {
        self.found
    }

    /// Takes the next line and the number of physical lines that make it.
    pub(super) fn line(&mut self, line: RawLine<'_>, joined: u32, sink: &mut Sink<'_>) {
        if !self.active || line.wide || line.continued {
            self.release(sink);
            self.active = false;
            sink(line, joined);
            return;
        }
        let text = String::from_utf8_lossy(line.bytes.strip_suffix(b"\r").unwrap_or(line.bytes)).into_owned();
        let width = text.width();
        self.held.push(Held { number: line.number, offset: line.offset, joined, text, width });
    }

    /// Would it pass a quiet line on?
    pub(super) fn at_rest(&self) -> bool {
        !self.active
    }

    /// The log has ended.
    pub(super) fn finish(&mut self, sink: &mut Sink<'_>) {
        if let Some((cut, folds)) = fold(&self.held) {
            self.found = Some(folds);
            self.join(cut, sink);
        } else {
            self.release(sink);
        }
    }

    fn release(&mut self, sink: &mut Sink<'_>) {
        for held in self.held.drain(..) {
            sink(held.raw(&held.text), held.joined);
        }
    }

    fn join(&mut self, cut: Cut, sink: &mut Sink<'_>) {
        let starts = starts(&self.held, cut);
        let mut lines = std::mem::take(&mut self.held).into_iter().peekable();
        while let Some(first) = lines.next() {
            let mut text = first.text.clone();
            let mut joined = first.joined;
            let mut last = Joint::of(&first);
            let mut parts = 1;
            while let Some(next) = lines.next_if(|next| parts < PARTS && last.goes_on(cut, next, &starts)) {
                if matches!(cut, Cut::Soft(_)) {
                    text.truncate(text.trim_end().len());
                    text.push(' ');
                }
                text.push_str(&next.text);
                joined += next.joined;
                parts += 1;
                last = Joint { inside: true, ..Joint::of(&next) };
            }
            sink(first.raw(&text), joined);
        }
    }
}

impl Held {
    fn raw<'t>(&self, text: &'t str) -> RawLine<'t> {
        RawLine { number: self.number, offset: self.offset, bytes: text.as_bytes(), continued: false, wide: false }
    }
}

/// What of a line says whether it goes on.
struct Joint {
    width: usize,
    last: Option<char>,
    ruler: bool,
    /// It is the rest of another line itself, so it ends where that ends, or where it was cut again.
    inside: bool,
}

impl Joint {
    fn of(line: &Held) -> Self {
        let text = line.text.trim_end();
        let last = text.chars().next_back();
        // A rule, or the edge of a table.
        let ruler = last.is_some_and(|last| !last.is_alphanumeric() && text.ends_with(&String::from(last).repeat(4)));
        let ruler = ruler || matches!(last, Some('|' | '│' | '┃' | '║'));
        Joint { width: line.width, last, ruler, inside: false }
    }

    /// Was the line cut, and is `next` the rest of it?
    fn goes_on(&self, cut: Cut, next: &Held, starts: &HashSet<String>) -> bool {
        // What stands before a colon is told behind it: `Get "https://…": tls: failed to verify …`.
        let told = self.last == Some(':') && next.text.starts_with("failed to ");
        let starts = || is_start(&next.text, starts, matches!(cut, Cut::Soft(_)));
        self.is_cut(cut, next) && !self.ruler && (told || !starts())
    }

    /// Has the line the width for it?
    fn is_cut(&self, cut: Cut, next: &Held) -> bool {
        match cut {
            Cut::Hard(width) => self.width == width && next.width > 0,
            Cut::Soft(limit) => {
                let word = first_word(&next.text);
                self.last.is_some()
                    && !word.is_empty()
                    && !self.has_room(limit, word)
                    && (self.width + LONG_WORD >= limit
                        || is_address(word)
                        || (self.inside && self.last.is_some_and(char::is_alphanumeric) && !is_place(word)))
            }
        }
    }

    /// Would this word have had room in the line?
    fn has_room(&self, limit: usize, word: &str) -> bool {
        self.width + 1 + word.width() <= limit
    }

    /// Is `next` certainly no rest of this line?
    fn ends_here(&self, cut: Cut, next: &Held) -> bool {
        let word = first_word(&next.text);
        let unsure = matches!(cut, Cut::Soft(limit) if word.width() > LONG_WORD && !self.has_room(limit, word));
        !unsure && !self.is_cut(cut, next)
    }
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

/// Does a message of a compiler start with this word: `src/main.c:14:10:`?
fn is_place(word: &str) -> bool {
    word.trim_end_matches(':').rsplit_once(':').is_some_and(|(_, line)| line.bytes().all(|b| b.is_ascii_digit()))
}

/// Is this word an address or a checksum? They are long, so that a mail puts one below even a short line; and seldom does a tool start
/// a line with one.
fn is_address(word: &str) -> bool {
    let word = word.trim_start_matches(['"', '\'', '(', '<']);
    ["https://", "http://", "git://", "ssh://", "sha1-", "sha512-", "--hash=sha"]
        .iter()
        .any(|start| word.starts_with(start))
}

/// Is it an option, as the rest of a command has them, and no rule?
fn is_option(text: &str) -> bool {
    text.strip_prefix("--").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Does a line start in a way that shows that it goes on with none?
fn is_start(text: &str, starts: &HashSet<String>, indent: bool) -> bool {
    text.trim().is_empty()
        || (indent && text.starts_with([' ', '\t']))
        || (STARTS.iter().any(|start| text.starts_with(start)) && !is_option(text))
        || head(text).is_some_and(|head| starts.contains(head))
}

fn head(text: &str) -> Option<&str> {
    text.get(..HEAD).filter(|head| !head.trim().is_empty())
}

/// How those lines start that certainly go on with none, because the line before was not cut.
fn starts(lines: &[Held], cut: Cut) -> HashSet<String> {
    let pairs = lines.iter().zip(lines.iter().skip(1));
    let sure = pairs.filter(|(before, next)| Joint::of(before).ends_here(cut, next)).map(|(_, next)| next);
    lines.first().into_iter().chain(sure).filter_map(|line| head(&line.text)).map(str::to_owned).collect()
}

/// Where the lines were cut, if they were.
fn fold(lines: &[Held]) -> Option<(Cut, Folds)> {
    let widest = lines.iter().map(|line| line.width).max()?;
    let hard = (NARROWEST..=WIDEST).contains(&widest).then_some(Cut::Hard(widest)).and_then(|cut| weigh(lines, cut));
    let hard = hard.filter(|weight| weight.folds == Folds::Proven || USUAL.contains(&widest));
    let soft = fold_at_blanks(lines);
    match (hard, soft) {
        // Of the lines that a mail broke, some are as wide as the widest.
        (Some(hard), Some((cut, soft))) if soft.beats(&hard) && !USUAL.contains(&widest) => Some((cut, soft.folds)),
        (Some(hard), _) => Some((Cut::Hard(widest), hard.folds)),
        (None, soft) => soft.map(|(cut, soft)| (cut, soft.folds)),
    }
}

/// Where a mail broke the lines, if one did.
fn fold_at_blanks(lines: &[Held]) -> Option<(Cut, Weight)> {
    let breakable = lines.iter().filter(|line| line.text.trim().contains(' ')).map(|line| line.width).max()?;
    if breakable < *MAIL.start() {
        // All lines are short. Only what could not be broken shows that something was.
        let cut = Cut::Soft(MAIL_LIMIT);
        return weigh(lines, cut).map(|weight| (cut, Weight { folds: Folds::Possible, ..weight }));
    }
    let soft = MAIL.contains(&breakable).then_some(Cut::Soft(breakable))?;
    weigh(lines, soft).map(|weight| (soft, weight))
}

/// How much speaks for lines that were cut in one way.
struct Weight {
    cuts: usize,
    folds: Folds,
}

impl Weight {
    /// Lines that were cut at a column all have its width, so that few others look as if they were broken at a blank.
    fn beats(&self, hard: &Weight) -> bool {
        self.folds == Folds::Proven && self.cuts >= 2 * hard.cuts
    }
}

/// How much speaks for it.
fn weigh(lines: &[Held], cut: Cut) -> Option<Weight> {
    let starts = starts(lines, cut);
    let (mut cuts, mut others) = (0usize, 0usize);
    for (line, next) in lines.iter().zip(lines.iter().skip(1)) {
        let joint = Joint::of(line);
        if joint.goes_on(cut, next, &starts) {
            cuts += 1;
        } else if joint.is_cut(cut, next) {
            others += 1;
        }
    }
    let proven = cuts >= PROOF && others * DOUBT <= cuts;
    (cuts > 0).then_some(Weight { cuts, folds: if proven { Folds::Proven } else { Folds::Possible } })
}
