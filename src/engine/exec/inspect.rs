//! `GET /exec/{id}/json` (ExecInspect).

use hyper::Method;
use serde::Deserialize;

use super::ExecId;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::target::RequestTarget;

/// The state of an exec.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecState {
    /// Whether its process runs.
    pub running: bool,
    /// The exit code; null while the process runs.
    #[serde(default)]
    pub exit_code: Option<i64>,
}

impl Engine {
    /// Asks for the state of an exec.
    pub async fn exec_inspect(&self, exec: &ExecId) -> Result<ExecState, EngineError> {
        let target = RequestTarget::new("/exec").segment(exec.as_str()).literal("/json");
        self.call("inspect exec", exec.as_str(), Method::GET, target).decode().await
    }
}
