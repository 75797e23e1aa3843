//! The server that has the other projects, and their addresses on it.

use crate::git::remote::{RemoteUrl, Scheme};
use crate::pipeline::include::ForeignProject;

/// The address of a project on a host that is no known server.
pub fn address_on(host: &str, project: &ForeignProject) -> String {
    format!("https://{host}/{}.git", project.path)
}

/// A server with repositories. Its addresses have no password: the user's git knows the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitServer {
    scheme: Scheme,
    host: String,
    port: Option<u16>,
    /// The path below which projects are, without slashes at its ends.
    prefix: String,
}

impl GitServer {
    /// The server of a remote, over the same protocol, so that the same credentials fit.
    pub fn of_remote(remote: &RemoteUrl) -> Self {
        let RemoteUrl { scheme, host, port, path: _ } = remote;
        Self { scheme: *scheme, host: host.clone(), port: *port, prefix: String::new() }
    }

    /// Parses the URL of a server, or its host, which is reached over https. `None` for other texts.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_end_matches('/');
        let url = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        // The parser wants the path of a project.
        let remote = RemoteUrl::parse(&format!("{url}/project"))?;
        let prefix = remote.path.strip_suffix("project")?.trim_matches('/').to_owned();
        Some(Self { prefix, ..Self::of_remote(&remote) }).filter(|server| !server.host.starts_with('-'))
    }

    /// The address of a project. A component names its own host; on other hosts than this server's, https is used.
    ///
    /// `names` are further names of this server: the values of `CI_SERVER_FQDN` and `CI_SERVER_HOST`.
    pub fn address(&self, project: &ForeignProject, names: &[&str]) -> String {
        let is_here = |host: &str| host == self.fqdn() || host == self.host || names.contains(&host);
        match &project.host {
            Some(host) if !is_here(host) => address_on(host, project),
            _ => format!("{}/{}.git", self.url(), project.path),
        }
    }

    /// The host, with its port if that is written.
    fn fqdn(&self) -> String {
        self.port.map_or(self.host.clone(), |port| format!("{}:{port}", self.host))
    }

    /// The address below which projects are. The user of GitLab's ssh is `git`.
    fn url(&self) -> String {
        let scheme = match self.scheme {
            Scheme::Http => "http://",
            Scheme::Https => "https://",
            Scheme::Ssh => "ssh://git@",
            Scheme::Git => "git://",
        };
        let prefix = if self.prefix.is_empty() { String::new() } else { format!("/{}", self.prefix) };
        format!("{scheme}{}{prefix}", self.fqdn())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::include::ForeignVersion;

    fn address(server: &GitServer, host: Option<&str>) -> String {
        let host = host.map(str::to_owned);
        let project = ForeignProject { host, path: "g/p".to_owned(), version: ForeignVersion::DefaultBranch };
        server.address(&project, &["ci.example"])
    }

    #[test]
    fn projects_have_the_protocol_of_the_remote() {
        for (origin, expect) in [
            ("git@gitlab.com:me/mine.git", "ssh://git@gitlab.com/g/p.git"),
            ("ssh://git@h:2222/me/mine.git", "ssh://git@h:2222/g/p.git"),
            ("https://u:s3cret@h:8443/me/mine.git", "https://h:8443/g/p.git"),
            ("http://h/me/mine", "http://h/g/p.git"),
            ("git://h/me/mine", "git://h/g/p.git"),
        ] {
            let server = GitServer::of_remote(&RemoteUrl::parse(origin).unwrap());
            assert_eq!(address(&server, None), expect);
        }
    }

    #[test]
    fn a_server_is_named_by_its_url_or_host() {
        for (text, expect) in [
            ("gitlab.example", "https://gitlab.example/g/p.git"),
            ("https://h/gitlab/", "https://h/gitlab/g/p.git"),
            ("ssh://git@h", "ssh://git@h/g/p.git"),
            ("git://127.0.0.1:9418", "git://127.0.0.1:9418/g/p.git"),
        ] {
            assert_eq!(address(&GitServer::parse(text).unwrap(), None), expect);
        }
        for text in ["", "ext::sh -c x", "file:///srv", "-h", "https://-h", "/srv/git", "a b"] {
            assert_eq!(GitServer::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_component_of_another_host_is_fetched_from_there_over_https() {
        let server = GitServer::of_remote(&RemoteUrl::parse("git@h:me/mine.git").unwrap());
        assert_eq!(address(&server, Some("h")), "ssh://git@h/g/p.git");
        assert_eq!(address(&server, Some("ci.example")), "ssh://git@h/g/p.git");
        assert_eq!(address(&server, Some("gitlab.com")), "https://gitlab.com/g/p.git");
        let server = GitServer::parse("http://127.0.0.1:80").unwrap();
        assert_eq!(address(&server, Some("127.0.0.1:80")), "http://127.0.0.1:80/g/p.git");
    }
}
