//! Signals on Unix.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::origin::WithOrigin;
use signal_hook::low_level::siginfo::Cause;

/// Passes signals on to a child as long as it lives.
pub struct Forwarding {
    handle: Option<signal_hook::iterator::Handle>,
    seen: Arc<AtomicBool>,
}

impl Forwarding {
    /// Was there a signal, passed on or not?
    pub fn seen(&self) -> bool {
        self.seen.load(Ordering::SeqCst)
    }
}

impl Drop for Forwarding {
    fn drop(&mut self) {
        if let Some(handle) = &self.handle {
            handle.close();
        }
    }
}

/// From now on this process outlives the signals with which people and CI systems end builds, and passes them on to the child. A
/// signal that the terminal's driver sent (Ctrl-C) has reached the child already, as it is in the same process group.
pub fn forward_signals(child: u32) -> Forwarding {
    let Ok(mut signals) = SignalsInfo::<WithOrigin>::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT]) else {
        return Forwarding { handle: None, seen: Arc::default() };
    };
    let handle = signals.handle();
    let seen = Arc::<AtomicBool>::default();
    let mark = Arc::clone(&seen);
    thread::spawn(move || {
        let Ok(pid) = i32::try_from(child) else { return };
        for origin in &mut signals {
            mark.store(true, Ordering::SeqCst);
            if origin.cause == Cause::Kernel {
                continue;
            }
            if let Ok(signal) = Signal::try_from(origin.signal) {
                // The child may be gone already: then nobody needs the signal.
                let _ = kill(Pid::from_raw(pid), signal);
            }
        }
    });
    Forwarding { handle: Some(handle), seen }
}
