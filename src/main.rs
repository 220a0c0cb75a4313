//! The program `whyfail`; everything is in the library.

#![deny(
    unsafe_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

fn main() -> std::process::ExitCode {
    whyfail::cli::main()
}
