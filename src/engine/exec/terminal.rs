//! A further process in a running container, with a terminal: the calls of `docker exec -it`.

use hyper::Method;

use super::ExecId;
use super::create::{ExecConfig, ExecStreams};
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::target::RequestTarget;
use crate::transport::upgraded::UpgradedConnection;

pub use crate::transport::upgraded::{UpgradedReader, UpgradedWriter};

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
        let streams = ExecStreams::Terminal;
        self.create_exec("open a terminal in container", container, config, streams).await
    }

    /// Starts such a process. The stream ends with it.
    pub async fn exec_start_with_terminal(&self, exec: &ExecId) -> Result<ExecTerminal, EngineError> {
        let UpgradedConnection { reader, writer } = self.start_exec(exec, ExecStreams::Terminal).await?;
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
