//! The calling process on Linux.

use std::fs;
use std::os::unix::process::parent_id;
use std::time::{Duration, SystemTime};

/// Clock ticks per second in /proc, part of Linux's binary interface (USER_HZ).
const TICKS: f64 = 100.0;
/// A file's time comes from a coarser clock.
const SLACK: Duration = Duration::from_millis(20);

/// When the docker that asks was started: builds from before are not meant.
pub fn caller_started() -> Option<SystemTime> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", parent_id())).ok()?;
    // The command's name, in parentheses, can hold anything; the start is the 20th word after it.
    let start: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let uptime: f64 = fs::read_to_string("/proc/uptime").ok()?.split_whitespace().next()?.parse().ok()?;
    let age = Duration::try_from_secs_f64(uptime - start / TICKS).ok()?;
    SystemTime::now().checked_sub(age + SLACK)
}
