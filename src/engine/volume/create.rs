//! `POST /volumes/create` (VolumeCreate).

use std::collections::BTreeMap;

use hyper::Method;
use serde::Serialize;

use super::Volume;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::target::RequestTarget;

/// A volume to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeConfig {
    /// Its name.
    pub name: Name,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// The driver; the engine's own where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// What the driver is told.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub driver_opts: BTreeMap<String, String>,
}

impl VolumeConfig {
    /// A volume of the engine's own driver.
    pub fn new(name: Name, labels: BTreeMap<String, String>) -> Self {
        Self { name, labels, driver: None, driver_opts: BTreeMap::new() }
    }
}

impl Engine {
    /// Makes a volume, or finds the one that has the name; its labels tell which.
    pub async fn volume_create(&self, config: &VolumeConfig) -> Result<Volume, EngineError> {
        let target = RequestTarget::new("/volumes/create");
        let call = self.call("create volume", config.name.as_str(), Method::POST, target);
        call.json(config)?.decode().await
    }
}
