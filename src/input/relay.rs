//! Reads a source in large chunks, and goes on reading while they are looked at; a stream is passed on meanwhile. What can be made of a
//! chunk by itself is made there, too.
//!
//! A source that does not fill a chunk is read by one thread. A longer one gets a thread of its own, and a few chunks go round between the
//! two, so memory stays bounded: a stream that comes faster than it is looked at has to wait.

use std::hint;
use std::io::{self, Read};
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use super::CHUNK;
use super::stream::{Stream, StreamFailure};
use crate::pieces::Pieces;

/// So many go round.
const CHUNKS: usize = 3;
/// A chunk with less room than this is looked at.
const ROOM: usize = CHUNK / 4;

/// So long a chunk is asked for before the thread sleeps.
const AWAKE: Duration = Duration::from_micros(100);

/// Where bytes come from.
trait Source: Send {
    type Failure: Send;
    /// Reads some; nothing is the end.
    fn read(&mut self, room: &mut [u8]) -> Result<usize, Self::Failure>;
    /// More comes than fits into a chunk.
    fn expect_much(&mut self) {}
}

impl Source for &mut Stream {
    type Failure = StreamFailure;

    fn read(&mut self, room: &mut [u8]) -> Result<usize, StreamFailure> {
        Stream::read(self, room)
    }

    fn expect_much(&mut self) {
        Stream::expect_much(self);
    }
}

/// Something that is only read.
struct Plain<R>(R);

impl<R: Read + Send> Source for Plain<R> {
    type Failure = io::Error;

    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

struct Chunk<P> {
    bytes: Box<[u8]>,
    filled: usize,
    /// What was made of the bytes.
    made: P,
}

impl<P: Default> Chunk<P> {
    fn new() -> Self {
        Chunk { bytes: vec![0; CHUNK].into(), filled: 0, made: P::default() }
    }

    /// Fills it, each time with what there is. `true`: the source has ended.
    fn fill<S: Source>(&mut self, source: &mut S) -> Result<bool, S::Failure> {
        self.filled = 0;
        while self.bytes.len() - self.filled >= ROOM {
            match source.read(self.bytes.get_mut(self.filled..).unwrap_or_default())? {
                0 => return Ok(true),
                count => self.filled += count,
            }
        }
        Ok(false)
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.head(self.filled)
    }
}

/// The next chunk. It is `awaited` if it is not there yet; where it may come at any moment, it is asked for a while before the thread
/// goes to sleep, which takes longer.
fn next<P>(chunks: &Receiver<Chunk<P>>, awaited: &AtomicBool, soon: bool) -> Option<Chunk<P>> {
    let mut since = None;
    let chunk = loop {
        match chunks.try_recv() {
            Ok(chunk) => break Some(chunk),
            Err(TryRecvError::Disconnected) => break None,
            Err(TryRecvError::Empty) => {}
        }
        awaited.store(true, Ordering::Relaxed);
        if !soon || since.get_or_insert_with(Instant::now).elapsed() > AWAKE {
            break chunks.recv().ok();
        }
        hint::spin_loop();
    };
    awaited.store(false, Ordering::Relaxed);
    chunk
}

/// Are there cores for a thread that works beside?
fn is_spare_core() -> bool {
    thread::available_parallelism().is_ok_and(|cores| cores > NonZero::<usize>::MIN)
}

/// Reads the whole stream. Each piece is passed on before `look` gets it. `prepare` is called with pieces ahead, where there is a core
/// for it, and `look` gets what it made of the piece; for other pieces nothing. What `prepare` gets last says whether the piece is
/// awaited: the work is best shared if it makes no more of it then.
///
/// # Errors
/// The stream can't be read, or not be passed on.
pub fn relay<P: Default + Send>(
    stream: &mut Stream,
    prepare: impl FnMut(&[u8], &mut P, &dyn Fn() -> bool) + Send,
    look: impl FnMut(&[u8], Option<&P>),
) -> Result<(), StreamFailure> {
    read_ahead(stream, |_| true, prepare, look)
}

/// The same for what is only read. Without `ahead` there is no further thread.
///
/// # Errors
/// It can't be read.
pub fn read<P: Default + Send>(
    source: impl Read + Send,
    ahead: bool,
    prepare: impl FnMut(&[u8], &mut P, &dyn Fn() -> bool) + Send,
    look: impl FnMut(&[u8], Option<&P>),
) -> io::Result<()> {
    read_ahead(Plain(source), |spare| ahead && spare, prepare, look)
}

/// Whether a further thread reads depends on whether a core is spare, which only a log of some size needs to know.
fn read_ahead<S: Source, P: Default + Send>(
    mut source: S,
    ahead: impl FnOnce(bool) -> bool,
    mut prepare: impl FnMut(&[u8], &mut P, &dyn Fn() -> bool) + Send,
    mut look: impl FnMut(&[u8], Option<&P>),
) -> Result<(), S::Failure> {
    let mut first = Chunk::<P>::new();
    if first.fill(&mut source)? {
        look(first.bytes(), None);
        return Ok(());
    }
    source.expect_much();
    let prepares = is_spare_core();
    let awaited = AtomicBool::new(false);
    // Gives the first chunk back where there is no further thread.
    let mut threaded = |source: &mut S, first: Chunk<P>, look: &mut dyn FnMut(&[u8], Option<&P>)| {
        thread::scope(|scope| {
            let (full, looked_at) = mpsc::sync_channel::<Chunk<P>>(CHUNKS);
            let (empty, spare) = mpsc::sync_channel::<Chunk<P>>(CHUNKS);
            let (prepare, awaited) = (&mut prepare, &awaited);
            let reader = thread::Builder::new().name("relay".to_owned()).spawn_scoped(scope, move || {
                for mut chunk in spare {
                    let ended = chunk.fill(source)?;
                    if prepares {
                        let Chunk { bytes, filled, made } = &mut chunk;
                        prepare(bytes.head(*filled), made, &|| awaited.load(Ordering::Relaxed));
                    }
                    if full.send(chunk).is_err() || ended {
                        break;
                    }
                }
                Ok(())
            });
            for _ in 1..CHUNKS {
                let _ = empty.send(Chunk::new());
            }
            look(first.bytes(), None);
            let Ok(reader) = reader else { return Err(first) };
            let _ = empty.send(first);
            while let Some(chunk) = next(&looked_at, awaited, prepares) {
                look(chunk.bytes(), Some(&chunk.made).filter(|_| prepares));
                // Nobody takes it back behind the source's end.
                let _ = empty.send(chunk);
            }
            Ok(reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    };
    if ahead(prepares) {
        match threaded(&mut source, first, &mut look) {
            Ok(result) => return result,
            Err(chunk) => first = chunk,
        }
    } else {
        look(first.bytes(), None);
    }
    // No further thread.
    while !first.fill(&mut source)? {
        look(first.bytes(), None);
    }
    look(first.bytes(), None);
    Ok(())
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use std::fs::File;
    use std::io::{self, Read, Seek, Write};
    use std::os::fd::OwnedFd;

    use super::*;

    fn pipe() -> (File, File) {
        let (from, to) = io::pipe().expect("a pipe");
        (OwnedFd::from(from).into(), OwnedFd::from(to).into())
    }

    /// Lines, of which no two stretches are the same.
    fn log(size: usize) -> Vec<u8> {
        let mut log: Vec<u8> = (0..).flat_map(|n: u32| format!("line {n}\n").into_bytes()).take(size).collect();
        log[size / 2] = 0xff;
        log
    }

    fn measure(bytes: &[u8], made: &mut usize, _: &dyn Fn() -> bool) {
        *made = bytes.len();
    }

    /// What was made of a piece comes with it.
    fn see(seen: &mut Vec<u8>, bytes: &[u8], made: Option<&usize>) {
        assert!(made.is_none_or(|made| *made == bytes.len()));
        seen.extend_from_slice(bytes);
    }

    #[test]
    fn what_is_only_read_comes_whole() {
        for (size, ahead) in [(0, true), (CHUNK, true), (5 * CHUNK + 7, true), (5 * CHUNK + 7, false)] {
            let log = log(size.max(2));
            let mut seen = Vec::new();
            read(&log[..], ahead, measure, |bytes, made| see(&mut seen, bytes, made)).expect("read");
            assert!(seen == log, "{size} bytes");
        }
    }

    /// Writes a log into a pipe, in small pieces and large ones.
    fn written(log: Vec<u8>) -> (File, thread::JoinHandle<()>) {
        let (source, mut to) = pipe();
        let writer = thread::spawn(move || {
            let (small, large) = log.split_at(log.len() / 3);
            for piece in small.chunks(997).chain(large.chunks(128 * 1024)) {
                if to.write_all(piece).is_err() {
                    return;
                }
            }
        });
        (source, writer)
    }

    #[test]
    fn all_is_looked_at_and_passed_on() {
        for size in [1, 5_000, CHUNK - ROOM, 5 * CHUNK + 7] {
            for to_pipe in [true, false] {
                let log = log(size);
                let (mut source, writer) = written(log.clone());
                let mut head = vec![0; 100];
                let count = source.read(&mut head).expect("read");
                head.truncate(count);
                let (mut passed_on, echo) = if to_pipe {
                    pipe()
                } else {
                    tempfile::tempfile().and_then(|f| Ok((f.try_clone()?, f))).expect("a file")
                };
                let reader = thread::spawn(move || {
                    let mut echoed = Vec::new();
                    if to_pipe {
                        passed_on.read_to_end(&mut echoed).expect("read");
                    }
                    (passed_on, echoed)
                });
                let mut stream = Stream::new(source.into(), head, false, Some(echo));
                let mut seen = Vec::new();
                relay(&mut stream, measure, |bytes, made| see(&mut seen, bytes, made)).expect("relayed");
                drop(stream);
                writer.join().expect("written");
                let (mut passed_on, mut echoed) = reader.join().expect("echoed");
                if !to_pipe {
                    passed_on.rewind().and_then(|()| passed_on.read_to_end(&mut echoed)).expect("read");
                }
                assert!(seen == log && echoed == log, "{size} bytes, into a pipe: {to_pipe}");
            }
        }
    }

    #[test]
    fn it_ends_when_nobody_reads_what_is_passed_on() {
        let log = log(9 * CHUNK);
        let (source, writer) = written(log.clone());
        let (mut passed_on, echo) = pipe();
        let reader = thread::spawn(move || passed_on.read_exact(&mut vec![0; 2 * CHUNK]));
        let mut stream = Stream::new(source.into(), Vec::new(), false, Some(echo));
        let mut seen = Vec::new();
        relay(&mut stream, measure, |bytes, made| see(&mut seen, bytes, made)).expect("no failure");
        drop(stream);
        reader.join().expect("read").expect("as much as is wanted");
        writer.join().expect("stopped");
        assert!(seen.len() >= 2 * CHUNK && seen.len() < log.len() && log.starts_with(&seen));
    }

    #[test]
    fn an_end_that_was_met_is_not_read_again() {
        // Who holds the other end of the pipe writes nothing more, but does not close it.
        let (source, _open) = pipe();
        let mut stream = Stream::new(source.into(), b"all".to_vec(), true, None);
        let mut seen = Vec::new();
        relay(&mut stream, measure, |bytes, made| see(&mut seen, bytes, made)).expect("relayed");
        assert_eq!(seen, b"all");
    }
}
