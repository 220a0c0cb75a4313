//! Why an archive, or a member of one, can't be read.

use std::error::Error;
use std::{fmt, io};

use super::limits::Excess;
use super::stream::Asks;
use crate::input::magic::Magic;

/// What is wrong, and where.
#[derive(Debug)]
pub struct Problem {
    /// The archive's name as the caller gave it.
    pub archive: String,
    /// The member's path in it, as the archive spells it; `None`: the archive itself.
    pub member: Option<String>,
    /// What is wrong.
    pub fault: Fault,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.member {
            Some(member) => write!(f, "{}: {member}: {}", self.archive, self.fault),
            None => write!(f, "{}: {}", self.archive, self.fault),
        }
    }
}

impl Error for Problem {}

/// What is wrong with an archive or a member.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Its end is missing.
    #[error("is cut off; only what stands before that is diagnosed")]
    Cut,
    /// It can't be unpacked any further.
    #[error("is damaged ({0}); only what stands before that is diagnosed")]
    Damaged(String),
    /// The disk or the pipe failed.
    #[error("can't be read: {0}")]
    Io(String),
    /// The list of members at the end of a zip is missing or damaged.
    #[error("the list of members at its end is missing or damaged ({0}); the members that are found are diagnosed")]
    Directory(String),
    /// It can't be read without a password.
    #[error("is encrypted")]
    Encrypted,
    /// A compression of zip that is not read: its number in APPNOTE.TXT 4.4.5.
    #[error("is compressed with method {0} of zip, which is not read; unpack it first")]
    Method(u16),
    /// A way of packing that is not read.
    #[error("is {}, which is not read; unpack it first and name the log inside", .0.words())]
    Packed(Magic),
    /// Packed in a way that is read, but too deep inside.
    #[error("is {} inside an archive; archives are opened {} deep, unpack it first", .0.words(), super::DEPTH)]
    TooDeep(Magic),
    /// There is more than is read.
    #[error(transparent)]
    Excess(#[from] Excess),
    /// A frame of zstd wants more memory than it gets, in bytes.
    #[error("needs {} MiB of memory to unpack, and {} MiB are allowed; unpack it first with zstd -d", .0 >> 20, super::stream::WINDOW >> 20)]
    Window(u64),
    /// Something stands behind the end of the compressed data.
    #[error("what stands behind the end of the compressed data is ignored")]
    Trailing,
    /// There is nothing in it.
    #[error("is an empty archive")]
    Empty,
    /// There is no log in it, and so many archives that are not opened.
    #[error("there is no log in it: no member is text{}", unopened(*.0))]
    NoLog(usize),
    /// What is compressed is no text.
    #[error("holds a binary file, not a log")]
    Binary,
    /// It is laid out as an OCI image, or holds build records and came through a pipe.
    #[error("is an OCI archive; only a build record is read from one, and only out of a file, not out of a pipe")]
    Layout,
    /// It holds build records, and is damaged.
    #[error("the build record can't be read: {0}")]
    Record(String),
}

fn unopened(archives: usize) -> String {
    match archives {
        0 => String::new(),
        1 => "; an archive inside it is not opened: unpack it first".to_owned(),
        many => format!("; {many} archives inside it are not opened: unpack it first"),
    }
}

impl Fault {
    /// Was everything read all the same?
    pub fn is_harmless(&self) -> bool {
        matches!(self, Fault::Trailing)
    }

    /// Must the reading of the whole archive end?
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Fault::Excess(_) | Fault::Layout)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::of(&error)
    }
}

impl Fault {
    /// Decoders pass on what their source said, each in its own wrapping.
    pub(super) fn of(error: &io::Error) -> Self {
        let mut inner: Option<&(dyn Error + 'static)> = Some(error);
        let mut last = error.kind();
        while let Some(at) = inner {
            if let Some(excess) = at.downcast_ref::<Excess>() {
                return Fault::Excess(*excess);
            }
            if let Some(Asks(bytes)) = at.downcast_ref::<Asks>() {
                return Fault::Window(*bytes);
            }
            let io = at.downcast_ref::<io::Error>();
            last = io.map_or(last, io::Error::kind);
            // An error that wraps another names as its source the source of that.
            inner = match io.and_then(io::Error::get_ref) {
                Some(wrapped) => Some(wrapped),
                None => at.source(),
            };
        }
        match last {
            io::ErrorKind::UnexpectedEof => Fault::Cut,
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
                Fault::Damaged(error.to_string())
            }
            _ => Fault::Io(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_source_said_is_found_in_its_wrapping() {
        let deep = io::Error::other(io::Error::other(Excess::Ratio));
        assert!(matches!(Fault::from(deep), Fault::Excess(Excess::Ratio)));
        let cut = io::Error::other(io::Error::from(io::ErrorKind::UnexpectedEof));
        assert!(matches!(Fault::from(cut), Fault::Cut));
        assert!(matches!(Fault::from(io::Error::other("odd")), Fault::Damaged(_)));
        assert!(matches!(Fault::from(io::Error::from(io::ErrorKind::PermissionDenied)), Fault::Io(_)));
    }
}
