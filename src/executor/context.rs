//! What every step of a job works with.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::event::Events;
use super::image::Images;
use super::ledger::Ledger;
use super::names::{Kind, Names};
use super::script::Echo;
use super::shutdown::Shutdown;
use crate::engine::Engine;
use crate::engine::container::create::{
    EndpointSettings, HostConfig, LogConfig, Mount, NetworkingConfig, VolumeOptions,
};
use crate::plan::job_plan::{JobNetwork, JobPlan};

/// A log that can be read again, whatever driver the engine prefers.
pub const JSON_LOG: LogConfig = LogConfig { driver: "json-file" };

/// No log: the output goes to us alone, and a job that prints 10 GB does not fill the engine's disk.
pub const NO_LOG: LogConfig = LogConfig { driver: "none" };

/// The surroundings of one job. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Context {
    /// The job.
    pub plan: Arc<JobPlan>,
    /// The engine.
    pub engine: Engine,
    /// Where events go.
    pub events: Events,
    /// Whether to stop.
    pub shutdown: Shutdown,
    /// Names of what is made.
    pub names: Arc<Names>,
    /// What has been made.
    pub ledger: Ledger,
    /// Images that are there.
    pub images: Images,
    /// How commands are echoed.
    pub echo: Echo,
}

impl Context {
    /// Settings that the job's container and its services share: network, log, and the volume at `/builds`.
    pub fn host_config(&self, extra_hosts: Vec<String>, log_config: LogConfig) -> HostConfig {
        let volume = Mount {
            kind: "volume",
            source: self.names.builds_volume().to_string(),
            target: self.plan.builds_dir.clone(),
            volume_options: VolumeOptions { labels: self.names.labels(Kind::Cache) },
        };
        let network_mode = match self.plan.network {
            JobNetwork::DefaultBridge => None,
            JobNetwork::PerJob => Some(self.names.network().to_string()),
        };
        HostConfig { network_mode, extra_hosts, mounts: vec![volume], log_config }
    }

    /// A container's names on the job's own network, if it has one.
    pub fn endpoint(&self, aliases: Vec<String>) -> Option<NetworkingConfig> {
        let settings = EndpointSettings { aliases };
        match self.plan.network {
            JobNetwork::DefaultBridge => None,
            JobNetwork::PerJob => Some(NetworkingConfig {
                endpoints_config: BTreeMap::from([(self.names.network().to_string(), settings)]),
            }),
        }
    }
}
