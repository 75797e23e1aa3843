//! What named the endpoint that is used.

use std::fmt;

/// What named the endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointOrigin {
    /// `--host`.
    Flag,
    /// `host` of the runner's configuration.
    Configuration,
    /// The environment variable `DOCKER_HOST`.
    DockerHost,
    /// A context of the docker CLI.
    Context {
        name: String,
        /// The environment variable or the file that selects the context.
        named_by: String,
    },
    /// Docker's default socket. Nothing named an engine, here and in the following variants.
    DefaultSocket,
    /// The socket of a rootless Docker Engine.
    RootlessSocket,
    /// Docker Desktop's socket.
    DesktopSocket,
    /// The socket of Podman run by this user.
    UserPodmanSocket,
    /// The socket of Podman run by root.
    RootPodmanSocket,
}

impl fmt::Display for EndpointOrigin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Flag => "--host",
            Self::Configuration => "`host` of the runner's configuration",
            Self::DockerHost => "DOCKER_HOST",
            Self::Context { name, named_by } => {
                return write!(out, "the docker context `{name}`, named by {named_by}");
            }
            Self::DefaultSocket => "the default socket",
            Self::RootlessSocket => "the rootless socket",
            Self::DesktopSocket => "Docker Desktop's socket",
            Self::UserPodmanSocket => "the user's Podman socket",
            Self::RootPodmanSocket => "Podman's socket",
        })
    }
}
