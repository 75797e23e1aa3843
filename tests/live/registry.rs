//! The lab's registries, and pipeline files with images of them.

use std::io::{Read, Write};
use std::net::TcpStream;

/// The address of the private registry, which requires a login.
pub(crate) const PRIVATE: &str = "127.0.0.1:5000";
/// The address of the mirror registry, which is open.
pub(crate) const OPEN: &str = "127.0.0.1:5001";
/// An address where nothing listens.
pub(crate) const DOWN: &str = "127.0.0.1:9";
/// The login for the private registry, `my_username:my_password`, as Docker's configuration has it.
const AUTH: &str = "bXlfdXNlcm5hbWU6bXlfcGFzc3dvcmQ=";

/// Asks the open registry for the digest of an image.
pub(crate) fn digest(repository: &str, tag: &str) -> String {
    let mut stream = TcpStream::connect(OPEN).unwrap();
    let accept = "application/vnd.docker.distribution.manifest.v2+json";
    let request = format!("HEAD /v2/{repository}/manifests/{tag} HTTP/1.0\r\nAccept: {accept}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let line = answer.lines().find_map(|line| line.strip_prefix("Docker-Content-Digest: "));
    line.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// A pipeline file with a job whose image the private registry has. A `config` that is not empty is its `DOCKER_AUTH_CONFIG`.
pub(crate) fn private_image_job(name: &str, config: &str) -> String {
    let variables =
        if config.is_empty() { "{}".to_owned() } else { format!("{{DOCKER_AUTH_CONFIG: '{config}'}}") };
    image_job(name, &format!("{PRIVATE}/namespace/image:tag"), "always", &variables)
}

/// A pipeline file with a job that pulls the image `reference` by `policy`.
pub(crate) fn image_job(name: &str, reference: &str, policy: &str, variables: &str) -> String {
    format!(
        "{name}:\n  image: {{name: '{reference}', pull_policy: {policy}}}\n  variables: {variables}\n  \
         script: [echo has run]\n"
    )
}

/// A Docker configuration `{"auths": …}` with the login for the registry `key`.
pub(crate) fn login_for(key: &str) -> String {
    format!(r#"{{"auths": {{"{key}": {{"auth": "{AUTH}"}}}}}}"#)
}
