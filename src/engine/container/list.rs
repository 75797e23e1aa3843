//! `GET /containers/json` (ContainerList).

use std::collections::BTreeMap;

use hyper::Method;
use serde::Deserialize;

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::target::RequestTarget;

/// A container in a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerSummary {
    /// The container's name behind a slash, and the names by which other containers link to it.
    names: Vec<String>,
    /// The labels; null in some engines if there are none.
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
    /// `created`, `running`, `exited` and others.
    #[serde(default)]
    pub state: String,
}

impl ContainerSummary {
    /// The container's own name, which contains no second slash.
    pub fn name(&self) -> Option<Name> {
        let names = self.names.iter().map(|name| name.strip_prefix('/').unwrap_or(name));
        names.into_iter().find(|name| !name.contains('/')).map(Name::new)
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.as_ref()?.get(key).map(String::as_str)
    }
}

impl Engine {
    /// Lists the containers with a label, given as `key` or `key=value`, including stopped ones.
    pub async fn container_list(&self, label: &str) -> Result<Vec<ContainerSummary>, EngineError> {
        let target = RequestTarget::new("/containers/json").query("all", "1").label(label);
        self.call("list containers", label, Method::GET, target).decode().await
    }
}
