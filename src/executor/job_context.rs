//! What the steps of one attempt at a job share.

use std::sync::Arc;

use super::cleanup::ledger::Ledger;
use super::create::containers::{Containers, NewContainer};
use super::create::names::Names;
use super::create::script::Echo;
use super::event_channel::EventSender;
use super::image::job_images::JobImages;
use super::job_deadline::JobDeadline;
use super::outcome::Failure;
use super::run_context::ProbeSettings;
use super::run_store::JobStore;
use super::service::log_stream::ServiceLogs;
use super::service::settings::ServiceSettings;
use super::shutdown::Shutdown;
use super::terminal_turn::TerminalTurns;
use crate::engine::Engine;
use crate::plan::job_plan::JobPlan;

/// The plan of a job, the objects created for it so far, and the connections to engine, listener and user. Clones are
/// cheap and share everything.
#[derive(Clone)]
pub struct JobContext {
    pub plan: Arc<JobPlan>,
    pub engine: Engine,
    pub events: EventSender,
    pub shutdown: Shutdown,
    pub names: Arc<Names>,
    pub ledger: Ledger,
    pub images: JobImages,
    pub echo: Echo,
    pub probe: ProbeSettings,
    pub services: ServiceSettings,
    pub service_logs: ServiceLogs,
    pub terminals: TerminalTurns,
    /// Where files go that outlive the job; `None` if there is no store.
    pub store: Option<Arc<JobStore>>,
    pub deadline: JobDeadline,
}

impl JobContext {
    /// The create calls of the job's containers.
    pub fn containers(&self) -> Containers<'_> {
        Containers { plan: &self.plan, names: &self.names }
    }

    /// Creates a container that the ledger knows of.
    pub async fn create(&self, container: &NewContainer) -> Result<(), Failure> {
        let NewContainer { name, platform, config } = container;
        let create = self.engine.container_create(name, platform.as_deref(), config);
        self.ledger.create_container(name, create).await?;
        Ok(())
    }
}
