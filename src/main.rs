//! The program `whyfail`; everything is in the library.

fn main() -> std::process::ExitCode {
    whyfail::cli::main()
}
