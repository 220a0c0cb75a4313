//! How much a line looks like the reason of a failure, when no signature knows it.
//!
//! The shapes are those with which compilers, linkers, interpreters, shells, loggers and scripts say that something failed, in general;
//! what one tool says belongs into `signatures/`.

use memchr::memmem::Finder;
use once_cell::sync::Lazy;
use regex::bytes::{Regex, RegexBuilder};

use crate::matcher::{RunsOfDigits, Shape, Shapes, ToldApart};
use crate::pieces::Pieces;

/// From this score a line says by its shape alone that something failed.
pub const LOUD: i64 = 380;
/// From this score a line among the very last ones of a log does.
pub const PLAIN: i64 = 330;
/// The points of a line that the CI system marked as an error, whatever it says.
pub const MARKED: i64 = 400;
/// What a line that only repeats a failure loses.
const ECHO: i64 = 230;
/// What a line that sums failures up loses: what it counts is worth more.
const SUMMARY: i64 = 90;
/// What the line behind a label gets beyond the label's own points.
pub const LABELLED: i64 = SUMMARY + 20;
/// What a quiet line gets that tells of a failure of the environment.
const NEAR_ROOT: i64 = 230;
/// What a line loses that another program logged as information.
const RELAYED: i64 = 30;

/// What speaks for a line, with its points. The first alternative that fits counts.
const HEADS: [(i64, &str); 17] = [
    // Programs that died.
    (
        440,
        r"^\W*(?:[\w./+-]+: )?(?:fatal(?: error)?|FATAL|panic|Panic|runtime error)\b[\]: ]|^thread '.*' panicked at |\bUncaught \w*(?:Error|Exception)\b|(?i:\bsegmentation fault\b|\bcore dumped\b|\bbus error\b|\bstack overflow\b|\billegal instruction\b)",
    ),
    // `file:line:column: error: …`, `file(12,3): error TS2304: …`, `file.f90:12: Error: …`.
    (
        430,
        r"^\W*(?:[A-Za-z]:[\\/])?[^\s:][^:]*:\d+(?:[:.]\d+)?(?:-\d+)?: *(?i:fatal )?(?i:error|errors|syntaxerror)\b|\(\d+(?:,\d+){0,3}\) ?: (?:fatal )?error\b|:\d+:\d+ - error\b|^\s*\d+:\d+ +error +\S",
    ),
    (
        425,
        r": undefined reference to |: multiple definition of |\bundefined symbols?\b.*:|\bunresolved external symbol\b|\bduplicate symbol\b|: cannot find -l",
    ),
    // `error[E0308]: …`, `error TS6053: …`, `Error (3656): …`, `✘ [ERROR] …`, `ERROR in …`, `error - …`, `tool: error: …`.
    (
        420,
        r"^\W*(?:[\w./\\+-]+: ){0,2}(?i:[a-z_]*error|err|erro)(?: ?\[[\w/@:.-]+\]|[ -][A-Z]{1,8}-?\d+| \(\w+\))?(?:[!:\])]+[ \t:]*\S|[ \t]+(?:[-in]+|while|at|during)[ \t]|[ \t]?\W{1,3}[ \t])",
    ),
    // `CMake Error at …`, `Syntax error: …`, `npm error …`, `ERR_PNPM_…`.
    (415, r"^\W*(?:[A-Z]\w+ ){1,2}[Ee]rror(?:[:!]| at | in )|^[a-z]{2,8} (?:ERR!|error) |^\W*ERR_[A-Z_]+\b"),
    (
        415,
        r"^(?:\W*(?:Caused by|Root cause|Reason)|Suppressed): ?\S|^Exception in |^\W*(?:[\w]+[.$:])*\w*(?:Exception|Error|Panic|Interrupt|Exit)\b(?:: |$| \[)",
    ),
    (410, r"^E: |^\W*ERROR\b|^\W*Error\b|^\W*error\b|^##\[error\]|^\W*(?:CRITICAL|SEVERE|FATAL|ALERT|EMERG)\b"),
    // Sentences of shells and of the system.
    (
        405,
        r"(?i)\bis not recognized as |: (?:command )?not found\b|: no such file or directory|^\W*E(?:PERM|ACCES|NOENT|EXIST|ISDIR|NOTDIR|NOTEMPTY|BUSY|MFILE|NOSPC|ROFS|INVAL|ADDRINUSE|CONN\w+|TIMEDOUT): |: (?:permission|access) (?:is )?denied|: operation not permitted|: cannot execute|: bad interpreter",
    ),
    // Marks of failure, also those that a Windows console garbled.
    (
        400,
        r"^(?:--- FAIL|FAIL\b|FAILED\b)|^\W*(?:\xE2\x9C[\x96-\x98]|\xC3\x97|\xE2\x9D\x8C|\xE2\xA8\xAF|\xE2\xAF\x83|\xF0\x9F\x9B\x91|\xF0\x9F\x9A\xA8|\xF0\x9F\x92\xA5|\xE2\x9B\x94|\xCE\x93\xC2\xA5\xC3\xAE|\xCE\x93\xC2\xA3\xC3[\xBB\xB9\xBF]|\xCE\x93\xC2\xBF\xC2\xBB|\xC3\xA2\xC2?\x9D?\xC5\x92)|^not ok \d",
    ),
    // `Build failed: why`.
    (395, r"^\W*(?:[A-Z]\w+ ){0,3}(?:[Ff]ailed|FAILED|[Ff]ailure): +\S"),
    // The same in other languages.
    (
        390,
        r"(?i)^\W*(?:[\w./\\:+-]+: ){0,2}(?:fehler|erreur|errore|fout|fel|feil|fejl|virhe|hiba|hata|chyba|erro)\b ?:|\xD1\x88\xD0\xB8\xD0\xB1\xD0\xBA\xD0\xB0|\xE9\x94\x99\xE8\xAF\xAF|\xE9\x8C\xAF\xE8\xAA\xA4|\xE3\x82\xA8\xE3\x83\xA9\xE3\x83\xBC|\xE5\xA4\xB1\xE8\xB4\xA5|\xE5\xA4\xB1\xE6\x95\x97|\xEC\x98\xA4\xEB\xA5\x98|\xEC\x8B\xA4\xED\x8C\xA8|b\xC5\x82\xC4\x85d",
    ),
    // `main.go:12:3: …`, and a failing assertion.
    (
        375,
        r"^\W{0,3}[\w./\\-]+\.\w{1,6}:\d+(?::\d+)?: \S|^\s*\xE2\x97\x8F \S|^E   +\S|^\s*(?:Expected|Received|expected|got|AssertionError|assertion failed|Assertion failed)\b.*[:=]",
    ),
    (
        360,
        r"^[\w./+-]+: (?:\d+: )?.*(?:not found|denied|[Nn]o such|[Cc]annot|[Cc]ould not|[Ff]ailed|[Ii]nvalid|[Uu]nable|[Uu]nexpected|[Uu]nknown|[Ff]orbidden|[Uu]nauthorized|[Tt]imeout|[Mm]ismatch|not permitted|not allowed|not supported|does(?:n't| not) exist|no matching|[Ii]nconsistent|[Aa]mbiguous|requires [\w.@/-]+ (?:>|<|=|version|or newer))",
    ),
    (355, r"(?i)^\W*(?:caused by|what went wrong|root cause):\s*$"),
    (
        350,
        r"^\W*(?:Traceback|(?:[A-Z]\w+ ){0,3}(?:[Ff]ailed|FAILED|[Ff]ailure|cannot|could not|couldn't|unable)\b|(?:Cannot|Can't|Could not|Couldn't|Unable|Missing|Invalid|Unknown|Unexpected|No such|Unsupported|Undefined|Unresolved|Illegal|Duplicate)\b)",
    ),
    (
        300,
        r"(?i)\b(?:failed|failure|cannot|can't|could not|unable to|denied|refused|timed out|not found|no such|missing|must be|mismatch|rejected|aborted|killed|invalid|undefined|required|unknown|unexpected|conflict|unresolved|blocked|violations?|violates|forbidden|not allowed|disallowed|not supported|unsupported|not permitted|does(?:n't| not) exist|incompatible|inconsistent|ambiguous|fehlgeschlagen)\b",
    ),
    (220, r"(?i)error|exception"),
];
static HEAD_SHAPES: Lazy<Shapes> = Lazy::new(|| Shapes::new(&HEADS.map(|(_, head)| head)));

/// The points of a line's head.
fn head(text: &[u8]) -> Option<i64> {
    let mut first = None;
    HEAD_SHAPES.fitting(text, |at| {
        first.get_or_insert(at);
    });
    first.and_then(|at| HEADS.get(at)).map(|(points, _)| *points)
}

/// Words with which a script of one's own says no, without any of the usual ones.
static OBJECTIONS: Lazy<Shape> = Lazy::new(|| {
    Shape::new(
        r"(?i)\b(?:not|no|without|must|should|cannot|only|too|expected|stale|outdated|differs?|lacks?|never|wrong|bad|exceeds?)\b",
    )
});

/// What speaks for one of the last lines of a step that holds none of the usual words.
pub fn objection(text: &[u8]) -> i64 {
    if ECHOES.any_fits(text) {
        return -100;
    }
    if OBJECTIONS.fits(text) { 80 } else { 0 }
}

/// A warning, or less.
const WARNING: &str = r"(?i)^\W*(?:npm )?(?:warn|warning|info|debug|note|notice|trace|verbose|hint|help|tip)\b|^W: |: warning[: ]|\bwarning (?:[A-Z]+\d+)?:|\(warning\)";
static WARNS: Lazy<Shape> = Lazy::new(|| Shape::new(WARNING));

/// What speaks against a line: warnings, counts of nothing, names and options that only hold such words, progress, pieces of sources,
/// frames, and what only says that something else failed.
const AGAINST: [&str; 11] = [
    WARNING,
    r"(?i)\b(?:0|no) (?:\w+ )?(?:errors?|failures?|failed|failing|vulnerabilities|problems|issues)\b",
    r"(?i)-W(?:no-)?error|error_reporting|errors?=0|failed=0|failures: 0|errors: 0|--[\w-]*(?:error|fail)",
    r"(?i)(?:lib|this|anyhow-|any)errors?[-_ ]|errors?[-_.]?(?:\d|v\d|perl|js\b|handler|page|log|chain|stack|prone)|[-_/.](?:error|fail|timeout|denied|abort)[\w-]*",
    r"(?i)^\s*(?:[-*>] )?(?:get|hit|ign|err:\d+|fetched|selecting|preparing|prepare|unpacking|setting up|processing|collecting|downloading|downloaded|installing|compiling|checking|go: downloading|adding|copying|creating|extracting|linking|building|generating|entering|resolving|receiving|inflating)\b",
    r"(?i)^\s*(?:ok|pass(?:ed)?|\xE2\x9C[\x93\x94]|\xE2\x9C\x85|---? PASS|=== RUN|=== CONT|=== PAUSE|test .* \.\.\. ok)(?:\b|\s)",
    r"(?i)will (?:be )?(?:retr|ignor)|retrying|trying again|retry \d|attempt \d+|deprecated|DeprecationWarning|continuing|skipp(?:ed|ing)|falling back|non-fatal|non-blocking|\(ignored\)|ignoring|\(optional\)",
    r"^\s*at .+[(:]|^\s+File .+, line \d+|^\s*>?\s*\d+ ?(?:\||\xE2\x94\x82)|^\s*\||^\s+from .+:\d+|^\s*\+ (?:CategoryInfo|FullyQualifiedErrorId|~)|NativeCommandError|RemoteException",
    r"(?i)debconf: |invoke-rc\.d|policy-rc\.d|update-alternatives|symbolic link '/etc/resolv\.conf'",
    r"(?i)\b(?:throw new|raise \w+\(|console\.(?:error|log)|catch ?\(|except \w+|import \{|echo [\x22'])|^\s*(?:if|else|elif|case|return|assert|def|function|const|let|var|export|public|private)\b.*[({=:]",
    r"^\+{1,3} |^-- \w|^\s*(?:#|//|\*|<!--) ?\w",
];
static HARMLESS: Lazy<Shapes> = Lazy::new(|| Shapes::new(&AGAINST));

/// The environment failed: what is then missing, or not found, is mostly a consequence.
const ENVIRONMENTAL: &str = r"(?i)temporary (?:failure|error)|could ?n[o']t resolve|name or service not known|no such host|connection (?:refused|reset|timed out)|service unavailable|bad gateway|gateway time-?out|\b403 +forbidden|\b401 +unauthorized|no space left|cannot allocate memory|out of memory|certificate (?:has expired|verify failed|signed by unknown)|too many (?:open files|requests)|(?:untrusted|bad) signature|read-only file system";
static ENVIRONMENT: Lazy<Shape> = Lazy::new(|| Shape::new(ENVIRONMENTAL));

/// What only says that something failed, or how it ended.
const REPEATING: [&str; 2] = [
    r"(?i)exit(?:ed)?(?: with)?:? ?(?:code|status)?[:= ]+\(?[1-9]\d*|ExitFailure|exited with|returned a non-zero|non-zero exit|did not complete success|failed with exit code|Command failed|make(?:\[\d+\])?: \*\*\*|npm err(?:or|!)? ?(?:code|errno|A complete log|command|path|syscall|$)|A complete log of this run|ELIFECYCLE|ld returned \d|linker command failed|Process completed with",
    r"^\W*Traceback \(most recent|(?i:see (?:the )?(?:log|above|output|full)|scroll up|above this error|above for|full log|full stack trace|--stacktrace|more information about (?:this|the) error|re-?run |\[Help \d\] http|possible solutions)",
];
static ECHOES: Lazy<Shapes> = Lazy::new(|| Shapes::new(&REPEATING));

/// What counts failures, or says that the whole failed.
const COUNTING: [&str; 3] = [
    r"(?i)^\W*(?:error: |error:  )?\W*(?:found )?\d+ (?:\w+ )?(?:errors?|problems?|failures?|failing|failed|issues?|violations?|fatal errors?)\b|\berrors? generated|\berrors? (?:occurred|found)|\bdue to \d+ previous error|could not compile `|^Tests?(?: Suites| Files)?:? +\d+ failed|some problems were encountered|\(\d+ errors?, \d+ warnings?\)",
    r"(?i)^\W*(?:[\w.-]+: )?(?:error:? )?\W*(?:the |your |docker |image |project )?(?:build|compilation|compile|compiler run|command|script|job|task|step|execution|tests?|testing|deployment|deploy|installation|install|pipeline|lint|check|checks|app|bundle|goal)s?(?: \S+)? (?:has |have |was |were )?(?:failed|unsuccessful|not successful|stopped|aborted|finished with errors|completed with errors|terminated)\W*$|(?i:unable to|failed to) (?:compile|build|run|execute|install)(?: \w+){0,4}\W*$",
    r"(?i)^\W*(?:[\w.-]+: )?(?:error|errors|failed|failure|failures|fatal|exception|err|caused by|severe|critical)\W*$|^FAILED: \S+\.o\b|^\W*(?:the following|there (?:was|were))\b.*\b(?:failed|failures?|errors?)\b",
];
static SUMMARIES: Lazy<Shapes> = Lazy::new(|| Shapes::new(&COUNTING));

fn regex(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).build().ok()
}

/// What a logger puts before a message: a clock, a level that says nothing bad, the logger's name; and colours that were written out.
const BEFORE: &str = r"^(?:(?:\x5E\[|\\e|\\033|\\u001b|\\x1b)\[[\d;]*m)*(?:\[?(?:\d{4}[-/]\d\d[-/]\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z| ?[+-]\d\d:?\d\d)?\]?[\s|:-]{0,4})?(?P<level>\[(?:INFO|info|DEBUG|debug|stdout|stderr|out|err)\][ :]*(?:\w+(?:\.\w+)+: )?)?(?:(?:\x5E\[|\\e|\\033|\\u001b|\\x1b)\[[\d;]*m)*";
static RELAY: Lazy<Option<Regex>> = Lazy::new(|| regex(BEFORE));

/// From 0 (nothing) to some 450.
pub fn score(text: &[u8]) -> i64 {
    score_above(text, 0).unwrap_or(0)
}

/// How many, and how a program ended: something is told from nothing.
const COUNTS: ToldApart = ToldApart::in_numbers(b"0");
/// States of HTTP.
const STATES: ToldApart = ToldApart::in_numbers(b"0134");
/// Written escapes.
const ESCAPES: ToldApart = ToldApart::everywhere(b"013");

/// Adds the digits to `told_apart` for which another line than this, but for them, may have another score.
pub fn tell_apart(text: &[u8], told_apart: &mut RunsOfDigits) {
    told_apart.add(text, COUNTS);
    let has = |letters: [u8; 2], rest: &[u8]| {
        memchr::memchr2_iter(letters[0], letters[1], text)
            .any(|at| text.tail(at + 1).get(..rest.len()).is_some_and(|text| text.eq_ignore_ascii_case(rest)))
    };
    if has(*b"fF", b"orbidden") || has(*b"uU", b"nauthorized") {
        told_apart.add(text, STATES);
    }
    if memchr::memchr(b'\\', text).is_some() {
        told_apart.add(text, ESCAPES);
    }
}

/// The score, where it is above `floor`. The higher that is, the less of a line must be looked at.
pub fn score_above(text: &[u8], floor: i64) -> Option<i64> {
    if text.len() < 4 {
        return None;
    }
    let whole = points(text, floor);
    let inner = relayed(text).map_or(0, |(inner, level)| match points(inner, floor) {
        // Information that only mentions an error is none.
        points if level && points < LOUD => 0,
        points => points - if level { RELAYED } else { 0 },
    });
    Some(whole.max(inner)).filter(|score| *score > floor)
}

/// What stands behind a clock or a level, and whether there is a level.
fn relayed(text: &[u8]) -> Option<(&[u8], bool)> {
    // A clock, a bracket, or the written form of an escape.
    let may_be = match text {
        [b'0'..=b'9', _, third, _, fifth, ..] => *third == b':' || matches!(fifth, b'-' | b'/'),
        [first, ..] => matches!(first, b'[' | b'^' | b'\\'),
        [] => false,
    };
    let found = RELAY.as_ref().filter(|_| may_be)?.captures(text)?;
    let end = found.get(0)?.end();
    (end > 0 && end < text.len()).then(|| (text.tail(end), found.name("level").is_some()))
}

/// The points of a line and what it loses by being harmless. Where its head has not more than `floor`, they are not known: 0.
fn weigh(text: &[u8], floor: i64) -> i64 {
    let Some(points) = head(text).filter(|points| *points > floor) else { return 0 };
    let around = ENVIRONMENT.fits(text);
    // Of a line that tells what is wrong with the environment more warnings will come.
    let warns = i64::from(around && WARNS.fits(text));
    let against = HARMLESS.count(text) as i64 - warns;
    (points - ECHO * against).max(0)
}

/// Does the line tell of a failure of the environment?
pub fn is_around(text: &[u8]) -> bool {
    ENVIRONMENT.fits(text)
}

/// What a line of these points gets where it tells of a failure of the environment. That makes it no louder.
pub fn near_root(text: &[u8], points: i64) -> i64 {
    // Of a warning with an address: who warns of a download goes on, and fails for the lack of it.
    let fetched = || text.windows(3).any(|bytes| bytes == b"://") && WARNS.fits(text);
    let around = || ENVIRONMENT.fits(text) || fetched();
    if (PLAIN - ECHO..LOUD).contains(&points) && around() { NEAR_ROOT } else { 0 }
}

/// What is left of them where the line only repeats a failure, or sums failures up.
fn points(text: &[u8], floor: i64) -> i64 {
    if is_bare_level(text) {
        return 0;
    }
    let points = weigh(text, floor);
    let echo = if points > 0 && ECHOES.any_fits(text) { ECHO } else { 0 };
    let summary = if points > 0 && echo == 0 && SUMMARIES.any_fits(text) { SUMMARY } else { 0 };
    let long = if text.len() > 400 { 60 } else { 0 };
    (points - echo - summary - long).max(0)
}

/// Does it hold a verb of failure?
fn complains(text: &[u8]) -> bool {
    const VERBS: [&[u8]; 8] =
        [b"unable", b"Unable", b"cannot", b"Cannot", b"could not", b"Could not", b"failed to", b"no such"];
    VERBS.iter().any(|verb| memchr::memmem::find(text, verb).is_some())
}

/// `[ERROR]`: Maven's blank lines.
fn is_bare_level(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let level = text.strip_prefix(b"[").and_then(|text| text.strip_suffix(b"]"));
    level.is_some_and(|level| level.len() <= 8 && level.iter().all(u8::is_ascii_alphabetic))
}

/// Does the line announce a reason that the next one tells? `Caused by:`, `* What went wrong:`.
pub fn is_label(text: &[u8]) -> bool {
    static LABEL: Lazy<Shape> = Lazy::new(|| {
        Shape::new(
            r"^\W*(?:[A-Z]\w+ ){0,2}(?:[Ee]rror|ERROR)(?: \S+){0,6}:$|(?i)^\W*(?:[\w.-]+: )?(?:error|errors|fatal|exception|err|caused by|what went wrong|error message|reason|details?|message):\W{0,2}$",
        )
    });
    // `unable to select packages:`, but neither a place, as in `main.c:3:5:`, nor `Usage:`.
    let announces = |text: &[u8]| matches!(text, [.., before, b':'] if !before.is_ascii_digit()) && complains(text);
    // The colon is among the last three bytes.
    let ends = || text.iter().rev().take(3).any(|byte| *byte == b':');
    text.len() < 80 && ends() && (announces(text.trim_ascii_end()) || LABEL.fits(text))
}

/// Is it a link of a chain of causes, innermost last?
pub fn is_caused_by(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    text.starts_with(b"Caused by:") || text.starts_with(b"[cause]: ") || text.starts_with(b"Root cause: ")
}

/// Do frames of a stack come with such a line?
pub fn has_frames(text: &[u8]) -> bool {
    static THROWN: Lazy<Shape> = Lazy::new(|| {
        Shape::new(r"\b\w*(?:Exception|Error)\b(?:: |$| \[)|^panic: |^\W*Error: |panicked at|^\W*Caused by: ")
    });
    // Most lines hold none of these words, and that is seen sooner.
    static WORDS: Lazy<[Finder<'static>; 4]> =
        Lazy::new(|| ["Error", "Exception", "panic", "Caused by: "].map(Finder::new));
    WORDS.iter().any(|word| word.find(text).is_some()) && THROWN.fits(text)
}

/// What a line is in a stack of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// A call in the project's own code, as far as one can tell.
    Own,
    /// One in a library, or in the runtime itself.
    Foreign,
    /// None.
    No,
}

/// What is this line in a stack of calls?
pub fn frame(text: &[u8]) -> Frame {
    static FRAME: Lazy<Shape> = Lazy::new(|| {
        Shape::new(
            r#"^\s*at \S.*[:(]|^\s*File "[^"]+", line \d+|^\s+from \S+:\d+:in |^\s+\S+\.(?:go|rs|rb|py|ex|exs|swift|dart):\d+(?::\d+)?(?:\s|$)|^#\d+ +\S+.* (?:at|in) \S+:\d+|^\S+\.(?:[jt]sx?|mjs|cjs|php|rb|py|go):\d+(?::\d+)?$"#,
        )
    });
    static FOREIGN: Lazy<Shape> = Lazy::new(|| {
        Shape::new(
            r"node_modules|site-packages|dist-packages|[/\\]lib[/\\]python|[/\\]Lib[/\\]|\(?(?:node:)?internal/|\(node:|at node:|<frozen|<anonymous>|\(native\)|Native Method|Unknown Source|at (?:java|javax|jdk|sun|com\.sun|kotlin|kotlinx|scala|groovy|android|androidx|org\.gradle|org\.apache|org\.junit|org\.springframework|org\.codehaus|com\.intellij|System|Microsoft|reactor|io\.netty)[./]|/rustc/|\.cargo/registry|/usr/lib|/usr/local/lib|/usr/share|/usr/local/go/|/pkg/mod/|/gems/|/vendor/|webpack-internal|at Object\.<anonymous> \(<|new Promise|async Promise",
        )
    });
    if !FRAME.fits(text) {
        return Frame::No;
    }
    if FOREIGN.fits(text) { Frame::Foreign } else { Frame::Own }
}

/// Does one of a log's last lines say that something failed? It need not say what.
pub fn ends_badly(text: &[u8]) -> bool {
    says_failed(text) || weigh(text, PLAIN - 1) >= PLAIN
}

/// Does the line say that a command ended with a failure?
fn says_failed(text: &[u8]) -> bool {
    static BAD: Lazy<Shape> = Lazy::new(|| {
        Shape::new(
            r"(?i)\bexit(?:ed|ing)?(?: with)?:? ?(?:code|status)?[:= ]+\(?(?:[1-9]\d*)\b|\bExitFailure +[1-9]|returned (?:a )?non-?zero|non-?zero exit|\bELIFECYCLE\b|\bBUILD FAILED\b|\bbuild failed\b|failed with (?:exit |error )?code|\(exit (?:code )?[1-9]\d*\)|^Node\.js v\d+\.\d+\.\d+\s*$",
        )
    });
    BAD.fits(text)
}

/// Does the line say that all went well in the end?
pub fn ends_well(text: &[u8]) -> bool {
    static WELL: Lazy<Shape> = Lazy::new(|| {
        Shape::new(
            r"(?i)\b(?:success(?:ful(?:ly)?)?|succeeded|passed|built in|finished in|done in|complete(?:d)?|compiled|deployed|uploaded|published|finished|ready|all good|exit(?: ?code| ?status)?[:= ]+0|0 errors?(?:\(s\))?|up to date)\b|\xE2\x9C[\x93\x94]|\xE2\x9C\x85|^\W*done\b|^(?:ok|PASS)(?:\s|$)|prerendered as static|^added manifest|^adding: .+\((?:deflated|stored) |non-blocking|ignoring errors",
        )
    });
    static BUT: Lazy<Shape> = Lazy::new(|| {
        Shape::new(
            r"(?i)fail|\berrors\b.*[1-9]|[1-9]\d* errors?\b|\bclean|\bnot |unsuccessful|n't |without|before|\bto complete|incomplete",
        )
    });
    static NONE: Lazy<Shape> = Lazy::new(|| {
        Shape::new(
            r"(?i)^\W*test result: ok|^\s*--- (?:PASS|SKIP): |\b(?:0|no) (?:\w+ )?(?:failed|failures?|failing|errors?)\b",
        )
    });
    static SOME: Lazy<Shape> =
        Lazy::new(|| Shape::new(r"(?i)\b[1-9]\d* (?:\w+ )?(?:failed|failures?|failing|errors?)\b"));
    let is = |pattern: &Lazy<Shape>| pattern.fits(text);
    (is(&NONE) && !is(&SOME)) || (is(&WELL) && !is(&BUT) && !says_failed(text))
}

/// Does the line only carry on what one before it said: an indented one, a piece of source, a frame, a hint?
pub fn carries_on(text: &[u8]) -> bool {
    static MORE: Lazy<Shape> = Lazy::new(|| {
        Shape::new(
            r"(?i)^(?:\s|[|+=^~>})\]`-]|\xE2\x94|note:|help:|hint:|see |for more|at |https?://|expected|found|got|did you mean|#)",
        )
    });
    MORE.fits(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::parsed;
    use proptest::prelude::*;

    fn of(text: &str) -> i64 {
        score(text.as_bytes())
    }

    #[test]
    fn errors_before_echoes_before_noise() {
        assert!(of("error: licence header missing in main.go") > of("make: *** [Makefile:3: all] Error 1"));
        assert!(of("policy check failed: 2 images without owner") > 0);
        assert_eq!(of("Get:5 https://example.org bookworm/main liberror-perl"), 0);
        assert_eq!(of("   Compiling thiserror v1.0.50"), 0);
        assert_eq!(of("0 errors, 0 warnings"), 0);
        assert_eq!(of("hello world"), 0);
        assert!(of("warning: unused variable, could not be checked") < of("could not be checked"));
    }

    #[test]
    fn the_shapes_of_many_tools_are_loud() {
        let mut quiet = Vec::new();
        for text in [
            "src/main.c:12:5: error: expected ';' before 'return'",
            "C:\\work\\shop\\src\\Types.hs:60:13: error: [GHC-29916]",
            "src/solver.f90:12: Error: Symbol 'x' has no type",
            "src/app.ts(12,3): error TS2304: Cannot find name 'x'.",
            "src/app.ts:12:3 - error TS2304: Cannot find name 'x'.",
            "Program.cs(4,1): error CS1002: ; expected [/src/shop.csproj]",
            "main.o: undefined reference to `shop_total'",
            "error[E0308]: mismatched types",
            "error[no-unused-vars]: `total` is never used",
            "error: Type mismatch",
            "Error: invalid ENS name (argument=\"name\")",
            "Error (3656): Contract \"Shop\" should be marked as abstract.",
            "error - ./pages/index.js",
            "ERROR in ./src/index.js 3:0-20",
            "✘ [ERROR] Could not resolve \"./missing\"",
            "✖ Checking the sources [FAILED]",
            "[ERROR] Cannot pull the base image of the shop",
            "ERROR error building site: render: failed",
            "E: Unable to locate package shop",
            "fatal: not a git repository (or any of the parent directories): .git",
            "panic: runtime error: index out of range [3] with length 3",
            "Exception in thread \"main\" java.lang.IllegalStateException: no shop",
            "Caused by: java.net.UnknownHostException: example.org",
            "FileNotFoundError: [Errno 2] No such file or directory: 'shop.toml'",
            "Stage parse      : Segmentation fault (core dumped)",
            "sh: 1: shopctl: not found",
            "'shopctl' is not recognized as an internal or external command,",
            "EPERM: operation not permitted, rename 'a' -> 'b'",
            "##[error]No file in /home/runner/work/shop matched to [**/*.gradle]",
            "10:40:25 [INFO] shop.deploy: /usr/sbin/grub-install: error: /boot doesn't look like an EFI partition.",
            "^[[31;1mError: shop.exe not found^[[0m",
            "main.c:3:5: Fehler: »x« nicht deklariert",
            "致命的なエラー: shop.h: そのようなファイルはありません",
            "❌ Cognitive complexity of Shop.total is 25",
        ] {
            quiet.extend((of(text) < LOUD).then(|| (text, of(text))));
        }
        assert!(quiet.is_empty(), "{quiet:?}");
        assert!(HEADS.iter().all(|(_, head)| regex(head).is_some()));
        assert!(
            HARMLESS.any_fits(b"warning: old")
                && ECHOES.any_fits(b"exit code 1")
                && SUMMARIES.any_fits(b"2 errors generated")
        );
    }

    #[test]
    fn scores_tell_apart_the_digits_that_they_say() {
        let told = |sources: &[&str]| {
            sources.iter().fold(ToldApart::default(), |told, source| told | ToldApart::by(parsed(source).as_ref()))
        };
        let heads = HEADS.map(|(_, head)| head);
        for sources in [&heads[..], &AGAINST, &REPEATING, &COUNTING, &[WARNING]] {
            assert!(COUNTS.has_all(told(sources)), "{sources:?}: {:?}", told(sources));
        }
        assert!(STATES.has_all(told(&[ENVIRONMENTAL])) && ESCAPES.has_all(told(&[BEFORE])));
        let stateless = ENVIRONMENTAL.replace(r"\b403 +forbidden|\b401 +unauthorized|", "");
        assert!(stateless.len() < ENVIRONMENTAL.len() && told(&[&stateless]).is_nothing());
    }

    proptest! {
        /// A line has the score of those that differ from it in digits that nobody tells apart.
        #[test]
        fn digits_that_nobody_tells_apart_do_not_count(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "0", "1", "10", "403", "401", "\\033[1m", "12:30:01", "[INFO] ", "error", "Error: ", "errors", "=", ": ", " ", "(",
                    "exit code ", "exited with status ", "failed", "Forbidden", "unauthorized", "warning: ", "a.c:3:5: ", "no ", "x",
                ]),
                1..9,
            ),
            digits in "[0-9]{20}",
        ) {
            let line = parts.concat();
            let mut told_apart = RunsOfDigits::default();
            tell_apart(line.as_bytes(), &mut told_apart);
            let folded = told_apart.folded(line.as_bytes());
            // Of digits that are folded into one each may be another one.
            let digits = line.bytes().zip(&folded).zip(digits.bytes().cycle());
            let other: Vec<u8> = digits.map(|((byte, folded), digit)| if byte == *folded { byte } else { digit }).collect();
            prop_assume!(told_apart.folded(&other) == folded);
            prop_assert_eq!(score(line.as_bytes()), score(&other), "{} and {}", line, String::from_utf8_lossy(&other));
        }
    }

    #[test]
    fn what_good_logs_hold_is_not() {
        for text in [
            "bind.c:98:5: warning: switch missing default case",
            "[INFO] BUILD has no errors",
            "[WARNING] Docker build failed (attempt 1/3). Retrying in 5s...",
            "    raise ValueError(\"no shop\")",
            "  12 |   throw new Error('no shop')",
            "    + FullyQualifiedErrorId : NativeCommandError",
            "npm warn deprecated error@1.0.0",
            "    0 Error(s)",
            "Falling back to sources (failed to fetch prebuilt binary: got 404)",
            "test error_is_shown ... ok",
            "error: Process completed with exit code 1.",
        ] {
            assert!(of(text) < LOUD, "{text}: {}", of(text));
        }
        assert!(
            of("Error: Compiler run failed:") < of("Error (3656): Contract \"Shop\" should be marked as abstract.")
        );
        assert_eq!(of("[ERROR]"), 0);
        assert!(of("[ERROR] Failed to execute goal x: Could not find artifact y -> [Help 1]") >= LOUD);
        assert!(is_label(b"unable to select packages:") && !is_label(b"src/main.c:3:5:"));
        assert!(!is_label(b"npm error Usage:"));
        assert!(is_label(b"Caused by:") && is_label(b"* What went wrong:") && !is_label(b"Caused by: no list"));
        assert!(of("FAILED: CMakeFiles/shop.dir/main.c.o") < of("main.c:3:5: error: unknown type name 'shop'"));
    }

    #[test]
    fn frames_are_told_apart() {
        let of = |text: &str| frame(text.as_bytes());
        assert_eq!(of("    at total (/src/shop/total.js:10:5)"), Frame::Own);
        assert_eq!(of("    at Module._compile (node:internal/modules/cjs/loader:1105:14)"), Frame::Foreign);
        assert_eq!(of("  File \"/src/shop/total.py\", line 3, in total"), Frame::Own);
        assert_eq!(of("  File \"/usr/lib/python3.11/json/decoder.py\", line 337, in decode"), Frame::Foreign);
        assert_eq!(of("\tat org.example.Shop.total(Shop.java:12)"), Frame::Own);
        assert_eq!(of("\tat java.base/java.lang.Thread.run(Thread.java:840)"), Frame::Foreign);
        assert_eq!(of("\t/src/shop/main.go:12 +0x1d"), Frame::Own);
        assert_eq!(of("at the end"), Frame::No);
    }

    #[test]
    fn ends_are_told_apart() {
        assert!(ends_well(b"Successfully built 1234") && ends_well(b"    Finished `dev` profile in 0.58s"));
        assert!(!ends_well(b"2 passed, 1 failed") && !ends_well(b"[SUCCESS] Cleanup completed"));
        assert!(!ends_well(b"Command completed (exit 1)") && ends_badly(b"Command completed (exit 1)"));
        assert!(ends_badly(b"Process exited with code: ExitFailure 1") && !ends_badly(b"EXIT=0"));
        assert!(ends_badly(b"Failed to install the boot loader") && !ends_badly(b"see the list of failures"));
        assert!(ends_badly(b"Node.js v22.22.1") && !ends_badly(b"Using Node.js v22.22.1"));
        assert!(ends_well(b"ok  \texample.com/shop\t0.021s") && ends_well(b"PASS"));
        assert!(ends_well(b"test result: ok. 2 passed; 0 failed; 0 ignored"));
        assert!(!ends_well(b"test result: FAILED. 2 passed; 1 failed; 0 ignored"));
    }
}
