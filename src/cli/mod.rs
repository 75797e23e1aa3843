//! What was typed, and which function answers it.

pub mod args;
pub mod docker_config;
pub mod exec;
pub mod exit;
pub mod options;
pub mod signals;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

/// The whole program.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        // Help and version are errors to clap too; it knows where each goes and what its exit code is.
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::PASSED });
        }
    };
    let Command::Exec(exec) = args.command;
    match options::resolve(exec) {
        Ok(options) => exec::run(options),
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::from(exit::USAGE)
        }
    }
}

/// A line for the user on standard error.
fn say(text: &str) {
    // Nothing is left to do for a user who has closed standard error.
    let _ = writeln!(io::stderr(), "{text}");
}
