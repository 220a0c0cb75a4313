#![no_main]

#[path = "../../tests/properties/pipeline.rs"]
mod pipeline;

libfuzzer_sys::fuzz_target!(|data: &[u8]| pipeline::check(data));
