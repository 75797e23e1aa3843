//! What went wrong with single projects, while the others were fetched.

use crate::cli::command_error::CommandErrorKind;
use crate::cli::user_message::UserMessage;

/// Errors of several projects.
#[derive(Debug, Default)]
pub(super) struct Errors {
    pub(super) messages: Vec<UserMessage>,
    kinds: Vec<CommandErrorKind>,
}

impl Errors {
    pub(super) fn push(&mut self, error: ProjectError) {
        self.messages.push(UserMessage::Error(error.message));
        self.kinds.push(error.kind);
    }

    /// The kind that decides on the exit code.
    pub(super) fn kind(&self) -> Option<CommandErrorKind> {
        self.kinds.iter().max().copied()
    }

    /// Adds rendered diagnostics about the pipeline file.
    pub(super) fn push_invalid(&mut self, messages: Vec<UserMessage>) {
        if !messages.is_empty() {
            self.kinds.push(CommandErrorKind::InvalidConfiguration);
            self.messages.extend(messages);
        }
    }
}

/// Why the files of a project are not fetched.
#[derive(Debug)]
pub(super) struct ProjectError {
    kind: CommandErrorKind,
    message: String,
}

impl ProjectError {
    /// The pipeline file names something that does not exist, or that is refused.
    pub(super) fn invalid(message: String) -> Self {
        Self { kind: CommandErrorKind::InvalidConfiguration, message }
    }

    /// git, the network or the file system fails.
    pub(super) fn system(message: String) -> Self {
        Self { kind: CommandErrorKind::System, message }
    }
}
