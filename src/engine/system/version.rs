//! `GET /version` (SystemVersion).

use hyper::Method;
use serde::Deserialize;

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::target::RequestTarget;

/// The engine's release and platform.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EngineVersion {
    /// The engine's release, such as `20.10.24+dfsg1`.
    pub version: String,
    /// The newest API version that the engine supports.
    pub api_version: String,
    /// The oldest API version; some releases of Podman leave it out.
    #[serde(default, rename = "MinAPIVersion")]
    pub min_api_version: String,
    /// `linux` or `windows`.
    pub os: String,
    /// `amd64`, `arm64` …
    pub arch: String,
}

impl Engine {
    /// Asks the engine for its release.
    pub async fn engine_version(&self) -> Result<EngineVersion, EngineError> {
        self.call("read the version of", "the engine", Method::GET, RequestTarget::new("/version"))
            .decode()
            .await
    }
}
