#![no_main]

#[path = "../../tests/properties/archive.rs"]
mod archive;

use std::alloc::System;
use std::sync::Once;

use cap::Cap;

/// Memory beyond what is in use before an input is tried, in bytes: who wants more is ended.
const MEMORY: usize = 64 << 20;

#[global_allocator]
static MEMORY_IN_USE: Cap<System> = Cap::new(System, usize::MAX);

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    static START: Once = Once::new();
    // What the fuzzer itself keeps grows with its corpus, but it allocates that in C++.
    START.call_once(|| {
        let allowed = MEMORY_IN_USE.allocated() + MEMORY;
        MEMORY_IN_USE.set_limit(allowed).expect("more than there is now");
    });
    archive::check(data);
});
