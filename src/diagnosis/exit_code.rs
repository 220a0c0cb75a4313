//! What an exit code stands for.

/// What the exit code says by convention of shells, `sysexits.h`, Docker and the kernel; `None` where it says nothing
/// beyond "failed".
pub fn meaning(code: i64) -> Option<String> {
    let text = match code {
        0 => return None,
        1 => "the program's own 'something went wrong'; it says nothing about what",
        2 => "wrong usage, or a failed make target or shell syntax",
        64 => "the command line was used wrongly (EX_USAGE)",
        65 => "the input data was wrong (EX_DATAERR)",
        66 => "an input file could not be read (EX_NOINPUT)",
        67 => "an unknown user (EX_NOUSER)",
        68 => "an unknown host (EX_NOHOST)",
        69 => "a service was not available (EX_UNAVAILABLE)",
        70 => "an internal error of the program (EX_SOFTWARE)",
        71 => "an error of the operating system (EX_OSERR)",
        72 => "a system file is missing (EX_OSFILE)",
        73 => "an output file could not be created (EX_CANTCREAT)",
        74 => "reading or writing failed (EX_IOERR)",
        75 => "a temporary failure; trying again may help (EX_TEMPFAIL)",
        76 => "the other side broke the protocol (EX_PROTOCOL)",
        77 => "permission denied (EX_NOPERM)",
        78 => "a configuration error (EX_CONFIG)",
        100 => "apt's or dpkg's own failure",
        124 => "a time limit (timeout) ended the command",
        125 => "the container engine failed before the command ran",
        126 => "the command was found but may not be executed, or is not a program",
        127 => "the command was not found",
        128 => "git's own fatal error, or an invalid exit value",
        134 => "the program aborted itself (signal 6, SIGABRT)",
        137 => "killed from outside (signal 9): most often out of memory",
        139 => "a memory access violation (signal 11, SIGSEGV); under emulation often the emulator",
        143 => "asked to stop (signal 15): cancelled or a time limit",
        255 => "a fatal error of the program, or of ssh",
        129..=192 => return Some(format!("ended by signal {}", code - 128)),
        _ => return None,
    };
    Some(text.to_owned())
}
