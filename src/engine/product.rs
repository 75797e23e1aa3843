//! Which program speaks the API: Docker, or Podman with its compatible socket.

use std::fmt;

use hyper::HeaderMap;

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// The Docker Engine.
    Docker,
    /// Podman. It ignores the version in a path, and has error statuses of its own.
    Podman,
    /// Something else that speaks the API.
    Other,
}

/// A program and its release, by its own word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Who answers.
    pub maker: Maker,
    /// `20.10.24+dfsg1`; empty where it does not say.
    pub release: String,
}

impl Product {
    /// Reads the `Server` header of an answer to a ping: `Docker/20.10.24+dfsg1 (linux)`, `Libpod/5.8.6 (linux)`.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let server = headers.get("server").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (name, rest) = server.split_once('/').unwrap_or((server, ""));
        let release = rest.split(' ').next().unwrap_or_default().to_owned();
        match name {
            "Docker" => Self { maker: Maker::Docker, release },
            "Libpod" => Self { maker: Maker::Podman, release },
            // A proxy in between may have put its own name there.
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
        assert_eq!(Product::of(&headers.collect()).to_string(), expect);
    }

    #[test]
    fn the_engine_says_its_name_in_the_answer_to_a_ping() {
        check(&[("server", "Docker/20.10.24+dfsg1 (linux)")], "Docker 20.10.24+dfsg1");
        check(&[("server", "Libpod/5.8.6 (linux)")], "Podman 5.8.6");
        check(&[("server", "nginx/1.2"), ("libpod-api-version", "5.8.6")], "Podman 5.8.6");
        check(&[], "an engine that does not say its name");
    }
}
