//! `POST /networks/{id}/disconnect` (NetworkDisconnect).

use hyper::Method;
use serde::Serialize;

use super::network;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Request<'a> {
    container: &'a str,
    force: bool,
}

impl Engine {
    /// Takes a container out of a network, running or not.
    pub async fn network_disconnect(&self, name: &Name, container: &Name) -> Result<(), EngineError> {
        let request = Request { container: container.as_str(), force: true };
        let target = network(name).literal("/disconnect");
        let call = self.call("disconnect a container from network", name.as_str(), Method::POST, target);
        call.json(&request)?.status().await.map(drop)
    }
}
