//! Probes of services from a container on their network.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::container_log::read_log;
use crate::engine::container::logs::{Follow, LogOptions, Timestamps};
use crate::engine::container::wait::WaitCondition;
use crate::engine::name::Name;
use crate::executor::cleanup::ledger::Object;
use crate::executor::create::containers::PROBE_PROGRAM;
use crate::executor::job_context::JobContext;
use crate::executor::outcome::Failure;
use crate::probe::{DialledPort, ProbeResult, Target, result_line};
use crate::workspace::program::program;

/// How long the prober's container may take beyond the limit of the probe, for its start and its answer.
const GRACE: Duration = Duration::from_secs(10);

/// How much of the prober's output is read: its result is one line, and one of up to 80 bytes for each port.
const OUTPUT_BYTES_MAX: usize = 8192;

/// The result of a probe from a container.
pub(super) struct ContainerProbe {
    pub(super) result: ProbeResult,
    pub(super) ports: Vec<DialledPort>,
    /// When its container was started.
    pub(super) began: Instant,
}

/// Runs this program as `runner-lite probe` in a container of the job's image on the job's network, where it probes
/// `target`, the addresses of the container `service`.
///
/// # Errors
/// The container cannot be created or started, or does not answer.
pub(super) async fn probe_from_container(
    context: &JobContext,
    service: &Name,
    target: &Target,
    limit: Duration,
) -> Result<ContainerProbe, Failure> {
    let engine = &context.engine;
    let image = context.images.ensure(&context.plan.image).await?;
    let container = context.containers().prober(service, image.id, arguments(target, limit));
    context.create(&container).await?;
    let name = &container.name;
    let archive = program(context.probe.program.clone(), PROBE_PROGRAM.trim_start_matches('/'));
    engine.container_put_archive(name, "/", archive).await?;
    let wait = engine.container_wait(name, WaitCondition::NextExit).await?;
    let began = Instant::now();
    engine.container_start(name).await?;
    let limit = limit.saturating_add(GRACE);
    let lost = |detail: String| Failure::Lost { container: name.to_string(), detail };
    let exit = timeout(limit, wait.exit()).await;
    let exit =
        exit.map_err(|_| lost(format!("the prober in it has not ended after {} s", limit.as_secs())))??;
    let options = LogOptions { follow: Follow::No, timestamps: Timestamps::No, tail: None };
    let said = read_log(engine, name, &options, OUTPUT_BYTES_MAX).await?;
    // The teardown tries again.
    let _ = context.ledger.remove(engine, &Object::Container(name.clone())).await;
    let parsed = result_line::parse_result(&said);
    parsed.map(|(result, ports)| ContainerProbe { result, ports, began }).ok_or_else(|| {
        lost(format!("the prober in it has ended with exit code {}, and said: {said}", exit.status_code))
    })
}

fn arguments(target: &Target, limit: Duration) -> Vec<String> {
    let mut arguments = vec!["probe".to_owned(), format!("--within={}", limit.as_millis())];
    arguments.extend(target.addresses.iter().map(|address| format!("--address={address}")));
    arguments.extend(target.ports.iter().map(|port| format!("--port={port}")));
    arguments
}
