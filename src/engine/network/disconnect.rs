//! `POST /networks/{id}/disconnect` (NetworkDisconnect).

use hyper::Method;
use serde::Serialize;

use super::network;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkDisconnectBody<'a> {
    container: &'a str,
    force: bool,
}

impl Engine {
    /// Disconnects a container from a network, whether or not it runs. It is not an error if it is not connected, or if
    /// the container or the network is missing.
    pub async fn network_disconnect(&self, name: &Name, container: &Name) -> Result<(), EngineError> {
        let body = NetworkDisconnectBody { container: container.as_str(), force: true };
        let target = network(name).literal("/disconnect");
        let call = self.call("disconnect a container from network", name.as_str(), Method::POST, target);
        match call.json(&body)?.status().await {
            Err(error) if error.is_not_found() || error.is_not_connected() => Ok(()),
            other => other.map(drop),
        }
    }
}
