//! `POST /containers/{id}/attach` (ContainerAttach).

use hyper::Method;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::stream::frames::{FrameSource, Frames};

pub use crate::transport::upgraded::UpgradedWriter;

/// A container's standard streams.
pub struct Attached {
    /// Its standard output and standard error.
    pub output: Frames,
    /// Its standard input.
    pub input: UpgradedWriter,
}

impl Engine {
    /// Attaches to a container that has not been started yet, so that none of its output is lost.
    ///
    /// Call it on a container in state `created` or `exited` that will be started next: the stream of one that is never
    /// started again does not end. Input exists only after the engine has answered, because the engine drops bytes that
    /// arrive earlier (moby#45447).
    pub async fn container_attach(&self, name: &Name) -> Result<Attached, EngineError> {
        let target = container(name)
            .literal("/attach")
            .query("stream", "1")
            .query("stdin", "1")
            .query("stdout", "1")
            .query("stderr", "1");
        let call = self.call("attach to container", name.as_str(), Method::POST, target).upgrade();
        let stream = call.send().await?.upgrade().await?;
        let operation = "read the output of container";
        Ok(Attached {
            output: Frames::new(operation, name.as_str(), FrameSource::Upgraded(stream.reader)),
            input: stream.writer,
        })
    }
}
