//! A context of the docker CLI, which names an engine's host.

/// The docker CLI's context in use.
#[derive(Debug, Clone)]
pub struct DockerContext {
    pub name: String,
    /// The environment variable or the file that selects the context.
    pub named_by: String,
    /// The engine's host, such as `unix:///var/run/docker.sock`; empty for the default socket.
    pub host: Result<String, DockerContextError>,
}

/// Why a context's host is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DockerContextError {
    #[error("there is no such context; `docker context ls` lists them")]
    Unknown,
    /// The context's file cannot be read or parsed.
    #[error("cannot read `{path}`: {why}")]
    Unreadable { path: String, why: String },
}
