//! `GET /volumes/{name}` (VolumeInspect).

use hyper::Method;

use super::{Volume, volume};
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

impl Engine {
    /// Asks for a volume's labels.
    pub async fn volume_inspect(&self, name: &Name) -> Result<Volume, EngineError> {
        self.call("inspect volume", name.as_str(), Method::GET, volume(name)).decode().await
    }
}
