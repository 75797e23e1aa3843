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
    /// The volume's name.
    pub name: Name,
    /// The volume's labels; `clean` finds volumes by them.
    pub labels: BTreeMap<String, String>,
    /// The volume driver; `None` is the engine's `local` driver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// Options of the driver.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub driver_opts: BTreeMap<String, String>,
}

impl VolumeConfig {
    /// A volume of the `local` driver.
    pub fn new(name: Name, labels: BTreeMap<String, String>) -> Self {
        Self { name, labels, driver: None, driver_opts: BTreeMap::new() }
    }
}

impl Engine {
    /// Creates a volume, or returns the existing one of that name with its labels.
    pub async fn volume_create(&self, config: &VolumeConfig) -> Result<Volume, EngineError> {
        let target = RequestTarget::new("/volumes/create");
        let call = self.call("create volume", config.name.as_str(), Method::POST, target);
        call.json(config)?.decode().await
    }
}
