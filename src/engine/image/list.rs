//! `GET /images/json` (ImageList).

use hyper::Method;
use serde::Deserialize;

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::target::RequestTarget;

/// An image in a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageSummary {
    /// The image's id, `sha256:…`.
    pub id: String,
    /// The size in bytes, including layers that other images share.
    #[serde(default)]
    pub size: i64,
    /// The image's names with tags; `null` for an image that lost them.
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
}

impl ImageSummary {
    /// The image's names with tags, as the engine writes them.
    pub fn tags(self) -> Vec<String> {
        self.repo_tags.unwrap_or_default()
    }
}

impl Engine {
    /// Lists the engine's images.
    pub async fn image_list(&self) -> Result<Vec<ImageSummary>, EngineError> {
        self.call("list images of", "the engine", Method::GET, RequestTarget::new("/images/json"))
            .decode()
            .await
    }
}
