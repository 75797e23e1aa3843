//! `GET /info` (SystemInfo).

use hyper::Method;
use serde::Deserialize;

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::target::RequestTarget;

/// The engine's host.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Info {
    /// The host name of the engine's machine.
    #[serde(default)]
    pub name: String,
    /// `linux` or `windows`.
    #[serde(rename = "OSType")]
    pub os_type: String,
    /// `x86_64`, `aarch64` …
    #[serde(default)]
    pub architecture: String,
    /// The number of its processors; 0 if it does not tell.
    #[serde(rename = "NCPU", default)]
    pub processors: usize,
    /// The time on the engine's machine, in RFC 3339.
    #[serde(default)]
    pub system_time: Option<String>,
    /// The folder of images and containers, on the engine's machine.
    #[serde(default)]
    pub docker_root_dir: String,
    /// Security features, such as `name=rootless`.
    #[serde(default)]
    pub security_options: Option<Vec<String>>,
}

impl Engine {
    /// Asks the engine for information on its host.
    pub async fn info(&self) -> Result<Info, EngineError> {
        self.call("ask about", "the engine", Method::GET, RequestTarget::new("/info")).decode().await
    }
}
