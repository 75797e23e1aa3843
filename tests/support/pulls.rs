//! Pulls that make progress, and pulls that are refused in every way.

use runner_lite::engine::Engine;
use runner_lite::engine::error::EngineError;
use runner_lite::engine::image::create::PullRequest;
use runner_lite::engine::registry_auth::RegistryAuth;

use super::{is_podman, words};

/// The lab's registry with a login.
const PRIVATE: &str = "127.0.0.1:5000";

const LOGIN: RegistryAuth<'_> = RegistryAuth {
    username: "my_username",
    password: "my_password",
    serveraddress: PRIVATE,
    identitytoken: "",
    registrytoken: "",
};

/// A pull of a layer that the engine does not have.
pub(crate) async fn progress(engine: &Engine) {
    let from_image = "127.0.0.1:5001/runner-lite/fixture";
    let request = PullRequest { from_image, tag: "progress", ..PullRequest::default() };
    let mut pull = engine.image_create(&request).await.unwrap();
    let (mut downloaded, mut last) = (0, String::new());
    while let Some(step) = pull.next().await.unwrap() {
        if step.status == "Downloading" {
            let detail = step.detail.unwrap();
            assert!(detail.total.unwrap() > 3_000_000, "{detail:?}");
            downloaded = downloaded.max(detail.current.unwrap());
        }
        last = step.status;
    }
    // Podman tells of no bytes.
    assert_eq!(downloaded > 0, !is_podman(engine));
    let of_docker = format!("Status: Downloaded newer image for {from_image}:progress");
    assert_eq!(last, words(engine, &of_docker, "Download complete"));
}

/// A pull that the registry, or the way to it, refuses.
pub(crate) async fn refused(name: &str, engine: &Engine) {
    let (image, none) =
        ("127.0.0.1:5000/namespace/image", "127.0.0.1:5000/namespace/runner-lite-fixture-none");
    let wrong = RegistryAuth { password: "wrong", ..LOGIN };
    let token =
        RegistryAuth { identitytoken: "a-refresh-token", serveraddress: PRIVATE, ..RegistryAuth::default() };
    let no_password = words(engine, "no basic auth credentials", "unauthorized: authentication required");
    let foreign = words(engine, "no matching manifest for linux/amd64", "no image found in manifest list");
    let (from_image, tag, auth, words) = match name {
        "pull-error-in-stream" => ("127.0.0.1:5001/runner-lite/fixture", "foreign", None, foreign),
        "pull-identity-token" => (image, "tag", Some(token), no_password),
        "pull-no-password" => (image, "tag", None, no_password),
        "pull-no-repository" => (none, "tag", Some(LOGIN), "manifest unknown"),
        "pull-no-tag" => (image, "runner-lite-fixture-none", Some(LOGIN), "manifest unknown"),
        "pull-registry-down" => ("127.0.0.1:9/x", "1", None, "connection refused"),
        "pull-wrong-password" => (image, "tag", Some(wrong), "unauthorized"),
        _ => panic!("no scenario is named {name}"),
    };
    let request = PullRequest { from_image, tag, auth, platform: None };
    let error = outcome(engine, &request).await.unwrap_err();
    assert!(error.message().unwrap().contains(words), "{error:?}");
    assert_eq!(error.to_string(), format!("cannot pull image `{from_image}:{tag}`"));
}

async fn outcome(engine: &Engine, request: &PullRequest<'_>) -> Result<(), EngineError> {
    let mut pull = engine.image_create(request).await?;
    while pull.next().await?.is_some() {}
    Ok(())
}
