//! Which engine: what was typed, what is configured, what the docker CLI would take, and then the sockets that engines
//! have. Pure.

use std::fmt;
use std::path::{Path, PathBuf};

use super::endpoint::{DEFAULT_SOCKET, Endpoint, EndpointError, Origin, parse};

/// What is known about the surroundings when an engine is looked for. An empty text counts as none, as in the docker
/// CLI.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// `--host`.
    pub flag: Option<String>,
    /// `host` of the runner's configuration.
    pub configured: Option<String>,
    /// `DOCKER_HOST`.
    pub docker_host: Option<String>,
    /// The docker CLI's context, unless it is the default one.
    pub context: Option<Context>,
    /// The home directory.
    pub home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`, or what it is on most systems.
    pub runtime_dir: Option<PathBuf>,
}

/// A context of the docker CLI.
#[derive(Debug, Clone)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// What names it: the variable or the file.
    pub named_by: String,
    /// Its engine's host, or why there is none.
    pub host: Result<String, ContextError>,
}

/// Why a context has no host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// No such context.
    #[error("there is no such context; `docker context ls` lists them")]
    Unknown,
    /// Its file is broken.
    #[error("cannot read `{path}`: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's or the parser's words.
        why: String,
    },
}

/// What is at a socket's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Somebody listens.
    Listening,
    /// A socket that this user may not connect to.
    Denied,
    /// A socket, or something else, that takes no connection.
    Deaf,
    /// Nothing.
    Missing,
}

/// The engine that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Where it listens.
    pub endpoint: Endpoint,
    /// Why this one.
    pub origin: Origin,
    /// Sockets that come before it and take no connection.
    pub passed_over: Vec<(PathBuf, Found)>,
}

/// `unix:///run/user/1000/docker.sock (the rootless socket; not /var/run/docker.sock: no permission)`.
impl fmt::Display for Choice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({}", self.endpoint, self.origin)?;
        for (path, found) in &self.passed_over {
            let why = if *found == Found::Denied { "no permission" } else { "nothing listens" };
            write!(out, "; not {}: {why}", path.display())?;
        }
        out.write_str(")")
    }
}

/// Finds the engine: `--host`, the runner's configuration, `DOCKER_HOST`, the docker CLI's context, and else the first
/// socket at which somebody listens: the default one, the rootless engine's, Docker Desktop's, Podman's of the user and
/// of the machine. Where nobody does, the first one that is there at all, or the default one, so that connecting says
/// what is wrong.
///
/// `look` answers what is at a path, so that the choice can be tested without sockets.
///
/// # Errors
/// What names the engine names none that can be spoken to.
pub fn choose(hints: &Hints, look: impl Fn(&Path) -> Found) -> Result<Choice, EndpointError> {
    let named = [
        (&hints.flag, Origin::Flag),
        (&hints.configured, Origin::Configuration),
        (&hints.docker_host, Origin::DockerHost),
    ];
    for (host, origin) in named {
        if let Some(host) = host.as_ref().filter(|host| !host.is_empty()) {
            return named_by(host, origin);
        }
    }
    if let Some(Context { name, named_by: by, host }) = &hints.context {
        let origin = Origin::Context { name: name.clone(), named_by: by.clone() };
        return match host {
            Ok(host) if host.is_empty() => named_by("unix://", origin),
            Ok(host) => named_by(host, origin),
            Err(error) => Err(EndpointError::Context { origin, error: error.clone() }),
        };
    }
    Ok(by_sockets(candidates(hints), look))
}

fn named_by(host: &str, origin: Origin) -> Result<Choice, EndpointError> {
    let endpoint = parse(host.to_owned(), &origin)?;
    Ok(Choice { endpoint, origin, passed_over: Vec::new() })
}

fn candidates(hints: &Hints) -> Vec<(PathBuf, Origin)> {
    let of_user = |file: &str| hints.runtime_dir.as_ref().map(|folder| folder.join(file));
    let desktop = hints.home.as_ref().map(|home| home.join(".docker/desktop/docker.sock"));
    [
        (Some(DEFAULT_SOCKET.into()), Origin::Default),
        (of_user("docker.sock"), Origin::Rootless),
        (desktop, Origin::Desktop),
        (of_user("podman/podman.sock"), Origin::UsersPodman),
        (Some("/run/podman/podman.sock".into()), Origin::Podman),
    ]
    .into_iter()
    .filter_map(|(path, origin)| Some((path?, origin)))
    .collect()
}

fn by_sockets(candidates: Vec<(PathBuf, Origin)>, look: impl Fn(&Path) -> Found) -> Choice {
    let (mut passed_over, mut first) = (Vec::new(), None);
    for (path, origin) in candidates {
        match look(&path) {
            Found::Listening => return Choice { endpoint: Endpoint::Unix(path), origin, passed_over },
            Found::Missing => {}
            found => {
                first = first.or(Some((path.clone(), origin)));
                passed_over.push((path, found));
            }
        }
    }
    let (path, origin) = first.unwrap_or_else(|| (DEFAULT_SOCKET.into(), Origin::Default));
    // What connecting to it will say is not said twice.
    passed_over.retain(|(other, _)| *other != path);
    Choice { endpoint: Endpoint::Unix(path), origin, passed_over }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOTLESS: &str = "/run/user/7/docker.sock";
    const PODMAN: &str = "/run/user/7/podman/podman.sock";

    fn hints() -> Hints {
        Hints { home: Some("/home/me".into()), runtime_dir: Some("/run/user/7".into()), ..Hints::default() }
    }

    fn context(host: Result<&str, ContextError>) -> Option<Context> {
        let (name, named_by) = ("there".to_owned(), "DOCKER_CONTEXT".to_owned());
        Some(Context { name, named_by, host: host.map(str::to_owned) })
    }

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    /// The choice with these sockets there, in the words of `-v`.
    fn check(hints: &Hints, there: &[(&str, Found)], expect: &str) {
        let look = |path: &Path| {
            let found = there.iter().find(|(known, _)| Path::new(known) == path);
            found.map_or(Found::Missing, |(_, found)| *found)
        };
        assert_eq!(choose(hints, look).unwrap().to_string(), expect);
    }

    fn check_error(hints: &Hints, expect: &str) {
        let error = choose(hints, |_| Found::Listening).unwrap_err();
        assert!(error.to_string().contains(expect), "{error}");
    }

    #[test]
    fn what_names_the_engine_counts_in_the_docker_clis_order() {
        let docker = [(DEFAULT_SOCKET, Found::Listening)];
        let mut hints = Hints {
            flag: text("unix:///a"),
            configured: text("unix:///b"),
            docker_host: text("unix:///c"),
            context: context(Ok("unix:///d")),
            ..hints()
        };
        check(&hints, &docker, "unix:///a (--host)");
        hints.flag = text("");
        check(&hints, &docker, "unix:///b (`host` of the runner's configuration)");
        hints.configured = None;
        check(&hints, &docker, "unix:///c (DOCKER_HOST)");
        hints.docker_host = text("");
        check(&hints, &docker, "unix:///d (the docker context `there`, named by DOCKER_CONTEXT)");
        hints.context = None;
        check(&hints, &docker, "unix:///var/run/docker.sock (the default socket)");
        hints.docker_host = text("unix://");
        check(&hints, &[], "unix:///var/run/docker.sock (DOCKER_HOST)");
    }

    #[test]
    fn else_the_first_socket_at_which_somebody_listens_is_taken() {
        let (rootless, podman) = ((ROOTLESS, Found::Listening), (PODMAN, Found::Listening));
        check(&hints(), &[podman, rootless], "unix:///run/user/7/docker.sock (the rootless socket)");
        check(&hints(), &[podman], "unix:///run/user/7/podman/podman.sock (the user's Podman socket)");
        let denied = (DEFAULT_SOCKET, Found::Denied);
        let expect =
            "unix:///run/user/7/docker.sock (the rootless socket; not /var/run/docker.sock: no permission)";
        check(&hints(), &[denied, rootless], expect);
    }

    #[test]
    fn where_nobody_listens_the_first_one_that_is_there_is_taken() {
        let deaf = (PODMAN, Found::Deaf);
        check(&hints(), &[], "unix:///var/run/docker.sock (the default socket)");
        check(&hints(), &[deaf], "unix:///run/user/7/podman/podman.sock (the user's Podman socket)");
        let expect = "unix:///var/run/docker.sock (the default socket; not \
                      /run/user/7/podman/podman.sock: nothing listens)";
        check(&hints(), &[(DEFAULT_SOCKET, Found::Denied), deaf], expect);
    }

    #[test]
    fn a_context_that_cannot_be_used_is_an_error_and_no_fallback() {
        let with = |context| Hints { context, ..hints() };
        let name = "the docker context `there`, named by DOCKER_CONTEXT";
        check_error(&with(context(Err(ContextError::Unknown))), &format!("{name}: there is no such context"));
        check_error(
            &with(context(Ok("ssh://me@h"))),
            &format!("{name} `ssh://me@h`: `ssh://` is not supported"),
        );
        let on_default = with(context(Ok("")));
        check(&on_default, &[], &format!("unix:///var/run/docker.sock ({name})"));
    }
}
