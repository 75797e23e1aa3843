//! `GET /networks/{id}` (NetworkInspect).

use std::collections::BTreeMap;

use hyper::Method;
use serde::Deserialize;

use super::network;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

/// What is read of a network.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Network {
    /// 64 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Running containers in it, by id.
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
    /// Reads a network.
    pub async fn network_inspect(&self, name: &Name) -> Result<Network, EngineError> {
        self.call("inspect network", name.as_str(), Method::GET, network(name)).decode().await
    }
}
