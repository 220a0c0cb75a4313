//! Finds secrets in what is shown of a log, so that no report repeats them. Names, hosts and users stay readable.
//!
//! Nothing here is a regex: most logs hold no secret, and a regex takes its time to be compiled. One search for fixed texts says
//! where to look, and small readers look there:
//!
//! - [`tokens`]: tokens that are known by how they begin, or by a mark inside;
//! - [`named`]: what is assigned to a name such as `NPM_TOKEN`, given to an option such as `--password`, or sent in a header;
//! - [`address`]: passwords and tokens in addresses;
//! - [`wrapped`]: private keys, and what a line's end cut in two.
//!
//! Colours and characters without width inside a secret do not hide it ([`bones`]). A secret without a known shape or name is not
//! recognised.

mod address;
mod bones;
mod named;
mod tokens;
mod wrapped;

use std::ops::Range;

use once_cell::sync::Lazy;

use bones::Bones;
pub use wrapped::mask_wrapped;

/// What stands for a masked secret.
pub const MASK: &str = "[masked]";

/// What a fixed text may be the start, the name or the mark of.
#[derive(Debug, Clone, Copy)]
enum Hint {
    /// A token that begins so: its place in [`tokens::STARTS`].
    Start(usize),
    /// A token with this inside: its place in [`tokens::INSIDE`].
    Inside(usize),
    /// A name: its place in [`named::NAMES`].
    Name(usize),
    /// `://`.
    Address,
    /// A program whose options hold secrets: its place in [`named::PROGRAMS`].
    Program(usize),
    /// The head of a private key.
    Key,
}

/// A fixed text: its second byte in lower case, which tells most of them apart, the text and what it hints at.
type Entry = (u8, &'static str, Hint);

/// The fixed texts, in lower case or not, by their first byte in lower case. An automaton of them would take longer to be made than
/// most logs have lines to show.
static HINTS: Lazy<Vec<Vec<Entry>>> = Lazy::new(|| {
    let starts = tokens::STARTS.iter().enumerate().map(|(at, token)| (token.start, Hint::Start(at)));
    let inside = tokens::INSIDE.iter().enumerate().map(|(at, token)| (token.mark, Hint::Inside(at)));
    let names = named::NAMES.iter().enumerate().map(|(at, name)| (name.word, Hint::Name(at)));
    let programs = named::PROGRAMS.iter().enumerate().map(|(at, program)| (program.word, Hint::Program(at)));
    let others = [("://", Hint::Address), ("private key", Hint::Key)];
    let mut hints = vec![Vec::new(); 128];
    for (text, hint) in starts.chain(inside).chain(names).chain(programs).chain(others) {
        let byte = |at| text.as_bytes().get(at).map_or(0, u8::to_ascii_lowercase);
        let bucket = hints.get_mut(usize::from(byte(0)));
        bucket.into_iter().for_each(|bucket: &mut Vec<Entry>| bucket.push((byte(1), text, hint)));
    }
    hints
});

/// Where fixed texts stand, whatever the case of their letters.
fn hints(text: &str) -> impl Iterator<Item = (Range<usize>, Hint)> {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().flat_map(move |(at, byte)| {
        let bucket = HINTS.get(usize::from(byte.to_ascii_lowercase())).map(Vec::as_slice).unwrap_or_default();
        let next = bytes.get(at + 1).map_or(0, u8::to_ascii_lowercase);
        bucket.iter().filter(move |(second, ..)| *second == next).filter_map(move |(_, hint, of)| {
            let span = at..at + hint.len();
            bytes.get(span.clone())?.eq_ignore_ascii_case(hint.as_bytes()).then_some((span, *of))
        })
    })
}

/// Byte ranges of the secrets in `text`, in order and apart from each other. `cut`: its end was cut off, so that the last secret may
/// lack some of itself.
fn spans(text: &str, cut: bool) -> Vec<Range<usize>> {
    let bones = Bones::of(text);
    let whole = bones.text();
    let kept = whole.trim_end_matches('…');
    let mut found = spans_of_bones(kept, cut || kept.len() < whole.len());
    if found.is_empty() {
        return found;
    }
    for span in &mut found {
        *span = bones.place(span.start)..bones.end_place(span.end);
    }
    found
}

/// The same in a text without colours.
fn spans_of_bones(text: &str, cut: bool) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (hit, hint) in hints(text) {
        match hint {
            Hint::Start(at) => found.extend(tokens::STARTS.get(at).and_then(|token| token.find(text, hit, cut))),
            Hint::Inside(at) => found.extend(tokens::INSIDE.get(at).and_then(|token| token.find(text, hit))),
            Hint::Name(at) => found.extend(named::NAMES.get(at).and_then(|name| name.find(text, hit))),
            Hint::Address => address::find(text, hit, cut, &mut found),
            Hint::Program(at) => {
                named::PROGRAMS.get(at).into_iter().for_each(|program| program.find(text, hit.clone(), &mut found));
            }
            Hint::Key => found.extend(wrapped::key_on_one_line(text, hit)),
        }
    }
    found.extend(wrapped::body(text));
    found.retain(|span| !span.is_empty());
    found.sort_by_key(|span| (span.start, span.end));
    found.dedup_by(|next, before| {
        let touches = next.start <= before.end;
        if touches {
            before.end = before.end.max(next.end);
        }
        touches
    });
    found
}

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// The text with [`MASK`] in place of each.
    pub text: String,
    /// What was masked, without colours.
    pub secrets: Vec<String>,
    spans: Vec<Range<usize>>,
}

impl Masked {
    /// Masks a text; `cut` where its end was cut off.
    pub fn of(text: &str, cut: bool) -> Self {
        let spans = spans(text, cut);
        let said = |span: &Range<usize>| Bones::of(text.get(span.clone()).unwrap_or_default()).text().to_owned();
        let secrets = spans.iter().map(said).collect();
        Masked { text: without(text, &spans), secrets, spans }
    }

    /// Where in the masked text the byte stands that stood at `at` before; of what is masked the end where `end` is asked for.
    pub fn place(&self, at: usize, end: bool) -> usize {
        let mut moved = at;
        for span in &self.spans {
            if span.end <= at {
                moved = moved + MASK.len() - span.len();
            } else if span.start < at {
                return moved + span.start - at + if end { MASK.len() } else { 0 };
            }
        }
        moved
    }
}

/// `text` with [`MASK`] in place of the ranges.
fn without(text: &str, spans: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        out.push_str(text.get(from..span.start).unwrap_or_default());
        out.push_str(MASK);
        from = span.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Replaces secrets by [`MASK`]; says whether there were any.
pub fn mask(text: &str) -> (String, bool) {
    let spans = spans(text, false);
    if spans.is_empty() { (text.to_owned(), false) } else { (without(text, &spans), true) }
}

/// Masks in a value that was taken from a line what is a secret of that line, though the value alone does not say so.
pub fn mask_value(value: &str, secrets: &[String]) -> Option<String> {
    let mut masked: Option<String> = None;
    for secret in secrets.iter().filter(|secret| secret.len() >= LEAST) {
        let now = masked.as_deref().unwrap_or(value);
        if now.contains(secret.as_str()) {
            masked = Some(now.replace(secret.as_str(), MASK));
        } else if now.len() >= LEAST && secret.contains(now) {
            return Some(MASK.to_owned());
        }
    }
    masked
}

/// Shorter, a text may stand elsewhere by chance.
const LEAST: usize = 4;

/// Is it so unlike a word that it is the same secret wherever it stands?
pub fn is_telltale(secret: &str) -> bool {
    let mixed = secret.chars().any(|c| c.is_ascii_digit()) && secret.chars().any(char::is_alphabetic);
    secret.len() >= 8 && (mixed || is_unlike_words(secret))
}

/// Does a value stand for a secret that is not in the text: `$TOKEN`, `<token>`, `***`, `{{ secrets.x }}`?
fn is_placeholder(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'', '`']);
    let Some(first) = value.chars().next() else { return true };
    let lower = || value.to_ascii_lowercase();
    matches!(first, '$' | '<' | '{' | '%' | '@')
        || value.chars().all(|c| c == first)
        || value == MASK
        || ["masked", "redacted", "hidden", "your-", "your_", "xxxx", "****", "...", "example-token", "changeme"]
            .iter()
            .any(|word| value.len() < 64 && lower().contains(word))
}

/// Is it unlike a word: long enough, with digits among the letters, or with large and small letters in turn?
fn is_unlike_words(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let pairs = value.bytes().zip(value.bytes().skip(1));
    let turns = pairs.filter(|(a, b)| a.is_ascii_lowercase() && b.is_ascii_uppercase()).count();
    (value.len() >= 8 && digits > 0 && letters > 0) || (value.len() >= 12 && turns >= 3)
}
