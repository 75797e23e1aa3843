//! `POST /containers/{id}/stop` (ContainerStop).

use std::time::Duration;

use hyper::Method;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::request::HEAD_WITHIN;

impl Engine {
    /// Sends the container's stop signal, and SIGKILL after `grace`, in whole seconds. It is not an error if the
    /// container does not run.
    pub async fn container_stop(&self, name: &Name, grace: Duration) -> Result<(), EngineError> {
        let seconds = grace.as_secs().to_string();
        let target = container(name).literal("/stop").query("t", &seconds);
        let call = self.call("stop container", name.as_str(), Method::POST, target);
        // The engine answers after the container has stopped, so `grace` is added to the limit.
        call.head_within(HEAD_WITHIN.saturating_add(grace)).status().await.map(drop)
    }
}
