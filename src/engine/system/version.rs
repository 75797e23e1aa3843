//! `GET /version` (SystemVersion).

use hyper::Method;
use serde::Deserialize;

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::target::RequestTarget;

/// Which engine answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EngineVersion {
    /// The engine's release, such as `20.10.24+dfsg1`.
    pub version: String,
    /// The newest API version.
    pub api_version: String,
    /// The oldest API version; Podman leaves it out of some releases.
    #[serde(default, rename = "MinAPIVersion")]
    pub min_api_version: String,
    /// `linux` or `windows`.
    pub os: String,
    /// `amd64`, `arm64` …
    pub arch: String,
}

impl Engine {
    /// Asks which engine this is.
    pub async fn engine_version(&self) -> Result<EngineVersion, EngineError> {
        self.call("read the version of", "the engine", Method::GET, RequestTarget::new("/version"))
            .decode()
            .await
    }
}
