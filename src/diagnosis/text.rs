//! Makes a line of a log safe to show: control characters visible, secrets masked, length bounded.

use super::secrets::Masked;
use super::tails::TAIL_BYTES;
use crate::matcher::CAPTURE_LIMIT;
use crate::pieces::Pieces;
use crate::signature::template::is_invisible;

/// Longest text of evidence, in characters.
pub const SHOWN_LIMIT: usize = 600;
/// How much of a long line is looked at for showing, in bytes around the match.
const WINDOW: usize = 16 * 1024;

/// A line ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The text.
    pub text: String,
    /// Column of the match in `text`, in characters from 1.
    pub column: u64,
    /// Column after the match.
    pub end_column: u64,
    /// Only a part of the line is in `text`.
    pub cut: bool,
    /// Something was masked.
    pub masked: bool,
    /// What was masked.
    pub secrets: Vec<String>,
}

/// Prepares `line` with the match at the byte range `span`.
pub fn show(line: &[u8], span: (usize, usize)) -> Shown {
    let from = if line.len() > WINDOW { floor_char(line, span.0.saturating_sub(WINDOW / 2)) } else { 0 };
    let to = if line.len() > WINDOW { floor_char(line, (from + WINDOW).min(line.len())).max(from) } else { line.len() };
    let part = |from: usize, to: usize| String::from_utf8_lossy(line.get(from..to).unwrap_or_default());
    let start = span.0.clamp(from, to);
    let end = span.1.clamp(start, to);
    // Of a line of this length the rest was not kept: a secret may have been cut.
    let masked = Masked::of(&part(from, to), to < line.len() || line.len() == TAIL_BYTES);
    let place = |at: usize, is_end: bool| {
        let place = masked.place(part(from, at).len(), is_end);
        visible(masked.text.get(..place).unwrap_or(&masked.text)).chars().count()
    };
    let before = place(start, false);
    let inside = place(end, true).saturating_sub(before);
    let visible: Vec<char> = visible(masked.text.trim_end()).chars().collect();
    let mut cut = from > 0 || to < line.len();
    let (mut first, mut last) = (0, visible.len());
    if visible.len() > SHOWN_LIMIT {
        first = before.saturating_sub(SHOWN_LIMIT / 4).min(visible.len() - SHOWN_LIMIT);
        last = first + SHOWN_LIMIT;
        cut = true;
    }
    let mut text = String::new();
    if from > 0 || first > 0 {
        text.push('…');
    }
    let lead = text.chars().count();
    text.extend(visible.part(first..last));
    if to < line.len() || last < visible.len() {
        text.push('…');
    }
    let length = text.chars().count();
    let column = (before.saturating_sub(first) + lead).min(length);
    let end_column = (column + inside).min(length);
    let secrets = masked.secrets;
    Shown {
        text,
        column: column as u64 + 1,
        end_column: end_column as u64 + 1,
        cut,
        masked: !secrets.is_empty(),
        secrets,
    }
}

/// A value taken from a log, ready to be shown.
pub fn show_value(value: &str) -> String {
    // A capture of this length may have been cut.
    visible(&Masked::of(value, value.len() >= CAPTURE_LIMIT).text)
}

fn floor_char(bytes: &[u8], mut at: usize) -> usize {
    while at > 0 && bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80) {
        at -= 1;
    }
    at
}

/// Shows control characters by their symbols, and characters without width or with a direction by their code.
pub fn visible(text: &str) -> String {
    if !text.chars().any(|c| (c.is_control() && c != '\t') || is_invisible(c)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '\t' => out.push('\t'),
            '\u{7f}' => out.push('\u{2421}'),
            c if (c as u32) < 0x20 => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
            // It says how the symbol before it is drawn, and hides nothing.
            '\u{fe0e}' | '\u{fe0f}' if is_symbol(before) => out.push(c),
            c if c.is_control() || is_invisible(c) => out.push_str(&format!("⟨U+{:04X}⟩", c as u32)),
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// Signs and pictures: what may be drawn as text or in colour.
fn is_symbol(c: char) -> bool {
    matches!(c, '\u{203c}'..='\u{2fff}' | '\u{3030}'..='\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_match_is_found_behind_what_was_masked() {
        let line = "NPM_TOKEN=abcdef123456 \u{200b}needle end";
        let at = line.find("needle").expect("it is there");
        let shown = show(line.as_bytes(), (at, at + 6));
        assert_eq!(shown.text, "NPM_TOKEN=[masked] ⟨U+200B⟩needle end");
        assert_eq!((shown.secrets, shown.masked), (vec!["abcdef123456".to_owned()], true));
        assert_eq!(shown.text.chars().skip(shown.column as usize - 1).take(6).collect::<String>(), "needle");
        assert_eq!(shown.end_column - shown.column, 6);
    }

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(visible("a\x1b[31m\u{202e}b\u{200b}"), "a␛[31m⟨U+202E⟩b⟨U+200B⟩");
        assert_eq!(visible("⚠\u{fe0f} #\u{fe0f}#[x]\u{2028}"), "⚠\u{fe0f} #⟨U+FE0F⟩#[x]⟨U+2028⟩");
    }

    #[test]
    fn long_lines_are_cut_around_the_match() {
        let line = [vec![b'a'; 30_000], b"needle".to_vec(), vec![b'b'; 30_000]].concat();
        let shown = show(&line, (30_000, 30_006));
        assert!(shown.cut && shown.text.chars().count() <= SHOWN_LIMIT + 2);
        let at = shown.column as usize - 1;
        assert_eq!(shown.text.chars().skip(at).take(6).collect::<String>(), "needle");
        assert_eq!(shown.end_column - shown.column, 6);
    }
}
