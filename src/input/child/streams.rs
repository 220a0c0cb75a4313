//! What a command prints: passed through at once, and read as one log in whole lines.

use std::io::{self, Read};
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use memchr::memrchr;

use super::Told;
use crate::input::patient;
use crate::input::stream::Echo;

/// A descendant that keeps a stream open after the command ended is waited for only while it prints…
const QUIET: Duration = Duration::from_millis(400);
/// … and not longer than this. Only waiting for it counts: who reads our output slowly still gets all that the command printed.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How often to look whether that is over.
const TICK: Duration = Duration::from_millis(50);
/// A pipe or terminal holds no more, in bytes: what is read after this many was printed after the command's end.
const HELD: usize = 1024 * 1024;
/// Chunks under way between the readers and the diagnoser: back-pressure instead of growth.
const QUEUE: usize = 16;
/// How much is read at once, in bytes.
const READ: usize = 64 * 1024;
/// A stream's unfinished line is handed over at this size, in bytes.
const LINE: usize = 64 * 1024;

enum Event {
    Bytes(usize, Vec<u8>),
    /// Our own stream of this number can't be written any more.
    Lost(usize, io::Error),
    Eof(usize),
    Exited(io::Result<ExitStatus>),
}

/// What the thread that reads a stream is at.
#[derive(Default)]
struct Progress {
    /// It has something to pass on.
    busy: AtomicBool,
    /// How long it has waited for something since the command ended, in milliseconds.
    waited: AtomicU64,
}

/// One stream of the command.
struct Side {
    progress: Arc<Progress>,
    open: bool,
    /// Behind its last line feed.
    partial: Vec<u8>,
    last_event: Instant,
    /// Bytes read since the command ended.
    since_end: usize,
    /// Why it could not be passed through to its end.
    lost: Option<io::Error>,
}

/// All streams of the command. Reading gives whole lines, so that two streams never mix inside a line; it ends when the command and its
/// streams have ended.
pub(super) struct Streams {
    events: Receiver<Event>,
    /// Where a new stream's reader sends to; gone when all have been started.
    sender: Option<SyncSender<Event>>,
    sides: Vec<Side>,
    /// When the command ended.
    end: Arc<OnceLock<Instant>>,
    status: Option<io::Result<ExitStatus>>,
    told: Told,
    ready: Vec<u8>,
    /// So much of that was given out.
    given: usize,
    over: bool,
}

/// How it went.
pub(super) struct Ended {
    /// The command's end.
    pub status: io::Result<ExitStatus>,
    /// Which of our streams could not be written, by number, and why. A closed one is none.
    pub lost: Vec<(usize, io::Error)>,
}

impl Streams {
    /// No streams as yet. `told`: was this process told to stop?
    pub(super) fn new(told: Told) -> Self {
        let (sender, events) = mpsc::sync_channel(QUEUE);
        Streams {
            events,
            sender: Some(sender),
            sides: Vec::new(),
            end: Arc::default(),
            status: None,
            told,
            ready: Vec::new(),
            given: 0,
            over: false,
        }
    }

    /// Starts to copy a stream to one of ours. When ours is closed or can't be written the command's is drained all the same, so that the
    /// command never blocks.
    pub(super) fn add(&mut self, stream: impl Read + Send + 'static, ours: Option<Echo>) {
        let Some(events) = self.sender.clone() else { return };
        let progress = Arc::<Progress>::default();
        let reader =
            Reader { number: self.sides.len(), progress: Arc::clone(&progress), end: Arc::clone(&self.end), events };
        self.sides.push(Side {
            progress,
            open: true,
            partial: Vec::new(),
            last_event: Instant::now(),
            since_end: 0,
            lost: None,
        });
        thread::spawn(move || reader.pass_through(stream, ours));
    }

    /// All streams have been added; this is whose they are. `ended` is called when it has been waited for.
    pub(super) fn wait_for(&mut self, mut child: Child, ended: impl FnOnce() + Send + 'static) {
        let Some(events) = self.sender.take() else { return };
        let end = Arc::clone(&self.end);
        thread::spawn(move || {
            let status = child.wait();
            ended();
            let _ = end.set(Instant::now());
            let _ = events.send(Event::Exited(status));
        });
    }

    /// How it went, when all has been read.
    pub(super) fn ended(self) -> Ended {
        let status = self.status.unwrap_or_else(|| Err(io::Error::other("the command's end was not seen")));
        let lost = self.sides.into_iter().enumerate().filter_map(|(number, side)| Some((number, side.lost?))).collect();
        Ended { status, lost }
    }

    /// The next event that matters; nothing when all is over.
    fn next(&mut self) -> Option<Event> {
        loop {
            if self.status.is_none() {
                return self.events.recv().ok();
            }
            let end = self.end.get().copied()?;
            let told = self.told.is_some();
            if self.sides.iter().all(|side| side.is_over(end, told)) {
                return None;
            }
            match self.events.recv_timeout(TICK) {
                Ok(event) => return Some(event),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {
                    if self.sides.iter().all(|side| side.is_over(end, told) || side.is_quiet(end)) {
                        // Who has just stopped being busy has sent something.
                        return self.events.try_recv().ok();
                    }
                }
            }
        }
    }

    /// Makes some more ready. `false`: there is no more.
    fn fill(&mut self) -> bool {
        self.ready.clear();
        self.given = 0;
        while self.ready.is_empty() && !self.over {
            match self.next() {
                Some(Event::Exited(status)) => self.status = Some(status),
                Some(Event::Eof(number)) => {
                    if let Some(side) = self.sides.get_mut(number) {
                        side.open = false;
                    }
                }
                Some(Event::Lost(number, error)) => {
                    if let Some(side) = self.sides.get_mut(number) {
                        side.lost = Some(error);
                    }
                }
                Some(Event::Bytes(number, bytes)) => {
                    let ended = self.status.is_some();
                    if let Some(side) = self.sides.get_mut(number) {
                        side.take(bytes, ended, &mut self.ready);
                    }
                }
                None => {
                    self.over = true;
                    for side in &mut self.sides {
                        if !side.partial.is_empty() {
                            self.ready.append(&mut side.partial);
                            self.ready.push(b'\n');
                        }
                    }
                }
            }
        }
        !self.ready.is_empty()
    }
}

impl Read for Streams {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() && !self.fill() {
            return Ok(0);
        }
        let mut rest = self.ready.get(self.given..).unwrap_or_default();
        let count = rest.read(room)?;
        self.given += count;
        Ok(count)
    }
}

impl Side {
    /// Whole lines become `ready`.
    fn take(&mut self, mut bytes: Vec<u8>, ended: bool, ready: &mut Vec<u8>) {
        self.last_event = Instant::now();
        if ended {
            self.since_end += bytes.len();
        }
        let end = match memrchr(b'\n', &bytes) {
            Some(end) => end + 1,
            None if self.partial.len() + bytes.len() > LINE => bytes.len(),
            None => 0,
        };
        if end == 0 {
            self.partial.append(&mut bytes);
            return;
        }
        let rest = bytes.split_off(end);
        if self.partial.is_empty() {
            *ready = bytes;
        } else {
            ready.append(&mut self.partial);
            ready.append(&mut bytes);
        }
        self.partial = rest;
    }

    /// Nothing of what it may still bring is wanted. The command ended at `end`.
    fn is_over(&self, end: Instant, told: bool) -> bool {
        let late = end.elapsed() >= LAST_WORDS;
        let waited = Duration::from_millis(self.progress.waited.load(Ordering::SeqCst));
        // Who told us to stop does not want to wait for a slow reader.
        !self.open || waited >= LAST_WORDS || (late && (told || self.since_end >= HELD))
    }

    /// Nothing has come for a while.
    fn is_quiet(&self, end: Instant) -> bool {
        !self.progress.busy.load(Ordering::SeqCst) && self.last_event.max(end).elapsed() >= QUIET
    }
}

/// Reads a stream of the command, on a thread of its own.
struct Reader {
    number: usize,
    progress: Arc<Progress>,
    end: Arc<OnceLock<Instant>>,
    events: SyncSender<Event>,
}

impl Reader {
    fn pass_through(self, mut stream: impl Read, mut ours: Option<Echo>) {
        let mut buffer = vec![0u8; READ];
        loop {
            let asked = Instant::now();
            // A terminal whose other side is gone can't be read: that is its end.
            let count = patient::read(&mut stream, &mut buffer).unwrap_or(0);
            self.progress.busy.store(true, Ordering::SeqCst);
            if let Some(end) = self.end.get() {
                let waited = u64::try_from(asked.max(*end).elapsed().as_millis()).unwrap_or(u64::MAX);
                self.progress.waited.fetch_add(waited, Ordering::SeqCst);
            }
            let bytes = buffer.get(..count).unwrap_or_default();
            if bytes.is_empty() || !self.pass_on(bytes, &mut ours) {
                break;
            }
            self.progress.busy.store(false, Ordering::SeqCst);
        }
        let _ = self.events.send(Event::Eof(self.number));
    }

    /// `false`: nobody is there any more to hand it to.
    fn pass_on(&self, bytes: &[u8], ours: &mut Option<Echo>) -> bool {
        if let Some(Err(error)) = ours.as_mut().map(|ours| patient::write_all(ours, bytes)) {
            *ours = None;
            let told = error.kind() == io::ErrorKind::BrokenPipe;
            if !told && self.events.send(Event::Lost(self.number, error)).is_err() {
                return false;
            }
        }
        self.events.send(Event::Bytes(self.number, bytes.to_vec())).is_ok()
    }
}
