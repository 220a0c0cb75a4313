//! A stream that is read once, such as standard input, and passed on at once and unchanged.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod other;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io::{self, Read};

#[cfg(any(target_os = "linux", target_os = "android"))]
use linux as pipes;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use other as pipes;
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

use super::patient;
use super::stop::Watch;
use crate::pieces::Pieces;

/// Where it goes to.
pub type Echo = system::Echo;

/// Where a stream comes from.
pub struct Source {
    inner: system::Source,
    watch: Option<Watch>,
}

impl Source {
    /// Waits until there is something to read, or its end. `false`: this process was told to stop.
    fn wait(&mut self) -> bool {
        self.watch.as_mut().is_none_or(|watch| watch.wait(&self.inner))
    }

    /// The signal that told this process to stop.
    fn told(&self) -> Option<i32> {
        self.watch.as_ref().and_then(Watch::told)
    }
}

impl From<system::Source> for Source {
    fn from(inner: system::Source) -> Self {
        Source { inner, watch: None }
    }
}

impl Read for Source {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if !self.wait() {
            return Ok(0);
        }
        patient::read(&mut self.inner, room)
    }
}

/// Standard input. With `watched` the first signal that tells this process to stop is its end, where the system has such signals.
///
/// # Errors
/// When it is closed.
pub fn stdin(watched: bool) -> io::Result<Source> {
    let inner = system::stdin()?;
    Ok(Source { inner, watch: if watched { Watch::new().ok() } else { None } })
}

/// Standard output. What the standard library's own one holds back must have been flushed.
///
/// # Errors
/// When it is closed.
pub fn stdout() -> io::Result<Echo> {
    system::stdout()
}

/// Standard error.
///
/// # Errors
/// When it is closed.
pub fn stderr() -> io::Result<Echo> {
    system::stderr()
}

/// Why a stream was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum StreamFailure {
    /// It can't be read.
    #[error("standard input can't be read")]
    Read(#[source] io::Error),
    /// It can't be passed on.
    #[error("the log can't be passed through")]
    Echo(#[source] io::Error),
}

/// What is read is passed on first.
pub struct Stream {
    source: Source,
    /// Was read before it was known whether it is a log.
    head: Vec<u8>,
    echo: Option<Echo>,
    /// Both may be pipes, between which the system passes bytes on without copying them.
    direct: bool,
    /// The source said so. A terminal must not be asked again.
    ended: bool,
    /// It was not read to its end: nobody reads what is passed on.
    unread: bool,
    /// Why it was not passed on to its end, though somebody may read that.
    lost: Option<io::Error>,
    last: u8,
}

impl Stream {
    /// `head` is what was read from the source already, which may have `ended` with it.
    pub fn new(source: Source, head: Vec<u8>, ended: bool, echo: Option<Echo>) -> Self {
        let direct = echo.is_some();
        Stream { source, head, echo, direct, ended, unread: false, lost: None, last: b'\n' }
    }

    /// Reads some of it, having passed it on. Nothing: that is the end, or nobody reads what is passed on.
    ///
    /// # Errors
    /// It can't be read.
    pub fn read(&mut self, room: &mut [u8]) -> Result<usize, StreamFailure> {
        let count = self.read_and_pass_on(room)?;
        if let Some(last) = room.head(count).last() {
            self.last = *last;
        }
        Ok(count)
    }

    fn read_and_pass_on(&mut self, room: &mut [u8]) -> Result<usize, StreamFailure> {
        if !self.head.is_empty() {
            let count = self.head.len().min(room.len());
            room.iter_mut().zip(self.head.drain(..count)).for_each(|(to, from)| *to = from);
            return Ok(self.pass_on(room.head(count)));
        }
        if self.ended {
            return Ok(0);
        }
        if self.direct {
            if !self.source.wait() {
                self.ended = true;
                return Ok(0);
            }
            match self.echo.as_ref().and_then(|echo| pipes::duplicate(&self.source.inner, echo, room.len())) {
                Some(Ok(count)) => return self.fill(room.get_mut(..count).unwrap_or_default()),
                Some(Err(error)) => return Ok(self.stop_if_closed(error, 0)),
                None => self.direct = false,
            }
        }
        let count = self.read_some(room)?;
        self.ended = count == 0;
        Ok(self.pass_on(room.head(count)))
    }

    /// Gives how much there is to look at.
    fn pass_on(&mut self, bytes: &[u8]) -> usize {
        match self.echo.as_mut().map(|echo| patient::write_all(echo, bytes)) {
            Some(Err(error)) => self.stop_if_closed(error, bytes.len()),
            _ => bytes.len(),
        }
    }

    /// Nobody reads any more: ends quietly, with what was seen so far. A saved log has an end, and is read to it; so is any log where only
    /// the echo has no room, because who writes it is not to be stopped by that.
    fn stop_if_closed(&mut self, error: io::Error, count: usize) -> usize {
        self.echo = None;
        if error.kind() != io::ErrorKind::BrokenPipe {
            self.lost = Some(error);
        } else if !system::is_file(&self.source.inner) {
            (self.ended, self.unread) = (true, true);
            self.head.clear();
        }
        count
    }

    /// Why it was not passed on to its end. That nobody read any more is no failure.
    pub fn lost(&self) -> Option<&io::Error> {
        self.lost.as_ref()
    }

    /// Was it not read to its end, because nobody read what is passed on or this process was told to stop?
    pub fn is_cut(&self) -> bool {
        self.unread || self.told().is_some()
    }

    /// The signal that told this process to stop.
    pub fn told(&self) -> Option<i32> {
        self.source.told()
    }

    /// Reads what has been passed on.
    fn fill(&mut self, room: &mut [u8]) -> Result<usize, StreamFailure> {
        let mut count = 0;
        while count < room.len() {
            match self.read_some(room.get_mut(count..).unwrap_or_default())? {
                0 => break,
                more => count += more,
            }
        }
        Ok(count)
    }

    fn read_some(&mut self, room: &mut [u8]) -> Result<usize, StreamFailure> {
        self.source.read(room).map_err(StreamFailure::Read)
    }

    /// More will come than fits into a pipe of the usual size: makes the pipes larger, so that who writes and who reads wait less often
    /// for each other.
    pub fn expect_much(&mut self) {
        pipes::enlarge(&self.source.inner);
        if let Some(echo) = &self.echo {
            pipes::enlarge(echo);
        }
    }

    /// What is printed next starts on a line of its own.
    pub fn end_line(&mut self) {
        if let Some(echo) = &mut self.echo
            && self.last != b'\n'
        {
            // Nobody reads it? Then there is nobody to tell.
            let _ = patient::write_all(echo, b"\n");
        }
    }
}
