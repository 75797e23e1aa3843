//! `POST /containers/{id}/exec` (ContainerExec).

use hyper::Method;
use serde::{Deserialize, Serialize};

use super::ExecId;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::target::RequestTarget;

/// The command of an exec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecConfig {
    /// The program and its arguments.
    pub cmd: Vec<String>,
    /// The user; `None` is the container's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// The streams of an exec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExecStreams {
    /// Both outputs as frames, without a TTY and without input.
    Outputs,
    /// A terminal: input, and both outputs as one stream without frames.
    Terminal,
}

impl ExecStreams {
    /// Whether the process gets a TTY.
    pub(super) fn has_tty(self) -> bool {
        self == Self::Terminal
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExecCreateBody<'a> {
    #[serde(flatten)]
    config: &'a ExecConfig,
    tty: bool,
    attach_stdin: bool,
    attach_stdout: bool,
    attach_stderr: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedExec {
    id: String,
}

impl Engine {
    /// Prepares a process in a running container. 409 means that the container does not run.
    pub async fn exec_create(&self, container: &Name, config: &ExecConfig) -> Result<ExecId, EngineError> {
        self.create_exec("run a command in container", container, config, ExecStreams::Outputs).await
    }

    pub(super) async fn create_exec(
        &self,
        operation: &'static str,
        container: &Name,
        config: &ExecConfig,
        streams: ExecStreams,
    ) -> Result<ExecId, EngineError> {
        let body = ExecCreateBody {
            config,
            tty: streams.has_tty(),
            attach_stdin: streams == ExecStreams::Terminal,
            attach_stdout: true,
            attach_stderr: true,
        };
        let target = RequestTarget::new("/containers").segment(container.as_str()).literal("/exec");
        let call = self.call(operation, container.as_str(), Method::POST, target);
        let created: CreatedExec = call.json(&body)?.decode().await?;
        Ok(ExecId(created.id))
    }
}
