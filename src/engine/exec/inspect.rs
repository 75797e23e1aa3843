//! `GET /exec/{id}/json` (ExecInspect).

use hyper::Method;
use serde::Deserialize;

use super::ExecId;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::target::RequestTarget;

/// What has become of an exec.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecState {
    /// Whether its process runs.
    pub running: bool,
    /// Its exit code; null before the process has ended.
    #[serde(default)]
    pub exit_code: Option<i64>,
}

impl Engine {
    /// Asks what has become of an exec.
    pub async fn exec_inspect(&self, exec: &ExecId) -> Result<ExecState, EngineError> {
        let target = RequestTarget::new("/exec").segment(exec.as_str()).literal("/json");
        self.call("inspect exec", exec.as_str(), Method::GET, target).decode().await
    }
}
