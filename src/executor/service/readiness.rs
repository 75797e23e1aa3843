//! How a service was found ready, or not: which ports were dialled from where, and what its own check said.

#![warn(missing_docs)]

use std::time::Duration;

use crate::executor::notice::ServiceLabel;
pub use crate::probe::DialledPort;

/// One of the things by which a service was found ready, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadinessStep {
    /// The service.
    pub service: ServiceLabel,
    /// When it began, from the start of the service's container on.
    pub began: Duration,
    /// What was done.
    pub kind: ReadinessKind,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadinessKind {
    /// Its ports were dialled.
    Dials {
        /// From where.
        origin: DialOrigin,
        /// What became of each port.
        ports: Vec<DialledPort>,
    },
    /// The image's `HEALTHCHECK` was run until it succeeded.
    Healthy {
        /// How often it failed before.
        failures: u64,
        /// How long all runs took.
        took: Duration,
    },
}

/// From where a service was dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialOrigin {
    /// From this process.
    Process,
    /// From this process, whose container has joined these networks for it.
    JoinedNetworks(Vec<String>),
    /// From a container that was made for it.
    Container,
}

/// How a run of an image's `HEALTHCHECK` has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HealthFailure {
    /// Its command has ended.
    Exit {
        /// The exit code.
        exit_code: i64,
        /// The beginning of its output.
        output: String,
    },
    /// Its command has not ended.
    TimedOut {
        /// After this time.
        after: Duration,
    },
    /// The engine has not run it.
    NotRun {
        /// Why.
        error: String,
    },
}
