//! Why an image is not available.

use std::fmt;

use crate::credentials::search::SourceError;
use crate::engine::error::EngineError;
use crate::error_chain::chain;

/// Why an image is not to be had, in one line.
#[derive(Debug)]
pub enum PullError {
    /// The engine could not say whether it has it.
    Inspect(EngineError),
    /// No policy lets it be pulled, and the engine does not have it.
    NotPresent,
    /// A source of credentials that must not be passed over.
    Credentials {
        /// The source.
        label: String,
        /// What is wrong with it.
        error: SourceError,
    },
    /// The pull failed.
    Pull {
        /// The registry.
        registry: String,
        /// Whose credentials were used, or why none.
        credentials: String,
        /// What the engine said.
        error: EngineError,
    },
}

impl PullError {
    /// Whether no other policy is tried.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Credentials { .. })
    }

    /// Whether GitLab Runner counts it as a failure of the system.
    pub fn is_system(&self) -> bool {
        !matches!(self, Self::Pull { .. })
    }
}

impl fmt::Display for PullError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inspect(error) => out.write_str(&chain(error)),
            Self::NotPresent => out.write_str("the engine does not have it, and may not pull it"),
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
