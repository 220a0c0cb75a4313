//! Reads a stream in large chunks, and goes on reading and passing it on while they are looked at.
//!
//! A stream that does not fill a chunk is read by one thread. A longer one gets a thread of its own, and a few chunks go round between the
//! two, so memory stays bounded: a stream that comes faster than it is looked at has to wait.

use std::sync::mpsc;
use std::thread;

use super::CHUNK;
use super::stream::{Stream, StreamFailure};

/// So many go round.
const CHUNKS: usize = 3;
/// A chunk with less room than this is looked at.
const ROOM: usize = CHUNK / 4;

struct Chunk {
    bytes: Box<[u8]>,
    filled: usize,
}

impl Chunk {
    fn new() -> Self {
        Chunk { bytes: vec![0; CHUNK].into(), filled: 0 }
    }

    /// Fills it, each time with what there is. `true`: the stream has ended.
    fn fill(&mut self, stream: &mut Stream) -> Result<bool, StreamFailure> {
        self.filled = 0;
        while self.bytes.len() - self.filled >= ROOM {
            match stream.read(&mut self.bytes[self.filled..])? {
                0 => return Ok(true),
                count => self.filled += count,
            }
        }
        Ok(false)
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

/// Reads the whole stream. Each piece is passed on before `look` gets it.
///
/// # Errors
/// The stream can't be read, or not be passed on.
pub fn relay(stream: &mut Stream, mut look: impl FnMut(&[u8])) -> Result<(), StreamFailure> {
    let mut first = Chunk::new();
    if first.fill(stream)? {
        look(first.bytes());
        return Ok(());
    }
    stream.expect_much();
    let relayed = thread::scope(|scope| {
        let (full, looked_at) = mpsc::sync_channel::<Chunk>(CHUNKS);
        let (empty, spare) = mpsc::sync_channel::<Chunk>(CHUNKS);
        let stream = &mut *stream;
        let reader = thread::Builder::new().name("relay".to_owned()).spawn_scoped(scope, move || {
            for mut chunk in spare {
                let ended = chunk.fill(stream)?;
                if full.send(chunk).is_err() || ended {
                    break;
                }
            }
            Ok(())
        });
        for _ in 0..CHUNKS {
            let _ = empty.send(Chunk::new());
        }
        look(first.bytes());
        let reader = reader.ok()?;
        for chunk in looked_at {
            look(chunk.bytes());
            // Nobody takes it back behind the stream's end.
            let _ = empty.send(chunk);
        }
        Some(reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    if let Some(result) = relayed {
        return result;
    }
    // The system allows no further thread.
    while !first.fill(stream)? {
        look(first.bytes());
    }
    look(first.bytes());
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
                let mut stream = Stream::new(source, head, false, Some(echo));
                let mut seen = Vec::new();
                relay(&mut stream, |bytes| seen.extend_from_slice(bytes)).expect("relayed");
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
        let mut stream = Stream::new(source, Vec::new(), false, Some(echo));
        let mut seen = Vec::new();
        relay(&mut stream, |bytes| seen.extend_from_slice(bytes)).expect("no failure");
        drop(stream);
        reader.join().expect("read").expect("as much as is wanted");
        writer.join().expect("stopped");
        assert!(seen.len() >= 2 * CHUNK && seen.len() < log.len() && log.starts_with(&seen));
    }

    #[test]
    fn an_end_that_was_met_is_not_read_again() {
        // Who holds the other end of the pipe writes nothing more, but does not close it.
        let (source, _open) = pipe();
        let mut stream = Stream::new(source, b"all".to_vec(), true, None);
        let mut seen = Vec::new();
        relay(&mut stream, |bytes| seen.extend_from_slice(bytes)).expect("relayed");
        assert_eq!(seen, b"all");
    }
}
