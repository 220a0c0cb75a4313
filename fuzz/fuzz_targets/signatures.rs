#![no_main]

#[path = "../../tests/properties/signatures.rs"]
mod signatures;

libfuzzer_sys::fuzz_target!(|data: &[u8]| signatures::check(data));
