//! What the options say about every job of a run.

use std::sync::Arc;

use crate::cli::options::AfterJob;
use crate::cli::run::probe_settings::probe_settings;
use crate::credentials::memory::Helpers;
use crate::engine::Engine;
use crate::executor::create::names::Names;
use crate::executor::create::script::Echo;
use crate::executor::event_channel::EventSender;
use crate::executor::image::shared_pulls::SharedPulls;
use crate::executor::run_context::{ProbeSettings, RunContext};
use crate::executor::service::settings::ServiceSettings;
use crate::executor::shutdown::Shutdown;
use crate::executor::terminal_turn::TerminalTurns;
use crate::plan::job_plan::JobPlan;
use crate::probe::mode::ProbeMode;

/// The settings that the jobs of a run share.
pub struct ContextSettings {
    echo: Echo,
    probe: ProbeSettings,
    services: ServiceSettings,
    names: fn(&JobPlan) -> Names,
}

impl ContextSettings {
    /// What these options say.
    pub fn new(echo: Echo, probe: ProbeMode, services: ServiceSettings, after_job: AfterJob) -> Self {
        Self { echo, probe: probe_settings(probe), services, names: after_job.names() }
    }

    /// The context of a run that begins, without a store.
    pub fn context(self, engine: Engine, events: EventSender, shutdown: Shutdown) -> RunContext {
        let Self { echo, probe, services, names } = self;
        RunContext {
            engine,
            events,
            shutdown,
            echo,
            helpers: Arc::new(Helpers::new(None)),
            pulls: SharedPulls::new(),
            probe,
            services,
            terminals: TerminalTurns::default(),
            store: None,
            names,
        }
    }
}
