//! Probes of services, from this process or from a container on the services' network.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::container_log::read_log;
use crate::engine::container::logs::{Follow, LogOptions, Timestamps};
use crate::engine::container::wait::WaitCondition;
use crate::engine::name::Name;
use crate::error_chain::chain;
use crate::executor::cleanup::ledger::Object;
use crate::executor::create::containers::PROBE_PROGRAM;
use crate::executor::job_context::JobContext;
use crate::executor::notice::Notice;
use crate::executor::outcome::Failure;
use crate::probe::mode::ProbeMode;
use crate::probe::{ProbeResult, Target, dial, result_line};
use crate::workspace::program::program;

/// How long the prober's container may take beyond the limit of the probe, for its start and its answer.
const GRACE: Duration = Duration::from_secs(10);

/// How much of the prober's output is read: its result is one line, and most errors are, too.
const OUTPUT_BYTES_MAX: usize = 4096;

/// The result of checking a service.
pub enum ServiceCheck {
    Completed(ProbeResult),
    /// The service could be checked neither from this process nor from a container; for this reason.
    Failed(String),
}

/// Probes `target`, the addresses of the container `service`, as `mode` says.
pub async fn probe(
    context: &JobContext,
    mode: ProbeMode,
    service: &Name,
    target: &Target,
    limit: Duration,
) -> ServiceCheck {
    let mut limit = limit;
    if mode != ProbeMode::Inside {
        let begun = Instant::now();
        let result = dial::probe(target, limit).await;
        if mode == ProbeMode::Direct || !matches!(result, ProbeResult::Unreachable { .. }) {
            return ServiceCheck::Completed(result);
        }
        context.events.notice(Notice::ServiceCheckMoved { container: service.to_string() });
        limit = limit.saturating_sub(begun.elapsed());
    }
    match probe_from_container(context, service, target, limit).await {
        Ok(result) => ServiceCheck::Completed(result),
        Err(failure) => ServiceCheck::Failed(chain(&failure)),
    }
}

/// Runs this program as `runner-lite probe` in a container of the job's image on the job's network.
async fn probe_from_container(
    context: &JobContext,
    service: &Name,
    target: &Target,
    limit: Duration,
) -> Result<ProbeResult, Failure> {
    let engine = &context.engine;
    let image = context.images.ensure(&context.plan.image).await?;
    let container = context.containers().prober(service, image.id, arguments(target, limit));
    context.create(&container).await?;
    let name = &container.name;
    let archive = program(context.probe.program.clone(), PROBE_PROGRAM.trim_start_matches('/'));
    engine.container_put_archive(name, "/", archive).await?;
    let wait = engine.container_wait(name, WaitCondition::NextExit).await?;
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
    result_line::parse_result(&said).ok_or_else(|| {
        lost(format!("the prober in it has ended with exit code {}, and said: {said}", exit.status_code))
    })
}

fn arguments(target: &Target, limit: Duration) -> Vec<String> {
    let mut arguments = vec!["probe".to_owned(), format!("--within={}", limit.as_millis())];
    arguments.extend(target.addresses.iter().map(|address| format!("--address={address}")));
    arguments.extend(target.ports.iter().map(|port| format!("--port={port}")));
    arguments
}
