//! `GET /containers/{id}/logs` (ContainerLogs).

use std::time::Duration;

use hyper::Method;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::request::HEAD_WITHIN;
use crate::engine::stream::frames::{FrameSource, Frames};

/// How long the answer to a request that follows a log may take: Podman before 5.8 sends it with the first line, and a
/// container may be silent for as long as a job lasts.
const FOLLOWED_HEAD_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// The requested part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogOptions {
    /// Whether to wait for further output.
    pub follow: Follow,
    /// Whether each line begins with its time.
    pub timestamps: Timestamps,
    /// The number of lines from the log's end; `None` is the whole log.
    pub tail: Option<u32>,
}

/// Whether to wait for further output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// The stream ends when the container ends.
    UntilExit,
    /// The stream ends at the log's present end.
    No,
}

impl Follow {
    /// How long the head of the answer may take.
    fn head_within(self) -> Duration {
        match self {
            Self::UntilExit => FOLLOWED_HEAD_WITHIN,
            Self::No => HEAD_WITHIN,
        }
    }
}

/// Whether each line begins with its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timestamps {
    /// In RFC 3339 with nanoseconds, followed by a blank.
    Shown,
    /// Only the line itself.
    No,
}

impl Engine {
    /// Streams a container's log: standard output and standard error. Log drivers store text, so bytes that are not
    /// UTF-8 come back changed.
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
        let call = self.call(operation, name.as_str(), Method::GET, target);
        let answer = call.head_within(options.follow.head_within()).send().await?;
        Ok(Frames::new(operation, name.as_str(), FrameSource::Body(Box::new(answer.response))))
    }
}
