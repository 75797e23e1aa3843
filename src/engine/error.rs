//! The error of a failed call: the operation, its subject, and the engine's answer.

use std::time::Duration;

use super::stream::stdcopy::StdCopyError;
use super::version::ApiVersion;
use crate::transport::http1::TransportError;

/// A call of the Engine API that failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation}{}", subject_text(subject))]
pub struct EngineError {
    /// The operation, as it follows "cannot": `create container`.
    pub operation: &'static str,
    /// The container, image, network … that the operation is about; empty if there is none.
    pub subject: String,
    /// The cause.
    #[source]
    pub kind: EngineErrorKind,
}

fn subject_text(subject: &str) -> String {
    if subject.is_empty() { String::new() } else { format!(" `{subject}`") }
}

/// Why a call failed.
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
    /// A pull failed after the engine had answered 200.
    #[error("{message}")]
    InStream {
        /// The engine's own message.
        message: String,
    },
    /// No complete answer arrived.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The answer does not follow the API's description.
    #[error("the engine's answer is not what the API describes: {detail}")]
    Unexpected {
        /// The difference.
        detail: String,
    },
    /// The connection of a stream broke.
    #[error("the connection to the engine broke")]
    Stream(#[source] std::io::Error),
    /// The stream ended inside a frame, or does not consist of frames.
    #[error(transparent)]
    Frames(#[from] StdCopyError),
    /// The engine is too old.
    #[error("its newest API version is {server}, runner-lite needs {needed} (Docker 20.10) or newer")]
    TooOld {
        /// The engine's newest version.
        server: ApiVersion,
        /// The oldest version that runner-lite accepts.
        needed: ApiVersion,
    },
    /// The engine no longer accepts our newest API version.
    #[error(
        "its oldest API version is {minimum}, runner-lite supports versions up to {newest}: get a newer runner-lite"
    )]
    TooNew {
        /// The engine's oldest version.
        minimum: ApiVersion,
        /// Our newest version.
        newest: ApiVersion,
    },
    /// The container is gone, and another one has its label; whether that is the same one cannot be known.
    #[error("it is not there, but container `{renamed}` has its label; if it is the same one, remove that")]
    PerhapsRenamed {
        /// The other container's name.
        renamed: String,
    },
    /// The task that made the call panicked.
    #[error("the task that did it failed: {detail}")]
    TaskFailed {
        /// The panic's message.
        detail: String,
    },
    /// The caller's own limit ran out.
    #[error("not done after {} s", after.as_secs())]
    TimedOut {
        /// The limit.
        after: Duration,
    },
}

impl EngineError {
    /// Whether the container, image, network or volume does not exist.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the object's state forbids the operation: its name is in use, it is not running, or it is being removed.
    pub fn is_conflict(&self) -> bool {
        const OF_PODMAN: [&str; 2] = ["is already in use", "container state improper"];
        self.status() == Some(409) || OF_PODMAN.iter().any(|words| self.is_500_with(words))
    }

    /// Whether a network still has containers: 403 in Docker, 500 in Podman.
    pub fn is_in_use(&self) -> bool {
        self.status() == Some(403) || self.is_500_with("network is being used")
    }

    /// Whether a container is not connected to the network. Engines report that with status 500 and these words only.
    pub fn is_not_connected(&self) -> bool {
        self.is_500_with("is not connected")
    }

    /// Whether another call created, at the same time, a volume that this call would have created.
    pub fn is_lost_race(&self) -> bool {
        self.is_500_with("volume already exists")
    }

    /// Whether the status is 500 and the message contains `words`: most of Podman's refusals have that status.
    fn is_500_with(&self, words: &str) -> bool {
        self.status() == Some(500) && self.message().is_some_and(|message| message.contains(words))
    }

    /// The HTTP status, if the engine answered with an error.
    pub fn status(&self) -> Option<u16> {
        match self.kind {
            EngineErrorKind::Status { status, .. } => Some(status),
            _ => None,
        }
    }

    /// The engine's own message, if it answered with an error.
    pub fn message(&self) -> Option<&str> {
        match &self.kind {
            EngineErrorKind::Status { message, .. } | EngineErrorKind::InStream { message } => Some(message),
            _ => None,
        }
    }
}
