//! What a run would ask the engine for, without asking: what `show --container` prints.
//!
//! Invariant: the create calls' settings are those of [`Containers`], as in a run. What only the engine knows has a
//! placeholder in `<>`: an image is named and not yet an id, and services have no addresses.

use std::time::Duration;

use serde::Serialize;

use super::containers::{Containers, NewContainer};
use super::names::Names;
use super::service_hosts::extra_hosts;
use crate::engine::container::create::ContainerConfig;
use crate::engine::name::Name;
use crate::engine::network::create::NetworkConfig;
use crate::plan::job_plan::{ImagePlan, JobPlan, ServicePlan};
use crate::probe::ports;

/// The number in the names of a run that is none.
const NO_RUN: u64 = 0;

/// The objects of a run in the order in which they are made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preview {
    /// The job's name.
    job: String,
    /// The settings of the job's own network; `None` for the engine's default one.
    network: Option<NetworkConfig>,
    /// Services, the container for the sources, that of a hook, and the job's.
    containers: Vec<ContainerPreview>,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct ContainerPreview {
    /// `service`, `predefined` for the sources, `hook`, or `build`.
    kind: &'static str,
    name: Name,
    image: String,
    platform: Option<String>,
    pull_policies: Vec<&'static str>,
    /// Host names under which the job finds it.
    aliases: Vec<String>,
    /// How it is found out whether it is up; of services that are waited for.
    probe: Option<ProbePreview>,
    /// The body of the create call.
    create: ContainerConfig,
}

/// A health check.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct ProbePreview {
    /// The TCP ports that are dialled; `None` for those that the image exposes.
    ports: Option<Vec<u16>>,
    /// How long one of them may take to open.
    timeout_seconds: u64,
}

/// Decides what would be made for a job.
pub fn preview(plan: &JobPlan) -> Preview {
    let names = Names::of_run(plan, NO_RUN);
    let containers = Containers { plan, names: &names };
    let services = plan.services.iter().map(|service| {
        let created = containers.service(service, service.image.reference.clone());
        let probe = plan.services_timeout.map(|limit| probe(service, limit));
        container("service", created, &service.image, service.aliases.clone(), probe)
    });
    let of_job = plan.image.reference.clone();
    let predefined =
        container("predefined", containers.predefined(of_job.clone()), &plan.image, vec![], None);
    let hook = (!plan.pre_get_sources.is_empty()).then(|| {
        let hook = containers.hook(of_job.clone(), hosts(plan, &names));
        container("hook", hook, &plan.image, Vec::new(), None)
    });
    let build = containers.build(of_job.clone(), hosts(plan, &names));
    let build = container("build", build, &plan.image, Vec::new(), None);
    Preview {
        job: plan.name.clone(),
        network: containers.network(),
        containers: services.chain([predefined]).chain(hook).chain([build]).collect(),
    }
}

fn container(
    kind: &'static str,
    created: NewContainer,
    image: &ImagePlan,
    aliases: Vec<String>,
    probe: Option<ProbePreview>,
) -> ContainerPreview {
    let NewContainer { name, platform, config } = created;
    let pull_policies = image.pull_policies.iter().map(|policy| policy.name()).collect();
    ContainerPreview {
        kind,
        name,
        image: image.reference.clone(),
        platform,
        pull_policies,
        aliases,
        probe,
        create: config,
    }
}

/// The host names of the services, with a placeholder for each address.
fn hosts(plan: &JobPlan, names: &Names) -> Vec<String> {
    let of_service = |service: &ServicePlan| {
        extra_hosts(&service.aliases, &[format!("<address of {}>", names.service(service))])
    };
    plan.services.iter().flat_map(of_service).collect()
}

fn probe(service: &ServicePlan, limit: Duration) -> ProbePreview {
    let environment: Vec<String> =
        service.variables.iter().map(|variable| format!("{}={}", variable.key, variable.value)).collect();
    let asked = ports::choose(environment.iter().map(String::as_str), std::iter::empty());
    ProbePreview { ports: asked.ok().filter(|ports| !ports.is_empty()), timeout_seconds: limit.as_secs() }
}
