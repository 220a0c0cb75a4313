//! Members of a tar that may be parts of one log: they wait in a temporary file until all names are known.
//!
//! A tar is read from its start to its end, and the steps of a job may stand in it in any order, some behind the log of the whole
//! job, some before it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::jobs;
use super::limits::Limits;

/// What is known of the members so far.
#[derive(Default)]
pub struct Held {
    /// All names, also of the members that were handed on at once.
    names: Vec<String>,
    /// What the names fill.
    names_size: usize,
    /// The members from this one on are held.
    first: usize,
    members: Vec<Member>,
    file: Option<File>,
    size: u64,
    /// It is too much: everything is handed on as it comes.
    over: bool,
}

/// Where a member stands in the temporary file.
struct Member {
    start: u64,
    size: u64,
    /// Nothing of it is missing.
    whole: bool,
}

/// One log of those that were held.
pub struct Log {
    /// Its name: the member's path, or that of the folder with `/*`.
    pub part: String,
    /// It is a member as it is, and not made of steps.
    pub alone: bool,
    /// The members that it is made of, in order.
    pub members: Vec<usize>,
}

impl Held {
    /// Must the member of this name and size wait?
    pub fn wants(&mut self, name: &str, size: u64, limits: &Limits) -> bool {
        if self.over {
            return false;
        }
        self.names_size += name.len();
        self.over = self.names_size > limits.names || self.size.saturating_add(size) > limits.spooled;
        if self.over {
            return false;
        }
        if self.file.is_none() && jobs::is_of_a_run(name) {
            self.file = tempfile::tempfile().ok();
            self.first = self.names.len();
            // Without a temporary file each is a log of its own.
            self.over = self.file.is_none();
        }
        self.names.push(name.to_owned());
        self.file.is_some()
    }

    /// Must what is held be handed on, because no more is held?
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Keeps the member that was asked about last.
    ///
    /// # Errors
    /// Those of `content`, and of the temporary file. What came before is kept.
    pub fn keep(&mut self, content: &mut dyn Read) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let start = self.size;
        let copied = file.seek(SeekFrom::Start(start)).and_then(|_| io::copy(content, file));
        file.flush()?;
        self.size = file.seek(SeekFrom::End(0))?;
        self.members.push(Member { start, size: self.size - start, whole: copied.is_ok() });
        copied.map(|_| ())
    }

    /// The logs that the held members make. The members stay until [`Held::clear`].
    pub fn logs(&self) -> Vec<Log> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let plan = jobs::plan(&names).into_iter();
        plan.filter(|log| log.members.iter().all(|at| *at >= self.first && at - self.first < self.members.len()))
            .map(|log| Log {
                alone: matches!(log.members[..], [at] if names.get(at).is_some_and(|name| *name == log.part)),
                part: log.part,
                members: log.members,
            })
            .collect()
    }

    /// A member's name, its content, and whether nothing of that is missing.
    ///
    /// # Errors
    /// Those of the temporary file.
    pub fn read(&self, at: usize) -> io::Result<Option<(&str, impl Read + '_, bool)>> {
        let member = self.members.get(at.wrapping_sub(self.first));
        let (Some(member), Some(name), Some(mut file)) = (member, self.names.get(at), self.file.as_ref()) else {
            return Ok(None);
        };
        file.seek(SeekFrom::Start(member.start))?;
        Ok(Some((name, file.take(member.size), member.whole)))
    }

    /// Lets go what was handed on.
    pub fn clear(&mut self) {
        (self.members, self.file) = (Vec::new(), None);
    }
}
