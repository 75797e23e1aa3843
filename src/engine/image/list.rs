//! `GET /images/json` (ImageList).

use hyper::Method;
use serde::Deserialize;

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::target::RequestTarget;

/// What is read of an image of the list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageSummary {
    /// Its id.
    pub id: String,
    /// Bytes.
    #[serde(default)]
    pub size: i64,
}

impl Engine {
    /// Lists the images that the engine has.
    pub async fn image_list(&self) -> Result<Vec<ImageSummary>, EngineError> {
        self.call("list images of", "the engine", Method::GET, RequestTarget::new("/images/json"))
            .decode()
            .await
    }
}
