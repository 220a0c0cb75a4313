//! Structured readers of what compilers, linters and test runners print in a fixed shape: one file a tool family.
//!
//! A signature says *what to tell the reader*, a reader of this module *what the tool said*: file, line, column, code, message, the
//! test's name, expected and got. A signature names its reader by `extract`, and what it claims of it by `kinds` and `codes`.
//!
//! A reader sees a line only where one of its [`Trigger`]s stands in it, and for as many lines from there as it asks for; besides, it is
//! shown the [`LOOKBACK`] lines before a trigger. So it costs nothing in a log that holds none of its words.
//!
//! The build script compiles this module in as well, to check signatures against it: it knows nothing of the rest of the crate.

mod build_files;
mod bundler;
mod cc;
mod dotnet;
mod esbuild;
mod eslint;
mod go;
mod go_test;
mod go_trace;
mod golangci;
mod java_trace;
mod javac;
mod jest;
mod junit;
mod ld;
mod make;
mod mocha;
mod next;
mod node_test;
mod node_trace;
mod php;
mod phpunit;
mod playwright;
mod pytest;
mod python_lint;
mod python_trace;
mod ruby_test;
mod rust_test;
mod rustc;
mod shape;
mod swiftc;
mod tap;
mod tsc;
mod unittest;
mod vitest;

use std::sync::Arc;

use crate::pieces::Pieces;

/// How many lines before a trigger, blank ones apart, a reader is shown that was at rest: above its message Node shows the place, the
/// line of source and a mark below it.
pub const LOOKBACK: usize = 3;
/// Longest text that a reader is given of a line, in bytes.
pub const LINE_LIMIT: usize = 128 << 10;
/// Longest capture, in bytes.
const CAPTURE_LIMIT: usize = 600;

/// All readers. The order means nothing.
pub static READERS: &[&Reader] = &[
    &rustc::READER,
    &rust_test::READER,
    &go::READER,
    &go_test::READER,
    &cc::READER,
    &tsc::READER,
    &eslint::READER,
    &jest::READER,
    &vitest::READER,
    &pytest::READER,
    &unittest::READER,
    &javac::READER,
    &junit::READER,
    &java_trace::READER,
    &python_trace::READER,
    &node_trace::READER,
    &node_test::READER,
    &mocha::READER,
    &playwright::READER,
    &dotnet::READER,
    &python_lint::READER,
    &bundler::READER,
    &phpunit::READER,
    &ruby_test::READER,
    &build_files::READER,
    &esbuild::READER,
    &next::READER,
    &ld::READER,
    &swiftc::READER,
    &golangci::READER,
    &make::READER,
    &go_trace::READER,
    &php::READER,
    &tap::READER,
];

/// The reader of this name, and its place in [`READERS`].
pub fn reader(name: &str) -> Option<(usize, &'static Reader)> {
    READERS.iter().enumerate().find(|(_, reader)| reader.name == name).map(|(at, reader)| (at, *reader))
}

/// What a tool family prints, and how to read it.
pub struct Reader {
    /// What a signature calls it by: `extract = "rustc"`.
    pub name: &'static str,
    /// What it finds.
    pub kinds: &'static [Kind],
    /// Where it begins to read.
    pub triggers: &'static [Trigger],
    /// A fresh state, for one step of a build.
    pub start: fn() -> Box<dyn Reading>,
}

/// One sort of thing that a reader finds.
pub struct Kind {
    /// What a signature calls it by: `kinds = ["error"]`.
    pub name: &'static str,
    /// Captures that each of them has.
    pub always: &'static [&'static str],
    /// Captures that one may have.
    pub sometimes: &'static [&'static str],
}

/// A line that holds one of `texts`, in any ASCII letter case, and has the `shape`.
pub struct Trigger {
    /// In lower case, each of at least 5 bytes, better 8: they are looked for in every line of every log.
    pub texts: &'static [&'static str],
    /// A regular expression. What good logs are full of must not have it.
    pub shape: &'static str,
}

/// A line as it was printed.
#[derive(Debug)]
pub struct Printed {
    /// Counts the lines that were shown to the readers of a step, from 1.
    pub id: u64,
    /// The line's number in the log.
    pub number: u64,
    /// How many physical lines make it.
    pub joined: u32,
    /// Its offset in the log, in bytes.
    pub offset: u64,
    /// A signature says that its alarming words mean nothing.
    pub noise: bool,
    /// At most [`LINE_LIMIT`] bytes of it.
    pub text: String,
}

/// Something that a tool objects to.
#[derive(Debug)]
pub struct Diagnostic {
    /// The name of its [`Kind`].
    pub kind: &'static str,
    /// The line that proves it.
    pub line: Arc<Printed>,
    /// What was read, by the names that its kind lists. None is empty.
    pub captures: Vec<(&'static str, String)>,
    /// The number of the last line that is about it, where its message goes on far below the line that proves it.
    pub until: u64,
}

impl Diagnostic {
    /// One without captures yet.
    pub fn new(kind: &'static str, line: &Arc<Printed>) -> Self {
        Diagnostic { kind, line: Arc::clone(line), captures: Vec::new(), until: line.number }
    }

    /// Adds a capture; an empty value, or a second one of the same name, is left out.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// The same in place.
    pub fn set(&mut self, name: &'static str, value: &str) {
        let value = value.trim();
        if !value.is_empty() && self.get(name).is_none() {
            self.captures.push((name, cut(value, CAPTURE_LIMIT).to_owned()));
        }
    }

    /// The value of a capture.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.captures.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads the lines of one step. Its memory has a limit, whatever comes.
pub trait Reading: Send {
    /// Takes the next line, adds what is complete to `found`, and says how many further lines it wants to see.
    fn line(&mut self, line: &Arc<Printed>, found: &mut Vec<Diagnostic>) -> usize;

    /// No line will come until the next trigger.
    fn rest(&mut self, _found: &mut Vec<Diagnostic>) {}

    /// The log has ended.
    fn finish(&mut self, found: &mut Vec<Diagnostic>) {
        self.rest(found);
    }
}

/// The first `limit` bytes of a text, or fewer where a character stands in between.
pub fn cut(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.head(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_declare_what_can_be_used() {
        for (at, reader) in READERS.iter().enumerate() {
            assert_eq!(super::reader(reader.name).map(|(place, _)| place), Some(at), "{} is there twice", reader.name);
            assert!(!reader.kinds.is_empty() && !reader.triggers.is_empty(), "{}", reader.name);
            for trigger in reader.triggers {
                // As the matcher compiles it: bytes, so no class may hold a letter beyond ASCII.
                let compiled = regex::bytes::RegexBuilder::new(trigger.shape).unicode(false).build();
                assert!(compiled.is_ok(), "{}: {}", reader.name, trigger.shape);
                for text in trigger.texts {
                    assert!(text.len() >= 5, "{}: {text}", reader.name);
                    assert_eq!(*text, text.to_ascii_lowercase(), "{}", reader.name);
                }
            }
        }
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("aéb", 2), "a");
        assert_eq!(cut("aéb", 3), "aé");
        assert_eq!(cut("ab", 9), "ab");
    }
}
