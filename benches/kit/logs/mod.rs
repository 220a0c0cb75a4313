//! Build logs of any size, always the same for the same kind and size: what the benches, the guard on instruction counts and
//! `compare.sh` measure with.
//!
//! The lines are those of real tools with names that change (`lines`); `shapes` puts builders and CI systems around them.

// Each bench and example uses its own part.
#![allow(dead_code)]

pub mod lines;
mod shapes;

use std::io::{self, Write};

/// What kind of log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A good build as the tools print it.
    Plain,
    /// The same with GitHub's stamps, groups and the tools' colours.
    Github,
    /// The same as BuildKit's plain progress: up to four steps at once.
    Buildkit,
    /// The same as BuildKit's `--progress=rawjson`.
    Rawjson,
    /// The same as a recording of BuildKit's screen.
    Tty,
    /// The same as docker's classic builder prints it.
    Classic,
    /// The same with GitLab's sections and stamps.
    Gitlab,
    /// The tests of a good build, as `go test -json` prints them.
    GoTestJson,
    /// The plain log in UTF-16 with a byte order mark and CRLF.
    Utf16,
    /// BuildKit's plain progress as Windows PowerShell captures it: UTF-16, CRLF, an error record, wrapped at 80 columns.
    Powershell,
    /// The plain log with a message that matches a signature on every hundredth line.
    Failing,
    /// Every line is a message that matches a signature, or one that nearly does.
    Hostile,
    /// A whole CI job: GitHub's stamps and groups, a verbose build, one failing test in the middle.
    Ci,
    /// A failed docker build of 50 lines, whatever the size.
    Short,
}

impl Kind {
    /// All kinds by their names.
    pub const ALL: [(&'static str, Kind); 14] = [
        ("plain", Kind::Plain),
        ("github", Kind::Github),
        ("buildkit", Kind::Buildkit),
        ("rawjson", Kind::Rawjson),
        ("tty", Kind::Tty),
        ("classic", Kind::Classic),
        ("gitlab", Kind::Gitlab),
        ("go-test-json", Kind::GoTestJson),
        ("utf16", Kind::Utf16),
        ("powershell", Kind::Powershell),
        ("failing", Kind::Failing),
        ("hostile", Kind::Hostile),
        ("ci", Kind::Ci),
        ("short", Kind::Short),
    ];

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, kind)| kind)
    }
}

/// Writes a log of about `size` bytes: the line that reaches the size is the last but for what ends the build.
///
/// # Errors
/// What the writer says.
pub fn write(kind: Kind, size: u64, out: &mut dyn Write) -> io::Result<()> {
    let mut out = Sized { out, buffer: Vec::with_capacity(BLOCK + 4_096), written: 0, size };
    match kind {
        Kind::Plain => shapes::plain(&mut out),
        Kind::Github => shapes::github(&mut out, None),
        Kind::Ci => shapes::github(&mut out, Some(size / 2)),
        Kind::Buildkit => shapes::buildkit(&mut out),
        Kind::Rawjson => shapes::rawjson(&mut out),
        Kind::Tty => shapes::tty(&mut out),
        Kind::Classic => shapes::classic(&mut out),
        Kind::Gitlab => shapes::gitlab(&mut out),
        Kind::GoTestJson => shapes::go_test_json(&mut out),
        Kind::Utf16 => shapes::utf16(&mut out),
        Kind::Powershell => shapes::powershell(&mut out),
        Kind::Failing => shapes::failing(&mut out),
        Kind::Hostile => shapes::hostile(&mut out),
        Kind::Short => shapes::short(&mut out),
    }?;
    out.flush()
}

/// The same as one piece.
pub fn make(kind: Kind, size: u64) -> Vec<u8> {
    let mut log = Vec::with_capacity(size as usize + 4_096);
    write(kind, size, &mut log).expect("a Vec takes everything");
    log
}

/// How much is handed to the writer at once.
const BLOCK: usize = 1 << 18;

/// Counts what is written.
struct Sized<'w> {
    out: &'w mut dyn Write,
    buffer: Vec<u8>,
    written: u64,
    size: u64,
}

impl Sized<'_> {
    /// Is there room for a further line?
    fn open(&self) -> bool {
        self.so_far() < self.size
    }

    fn so_far(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BLOCK { self.flush() } else { Ok(()) }
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        self.buffer.extend_from_slice(line.as_bytes());
        self.bytes(b"\n")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        self.out.flush()
    }
}
