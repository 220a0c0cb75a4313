//! Symbols of tools that were written as UTF-8 and read in the code page of a Windows console: `✓` became `Γ£ô` (437), `Ô£ô` (850) or
//! `âœ“` (1252). They are turned back, so that every reader finds the symbol that it knows.
//!
//! Source for the code pages: unicode.org, `MAPPINGS/VENDORS/MICSFT`. A log is believed to be so when one of its first lines holds a
//! damaged symbol of three characters, which stand beside each other in no language.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memchr2_iter;
use once_cell::sync::Lazy;

use crate::pieces::Pieces;

/// What tools draw with: marks, bullets, arrows, frames and typographic quotes.
const SYMBOLS: &str = "✓✔✗✘✖✕×⨯❌✅❯›‹»«•●○◆◇■□▲△▶▸➜➤→←↑↓⚠ℹ…–—‘’“”·│┃║├└┌┐┘┬┴┼─━═╷╵╭╮╰╯╮▼⎯⚡";
/// What stands for the bytes from 128 on.
const PAGES: [&str; 3] = [
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
    "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ\u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ",
];

/// With these the forms of three characters begin, one for each page: they stand for the first byte of such symbols.
const FIRST: [&str; 3] = ["Γ", "Ô", "â"];

struct Damage {
    /// All damaged forms.
    forms: AhoCorasick,
    /// The symbol of each, and whether the form proves itself.
    symbols: Vec<(char, bool)>,
}

static DAMAGE: Lazy<Option<Damage>> = Lazy::new(|| {
    let (mut forms, mut symbols) = (Vec::new(), Vec::new());
    for page in PAGES {
        let page: Vec<char> = page.chars().collect();
        for symbol in SYMBOLS.chars() {
            let bytes = symbol.to_string().into_bytes();
            let read = |byte: &u8| page.get(usize::from(*byte).checked_sub(128)?).copied();
            let form: String = bytes.iter().filter_map(read).collect();
            if form.chars().count() == bytes.len() && !forms.contains(&form) {
                forms.push(form);
                symbols.push((symbol, bytes.len() > 2));
            }
        }
    }
    let forms = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(forms).ok()?;
    Some(Damage { forms, symbols })
});

/// What was learnt of a log.
#[derive(Debug, Default)]
pub(super) struct Mojibake {
    known: bool,
}

impl Mojibake {
    /// Is anything to be mended?
    pub(super) fn known(&self) -> bool {
        self.known
    }

    /// Learns from one of the log's first lines.
    pub(super) fn look(&mut self, line: &[u8]) {
        if self.known || !may_be_damaged(line) {
            return;
        }
        let Some(damage) = DAMAGE.as_ref() else { return };
        self.known =
            damage.forms.find_iter(line).any(|form| damage.of(form.pattern().as_usize()).is_some_and(|(_, sure)| sure));
    }

    /// The line with the symbols that were meant.
    pub(super) fn mended<'l>(&self, line: &'l [u8]) -> Cow<'l, [u8]> {
        if !self.known || line.is_ascii() {
            return Cow::Borrowed(line);
        }
        let Some(damage) = DAMAGE.as_ref() else { return Cow::Borrowed(line) };
        let mut out = Vec::new();
        let mut at = 0;
        for form in damage.forms.find_iter(line) {
            let Some((symbol, _)) = damage.of(form.pattern().as_usize()) else { continue };
            out.extend_from_slice(line.part(at..form.start()));
            out.extend_from_slice(symbol.encode_utf8(&mut [0; 4]).as_bytes());
            at = form.end();
        }
        if at == 0 {
            return Cow::Borrowed(line);
        }
        out.extend_from_slice(line.tail(at));
        Cow::Owned(out)
    }
}

/// May a form of three characters stand in the line? To make the search for them takes longer than to read a short log.
fn may_be_damaged(line: &[u8]) -> bool {
    memchr2_iter(0xce, 0xc3, line).any(|at| FIRST.iter().any(|first| line.tail(at).starts_with(first.as_bytes())))
}

impl Damage {
    fn of(&self, form: usize) -> Option<(char, bool)> {
        self.symbols.get(form).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::texts;
    use super::*;

    #[test]
    fn forms_of_three_characters_may_be_damaged_symbols() {
        for symbol in SYMBOLS.chars() {
            for page in PAGES {
                let bytes = symbol.to_string().into_bytes();
                let form: String =
                    bytes.iter().map(|byte| page.chars().nth(usize::from(*byte) - 128).unwrap()).collect();
                assert_eq!(may_be_damaged(format!("a {form} b").as_bytes()), bytes.len() > 2, "{form} for {symbol}");
            }
        }
        assert!(!may_be_damaged("✓ ∑ ∂ ßéÎ 语".as_bytes()));
    }

    #[test]
    fn pages_have_a_character_for_each_byte() {
        for page in PAGES {
            assert_eq!(page.chars().count(), 128, "{page}");
        }
    }

    #[test]
    fn symbols_come_back() {
        for (damaged, meant) in [
            ("Γ£ô ok", "✓ ok"),
            ("Ô£ô ok", "✓ ok"),
            ("âœ“ ok", "✓ ok"),
            ("  Ô£ÿ  1 [chromium] ÔÇ║ a.ts", "  ✘  1 [chromium] › a.ts"),
            ("  ΓùÅ greets ΓÇ║ politely", "  ● greets › politely"),
            ("      3 Ôöé import x", "      3 │ import x"),
            ("ΓÇó a\n├ù b", "• a\n× b"),
        ] {
            assert_eq!(texts(damaged).join("\n"), meant);
        }
    }

    #[test]
    fn other_languages_stay() {
        for text in ["Τα Γάμα", "Ôter la pâte à côté", "FenÃªtre", "├── a\n└── b", "Über × ½ £", "señor ├ù"]
        {
            assert_eq!(texts(text).join("\n"), text);
        }
    }
}
