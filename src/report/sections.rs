//! Folds the text report in the log of a GitLab job.
//!
//! GitLab's marks (docs.gitlab.com/ci/jobs/job_logs, "Create custom collapsible sections"): `ESC[0K section_start:TIME:NAME`, with
//! `[collapsed=true]` behind the name where it starts folded, then CR, `ESC[0K` and the header; `section_end` alike. A name is of
//! letters, digits, `_`, `.` and `-`.

use std::io::{self, Write};

use super::{Defuser, Guard};

/// Where the text report goes: parts of it may be folded.
pub(super) trait Screen: Write {
    /// A part starts, which the reader sees at once where it is `open`.
    ///
    /// # Errors
    /// Those of the writer below.
    fn open(&mut self, _head: &str, _open: bool) -> io::Result<()> {
        Ok(())
    }

    /// The part that started last ends.
    ///
    /// # Errors
    /// Those of the writer below.
    fn close(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A screen without folds.
pub(super) struct Flat<'o>(pub &'o mut dyn Write);

impl Write for Flat<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Screen for Flat<'_> {}

/// The log of a GitLab job. Only the marks written here reach the runner; all other text is defused on its way.
pub(super) struct Sections<'o> {
    out: &'o mut dyn Write,
    /// What was written since the last mark.
    text: Vec<u8>,
    guard: Guard,
    time: u64,
    count: u32,
    /// Numbers of the sections that are open.
    names: Vec<u32>,
}

impl<'o> Sections<'o> {
    /// Writes to `out`, what is quoted made harmless as `guard` says; the sections show `time`, in seconds since 1970.
    pub fn new(out: &'o mut dyn Write, guard: Guard, time: u64) -> Self {
        Sections { out, text: Vec::new(), guard, time, count: 0, names: Vec::new() }
    }

    fn text_out(&mut self) -> io::Result<()> {
        let mut defuser = Defuser::new(&mut *self.out, self.guard);
        defuser.write_all(&self.text)?;
        defuser.flush()?;
        self.text.clear();
        Ok(())
    }
}

impl Write for Sections<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.text_out()
    }
}

impl Screen for Sections<'_> {
    fn open(&mut self, head: &str, open: bool) -> io::Result<()> {
        self.text_out()?;
        self.count += 1;
        self.names.push(self.count);
        let folded = if open { "" } else { "[collapsed=true]" };
        // The time keeps the names of two reports in one job apart.
        let name = format!("whyfail_{}_{}", self.time, self.count);
        write!(self.out, "\u{1b}[0Ksection_start:{}:{name}{folded}\r\u{1b}[0K", self.time)?;
        writeln!(self, "{}", head.replace(['\r', '\n'], " "))
    }

    fn close(&mut self) -> io::Result<()> {
        self.text_out()?;
        match self.names.pop() {
            Some(name) => {
                let time = self.time;
                writeln!(self.out, "\u{1b}[0Ksection_end:{time}:whyfail_{time}_{name}\r\u{1b}[0K")
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_nest_and_what_is_quoted_opens_none() {
        let mut out = Vec::new();
        let mut screen = Sections::new(&mut out, Guard { ci: true, color: false }, 7);
        screen.open("a\nb", true).expect("memory");
        writeln!(screen, "section_start:1:x").expect("memory");
        screen.open("c", false).expect("memory");
        screen.close().expect("memory");
        screen.close().expect("memory");
        screen.flush().expect("memory");
        let text = String::from_utf8(out).expect("UTF-8").replace("\u{1b}[0K", "E").replace('\r', "R");
        assert_eq!(
            text,
            "Esection_start:7:whyfail_7_1REa b\ns\\ection_start:1:x\nEsection_start:7:whyfail_7_2[collapsed=true]REc\n\
             Esection_end:7:whyfail_7_2RE\nEsection_end:7:whyfail_7_1RE\n"
        );
    }
}
