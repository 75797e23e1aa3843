//! Where an engine listens.

use std::fmt;
use std::path::{Path, PathBuf};

/// The Docker Engine's default socket on Linux.
pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// The address of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// The path of a unix stream socket.
    Unix(PathBuf),
}

impl Endpoint {
    /// Parses a host as the docker CLI does; `unix://` alone is the default socket.
    ///
    /// # Errors
    /// The host is not an absolute path behind `unix://`.
    pub fn parse(host: &str) -> Result<Self, EndpointError> {
        let error_host = host.to_owned();
        match host.split_once("://") {
            Some(("unix", "")) => Ok(Self::Unix(PathBuf::from(DEFAULT_SOCKET))),
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(PathBuf::from(path))),
            Some(("unix", _)) => Err(EndpointError::RelativePath { host: error_host }),
            Some((scheme, _)) => {
                Err(EndpointError::UnsupportedScheme { scheme: scheme.to_owned(), host: error_host })
            }
            None if host.starts_with('/') => Err(EndpointError::BarePath { host: error_host }),
            None => Err(EndpointError::TcpHost { host: error_host }),
        }
    }

    /// Whether the docker CLI uses this endpoint if nothing names another one.
    pub fn is_default(&self) -> bool {
        let Self::Unix(path) = self;
        path == Path::new(DEFAULT_SOCKET)
    }

    /// The address without its scheme, as errors of a connection quote it: the socket's path.
    pub fn address(&self) -> impl fmt::Display {
        let Self::Unix(path) = self;
        path.display()
    }
}

/// The host in the form that `--host` takes, such as `unix:///var/run/docker.sock`.
impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Unix(path) = self;
        write!(out, "unix://{}", path.display())
    }
}

/// Why a host is not a usable endpoint. The texts continue the name of the setting that holds the host, such as
/// "DOCKER_HOST".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// `tcp://`, `ssh://` and the like.
    #[error("`{host}`: `{scheme}://` is not supported; runner-lite speaks to unix sockets (unix:///path)")]
    UnsupportedScheme {
        /// The whole host.
        host: String,
        /// The part before `://`.
        scheme: String,
    },
    /// A path without `unix://`, which the docker CLI takes for a TCP host name.
    #[error("`{host}` has no scheme; did you mean `unix://{host}`?")]
    BarePath {
        /// The path.
        host: String,
    },
    /// `unix://relative/path`.
    #[error("`{host}`: the socket's path must be absolute, as in unix:///var/run/docker.sock")]
    RelativePath {
        /// The whole host.
        host: String,
    },
    /// `name` or `name:port`, which the docker CLI takes for TCP.
    #[error(
        "`{host}` names a TCP host, which is not supported; runner-lite speaks to unix sockets (unix:///path)"
    )]
    TcpHost {
        /// The host as given.
        host: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, expect: Result<&str, &str>) {
        match (Endpoint::parse(host), expect) {
            (Ok(endpoint), Ok(text)) => assert_eq!(endpoint.to_string(), text),
            (Err(error), Err(text)) => assert!(error.to_string().contains(text), "{error}"),
            (parsed, expect) => panic!("{parsed:?} is not {expect:?}"),
        }
    }

    #[test]
    fn a_unix_host_without_a_path_is_the_default_socket() {
        check("unix:///a", Ok("unix:///a"));
        check("unix://", Ok("unix:///var/run/docker.sock"));
        assert!(Endpoint::parse("unix://").unwrap().is_default());
        assert!(!Endpoint::parse("unix:///a").unwrap().is_default());
    }

    #[test]
    fn unsupported_hosts_are_refused_with_their_reason() {
        check("tcp://h:2375", Err("`tcp://` is not supported"));
        check("ssh://me@h", Err("`ssh://me@h`: `ssh://` is not supported"));
        check("/var/run/docker.sock", Err("did you mean `unix:///var/run/docker.sock`?"));
        check("unix://run/d.sock", Err("must be absolute"));
        check("build-host:2375", Err("names a TCP host"));
    }
}
