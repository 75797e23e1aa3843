//! Errors and warnings about a configuration, with their positions.
//!
//! Invariant: a problem may quote the names of keys, but never a value that may be secret.

use std::fmt;

use crate::source::diagnostic::Severity;

/// The position of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigPosition {
    /// In the file. Lines and columns count from 1, columns in characters.
    File { line: usize, column: usize },
    /// On the command line, by the name of the flag without its dashes.
    Flag(&'static str),
}

/// An error or a warning about a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    pub severity: Severity,
    pub position: ConfigPosition,
    pub text: String,
}

impl ConfigProblem {
    /// Creates a problem that makes the configuration unusable.
    pub(super) fn error(position: ConfigPosition, text: impl Into<String>) -> Self {
        Self { severity: Severity::Error, position, text: text.into() }
    }

    /// Creates a problem that does not prevent a run.
    pub(super) fn warning(position: ConfigPosition, text: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, position, text: text.into() }
    }

    /// The message with the position in the file at `path`.
    pub fn in_file(&self, path: &str) -> String {
        match self.position {
            ConfigPosition::File { .. } => format!("{path}:{self}"),
            ConfigPosition::Flag(_) => self.to_string(),
        }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            ConfigPosition::File { line, column } => write!(out, "{line}:{column}: {}", self.text),
            ConfigPosition::Flag(flag) => write!(out, "--{flag}: {}", self.text),
        }
    }
}
