//! What the services of a job print, as events carry it.

#![warn(missing_docs)]

use std::sync::Arc;

use bytes::Bytes;

use crate::engine::stream::stdcopy::Channel;

/// A service whose output is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedService {
    /// Its place among the services of the job, from 0.
    pub position: usize,
    /// Its host names, or the reference of its image if it has none.
    pub names: Vec<String>,
    /// Whether the log of the job has its output.
    pub display: ServiceLogDisplay,
}

/// Whether the log of a job has the output of its services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceLogDisplay {
    /// It has, up to the end of the scripts.
    Shown,
    /// It has not.
    Hidden,
}

/// A part of what a service prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceOutput {
    /// The service.
    pub service: Arc<LoggedService>,
    /// What it has printed.
    pub piece: ServiceOutputPiece,
}

/// What has come of the log of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceOutputPiece {
    /// Lines that begin with their times, as the engine tells them. The bytes may end anywhere in a line.
    Bytes {
        /// The stream that the service has written to.
        channel: Channel,
        /// Never empty.
        bytes: Bytes,
    },
    /// No more comes.
    End {
        /// Why; `None` if the service has ended.
        error: Option<String>,
    },
}
