//! `POST /exec/{id}/start` (ExecStart).

use hyper::Method;
use serde::Serialize;

use super::ExecId;
use super::create::ExecStreams;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::stream::frames::{FrameSource, Frames};
use crate::engine::target::RequestTarget;
use crate::transport::upgraded::UpgradedConnection;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExecStartBody {
    detach: bool,
    tty: bool,
}

impl Engine {
    /// Starts a prepared process and streams its output until it ends. It is not an error if the program cannot be run:
    /// the engine writes the reason to the output, and the exit code is 126 to 128.
    pub async fn exec_start(&self, exec: &ExecId) -> Result<Frames, EngineError> {
        let stream = self.start_exec(exec, ExecStreams::Outputs).await?;
        Ok(Frames::new("read the output of exec", exec.as_str(), FrameSource::Upgraded(stream.reader)))
    }

    pub(super) async fn start_exec(
        &self,
        exec: &ExecId,
        streams: ExecStreams,
    ) -> Result<UpgradedConnection, EngineError> {
        let target = RequestTarget::new("/exec").segment(exec.as_str()).literal("/start");
        let call = self.call("start exec", exec.as_str(), Method::POST, target);
        let call = call.json(&ExecStartBody { detach: false, tty: streams.has_tty() })?.upgrade();
        call.send().await?.upgrade().await
    }
}
