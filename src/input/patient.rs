//! Reading and writing of streams that somebody else made non-blocking.
//!
//! Whoever shares a pipe or terminal with us may do that to both of us: runtimes with an event loop do. Such a stream says "not now"; that is
//! no failure.

use std::io::{self, Read, Write};
use std::thread;
use std::time::Duration;

/// How long to wait before asking again.
const PAUSE: Duration = Duration::from_millis(2);

/// Writes to a stream that may say "not now".
pub struct Patient<W>(pub W);

impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        patiently(|| self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        patiently(|| self.0.flush())
    }
}

/// Writes all of it and sends it off.
///
/// # Errors
/// It can't be written.
pub fn write_all(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let mut out = Patient(out);
    out.write_all(bytes)?;
    out.flush()
}

/// Reads some; nothing is the end.
///
/// # Errors
/// It can't be read.
pub fn read(source: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    patiently(|| source.read(room))
}

fn patiently<T>(mut ask: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match ask() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(PAUSE),
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every second time it says "not now", and it takes and gives three bytes at a time.
    #[derive(Default)]
    struct Moody {
        bytes: Vec<u8>,
        turn: usize,
    }

    impl Moody {
        fn mood(&mut self) -> io::Result<()> {
            self.turn += 1;
            match self.turn % 4 {
                1 => Err(io::ErrorKind::WouldBlock.into()),
                3 => Err(io::ErrorKind::Interrupted.into()),
                _ => Ok(()),
            }
        }
    }

    impl Write for Moody {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.mood()?;
            let count = bytes.len().min(3);
            self.bytes.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.mood()
        }
    }

    impl Read for Moody {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            self.mood()?;
            let count = self.bytes.len().min(room.len()).min(3);
            room[..count].copy_from_slice(&self.bytes[..count]);
            self.bytes.drain(..count);
            Ok(count)
        }
    }

    #[test]
    fn not_now_is_no_failure() {
        let mut moody = Moody::default();
        write_all(&mut moody, b"ten bytes.").expect("written");
        assert_eq!(moody.bytes, b"ten bytes.");
        let (mut seen, mut room) = (Vec::new(), [0; 8]);
        loop {
            let count = read(&mut moody, &mut room).expect("read");
            seen.extend_from_slice(&room[..count]);
            if count == 0 {
                break;
            }
        }
        assert_eq!(seen, b"ten bytes.");
    }

    #[test]
    fn what_can_not_be_written_is_a_failure() {
        let mut room = [0u8; 4];
        let error = write_all(&mut &mut room[..], b"too much").expect_err("no room");
        assert_eq!(error.kind(), io::ErrorKind::WriteZero);
    }
}
