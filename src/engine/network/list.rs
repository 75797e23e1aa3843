//! `GET /networks` (NetworkList).

use std::collections::BTreeMap;

use hyper::Method;
use serde::Deserialize;

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::target::RequestTarget;

/// A network in a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkSummary {
    /// The network's name.
    pub name: String,
    /// The labels; null in some engines if there are none.
    #[serde(default)]
    pub labels: Option<BTreeMap<String, String>>,
}

impl Engine {
    /// Lists the networks with a label, given as `key` or `key=value`.
    pub async fn network_list(&self, label: &str) -> Result<Vec<NetworkSummary>, EngineError> {
        let target = RequestTarget::new("/networks").label(label);
        self.call("list networks", label, Method::GET, target).decode().await
    }
}
