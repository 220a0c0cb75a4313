//! What stands before every line of a log and says nothing about the line itself: a stamp, the name of a job.
//!
//! Such a prefix mostly stands there from the log's first lines on, so it is looked for in these alone. Further down a log costs no more
//! than before, and an ordinary line of the same shape keeps its head. Only a shape that tells itself by its first bytes is also believed
//! where it comes late: [`super::quiet`] knows these.

use super::{Scope, Wrapper};

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
    /// Wherever it comes first.
    anywhere: bool,
    neighbours: u32,
    last: u64,
    known: bool,
}

impl Prefix {
    /// A shape that other programs print too, so that one line with it proves nothing.
    pub(super) fn believed_after(lines: u32, name: &'static str, inside: Inside) -> Self {
        Prefix { name, inside, sure_after: lines, anywhere: false, neighbours: 0, last: 0, known: false }
    }

    /// A shape that nobody else prints.
    pub(super) fn certain(name: &'static str, inside: Inside) -> Self {
        Self::believed_after(1, name, inside)
    }

    /// The same, believed deep in a log, too. Its first bytes must stand in `quiet`.
    pub(super) fn telling(name: &'static str, inside: Inside) -> Self {
        Prefix { anywhere: true, ..Self::certain(name, inside) }
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
        if !self.known && !self.anywhere && scope.line() > SEARCHED {
            return None;
        }
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
        [b'.' | b',', rest @ ..] => &rest[rest.iter().take_while(|b| b.is_ascii_digit()).count()..],
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, texts};

    #[test]
    fn a_weak_shape_is_believed_in_a_row_only() {
        let row = "10:11:12  one\n10:11:12  two\n\n10:11:13  three\n10:11:13  four\n";
        assert_eq!(texts(row), ["10:11:12  one", "10:11:12  two", "", "three", "four"]);
        let apart = "10:11:12  one\na\nb\nc\n10:11:12  two\na\nb\nc\n10:11:13  three\n";
        assert_eq!(texts(apart), apart.lines().collect::<Vec<_>>());
    }

    #[test]
    fn deep_in_a_log_nothing_new_is_believed() {
        let log = format!("{}{}", "text\n".repeat(600), "10:11:12  x\n".repeat(9));
        assert_eq!(texts(&log)[608], "10:11:12  x");
        let (_, reader) = read(log.as_bytes());
        assert_eq!(reader.dialects(), ["plain"]);
        let log = format!("{}{}", "[08:08:16]W: [Step 2/3] y\n".repeat(600), "[08:08:16]W: [Step 2/3] x\n");
        assert_eq!(texts(&log)[600], "x");
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
        ] {
            let log = format!("{}{head}x\ntext\n{head}y\n", "text\n".repeat(600));
            assert_eq!(texts(&log)[600..], ["x", "text", "y"], "{head}");
        }
    }
}
