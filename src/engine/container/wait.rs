//! `POST /containers/{id}/wait` (ContainerWait).

use hyper::Method;
use serde::Deserialize;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::request::CallResponse;

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitCondition {
    /// The container does not run. True at once of one that has not been started.
    NotRunning,
    /// The container ends, counted from now. Never true of one that is not started again.
    NextExit,
}

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Exit {
    /// The process's exit code, 128 + n after signal n.
    pub status_code: i64,
    /// The engine's word on a container that could not be started.
    #[serde(default)]
    pub error: Option<ExitError>,
}

/// See [`Exit::error`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExitError {
    /// The text.
    #[serde(default)]
    pub message: String,
}

/// A wait that the engine has acknowledged.
pub struct Wait(CallResponse);

impl Wait {
    /// Waits for the end; takes as long as the container does.
    pub async fn exit(self) -> Result<Exit, EngineError> {
        self.0.decode_within(None).await
    }
}

impl Engine {
    /// Registers a wait. When this returns the engine has answered the request's head and so will not miss an exit
    /// that comes afterwards: register [`WaitCondition::NextExit`] before starting the container.
    pub async fn container_wait(&self, name: &Name, condition: WaitCondition) -> Result<Wait, EngineError> {
        let condition = match condition {
            WaitCondition::NotRunning => "not-running",
            WaitCondition::NextExit => "next-exit",
        };
        let target = container(name).literal("/wait").query("condition", condition);
        self.call("wait for container", name.as_str(), Method::POST, target).send().await.map(Wait)
    }
}
