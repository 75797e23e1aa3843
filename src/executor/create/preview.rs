//! The create calls of a run, for `show --container`; nothing is sent to an engine.
//!
//! Invariant: all settings come from [`Containers`], as in a run. Values that only an engine knows are placeholders in
//! `<>`, such as the addresses of services; images have their names in place of ids.

use std::time::Duration;

use serde::Serialize;

use super::containers::{Containers, NewContainer};
use super::delivery::{Delivery, without_project_volume};
use super::names::Names;
use super::service_hosts::extra_hosts;
use crate::engine::container::create::ContainerConfig;
use crate::engine::name::Name;
use crate::engine::network::create::NetworkConfig;
use crate::executor::collect::{CollectorUse, collector_use};
use crate::plan::job_plan::{ImagePlan, JobPlan, ServicePlan};
use crate::probe::ports;

/// Placeholder for the random number in names.
const RUN_NUMBER: u64 = 0;

/// The objects of a run, in the order of their creation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preview {
    job: String,
    /// The network of the job; `None` if it uses an existing one.
    network: Option<NetworkConfig>,
    /// Services, the container for the sources, that of a hook, the build container, and the one that selects files.
    containers: Vec<ContainerPreview>,
}

/// One create call, with the decisions that are not part of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct ContainerPreview {
    /// `service`, `predefined` (for the sources, unless the job's container can unpack them), `hook`, `build` or `collect`
    /// (for the files of artifacts and caches).
    kind: &'static str,
    /// When the container is created; without it, always.
    #[serde(skip_serializing_if = "Option::is_none")]
    only_if: Option<&'static str>,
    name: Name,
    image: String,
    platform: Option<String>,
    pull_policies: Vec<&'static str>,
    /// Host names by which the job reaches a service.
    aliases: Vec<String>,
    /// The health check of a service.
    probe: Option<ProbePreview>,
    /// The body of the create call.
    create: ContainerConfig,
}

/// The health check of a service.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct ProbePreview {
    /// The TCP ports to dial; `None` for those that the image exposes.
    ports: Option<Vec<u16>>,
    /// How long to wait for the first open port.
    timeout_seconds: u64,
}

/// Returns the create calls for a job.
pub fn preview(plan: &JobPlan) -> Preview {
    let alone = without_project_volume(plan, Delivery::of_plan(plan));
    let plan = alone.as_ref().unwrap_or(plan);
    let names = Names::of_run(plan, RUN_NUMBER);
    let containers = Containers { plan, names: &names };
    let services = plan.services.iter().map(|service| {
        let created = containers.service(service, service.image.reference.clone());
        let probe = plan.services_timeout.map(|limit| probe(service, limit));
        container("service", created, &service.image, service.aliases.clone(), probe)
    });
    let of_job = plan.image.reference.clone();
    let delivery = Delivery::of_plan(plan);
    let predefined = (delivery == Delivery::Upload)
        .then(|| container("predefined", containers.predefined(of_job.clone()), &plan.image, vec![], None));
    let hook = (!plan.pre_get_sources.is_empty()).then(|| {
        let hook = containers.hook(of_job.clone(), hosts(plan, &names));
        container("hook", hook, &plan.image, Vec::new(), None)
    });
    let build = containers.build(of_job.clone(), hosts(plan, &names), delivery);
    let build = container("build", build, &plan.image, Vec::new(), None);
    let collector = collector_condition(plan).map(|only_if| {
        let created = containers.collector(of_job.clone());
        let collector = container("collect", created, &plan.image, Vec::new(), None);
        ContainerPreview { only_if: Some(only_if), ..collector }
    });
    Preview {
        job: plan.name.clone(),
        network: containers.network(),
        containers: services.chain(predefined).chain(hook).chain([build]).chain(collector).collect(),
    }
}

/// When the container for the files of artifacts and caches is created; `None` if the job keeps none.
fn collector_condition(plan: &JobPlan) -> Option<&'static str> {
    match collector_use(plan) {
        CollectorUse::Never => None,
        CollectorUse::IfNotCopied => Some(
            "the engine does not copy the named paths: it is Podman, or a path is a link, or the files are too large",
        ),
        CollectorUse::Always => Some("runner-lite is a static binary for the engine's architecture"),
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
        only_if: None,
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
    let asked = ports::select_ports(environment.iter().map(String::as_str), std::iter::empty());
    ProbePreview { ports: asked.ok().filter(|ports| !ports.is_empty()), timeout_seconds: limit.as_secs() }
}
