//! `POST /containers/{id}/stop` (ContainerStop).

use std::time::Duration;

use hyper::Method;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::request::HEAD_WITHIN;

impl Engine {
    /// Sends the container's stop signal, and SIGKILL after `grace` (whole seconds). Stopping one that does not run
    /// is no error.
    pub async fn container_stop(&self, name: &Name, grace: Duration) -> Result<(), EngineError> {
        let seconds = grace.as_secs().to_string();
        let target = container(name).literal("/stop").query("t", &seconds);
        let call = self.call("stop container", name.as_str(), Method::POST, target);
        // The engine answers when the container has stopped, so its grace comes on top.
        call.head_within(Some(HEAD_WITHIN.saturating_add(grace))).status().await.map(drop)
    }
}
