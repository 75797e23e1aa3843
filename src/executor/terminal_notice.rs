//! What a job's log says of a terminal in its container.

use super::failed_command::FailedCommand;

/// Something about a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TerminalNotice {
    /// The script has failed, and the terminal is that of another job first.
    Waits {
        /// The exit code of the script.
        exit_code: i64,
        /// The command that failed, if the shell has reported it.
        command: Option<FailedCommand>,
        /// The job in whose container a shell is open.
        holder: String,
    },
    /// The script has failed, and a terminal opens.
    AfterFailure {
        /// The exit code of the script.
        exit_code: i64,
        /// The command that failed, if the shell has reported it.
        command: Option<FailedCommand>,
        /// The jobs that wait for the terminal.
        followers: Vec<String>,
    },
    /// The terminal could not be opened, or has ended early.
    Failed {
        /// Why.
        error: String,
    },
}
