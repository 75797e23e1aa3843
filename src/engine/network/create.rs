//! `POST /networks/create` (NetworkCreate).

use std::collections::BTreeMap;

use hyper::Method;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::target::RequestTarget;

/// The settings of a new bridge network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkConfig {
    /// The network's name.
    pub name: Name,
    /// Up to API 1.43 the engine creates a second network of the same name unless this is set.
    check_duplicate: bool,
    /// The network's labels; `clean` finds networks by them.
    pub labels: BTreeMap<String, String>,
    /// Whether the network also has IPv6 addresses.
    #[serde(rename = "EnableIPv6", skip_serializing_if = "Option::is_none")]
    pub enable_ipv6: Option<bool>,
    /// Options of the bridge driver.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
}

impl NetworkConfig {
    /// A network whose name must be unused.
    pub fn new(name: Name, labels: BTreeMap<String, String>) -> Self {
        Self { name, check_duplicate: true, labels, enable_ipv6: None, options: BTreeMap::new() }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedNetwork {
    #[serde(rename = "Id")]
    _id: String,
}

impl Engine {
    /// Creates a bridge network. 409 means that the name is in use; 404 or 400 that the engine has no free addresses.
    pub async fn network_create(&self, config: &NetworkConfig) -> Result<(), EngineError> {
        let target = RequestTarget::new("/networks/create");
        let call = self.call("create network", config.name.as_str(), Method::POST, target);
        call.json(config)?.decode::<CreatedNetwork>().await.map(drop)
    }
}
