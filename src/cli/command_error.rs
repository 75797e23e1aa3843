//! The error of a command that stops before it has an answer. `cli::main` tells its messages and turns its kind into
//! an exit code.

use crate::cli::host::runner_file::RunnerFileError;
use crate::cli::options::UsageError;
use crate::cli::runtime::RuntimeError;
use crate::cli::user_message::UserMessage;

/// Why a command stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandError {
    pub kind: CommandErrorKind,
    /// The messages for the user: the error, after the warnings that precede it.
    pub messages: Vec<UserMessage>,
}

/// The kinds of errors, in ascending order of their exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CommandErrorKind {
    /// The job cannot start, for a reason that GitLab counts as a failure of the job.
    Job,
    /// An argument is wrong.
    Usage,
    /// The pipeline file, or a file that belongs to it, is invalid.
    InvalidConfiguration,
    /// The engine or the system failed.
    System,
}

impl CommandError {
    /// An error with one message.
    pub fn new(kind: CommandErrorKind, message: impl ToString) -> Self {
        Self { kind, messages: vec![UserMessage::Error(message.to_string())] }
    }

    /// An invalid pipeline file, with a message for each of its problems.
    pub fn invalid_configuration(problems: Vec<String>) -> Self {
        let messages = problems.into_iter().map(UserMessage::Error).collect();
        Self { kind: CommandErrorKind::InvalidConfiguration, messages }
    }

    /// The same error, told after `earlier` messages.
    pub fn after(self, mut earlier: Vec<UserMessage>) -> Self {
        earlier.extend(self.messages);
        Self { messages: earlier, ..self }
    }
}

impl From<UsageError> for CommandError {
    fn from(error: UsageError) -> Self {
        let UsageError::RunnerFile(RunnerFileError::Invalid { errors, warnings }) = error else {
            return Self::new(CommandErrorKind::Usage, error);
        };
        let errors = errors.into_iter().map(UserMessage::Error);
        let messages = errors.chain(warnings.into_iter().map(UserMessage::Warning)).collect();
        Self { kind: CommandErrorKind::Usage, messages }
    }
}

impl From<RuntimeError> for CommandError {
    fn from(error: RuntimeError) -> Self {
        Self::new(CommandErrorKind::System, error)
    }
}
