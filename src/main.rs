//! The `runner-lite` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    runner_lite::cli::main()
}
