//! The pattern of a draft: what is the same in every case of a failure stays, what differs becomes a group.

use once_cell::sync::Lazy;
use regex::Regex;

use crate::pieces::Pieces;

/// Fixed text beyond this many characters makes a pattern exact, not better: another version words the rest differently.
const ENOUGH: usize = 90;
/// A link of a chain with fewer letters outside its groups says too little.
const LEAST: usize = 12;
/// Words in the name of a draft.
const NAME_WORDS: usize = 4;

/// What differs from case to case: the name of the group, its shape, and what stands for it, the first time and later.
struct Variable {
    kind: &'static str,
    shape: &'static str,
    first: &'static str,
    later: &'static str,
}

/// In the order in which they are tried at one place.
static VARIABLES: [Variable; 12] = [
    Variable {
        kind: "url",
        shape: r#"[a-z][a-z+]*://[^\s"'`<>()\[\]]*[^\s"'`<>()\[\].,:;]"#,
        first: r"(?P<url>[a-z+]+://(?P<host>[^/\s:]+)\S*)",
        later: r"\S+",
    },
    Variable {
        kind: "quoted",
        shape: r#""[^"]+"|'[^']+'|`[^`]+`"#,
        first: r#"["'`](?P<name>[^"'`]+)["'`]"#,
        later: r#"["'`][^"'`]+["'`]"#,
    },
    Variable {
        kind: "stamp",
        shape: r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b",
        first: r"\S+(?: [\d:.,]+)?",
        later: r"\S+(?: [\d:.,]+)?",
    },
    Variable {
        kind: "place",
        shape: r"(?:[A-Za-z]:)?[\w./\\@+-]*\w\.\w+(?:\(\d+(?:,\d+)?\)|:\d+(?::\d+)?)",
        first: r"(?P<file>(?:[A-Za-z]:)?[^\s:(]+)[:(](?P<line>\d+)(?:[:,](?P<column>\d+))?\)?",
        later: r"\S+",
    },
    Variable {
        kind: "hash",
        shape: r"\b(?:sha\d+[:-])?[0-9a-f]{8}(?:[0-9a-f]{4,}|-[0-9a-f-]{27})\b|\b0x[0-9A-Fa-f]+\b",
        first: r"\S+",
        later: r"\S+",
    },
    Variable {
        kind: "module",
        shape: r"@?[A-Za-z][\w./-]*(?:@|==|>=|~=)v?\d[\w.+-]*",
        first: r"(?P<module>\S+?)(?:@|[=~>]=)(?P<version>\S+)",
        later: r"\S+",
    },
    Variable {
        kind: "path",
        shape: r"(?:[A-Za-z]:\\|~?/|\.{1,2}/)[\w./\\@+~-]*[\w/\\]|\b[\w.@+-]+(?:/[\w.@+-]+)+\b|\b[\w-]+\.[a-z][a-z0-9]{0,4}\b",
        first: r"(?P<path>\S+)",
        later: r"\S+",
    },
    Variable { kind: "version", shape: r"\bv?\d+\.\d+(?:\.\d+)*[\w.+-]*\b", first: r"(?P<version>\S+)", later: r"\S+" },
    Variable {
        kind: "size",
        shape: r"\b\d+(?:\.\d+)? ?(?:ms|s|m|[KMGkmg]i?[Bb]|%)(?:\b|$)",
        first: r"[\d.]+ ?\S+",
        later: r"[\d.]+ ?\S+",
    },
    // Somebody's own name for something: `tune_strings`, `TuneStrings`, `Cello::tune`; not `TypeError`, which `is_own` leaves.
    Variable {
        kind: "symbol",
        shape: r"\b[A-Za-z]+(?:_[A-Za-z0-9]+)+\b|\b[A-Za-z]\w*(?:(?:::|\.)[A-Za-z]\w*)+\b|\b[A-Z]?[a-z]+(?:[A-Z][a-z0-9]+)+\b",
        first: r"(?P<symbol>\S+?)",
        later: r"\S+?",
    },
    Variable { kind: "code", shape: r"\b(?:exit code|exit status|status)[: ]+\d+", first: "", later: "" },
    Variable { kind: "number", shape: r"\b\d+\b", first: r"\d+", later: r"\d+" },
];

static ANY: Lazy<Option<Regex>> = Lazy::new(|| {
    let shapes: Vec<String> =
        VARIABLES.iter().map(|variable| format!("(?P<{}>{})", variable.kind, variable.shape)).collect();
    Regex::new(&shapes.join("|")).ok()
});

/// The pattern of a line: fixed words stay, what differs becomes a group. At most one group of a kind has a name.
pub fn generalised(line: &str) -> String {
    let mut out = String::new();
    let mut fixed = 0;
    let mut named: Vec<&str> = Vec::new();
    for piece in pieces(line) {
        match piece {
            Piece::Fixed(text) => {
                let text = fitting(text, ENOUGH.saturating_sub(fixed));
                out.push_str(&regex::escape(text.0));
                fixed += text.0.len();
                if text.1 {
                    break;
                }
            }
            Piece::Own(variable) => {
                let fresh = !named.contains(&variable.kind);
                named.push(variable.kind);
                // `version` stands in the group of a module, too.
                let fresh = fresh && !(variable.kind == "version" && named.contains(&"module"));
                let fresh = fresh && !(variable.kind == "module" && named.contains(&"version"));
                out.push_str(if fresh { variable.first } else { variable.later });
            }
        }
    }
    // At the end a lazy group would take a single letter.
    let out = out.trim_end();
    match (out.strip_suffix(r"\S+?"), out.strip_suffix(r"\S+?)")) {
        (Some(head), _) => format!(r"{head}\S+"),
        (_, Some(head)) => format!(r"{head}\S+)"),
        _ => out.to_owned(),
    }
}

enum Piece<'l> {
    Fixed(&'l str),
    Own(&'static Variable),
}

fn pieces(line: &str) -> Vec<Piece<'_>> {
    let Some(any) = ANY.as_ref() else { return vec![Piece::Fixed(line)] };
    let mut pieces = Vec::new();
    let mut at = 0;
    for found in any.captures_iter(line) {
        let Some((variable, whole)) =
            VARIABLES.iter().find_map(|variable| Some((variable, found.name(variable.kind)?)))
        else {
            continue;
        };
        if variable.kind == "code" || (variable.kind == "symbol" && !is_own(whole.as_str())) {
            continue;
        }
        pieces.push(Piece::Fixed(line.part(at..whole.start())));
        pieces.push(Piece::Own(variable));
        at = whole.end();
    }
    pieces.push(Piece::Fixed(line.tail(at)));
    pieces.retain(|piece| !matches!(piece, Piece::Fixed("")));
    pieces
}

/// Is it a name of the project, not one of the tool (`TypeError`, `ENOENT`)?
fn is_own(symbol: &str) -> bool {
    let last = symbol.rsplit(['.', ':']).next().unwrap_or(symbol);
    let of_tool = ["Error", "Exception", "Failure", "Warning", "Fault", "Exit"].iter().any(|end| last.ends_with(end));
    !of_tool && !symbol.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// At most so many bytes of the text, up to the end of a word, and whether that left something out.
fn fitting(text: &str, most: usize) -> (&str, bool) {
    if text.len() <= most {
        return (text, false);
    }
    let ends = text.match_indices(' ').map(|(at, _)| at).take_while(|at| *at <= most);
    (text.head(ends.last().unwrap_or(0)), true)
}

/// Are there words enough beside what differs?
pub fn says_enough(text: &str) -> bool {
    let letters = |piece: &Piece<'_>| match piece {
        Piece::Fixed(text) => text.bytes().filter(u8::is_ascii_alphabetic).count(),
        Piece::Own(_) => 0,
    };
    pieces(text).iter().map(letters).sum::<usize>() >= LEAST
}

/// The program that a command runs: `make` of `cd /src && CC=gcc make -j4`.
pub fn program_of(command: &str) -> Option<String> {
    let last = command.trim_end().rsplit(['&', ';', '|']).next().unwrap_or(command);
    let mut words = last.split_whitespace();
    let is_program = |word: &&str| {
        !word.contains('=')
            && !word.starts_with('-')
            && !matches!(*word, "sudo" | "exec" | "time" | "env" | "RUN" | "set")
    };
    let word = words.find(is_program)?;
    let name = word.rsplit('/').next().unwrap_or(word).trim_end_matches(".exe");
    let name = match name {
        // What is run is the module: `python3 -m pytest`.
        name if name.starts_with("python") => words.clone().skip_while(|word| *word != "-m").nth(1).unwrap_or("python"),
        "npx" | "bunx" | "uvx" => words.next()?,
        "sh" | "bash" => "shell",
        name => name,
    };
    kebab(name)
}

/// `<tool>/<name>` for a line: who prints it, and its first words.
pub fn id_of(line: &str, program: Option<&str>) -> String {
    let head = line.trim_start().split_once(": ").map(|(head, _)| head).filter(|head| {
        head.len() >= 2
            && head.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte))
    });
    let head = head.filter(|head| !matches!(*head, "error" | "fatal" | "warning" | "failed" | "note" | "err"));
    let tool = head.and_then(kebab).or_else(|| program.and_then(kebab)).unwrap_or_else(|| "own".to_owned());
    const EMPTY: [&str; 22] = [
        "a", "an", "the", "of", "to", "in", "is", "was", "be", "for", "with", "by", "from", "at", "on", "and", "or",
        "error", "fatal", "failed", "it", "that",
    ];
    let mut words: Vec<String> = Vec::new();
    for piece in pieces(line) {
        let Piece::Fixed(text) = piece else { continue };
        for word in text.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase) {
            let says = word.len() > 1 && word.bytes().any(|byte| byte.is_ascii_lowercase());
            if says && !EMPTY.contains(&word.as_str()) && word != tool && words.len() < NAME_WORDS {
                words.push(word);
            }
        }
    }
    let name = if words.is_empty() { "failed".to_owned() } else { words.join("-") };
    format!("{tool}/{name}")
}

/// Lower case, with single hyphens.
fn kebab(name: &str) -> Option<String> {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let name = parts.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_becomes_a_group() {
        for (line, pattern) in [
            (
                "go: reading https://proxy.example.org/x: 403 after 3 tries",
                r"go: reading (?P<url>[a-z+]+://(?P<host>[^/\s:]+)\S*): \d+ after \d+ tries",
            ),
            ("cannot tune 'violin' with \"bow\"", r#"cannot tune ["'`](?P<name>[^"'`]+)["'`] with ["'`][^"'`]+["'`]"#),
            (
                "src/tune.c:12:3: strings out of tune",
                r"(?P<file>(?:[A-Za-z]:)?[^\s:(]+)[:(](?P<line>\d+)(?:[:,](?P<column>\d+))?\)?: strings out of tune",
            ),
            ("TypeError: tune_strings is not a bow", r"TypeError: (?P<symbol>\S+?) is not a bow"),
            ("no bow for cello@1.2.3", r"no bow for (?P<module>\S+?)(?:@|[=~>]=)(?P<version>\S+)"),
            ("bow broke, exit code: 3", r"bow broke, exit code: 3"),
        ] {
            let found = generalised(line);
            assert_eq!(found, pattern);
            assert!(Regex::new(&found).unwrap().is_match(line), "{line}");
        }
    }

    #[test]
    fn every_pattern_matches_its_own_line() {
        let lines = [
            "[ERROR] /src/Main.java:[3,4] cello (out) of tune? 100% + 2*3",
            "E0463 v1.2 1.2.3-rc.1+x sha256:0123456789abcdef0123 0x1F 2024-01-01T10:00:00Z 12 MB",
            "a 'b' `c` \"d\" e::f g.h i/j ./k C:\\l\\m.n(3,4): o_p qR",
            "ünïcode ‘quotes’ – 3 × 4",
        ];
        for line in lines {
            assert!(Regex::new(&generalised(line)).unwrap().is_match(line), "{line}: {}", generalised(line));
        }
        let long = "word ".repeat(60);
        assert!(generalised(&long).len() <= ENOUGH + 5);
    }

    #[test]
    fn programs_and_names() {
        assert_eq!(program_of("cd /src && CC=gcc /usr/bin/make -j4").as_deref(), Some("make"));
        assert_eq!(program_of("python3 -m pytest -q").as_deref(), Some("pytest"));
        assert_eq!(program_of("sudo apt-get install x").as_deref(), Some("apt-get"));
        assert_eq!(program_of(""), None);
        assert_eq!(id_of("frobnicator: cannot tune 'violin' at 3", None), "frobnicator/cannot-tune");
        assert_eq!(id_of("error: cannot tune the strings of 'violin'", Some("frob")), "frob/cannot-tune-strings");
        assert_eq!(id_of("!!", None), "own/failed");
    }
}
