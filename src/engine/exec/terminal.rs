//! A further process in a running container, with a terminal: the calls of `docker exec -it`.

use hyper::Method;
use serde::Serialize;

use super::ExecId;
use super::create::{CreatedExec, ExecConfig};
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::target::RequestTarget;
use crate::transport::upgraded::UpgradedConnection;

pub use crate::transport::upgraded::{UpgradedReader, UpgradedWriter};

/// With a terminal the stream has no frames: both outputs are one.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TerminalExecBody<'a> {
    #[serde(flatten)]
    config: &'a ExecConfig,
    tty: bool,
    attach_stdin: bool,
    attach_stdout: bool,
    attach_stderr: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TerminalStartBody {
    detach: bool,
    tty: bool,
}

/// The bytes of a terminal in a container.
pub struct ExecTerminal {
    /// What the process writes.
    pub output: UpgradedReader,
    /// What it reads.
    pub input: UpgradedWriter,
}

impl Engine {
    /// Prepares a process with a terminal of its own, whose `TERM` the engine sets.
    pub async fn exec_create_with_terminal(
        &self,
        container: &Name,
        config: &ExecConfig,
    ) -> Result<ExecId, EngineError> {
        let (tty, attached) = (true, true);
        let body = TerminalExecBody {
            config,
            tty,
            attach_stdin: attached,
            attach_stdout: attached,
            attach_stderr: attached,
        };
        let target = RequestTarget::new("/containers").segment(container.as_str()).literal("/exec");
        let call = self.call("open a terminal in container", container.as_str(), Method::POST, target);
        let created: CreatedExec = call.json(&body)?.decode().await?;
        Ok(ExecId(created.id))
    }

    /// Starts such a process. The stream ends with it.
    pub async fn exec_start_with_terminal(&self, exec: &ExecId) -> Result<ExecTerminal, EngineError> {
        let target = RequestTarget::new("/exec").segment(exec.as_str()).literal("/start");
        let call = self.call("start exec", exec.as_str(), Method::POST, target);
        let call = call.json(&TerminalStartBody { detach: false, tty: true })?.upgrade();
        let UpgradedConnection { reader, writer } = call.send().await?.upgrade().await?;
        Ok(ExecTerminal { output: reader, input: writer })
    }

    /// Tells the terminal of a running process its size.
    pub async fn exec_resize(&self, exec: &ExecId, rows: u16, columns: u16) -> Result<(), EngineError> {
        let target = RequestTarget::new("/exec")
            .segment(exec.as_str())
            .literal("/resize")
            .query("h", &rows.to_string())
            .query("w", &columns.to_string());
        self.call("resize the terminal of exec", exec.as_str(), Method::POST, target).status().await.map(drop)
    }
}
