//! What was typed, and which function answers it.

pub mod arguments;
pub mod command;
pub mod exit_code;
pub mod host;
pub mod options;
pub mod project;
mod runtime;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use arguments::commands::{Args, Command};
use command::{auth, clean, completion, doctor, exec, lint, list, man, probe, pull, register, show};

/// The whole program.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        // Help and version are errors to clap too; it knows where each goes and what its exit code is.
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit_code::USAGE } else { exit_code::PASSED });
        }
    };
    let ran = match args.command {
        Command::Exec(args) => options::exec(args).map(exec::run),
        Command::List(args) => options::list(args).map(list::run),
        Command::Lint(args) => options::lint(args).map(lint::run),
        Command::Show(args) => options::show(args).map(show::run),
        Command::Doctor(args) => options::doctor(args).map(doctor::run),
        Command::Man(args) => Ok(man::run(&args)),
        Command::Probe(args) => Ok(probe::run(args)),
        Command::Pull(args) => options::pull(args).map(pull::run),
        Command::Auth(args) => options::auth(args).map(auth::run),
        Command::Clean(args) => options::clean(args).map(clean::run),
        Command::Register(args) => options::register(args).map(register::run),
        Command::Completion(args) => Ok(completion::script(args.shell)),
        Command::Complete(args) => Ok(completion::answer(&args)),
    };
    ran.unwrap_or_else(|error| {
        say(&format!("error: {error}"));
        ExitCode::from(exit_code::USAGE)
    })
}

/// An answer, on standard output.
fn print(text: &str) {
    // Nothing is left to do for a reader who has gone away.
    let _ = write!(io::stdout(), "{text}");
}

/// A line for the user on standard error.
fn say(text: &str) {
    // Nothing is left to do for a user who has closed standard error.
    let _ = writeln!(io::stderr(), "{text}");
}
