//! `DELETE /containers/{id}` (ContainerDelete).

use hyper::Method;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

impl Engine {
    /// Kills a container if it runs and removes it with its anonymous volumes. One that is gone, or is being removed
    /// by somebody else, is no error.
    pub async fn container_remove(&self, name: &Name) -> Result<(), EngineError> {
        let target = container(name).query("v", "1").query("force", "1");
        match self.call("remove container", name.as_str(), Method::DELETE, target).status().await {
            Err(error) if error.is_not_found() || error.is_conflict() => Ok(()),
            other => other.map(drop),
        }
    }
}
