//! `GET /containers/json` (ContainerList).

use std::collections::BTreeMap;

use hyper::Method;
use serde::Deserialize;

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::target::RequestTarget;

/// What a list says of a container.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerSummary {
    /// Its name, with a slash in front, and names that others link it under.
    names: Vec<String>,
    /// Labels; null in some engines where there are none.
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
    /// `created`, `running`, `exited` and the like.
    #[serde(default)]
    pub state: String,
}

impl ContainerSummary {
    /// Its own name: the one without a second slash.
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
    /// Lists the containers with a label, stopped ones included.
    pub async fn container_list(&self, label: &str) -> Result<Vec<ContainerSummary>, EngineError> {
        let target = RequestTarget::new("/containers/json").query("all", "1").label(label);
        self.call("list containers", label, Method::GET, target).decode().await
    }
}
