//! `DELETE /volumes/{name}` (VolumeDelete).

use hyper::Method;

use super::volume;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

impl Engine {
    /// Removes a volume. A missing one is not an error; 409 means that a container uses it.
    pub async fn volume_remove(&self, name: &Name) -> Result<(), EngineError> {
        match self.call("remove volume", name.as_str(), Method::DELETE, volume(name)).status().await {
            Err(error) if error.is_not_found() => Ok(()),
            other => other.map(drop),
        }
    }
}
