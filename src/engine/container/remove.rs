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

/// What a removal found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerRemoval {
    /// The container existed, and is gone.
    Removed,
    /// The engine has no container of that name.
    Missing,
}

impl Engine {
    /// Kills a container if it runs, and removes it. A missing one is not an error; 409 means that another client's
    /// removal of it has not ended.
    pub async fn container_remove(
        &self,
        name: &Name,
        volumes: RemoveAnonymousVolumes,
    ) -> Result<ContainerRemoval, EngineError> {
        if self.product().maker == Maker::Podman {
            // Podman 5 would send the stop signal and wait 10 s before it kills. The error is ignored: a container that
            // does not run cannot be killed, and the removal reports every other problem.
            let _ = self.container_kill(name, "SIGKILL").await;
        }
        let volumes = (volumes == RemoveAnonymousVolumes::Yes).then_some("1");
        let target = container(name).maybe("v", volumes).query("force", "1");
        match self.call("remove container", name.as_str(), Method::DELETE, target).status().await {
            Err(error) if error.is_not_found() => Ok(ContainerRemoval::Missing),
            other => other.map(|_| ContainerRemoval::Removed),
        }
    }
}
