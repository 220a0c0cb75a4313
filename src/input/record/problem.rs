//! Why a build record can't be read.

use std::io;

/// Why a build record can't be read: which file, which member of it, and what is wrong there.
#[derive(Debug, thiserror::Error)]
#[error("{file}: the build record can't be read: {member}: {fault}")]
pub struct Problem {
    /// The file's name as the caller gave it.
    pub file: String,
    /// The member of the archive, or where in it.
    pub member: String,
    /// What is wrong.
    pub fault: Fault,
}

impl Problem {
    /// What is wrong and where, but for the file's name: it may be a copy that the reader does not know.
    pub fn without_file(&self) -> String {
        format!("{}: {}", self.member, self.fault)
    }
}

/// What is wrong with a member.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The archive is cut off, its compression is damaged, or the disk failed.
    #[error("the file is cut off, damaged or unreadable ({0})")]
    Io(#[from] io::Error),
    /// It is named by another member but is not there.
    #[error("is missing")]
    Missing,
    /// The name of a member does not fit its content.
    #[error("its content does not fit its digest; the file is damaged or was changed")]
    Digest,
    /// No digest, or one of an unknown kind.
    #[error("'{0}' is no sha256 digest")]
    DigestName(String),
    /// More than there may be.
    #[error("is larger than {0} MiB")]
    TooLarge(u64),
    /// More members or records than there may be.
    #[error("more than {0} of them")]
    TooMany(usize),
    /// Not the document that it should be.
    #[error("is not the JSON that it should be: {0}")]
    Json(#[from] serde_json::Error),
    /// Not the message that it should be.
    #[error("is not the protobuf message that it should be: {0}")]
    Protobuf(#[from] prost::DecodeError),
    /// A message ends before its length.
    #[error("breaks off inside a message")]
    Short,
}
