//! Streams on Linux.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, SpliceFFlags, fcntl, tee};

/// What a pipe should hold, in bytes. Everybody may ask for 1 MiB (`/proc/sys/fs/pipe-max-size`), but more than this leaves the fast
/// caches.
const PIPE: i32 = 256 << 10;

pub type Source = File;
pub type Echo = File;

pub fn stdin() -> io::Result<Source> {
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

pub fn stdout() -> io::Result<Echo> {
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

pub fn stderr() -> io::Result<Echo> {
    Ok(io::stderr().as_fd().try_clone_to_owned()?.into())
}

/// Passes on what stands in one pipe to another, at most `most` bytes, and leaves it there. Gives how many they are, 0 at the end;
/// nothing where that can't be done, because one of them is no pipe.
pub fn duplicate(source: &Source, echo: &Echo, most: usize) -> Option<io::Result<usize>> {
    loop {
        match tee(source, echo, most, SpliceFFlags::empty()) {
            Ok(count) => return Some(Ok(count)),
            Err(Errno::EINTR) => {}
            Err(error @ Errno::EPIPE) => return Some(Err(error.into())),
            Err(_) => return None,
        }
    }
}

/// Makes a pipe larger, if it is one and that is allowed.
pub fn enlarge(stream: &File) {
    if fcntl(stream, FcntlArg::F_GETPIPE_SZ).is_ok_and(|size| size < PIPE) {
        // Refused where the user's pipes hold too much already; then it stays as it is.
        let _ = fcntl(stream, FcntlArg::F_SETPIPE_SZ(PIPE));
    }
}

/// Is it a saved log, which has an end?
pub fn is_file(source: &Source) -> bool {
    source.metadata().is_ok_and(|data| data.is_file())
}
