//! The networks of the services that this process joins in order to dial them, if it runs in a container itself.

use crate::engine::Engine;
use crate::engine::container::create::EndpointSettings;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::error_chain::chain;
use crate::executor::cleanup::ledger::Object;
use crate::executor::context::Context;
use crate::executor::notice::Notice;
use crate::executor::outcome::Failure;
use crate::plan::job_plan::{JobNetwork, VolumeSource};
use crate::probe::mode::ProbeMode;

/// Networks that are none: nothing can join them.
const NOT_JOINED: [&str; 2] = ["host", "none"];

/// The container that this process runs in.
struct Own {
    name: Name,
    networks: Vec<String>,
}

/// Whether this process can dial, and which networks it has joined for that.
pub struct Place {
    mode: ProbeMode,
    joined: Vec<Object>,
}

impl Place {
    /// Joins the networks of the services, where this process runs in a container that is not in them. What was joined is
    /// in the ledger until [`Place::leave`].
    ///
    /// # Errors
    /// The engine fails. A network that cannot be joined is no error: services are probed from inside then.
    pub async fn take(context: &Context, networks: Vec<String>) -> Result<Self, Failure> {
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
        // What listens at the host's or another container's own address is not to be dialled from here.
        let mut is_reached = !matches!(context.plan.network, JobNetwork::Mode(_));
        for network in networks.iter().filter(|network| !own.networks.contains(network)) {
            if NOT_JOINED.contains(&&**network) {
                is_reached = false;
                continue;
            }
            match join(context, &own.name, network).await {
                Ok(object) => joined.push(object),
                Err(error) => {
                    is_reached = false;
                    context.events.notice(Notice::NetworkNotJoined { error: chain(&error) }).await;
                }
            }
        }
        if !is_reached && mode == ProbeMode::Auto {
            mode = ProbeMode::Inside;
        }
        Ok(Self { mode, joined })
    }

    /// How to probe from here.
    pub fn mode(&self) -> ProbeMode {
        self.mode
    }

    /// Leaves the networks that were joined.
    ///
    /// # Errors
    /// The engine refuses; the ledger tries again at the end.
    pub async fn leave(self, context: &Context) -> Result<(), Failure> {
        for object in &self.joined {
            context.ledger.remove(&context.engine, object).await?;
        }
        Ok(())
    }
}

async fn own_container(engine: &Engine, candidates: &[String]) -> Result<Option<Own>, EngineError> {
    for id in candidates {
        match engine.container_inspect(&Name::new(id)).await {
            Ok(container) if container.id.starts_with(&**id) => {
                let networks = container.network_settings.networks.unwrap_or_default();
                return Ok(Some(Own {
                    name: Name::new(&container.id),
                    networks: networks.into_keys().collect(),
                }));
            }
            Ok(_) => {}
            // Of another engine than the one that runs the job.
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

async fn join(context: &Context, own: &Name, network: &str) -> Result<Object, EngineError> {
    let object = Object::Membership { network: Name::new(network), container: own.clone() };
    let (network, settings) = (Name::new(network), EndpointSettings::default());
    let connect = context.engine.network_connect(&network, own, &settings);
    context.ledger.create(object.clone(), connect).await?;
    Ok(object)
}

async fn warn_of_host_volumes(context: &Context) {
    for volume in &context.plan.volumes {
        if let VolumeSource::Given { source, .. } = &volume.source
            && source.starts_with('/')
        {
            let (source, destination) = (source.clone(), volume.destination.clone());
            context.events.notice(Notice::HostDirectoryMounted { source, destination }).await;
        }
    }
}
