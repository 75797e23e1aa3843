//! Recorded exchanges: a request, its response, and the streams after a 101.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::Value;

/// One recorded request and its response.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// `003-POST-containers-attach`.
    pub(crate) name: String,
    /// `POST /v1.41/containers/create?name=x HTTP/1.1`.
    pub(super) line: String,
    /// The decoded `X-Registry-Auth`, its secrets masked.
    pub(super) auth: Option<Value>,
    /// The request's body, if it is JSON.
    pub(super) body: Option<Value>,
    /// An ordinary response, or the head of a 101.
    pub(super) head: Vec<u8>,
    /// The stream after a 101.
    pub(super) raw: Option<Vec<u8>>,
    /// What the client wrote to the stream after a 101.
    pub(super) stdin: Option<Vec<u8>>,
}

impl Exchange {
    /// Synthetic: the exchange as an engine would record it that announces `newest` and is called with `spoken`.
    pub(crate) fn of_version(&self, recorded: &str, spoken: &str, newest: &str) -> Self {
        let head = String::from_utf8_lossy(&self.head);
        Self {
            line: self.line.replacen(&format!(" /v{recorded}/"), &format!(" /v{spoken}/"), 1),
            head: head.replace(&format!("Api-Version: {recorded}"), &format!("Api-Version: {newest}")).into(),
            ..self.clone()
        }
    }

    /// The length of the engine's response, a stream after a 101 included.
    pub(crate) fn answer_bytes(&self) -> usize {
        self.head.len() + self.raw.as_ref().map_or(0, Vec::len)
    }
}

/// Loads the exchanges of a scenario's folder in their order.
pub(crate) fn load_exchanges(folder: &Path) -> Vec<Exchange> {
    let mut requests: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "req"))
        .collect();
    requests.sort();
    requests.iter().map(|path| load_exchange(path)).collect()
}

fn load_exchange(path: &Path) -> Exchange {
    let request = fs::read(path).unwrap();
    let (head, body) = request.split_at(end_of_head(&request).unwrap());
    let read = |extension| fs::read(path.with_extension(extension));
    Exchange {
        name: path.file_stem().unwrap().to_string_lossy().into_owned(),
        line: request_line(head),
        auth: registry_auth(head),
        body: serde_json::from_slice(body).ok(),
        head: read("resp").unwrap(),
        raw: read("raw").ok(),
        stdin: read("stdin").ok(),
    }
}

/// The decoded `X-Registry-Auth` of a request, its secrets masked as in a recording.
pub(crate) fn registry_auth(head: &[u8]) -> Option<Value> {
    let head = String::from_utf8_lossy(head);
    let header = head.lines().find_map(|line| line.strip_prefix("x-registry-auth:"))?;
    let mut auth: Value = serde_json::from_slice(&URL_SAFE.decode(header.trim()).unwrap()).unwrap();
    for (key, value) in auth.as_object_mut().unwrap() {
        if ["password", "identitytoken", "registrytoken"].contains(&&**key) {
            *value = "x".repeat(value.as_str().unwrap().len()).into();
        }
    }
    Some(auth)
}

/// Whether the response ends with the connection, as the 404 of an attach does.
pub(super) fn ends_with_connection(answer: &[u8]) -> bool {
    let head = &answer[..end_of_head(answer).unwrap_or(answer.len())];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    !(head.contains("\r\ncontent-length:")
        || head.contains("\r\ntransfer-encoding:")
        || head.contains(" 204 "))
}

/// The position behind the empty line that ends a head.
pub(super) fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|start| start + 4)
}

/// The first line of a request.
pub(super) fn request_line(head: &[u8]) -> String {
    String::from_utf8_lossy(head).lines().next().unwrap_or_default().to_owned()
}
