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
    /// The image's names with tags, as the engine writes them. Podman 5.8 adds `NAME@sha256:…` for an image that was pulled
    /// by its digest; such names are left out.
    pub fn tags(self) -> Vec<String> {
        let names = self.repo_tags.unwrap_or_default().into_iter();
        names.filter(|name| !name.contains('@')).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_in_place_of_a_tag_is_no_name() {
        let tags = ["r.io/a:1", "r.io/a@sha256:0f1e"].map(str::to_owned).to_vec();
        let summary = ImageSummary { id: String::new(), size: 0, repo_tags: Some(tags) };
        assert_eq!(summary.tags(), ["r.io/a:1"]);
    }
}
