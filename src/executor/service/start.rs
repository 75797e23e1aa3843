//! Creation and start of services, all at the same time.

use std::future::ready;
use std::net::{IpAddr, Ipv4Addr};

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::image_health::HealthCommand;
use super::sockets::ServiceProcess;
use super::watch::PendingExit;
use crate::engine::container::inspect::{Container, ContainerState};
use crate::engine::container::wait::{Exit, Wait, WaitCondition};
use crate::executor::create::service_hosts::extra_hosts;
use crate::executor::job_context::JobContext;
use crate::executor::notice::{Notice, ServiceLabel};
use crate::executor::outcome::Failure;
use crate::plan::job_plan::{JobNetwork, ServicePlan};
use crate::plan::service_name::ServiceName;
use crate::probe::ports;

/// The length of the host name that a container gets from its id.
const SHORT_ID_CHARS: usize = 12;

/// A service whose container has been started.
pub struct StartedService {
    pub(super) label: ServiceLabel,
    pub(super) started: Instant,
    pub(super) process: ServiceProcess,
    pub(super) short_id: String,
    pub(super) aliases: Vec<String>,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) networks: Vec<String>,
    pub(super) ports: Vec<u16>,
    /// The ports of UDP that its image declares.
    pub(super) udp_ports: Vec<u16>,
    /// The `HEALTHCHECK` of its image.
    pub(super) health: Option<HealthCommand>,
    /// The limit of its memory in bytes.
    pub(super) memory: Option<i64>,
    pub(super) exit: PendingExit,
}

/// Starts all services of the job.
pub async fn start_all(context: &JobContext) -> Result<Vec<StartedService>, Failure> {
    let mut starts = JoinSet::new();
    for (position, service) in context.plan.services.iter().cloned().enumerate() {
        let context = context.clone();
        starts.spawn(async move { (position, start(&context, position, &service).await) });
    }
    let mut started = Vec::new();
    while let Some(ended) = starts.join_next().await {
        let (position, result) =
            ended.map_err(|error| Failure::ServiceTask { step: "start one", detail: error.to_string() })?;
        started.push((position, result?));
    }
    started.sort_by_key(|(position, _)| *position);
    Ok(started.into_iter().map(|(_, service)| service).collect())
}

async fn start(
    context: &JobContext,
    position: usize,
    service: &ServicePlan,
) -> Result<StartedService, Failure> {
    let engine = &context.engine;
    context.events.notice(Notice::ServiceStarting { image: service.image.reference.clone() });
    let image = context.images.ensure(&service.image).await?;
    let container = context.containers().service(service, image.id);
    context.create(&container).await?;
    let name = container.name;
    let wait = engine.container_wait(&name, WaitCondition::NextExit).await?;
    let started = Instant::now();
    engine.container_start(&name).await?;
    context.service_logs.follow((position, service), &name, engine, &context.events);
    let container = engine.container_inspect(&name).await?;
    let ports =
        ports_of(&container).map_err(|source| Failure::Ports { service: name.to_string(), source })?;
    let udp_ports = ports::udp_ports(exposed_ports(&container));
    Ok(StartedService {
        label: label(service),
        started,
        short_id: container.id.chars().take(SHORT_ID_CHARS).collect(),
        aliases: service.aliases.clone(),
        addresses: addresses_of(&container, &context.plan.network),
        networks: container.network_settings.networks.unwrap_or_default().into_keys().collect(),
        process: ServiceProcess { name, container_id: container.id, number: container.state.pid },
        ports,
        udp_ports,
        health: HealthCommand::of(&container.config),
        memory: service.settings.memory,
        exit: exit_of(&container.state, wait),
    })
}

/// The exit of a container that has been started. Podman's wait never ends for one that has exited within its first quarter
/// of a second (podman#28537), so that a state from after the start counts as well.
fn exit_of(state: &ContainerState, wait: Wait) -> PendingExit {
    match state.running {
        true => Box::pin(wait.exit()),
        false => Box::pin(ready(Ok(Exit { status_code: state.exit_code, error: None }))),
    }
}

fn ports_of(container: &Container) -> Result<Vec<u16>, ports::PortsError> {
    let environment = container.config.env.iter().flatten().map(String::as_str);
    ports::select_ports(environment, exposed_ports(container))
}

fn exposed_ports(container: &Container) -> impl Iterator<Item = &str> {
    container.config.exposed_ports.iter().flat_map(|ports| ports.keys().map(String::as_str))
}

fn addresses_of(container: &Container, network: &JobNetwork) -> Vec<IpAddr> {
    if matches!(network, JobNetwork::Mode(mode) if mode == "host") {
        return vec![IpAddr::from(Ipv4Addr::LOCALHOST)];
    }
    let networks = container.network_settings.networks.iter().flat_map(|networks| networks.values());
    networks
        .flat_map(|endpoint| [&endpoint.ip_address, &endpoint.global_ipv6_address])
        .filter_map(|address| address.parse().ok())
        .collect()
}

/// The service's image, and the host names that are not derived from it.
fn label(service: &ServicePlan) -> ServiceLabel {
    let image = service.image.reference.clone();
    let derived = ServiceName::split(&image).host_names;
    let aliases = service.aliases.iter().filter(|alias| !derived.contains(alias)).cloned().collect();
    ServiceLabel { image, aliases }
}

impl StartedService {
    /// The service's host names for the job's container: its aliases and the short id of its container.
    pub fn extra_hosts(&self) -> Vec<String> {
        extra_hosts(self.aliases.iter().chain([&self.short_id]), &self.addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error_chain::chain;
    use crate::executor::event_channel::channel;
    use crate::executor::testing::{engine_deciding, image, job_context, json_answer, plan, run_context};
    use crate::plan::job_plan::{ContainerSettings, JobPlan};
    use crate::registry::pull_policy::PullPolicy;

    fn service(name: &str, index: usize) -> ServicePlan {
        let mut image = image(name);
        image.pull_policies = vec![PullPolicy::IfNotPresent];
        ServicePlan {
            image,
            name: name.to_owned(),
            version: "latest".to_owned(),
            index,
            aliases: Vec::new(),
            network_aliases: Vec::new(),
            command: None,
            variables: Vec::new(),
            settings: ContainerSettings::default(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_whose_task_dies_fails_the_job_and_is_not_forgotten() {
        let panicking: crate::engine::CallObserver = std::sync::Arc::new(|call| {
            assert!(!call.target.contains("bad"), "a defect");
        });
        let (engine, _serving) =
            engine_deciding(Some(panicking), async |_| json_answer(r#"{"Id":"sha256:0"}"#)).await;
        let plan = JobPlan { services: vec![service("bad", 0)], ..plan() };
        let (events, _receiver) = channel();
        let (run, _signals) = run_context(engine, events);
        let failure = start_all(&job_context(plan, run)).await.err().unwrap();
        let text = chain(&failure);
        assert!(text.starts_with("cannot start one of the services: "), "{text}");
        assert!(text.ends_with("a defect\""), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_exit_before_the_first_look_counts_even_if_the_engines_wait_misses_it() {
        const EXITED: &str = r#"{"Id": "0123456789ab", "State": {"Status": "exited", "Running": false, "ExitCode": 3},
            "Config": {}, "NetworkSettings": {}}"#;
        let answer = |line: String| match line {
            line if line.contains("/wait") => {
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned()
            }
            line if line.starts_with("GET") && line.contains("/containers/") => json_answer(EXITED),
            line if line.ends_with("/start") => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
            _ => json_answer(r#"{"Id": "sha256:0"}"#),
        };
        let (engine, _serving) = engine_deciding(None, move |line| std::future::ready(answer(line))).await;
        let plan = JobPlan { services: vec![service("short", 0)], ..plan() };
        let (events, _receiver) = channel();
        let (run, _signals) = run_context(engine, events);
        let mut started =
            start_all(&job_context(plan, run)).await.map_err(|failure| chain(&failure)).unwrap();
        let exit = started.remove(0).exit.await.unwrap();
        assert_eq!(exit.status_code, 3);
    }
}
