//! `POST /containers/{id}/wait` (ContainerWait).

use hyper::Method;
use serde::Deserialize;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::request::CallResponse;

/// The event to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitCondition {
    /// The container does not run, which is also true before its start.
    NotRunning,
    /// The container ends after this call. It never comes for a container that is not started again.
    NextExit,
}

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Exit {
    /// The exit code of the first process; 128 + n after signal n.
    pub status_code: i64,
    /// Why the container could not be started.
    #[serde(default)]
    pub error: Option<ExitError>,
}

/// The error of a container that could not be started.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExitError {
    /// The engine's message.
    #[serde(default)]
    pub message: String,
}

/// A wait that the engine has acknowledged.
pub struct Wait(CallResponse);

impl Wait {
    /// Waits for the exit, however long the container runs.
    pub async fn exit(self) -> Result<Exit, EngineError> {
        self.0.decode_within(None).await
    }
}

impl Engine {
    /// Registers a wait. The engine has answered the request's head when this returns, and misses no later exit:
    /// register [`WaitCondition::NextExit`] before starting the container.
    pub async fn container_wait(&self, name: &Name, condition: WaitCondition) -> Result<Wait, EngineError> {
        let condition = match condition {
            WaitCondition::NotRunning => "not-running",
            WaitCondition::NextExit => "next-exit",
        };
        let target = container(name).literal("/wait").query("condition", condition);
        self.call("wait for container", name.as_str(), Method::POST, target).send().await.map(Wait)
    }
}
