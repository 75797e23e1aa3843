//! What is wrong with a configuration, and where.
//!
//! Invariant: a problem quotes names of keys and never a value, for values may be secret.

use std::fmt;

/// Where a value was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// In the file, counted from 1.
    File {
        /// Its line.
        line: usize,
        /// The character in that line.
        column: usize,
    },
    /// On the command line: the flag, without its dashes.
    Flag(&'static str),
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// It can, and may surprise.
    Warning,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub origin: Origin,
    /// What it is.
    pub text: String,
}

impl Problem {
    /// Something that makes the configuration useless.
    pub(super) fn error(origin: Origin, text: impl Into<String>) -> Self {
        Self { severity: Severity::Error, origin, text: text.into() }
    }

    /// Something that may surprise.
    pub(super) fn warning(origin: Origin, text: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, origin, text: text.into() }
    }

    /// As it is said of the file at `path`.
    pub fn in_file(&self, path: &str) -> String {
        match self.origin {
            Origin::File { .. } => format!("{path}:{self}"),
            Origin::Flag(_) => self.to_string(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin {
            Origin::File { line, column } => write!(out, "{line}:{column}: {}", self.text),
            Origin::Flag(flag) => write!(out, "--{flag}: {}", self.text),
        }
    }
}
