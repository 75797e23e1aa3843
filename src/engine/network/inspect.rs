//! `GET /networks/{id}` (NetworkInspect).

use std::collections::BTreeMap;

use hyper::Method;
use serde::Deserialize;

use super::network;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

/// A network of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Network {
    /// The network's id: 64 hexadecimal digits.
    pub id: String,
    /// The network's name.
    pub name: String,
    /// The running containers in the network, by id.
    #[serde(default)]
    pub containers: Option<BTreeMap<String, NetworkMember>>,
}

/// A running container in a network.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkMember {
    /// The container's name.
    #[serde(default)]
    pub name: String,
}

impl Engine {
    /// Asks for a network's id and containers.
    pub async fn network_inspect(&self, name: &Name) -> Result<Network, EngineError> {
        self.call("inspect network", name.as_str(), Method::GET, network(name)).decode().await
    }
}
