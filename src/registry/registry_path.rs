//! The registry and path of an image, and of the key of a credentials entry, by GitLab Runner's rules
//! (`helpers/docker/auth` of 19.4).
//!
//! Invariant: entries and images are only compared as [`RegistryPath`]s. Ports are compared, schemes are not.

use std::fmt;

/// The host that both images and entries of Docker Hub are normalised to.
pub const DOCKER_HUB: &str = "docker.io";

/// The host in keys that `docker login` writes for Docker Hub.
const DOCKER_HUB_INDEX: &str = "index.docker.io";

/// `registry.example.com:5000/group`: a host in lower case, its port, and the path as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegistryPath(String);

impl RegistryPath {
    /// Normalises the key of an entry. A key with a scheme loses its path, because of `https://index.docker.io/v1/`.
    pub fn of_key(key: &str) -> Self {
        if let Some((_, rest)) = key.split_once("://") {
            let host = rest.split('/').next().unwrap_or_default().to_ascii_lowercase();
            return Self(if host == DOCKER_HUB_INDEX { DOCKER_HUB.to_owned() } else { host });
        }
        let key = key.strip_suffix('/').unwrap_or(key);
        match key.split_once('/') {
            Some((host, path)) => Self(format!("{}/{}", host.to_ascii_lowercase(), without_tag(path))),
            None => Self(key.to_ascii_lowercase()),
        }
    }

    /// Normalises the name of an image. As in GitLab Runner, the algorithm of a digest remains at the end, so that an
    /// entry for exactly this image does not match, while one for a parent path does.
    pub fn of_image(image: &str) -> Self {
        let (host, path) = match image.split_once('/') {
            Some((host, path)) if is_host(host) => (host.to_ascii_lowercase(), path),
            _ => (DOCKER_HUB.to_owned(), image),
        };
        let host = if host == DOCKER_HUB_INDEX { DOCKER_HUB.to_owned() } else { host };
        Self(format!("{host}/{}", without_tag(path)))
    }

    /// Whether an entry for this path applies to `other`: an equal path, or one below it.
    pub fn covers(&self, other: &Self) -> bool {
        other.0.strip_prefix(&self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The registry's host and port.
    pub fn registry(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// The command that stores credentials for the registry where jobs find them.
    pub fn login_command(&self) -> String {
        match self.registry() {
            DOCKER_HUB => "docker login".to_owned(),
            host => format!("docker login {host}"),
        }
    }

    /// The length in bytes. Of two entries that cover an image, the longer one applies.
    pub fn length(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for RegistryPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn is_host(part: &str) -> bool {
    part.contains(['.', ':']) || part.eq_ignore_ascii_case("localhost")
}

fn without_tag(path: &str) -> &str {
    match path.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => path,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_normalised_as_the_runner_does() {
        for (key, path) in [
            ("registry.example.com", "registry.example.com"),
            ("registry.example.com:5000", "registry.example.com:5000"),
            ("registry.example.com/", "registry.example.com"),
            ("https://registry.example.com:5000/v1/", "registry.example.com:5000"),
            ("https://registry.example.com/group/proj", "registry.example.com"),
            ("registry.example.com/group/proj", "registry.example.com/group/proj"),
            ("my.hostname:5000/with/tag/image:latest", "my.hostname:5000/with/tag/image"),
            ("My.HOST/With/Case", "my.host/With/Case"),
            ("https://index.docker.io/v1/", "docker.io"),
            ("HTTP://INDEX.DOCKER.IO/V1/x", "docker.io"),
            ("https://docker.io", "docker.io"),
            ("docker.io", "docker.io"),
            ("index.docker.io", "index.docker.io"),
            ("index.docker.io/v1/", "index.docker.io/v1"),
            ("https://registry-1.docker.io/v2/", "registry-1.docker.io"),
        ] {
            assert_eq!(RegistryPath::of_key(key).to_string(), path, "{key}");
        }
    }

    #[test]
    fn images_are_normalised_as_the_runner_does() {
        let digest = "0a".repeat(32);
        for (image, path) in [
            ("nginx", "docker.io/nginx"),
            ("nginx:1", "docker.io/nginx"),
            ("user/ubuntu", "docker.io/user/ubuntu"),
            ("notLocalhost/test", "docker.io/notLocalhost/test"),
            ("localhost/test:x", "localhost/test"),
            ("localhost:5000/x:1", "localhost:5000/x"),
            ("cr.internal:5000/user/ubuntu", "cr.internal:5000/user/ubuntu"),
            ("index.docker.io/u/x", "docker.io/u/x"),
            ("InDex.DOCKER.io/u/x", "docker.io/u/x"),
            ("FOO.BAR:123/With/Case", "foo.bar:123/With/Case"),
            (&format!("foo.bar/a/b@sha256:{digest}"), "foo.bar/a/b@sha256"),
        ] {
            assert_eq!(RegistryPath::of_image(image).to_string(), path, "{image}");
        }
    }

    #[track_caller]
    fn check(key: &str, image: &str, covers: bool) {
        assert_eq!(RegistryPath::of_key(key).covers(&RegistryPath::of_image(image)), covers, "{key} {image}");
    }

    #[test]
    fn a_key_covers_the_images_below_its_path() {
        check("registry.example.com", "registry.example.com/a/b", true);
        check("registry.example.com", "registry.example.com:5000/a/b", false);
        check("registry.example.com:5000", "registry.example.com/a/b", false);
        check("registry.example.com/gr", "registry.example.com/group/b", false);
        check("https://index.docker.io/v1/", "nginx", true);
        check("index.docker.io", "index.docker.io/u/x", false);
        let digest = format!("@sha256:{}", "0a".repeat(32));
        check("foo.bar/a/b", &format!("foo.bar/a/b{digest}"), false);
        check("foo.bar/a", &format!("foo.bar/a/b{digest}"), true);
        check("foo.bar", &format!("foo.bar/a/b{digest}"), true);
    }
}
