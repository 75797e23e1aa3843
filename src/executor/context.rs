//! What every step of a job works with.

use std::sync::Arc;

use super::cleanup::ledger::{Ledger, Object};
use super::create::containers::{Containers, NewContainer};
use super::create::names::Names;
use super::create::script::Echo;
use super::event_channel::EventSender;
use super::image::by_policy::JobImages;
use super::outcome::Failure;
use super::run_context::ProbeSettings;
use super::shutdown::Shutdown;
use crate::engine::Engine;
use crate::plan::job_plan::JobPlan;

/// The surroundings of one job. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Context {
    /// The job.
    pub plan: Arc<JobPlan>,
    /// The engine.
    pub engine: Engine,
    /// Where events go.
    pub events: EventSender,
    /// Whether to stop.
    pub shutdown: Shutdown,
    /// Names of what is made.
    pub names: Arc<Names>,
    /// What has been made.
    pub ledger: Ledger,
    /// Images that are there.
    pub images: JobImages,
    /// How commands are echoed.
    pub echo: Echo,
    /// How services are probed.
    pub probe: ProbeSettings,
}

impl Context {
    /// The containers to create.
    pub fn containers(&self) -> Containers<'_> {
        Containers { plan: &self.plan, names: &self.names }
    }

    /// Creates a container, written down first.
    pub async fn create(&self, container: &NewContainer) -> Result<(), Failure> {
        let NewContainer { name, platform, config } = container;
        let create = self.engine.container_create(name, platform.as_deref(), config);
        self.ledger.create(Object::Container(name.clone()), create).await?;
        Ok(())
    }
}
