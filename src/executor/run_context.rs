//! What the jobs of a run share.

use std::sync::Arc;

use super::create::script::Echo;
use super::event_channel::EventSender;
use super::image::shared_pulls::SharedPulls;
use super::shutdown::Shutdown;
use crate::credentials::memory::Helpers;
use crate::engine::Engine;
use crate::probe::mode::ProbeMode;

/// What jobs are run with. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct RunContext {
    /// The engine.
    pub engine: Engine,
    /// Where events go.
    pub events: EventSender,
    /// Whether to stop.
    pub shutdown: Shutdown,
    /// How commands are echoed.
    pub echo: Echo,
    /// Credential helpers, and what they have answered.
    pub helpers: Arc<Helpers>,
    /// Images that jobs of the run have pulled.
    pub pulls: SharedPulls,
    /// How services are probed.
    pub probe: ProbeSettings,
}

/// How this run checks whether its services accept connections. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct ProbeSettings {
    /// `--probe`.
    pub mode: ProbeMode,
    /// Ids that the container of this process may have, if it runs in one.
    pub own_container_ids: Arc<[String]>,
}
