//! Where an engine listens, and what said so.

use std::fmt;
use std::path::PathBuf;

use super::choice::ContextError;

/// The engine's default socket on Linux.
pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// Where to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A unix stream socket.
    Unix(PathBuf),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Unix(path) = self;
        write!(out, "unix://{}", path.display())
    }
}

/// Why an endpoint was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// `--host`.
    Flag,
    /// `host` of the runner's configuration.
    Configuration,
    /// The environment variable `DOCKER_HOST`.
    DockerHost,
    /// A context of the docker CLI.
    Context {
        /// Its name.
        name: String,
        /// The variable or the file.
        named_by: String,
    },
    /// Nothing: the default socket.
    Default,
    /// Nothing: a rootless Docker Engine's socket.
    Rootless,
    /// Nothing: Docker Desktop's socket.
    Desktop,
    /// Nothing: the socket of Podman run by the user.
    UsersPodman,
    /// Nothing: the socket of Podman run by root.
    Podman,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Flag => "--host",
            Self::Configuration => "`host` of the runner's configuration",
            Self::DockerHost => "DOCKER_HOST",
            Self::Context { name, named_by } => {
                return write!(out, "the docker context `{name}`, named by {named_by}");
            }
            Self::Default => "the default socket",
            Self::Rootless => "the rootless socket",
            Self::Desktop => "Docker Desktop's socket",
            Self::UsersPodman => "the user's Podman socket",
            Self::Podman => "Podman's socket",
        })
    }
}

/// Why a host is not an endpoint that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// `tcp://`, `ssh://` and the like.
    #[error(
        "{origin} `{host}`: `{scheme}://` is not supported; runner-lite speaks to unix sockets (unix:///path)"
    )]
    Scheme {
        /// Where the host came from.
        origin: Origin,
        /// The host as given.
        host: String,
        /// Its scheme.
        scheme: String,
    },
    /// A path without `unix://`, which the docker CLI takes for a TCP host name.
    #[error("{origin} `{host}` has no scheme; did you mean `unix://{host}`?")]
    BarePath {
        /// Where the host came from.
        origin: Origin,
        /// The host as given.
        host: String,
    },
    /// `unix://relative/path`.
    #[error("{origin} `{host}`: the socket's path must be absolute, as in unix:///var/run/docker.sock")]
    Relative {
        /// Where the host came from.
        origin: Origin,
        /// The host as given.
        host: String,
    },
    /// `name` or `name:port`, which the docker CLI takes for TCP.
    #[error(
        "{origin} `{host}` names a TCP host, which is not supported; runner-lite speaks to unix sockets (unix:///path)"
    )]
    Tcp {
        /// Where the host came from.
        origin: Origin,
        /// The host as given.
        host: String,
    },
    /// The docker CLI's context has none.
    #[error("{origin}: {error}")]
    Context {
        /// The context.
        origin: Origin,
        /// Why.
        error: ContextError,
    },
}

/// Reads a host as the docker CLI does.
pub(super) fn parse(host: String, origin: &Origin) -> Result<Endpoint, EndpointError> {
    let origin = origin.clone();
    match host.split_once("://") {
        // `unix://` alone is the default socket, as in the docker CLI.
        Some(("unix", "")) => Ok(Endpoint::Unix(PathBuf::from(DEFAULT_SOCKET))),
        Some(("unix", path)) if path.starts_with('/') => Ok(Endpoint::Unix(PathBuf::from(path))),
        Some(("unix", _)) => Err(EndpointError::Relative { origin, host }),
        Some((scheme, _)) => Err(EndpointError::Scheme { origin, scheme: scheme.to_owned(), host }),
        None if host.starts_with('/') => Err(EndpointError::BarePath { origin, host }),
        None => Err(EndpointError::Tcp { origin, host }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, expect: Result<&str, &str>) {
        match (parse(host.to_owned(), &Origin::Flag), expect) {
            (Ok(endpoint), Ok(text)) => assert_eq!(endpoint.to_string(), text),
            (Err(error), Err(text)) => assert!(error.to_string().contains(text), "{error}"),
            (found, expect) => panic!("{found:?} is not {expect:?}"),
        }
    }

    #[test]
    fn a_unix_host_without_a_path_is_the_default_socket() {
        check("unix:///a", Ok("unix:///a"));
        check("unix://", Ok("unix:///var/run/docker.sock"));
    }

    #[test]
    fn other_schemes_are_refused_by_name() {
        check("tcp://h:2375", Err("`tcp://` is not supported"));
        check("ssh://me@h", Err("--host `ssh://me@h`: `ssh://` is not supported"));
        check("/var/run/docker.sock", Err("did you mean `unix:///var/run/docker.sock`?"));
        check("unix://run/d.sock", Err("must be absolute"));
        check("build-host:2375", Err("names a TCP host"));
    }
}
