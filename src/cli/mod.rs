//! What was typed, and which function answers it.

pub mod args;
pub mod auth;
pub mod clean;
pub mod completion;
pub mod config_flags;
pub mod docker_context;
pub mod doctor;
pub mod drive;
pub mod env_file;
mod examples;
pub mod exec;
pub mod exit;
pub mod findings;
pub mod lint;
pub mod list;
pub mod local_files;
pub mod local_tree;
pub mod man;
pub mod options;
pub mod own;
pub mod place;
pub mod probe;
pub mod project;
pub mod pull;
pub mod reading;
pub mod register;
pub mod runner_file;
pub mod seccomp;
pub mod show;
pub mod signals;
pub mod text_file;
pub mod values;

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
        ExitCode::from(exit::USAGE)
    })
}

/// Runs something to its end; `None`, with the reason said, where the machine refuses. One thread drives everything:
/// the work is the engine's.
fn runtime<T>(work: impl Future<Output = T>) -> Option<T> {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => Some(runtime.block_on(work)),
        Err(error) => {
            say(&format!("error: cannot start: {error}"));
            None
        }
    }
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
