//! `GET /info` (SystemInfo).

use hyper::Method;
use serde::Deserialize;

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::target::RequestTarget;

/// What the engine says of its host.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Info {
    /// The host's name.
    #[serde(default)]
    pub name: String,
    /// `linux` or `windows`.
    #[serde(rename = "OSType")]
    pub os_type: String,
    /// `x86_64`, `aarch64` …
    #[serde(default)]
    pub architecture: String,
    /// Its clock, as RFC 3339 has it.
    #[serde(default)]
    pub system_time: Option<String>,
    /// Where images and containers are, on the engine's own machine.
    #[serde(default)]
    pub docker_root_dir: String,
    /// `name=rootless` and the like.
    #[serde(default)]
    pub security_options: Option<Vec<String>>,
}

impl Engine {
    /// Asks the engine about its host.
    pub async fn info(&self) -> Result<Info, EngineError> {
        self.call("ask about", "the engine", Method::GET, RequestTarget::new("/info")).decode().await
    }
}
