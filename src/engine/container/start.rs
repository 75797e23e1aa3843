//! `POST /containers/{id}/start` (ContainerStart).

use std::time::Duration;

use hyper::Method;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

/// How long a start may take: it took 15 s on a busy machine with many containers, and more with devices and slow
/// volumes.
pub const START_WITHIN: Duration = Duration::from_secs(120);

impl Engine {
    /// Starts a container. 400 means that its command cannot be run, 404 that the container or its network is missing.
    pub async fn container_start(&self, name: &Name) -> Result<(), EngineError> {
        let target = container(name).literal("/start");
        let call = self.call("start container", name.as_str(), Method::POST, target);
        call.head_within(START_WITHIN).status().await.map(drop)
    }
}
