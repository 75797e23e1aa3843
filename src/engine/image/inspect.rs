//! `GET /images/{name}/json` (ImageInspect).

use hyper::Method;
use serde::Deserialize;

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::target::RequestTarget;

/// What is read of an image.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InspectedImage {
    /// `sha256:…`: the configuration's digest up to Docker 28, the index's in Docker 29.
    pub id: String,
    /// `name@sha256:…` each; empty for an image built or imported here.
    #[serde(default)]
    pub repo_digests: Option<Vec<String>>,
    /// What containers get from it; `None` where the image says nothing.
    #[serde(default)]
    pub config: Option<ImageConfig>,
}

/// What a container gets from its image.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageConfig {
    /// The program that is given the command; `None` or empty where the command is run by itself.
    #[serde(default)]
    pub entrypoint: Option<Vec<String>>,
}

impl Engine {
    /// Reads an image that is there; 404 means that it is not. `reference` may be a name, a digest or an id.
    pub async fn image_inspect(&self, reference: &str) -> Result<InspectedImage, EngineError> {
        let target = RequestTarget::new("/images").segment(reference).literal("/json");
        self.call("inspect image", reference, Method::GET, target).decode().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, entrypoint: Option<&[&str]>) {
        let image: InspectedImage = serde_json::from_str(json).unwrap();
        let found = image.config.and_then(|config| config.entrypoint);
        let expect = entrypoint.map(|words| words.iter().map(|&word| word.to_owned()).collect());
        assert_eq!(found, expect, "{json}");
    }

    #[test]
    fn what_an_image_does_not_say_may_be_null_or_absent() {
        check(r#"{"Id": "sha256:1"}"#, None);
        check(r#"{"Id": "sha256:1", "Config": null, "RepoDigests": null}"#, None);
        check(r#"{"Id": "sha256:1", "Config": {"Entrypoint": null}}"#, None);
        check(r#"{"Id": "sha256:1", "Config": {"Entrypoint": ["/a", "b"]}}"#, Some(&["/a", "b"]));
    }
}
