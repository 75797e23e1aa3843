//! `POST /containers/{id}/kill` (ContainerKill).

use hyper::Method;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

impl Engine {
    /// Sends a signal (`SIGTERM`, `SIGKILL` …) to the container's first process. 409 means that the container does not
    /// run.
    pub async fn container_kill(&self, name: &Name, signal: &str) -> Result<(), EngineError> {
        let target = container(name).literal("/kill").query("signal", signal);
        self.call("kill container", name.as_str(), Method::POST, target).status().await.map(drop)
    }
}
