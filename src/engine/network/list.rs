//! `GET /networks` (NetworkList).

use std::collections::BTreeMap;

use hyper::Method;
use serde::Deserialize;

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::target::RequestTarget;

/// What a list says of a network.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkSummary {
    /// Its name.
    pub name: String,
    /// Labels; null in some engines where there are none.
    #[serde(default)]
    pub labels: Option<BTreeMap<String, String>>,
}

impl Engine {
    /// Lists the networks with a label.
    pub async fn network_list(&self, label: &str) -> Result<Vec<NetworkSummary>, EngineError> {
        let target = RequestTarget::new("/networks").label(label);
        self.call("list networks", label, Method::GET, target).decode().await
    }
}
