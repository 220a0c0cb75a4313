//! Pipes on Linux.

use std::fs::File;
use std::io;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, SpliceFFlags, fcntl, tee};

/// What a pipe should hold, in bytes. Everybody may ask for 1 MiB (`/proc/sys/fs/pipe-max-size`), but more than this leaves the fast
/// caches.
const PIPE: i32 = 256 << 10;

/// Passes on what stands in one pipe to another, at most `most` bytes, and leaves it there. Gives how many they are, 0 at the end;
/// nothing where that can't be done, because one of them is no pipe.
pub fn duplicate(source: &File, echo: &File, most: usize) -> Option<io::Result<usize>> {
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
