//! The product behind the API: Docker, or Podman with its compatible API.

use std::fmt;

use hyper::HeaderMap;

/// The maker of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// The Docker Engine.
    Docker,
    /// Podman, which ignores the version in a path and has error statuses of its own.
    Podman,
    /// A program that speaks the API without naming itself.
    Other,
}

/// An engine's maker and release, as the engine states them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Docker, Podman or unknown.
    pub maker: Maker,
    /// Such as `20.10.24+dfsg1`; empty if the engine does not state it.
    pub release: String,
}

impl Product {
    /// Parses the `Server` header of the answer to a ping: `Docker/20.10.24+dfsg1 (linux)`, `Libpod/5.8.6 (linux)`.
    pub(super) fn from_headers(headers: &HeaderMap) -> Self {
        let server = headers.get("server").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (name, rest) = server.split_once('/').unwrap_or((server, ""));
        let release = rest.split(' ').next().unwrap_or_default().to_owned();
        match name {
            "Docker" => Self { maker: Maker::Docker, release },
            "Libpod" => Self { maker: Maker::Podman, release },
            // A proxy may have replaced the header.
            _ => {
                let podman = headers.get("libpod-api-version").and_then(|value| value.to_str().ok());
                let maker = if podman.is_some() { Maker::Podman } else { Maker::Other };
                Self { maker, release: podman.unwrap_or_default().to_owned() }
            }
        }
    }
}

/// `Docker 20.10.24+dfsg1`.
impl fmt::Display for Product {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.maker {
            Maker::Docker => "Docker",
            Maker::Podman => "Podman",
            Maker::Other => "an engine that does not say its name",
        })?;
        if self.release.is_empty() { Ok(()) } else { write!(out, " {}", self.release) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn check(headers: &[(&'static str, &'static str)], expect: &str) {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
        assert_eq!(Product::from_headers(&headers.collect()).to_string(), expect);
    }

    #[test]
    fn the_answer_to_a_ping_names_the_engine() {
        check(&[("server", "Docker/20.10.24+dfsg1 (linux)")], "Docker 20.10.24+dfsg1");
        check(&[("server", "Libpod/5.8.6 (linux)")], "Podman 5.8.6");
        check(&[("server", "nginx/1.2"), ("libpod-api-version", "5.8.6")], "Podman 5.8.6");
        check(&[], "an engine that does not say its name");
    }
}
