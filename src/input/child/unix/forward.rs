//! Signals to this process while a command runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use signal_hook::consts::{SIGCONT, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::origin::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};

use super::Told;
use super::terminal::Terminal;
use crate::input::stop;

/// The command runs: signals are passed on to it.
const RUNNING: u8 = 0;
/// It has ended, and its last words are read.
const ENDED: u8 = 1;
/// They have been read: nothing has to be waited for any more.
const READ: u8 = 2;

/// From now on this process outlives the signals with which people and CI systems end builds, and passes them on to a command.
///
/// Ctrl-Z is not among them: the terminal stops the command and this process alike, and both go on together.
pub(in crate::input::child) struct Forwarding {
    signals: Option<SignalsInfo<WithOrigin>>,
    phase: Arc<AtomicU8>,
    told: Told,
}

/// Whom signals are passed on to.
pub(in crate::input::child) enum Target {
    /// A child in our own process group: the terminal's driver tells it by itself.
    Child(Pid),
    /// The leader of a terminal of its own.
    Behind(Pid, Arc<Terminal>),
}

impl Forwarding {
    /// To be made before the command starts: no signal may end us between that and its start. What we were started to ignore stays
    /// ignored, for the command, too.
    pub(in crate::input::child) fn new() -> Self {
        let others = [SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH];
        let wanted: Vec<i32> = stop::STOP.into_iter().chain(others).collect();
        // Without handlers we end as any process does.
        let signals = SignalsInfo::<WithOrigin>::new(stop::not_ignored(&wanted)).ok();
        Forwarding { signals, phase: Arc::default(), told: Told::default() }
    }

    /// The signal that told this process to stop.
    pub(in crate::input::child) fn told(&self) -> Told {
        self.told.clone()
    }

    /// To be called when the command has been waited for: its number may be another's soon.
    pub(in crate::input::child) fn ended(&self) -> impl FnOnce() + Send + 'static {
        let phase = Arc::clone(&self.phase);
        move || phase.store(ENDED, Ordering::SeqCst)
    }

    /// The command's output has been read: who tells us to stop now does not want the report.
    pub(in crate::input::child) fn read(&self) {
        self.phase.store(READ, Ordering::SeqCst);
    }

    /// Passes signals on to the command, those too that came meanwhile.
    pub(in crate::input::child) fn start(&mut self, target: Target) {
        let Some(mut signals) = self.signals.take() else { return };
        let (phase, told) = (Arc::clone(&self.phase), self.told.clone());
        thread::spawn(move || {
            for origin in &mut signals {
                let signal = origin.signal;
                let phase = phase.load(Ordering::SeqCst);
                let ends = stop::STOP.contains(&signal);
                if phase == READ && (ends || signal == SIGQUIT) {
                    stop::end_by(signal);
                }
                if ends {
                    told.set(signal);
                }
                if phase == RUNNING {
                    target.pass_on(&origin);
                }
            }
        });
    }
}

impl Target {
    fn pass_on(&self, origin: &Origin) {
        let Ok(signal) = Signal::try_from(origin.signal) else { return };
        // Where it is gone already nobody needs the signal.
        let _ = match self {
            // What the terminal's driver sent has reached the child, as it is in the same group; so has a new size.
            Target::Child(_) if origin.cause == Cause::Kernel => Ok(()),
            Target::Child(pid) => kill(*pid, signal),
            Target::Behind(_, terminal) if signal == Signal::SIGWINCH => {
                terminal.follow_size();
                Ok(())
            }
            Target::Behind(group, terminal) => {
                if signal == Signal::SIGCONT {
                    terminal.take_over_again();
                }
                killpg(*group, signal)
            }
        };
    }
}
