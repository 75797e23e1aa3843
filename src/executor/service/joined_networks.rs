//! Networks that the container of this process joins so that services can be dialled from it.

use super::readiness::DialOrigin;
use crate::engine::Engine;
use crate::engine::container::create::EndpointSettings;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::error_chain::chain;
use crate::executor::cleanup::ledger::Object;
use crate::executor::job_context::JobContext;
use crate::executor::notice::Notice;
use crate::executor::outcome::Failure;
use crate::plan::job_plan::{JobNetwork, VolumeSource};
use crate::probe::mode::ProbeMode;

/// Network modes that a container cannot be connected to.
const NOT_JOINABLE: [&str; 2] = ["host", "none"];

/// The container that this process runs in.
struct OwnContainer {
    name: Name,
    networks: Vec<String>,
}

/// The networks joined for the health checks of a job, and the probe mode that follows from them.
pub struct JoinedNetworks {
    mode: ProbeMode,
    joined: Vec<Object>,
}

impl JoinedNetworks {
    /// Joins the services' networks if this process runs in a container that is not in them. The ledger has the
    /// memberships until [`JoinedNetworks::leave`].
    ///
    /// # Errors
    /// The engine cannot inspect the container of this process. If it rejects a membership, services are probed from
    /// containers instead.
    pub async fn join(context: &JobContext, networks: Vec<String>) -> Result<Self, Failure> {
        let mut mode = context.probe.mode;
        let mut joined = Vec::new();
        if !matches!(mode, ProbeMode::Auto | ProbeMode::Direct) {
            return Ok(Self { mode, joined });
        }
        let Some(own) = own_container(&context.engine, &context.probe.own_container_ids).await? else {
            return Ok(Self { mode, joined });
        };
        warn_of_host_volumes(context).await;
        let reaches_all = own.networks.iter().any(|network| network == "host");
        if reaches_all {
            return Ok(Self { mode, joined });
        }
        // Services on the network of the host or of another container have no address that this process could dial.
        let mut are_reachable = !matches!(context.plan.network, JobNetwork::Mode(_));
        for network in networks.iter().filter(|network| !own.networks.contains(network)) {
            if NOT_JOINABLE.contains(&&**network) {
                are_reachable = false;
                continue;
            }
            match join_network(context, &own.name, network).await {
                Ok(object) => joined.push(object),
                Err(error) => {
                    are_reachable = false;
                    context.events.notice(Notice::NetworkNotJoined { error: chain(&error) });
                }
            }
        }
        if !are_reachable && mode == ProbeMode::Auto {
            mode = ProbeMode::Inside;
        }
        Ok(Self { mode, joined })
    }

    /// How to probe services now that the networks are joined.
    pub fn mode(&self) -> ProbeMode {
        self.mode
    }

    /// From where services are dialled, as long as this process dials them.
    pub fn origin(&self) -> DialOrigin {
        let networks = self.joined.iter().filter_map(|object| match object {
            Object::Membership { network, .. } => Some(network.to_string()),
            _ => None,
        });
        match networks.collect::<Vec<_>>() {
            networks if networks.is_empty() => DialOrigin::Process,
            networks => DialOrigin::JoinedNetworks(networks),
        }
    }

    /// Leaves the networks.
    ///
    /// # Errors
    /// The engine rejects it; the teardown tries again.
    pub async fn leave(self, context: &JobContext) -> Result<(), Failure> {
        for object in &self.joined {
            context.ledger.remove(&context.engine, object).await?;
        }
        Ok(())
    }
}

async fn own_container(engine: &Engine, candidates: &[String]) -> Result<Option<OwnContainer>, EngineError> {
    for id in candidates {
        match engine.container_inspect(&Name::new(id)).await {
            Ok(container) if container.id.starts_with(&**id) => {
                let networks = container.network_settings.networks.unwrap_or_default();
                return Ok(Some(OwnContainer {
                    name: Name::new(&container.id),
                    networks: networks.into_keys().collect(),
                }));
            }
            Ok(_) => {}
            // The container runs on another engine than the job.
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

async fn join_network(context: &JobContext, own: &Name, network: &str) -> Result<Object, EngineError> {
    let object = Object::Membership { network: Name::new(network), container: own.clone() };
    let (network, settings) = (Name::new(network), EndpointSettings::default());
    let connect = context.engine.network_connect(&network, own, &settings);
    context.ledger.create(object.clone(), connect).await?;
    Ok(object)
}

async fn warn_of_host_volumes(context: &JobContext) {
    for volume in &context.plan.volumes {
        if let VolumeSource::Configured { source, .. } = &volume.source
            && source.starts_with('/')
        {
            let (source, destination) = (source.clone(), volume.destination.clone());
            context.events.notice(Notice::HostDirectoryMounted { source, destination });
        }
    }
}
