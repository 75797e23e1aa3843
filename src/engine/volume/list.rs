//! `GET /volumes` (VolumeList).

use hyper::Method;
use serde::Deserialize;

use super::Volume;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::target::RequestTarget;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VolumeList {
    /// Null in some engines if no volume matches.
    #[serde(default)]
    volumes: Option<Vec<Volume>>,
}

impl Engine {
    /// Lists the volumes with a label, given as `key` or `key=value`.
    pub async fn volume_list(&self, label: &str) -> Result<Vec<Volume>, EngineError> {
        let target = RequestTarget::new("/volumes").label(label);
        let listed: VolumeList = self.call("list volumes", label, Method::GET, target).decode().await?;
        Ok(listed.volumes.unwrap_or_default())
    }
}
