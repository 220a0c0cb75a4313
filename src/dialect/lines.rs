//! From bytes to lines: decoding, line feeds, bounded length. The result does not depend on how the bytes were cut
//! into chunks.

use memchr::{memchr, memchr_iter, memrchr};

use super::wide::{self, UNIT, plain_units, unit};
use crate::pieces::Pieces;

/// A longer line is handed on in overlapping segments of this size, so that memory stays bounded and all
/// of it is searched.
pub const SEGMENT: usize = 1 << 20;
/// How much two neighbouring segments share, so that no match is lost at the seam.
const OVERLAP: usize = 8 << 10;
/// How many bytes are looked at before an encoding without a byte order mark is decided.
const SNIFF: usize = 256;
/// So many 16-bit units in a row that hold two ASCII letters each are 8-bit text, appended to a 16-bit file.
const APPENDED_RUN: usize = 16;
/// So much 16-bit text is decoded at once: it stays in the fast caches.
const PIECE: usize = 64 << 10;

/// How the input's bytes stand for characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// ASCII, UTF-8, or anything else of 8-bit units.
    Utf8,
    /// 16-bit units, low byte first, as Windows PowerShell writes.
    Utf16Le,
    /// 16-bit units, high byte first.
    Utf16Be,
}

impl Encoding {
    /// The name used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16Le => "utf-16le",
            Encoding::Utf16Be => "utf-16be",
        }
    }
}

/// One physical line, or a segment of an overlong one.
#[derive(Debug, Clone, Copy)]
pub struct RawLine<'a> {
    /// From 1.
    pub number: u64,
    /// Offset in the input, in bytes.
    pub offset: u64,
    /// UTF-8, without the line feed.
    pub bytes: &'a [u8],
    /// Not the first segment of its line.
    pub continued: bool,
    /// Decoded from 16-bit characters.
    pub wide: bool,
}

/// What comes out of fed bytes.
#[derive(Debug, Clone, Copy)]
pub enum Read<'a> {
    /// One line.
    Line(RawLine<'a>),
    /// Whole lines of ASCII in 16-bit units.
    Wide(WideLines<'a>),
}

/// Whole lines that were decoded together: for each byte of theirs there are two in the input.
#[derive(Debug, Clone, Copy)]
pub struct WideLines<'a> {
    /// Of the first line, from 1.
    pub number: u64,
    /// Of the first line in the input, in bytes.
    pub offset: u64,
    /// ASCII, each line with its line feed.
    pub text: &'a [u8],
}

/// Takes a logical line and the number of physical lines that make it.
pub type Sink<'s> = dyn FnMut(RawLine<'_>, u32) + 's;

/// Splits fed bytes into lines.
pub struct LineReader {
    encoding: Option<Encoding>,
    /// The encoding named in output: the first one.
    first_encoding: Encoding,
    /// Bytes of the line that has not ended yet (raw, as in the input).
    carry: Vec<u8>,
    /// Decoded text of 16-bit lines.
    decoded: Vec<u8>,
    /// For 16-bit input: how far `carry` has been looked through.
    scanned: usize,
    appended_run: usize,
    /// Offset of the start of `carry` in the input.
    offset: u64,
    total: u64,
    number: u64,
    continued: bool,
    ended_by_line_feed: bool,
}

impl Default for LineReader {
    fn default() -> Self {
        Self::new()
    }
}

impl LineReader {
    /// A reader at the start of an input.
    pub fn new() -> Self {
        LineReader {
            encoding: None,
            first_encoding: Encoding::Utf8,
            carry: Vec::new(),
            decoded: Vec::new(),
            scanned: 0,
            appended_run: 0,
            offset: 0,
            total: 0,
            number: 1,
            continued: false,
            ended_by_line_feed: true,
        }
    }

    /// The encoding of the input's start.
    pub fn encoding(&self) -> Encoding {
        self.first_encoding
    }

    /// Bytes fed so far.
    pub fn bytes(&self) -> u64 {
        self.total
    }

    /// Lines so far; the last one counts also without a line feed.
    pub fn lines(&self) -> u64 {
        if self.ended_by_line_feed { self.number - 1 } else { self.number }
    }

    /// Does a line of 8-bit text start with the next byte?
    pub fn at_line_start(&self) -> bool {
        self.encoding == Some(Encoding::Utf8) && self.carry.is_empty() && !self.continued
    }

    /// Does the input come in 16-bit units? Then it is best fed in large chunks.
    pub fn is_wide(&self) -> bool {
        matches!(self.encoding, Some(Encoding::Utf16Le | Encoding::Utf16Be))
    }

    /// The number of the line that starts with the next byte.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The offset of the next byte.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Leaves out whole lines. Only at a line's start.
    pub fn skip(&mut self, bytes: usize, lines: u64) {
        self.total += bytes as u64;
        self.offset += bytes as u64;
        self.number += lines;
    }

    /// Takes the next bytes and hands every finished line to `sink`.
    pub fn feed(&mut self, chunk: &[u8], sink: &mut dyn FnMut(Read<'_>)) {
        if chunk.is_empty() {
            return;
        }
        self.total += chunk.len() as u64;
        if self.encoding.is_none() {
            self.carry.extend_from_slice(chunk);
            if self.carry.len() < SNIFF {
                return;
            }
            self.decide(sink);
            return;
        }
        self.take(chunk, sink);
    }

    /// Ends the input: hands over the last line where it has no line feed.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Read<'_>)) {
        if self.encoding.is_none() {
            self.decide(sink);
        }
        if self.carry.is_empty() {
            return;
        }
        self.ended_by_line_feed = false;
        match self.encoding {
            Some(Encoding::Utf8) | None => {
                let line = std::mem::take(&mut self.carry);
                self.emit_rest(&line, sink);
            }
            Some(encoding) => {
                let length = self.carry.len();
                self.emit_wide(encoding, length, sink);
            }
        }
    }

    fn decide(&mut self, sink: &mut dyn FnMut(Read<'_>)) {
        let (encoding, mark) = sniff(&self.carry);
        self.encoding = Some(encoding);
        self.first_encoding = encoding;
        let held = std::mem::take(&mut self.carry);
        self.offset = mark as u64;
        self.take(held.tail(mark), sink);
    }

    fn take(&mut self, chunk: &[u8], sink: &mut dyn FnMut(Read<'_>)) {
        if chunk.is_empty() {
            return;
        }
        match self.encoding {
            Some(Encoding::Utf8) | None => self.take_narrow(chunk, sink),
            Some(encoding) => self.take_wide(encoding, chunk, sink),
        }
    }

    fn take_narrow(&mut self, chunk: &[u8], sink: &mut dyn FnMut(Read<'_>)) {
        let mut rest = chunk;
        if !self.carry.is_empty() {
            match memchr(b'\n', rest) {
                Some(end) => {
                    let mut line = std::mem::take(&mut self.carry);
                    line.extend_from_slice(rest.head(end));
                    self.end_line(&line, sink);
                    line.clear();
                    self.carry = line;
                    rest = rest.tail(end + 1);
                }
                None => {
                    self.carry.extend_from_slice(rest);
                    self.shorten_carry(sink);
                    return;
                }
            }
        }
        let mut start = 0;
        for end in memchr_iter(b'\n', rest) {
            self.end_line(rest.part(start..end), sink);
            start = end + 1;
        }
        self.carry.extend_from_slice(rest.tail(start));
        self.shorten_carry(sink);
    }

    /// A whole line (or what is left of an overlong one) has ended with a line feed.
    fn end_line(&mut self, line: &[u8], sink: &mut dyn FnMut(Read<'_>)) {
        let start = self.offset;
        self.emit_rest(line, sink);
        self.offset = start + line.len() as u64 + 1;
        self.number += 1;
        self.continued = false;
    }

    fn emit_rest(&mut self, line: &[u8], sink: &mut dyn FnMut(Read<'_>)) {
        let mut from = 0;
        while line.len() - from > SEGMENT {
            let bytes = line.part(from..from + SEGMENT);
            sink(Read::Line(RawLine {
                number: self.number,
                offset: self.offset + from as u64,
                bytes,
                continued: self.continued,
                wide: false,
            }));
            self.continued = true;
            from += SEGMENT - OVERLAP;
        }
        let bytes = line.tail(from);
        sink(Read::Line(RawLine {
            number: self.number,
            offset: self.offset + from as u64,
            bytes,
            continued: self.continued,
            wide: false,
        }));
    }

    /// Hands over full segments of a line that goes on and on.
    fn shorten_carry(&mut self, sink: &mut dyn FnMut(Read<'_>)) {
        let mut from = 0;
        while self.carry.len() - from > SEGMENT {
            let bytes = self.carry.part(from..from + SEGMENT);
            sink(Read::Line(RawLine {
                number: self.number,
                offset: self.offset + from as u64,
                bytes,
                continued: self.continued,
                wide: false,
            }));
            self.continued = true;
            from += SEGMENT - OVERLAP;
        }
        if from > 0 {
            self.carry.drain(..from);
            self.offset += from as u64;
        }
    }

    fn take_wide(&mut self, encoding: Encoding, chunk: &[u8], sink: &mut dyn FnMut(Read<'_>)) {
        let mut rest = chunk;
        while !rest.is_empty() {
            if self.encoding != Some(encoding) {
                self.take_narrow(rest, sink);
                return;
            }
            if self.carry.is_empty() && !self.continued {
                rest = rest.tail(self.take_ascii(encoding, rest, sink));
            }
            let end = wide::line_end(encoding, &self.carry, rest);
            self.take_wide_line(encoding, rest.head(end), sink);
            rest = rest.tail(end);
        }
    }

    /// Hands over the whole lines of ASCII at the start of `bytes`, as far as that goes fast. Gives how many bytes they are.
    fn take_ascii(&mut self, encoding: Encoding, bytes: &[u8], sink: &mut dyn FnMut(Read<'_>)) -> usize {
        let mut taken = 0;
        loop {
            let rest = bytes.tail(taken);
            self.decoded.clear();
            wide::narrow(encoding, rest.head(PIECE), &mut self.decoded);
            let Some(end) = memrchr(b'\n', &self.decoded) else { return taken };
            let text = self.decoded.head(end + 1);
            sink(Read::Wide(WideLines { number: self.number, offset: self.offset, text }));
            self.number += memchr_iter(b'\n', text).count() as u64;
            self.offset += (UNIT * text.len()) as u64;
            taken += UNIT * text.len();
        }
    }

    /// Takes bytes of one line.
    fn take_wide_line(&mut self, encoding: Encoding, bytes: &[u8], sink: &mut dyn FnMut(Read<'_>)) {
        self.carry.extend_from_slice(bytes);
        while let Some(pair) = self.carry.get(self.scanned..).and_then(|rest| rest.first_chunk::<UNIT>()).copied() {
            if self.appended_run == 0 {
                let end = self.carry.len().min(2 * SEGMENT);
                let plain = plain_units(encoding, self.carry.part(self.scanned.min(end)..end));
                if plain > 0 {
                    self.scanned += plain;
                    self.shorten_wide(encoding, sink);
                    continue;
                }
            }
            let unit = unit(encoding, pair);
            self.scanned += 2;
            if unit == u16::from(b'\n') {
                self.emit_wide(encoding, self.scanned - 2, sink);
                self.carry.drain(..self.scanned);
                self.offset += self.scanned as u64;
                self.scanned = 0;
                self.appended_run = 0;
                self.number += 1;
                self.continued = false;
                continue;
            }
            let narrow = pair.iter().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t'));
            self.appended_run = if narrow { self.appended_run + 1 } else { 0 };
            if self.appended_run == APPENDED_RUN {
                // 8-bit text was appended to a 16-bit file: read the rest as such.
                let at = self.scanned.saturating_sub(2 * APPENDED_RUN);
                if at > 0 {
                    self.emit_wide(encoding, at, sink);
                    self.offset += at as u64;
                    self.number += 1;
                }
                let tail = self.carry.split_off(at);
                self.carry.clear();
                self.scanned = 0;
                self.encoding = Some(Encoding::Utf8);
                self.take_narrow(&tail, sink);
                return;
            }
            self.shorten_wide(encoding, sink);
        }
    }

    /// Hands over a full segment of a line that goes on and on.
    fn shorten_wide(&mut self, encoding: Encoding, sink: &mut dyn FnMut(Read<'_>)) {
        if self.scanned >= 2 * SEGMENT {
            self.emit_wide(encoding, self.scanned, sink);
            self.continued = true;
            let keep_from = self.scanned - 2 * OVERLAP;
            self.carry.drain(..keep_from);
            self.offset += keep_from as u64;
            self.scanned -= keep_from;
        }
    }

    /// Decodes the first `length` raw bytes of `carry` and hands them over as the current line.
    fn emit_wide(&mut self, encoding: Encoding, length: usize, sink: &mut dyn FnMut(Read<'_>)) {
        let decoder = if encoding == Encoding::Utf16Be { encoding_rs::UTF_16BE } else { encoding_rs::UTF_16LE };
        self.decoded.clear();
        let raw = self.carry.head(length);
        let (units, odd_byte) = raw.as_chunks::<UNIT>();
        if units.iter().fold(0, |all, pair| all | unit(encoding, *pair)) < 0x80 && odd_byte.is_empty() {
            // ASCII, as most lines are.
            self.decoded.extend(units.iter().map(|pair| unit(encoding, *pair) as u8));
            sink(Read::Line(RawLine {
                number: self.number,
                offset: self.offset,
                bytes: &self.decoded,
                continued: self.continued,
                wide: true,
            }));
            return;
        }
        let (text, _) = decoder.decode_without_bom_handling(raw);
        // A mark in mid-file comes from two captures in one file.
        self.decoded.extend(text.trim_start_matches('\u{feff}').as_bytes());
        sink(Read::Line(RawLine {
            number: self.number,
            offset: self.offset,
            bytes: &self.decoded,
            continued: self.continued,
            wide: true,
        }));
    }
}

/// The encoding of a file's start, and how long its byte order mark is.
fn sniff(start: &[u8]) -> (Encoding, usize) {
    match start {
        [0xef, 0xbb, 0xbf, ..] => return (Encoding::Utf8, 3),
        [0xff, 0xfe, ..] => return (Encoding::Utf16Le, 2),
        [0xfe, 0xff, ..] => return (Encoding::Utf16Be, 2),
        _ => {}
    }
    let pairs = start.head(SNIFF).as_chunks::<UNIT>().0;
    let units = pairs.len();
    if units >= 2 {
        let nul_high = pairs.iter().filter(|[first, second]| *second == 0 && *first != 0).count();
        let nul_low = pairs.iter().filter(|[first, second]| *first == 0 && *second != 0).count();
        if nul_high * 10 >= units * 7 && nul_low == 0 {
            return (Encoding::Utf16Le, 0);
        }
        if nul_low * 10 >= units * 7 && nul_high == 0 {
            return (Encoding::Utf16Be, 0);
        }
    }
    (Encoding::Utf8, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(chunks: &[&[u8]]) -> Vec<(u64, u64, String)> {
        let mut reader = LineReader::new();
        let mut lines = Vec::new();
        let mut sink = |read: Read<'_>| match read {
            Read::Line(line) => {
                lines.push((line.number, line.offset, String::from_utf8_lossy(line.bytes).into_owned()));
            }
            Read::Wide(wide) => {
                let mut offset = wide.offset;
                for (number, line) in (wide.number..).zip(wide.text.split_inclusive(|byte| *byte == b'\n')) {
                    lines.push((number, offset, String::from_utf8_lossy(&line[..line.len() - 1]).into_owned()));
                    offset += (UNIT * line.len()) as u64;
                }
            }
        };
        for chunk in chunks {
            reader.feed(chunk, &mut sink);
        }
        reader.finish(&mut sink);
        lines
    }

    #[test]
    fn a_log_may_be_longer_than_a_pointer_of_32_bits_can_tell() {
        let mut reader = LineReader::new();
        reader.feed(&[b'\n'; 2 * SNIFF], &mut |_| {});
        for _ in 0..8 {
            reader.skip(usize::try_from(u32::MAX).unwrap(), u64::from(u32::MAX));
        }
        let before = 8 * u64::from(u32::MAX) + 2 * SNIFF as u64;
        let mut places = Vec::new();
        reader.feed(b"one\ntwo\n", &mut |read| {
            if let Read::Line(line) = read {
                places.push((line.number, line.offset));
            }
        });
        assert_eq!(places, [(before + 1, before), (before + 2, before + 4)]);
    }

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn lines_do_not_depend_on_the_chunks() {
        let text = "one\ntwo\r\n\nlast".repeat(40);
        let whole = read(&[text.as_bytes()]);
        for cut in 0..text.len() {
            assert_eq!(read(&[&text.as_bytes()[..cut], &text.as_bytes()[cut..]]), whole);
        }
        assert_eq!(whole[1], (2, 4, "two\r".into()));
    }

    #[test]
    fn wide_text_with_and_without_a_mark() {
        let expected = vec![(1, 0, "größe".to_owned()), (2, 12, "zwei".to_owned())];
        assert_eq!(read(&[&wide("größe\nzwei")]), expected);
        let marked = [&[0xff, 0xfe][..], &wide("größe\nzwei")].concat();
        assert_eq!(read(&[&marked[..3], &marked[3..]])[1].2, "zwei");
    }

    #[test]
    fn wide_lines_do_not_depend_on_the_chunks() {
        let text = "a line of nothing but ASCII that is long enough for a block of units\r\nshort\n\ngrößer\nlast";
        for bytes in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
            let log: Vec<u8> = text.repeat(3).encode_utf16().flat_map(bytes).collect();
            let whole = read(&[&log]);
            assert_eq!(whole.len(), 13);
            assert_eq!(whole[1], (2, 140, "short".into()));
            for cut in 0..log.len() {
                assert_eq!(read(&[&log[..cut], &log[cut..]]), whole, "cut at {cut}");
            }
            assert_eq!(read(&log.chunks(1).collect::<Vec<_>>()), whole);
        }
    }

    #[test]
    fn narrow_text_appended_to_wide_text_is_read() {
        let mixed = [
            vec![0xff, 0xfe],
            wide("first line\r\n"),
            b"error: appended as eight bits by another command\nlast\n".to_vec(),
        ]
        .concat();
        let lines = read(&[&mixed]);
        assert_eq!(lines[1].2, "error: appended as eight bits by another command");
        assert_eq!(lines[2].2, "last");
    }

    #[test]
    fn an_endless_line_comes_in_overlapping_segments() {
        let text = "x".repeat(3 * SEGMENT);
        let whole = read(&[text.as_bytes()]);
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(70_001).collect();
        assert_eq!(read(&pieces), whole);
        assert!(whole.len() >= 3 && whole.iter().all(|(number, _, text)| *number == 1 && text.len() <= SEGMENT));
    }
}
