//! Scenarios of pulls: one with progress, and one for each kind of failure.

use runner_lite::engine::Engine;
use runner_lite::engine::error::EngineError;
use runner_lite::engine::image::create::PullRequest;
use runner_lite::engine::registry_auth::RegistryAuth;

use super::{by_engine, is_podman};

/// The lab's private registry, which requires a login.
const PRIVATE: &str = "127.0.0.1:5000";

const LOGIN: RegistryAuth<'_> = RegistryAuth {
    username: "my_username",
    password: "my_password",
    serveraddress: PRIVATE,
    identitytoken: "",
    registrytoken: "",
};

/// Pulls an image with a layer that the engine does not have.
pub(crate) async fn pull_with_progress(engine: &Engine) {
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
    // Podman reports no bytes.
    assert_eq!(downloaded > 0, !is_podman(engine));
    let of_docker = format!("Status: Downloaded newer image for {from_image}:progress");
    assert_eq!(last, by_engine(engine, &of_docker, "Download complete"));
}

/// Makes the pull of the scenario `name`, which fails at the registry or on the way to it.
pub(crate) async fn refused_pull(name: &str, engine: &Engine) {
    let (image, none) =
        ("127.0.0.1:5000/namespace/image", "127.0.0.1:5000/namespace/runner-lite-fixture-none");
    let wrong = RegistryAuth { password: "wrong", ..LOGIN };
    let token =
        RegistryAuth { identitytoken: "a-refresh-token", serveraddress: PRIVATE, ..RegistryAuth::default() };
    let no_password = by_engine(engine, "no basic auth credentials", "unauthorized: authentication required");
    let foreign =
        by_engine(engine, "no matching manifest for linux/amd64", "no image found in manifest list");
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
    let error = pull_to_end(engine, &request).await.unwrap_err();
    assert!(error.message().unwrap().contains(words), "{error:?}");
    assert_eq!(error.to_string(), format!("cannot pull image `{from_image}:{tag}`"));
}

async fn pull_to_end(engine: &Engine, request: &PullRequest<'_>) -> Result<(), EngineError> {
    let mut pull = engine.image_create(request).await?;
    while pull.next().await?.is_some() {}
    Ok(())
}
