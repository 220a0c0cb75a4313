//! Compressed streams: gzip and zstd, several of them behind each other or not.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use flate2::bufread::GzDecoder;
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The most that a zstd frame may ask to look back, in bytes. RFC 8878 (3.1.1.1.2) wants 8 MiB from every reader, and
/// zstd asks for no more without `--ultra` or `--long`. A frame inside a frame takes it twice.
pub const WINDOW: u64 = 8 << 20;
const ZSTD: u32 = 0xfd2f_b528;
const SKIPPABLE: u32 = 0x184d_2a50;

/// A mark that something stands behind the end of the compressed data.
pub type Trailing = Rc<Cell<bool>>;

/// How much of packed data the decoder of deflate sees at once, in bytes: some lines when unpacked.
const BITE: usize = 256;

/// Packed data in small bites. Where it is damaged the decoder drops all that it made of the data that it was shown last, and
/// that would else be some thousand lines.
pub struct Bites<R>(pub R);

impl<R: Read> Read for Bites<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: BufRead> BufRead for Bites<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let bytes = self.0.fill_buf()?;
        Ok(bytes.get(..BITE).unwrap_or(bytes))
    }

    fn consume(&mut self, count: usize) {
        self.0.consume(count);
    }
}

/// Gzip members, one after the other as `cat a.gz b.gz` leaves them, up to what is no gzip any more.
pub struct Gzip<R> {
    decoder: Option<GzDecoder<Bites<BufReader<R>>>>,
    trailing: Trailing,
}

impl<R: Read> Gzip<R> {
    pub fn new(source: R, trailing: Trailing) -> Self {
        Gzip { decoder: Some(GzDecoder::new(Bites(BufReader::new(source)))), trailing }
    }
}

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(decoder) = self.decoder.as_mut() else { return Ok(0) };
            let count = decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(decoder) = self.decoder.take() else { return Ok(0) };
            let mut source = decoder.into_inner();
            match next_byte(&mut source)? {
                None => return Ok(0),
                Some(0x1f) => self.decoder = Some(GzDecoder::new(source)),
                Some(_) => {
                    self.trailing.set(true);
                    return Ok(0);
                }
            }
        }
    }
}

/// The byte that follows, without taking it. Tapes and some disks fill up with zeros, which mean nothing.
fn next_byte(source: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let bytes = source.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        match bytes.get(zeros) {
            Some(byte) => {
                let byte = *byte;
                source.consume(zeros);
                return Ok(Some(byte));
            }
            None if zeros == 0 => return Ok(None),
            None => source.consume(zeros),
        }
    }
}

/// Zstd frames, one after the other, up to what is none.
pub struct Zstd<R> {
    source: BufReader<R>,
    decoder: FrameDecoder,
    state: State,
    trailing: Trailing,
}

enum State {
    Between,
    Inside,
    /// The frame breaks; what is left of it is handed on first.
    Broken(io::Error),
    Ended,
}

impl<R: Read> Zstd<R> {
    pub fn new(source: R, trailing: Trailing) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW);
        Zstd { source: BufReader::new(source), decoder, state: State::Between, trailing }
    }

    /// Starts the next frame, skips one that is to be skipped, or notes the end.
    fn next_frame(&mut self) -> io::Result<()> {
        if self.source.fill_buf()?.is_empty() {
            self.state = State::Ended;
            return Ok(());
        }
        let mut magic = [0; 4];
        let mut got = 0;
        while got < magic.len() {
            match self.source.read(magic.get_mut(got..).unwrap_or_default())? {
                0 => break,
                count => got += count,
            }
        }
        match u32::from_le_bytes(magic) {
            ZSTD if got == 4 => {
                self.decoder.init((&magic[..]).chain(&mut self.source)).map_err(damage)?;
                self.state = State::Inside;
            }
            number if got == 4 && number & !0xf == SKIPPABLE => {
                let mut length = [0; 4];
                self.source.read_exact(&mut length)?;
                let length = u64::from(u32::from_le_bytes(length));
                if io::copy(&mut self.source.by_ref().take(length), &mut io::sink())? < length {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            _ => {
                self.trailing.set(magic.iter().any(|byte| *byte != 0) || next_byte(&mut self.source)?.is_some());
                self.state = State::Ended;
            }
        }
        Ok(())
    }

    /// Decodes until there is something to hand on or the frame ends.
    fn decode(&mut self) {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            if let Err(error) = self.decoder.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1)) {
                self.state = State::Broken(damage(error));
                // The decoder keeps back what a later block may refer to, until it has seen a last block: it gets one,
                // raw and empty, and a checksum that nobody looks at.
                let last = [1u8, 0, 0, 0, 0, 0, 0];
                let _ = self.decoder.decode_blocks(&last[..], BlockDecodingStrategy::All);
                return;
            }
        }
    }

    /// The frame has ended: is it what was packed?
    fn check(&self) -> io::Result<()> {
        match self.decoder.get_checksum_from_data() {
            Some(told) if Some(told) != self.decoder.get_calculated_checksum() => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "its checksum does not fit"))
            }
            _ => Ok(()),
        }
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.state {
                State::Ended => return Ok(0),
                State::Between => {
                    if let Err(error) = self.next_frame() {
                        self.state = State::Ended;
                        return Err(error);
                    }
                }
                State::Inside | State::Broken(_) => {
                    if matches!(self.state, State::Inside) {
                        self.decode();
                    }
                    let count = self.decoder.read(buffer)?;
                    if count > 0 {
                        return Ok(count);
                    }
                    if let State::Broken(error) = std::mem::replace(&mut self.state, State::Ended) {
                        return Err(error);
                    }
                    self.check()?;
                    self.state = State::Between;
                }
            }
        }
    }
}

/// The decoder's error with what caused it inside.
fn damage(error: FrameDecoderError) -> io::Error {
    match error {
        FrameDecoderError::WindowSizeTooBig { requested, .. } => io::Error::other(Asks(requested)),
        error => io::Error::other(error),
    }
}

/// A frame asks for so many bytes of window.
#[derive(Debug, thiserror::Error)]
#[error("a window of {0} bytes")]
pub struct Asks(pub u64);
