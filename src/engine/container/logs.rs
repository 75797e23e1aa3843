//! `GET /containers/{id}/logs` (ContainerLogs).

use hyper::Method;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::stream::frames::{FrameSource, Frames};

/// Which part of a log is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogOptions {
    /// To its present end, or on until the container ends.
    pub follow: Follow,
    /// With an RFC 3339 time before each line.
    pub timestamps: Timestamps,
    /// Only so many lines from its end.
    pub tail: Option<u32>,
}

/// Whether a log is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// Until the container ends.
    UntilExit,
    /// What there is by now.
    No,
}

/// Whether lines carry their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timestamps {
    /// RFC 3339 with nanoseconds and a blank before each line.
    Shown,
    /// The lines alone.
    No,
}

impl Engine {
    /// Reads a container's log, both outputs of it. The log is kept as text: bytes that are no UTF-8 come out changed.
    pub async fn container_logs(&self, name: &Name, options: &LogOptions) -> Result<Frames, EngineError> {
        let digit = |on: bool| if on { "1" } else { "0" };
        let tail = options.tail.map(|lines| lines.to_string());
        let target = container(name)
            .literal("/logs")
            .query("stdout", "1")
            .query("stderr", "1")
            .query("follow", digit(options.follow == Follow::UntilExit))
            .query("timestamps", digit(options.timestamps == Timestamps::Shown))
            .maybe("tail", tail.as_deref());
        let operation = "read the log of container";
        let answer = self.call(operation, name.as_str(), Method::GET, target).send().await?;
        Ok(Frames::new(operation, name.as_str(), FrameSource::Body(Box::new(answer.response))))
    }
}
