//! The two streams that a log is written to.

use std::io::Write;

use super::console;

/// The streams of a log.
pub(super) struct LogStreams {
    /// For the output of jobs and the lines of the log.
    pub(super) stdout: Box<dyn Write + Send>,
    /// For failures of the runner, and what the user has asked for beside the log.
    pub(super) stderr: Box<dyn Write + Send>,
}

/// The stream that a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineStream {
    /// That of the log.
    Output,
    /// That of failures of the runner.
    Error,
}

/// Where the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogTarget {
    /// To standard output, failures of the runner to standard error.
    Standard,
    /// All of it to standard error: standard output has something else.
    StandardError,
}

impl LogStreams {
    /// The streams of this process.
    pub(super) fn of_process(target: LogTarget) -> Self {
        Self {
            stdout: match target {
                LogTarget::Standard => Box::new(console::standard_output()),
                LogTarget::StandardError => Box::new(console::standard_error()),
            },
            stderr: Box::new(console::standard_error()),
        }
    }
}
