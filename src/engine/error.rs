//! What a failed call says: the operation, its subject, and what the engine answered.

use std::time::Duration;

use super::stream::stdcopy::StdCopyError;
use super::version::ApiVersion;
use crate::transport::http1::TransportError;

/// A call of the Engine API that failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation}{}", subject_text(subject))]
pub struct EngineError {
    /// What was to be done: `create container`.
    pub operation: &'static str,
    /// The container, image, network … concerned; empty where there is none.
    pub subject: String,
    /// What went wrong.
    #[source]
    pub kind: EngineErrorKind,
}

fn subject_text(subject: &str) -> String {
    if subject.is_empty() { String::new() } else { format!(" `{subject}`") }
}

/// What went wrong in a call.
#[derive(Debug, thiserror::Error)]
pub enum EngineErrorKind {
    /// The engine answered with an error.
    #[error("the engine answered {status}: {message}")]
    Status {
        /// HTTP status.
        status: u16,
        /// The engine's own message.
        message: String,
    },
    /// A pull answered 200 and failed afterwards.
    #[error("{message}")]
    InStream {
        /// The engine's own message.
        message: String,
    },
    /// No answer, or no whole one.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// An answer that is not what the API describes.
    #[error("the engine's answer is not what the API describes: {detail}")]
    Unexpected {
        /// What is wrong with it.
        detail: String,
    },
    /// The connection of a stream broke.
    #[error("the connection to the engine broke")]
    Stream(#[source] std::io::Error),
    /// A stream that ends inside a frame, or is out of step.
    #[error(transparent)]
    Frames(#[from] StdCopyError),
    /// The engine is too old.
    #[error("its newest API version is {server}, runner-lite needs {needed} (Docker 20.10) or newer")]
    TooOld {
        /// The engine's newest version.
        server: ApiVersion,
        /// The oldest version that will do.
        needed: ApiVersion,
    },
    /// The engine no longer speaks our newest version.
    #[error(
        "its oldest API version is {minimum}, runner-lite speaks up to {newest}: get a newer runner-lite"
    )]
    TooNew {
        /// The engine's oldest version.
        minimum: ApiVersion,
        /// Our newest version.
        newest: ApiVersion,
    },
    /// A limit of the caller's ran out.
    #[error("not done after {} s", after.as_secs())]
    TimedOut {
        /// The limit.
        after: Duration,
    },
}

impl EngineError {
    /// The engine knows no such container, image, network or volume.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// The engine's state forbids it: a name in use, a container that is not running, a removal in progress.
    pub fn is_conflict(&self) -> bool {
        const OF_PODMAN: [&str; 2] = ["is already in use", "container state improper"];
        self.status() == Some(409) || OF_PODMAN.iter().any(|words| self.is_500_with(words))
    }

    /// A network is still in use: 403 of Docker, 500 of Podman.
    pub fn is_in_use(&self) -> bool {
        self.status() == Some(403) || self.is_500_with("network is being used")
    }

    /// A container is not in the network that it is taken out of. No engine has a status for it.
    pub fn is_not_connected(&self) -> bool {
        self.is_500_with("is not connected")
    }

    /// Somebody else has made, at the same moment, what this call was to make on the way.
    pub fn is_lost_race(&self) -> bool {
        self.is_500_with("volume already exists")
    }

    /// Whether a 500 says this: most of Podman's refusals are one, and only the words tell them apart.
    fn is_500_with(&self, words: &str) -> bool {
        self.status() == Some(500) && self.message().is_some_and(|message| message.contains(words))
    }

    /// The status that the engine answered with.
    pub fn status(&self) -> Option<u16> {
        match self.kind {
            EngineErrorKind::Status { status, .. } => Some(status),
            _ => None,
        }
    }

    /// The engine's own message.
    pub fn message(&self) -> Option<&str> {
        match &self.kind {
            EngineErrorKind::Status { message, .. } | EngineErrorKind::InStream { message } => Some(message),
            _ => None,
        }
    }
}
