//! The project's path in GitLab and its server, derived from the address of `origin`.
//!
//! Invariant: a path has at least two components, and each is a valid name of a directory.

use std::path::Path;

use crate::git::remote::{RemoteUrl, Scheme};

/// The namespace of a project without a remote repository.
const LOCAL_NAMESPACE: &str = "local";

/// The host of a project without a remote repository.
const LOCAL_HOST: &str = "localhost";

/// The longest component of a path, in GitLab and in file systems.
const COMPONENT_BYTES_MAX: usize = 255;

/// A project and its server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Such as `group/subgroup/name`.
    pub path: String,
    /// The web server, derived from the address that git uses.
    pub server: Server,
}

/// A GitLab server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// `http` or `https`.
    pub protocol: &'static str,
    pub host: String,
    pub port: u16,
}

impl Project {
    /// The project at `origin`; without one, `local/` and the directory's name.
    pub fn new(origin: Option<&RemoteUrl>, directory: &Path) -> Self {
        let components = origin.map(|origin| components(&origin.path)).unwrap_or_default();
        let path = match components.as_slice() {
            [] => format!("{LOCAL_NAMESPACE}/{}", directory_name(directory)),
            [name] => format!("{LOCAL_NAMESPACE}/{name}"),
            several => several.join("/"),
        };
        Self { path, server: Server::new(origin) }
    }

    /// The last component of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// All components but the last.
    pub fn namespace(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(namespace, _)| namespace)
    }

    /// The first component.
    pub fn root_namespace(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    /// The URL of the project's page.
    pub fn url(&self) -> String {
        format!("{}/{}", self.server.url(), self.path)
    }
}

impl Server {
    /// An address of ssh or git does not contain the web server's port.
    fn new(origin: Option<&RemoteUrl>) -> Self {
        let host = origin.map_or(LOCAL_HOST, |origin| &origin.host).to_owned();
        let (protocol, port) = match origin.map(|origin| (origin.scheme, origin.port)) {
            Some((Scheme::Http, port)) => ("http", port),
            Some((Scheme::Https, port)) => ("https", port),
            Some((Scheme::Ssh | Scheme::Git, _)) | None => ("https", None),
        };
        Self { protocol, host, port: port.unwrap_or_else(|| default_port(protocol)) }
    }

    /// `https://host[:port]`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.protocol, self.fqdn())
    }

    /// `host[:port]`, without the protocol's default port.
    pub fn fqdn(&self) -> String {
        if self.port == default_port(self.protocol) {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

fn default_port(protocol: &str) -> u16 {
    if protocol == "http" { 80 } else { 443 }
}

/// The path's components as GitLab would name them.
fn components(path: &str) -> Vec<String> {
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    path.split('/').map(component).filter(|component| !component.is_empty()).collect()
}

fn directory_name(directory: &Path) -> String {
    let name = directory.file_name().map(|name| component(&name.to_string_lossy()));
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "project".to_owned())
}

/// Keeps letters, digits, `_`, `-` and `.`, and replaces the rest by `-`. In GitLab no name starts or ends
/// with `-` or `.`.
fn component(text: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let replaced: String =
        text.chars().map(|c| if fits(c) { c } else { '-' }).take(COMPONENT_BYTES_MAX).collect();
    replaced.trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks `path server-url` of a project in `/home/me/My Project`.
    #[track_caller]
    fn check(origin: &str, expect: &str) {
        let origin = RemoteUrl::parse(origin);
        let project = Project::new(origin.as_ref(), Path::new("/home/me/My Project"));
        assert_eq!(format!("{} {}", project.path, project.server.url()), expect);
    }

    #[test]
    fn the_path_is_origins() {
        check("git@gitlab.com:g/p.git", "g/p https://gitlab.com");
        check("ssh://git@h:2222/g/sub/p.git", "g/sub/p https://h");
        check("https://u:pw@h:8443/g/p", "g/p https://h:8443");
        check("https://h:443/g/p/", "g/p https://h");
        check("http://h:80/g/p.git", "g/p http://h");
        check("http://h:8080/g/p.git", "g/p http://h:8080");
    }

    #[test]
    fn a_path_never_leaves_the_builds_directory() {
        check("https://h/../../etc/p.git", "etc/p https://h");
        check("h:~user/my repo.git", "user/my-repo https://h");
        check("https://h/g//p", "g/p https://h");
        check("https://h/.git", "local/My-Project https://h");
    }

    #[test]
    fn without_a_namespace_there_is_a_local_one() {
        check("", "local/My-Project https://localhost");
        check("https://h/p.git", "local/p https://h");
        assert_eq!(Project::new(None, Path::new("/")).path, "local/project");
        assert_eq!(Project::new(None, Path::new("/srv/.x..")).path, "local/x");
    }

    #[test]
    fn names_are_parts_of_the_path() {
        let project = Project::new(RemoteUrl::parse("h:g/sub/p").as_ref(), Path::new("/"));
        let names = [project.name(), project.namespace(), project.root_namespace(), &project.url()];
        assert_eq!(names, ["p", "g/sub", "g", "https://h/g/sub/p"]);
    }
}
