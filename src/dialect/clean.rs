//! From the bytes of a physical line to what a person saw: no colours, no cursor moves, redraws apart.

use memchr::{memchr, memchr3};

use crate::pieces::Pieces;

const ESC: u8 = 0x1b;
/// The most blanks that one move of the cursor leaves.
const BLANKS: usize = 400;

/// Calls `segment` for every stretch of the line that a terminal would have drawn at one place: a carriage return
/// or a cursor move starts a new one. Colours and other escape sequences are gone. Empty stretches are left out,
/// but an empty line gives one empty segment.
pub fn segments(raw: &[u8], scratch: &mut Vec<u8>, mut segment: impl FnMut(&[u8])) {
    let mut line = raw;
    while let [rest @ .., b'\r'] = line {
        line = rest;
    }
    let control = memchr3(ESC, b'\r', 0x08, line);
    if control.is_none() && memchr(0, line).is_none() {
        segment(line);
        return;
    }
    if control.is_some_and(|at| line.tail(at).starts_with(&[ESC, 0])) {
        // 16-bit text that was appended to a log.
        let text: Vec<u8> = line.iter().copied().filter(|byte| *byte != 0).collect();
        segments(&text, scratch, segment);
        return;
    }
    let mut given = false;
    scratch.clear();
    let mut flush = |scratch: &mut Vec<u8>| {
        if !scratch.is_empty() {
            segment(scratch);
            scratch.clear();
            given = true;
        }
    };
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        match *byte {
            b'\r' => {
                flush(scratch);
                at += 1;
            }
            0x08 => {
                while scratch.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
                at += 1;
            }
            0 => at += 1,
            ESC => {
                let (length, effect) = escape(line.tail(at));
                match effect {
                    Effect::None => {}
                    Effect::Moves => flush(scratch),
                    // A few bytes ask for many blanks: in all not more than twice what the line is long.
                    Effect::Spaces(count) => {
                        let room = (2 * line.len() + BLANKS).saturating_sub(scratch.len());
                        scratch.extend(std::iter::repeat_n(b' ', count.min(room)));
                    }
                }
                at += length;
            }
            _ => {
                let next =
                    line.tail(at).iter().position(|b| matches!(b, 0 | 0x08 | b'\r' | &ESC)).unwrap_or(line.len() - at);
                scratch.extend_from_slice(line.part(at..at + next));
                at += next;
            }
        }
    }
    flush(scratch);
    if !given {
        segment(b"");
    }
}

/// Length of the escape sequence at the start of `bytes`, a part of one line, where it only goes away.
pub fn removable(bytes: &[u8]) -> Option<usize> {
    match escape(bytes) {
        (length, Effect::None) => Some(length),
        _ => None,
    }
}

enum Effect {
    None,
    /// The cursor goes elsewhere: what follows is drawn over something.
    Moves,
    /// The cursor goes right (consoles of Windows write runs of blanks so).
    Spaces(usize),
}

/// Length of a console note of Jenkins at the start of `bytes`: what its pages make links and marks from, hidden between two sequences.
///
/// Source: jenkinsci/jenkins, `ConsoleNote.java`: the preamble, Base64, the postamble.
fn console_note(bytes: &[u8]) -> Option<usize> {
    let inside = bytes.strip_prefix(b"\x1b[8mha:")?;
    let length = inside.iter().position(|b| !(b.is_ascii_alphanumeric() || b"+/=".contains(b)))?;
    inside.tail(length).starts_with(b"\x1b[0m").then_some(7 + length + 4)
}

/// Length and effect of the escape sequence at the start of `bytes` (ECMA-48).
fn escape(bytes: &[u8]) -> (usize, Effect) {
    match bytes.get(1) {
        None => (1, Effect::None),
        Some(b'[') => {
            if let Some(note) = console_note(bytes) {
                return (note, Effect::None);
            }
            let Some(end) = bytes.tail(2).iter().position(|b| (0x40..=0x7e).contains(b) || *b < 0x20 || *b >= 0x80)
            else {
                return (bytes.len(), Effect::None);
            };
            let Some(last) = bytes.get(2 + end).filter(|last| (0x40..=0x7e).contains(*last)) else {
                return (2 + end, Effect::None);
            };
            let effect = match last {
                b'C' => {
                    let count =
                        std::str::from_utf8(bytes.part(2..2 + end)).ok().and_then(|n| n.parse().ok()).unwrap_or(1);
                    Effect::Spaces(std::cmp::min(count, BLANKS))
                }
                b'A' | b'B' | b'D' | b'E' | b'F' | b'G' | b'H' | b'f' | b'J' => Effect::Moves,
                _ => Effect::None,
            };
            (3 + end, effect)
        }
        // OSC, DCS, APC, PM, SOS and Buildkite's `ESC _bk;…`: up to BEL or ESC \.
        Some(b']' | b'P' | b'_' | b'^' | b'X') => {
            let mut at = 2;
            while let Some(byte) = bytes.get(at) {
                match *byte {
                    0x07 => return (at + 1, Effect::None),
                    ESC => match bytes.get(at + 1) {
                        Some(b'\\') => return (at + 2, Effect::None),
                        // Doubled, as tmux hands it on.
                        Some(&ESC) => at += 2,
                        // Another sequence begins: this one was never closed. So no byte is looked at for two of them.
                        _ => break,
                    },
                    _ => at += 1,
                }
            }
            // Never closed: take the introducer only, so that no text is lost.
            (2, Effect::None)
        }
        Some(b'(' | b')' | b'*' | b'+' | b'#' | b'%') => (3.min(bytes.len()), Effect::None),
        Some(_) => (2, Effect::None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(raw: &[u8]) -> Vec<String> {
        let mut out = Vec::new();
        segments(raw, &mut Vec::new(), |s| out.push(String::from_utf8_lossy(s).into_owned()));
        out
    }

    #[test]
    fn colours_inside_words_go_away() {
        assert_eq!(clean(b"per\x1b[31mmission\x1b[0m den\x1b[1;38;5;9mied\r"), ["permission denied"]);
        assert_eq!(clean(b"\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x07 end"), ["link end"]);
    }

    #[test]
    fn console_notes_of_jenkins_go_away() {
        let log = b"Started by \x1b[8mha:////4Bp0lo3G+/==\x1b[0mAdmin \x1b[8mha:////AAAA\x1b[0m";
        assert_eq!(clean(log), ["Started by Admin "]);
        assert_eq!(clean(b"\x1b[8mha:////AA never closed"), ["ha:////AA never closed"]);
    }

    #[test]
    fn redraws_are_apart() {
        assert_eq!(clean(b"10%\r50%\r100%\rerror: full"), ["10%", "50%", "100%", "error: full"]);
        assert_eq!(clean(b"ab\x1b[2Kcd\x1b[1Aef"), ["abcd", "ef"]);
        assert_eq!(clean(b"a\x1b[3Cb"), ["a   b"]);
    }

    #[test]
    fn nothing_is_lost_in_broken_sequences() {
        assert_eq!(clean(b"\x1b]0;never closed text"), ["0;never closed text"]);
        assert_eq!(clean(b""), [""]);
        assert_eq!(clean(b"abc\x08\x08d"), ["ad"]);
        assert_eq!(clean(b"\0a\0\x1b\0[\x003\x001\0m\0b\0\r\0"), ["ab"]);
    }

    #[test]
    fn sequences_that_go_on_for_ever_cost_their_length() {
        let many = |text: &str| text.repeat(60_000).into_bytes();
        let started = std::time::Instant::now();
        assert_eq!(clean(&many("\x1b]8;;")).concat().len(), 3 * 60_000);
        clean(&many("\x1bP"));
        clean(&many("\x1b\x1b]"));
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
        let line = many("\x1b[400C");
        assert!(clean(&line).concat().len() <= 2 * line.len() + BLANKS);
    }
}
