//! Whether services accept connections: all of them are checked at once.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::container_log::read_log;
use super::network_membership::Place;
use super::prober::{self, Found};
use super::start::Started;
use crate::engine::Engine;
use crate::engine::container::logs::{Follow, LogOptions, Timestamps};
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::executor::context::Context;
use crate::executor::event::{EventKind, ServiceProblem, ServiceWarning};
use crate::executor::notice::{Activity, Notice};
use crate::executor::outcome::Failure;
use crate::probe::mode::ProbeMode;
use crate::probe::{ProbeResult, Target};

/// How much of a service's log goes into a warning, as in GitLab Runner.
const LOG_BYTES_MAX: usize = 64 * 1024;

/// How many lines of it: its end is what matters.
const LOG_LINES_MAX: u32 = 200;

/// A service without ports cannot be probed. It gets this long to say something or to fail, so that the warning has a
/// log to show; GitLab Runner waits 10 s for the same reason.
const PORTLESS_GRACE: Duration = Duration::from_secs(1);

/// Waits until every service has opened a port or has been given up with a warning. Only an engine that fails fails
/// the job.
pub async fn wait_for_all(context: &Context, services: Vec<Started>) -> Result<(), Failure> {
    let Some(limit) = context.plan.services_timeout.filter(|_| !services.is_empty()) else { return Ok(()) };
    if context.probe.mode == ProbeMode::Off {
        return Ok(());
    }
    context.events.notice(Notice::ServicesAwaited { timeout: limit }).await;
    context.events.send(EventKind::Activity(Activity::ServiceChecks)).await;
    let mut networks: Vec<_> = services.iter().flat_map(|service| service.networks.clone()).collect();
    networks.sort();
    networks.dedup();
    let place = Place::take(context, networks).await?;
    let mut checks = JoinSet::new();
    for service in services {
        let (context, mode) = (context.clone(), place.mode());
        checks.spawn(async move { check(&context, service, mode, limit).await });
    }
    let mut result = Ok(());
    while let Some(Ok(checked)) = checks.join_next().await {
        match checked {
            Ok(Some(warning)) => context.events.send(EventKind::ServiceWarning(Box::new(warning))).await,
            Ok(None) => {}
            Err(error) => result = Err(Failure::Engine(error)),
        }
    }
    place.leave(context).await?;
    context.events.send(EventKind::ActivityEnded).await;
    result
}

/// Probes one service and watches for its end at the same time.
async fn check(
    context: &Context,
    service: Started,
    mode: ProbeMode,
    limit: Duration,
) -> Result<Option<ServiceWarning>, EngineError> {
    let Started { name, addresses, ports, wait, .. } = service;
    let (engine, target) = (&context.engine, Target { addresses, ports });
    let problem = tokio::select! {
        biased;
        exit = wait.exit() => exited(engine, &name, exit?.status_code).await?,
        () = sleep(PORTLESS_GRACE), if target.ports.is_empty() => ServiceProblem::NoPorts,
        () = sleep(PORTLESS_GRACE), if target.addresses.is_empty() => ServiceProblem::NoAddress,
        found = prober::probe(context, mode, &name, &target, limit), if !target.ports.is_empty() => match found {
            Found::Verdict(ProbeResult::Open { .. }) => return Ok(None),
            Found::Verdict(ProbeResult::Closed { dials }) => {
                ServiceProblem::Timeout { addresses: target.addresses, ports: target.ports, dials }
            }
            Found::Verdict(ProbeResult::Unreachable { after }) => {
                ServiceProblem::Unreachable { addresses: target.addresses, after }
            }
            Found::Unknown(error) => ServiceProblem::CheckFailed { error },
        },
    };
    let options = LogOptions { follow: Follow::No, timestamps: Timestamps::Shown, tail: Some(LOG_LINES_MAX) };
    let log = read_log(engine, &name, &options, LOG_BYTES_MAX).await.map_err(|error| error.to_string());
    Ok(Some(ServiceWarning { container: name.to_string(), problem, log }))
}

async fn exited(engine: &Engine, name: &Name, exit_code: i64) -> Result<ServiceProblem, EngineError> {
    let oom_killed = engine.container_inspect(name).await?.state.oom_killed;
    Ok(ServiceProblem::Exited { exit_code, oom_killed })
}
