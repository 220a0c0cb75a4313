//! What happens to a log on its way through mail, chat, a wiki or an issue: a mark or an indent before every line, HTML entities,
//! quoted-printable, escape sequences that are written out, symbols in the wrong code page, blanks that do not break, a stray backtick, a remark behind the line.
//!
//! Sources: logs that people pasted; RFC 2045 for quoted-printable. A mark is believed when the first lines of the log all have it. The
//! rest is looked for in a log's first lines only: pastes are short, and a long log costs nothing more.

use std::borrow::Cow;

use memchr::memmem;

use super::lines::{RawLine, Sink};
use super::mojibake::Mojibake;
use super::prefix::SEARCHED;
use super::written::Written;
use crate::pieces::Pieces;

/// The name in output.
pub(super) const NAME: &str = "pasted";
/// So many lines must have the mark; all of a log that is shorter, but not one alone.
const MARKED: usize = 4;
/// A longer line was pasted by nobody.
const LINE_LIMIT: usize = 32 << 10;
/// An indent of fewer blanks may be the program's own, unless a builder's first words stand behind it.
const INDENT: usize = 4;
const STARTS: [&[u8]; 7] =
    [b"Sending build context", b"Step 1", b"STEP 1", b"#0 building", b"#1 [", b"[+] Building", b"$ docker "];
/// A remark is no longer than this.
const REMARK: usize = 60;
/// Quoted-printable breaks lines at this width, of which some encoders leave a few columns.
const QUOTED_WIDTH: std::ops::RangeInclusive<usize> = 70..=76;

/// Marks that people and programs put before lines.
const MARKS: [&str; 6] = ["# ", "> ", "| ", "│ ", "// ", "; "];
/// What shows that a log of a builder went through HTML, whatever stood before.
const ENTITIES: [&str; 9] = [
    "=&gt; ",
    "---&gt; ",
    "&gt; [",
    "process &#34;",
    "process &quot;",
    "with &#34;",
    "with &quot;",
    " &amp;&amp; ",
    " 2&gt;&amp;1",
];
/// What entities stand for.
const MEANINGS: [(&[u8], char); 7] =
    [(b"gt", '>'), (b"lt", '<'), (b"quot", '"'), (b"apos", '\''), (b"nbsp", ' '), (b"amp", '&'), (b"hellip", '…')];
/// The longest entity: `&#x1F6A8;`.
const ENTITY: usize = 10;
/// A blank that does not break, in UTF-8.
const NO_BREAK: &[u8] = "\u{a0}".as_bytes();
/// So many in a line without any other blank show that all were replaced.
const NO_BREAKS: usize = 3;
/// What stands behind the angle of Gradle's own lines (gradle, `DefaultWorkInProgressFormatter` and its task headers).
const GRADLE: [&[u8]; 6] = [b"Task :", b"Configure project", b"Transform ", b"Resolve ", b"Run build", b"Build file '"];
/// How the first thing starts that Perl's tests have to say (Test::Builder); lines like it follow.
const PERL_TEST: &[u8] = b"#   Failed test";
/// Words of remarks behind a short arrow, which Go's channels have too.
const REMARKS: [&str; 7] = ["here", "this", "error", "fails", "problem", "the ", "why"];

#[derive(Default)]
pub(super) struct Paste {
    mark: Mark,
    /// The log's first lines, until the mark is known.
    held: Vec<Held>,
    entities: bool,
    /// A line had what HTML escapes.
    raw: bool,
    /// A page put blanks that do not break where several stood in a row.
    no_break: bool,
    escapes: Written,
    symbols: Mojibake,
    quoted: Quoted,
    /// A line that quoted-printable goes on with.
    open: Option<Held>,
    seen: bool,
}

#[derive(Debug, Default, PartialEq)]
enum Mark {
    #[default]
    Unknown,
    None,
    Known(Vec<u8>),
}

#[derive(Debug, Default, PartialEq, Clone, Copy)]
enum Quoted {
    #[default]
    Unknown,
    /// A code was met, but no broken line yet.
    Perhaps,
    Known,
}

/// A line that is held.
struct Held {
    number: u64,
    offset: u64,
    bytes: Vec<u8>,
    wide: bool,
    joined: u32,
}

impl Held {
    fn of(line: RawLine<'_>, joined: u32) -> Self {
        Held { number: line.number, offset: line.offset, bytes: line.bytes.to_owned(), wide: line.wide, joined }
    }

    fn raw(&self) -> RawLine<'_> {
        RawLine { number: self.number, offset: self.offset, bytes: &self.bytes, continued: false, wide: self.wide }
    }
}

impl Paste {
    /// Takes the next line and the number of physical lines that make it.
    pub(super) fn line(&mut self, line: RawLine<'_>, joined: u32, sink: &mut Sink<'_>) {
        if line.continued || line.bytes.len() > LINE_LIMIT {
            self.decide(sink);
            self.close(sink);
            sink(line, joined);
            return;
        }
        if self.mark == Mark::Unknown {
            self.first_line(line, joined, sink);
        } else {
            self.inner_line(line, joined, sink);
        }
    }

    /// Would it pass a quiet line on, and learn nothing from it?
    pub(super) fn at_rest(&self) -> bool {
        self.mark == Mark::None
            && !self.entities
            && !self.no_break
            && !self.escapes.known()
            && !self.symbols.known()
            && self.quoted != Quoted::Known
    }

    /// Was anything mended?
    pub(super) fn seen(&self) -> bool {
        self.seen
    }

    /// The log has ended.
    pub(super) fn finish(&mut self, sink: &mut Sink<'_>) {
        self.decide(sink);
        self.close(sink);
    }

    fn first_line(&mut self, line: RawLine<'_>, joined: u32, sink: &mut Sink<'_>) {
        let blank = line.bytes.trim_ascii().is_empty();
        if self.held.is_empty() && blank {
            sink(line, joined);
            return;
        }
        let fits = match self.held.first() {
            None => mark(line.bytes).is_some(),
            Some(first) => blank || mark(&first.bytes).is_some_and(|mark| without(line.bytes, mark).is_some()),
        };
        self.held.push(Held::of(line, joined));
        if !fits {
            self.mark = Mark::None;
            self.release(sink);
        } else if self.marked() >= MARKED {
            self.decide(sink);
        }
    }

    /// How many of the held lines have something in them.
    fn marked(&self) -> usize {
        self.held.iter().filter(|line| !line.bytes.trim_ascii().is_empty()).count()
    }

    /// No more lines are awaited: is the mark one?
    fn decide(&mut self, sink: &mut Sink<'_>) {
        if self.mark != Mark::Unknown {
            return;
        }
        let marked = self.marked() > 1;
        let mark = self.held.first().filter(|_| marked).and_then(|first| mark(&first.bytes));
        self.mark = mark.map_or(Mark::None, |mark| Mark::Known(mark.to_owned()));
        self.release(sink);
    }

    fn release(&mut self, sink: &mut Sink<'_>) {
        for held in std::mem::take(&mut self.held) {
            self.inner_line(held.raw(), held.joined, sink);
        }
    }

    fn inner_line(&mut self, line: RawLine<'_>, joined: u32, sink: &mut Sink<'_>) {
        let early = line.number <= SEARCHED;
        let mut bytes = line.bytes;
        if let Mark::Known(mark) = &self.mark
            && let Some(inside) = without(bytes, mark)
        {
            bytes = inside;
            self.seen = true;
        }
        if early {
            self.look(bytes);
        }
        if early {
            let whole = bytes;
            bytes = without_remark(without_stray_backtick(bytes));
            self.seen |= bytes.len() < whole.len();
        }
        // A console did this, not the one who pasted.
        let mut text = self.symbols.mended(bytes);
        if self.quoted == Quoted::Known {
            self.seen = true;
            let line_end = text.iter().rposition(|b| *b != b'\r').map_or(0, |at| at + 1);
            let soft = text.head(line_end).ends_with(b"=");
            let piece = unquoted(text.head(line_end - usize::from(soft)));
            let mut open =
                self.open.take().unwrap_or_else(|| Held { bytes: Vec::new(), joined: 0, ..Held::of(line, 0) });
            open.bytes.extend_from_slice(&piece);
            open.joined = open.joined.saturating_add(joined);
            if soft && open.bytes.len() < LINE_LIMIT {
                self.open = Some(open);
                return;
            }
            let bytes = self.mended(&open.bytes).into_owned();
            sink(RawLine { bytes: &bytes, ..open.raw() }, open.joined);
            return;
        }
        if let Cow::Owned(mended) = self.mended(&text) {
            text = Cow::Owned(mended);
            self.seen = true;
        }
        sink(RawLine { bytes: &text, ..line }, joined);
    }

    /// The text with what stands for other characters replaced.
    fn mended<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        let mut text = Cow::Borrowed(text);
        if self.entities && memchr::memchr(b'&', &text).is_some() {
            text = Cow::Owned(meant(&text));
        }
        if self.no_break && memmem::find(&text, NO_BREAK).is_some() {
            text = Cow::Owned(with_plain_blanks(&text));
        }
        if self.escapes.known()
            && let Cow::Owned(mended) = self.escapes.mended(&text)
        {
            text = Cow::Owned(mended);
        }
        text
    }

    fn close(&mut self, sink: &mut Sink<'_>) {
        if let Some(open) = self.open.take() {
            sink(open.raw(), open.joined);
        }
    }

    /// Learns from one of the log's first lines.
    fn look(&mut self, line: &[u8]) {
        if !self.entities {
            let raw = memchr::memchr3(b'<', b'>', b'"', line).is_some();
            if memchr::memchr(b'&', line).is_some() {
                // HTML has no such characters; what a log says of HTML mostly stands among some.
                self.entities = (!raw && !self.raw && has_entity(line))
                    || ENTITIES.iter().any(|words| memmem::find(line, words.as_bytes()).is_some());
            }
            self.raw |= raw;
        }
        if !self.no_break && memmem::find(line, NO_BREAK).is_some() {
            // In French one stands before a colon.
            let beside = |at: usize| line.head(at).ends_with(b" ") || line.tail(at + NO_BREAK.len()).starts_with(b" ");
            let all = !line.contains(&b' ') && memmem::find_iter(line, NO_BREAK).count() >= NO_BREAKS;
            self.no_break = all || memmem::find_iter(line, NO_BREAK).any(|at| at == 0 || beside(at));
        }
        self.escapes.look(line);
        self.symbols.look(line);
        if self.quoted != Quoted::Known && memchr::memchr(b'=', line).is_some() {
            let line = line.trim_ascii_end();
            let codes = [&b"=3D"[..], b"=C2=A0", b"=E2=80", b"=1B["];
            if codes.iter().any(|code| memmem::find(line, code).is_some()) {
                self.quoted = Quoted::Perhaps;
            }
            // Checksums end so too: the line alone proves nothing, unless it has the very width and was cut in plain text.
            let soft = line.ends_with(b"=") && QUOTED_WIDTH.contains(&line.len()) && line.contains(&b' ');
            let sure = self.quoted == Quoted::Perhaps || (line.len() == *QUOTED_WIDTH.end() && !ends_encoded(line));
            if soft && sure && memmem::find(line, b"h1:").is_none() {
                self.quoted = Quoted::Known;
            }
        }
    }
}

/// Is its last word long, and may it be a checksum or a key?
fn ends_encoded(line: &[u8]) -> bool {
    let word = line.rsplit(|b| *b == b' ').next().unwrap_or_default();
    let encoded = word.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=-_".contains(b));
    encoded && word.len() >= 20
}

/// The mark before a line, with the quotes of quotes.
fn mark(line: &[u8]) -> Option<&[u8]> {
    if line.trim_ascii_start().starts_with(PERL_TEST) {
        return None;
    }
    if let Some(mark) = MARKS.iter().find(|mark| line.starts_with(mark.as_bytes())) {
        let mut length = mark.len();
        while *mark == "> " && line.tail(length).starts_with(b"> ") {
            length += 2;
        }
        // Gradle starts its own lines so.
        if *mark == "> " && GRADLE.iter().any(|words| line.tail(length).starts_with(words)) {
            length -= mark.len();
        }
        // The row of a table.
        return (length > 0 && !line.trim_ascii_end().ends_with(b"|")).then(|| line.head(length));
    }
    // A quote in a quote of some mail programs.
    let angles = line.iter().take_while(|b| **b == b'>').count();
    if angles > 1 && line.get(angles) == Some(&b' ') {
        return Some(line.head(angles + 1));
    }
    let blanks = line.iter().take_while(|b| **b == b' ').count();
    let text = line.tail(blanks);
    if blanks > 0 && text.starts_with(b"> ") {
        return Some(line.head(blanks + 2));
    }
    if line.first() == Some(&b'\t') {
        return Some(line.head(1));
    }
    // The frames of a stack or of code are indented by the program that prints them.
    let own =
        text.starts_with(b"at ") || text.starts_with(b"File \"") || matches!(text.first(), Some(b'|' | b'^' | b'~'));
    let builder = blanks > 0 && STARTS.iter().any(|start| text.starts_with(start));
    ((blanks >= INDENT && !own) || builder).then(|| line.head(blanks))
}

/// The line without the mark, where it has one.
fn without<'l>(line: &'l [u8], mark: &[u8]) -> Option<&'l [u8]> {
    match line.strip_prefix(mark) {
        Some(inside) => Some(inside),
        None => (line.trim_ascii_end() == mark.trim_ascii_end()).then_some(&[]),
    }
}

/// `text <--- here` without the remark.
fn without_remark(line: &[u8]) -> &[u8] {
    let from = line.len().saturating_sub(REMARK);
    let Some(at) = memmem::find(line.tail(from), b" <").map(|at| from + at) else { return line };
    let arrow = line.tail(at + 2);
    let shaft = arrow.iter().take_while(|b| matches!(b, b'-' | b'=')).count();
    let words = arrow.tail(shaft).trim_ascii();
    let short = shaft == 1
        && arrow.starts_with(b"-")
        && REMARKS.iter().any(|word| words.to_ascii_lowercase().starts_with(word.as_bytes()));
    if (shaft > 1 || short) && !line.head(at).trim_ascii().is_empty() { line.head(at).trim_ascii_end() } else { line }
}

/// A backtick at the start or end of a line, without another one that it belongs to.
fn without_stray_backtick(line: &[u8]) -> &[u8] {
    let text = line.trim_ascii_end();
    let edge = text.first() == Some(&b'`') || text.last() == Some(&b'`');
    if !edge || text.len() < 2 || text.contains(&b'\'') || memchr::memchr_iter(b'`', text).count().is_multiple_of(2) {
        return line;
    }
    if text.starts_with(b"```") {
        return text.tail(3);
    }
    text.strip_prefix(b"`").or_else(|| text.strip_suffix(b"`")).unwrap_or(line)
}

/// The character that an entity at the start of `text` stands for, and the entity's length.
fn entity(text: &[u8]) -> Option<(char, usize)> {
    let inside = text.strip_prefix(b"&")?;
    let end = inside.iter().take(ENTITY).position(|b| *b == b';')?;
    let name = inside.head(end);
    let meaning = match name.strip_prefix(b"#") {
        Some(number) => {
            let (digits, radix) = match number {
                [b'x' | b'X', hex @ ..] => (hex, 16),
                _ => (number, 10),
            };
            let code = std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, radix).ok())?;
            char::from_u32(code).filter(|c| !c.is_control())?
        }
        None => MEANINGS.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((if meaning == '\u{a0}' { ' ' } else { meaning }, end + 2))
}

/// Is there what HTML makes of quotes and angles?
fn has_entity(line: &[u8]) -> bool {
    memchr::memchr_iter(b'&', line)
        .any(|at| entity(line.tail(at)).is_some_and(|(meaning, _)| "\"'<>&".contains(meaning)))
}

/// Text without HTML entities.
fn meant(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest) {
        out.extend_from_slice(rest.head(at));
        rest = rest.tail(at);
        let length = match entity(rest) {
            Some((meaning, length)) => {
                out.extend_from_slice(meaning.encode_utf8(&mut [0; 4]).as_bytes());
                length
            }
            None => {
                out.push(b'&');
                1
            }
        };
        rest = rest.tail(length);
    }
    out.extend_from_slice(rest);
    out
}

/// Text in which every blank may break.
fn with_plain_blanks(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memmem::find_iter(text, NO_BREAK) {
        out.extend_from_slice(text.part(from..at));
        out.push(b' ');
        from = at + NO_BREAK.len();
    }
    out.extend_from_slice(text.tail(from));
    out
}

/// Text without the codes of quoted-printable.
fn unquoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'=', rest) {
        out.extend_from_slice(rest.head(at));
        let digit =
            |at: usize| rest.get(at).filter(|b| !b.is_ascii_lowercase()).and_then(|b| (*b as char).to_digit(16));
        match (digit(at + 1), digit(at + 2)) {
            (Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                rest = rest.tail(at + 3);
            }
            _ => {
                out.push(b'=');
                rest = rest.tail(at + 1);
            }
        }
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::{read, texts};

    #[test]
    fn marks_before_every_line() {
        for mark in ["# ", "> ", "> > ", ">> ", "  > ", "| ", "│ ", "    ", "\t", "// "] {
            let log = ["one", "", "two", "three", "    four", "five"].map(|line| format!("{mark}{line}\n")).concat();
            assert_eq!(texts(&log), ["one", "", "two", "three", "    four", "five"], "{mark:?}");
            let (_, reader) = read(log.trim_end_matches(['\n', ' ']).as_bytes());
            assert_eq!(reader.dialects(), ["pasted", "plain"]);
        }
        assert_eq!(texts("# one\n#\n# two"), ["one", "", "two"]);
        assert_eq!(texts(&"> > Task :a\n".repeat(4)), ["> Task :a"; 4]);
        assert_eq!(texts("> a\n> b\n> c\n> d\nno mark\n> e\n")[4..], ["no mark", "e"]);
    }

    #[test]
    fn lines_that_only_look_marked() {
        for log in [
            "> app@1.0.0 build\n> next build\n\nerror: x\n",
            "# one",
            "| a | b |\n| - | - |\n| c | d |\n| e | f |\n",
            "    at a (b.js:1)\n    at c (d.js:2)\n    at e\n    at f\n",
            "  a\n  b\n  c\n  d\n",
            "#1 [1/2] FROM x\n#2 y\n#3 z\n#4 w\n",
            "\n#   Failed test 'adds'\n#   at a.t line 4.\n#          got: '2'\n#     expected: '3'\n",
            "> Task :preBuild UP-TO-DATE\n> Task :a\n> Task :b\n\n> Task :c\n> Task :d FAILED\n",
        ] {
            let (_, reader) = read(log.as_bytes());
            assert!(!reader.dialects().contains(&"pasted".to_owned()), "{log}");
        }
    }

    #[test]
    fn entities_and_quoted_printable() {
        let log = "error: process &#34;make&#34; failed\na &amp;&amp; b &unknown; &lt;x&gt;\n";
        assert_eq!(texts(log), ["error: process \"make\" failed", "a && b &unknown; <x>"]);
        assert_eq!(texts("<a href=\"x&amp;y\">&#34;</a>\n"), ["<a href=\"x&amp;y\">&#34;</a>"]);
        assert_eq!(texts("a &#x22;b&#x22; &#62; &apos;c&#39;&#x2F;\n"), ["a \"b\" > 'c'/"]);
        let quoted = "a \"b\"\nc &quot;d&quot;\n";
        assert_eq!(texts(quoted), quoted.lines().collect::<Vec<_>>());
        let soft = format!("error: --progress=3Dplain {}=", "x".repeat(45));
        let (lines, _) = read(format!("{soft}\nyz=20\nlast =E2=9C=93=zz\n").as_bytes());
        assert_eq!(
            lines,
            [format!("1+1 - O error: --progress=plain {}yz ", "x".repeat(45)), "3 - O last ✓=zz".to_owned()]
        );
        let soft = format!("no code at all {}: {}=", "x".repeat(48), "yz".repeat(5));
        assert_eq!(texts(&format!("{soft}\nz\n")), [format!("no code at all {}: {}z", "x".repeat(48), "yz".repeat(5))]);
        let sums = "\tgo.sum:     h1:hLW1jRLhsQuvnGbhmVUiA7T3mxdgQmV2yWqYBkeuo4w=\n".repeat(3);
        let log = format!("export A=20\n-DX=3D\n12:34:56  x   {sums}");
        assert_eq!(texts(&log), log.lines().collect::<Vec<_>>());
    }

    #[test]
    fn blanks_that_do_not_break() {
        assert_eq!(texts("\u{a0} a\n b\u{a0} c\u{a0}d\n"), ["  a", " b  c d"]);
        assert_eq!(texts("a\u{a0}b\u{a0}c\u{a0}d\ne\u{a0}f\n"), ["a b c d", "e f"]);
        assert_eq!(texts("a.c:1: erreur\u{a0}: x\n"), ["a.c:1: erreur\u{a0}: x"]);
    }

    #[test]
    fn remarks_and_backticks() {
        assert_eq!(
            texts(
                "error: a <- here\nerror: b   <--- this is it\nch <- value\n<- here\nif a < b\n[ERROR] Tests run: 1 <<< FAILURE!\n`error: c\nerror: d`\n`e` f\nno rule `all'\n"
            ),
            [
                "error: a",
                "error: b",
                "ch <- value",
                "<- here",
                "if a < b",
                "[ERROR] Tests run: 1 <<< FAILURE!",
                "error: c",
                "error: d",
                "`e` f",
                "no rule `all'"
            ]
        );
    }
}
