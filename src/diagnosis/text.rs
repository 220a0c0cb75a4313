//! Makes a line of a log safe to show: control characters visible, secrets masked, length bounded.

use once_cell::sync::{Lazy, OnceCell};
use regex::Regex;

use crate::pieces::Pieces;
use crate::signature::template::is_invisible;

/// Longest text of evidence, in characters.
pub const SHOWN_LIMIT: usize = 600;
/// How much of a long line is looked at for showing, in bytes around the match.
const WINDOW: usize = 16 * 1024;
/// What stands for a masked secret.
pub const MASK: &str = "[masked]";

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
}

/// Prepares `line` with the match at the byte range `span`.
pub fn show(line: &[u8], span: (usize, usize)) -> Shown {
    let from = if line.len() > WINDOW { floor_char(line, span.0.saturating_sub(WINDOW / 2)) } else { 0 };
    let to = if line.len() > WINDOW { floor_char(line, (from + WINDOW).min(line.len())).max(from) } else { line.len() };
    let window = line.part(from..to);
    let start = span.0.clamp(from, to) - from;
    let end = span.1.clamp(from + start, to) - from;
    // Markers keep track of the match while masking and visible symbols change lengths.
    let part = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let raw = part(window);
    let (masked_text, masked) = mask(&raw);
    let (before, inside) = if masked {
        let head = mask(&part(window.head(start))).0;
        let body = mask(&part(window.part(start..end))).0;
        (head.chars().count(), body.chars().count())
    } else {
        (part(window.head(start)).chars().count(), part(window.part(start..end)).chars().count())
    };
    let visible: Vec<char> = visible(masked_text.trim_end()).chars().collect();
    let mut cut = from > 0 || to < line.len();
    let (mut first, last) = (0, visible.len());
    let mut last = last;
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
    Shown { text, column: column as u64 + 1, end_column: end_column as u64 + 1, cut, masked }
}

/// A value taken from a log, ready to be shown.
pub fn show_value(value: &str) -> String {
    let (masked, _) = mask(value);
    visible(&masked)
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
    for c in text.chars() {
        match c {
            '\t' => out.push('\t'),
            '\u{7f}' => out.push('\u{2421}'),
            c if (c as u32) < 0x20 => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
            c if c.is_control() || is_invisible(c) => out.push_str(&format!("⟨U+{:04X}⟩", c as u32)),
            c => out.push(c),
        }
    }
    out
}

/// A shape of secrets.
struct Secret {
    /// Words, in lower case, without one of which it can't match.
    hints: &'static [&'static str],
    /// Its group `secret` is masked; what stands around it stays readable.
    pattern: &'static str,
}

static SECRETS: &[Secret] = &[
    // user:password@host in an address; the user stays readable.
    Secret { hints: &["://"], pattern: r"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]*:(?P<secret>[^\s/@]+)@" },
    // a token as the user: https://token@host
    Secret { hints: &["://"], pattern: r"(?i)\bhttps?://(?P<secret>[a-z0-9_.-]{20,})@" },
    Secret {
        hints: &["authorization"],
        pattern: r"(?i)\b(?:proxy-)?authorization\s*[:=]\s*(?:bearer|basic|token|digest)\s+(?P<secret>[^\s,;]{6,})",
    },
    Secret { hints: &["authorization"], pattern: r"(?i)\b(?:proxy-)?authorization\s*[:=]\s*(?P<secret>[^\s,;:]{20,})" },
    Secret { hints: &["bearer"], pattern: r"(?i)\bbearer\s+(?P<secret>[a-z0-9_.~+/=-]{16,})" },
    Secret { hints: &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], pattern: r"\b(?P<secret>gh[pousr]_[A-Za-z0-9]{20,})" },
    Secret { hints: &["github_pat_"], pattern: r"\b(?P<secret>github_pat_[A-Za-z0-9_]{20,})" },
    Secret {
        hints: &["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "gloas-", "glsoat-"],
        pattern: r"\b(?P<secret>gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[A-Za-z0-9_.-]{16,})",
    },
    Secret { hints: &["npm_"], pattern: r"\b(?P<secret>npm_[A-Za-z0-9]{20,})" },
    Secret { hints: &["pypi-"], pattern: r"\b(?P<secret>pypi-[A-Za-z0-9_-]{20,})" },
    Secret { hints: &["dckr_"], pattern: r"\b(?P<secret>dckr_(?:pat|oat)_[A-Za-z0-9_-]{16,})" },
    Secret { hints: &["akia", "asia", "agpa", "aroa"], pattern: r"\b(?P<secret>(?:AKIA|ASIA|AGPA|AROA)[A-Z0-9]{12,})" },
    Secret { hints: &["aiza"], pattern: r"\b(?P<secret>AIza[A-Za-z0-9_-]{30,})" },
    Secret { hints: &["ya29."], pattern: r"\b(?P<secret>ya29\.[A-Za-z0-9_-]{20,})" },
    Secret { hints: &["xox"], pattern: r"\b(?P<secret>xox[abeoprs]-[A-Za-z0-9-]{10,})" },
    Secret { hints: &["hvs.", "hvb.", "hvr."], pattern: r"\b(?P<secret>hv[sbr]\.[A-Za-z0-9_-]{20,})" },
    Secret { hints: &["sk-"], pattern: r"\b(?P<secret>sk-[A-Za-z0-9_-]{20,})" },
    Secret { hints: &["sg."], pattern: r"\b(?P<secret>SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})" },
    Secret { hints: &["eyj"], pattern: r"\b(?P<secret>eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{5,})" },
    Secret { hints: &["private key"], pattern: r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?P<secret>.+)" },
    // NAME_TOKEN=value, --password value, password: value; not `token: expected …`, so a value needs a digit or length.
    Secret {
        hints: &["passw", "passphrase", "secret", "token", "key", "_auth", "sas"],
        pattern: r#"(?i)(?:^|[\s"'{,;&?-])(?:[a-z0-9_.-]*[_.-])?(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|_auth|_authtoken|sas)["']?(?:=|:\s?["']|\s*=\s*["']?)(?P<secret>[^\s"'&,;{}$<>()]{6,})"#,
    },
    Secret {
        hints: &["--password", "--token", "--secret", "--api-key"],
        pattern: r"(?i)--(?:password|token|secret|api-key)[ =](?P<secret>[^\s$-][^\s]{5,})",
    },
    Secret { hints: &["machine"], pattern: r"(?i)\bmachine\s+\S+\s+login\s+\S+\s+password\s+(?P<secret>\S+)" },
    Secret {
        hints: &["accountkey=", "sharedaccesssignature=", "sharedaccesskey="],
        pattern: r"(?i)\b(?:AccountKey|SharedAccessSignature|SharedAccessKey)=(?P<secret>[^\s;]{8,})",
    },
];

/// Finds which secrets may be in a text, and those that were looked for: most logs need none of them, and a regex takes its time
/// to be compiled.
struct Masks {
    hints: aho_corasick::AhoCorasick,
    /// For each hint the secret that it belongs to.
    secrets: Vec<usize>,
    regexes: Vec<OnceCell<Option<Regex>>>,
}

static MASKS: Lazy<Option<Masks>> = Lazy::new(|| {
    let hints = || SECRETS.iter().enumerate().flat_map(|(at, secret)| secret.hints.iter().map(move |hint| (at, *hint)));
    let automaton = aho_corasick::AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(aho_corasick::AhoCorasickKind::NoncontiguousNFA))
        .build(hints().map(|(_, hint)| hint))
        .ok()?;
    let secrets = hints().map(|(at, _)| at).collect();
    Some(Masks { hints: automaton, secrets, regexes: SECRETS.iter().map(|_| OnceCell::new()).collect() })
});

/// Replaces secrets by [`MASK`]; says whether there were any.
pub fn mask(text: &str) -> (String, bool) {
    // Without its automaton nothing would be masked: then nothing is shown.
    let Some(masks) = MASKS.as_ref() else { return (MASK.to_owned(), true) };
    let mut hinted = [false; SECRETS.len()];
    for found in masks.hints.find_overlapping_iter(text) {
        let secret = masks.secrets.get(found.pattern().as_usize()).and_then(|at| hinted.get_mut(*at));
        secret.into_iter().for_each(|hinted| *hinted = true);
    }
    let mut out = text.to_owned();
    let mut masked = false;
    for ((secret, regex), _) in SECRETS.iter().zip(&masks.regexes).zip(hinted).filter(|(_, hinted)| *hinted) {
        // An address without a name in front of its host holds no secret.
        if secret.hints == ["://"] && !text.contains('@') {
            continue;
        }
        let Some(shape) = regex.get_or_init(|| Regex::new(secret.pattern).ok()) else { continue };
        let mut at = 0;
        while let Some(found) = shape.captures_at(&out, at).and_then(|c| c.name("secret")).map(|m| m.range()) {
            if [MASK, "***"].contains(&out.part(found.clone())) {
                at = found.end;
                continue;
            }
            out.replace_range(found.clone(), MASK);
            masked = true;
            at = found.start + MASK.len();
        }
    }
    (out, masked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_hosts_stay() {
        for (line, expected) in [
            ("fatal: https://bob:hunter22@git.example.org/x.git", "fatal: https://bob:[masked]@git.example.org/x.git"),
            (
                "clone https://x-access-token:ghp_0123456789abcdefghijABCD@github.com/a",
                "clone https://x-access-token:[masked]@github.com/a",
            ),
            ("NPM_TOKEN=abcdef123456 npm ci", "NPM_TOKEN=[masked] npm ci"),
            ("Authorization: Bearer abc.def-ghi_jkl12345", "Authorization: Bearer [masked]"),
            ("curl --password hunter2222 https://example.org", "curl --password [masked] https://example.org"),
            ("key glpat-abcdefghij0123456789", "key [masked]"),
        ] {
            assert_eq!(mask(line).0, expected);
        }
        for plain in [
            "syntax error: unexpected token: expected ';'",
            "pulling from https://registry.example.org:5000/v2/",
            "verifying module: checksum mismatch",
            "invalid token in expression",
        ] {
            assert_eq!(mask(plain), (plain.to_owned(), false));
        }
    }

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(visible("a\x1b[31m\u{202e}b\u{200b}"), "a␛[31m⟨U+202E⟩b⟨U+200B⟩");
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
