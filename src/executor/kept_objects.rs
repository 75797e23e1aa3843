//! What stays of a job on the engine with `--keep`.

#![warn(missing_docs)]

use super::cleanup::ledger::Object;
use crate::engine::name::Name;

/// The objects of one attempt at a job that stay on the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptObjects {
    /// The host of the engine, as `docker -H` and `--host` take it; `None` for the default socket.
    pub host: Option<String>,
    /// How the names of all of them begin.
    pub run: String,
    /// The job's container, which has ended; `None` if the job has not come so far.
    pub build: Option<Name>,
    /// The project directory in it.
    pub project_dir: String,
    /// The containers of the services, which run on.
    pub services: Vec<Name>,
    /// All of them, with networks and volumes.
    pub objects: Vec<Object>,
}
