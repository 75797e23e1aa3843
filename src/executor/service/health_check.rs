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
use crate::executor::event::{Event, ServiceWarning, Tone};
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
    let line = format!("Waiting for services to be up and running (timeout {} seconds)...", limit.as_secs());
    context.events.line(Tone::Plain, line).await;
    context.events.send(Event::Busy("Waiting for services".to_owned())).await;
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
            Ok(Some(warning)) => context.events.send(Event::ServiceWarning(Box::new(warning))).await,
            Ok(None) => {}
            Err(error) => result = Err(Failure::Engine(error)),
        }
    }
    place.leave(context).await?;
    context.events.send(Event::Idle).await;
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
    let (error, check_log) = tokio::select! {
        biased;
        exit = wait.exit() => (exit_text(engine, &name, exit?.status_code).await?, None),
        () = sleep(PORTLESS_GRACE), if target.ports.is_empty() => {
            (format!("service \"{name}\" has no exposed ports"), None)
        }
        () = sleep(PORTLESS_GRACE), if target.addresses.is_empty() => {
            (format!("service \"{name}\" has no address of its own that could be dialled"), None)
        }
        found = prober::probe(context, mode, &name, &target, limit), if !target.ports.is_empty() => match found {
            Found::Verdict(ProbeResult::Open { .. }) => return Ok(None),
            Found::Verdict(ProbeResult::Closed { dials }) => {
                (format!("service \"{name}-wait-for-service\" timeout"), Some(closed_text(&target, dials)))
            }
            Found::Verdict(ProbeResult::Unreachable { after }) => (unreachable_text(&name, &target, after), None),
            Found::Unknown(why) => (format!("service \"{name}\" could not be checked: {why}"), None),
        },
    };
    let options = LogOptions { follow: Follow::No, timestamps: Timestamps::Shown, tail: Some(LOG_LINES_MAX) };
    let service_log =
        read_log(engine, &name, &options, LOG_BYTES_MAX).await.unwrap_or_else(|error| error.to_string());
    Ok(Some(ServiceWarning { container: name.to_string(), error, check_log, service_log }))
}

async fn exit_text(engine: &Engine, name: &Name, code: i64) -> Result<String, EngineError> {
    let killed = engine.container_inspect(name).await?.state.oom_killed;
    let why = if killed { ": it was killed for want of memory" } else { "" };
    Ok(format!("service \"{name}\" has exited with code {code}{why}"))
}

fn closed_text(target: &Target, dials: u64) -> String {
    let (addresses, ports) = (addresses_text(target), &target.ports);
    format!("waiting for TCP connection to {addresses} on {ports:?}...\ndialed {dials} times, no port opened")
}

fn unreachable_text(name: &Name, target: &Target, after: Duration) -> String {
    format!(
        "service \"{name}\" could not be checked: nothing answers at {} within {} s, so container addresses cannot \
         be reached from here (an engine in another network namespace, virtual machine or host)",
        addresses_text(target),
        after.as_secs()
    )
}

fn addresses_text(target: &Target) -> String {
    let addresses: Vec<_> = target.addresses.iter().map(ToString::to_string).collect();
    addresses.join(", ")
}
