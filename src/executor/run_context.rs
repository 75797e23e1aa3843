//! What the jobs of a run share.

use std::path::PathBuf;
use std::sync::Arc;

use super::create::names::Names;
use super::create::script::Echo;
use super::event_channel::EventSender;
use super::image::shared_pulls::SharedPulls;
use super::run_store::RunStore;
use super::service::settings::ServiceSettings;
use super::shutdown::Shutdown;
use super::terminal_turn::TerminalTurns;
use crate::credentials::memory::Helpers;
use crate::engine::Engine;
use crate::linux::process::EXECUTABLE;
use crate::plan::job_plan::JobPlan;
use crate::probe::mode::ProbeMode;

/// The engine, settings and shared state of a run. Clones are cheap and share everything; the context of each job has
/// an `events` of its own.
#[derive(Clone)]
pub struct RunContext {
    pub engine: Engine,
    pub events: EventSender,
    pub shutdown: Shutdown,
    pub echo: Echo,
    /// Credential helpers and their answers so far.
    pub helpers: Arc<Helpers>,
    pub pulls: SharedPulls,
    pub probe: ProbeSettings,
    /// What else is done about services.
    pub services: ServiceSettings,
    /// Which of the run's jobs has the user's terminal.
    pub terminals: TerminalTurns,
    /// Where files go that outlive the run; `None` if there is no store.
    pub store: Option<RunStore>,
    /// Names the objects of an attempt at a job: [`Names::new`], or fixed names when a job is recorded and replayed.
    pub names: fn(&JobPlan) -> Names,
}

/// How a run checks whether services accept connections.
#[derive(Debug, Clone)]
pub struct ProbeSettings {
    /// `--probe`.
    pub mode: ProbeMode,
    /// Possible ids of the container that this process runs in; empty outside of containers.
    pub own_container_ids: Arc<[String]>,
    /// The program that probes services from a container; a copy of this one.
    pub program: PathBuf,
}

impl Default for ProbeSettings {
    fn default() -> Self {
        Self { mode: ProbeMode::default(), own_container_ids: Arc::default(), program: EXECUTABLE.into() }
    }
}
