//! The name, version, image and host names of a service, as GitLab Runner derives them from the service's image.
//!
//! Invariant: a name that is not an image reference has no service name and no host names.

use crate::registry::reference::Reference;

/// Hex digits of a `sha256` digest, the only kind of digest that GitLab Runner uses as a version.
const SHA256_DIGITS: usize = 64;

/// The parts of a service's image, split as `helpers/container/services` of GitLab Runner 19.4 does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceName {
    /// The name without registry port, tag and digest; empty if the text is not an image reference.
    pub service: String,
    /// The tag, or else `@sha256:…`, or else `latest`.
    pub version: String,
    /// The image to run: as written, with `:latest` if it has no version.
    pub image: String,
    /// The service's name with `__` for `/`, and with `-` for `/`.
    pub host_names: Vec<String>,
}

impl ServiceName {
    /// Splits a service's `name`, in which variables have been expanded.
    pub fn split(text: &str) -> Self {
        let latest = || "latest".to_owned();
        let Ok(reference) = Reference::parse(text) else {
            return Self {
                service: String::new(),
                version: latest(),
                image: text.to_owned(),
                host_names: Vec::new(),
            };
        };
        let (version, image) = match (reference.tag, reference.digest.filter(|digest| is_sha256(digest))) {
            (Some(tag), _) => (tag.to_owned(), text.to_owned()),
            (None, Some(digest)) => (format!("@{digest}"), text.to_owned()),
            // GitLab Runner drops a digest of another algorithm, too.
            (None, None) => (latest(), format!("{}:latest", reference.name)),
        };
        let service = without_port(reference.name);
        let host_names = host_names(&service);
        Self { service, version, image, host_names }
    }
}

fn is_sha256(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|hex| hex.len() == SHA256_DIGITS)
}

/// Removes the port. Only the registry has one, and its only other colons are those of an IPv6 address.
fn without_port(name: &str) -> String {
    match name.split_once('/') {
        Some((domain, path)) => {
            let host = match domain.rsplit_once(':') {
                Some((host, port)) if !port.ends_with(']') => host,
                _ => domain,
            };
            format!("{host}/{path}")
        }
        None => name.to_owned(),
    }
}

/// A service's name as its first host name and its container's name contain it: with `__` for `/`.
pub fn with_underscores(service: &str) -> String {
    service.replace('/', "__")
}

fn host_names(service: &str) -> Vec<String> {
    let mut names = vec![with_underscores(service), service.replace('/', "-")];
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, service: &str, version: &str, image: &str, host_names: &[&str]) {
        let split = ServiceName::split(text);
        assert_eq!((&*split.service, &*split.version, &*split.image), (service, version, image), "{text}");
        assert_eq!(split.host_names, host_names, "{text}");
    }

    #[test]
    fn names_are_split_as_the_runner_splits_them() {
        check("mysql", "mysql", "latest", "mysql:latest", &["mysql"]);
        check("mysql:5.7", "mysql", "5.7", "mysql:5.7", &["mysql"]);
        check(
            "tutum/wordpress",
            "tutum/wordpress",
            "latest",
            "tutum/wordpress:latest",
            &["tutum__wordpress", "tutum-wordpress"],
        );
        check(
            "tutum/wordpress:latest",
            "tutum/wordpress",
            "latest",
            "tutum/wordpress:latest",
            &["tutum__wordpress", "tutum-wordpress"],
        );
        check("foo:5000", "foo", "5000", "foo:5000", &["foo"]);
        check("my_svc/x_y", "my_svc/x_y", "latest", "my_svc/x_y:latest", &["my_svc__x_y", "my_svc-x_y"]);
    }

    #[test]
    fn a_registry_keeps_its_host_and_loses_its_port() {
        check(
            "domain.tld/ns/svc:v",
            "domain.tld/ns/svc",
            "v",
            "domain.tld/ns/svc:v",
            &["domain.tld__ns__svc", "domain.tld-ns-svc"],
        );
        check(
            "registry.example.com:4999/valkey/valkey",
            "registry.example.com/valkey/valkey",
            "latest",
            "registry.example.com:4999/valkey/valkey:latest",
            &["registry.example.com__valkey__valkey", "registry.example.com-valkey-valkey"],
        );
        check(
            "sub.domain.tld:8080/ns/svc:v",
            "sub.domain.tld/ns/svc",
            "v",
            "sub.domain.tld:8080/ns/svc:v",
            &["sub.domain.tld__ns__svc", "sub.domain.tld-ns-svc"],
        );
        check("foo:5000/bar", "foo/bar", "latest", "foo:5000/bar:latest", &["foo__bar", "foo-bar"]);
        check(
            "REG.example.com/a",
            "REG.example.com/a",
            "latest",
            "REG.example.com/a:latest",
            &["REG.example.com__a", "REG.example.com-a"],
        );
        check(
            "10.0.0.1:5000/db:1",
            "10.0.0.1/db",
            "1",
            "10.0.0.1:5000/db:1",
            &["10.0.0.1__db", "10.0.0.1-db"],
        );
    }

    #[test]
    fn a_digest_is_a_version_when_there_is_no_tag() {
        let sha256 = format!("@sha256:{}", "0a".repeat(32));
        let by_digest = format!("ns/svc{sha256}");
        check(&by_digest, "ns/svc", &sha256, &by_digest, &["ns__svc", "ns-svc"]);
        let with_tag = format!("mysql:5.7{sha256}");
        check(&with_tag, "mysql", "5.7", &with_tag, &["mysql"]);
        let sha512 = format!("ns/svc@sha512:{}", "0a".repeat(64));
        check(&sha512, "ns/svc", "latest", "ns/svc:latest", &["ns__svc", "ns-svc"]);
    }

    #[test]
    fn an_invalid_reference_has_no_names() {
        for text in ["Foo", "foo/Bar", "mysql:", "a//b", "https://r.io/x", "a/b@sha256:abcd", ""] {
            check(text, "", "latest", text, &[]);
        }
    }
}
