//! Requests to the engine that need a body, or whose answer is JSON.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;

use serde_json::Value;

use crate::engine::{request, socket};

/// The JSON answer to a GET; null if it is none.
pub(super) fn get_json(target: &str) -> Value {
    serde_json::from_str(&exchange("GET", target, &[])).unwrap_or_default()
}

/// Held while an image is built or removed: Podman loses layers that another build uses.
static IMAGES: Mutex<()> = Mutex::new(());

/// Builds an image of a Dockerfile and other files.
pub(crate) fn build_image(name: &str, files: &[(&str, &str)]) {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        archive.append_data(&mut header, path, content.as_bytes()).unwrap();
    }
    let archive = archive.into_inner().unwrap();
    let _alone = IMAGES.lock().unwrap();
    let answer = exchange("POST", &format!("/v1.41/build?t={name}&forcerm=1"), &archive);
    assert!(!answer.contains("\"error\""), "cannot build {name}: {answer}");
}

/// Removes the image.
pub(crate) fn remove_image(name: &str) {
    let _alone = IMAGES.lock().unwrap();
    let answer = request("DELETE", &format!("/v1.41/images/{name}?force=1"));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// The body of the answer. HTTP/1.0 has no chunks.
fn exchange(method: &str, target: &str, body: &[u8]) -> String {
    let mut stream = UnixStream::connect(socket()).unwrap();
    let (kind, length) = ("application/x-tar", body.len());
    let head = format!(
        "{method} {target} HTTP/1.0\r\nHost: docker\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
}
