//! How much of an archive is read. A small file may unpack to any size, so that everything has a limit; logs of real
//! builds stay far below each.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// What an archive may at most hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// What all of it may unpack to, in bytes. It is unpacked in pieces, so this bounds time, not memory.
    pub unpacked: u64,
    /// From so many unpacked bytes on, the ratio counts …
    pub ratio_from: u64,
    /// … of unpacked to packed bytes. Logs repeat themselves: 100 to 1 is common, and a build that prints one line for
    /// ever reaches what its packer can do at most, which is 1032 to 1 with gzip and zip.
    pub ratio: u64,
    /// Members, logs or not. A run of GitHub Actions with 256 jobs of 40 steps has some 10,000.
    pub members: usize,
    /// Logs.
    pub logs: usize,
    /// What the names of all members together may hold, in bytes.
    pub names: usize,
    /// The list of members at the end of a zip, in bytes.
    pub directory: usize,
    /// What is copied to a temporary file where an archive has to be read out of order, in bytes.
    pub spooled: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            unpacked: 20 << 30,
            ratio_from: 1 << 30,
            ratio: 2000,
            members: 50_000,
            logs: 10_000,
            names: 4 << 20,
            directory: 4 << 20,
            spooled: 4 << 30,
        }
    }
}

/// Which limit was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    /// In bytes.
    #[error("unpacks to more than {}; what comes after that is not read", size(*.0))]
    Unpacked(u64),
    /// Of unpacked to packed.
    #[error("unpacks to far more than a log could; what comes after that is not read")]
    Ratio,
    /// How many are read.
    #[error("has more than {0} members; the others are not read")]
    Members(usize),
    /// How many are read.
    #[error("has more than {0} logs; the others are not read")]
    Logs(usize),
    /// In bytes.
    #[error("the names of its members fill more than {}; the others are not read", size(*.0 as u64))]
    Names(usize),
    /// In bytes.
    #[error("the list of its members fills more than {}; those that are found without it are read", size(*.0 as u64))]
    Directory(usize),
    /// In bytes.
    #[error("has more than {}, which is too much for a temporary file; save it and name the file", size(*.0))]
    Spooled(u64),
    /// In bytes.
    #[error("the report on its failures fills more than {}; what comes after that is not read", size(*.0 as u64))]
    Report(usize),
}

/// `20 GiB`, `8 MiB`, `100 bytes`.
fn size(bytes: u64) -> String {
    match bytes {
        _ if bytes >= 1 << 30 => format!("{} GiB", bytes >> 30),
        _ if bytes >= 1 << 20 => format!("{} MiB", bytes >> 20),
        _ => format!("{bytes} bytes"),
    }
}

/// How much has been read and unpacked of one archive, by all of its decoders.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    packed: Cell<u64>,
    unpacked: Cell<u64>,
}

impl Budget {
    pub fn new(limits: Limits) -> Rc<Self> {
        Rc::new(Budget { limits, packed: Cell::new(0), unpacked: Cell::new(0) })
    }

    /// The size of the whole archive is known: its parts may be read several times.
    pub fn whole(&self, bytes: u64) {
        self.packed.set(bytes);
    }

    /// Counts what is read of the archive itself.
    pub fn packed<R: Read>(self: &Rc<Self>, inner: R) -> Packed<R> {
        Packed { inner, budget: Rc::clone(self) }
    }

    /// Counts what comes out of a decoder; an error where it is too much.
    pub fn unpacked<R: Read>(self: &Rc<Self>, inner: R) -> Unpacked<R> {
        Unpacked { inner, budget: Rc::clone(self) }
    }

    fn spend(&self, bytes: usize) -> Result<(), Excess> {
        let unpacked = self.unpacked.get().saturating_add(bytes as u64);
        self.unpacked.set(unpacked);
        let limits = &self.limits;
        if unpacked > limits.unpacked {
            return Err(Excess::Unpacked(limits.unpacked));
        }
        if unpacked > limits.ratio_from && unpacked / self.packed.get().max(1) > limits.ratio {
            return Err(Excess::Ratio);
        }
        Ok(())
    }
}

/// See [`Budget::packed`].
pub struct Packed<R> {
    inner: R,
    budget: Rc<Budget>,
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.budget.packed.set(self.budget.packed.get().saturating_add(count as u64));
        Ok(count)
    }
}

/// See [`Budget::unpacked`].
pub struct Unpacked<R> {
    inner: R,
    budget: Rc<Budget>,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.budget.spend(count).map_err(io::Error::other)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_counts_only_for_much() {
        let limits = Limits { unpacked: 1000, ratio_from: 100, ratio: 10, ..Limits::default() };
        let read = |packed: u64, bytes: u64| {
            let budget = Budget::new(limits);
            budget.whole(packed);
            let mut out = Vec::new();
            budget.unpacked(io::repeat(b'x').take(bytes)).read_to_end(&mut out).map(|_| ())
        };
        assert!(read(1, 100).is_ok());
        assert!(read(1, 101).is_err());
        assert!(read(100, 1000).is_ok());
        assert_eq!(
            read(100, 1001).unwrap_err().to_string(),
            "unpacks to more than 1000 bytes; what comes after that is not read"
        );
    }
}
