//! `GET /images/{name}/json` (ImageInspect).

use hyper::Method;
use serde::Deserialize;

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::target::RequestTarget;

/// An image of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InspectedImage {
    /// `sha256:…`: the digest of the image's configuration up to Docker 28, and of its index in Docker 29.
    pub id: String,
    /// References by digest, as `name@sha256:…`; empty for an image that was built or imported on this engine.
    #[serde(default)]
    pub repo_digests: Option<Vec<String>>,
    /// Defaults for its containers; `None` if the image has none.
    #[serde(default)]
    pub config: Option<ImageConfig>,
}

/// An image's defaults for its containers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageConfig {
    /// The program that gets the command as its arguments; `None` or empty if the command runs by itself.
    #[serde(default)]
    pub entrypoint: Option<Vec<String>>,
    /// The user, as a name or a number, or `user:group`; `None` or empty is root.
    #[serde(default)]
    pub user: Option<String>,
}

impl Engine {
    /// Asks for an image by name, digest or id. 404 means that the engine does not have it.
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
    fn the_user_of_an_image_may_be_absent() {
        let user = |json: &str| serde_json::from_str::<InspectedImage>(json).unwrap().config.unwrap().user;
        assert_eq!(user(r#"{"Id": "sha256:1", "Config": {"User": "node"}}"#).as_deref(), Some("node"));
        assert_eq!(user(r#"{"Id": "sha256:1", "Config": {}}"#), None);
    }

    #[test]
    fn missing_settings_of_an_image_may_be_null_or_absent() {
        check(r#"{"Id": "sha256:1"}"#, None);
        check(r#"{"Id": "sha256:1", "Config": null, "RepoDigests": null}"#, None);
        check(r#"{"Id": "sha256:1", "Config": {"Entrypoint": null}}"#, None);
        check(r#"{"Id": "sha256:1", "Config": {"Entrypoint": ["/a", "b"]}}"#, Some(&["/a", "b"]));
    }
}
