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
