//! Health checks of services: whether they accept connections. All are checked at the same time.

use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use super::container_log::read_log;
use super::joined_networks::JoinedNetworks;
use super::service_check::{CheckedTarget, DialPlace, ServiceCheck};
use super::settings::Readiness;
use super::start::StartedService;
use super::watch::{EndedService, RunningService, ServiceWatch};
use crate::engine::Engine;
use crate::engine::container::logs::{Follow, LogOptions, Timestamps};
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::executor::event::{EventKind, ServiceProblem, ServiceWarning};
use crate::executor::job_context::JobContext;
use crate::executor::notice::{Activity, Notice};
use crate::executor::outcome::Failure;
use crate::probe::Target;
use crate::probe::mode::ProbeMode;

/// How much of a service's log goes into a warning, as in GitLab Runner.
const LOG_BYTES_MAX: usize = 64 * 1024;

/// How many lines, counted from the end of the log.
const LOG_LINES_MAX: u32 = 200;

/// What a check has found.
struct CheckedService {
    /// Why the service is not up, or is not known to be.
    warning: Option<ServiceWarning>,
    state: ServiceState,
}

/// Whether a service has ended while it was checked.
enum ServiceState {
    Runs(RunningService),
    HasEnded(EndedService),
}

/// Waits until every service has opened a port. Warns of services that do not in time; only an error of the engine
/// fails the job. Returns the watch of the services, which begins for each when its check ends.
pub async fn wait_for_all(
    context: &JobContext,
    services: Vec<StartedService>,
) -> Result<ServiceWatch, Failure> {
    let mut watch = ServiceWatch::new(context);
    let limit = context.plan.services_timeout.filter(|_| !services.is_empty());
    let (services, unchecked) =
        services.into_iter().partition(|service| limit.is_some() && is_checked(context, service));
    tell_unchecked(context, unchecked, &mut watch);
    match limit {
        Some(limit) if !services.is_empty() => check_all(context, services, limit, watch).await,
        _ => Ok(watch),
    }
}

/// Whether the service is dialled, or its image has a check that the user wants to wait for.
fn is_checked(context: &JobContext, service: &StartedService) -> bool {
    let waits_for_health = context.services.readiness == Readiness::HealthCheck && service.health.is_some();
    context.probe.mode != ProbeMode::Off || waits_for_health
}

/// Begins the watch of services that nothing checks.
fn tell_unchecked(context: &JobContext, services: Vec<StartedService>, watch: &mut ServiceWatch) {
    for StartedService { label, process, memory, exit, .. } in services {
        context.events.notice(Notice::ServiceUnchecked { service: label.clone() });
        watch.add(RunningService { label, name: process.name, memory, exit });
    }
}

/// Checks services at the same time, each for at most `limit`, and adds them to `watch`.
async fn check_all(
    context: &JobContext,
    services: Vec<StartedService>,
    limit: Duration,
    mut watch: ServiceWatch,
) -> Result<ServiceWatch, Failure> {
    context.events.notice(Notice::ServicesAwaited { timeout: limit });
    context.events.send(EventKind::Activity(Activity::ServiceChecks));
    let mut networks: Vec<_> = services.iter().flat_map(|service| service.networks.clone()).collect();
    networks.sort();
    networks.dedup();
    let joined = JoinedNetworks::join(context, networks).await?;
    let mut checks = JoinSet::new();
    for service in services {
        let (context, place) = (context.clone(), DialPlace { mode: joined.mode(), origin: joined.origin() });
        checks.spawn(async move { check(&context, service, place, limit).await });
    }
    let mut result = Ok(());
    while let Some(ended) = checks.join_next().await {
        let lost = |error: JoinError| Failure::ServiceTask { step: "check one", detail: error.to_string() };
        match ended.map_err(lost).and_then(|checked| checked.map_err(Failure::Engine)) {
            Ok(CheckedService { warning, state }) => {
                let warning = warning.map(|warning| EventKind::ServiceWarning(Box::new(warning)));
                warning.into_iter().for_each(|warning| context.events.send(warning));
                match state {
                    ServiceState::Runs(service) => watch.add(service),
                    ServiceState::HasEnded(service) => watch.has_ended(service),
                }
            }
            Err(failure) => result = Err(failure),
        }
    }
    joined.leave(context).await?;
    context.events.send(EventKind::ActivityEnded);
    result.map(|()| watch)
}

/// Checks one service, which fails early if its container exits.
async fn check(
    context: &JobContext,
    service: StartedService,
    place: DialPlace,
    limit: Duration,
) -> Result<CheckedService, EngineError> {
    let StartedService {
        label, started, process, addresses, ports, udp_ports, health, memory, mut exit, ..
    } = service;
    let (engine, name) = (&context.engine, process.name.clone());
    let health = health.filter(|_| context.services.readiness == Readiness::HealthCheck);
    let target = CheckedTarget { dialled: Target { addresses, ports }, udp_ports, health, started };
    let check = ServiceCheck::new(context, (&label, &process), &target, place, limit);
    let problem = tokio::select! {
        biased;
        exit = &mut exit => {
            check.tell_dials();
            exited(engine, &name, exit?.status_code).await?
        }
        found = check.run() => match found {
            Ok(()) => {
                let ready = Notice::ServiceReady { service: label.clone(), elapsed: started.elapsed() };
                context.events.notice(ready);
                let state = ServiceState::Runs(RunningService { label, name, memory, exit });
                return Ok(CheckedService { warning: None, state });
            }
            Err(problem) => exited_unnoticed(engine, &name).await?.unwrap_or(problem),
        },
    };
    let options = LogOptions { follow: Follow::No, timestamps: Timestamps::Shown, tail: Some(LOG_LINES_MAX) };
    let log = read_log(engine, &name, &options, LOG_BYTES_MAX).await.map_err(|error| error.to_string());
    let state = match problem {
        ServiceProblem::Exited { exit_code, oom_killed } => {
            ServiceState::HasEnded(EndedService { label: label.clone(), exit_code, oom_killed })
        }
        _ => ServiceState::Runs(RunningService { label: label.clone(), name: name.clone(), memory, exit }),
    };
    let warning = ServiceWarning { service: label, container: name.to_string(), problem, log };
    Ok(CheckedService { warning: Some(warning), state })
}

async fn exited(engine: &Engine, name: &Name, exit_code: i64) -> Result<ServiceProblem, EngineError> {
    let oom_killed = engine.container_inspect(name).await?.state.oom_killed;
    Ok(ServiceProblem::Exited { exit_code, oom_killed })
}

/// The exit of a service that is not ready, if the wait for it has missed the exit: see [`super::start`].
async fn exited_unnoticed(engine: &Engine, name: &Name) -> Result<Option<ServiceProblem>, EngineError> {
    let state = engine.container_inspect(name).await?.state;
    let exit = ServiceProblem::Exited { exit_code: state.exit_code, oom_killed: state.oom_killed };
    Ok(Some(exit).filter(|_| !state.running))
}
