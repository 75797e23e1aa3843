//! The command line: `main` parses the arguments and calls the command.

pub mod arguments;
pub mod command;
pub mod command_error;
pub mod commands_page;
pub mod exit_code;
pub mod host;
pub mod options;
pub mod project;
pub mod run;
pub mod runtime;
pub mod usage_advice;
pub mod user_message;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use arguments::{Args, Command};
use command::{
    artifacts, auth, cache, clean, collect, completion, doctor, exec, include, lint, list, logs, man,
    pipeline, probe, pull, register, running_shell, runs, show,
};
use command_error::CommandError;
use options::{
    ArtifactsOptions, AuthOptions, CacheOptions, CleanOptions, DoctorOptions, ExecOptions,
    FetchIncludesOptions, LintOptions, ListOptions, ListRunsOptions, LogsOptions, PipelineOptions,
    PullOptions, RegisterOptions, RunningShellOptions, ShowOptions,
};
use usage_advice::usage_message;
use user_message::tell;

use crate::report::console;

/// The whole program.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        // clap reports `--help` and `--version` as errors, too.
        Err(error) => {
            let code = if error.use_stderr() { exit_code::USAGE } else { exit_code::PASSED };
            match usage_message(Args::command(), &typed_words(), &error) {
                Some(message) => console::error(message),
                None => console::usage(error),
            }
            return ExitCode::from(code);
        }
    };
    let code = run(args.command).unwrap_or_else(|error| {
        tell(&error.messages);
        exit_code::of_error(error.kind)
    });
    ExitCode::from(code)
}

/// The words behind the program's name.
fn typed_words() -> Vec<String> {
    #[expect(clippy::disallowed_methods, reason = "a message quotes what clap has read")]
    let words = std::env::args_os().skip(1);
    words.map(|word| word.to_string_lossy().into_owned()).collect()
}

/// Runs a command and returns its exit code.
fn run(command: Command) -> Result<u8, CommandError> {
    match command {
        Command::Exec(args) => exec::run(ExecOptions::resolve(*args)?),
        Command::Shell(args) if args.running => running_shell::run(RunningShellOptions::resolve(*args)?),
        Command::Shell(args) => exec::run(ExecOptions::resolve_shell(*args)?),
        Command::Pipeline(args) => pipeline::run(PipelineOptions::resolve(*args)?),
        Command::List(args) => list::run(&ListOptions::resolve(args)?),
        Command::Lint(args) => lint::run(LintOptions::resolve(args)?),
        Command::Show(args) => show::run(&ShowOptions::resolve(args)?),
        Command::Doctor(args) => doctor::run(DoctorOptions::resolve(args)),
        Command::Man(args) => man::run(&args),
        Command::Probe(args) => probe::run(args),
        Command::Collect(args) => collect::run(&args),
        Command::Include(args) => include::run(&FetchIncludesOptions::resolve(*args)?),
        Command::Pull(args) => pull::run(PullOptions::resolve(args)?),
        Command::Auth(args) => auth::run(&AuthOptions::resolve(args)?),
        Command::Artifacts(args) => artifacts::run(&ArtifactsOptions::resolve(args)?),
        Command::Runs(args) => runs::list(&ListRunsOptions::resolve(args)?),
        Command::Logs(args) => logs::run(&LogsOptions::resolve(args)?),
        Command::Cache(args) => cache::run(&CacheOptions::resolve(args)?),
        Command::Clean(args) => clean::run(CleanOptions::resolve(args)?),
        Command::Register(args) => register::run(&RegisterOptions::resolve(args)?),
        Command::Completion(args) => Ok(completion::print_script(args.shell)),
        Command::Complete(args) => Ok(completion::print_candidates(&args)),
    }
}
