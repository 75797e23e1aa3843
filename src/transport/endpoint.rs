//! Where the engine listens: `--host`, `DOCKER_HOST`, the default socket, the rootless one.

use std::fmt;
use std::path::{Path, PathBuf};

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

/// What named the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `--host`.
    Flag,
    /// The environment variable `DOCKER_HOST`.
    DockerHost,
    /// Nothing: the default socket.
    Default,
    /// Nothing, and only the rootless engine's socket in `$XDG_RUNTIME_DIR` is there.
    Rootless,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Flag => "--host",
            Self::DockerHost => "DOCKER_HOST",
            Self::Default => "the default socket",
            Self::Rootless => "the rootless socket in $XDG_RUNTIME_DIR",
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
}

/// What is known about the surroundings when an endpoint is looked for.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// `--host`.
    pub flag: Option<String>,
    /// `DOCKER_HOST`; an empty value counts as unset, as in the docker CLI.
    pub docker_host: Option<String>,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_dir: Option<PathBuf>,
}

/// Finds the endpoint: `--host`, then `DOCKER_HOST`, then the default socket, then the rootless one if only that
/// exists.
///
/// `exists` answers whether a path is there, so that the choice can be tested without sockets.
pub fn resolve(hints: &Hints, exists: impl Fn(&Path) -> bool) -> Result<(Endpoint, Origin), EndpointError> {
    let given = |value: &Option<String>| value.clone().filter(|host| !host.is_empty());
    if let Some(host) = given(&hints.flag) {
        return parse(host, Origin::Flag).map(|endpoint| (endpoint, Origin::Flag));
    }
    if let Some(host) = given(&hints.docker_host) {
        return parse(host, Origin::DockerHost).map(|endpoint| (endpoint, Origin::DockerHost));
    }
    let default = PathBuf::from(DEFAULT_SOCKET);
    if !exists(&default)
        && let Some(rootless) = hints.runtime_dir.as_ref().map(|dir| dir.join("docker.sock"))
        && exists(&rootless)
    {
        return Ok((Endpoint::Unix(rootless), Origin::Rootless));
    }
    Ok((Endpoint::Unix(default), Origin::Default))
}

fn parse(host: String, origin: Origin) -> Result<Endpoint, EndpointError> {
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

    fn check(
        flag: Option<&str>,
        docker_host: Option<&str>,
        there: &[&str],
        expect: Result<(&str, Origin), &str>,
    ) {
        let hints = Hints {
            flag: flag.map(str::to_owned),
            docker_host: docker_host.map(str::to_owned),
            runtime_dir: Some(PathBuf::from("/run/user/7")),
        };
        let found = resolve(&hints, |path| there.iter().any(|known| Path::new(known) == path));
        match (found, expect) {
            (Ok((endpoint, origin)), Ok((host, from))) => {
                assert_eq!((endpoint.to_string().as_str(), origin), (host, from));
            }
            (Err(error), Err(text)) => assert!(error.to_string().contains(text), "{error}"),
            (found, expect) => panic!("{found:?} is not {expect:?}"),
        }
    }

    #[test]
    fn the_flag_beats_the_environment_which_beats_the_default() {
        check(Some("unix:///a"), Some("unix:///b"), &[], Ok(("unix:///a", Origin::Flag)));
        check(None, Some("unix:///b"), &[DEFAULT_SOCKET], Ok(("unix:///b", Origin::DockerHost)));
        check(None, Some(""), &[], Ok(("unix:///var/run/docker.sock", Origin::Default)));
        check(None, Some("unix://"), &[], Ok(("unix:///var/run/docker.sock", Origin::DockerHost)));
    }

    #[test]
    fn the_rootless_socket_is_taken_only_where_the_default_one_is_missing() {
        let rootless = "/run/user/7/docker.sock";
        check(None, None, &[rootless], Ok(("unix:///run/user/7/docker.sock", Origin::Rootless)));
        check(None, None, &[DEFAULT_SOCKET, rootless], Ok(("unix:///var/run/docker.sock", Origin::Default)));
    }

    #[test]
    fn other_schemes_are_refused_by_name() {
        check(None, Some("tcp://h:2375"), &[], Err("`tcp://` is not supported"));
        check(Some("ssh://me@h"), None, &[], Err("--host `ssh://me@h`: `ssh://` is not supported"));
        check(None, Some("/var/run/docker.sock"), &[], Err("did you mean `unix:///var/run/docker.sock`?"));
        check(None, Some("unix://run/d.sock"), &[], Err("must be absolute"));
        check(None, Some("build-host:2375"), &[], Err("names a TCP host"));
    }
}
