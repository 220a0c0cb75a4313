//! A tolerant reader of Dockerfiles: the ones that matter here are often broken.

use std::collections::BTreeMap;

use once_cell::sync::Lazy;
use regex::Regex;

use super::FileLine;
use crate::pieces::Pieces;

/// Most instructions that are read: no builder takes more.
const MOST: usize = 5_000;

/// An instruction with its continued lines joined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instruction {
    /// The line where it starts, from 1.
    pub line: u64,
    /// The line where it ends, with its heredocs.
    pub end_line: u64,
    /// `RUN`, `COPY` …, in capital letters.
    pub keyword: String,
    /// The `--name=value` words behind the keyword.
    pub flags: Vec<(String, String)>,
    /// All that follows the flags, on one line.
    pub rest: String,
    /// The words of `rest`; those of a JSON list where it is one.
    pub words: Vec<String>,
    /// The texts of its heredocs.
    pub heredoc: String,
    /// Which of [`Dockerfile::stages`] it belongs to; `None` before the first FROM.
    pub stage: Option<usize>,
}

impl Instruction {
    /// The value of a flag.
    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The whole instruction on one line.
    pub fn text(&self) -> String {
        let flags: String = self.flags.iter().map(|(name, value)| format!("--{name}={value} ")).collect();
        format!("{} {flags}{}", self.keyword, self.rest)
    }

    /// The sources of a COPY or ADD.
    pub fn sources(&self) -> &[String] {
        self.words.split_last().map_or(&[], |(_, sources)| sources)
    }

    /// The destination of a COPY or ADD.
    pub fn destination(&self) -> Option<&str> {
        self.words.last().filter(|_| self.words.len() > 1).map(String::as_str)
    }

    /// Does it copy from the build context, rather than from a stage or image?
    pub fn copies_context(&self) -> bool {
        matches!(self.keyword.as_str(), "COPY" | "ADD") && self.flag("from").is_none()
    }
}

/// A stage: FROM to FROM.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stage {
    /// The name behind AS, as written.
    pub name: Option<String>,
    /// The image or stage that it starts from, with the defaults of global build arguments filled in.
    pub image: String,
    /// The line of its FROM.
    pub line: u64,
}

/// A Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// Its name, as the reader can open it.
    pub file: String,
    /// The folder that it lies in, relative to the context; `None` where it lies outside.
    pub folder: Option<String>,
    /// Its lines, without line ends.
    pub lines: Vec<String>,
    /// The instructions in their order.
    pub instructions: Vec<Instruction>,
    /// The stages in their order.
    pub stages: Vec<Stage>,
}

static HEREDOC: Lazy<Option<Regex>> = Lazy::new(|| {
    Regex::new(r#"(?:^|[\s;|&)])\d*<<(?P<tabs>-?)\s*(?P<quote>['"]?)(?P<word>[A-Za-z_][A-Za-z0-9_.-]*)['"]?"#).ok()
});

impl Dockerfile {
    /// Reads the text of a Dockerfile. What is no instruction is kept with its first word as keyword.
    pub fn parse(file: impl Into<String>, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines: Vec<String> = text.lines().map(|line| line.trim_end_matches('\r').to_owned()).collect();
        let mut dockerfile = Dockerfile { file: file.into(), lines, ..Default::default() };
        let escape = escape_sign(&dockerfile.lines);
        let mut globals: BTreeMap<String, String> = BTreeMap::new();
        let mut at = 0;
        while at < dockerfile.lines.len() && dockerfile.instructions.len() < MOST {
            let Some((mut instruction, next)) = instruction(&dockerfile.lines, at, escape) else {
                at += 1;
                continue;
            };
            at = next;
            match instruction.keyword.as_str() {
                "FROM" => dockerfile.stages.push(stage(&instruction, &globals)),
                "ARG" if dockerfile.stages.is_empty() => {
                    for (name, value) in instruction.words.iter().filter_map(|word| word.split_once('=')) {
                        globals.insert(name.to_owned(), unquoted(value).to_owned());
                    }
                }
                _ => {}
            }
            instruction.stage = dockerfile.stages.len().checked_sub(1);
            dockerfile.instructions.push(instruction);
        }
        dockerfile
    }

    /// A line of the file, counted from 1.
    pub fn line(&self, line: u64) -> Option<FileLine> {
        let text = self.lines.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
        Some(FileLine { line, text: text.clone() })
    }

    /// The place in `instructions` of the one that covers a line.
    pub fn at_line(&self, line: u64) -> Option<usize> {
        self.instructions.iter().position(|instruction| (instruction.line..=instruction.end_line).contains(&line))
    }

    /// The stage of this name; letter case does not matter.
    pub fn stage(&self, name: &str) -> Option<usize> {
        let named = |stage: &Stage| stage.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name));
        self.stages.iter().position(named).or_else(|| name.parse().ok().filter(|at| *at < self.stages.len()))
    }

    /// The stages that a stage is built on, its oldest ancestor first, itself last.
    pub fn ancestry(&self, stage: usize) -> Vec<usize> {
        let mut chain = vec![stage];
        let mut at = stage;
        while let Some(parent) = self.stages.get(at).and_then(|s| self.stage(&s.image)).filter(|parent| *parent < at) {
            chain.push(parent);
            at = parent;
        }
        chain.reverse();
        chain
    }
}

/// `\`, or what an `# escape=` line at the top says.
fn escape_sign(lines: &[String]) -> char {
    for line in lines {
        let Some(words) = line.trim_start().strip_prefix('#') else { return '\\' };
        let Some((name, value)) = words.split_once('=') else { return '\\' };
        if name.trim().eq_ignore_ascii_case("escape") {
            return if value.trim() == "`" { '`' } else { '\\' };
        }
    }
    '\\'
}

/// The line without the sign that continues it, if it has one.
fn continued(line: &str, escape: char) -> Option<&str> {
    let before = line.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    (!before.ends_with(escape)).then_some(before)
}

/// The instruction that starts at a line, and the line behind it; `None` for blanks and comments.
fn instruction(lines: &[String], start: usize, escape: char) -> Option<(Instruction, usize)> {
    let comment = |line: &str| line.trim_start().starts_with('#');
    let first = lines.get(start)?.trim_start();
    if first.is_empty() || comment(first) {
        return None;
    }
    let mut joined = String::new();
    let mut at = start;
    let mut line = first;
    loop {
        at += 1;
        match continued(line, escape) {
            Some(part) => joined.push_str(part),
            None => {
                joined.push_str(line);
                break;
            }
        }
        // Comments and blank lines do not end a continued instruction.
        while lines.get(at).is_some_and(|next| comment(next) || next.trim().is_empty()) {
            at += 1;
        }
        match lines.get(at) {
            Some(next) => line = next,
            None => break,
        }
    }
    let joined = joined.trim();
    let (keyword, mut rest) = joined.split_once(|c: char| c.is_whitespace()).unwrap_or((joined, ""));
    let keyword = keyword.to_ascii_uppercase();
    let mut flags = Vec::new();
    while let Some(flag) = rest.trim_start().strip_prefix("--") {
        let (flag, behind) = flag.split_once(|c: char| c.is_whitespace()).unwrap_or((flag, ""));
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        if name.is_empty() {
            break;
        }
        flags.push((name.to_owned(), value.to_owned()));
        rest = behind;
    }
    let rest = rest.trim().to_owned();
    let mut end = at.min(lines.len());
    let heredoc = match keyword.as_str() {
        "RUN" | "COPY" | "ADD" | "ONBUILD" => heredocs(&rest, lines, &mut end),
        _ => String::new(),
    };
    let listed: Option<Vec<String>> = serde_json::from_str(&rest).ok();
    let words = listed.unwrap_or_else(|| rest.split_whitespace().map(|word| unquoted(word).to_owned()).collect());
    let line = start as u64 + 1;
    let found = Instruction { line, end_line: end as u64, keyword, flags, rest, words, heredoc, stage: None };
    Some((found, end))
}

/// Reads the heredocs that a line announces and moves `end` behind them. One whose end is missing is none.
fn heredocs(rest: &str, lines: &[String], end: &mut usize) -> String {
    let mut text = String::new();
    let Some(shape) = HEREDOC.as_ref() else { return text };
    for found in shape.captures_iter(rest) {
        let (Some(word), tabs) = (found.name("word"), found.name("tabs").is_some_and(|tabs| !tabs.is_empty())) else {
            continue;
        };
        let closes = |line: &String| {
            let line = if tabs { line.trim_start_matches('\t') } else { line.as_str() };
            line == word.as_str()
        };
        let Some(length) = lines.get(*end..).and_then(|behind| behind.iter().position(closes)) else { break };
        for line in lines.iter().skip(*end).take(length) {
            text.push_str(line);
            text.push('\n');
        }
        *end += length + 1;
    }
    text
}

fn stage(from: &Instruction, globals: &BTreeMap<String, String>) -> Stage {
    let named = from.words.get(1).is_some_and(|word| word.eq_ignore_ascii_case("as"));
    Stage {
        name: from.words.get(2).filter(|_| named).cloned(),
        image: expanded(from.words.first().map_or("", String::as_str), globals),
        line: from.line,
    }
}

/// `text` with `$name`, `${name}` and `${name:-default}` replaced where the value is known; otherwise they stay.
pub(crate) fn expanded(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.head(at));
        let behind = rest.tail(at + 1);
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (expression, length) = match behind.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((inner, _)) => (inner, inner.len() + 2),
            None => {
                let length = behind.find(|c| !word(c)).unwrap_or(behind.len());
                (behind.head(length), length)
            }
        };
        let (name, default) = expression.split_once(":-").map_or((expression, None), |(n, d)| (n, Some(d)));
        match values.get(name).map(String::as_str).or(default) {
            Some(value) if !name.is_empty() => out.push_str(value),
            _ => {
                out.push('$');
                out.push_str(behind.head(length));
            }
        }
        rest = behind.tail(length);
    }
    out.push_str(rest);
    out
}

fn unquoted(word: &str) -> &str {
    let inner = |quote: char| word.strip_prefix(quote).and_then(|word| word.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Dockerfile {
        Dockerfile::parse("Dockerfile", text)
    }

    #[test]
    fn instructions_have_their_lines_flags_and_words() {
        let file = parse(
            "# syntax=docker/dockerfile:1\nARG GO=1.22\nFROM --platform=linux/amd64 golang:${GO}-alpine AS Build\nRUN apk add \\\n  # why\n\n  git \\\n  make\ncopy --from=deps --chmod=755 [\"a b\", \"/c/\"]\nFROM build\n",
        );
        assert_eq!(file.stages[0].image, "golang:1.22-alpine");
        assert_eq!(file.stages[0].name.as_deref(), Some("Build"));
        assert_eq!(file.stages[0].line, 3);
        let run = &file.instructions[2];
        assert_eq!((run.line, run.end_line, run.keyword.as_str()), (4, 8, "RUN"));
        assert_eq!(run.words, ["apk", "add", "git", "make"]);
        assert_eq!(file.at_line(7), Some(2));
        let copy = &file.instructions[3];
        assert_eq!((copy.line, copy.flag("from"), copy.flag("chmod")), (9, Some("deps"), Some("755")));
        assert_eq!((copy.sources(), copy.destination()), (&["a b".to_owned()][..], Some("/c/")));
        assert_eq!(file.ancestry(1), [0, 1]);
        assert_eq!(file.stage("BUILD"), Some(0));
    }

    #[test]
    fn heredocs_and_other_escape_signs_are_read() {
        let file = parse(
            "# escape=`\nFROM a\nRUN <<EOF\nFROM inside\nEOF\nCOPY <<-'X' /x\n\tFROM also\n\tX\nRUN dir `\n  c:\\\nCMD x",
        );
        let words: Vec<(&str, u64, u64)> =
            file.instructions.iter().map(|i| (i.keyword.as_str(), i.line, i.end_line)).collect();
        assert_eq!(words, [("FROM", 2, 2), ("RUN", 3, 5), ("COPY", 6, 8), ("RUN", 9, 10), ("CMD", 11, 11)]);
        assert_eq!(file.instructions[1].heredoc, "FROM inside\n");
        assert_eq!(file.stages.len(), 1);
    }

    #[test]
    fn broken_files_are_read_as_far_as_they_go() {
        let file = parse("RNU x\nFROM\nRUN cat <<EOF\nnever closed\n\\\nRUN x \\");
        assert_eq!(file.instructions[0].keyword, "RNU");
        assert_eq!(file.stages.len(), 1);
        assert!(parse("").instructions.is_empty());
        assert!(parse("\\").instructions.len() <= 1);
        assert_eq!(parse("FROM a\r\nRUN b\r\n").lines, ["FROM a", "RUN b"]);
    }

    #[test]
    fn unknown_variables_stay() {
        let values = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        assert_eq!(expanded("x$A-${A}-${B:-2}-$B-${C}$", &values), "x1-1-2-$B-${C}$");
    }
}
