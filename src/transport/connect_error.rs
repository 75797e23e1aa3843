//! Why an engine cannot be connected to, and what the user can do.

use std::io;
use std::time::Duration;

use super::endpoint::Endpoint;

/// Why a connection to an engine could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The socket's path does not exist.
    #[error(
        "there is no socket at `{}`; start the Docker Engine, or name its socket with --host or DOCKER_HOST",
        endpoint.address()
    )]
    Missing {
        /// Where the engine should listen.
        endpoint: Endpoint,
    },
    /// The socket exists, but nothing listens on it: an engine that was killed leaves it behind.
    #[error("nothing listens on `{}`; start Docker", endpoint.address())]
    Refused {
        /// Where the engine should listen.
        endpoint: Endpoint,
    },
    /// The path is a file or a directory.
    #[error("`{}` is not a socket", endpoint.address())]
    NotASocket {
        /// Where the engine should listen.
        endpoint: Endpoint,
    },
    /// The user may not connect to the socket.
    #[error(
        "no permission to connect to `{}`; run as root, or join the socket's group with \
         `sudo usermod -aG docker $USER` and log in again",
        endpoint.address()
    )]
    Denied {
        /// Where the engine listens.
        endpoint: Endpoint,
    },
    /// The listener's backlog stayed full until the limit.
    #[error("`{}` did not accept a connection within {} s", endpoint.address(), after.as_secs())]
    TimedOut {
        /// Where the engine listens.
        endpoint: Endpoint,
        /// The limit.
        after: Duration,
    },
    /// Any other error of the system.
    #[error("connecting to `{}` failed", endpoint.address())]
    Other {
        /// Where the engine should listen.
        endpoint: Endpoint,
        /// The system's error.
        source: io::Error,
    },
}
