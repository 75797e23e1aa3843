//! The engine that a job uses itself, as plain data.

#![warn(missing_docs)]

/// The path of the socket in the job's container, which is where every client looks for it.
pub const SOCKET_IN_JOB: &str = "/var/run/docker.sock";

/// The socket of this engine, which a job gets in place of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineSocket {
    /// The image of the service that is not started.
    pub service: String,
    /// The path of the socket on the engine's host.
    pub path: SocketPath,
}

/// The path of an engine's socket on the engine's host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketPath {
    /// The one by which this program reaches the engine, or [`SOCKET_IN_JOB`] if this program runs in a container.
    Own,
    /// The path that the user has given.
    Given(String),
}

/// What a log says about an engine inside a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineInJob {
    /// A service that is an engine is about to start without privileges.
    Unprivileged {
        /// The image of the service.
        service: String,
    },
    /// The service is not started; the job uses this engine.
    Socket {
        /// The image of the service.
        service: String,
    },
}
