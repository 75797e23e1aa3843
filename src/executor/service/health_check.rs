//! Health checks of services: whether they accept connections. All are checked at the same time.

use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

use super::container_log::read_log;
use super::joined_networks::JoinedNetworks;
use super::prober::{self, ServiceCheck};
use super::start::StartedService;
use crate::engine::Engine;
use crate::engine::container::logs::{Follow, LogOptions, Timestamps};
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::executor::event::{EventKind, ServiceProblem, ServiceWarning};
use crate::executor::job_context::JobContext;
use crate::executor::notice::{Activity, Notice};
use crate::executor::outcome::Failure;
use crate::probe::mode::ProbeMode;
use crate::probe::{ProbeResult, Target};

/// How much of a service's log goes into a warning, as in GitLab Runner.
const LOG_BYTES_MAX: usize = 64 * 1024;

/// How many lines, counted from the end of the log.
const LOG_LINES_MAX: u32 = 200;

/// A service without ports cannot be checked. It gets this time to log something or to exit, so that the warning has a
/// log to show; GitLab Runner waits 10 s for the same reason.
const PORTLESS_GRACE: Duration = Duration::from_secs(1);

/// Waits until every service has opened a port. Warns of services that do not in time; only an error of the engine
/// fails the job.
pub async fn wait_for_all(context: &JobContext, services: Vec<StartedService>) -> Result<(), Failure> {
    let limit = context.plan.services_timeout.filter(|_| context.probe.mode != ProbeMode::Off);
    let Some(limit) = limit.filter(|_| !services.is_empty()) else {
        for StartedService { label: service, .. } in services {
            context.events.notice(Notice::ServiceUnchecked { service });
        }
        return Ok(());
    };
    context.events.notice(Notice::ServicesAwaited { timeout: limit });
    context.events.send(EventKind::Activity(Activity::ServiceChecks));
    let mut networks: Vec<_> = services.iter().flat_map(|service| service.networks.clone()).collect();
    networks.sort();
    networks.dedup();
    let joined = JoinedNetworks::join(context, networks).await?;
    let mut checks = JoinSet::new();
    for service in services {
        let (context, mode) = (context.clone(), joined.mode());
        checks.spawn(async move { check(&context, service, mode, limit).await });
    }
    let mut result = Ok(());
    while let Some(ended) = checks.join_next().await {
        let lost = |error: JoinError| Failure::ServiceTask { step: "check one", detail: error.to_string() };
        match ended.map_err(lost).and_then(|checked| checked.map_err(Failure::Engine)) {
            Ok(Some(warning)) => context.events.send(EventKind::ServiceWarning(Box::new(warning))),
            Ok(None) => {}
            Err(failure) => result = Err(failure),
        }
    }
    joined.leave(context).await?;
    context.events.send(EventKind::ActivityEnded);
    result
}

/// Checks one service, which fails early if its container exits.
async fn check(
    context: &JobContext,
    service: StartedService,
    mode: ProbeMode,
    limit: Duration,
) -> Result<Option<ServiceWarning>, EngineError> {
    let StartedService { label, started, name, addresses, ports, wait, .. } = service;
    let (engine, target) = (&context.engine, Target { addresses, ports });
    let problem = tokio::select! {
        biased;
        exit = wait.exit() => exited(engine, &name, exit?.status_code).await?,
        () = sleep(PORTLESS_GRACE), if target.ports.is_empty() => ServiceProblem::NoPorts,
        () = sleep(PORTLESS_GRACE), if target.addresses.is_empty() => ServiceProblem::NoAddress,
        found = prober::probe(context, mode, &name, &target, limit), if !target.ports.is_empty() => match found {
            ServiceCheck::Completed(ProbeResult::Open { .. }) => {
                let ready = Notice::ServiceReady { service: label, elapsed: started.elapsed() };
                context.events.notice(ready);
                return Ok(None);
            }
            ServiceCheck::Completed(ProbeResult::Closed { dials }) => {
                ServiceProblem::Timeout { addresses: target.addresses, ports: target.ports, dials }
            }
            ServiceCheck::Completed(ProbeResult::Unreachable { after }) => {
                ServiceProblem::Unreachable { addresses: target.addresses, after }
            }
            ServiceCheck::Failed(error) => ServiceProblem::CheckFailed { error },
        },
    };
    let options = LogOptions { follow: Follow::No, timestamps: Timestamps::Shown, tail: Some(LOG_LINES_MAX) };
    let log = read_log(engine, &name, &options, LOG_BYTES_MAX).await.map_err(|error| error.to_string());
    Ok(Some(ServiceWarning { service: label, container: name.to_string(), problem, log }))
}

async fn exited(engine: &Engine, name: &Name, exit_code: i64) -> Result<ServiceProblem, EngineError> {
    let oom_killed = engine.container_inspect(name).await?.state.oom_killed;
    Ok(ServiceProblem::Exited { exit_code, oom_killed })
}
