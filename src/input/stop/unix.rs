//! The signals with which people and CI systems end things.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// Who writes what we read is told to stop at the same moment, and may have last words. They are waited for while there are some…
const QUIET: Duration = Duration::from_millis(400);
/// … and not longer than this.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What tells a process to end: Ctrl-C, a cancelled job, a closed terminal.
pub const STOP: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// Those of `signals` that this process was not started to ignore, as `nohup` and shells without job control want it. Must be asked before
/// there is a handler of its own. Where the system does not tell, it is all of them.
pub fn not_ignored(signals: &[i32]) -> Vec<i32> {
    let ignored = ignored();
    signals.iter().copied().filter(|signal| ignored & bit(*signal) == 0).collect()
}

/// Linux tells in `SigIgn` of `/proc/self/status`, see proc_pid_status(5): a hexadecimal mask, signal 1 in the lowest bit.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

fn bit(signal: i32) -> u64 {
    let place = u32::try_from(signal - 1).unwrap_or(u32::MAX);
    1u64.checked_shl(place).unwrap_or(0)
}

/// Ends this process as the signal would have done without a handler, so that its caller sees what happened. Comes back only where
/// that can't be done.
pub fn end_by(signal: i32) {
    // Nothing better is left than the exit status that a shell would make of it.
    let _ = low_level::emulate_default_handler(signal);
}

/// From now on the first signal to stop ends the reading of a stream, so that what was read can be told. A second one ends this process
/// as always.
pub struct Watch {
    told: Arc<AtomicUsize>,
    /// A byte comes here with each signal, which ends the waiting for others.
    wake: UnixStream,
    since: Option<Instant>,
}

impl Watch {
    /// # Errors
    /// The system refuses a handler or a pair of sockets.
    pub fn new() -> io::Result<Self> {
        let (wake, waker) = UnixStream::pair()?;
        let (told, again) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        for signal in not_ignored(&STOP) {
            // In this order: the first signal must not meet its own mark.
            flag::register_conditional_default(signal, Arc::clone(&again))?;
            flag::register(signal, Arc::clone(&again))?;
            flag::register_usize(signal, Arc::clone(&told), usize::try_from(signal).unwrap_or_default())?;
            low_level::pipe::register(signal, waker.try_clone()?)?;
        }
        Ok(Watch { told, wake, since: None })
    }

    /// The signal that came.
    pub fn told(&self) -> Option<i32> {
        i32::try_from(self.told.load(Ordering::SeqCst)).ok().filter(|signal| *signal != 0)
    }

    /// Waits until there is something to read, the end too. `false`: nothing more is to be read.
    pub fn wait(&mut self, source: impl AsFd) -> bool {
        loop {
            if self.since.is_none() && self.told().is_some() {
                self.since = Some(Instant::now());
            }
            let mut both =
                [PollFd::new(source.as_fd(), PollFlags::POLLIN), PollFd::new(self.wake.as_fd(), PollFlags::POLLIN)];
            let result = match self.since {
                Some(since) if since.elapsed() >= LAST_WORDS => return false,
                Some(_) => poll(&mut both[..1], PollTimeout::try_from(QUIET).unwrap_or(PollTimeout::ZERO)),
                None => poll(&mut both, PollTimeout::NONE),
            };
            match result {
                Err(Errno::EINTR) => {}
                // Reading will tell what is wrong.
                Err(_) => return true,
                Ok(0) => return false,
                // Else it was a signal.
                Ok(_) if both[0].any() != Some(false) => return true,
                Ok(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_of_signals() {
        assert_eq!((bit(SIGHUP), bit(SIGINT), bit(SIGTERM)), (1, 2, 0x4000));
        assert_eq!((bit(0), bit(-3), bit(65)), (0, 0, 0));
    }
}
