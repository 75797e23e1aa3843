//! Why an image is not available.

use std::fmt;

use crate::credentials::lookup::SourceError;
use crate::engine::error::EngineError;
use crate::error_chain::chain;

/// Why an image is unavailable. The text is one line.
#[derive(Debug)]
pub enum PullError {
    /// The engine could not be asked whether it has the image.
    Inspect(EngineError),
    /// The engine does not have the image, and the policies do not allow a pull.
    NotPresent,
    /// A source of credentials is invalid in a way that must not be ignored.
    Credentials { label: String, error: SourceError },
    /// The engine reported that the pull failed.
    Pull {
        registry: String,
        /// The source of the credentials used, or the reason for using none.
        credentials: String,
        error: EngineError,
    },
}

impl PullError {
    /// Whether the job fails without trying the next policy.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Credentials { .. })
    }

    /// Whether GitLab Runner classifies this as a system failure.
    pub fn is_system(&self) -> bool {
        !matches!(self, Self::Pull { .. })
    }
}

impl fmt::Display for PullError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inspect(error) => out.write_str(&chain(error)),
            Self::NotPresent => out.write_str(
                "the engine does not have the image, and the pull policy `never` forbids pulling it",
            ),
            Self::Credentials { label, error } => {
                write!(out, "cannot resolve credentials from {label}: {error}")
            }
            Self::Pull { registry, credentials, error } => {
                let words = error.message().map_or_else(|| chain(error), |words| words.trim().to_owned());
                write!(out, "{words} (registry {registry}, {credentials})")
            }
        }
    }
}
