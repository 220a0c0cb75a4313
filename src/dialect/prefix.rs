//! What stands before every line of a log and says nothing about the line itself: a stamp, the name of a job.
//!
//! Such a prefix mostly stands there from the log's first lines on, so that every line of these is looked at. Further down it is met
//! where a script prints another log, or a CI system starts to stamp late: [`super::loud`] must not pass over a line that has one.

use super::{Scope, Wrapper};
use crate::pieces::Pieces;

/// So many of a log's first lines are searched.
pub(super) const SEARCHED: u64 = 500;
/// Two lines with the prefix may stand so far apart and still be neighbours: blank lines and cut ones come between.
const APART: u64 = 3;

/// Takes what is inside a line, where the line has the shape.
pub(super) type Inside = for<'l> fn(&'l [u8]) -> Option<&'l [u8]>;

/// One shape of prefix.
pub(super) struct Prefix {
    name: &'static str,
    inside: Inside,
    /// It is believed when so many neighbouring lines have it.
    sure_after: u32,
    neighbours: u32,
    last: u64,
    known: bool,
}

impl Prefix {
    /// A shape that other programs print too, so that one line with it proves nothing.
    pub(super) fn believed_after(lines: u32, name: &'static str, inside: Inside) -> Self {
        Prefix { name, inside, sure_after: lines, neighbours: 0, last: 0, known: false }
    }

    /// A shape that nobody else prints.
    pub(super) fn certain(name: &'static str, inside: Inside) -> Self {
        Self::believed_after(1, name, inside)
    }
}

impl Wrapper for Prefix {
    fn name(&self) -> &'static str {
        self.name
    }

    fn at_rest(&self, number: u64) -> bool {
        number > SEARCHED
    }

    fn strip<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        if self.known { (self.inside)(line) } else { None }
    }

    fn unwrap<'l>(&mut self, line: &'l [u8], scope: &mut Scope<'_>) -> Option<&'l [u8]> {
        let inside = (self.inside)(line)?;
        if !self.known && self.last != scope.line() {
            let near = self.neighbours > 0 && scope.line() - self.last <= APART;
            self.neighbours = if near { self.neighbours + 1 } else { 1 };
            self.last = scope.line();
        }
        self.known |= self.neighbours >= self.sure_after;
        self.known.then_some(inside)
    }
}

/// Does `text` start like `shape`, where `d` stands for a digit and `_` for a blank or a digit?
pub(super) fn starts_like(text: &[u8], shape: &[u8]) -> bool {
    text.len() >= shape.len()
        && text.iter().zip(shape).all(|(byte, want)| match want {
            b'd' => byte.is_ascii_digit(),
            b'_' => *byte == b' ' || byte.is_ascii_digit(),
            _ => byte == want,
        })
}

/// The digits of a fraction of a second, and the mark before them, go away.
pub(super) fn without_fraction(text: &[u8]) -> &[u8] {
    match text {
        [b'.' | b',', rest @ ..] => rest.tail(rest.iter().take_while(|b| b.is_ascii_digit()).count()),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::texts;

    #[test]
    fn a_weak_shape_is_believed_in_a_row_only() {
        let row = "10:11:12  one\n10:11:12  two\n\n10:11:13  three\n10:11:13  four\n";
        assert_eq!(texts(row), ["10:11:12  one", "10:11:12  two", "", "three", "four"]);
        let apart = "10:11:12  one\na\nb\nc\n10:11:12  two\na\nb\nc\n10:11:13  three\n";
        assert_eq!(texts(apart), apart.lines().collect::<Vec<_>>());
    }

    #[test]
    fn a_weak_shape_is_believed_in_a_row_deep_in_a_log_too() {
        for (head, row) in [
            ("10:11:12  ", 2),
            ("10:11:12.123 ", 2),
            ("10:11:12 AM: ", 2),
            ("[10:11:12.123] ", 2),
            ("Nov 21 10:11:12 AM  ", 2),
            ("10:11:12     INFO -  ", 1),
            ("[CI/build]   | ", 1),
            ("[build-push : step-push] ", 1),
            ("[pod/web-7f/kaniko] ", 1),
            ("[web] [2025-01-20 13:43:14] │ ", 1),
        ] {
            let log = format!("{}{}text\n{head}y\n", "text\n".repeat(600), format!("{head}x\n").repeat(5));
            let found = texts(&log);
            assert_eq!(found[600 + row..], [vec!["x"; 5 - row], vec!["text", "y"]].concat(), "{head}");
            assert_eq!(found[600], format!("{head}x"), "one line proves nothing: {head}");
        }
        let log = format!("{}10:11:12  x\n", "text\n".repeat(600)).repeat(3);
        assert!(texts(&log).iter().all(|line| line != "x"), "lines that stand alone keep their heads");
    }

    #[test]
    fn prefixes_that_start_late_nest_and_stop() {
        let head = "[task 2024-05-06T07:08:09.123Z] 10:11:12     INFO - GECKO(1652) | service-1  | ";
        let log = format!("{0}{1}a\n{1}b\n{1}c\n{0}{1}d\n{0}", "text\n".repeat(600), head);
        let found = texts(&log);
        assert_eq!(found[601..603], ["b", "c"]);
        assert_eq!((found[1203].as_str(), found.len()), ("d", 1804));
    }

    #[test]
    fn what_tells_itself_is_believed_anywhere() {
        for head in [
            "[08:08:16]W: [Step 2/3] ",
            "[08:08:16][Step 2/3] ",
            "[08:08:16] : [Step 2/3] ",
            "[2024-05-06T07:08:09.123Z] ",
            "Step #3 - \"build\": ",
            "[Container] 2026/11/21 10:11:12.123456 ",
            "remote:        ",
            "_bk;t=1700000000000\x07",
            "2025-Jan-13 15:34:54.340450 ",
            "[task 2024-05-06T07:08:09.123Z] ",
            "[fetches 2024-05-06T07:08:09.123Z] ",
            "GECKO(1652) | ",
            "Nov 21 10:11:12 build-7 gitlab-runner[123]: ",
            "2026-11-21T10:11:12+0100 host unit[123]: ",
            "service-1  | ",
            "2026-11-21T10:11:12.1234567Z ",
            "2026-11-21T10:11:12.123Z ",
        ] {
            let log = format!("{}{head}x\ntext\n{head}y\n", "text\n".repeat(600));
            assert_eq!(texts(&log)[600..], ["x", "text", "y"], "{head}");
        }
    }
}
