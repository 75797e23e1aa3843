//! `DELETE /containers/{id}` (ContainerDelete).

use hyper::Method;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::product::Maker;

/// Whether a container's anonymous volumes are removed with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoveAnonymousVolumes {
    /// They are removed.
    Yes,
    /// They stay on the engine.
    No,
}

impl Engine {
    /// Kills a container if it runs and removes it. One that is gone, or is being removed by somebody else, is no
    /// error.
    pub async fn container_remove(
        &self,
        name: &Name,
        volumes: RemoveAnonymousVolumes,
    ) -> Result<(), EngineError> {
        if self.product().maker == Maker::Podman {
            // Podman 5 sends the stop signal and waits 10 s before it kills. One that does not run cannot be killed, and
            // whatever else is wrong the removal says.
            let _ = self.container_kill(name, "SIGKILL").await;
        }
        let volumes = (volumes == RemoveAnonymousVolumes::Yes).then_some("1");
        let target = container(name).maybe("v", volumes).query("force", "1");
        match self.call("remove container", name.as_str(), Method::DELETE, target).status().await {
            Err(error) if error.is_not_found() || error.is_conflict() => Ok(()),
            other => other.map(drop),
        }
    }
}
