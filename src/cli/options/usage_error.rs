//! Errors in arguments, in the environment and in the settings files that they name: exit code 2.

use std::io;

use crate::cli::host::runner_file::RunnerFileError;
use crate::engine_choice::choice::EngineChoiceError;
use crate::registry::pull_policy::UnknownPolicy;
use crate::runner_config::problem::ConfigProblem;

/// Why a command cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// The argument of an option for variables is no assignment.
    #[error("{option} `{text}` has no `=`; write {option} KEY={value}")]
    NoAssignment { option: &'static str, value: &'static str, text: String },
    #[error("{option}: `{name}` is an invalid name of a variable; use letters, digits and `_` only")]
    VariableName { option: &'static str, name: String },
    #[error("--as `{0}` is not an event; write branch:NAME, tag:NAME, mr, mr:TARGET, schedule, web or push")]
    Event(String),
    #[error("--timeout `{0}` is not a duration; write seconds, or 90s, 15m, 1h30m")]
    Timeout(String),
    #[error("{option} `{text}` is not a size; write 500M, 1.5G, or a number of bytes")]
    Size { option: &'static str, text: String },
    #[error("--older-than `{0}` is not an age; write 7d, 12h, 30m or 2w")]
    Age(String),
    #[error("--older-than goes with --artifacts and --caches")]
    AgeAlone,
    /// There is no folder for the store.
    #[error(
        "the home directory is unknown, so there is no place for {content}; set HOME, {variable} or {option}"
    )]
    NoHome { content: &'static str, variable: &'static str, option: &'static str },
    #[error("{option}: there is no folder `{path}`")]
    NoFolder { option: &'static str, path: String },
    #[error("--server `{0}` is not a URL; write the server's URL, such as https://gitlab.example.com")]
    Server(String),
    #[error(
        "`include fetch` needs --include-dir DIR, the folder for the copies; it is created if it is missing"
    )]
    NoIncludeDir,
    #[error("--pull-policy {0}")]
    PullPolicy(#[from] UnknownPolicy),
    #[error(transparent)]
    RunnerFile(#[from] RunnerFileError),
    /// A flag that overrides a key of the configuration has an invalid value.
    #[error("{0}")]
    ConfigFlag(ConfigProblem),
    /// A file that an argument names cannot be read.
    #[error("cannot read `{path}`: {error}")]
    Unreadable { path: String, error: io::Error },
    /// A file that an argument names cannot be written.
    #[error("{option}: cannot write `{path}`: {error}")]
    Unwritable { option: &'static str, path: String, error: io::Error },
    #[error(transparent)]
    Endpoint(#[from] EngineChoiceError),
    #[error(
        "{0} needs a terminal: standard input and standard output must be one; use `docker run -it` in a container"
    )]
    NoTerminal(&'static str),
    #[error("--interactive and `--events -` both need standard output: give --events a file")]
    EventsAndTerminal,
    #[error("cannot determine the current directory: {0}")]
    Directory(io::Error),
}
