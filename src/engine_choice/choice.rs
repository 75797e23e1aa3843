//! The choice of an engine, in the docker CLI's order and then by the sockets that engines listen on.

use std::fmt;
use std::path::{Path, PathBuf};

use super::docker_context::{DockerContext, DockerContextError};
use super::origin::EndpointOrigin;
use crate::transport::endpoint::{DEFAULT_SOCKET, Endpoint, EndpointError};

/// What the user's command line, files and environment say about the engine. An empty text counts as absent, as in the
/// docker CLI.
#[derive(Debug, Clone, Default)]
pub struct EngineSettings {
    /// `--host`.
    pub flag: Option<String>,
    /// `host` of the runner's configuration.
    pub configured: Option<String>,
    /// `DOCKER_HOST`.
    pub docker_host: Option<String>,
    /// The docker CLI's context, unless it is the default one.
    pub context: Option<DockerContext>,
    /// The home directory, which may hold Docker Desktop's socket.
    pub home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR` or its usual value, which may hold sockets of engines run by the user.
    pub runtime_dir: Option<PathBuf>,
}

/// What a connection to a socket's path came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketState {
    Listening,
    /// A socket that this user may not connect to.
    Denied,
    /// A socket, or another kind of file, that accepts no connection.
    NotListening,
    Missing,
}

/// The engine to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineChoice {
    pub endpoint: Endpoint,
    /// What named the endpoint.
    pub origin: EndpointOrigin,
    /// Sockets that come earlier in the order and accept no connection.
    pub passed_over: Vec<(PathBuf, SocketState)>,
}

/// `unix:///run/user/1000/docker.sock (the rootless socket; not /var/run/docker.sock: no permission)`.
impl fmt::Display for EngineChoice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({}", self.endpoint, self.origin)?;
        for (path, state) in &self.passed_over {
            let why = if *state == SocketState::Denied { "no permission" } else { "nothing listens" };
            write!(out, "; not {}: {why}", path.display())?;
        }
        out.write_str(")")
    }
}

/// Why no engine can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineChoiceError {
    /// The host that `origin` names cannot be used.
    #[error("{origin} {error}")]
    Host { origin: EndpointOrigin, error: EndpointError },
    /// The docker context in use has no readable host.
    #[error("{origin}: {error}")]
    Context { origin: EndpointOrigin, error: DockerContextError },
}

/// Chooses the engine: `--host`, the runner's configuration, `DOCKER_HOST`, the docker CLI's context, else the first
/// socket that accepts a connection (Docker's default one, the rootless engine's, Docker Desktop's, the user's Podman's,
/// root's Podman's). If none does, it takes the first that exists, or else the default one, so that connecting to it
/// reports what is wrong.
///
/// `socket_state` connects to a path; tests choose without sockets.
///
/// # Errors
/// The setting that names the engine does not name a usable endpoint.
pub fn choose_engine(
    settings: &EngineSettings,
    socket_state: impl Fn(&Path) -> SocketState,
) -> Result<EngineChoice, EngineChoiceError> {
    let hosts = [
        (&settings.flag, EndpointOrigin::Flag),
        (&settings.configured, EndpointOrigin::Configuration),
        (&settings.docker_host, EndpointOrigin::DockerHost),
    ];
    for (host, origin) in hosts {
        if let Some(host) = host.as_ref().filter(|host| !host.is_empty()) {
            return choose_host(host, origin);
        }
    }
    if let Some(DockerContext { name, named_by, host }) = &settings.context {
        let origin = EndpointOrigin::Context { name: name.clone(), named_by: named_by.clone() };
        return match host {
            Ok(host) if host.is_empty() => choose_host("unix://", origin),
            Ok(host) => choose_host(host, origin),
            Err(error) => Err(EngineChoiceError::Context { origin, error: error.clone() }),
        };
    }
    Ok(choose_socket(known_sockets(settings), socket_state))
}

fn choose_host(host: &str, origin: EndpointOrigin) -> Result<EngineChoice, EngineChoiceError> {
    match Endpoint::parse(host) {
        Ok(endpoint) => Ok(EngineChoice { endpoint, origin, passed_over: Vec::new() }),
        Err(error) => Err(EngineChoiceError::Host { origin, error }),
    }
}

fn known_sockets(settings: &EngineSettings) -> Vec<(PathBuf, EndpointOrigin)> {
    let of_user = |file: &str| settings.runtime_dir.as_ref().map(|folder| folder.join(file));
    let desktop = settings.home.as_ref().map(|home| home.join(".docker/desktop/docker.sock"));
    [
        (Some(DEFAULT_SOCKET.into()), EndpointOrigin::DefaultSocket),
        (of_user("docker.sock"), EndpointOrigin::RootlessSocket),
        (desktop, EndpointOrigin::DesktopSocket),
        (of_user("podman/podman.sock"), EndpointOrigin::UserPodmanSocket),
        (Some("/run/podman/podman.sock".into()), EndpointOrigin::RootPodmanSocket),
    ]
    .into_iter()
    .filter_map(|(path, origin)| Some((path?, origin)))
    .collect()
}

fn choose_socket(
    sockets: Vec<(PathBuf, EndpointOrigin)>,
    socket_state: impl Fn(&Path) -> SocketState,
) -> EngineChoice {
    let (mut passed_over, mut first) = (Vec::new(), None);
    for (path, origin) in sockets {
        match socket_state(&path) {
            SocketState::Listening => {
                return EngineChoice { endpoint: Endpoint::Unix(path), origin, passed_over };
            }
            SocketState::Missing => {}
            state => {
                first = first.or(Some((path.clone(), origin)));
                passed_over.push((path, state));
            }
        }
    }
    let (path, origin) = first.unwrap_or_else(|| (DEFAULT_SOCKET.into(), EndpointOrigin::DefaultSocket));
    // The connection to the chosen socket will report its own error.
    passed_over.retain(|(other, _)| *other != path);
    EngineChoice { endpoint: Endpoint::Unix(path), origin, passed_over }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOTLESS: &str = "/run/user/7/docker.sock";
    const PODMAN: &str = "/run/user/7/podman/podman.sock";

    fn settings() -> EngineSettings {
        EngineSettings {
            home: Some("/home/me".into()),
            runtime_dir: Some("/run/user/7".into()),
            ..EngineSettings::default()
        }
    }

    fn context(host: Result<&str, DockerContextError>) -> Option<DockerContext> {
        let (name, named_by) = ("there".to_owned(), "DOCKER_CONTEXT".to_owned());
        Some(DockerContext { name, named_by, host: host.map(str::to_owned) })
    }

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    /// Compares the choice among these sockets with the text that `-v` prints.
    fn check(settings: &EngineSettings, there: &[(&str, SocketState)], expect: &str) {
        let socket_state = |path: &Path| {
            let known = there.iter().find(|(known, _)| Path::new(known) == path);
            known.map_or(SocketState::Missing, |(_, state)| *state)
        };
        assert_eq!(choose_engine(settings, socket_state).unwrap().to_string(), expect);
    }

    fn check_error(settings: &EngineSettings, expect: &str) {
        let error = choose_engine(settings, |_| SocketState::Listening).unwrap_err();
        assert!(error.to_string().contains(expect), "{error}");
    }

    #[test]
    fn an_engine_is_named_in_the_docker_clis_order() {
        let docker = [(DEFAULT_SOCKET, SocketState::Listening)];
        let mut settings = EngineSettings {
            flag: text("unix:///a"),
            configured: text("unix:///b"),
            docker_host: text("unix:///c"),
            context: context(Ok("unix:///d")),
            ..settings()
        };
        check(&settings, &docker, "unix:///a (--host)");
        settings.flag = text("");
        check(&settings, &docker, "unix:///b (`host` of the runner's configuration)");
        settings.configured = None;
        check(&settings, &docker, "unix:///c (DOCKER_HOST)");
        settings.docker_host = text("");
        check(&settings, &docker, "unix:///d (the docker context `there`, named by DOCKER_CONTEXT)");
        settings.context = None;
        check(&settings, &docker, "unix:///var/run/docker.sock (the default socket)");
        settings.docker_host = text("unix://");
        check(&settings, &[], "unix:///var/run/docker.sock (DOCKER_HOST)");
    }

    #[test]
    fn without_a_name_the_first_listening_socket_is_chosen() {
        let (rootless, podman) = ((ROOTLESS, SocketState::Listening), (PODMAN, SocketState::Listening));
        check(&settings(), &[podman, rootless], "unix:///run/user/7/docker.sock (the rootless socket)");
        check(&settings(), &[podman], "unix:///run/user/7/podman/podman.sock (the user's Podman socket)");
        let denied = (DEFAULT_SOCKET, SocketState::Denied);
        let expect =
            "unix:///run/user/7/docker.sock (the rootless socket; not /var/run/docker.sock: no permission)";
        check(&settings(), &[denied, rootless], expect);
    }

    #[test]
    fn without_a_listening_socket_the_first_that_exists_is_chosen() {
        let not_listening = (PODMAN, SocketState::NotListening);
        check(&settings(), &[], "unix:///var/run/docker.sock (the default socket)");
        check(
            &settings(),
            &[not_listening],
            "unix:///run/user/7/podman/podman.sock (the user's Podman socket)",
        );
        let expect = "unix:///var/run/docker.sock (the default socket; not \
                      /run/user/7/podman/podman.sock: nothing listens)";
        check(&settings(), &[(DEFAULT_SOCKET, SocketState::Denied), not_listening], expect);
    }

    #[test]
    fn an_unusable_context_is_an_error_without_fallback() {
        let with = |context| EngineSettings { context, ..settings() };
        let name = "the docker context `there`, named by DOCKER_CONTEXT";
        check_error(
            &with(context(Err(DockerContextError::Unknown))),
            &format!("{name}: there is no such context"),
        );
        check_error(
            &with(context(Ok("ssh://me@h"))),
            &format!("{name} `ssh://me@h`: `ssh://` is not supported"),
        );
        let flagged = EngineSettings { flag: text("ssh://me@h"), ..settings() };
        check_error(&flagged, "--host `ssh://me@h`: `ssh://` is not supported");
        let on_default = with(context(Ok("")));
        check(&on_default, &[], &format!("unix:///var/run/docker.sock ({name})"));
    }
}
