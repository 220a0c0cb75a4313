#![no_main]

#[path = "../../tests/properties/reports.rs"]
mod reports;

libfuzzer_sys::fuzz_target!(|data: &[u8]| reports::check(data));
