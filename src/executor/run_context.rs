//! What the jobs of a run share.

use std::sync::Arc;

use super::create::script::Echo;
use super::event::Events;
use super::service::prober::Prober;
use super::shutdown::Shutdown;
use crate::credentials::memory::Helpers;
use crate::engine::Engine;

/// What jobs are run with. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct RunContext {
    /// The engine.
    pub engine: Engine,
    /// Where events go.
    pub events: Events,
    /// Whether to stop.
    pub shutdown: Shutdown,
    /// How commands are echoed.
    pub echo: Echo,
    /// Credential helpers, and what they have answered.
    pub helpers: Arc<Helpers>,
    /// How services are probed.
    pub prober: Prober,
}
