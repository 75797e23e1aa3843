//! Runs a [`JobPlan`] on an engine, and undoes it.
//!
//! Invariants: it takes nothing but a plan and tells what happens by events alone; whatever it makes is written down
//! first and removed on every path; being stopped is a message that it answers, and never a future that is dropped
//! without cleaning up.

pub mod containers;
pub mod context;
pub mod coverage;
pub mod event;
pub mod fetch;
mod host;
pub mod image;
pub mod job;
pub mod ledger;
pub mod leftovers;
pub mod names;
pub mod outcome;
pub mod prepare;
pub mod preview;
pub mod prober;
mod process;
pub mod pull;
pub mod pull_progress;
pub mod reach;
pub mod script;
pub mod service;
pub mod session;
pub mod shutdown;
pub mod sources;
pub mod terminate;
#[cfg(test)]
mod testing;
mod volumes;

use std::sync::Arc;
use std::time::Instant;

use context::Context;
use event::{Event, Events, Phase, Tone};
use outcome::{Allowed, Failure, JobOutcome};

use crate::credentials::memory::Helpers;
use crate::engine::Engine;
use crate::plan::job_plan::{FailureReason, JobPlan};

/// What a run came to, for the exit code; the listener has been told more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Passed, or failed with leave to fail.
    Passed,
    /// The job failed.
    JobFailed,
    /// The engine or the runner failed.
    SystemFailed,
    /// Stopped.
    Interrupted(shutdown::Signal),
}

/// What jobs are run with. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Host {
    /// The engine.
    pub engine: Engine,
    /// Where events go.
    pub events: Events,
    /// Whether to stop.
    pub shutdown: shutdown::Shutdown,
    /// How commands are echoed.
    pub echo: script::Echo,
    /// Credential helpers, and what they have answered.
    pub helpers: Arc<Helpers>,
    /// How services are probed.
    pub prober: prober::Prober,
}

/// Runs one job, and runs it again as often as its `retry` says: each time from nothing, as in GitLab.
pub async fn execute(plan: JobPlan, host: Host) -> Verdict {
    let plan = Arc::new(plan);
    let mut retries = 0;
    loop {
        let (verdict, cause) = attempt(Arc::clone(&plan), host.clone()).await;
        let covered = cause.is_some_and(|(reason, exit_code)| plan.retry.covers(reason, exit_code));
        if !covered || retries == plan.retry.max {
            return verdict;
        }
        retries += 1;
        host.events.line(Tone::Plain, format!("Retrying the job ({retries} of {})", plan.retry.max)).await;
    }
}

/// Runs one job once and removes everything that it made. The result is told before the removal starts. With it comes
/// the reason of the failure and the exit code of the script, if `retry` may cover it.
async fn attempt(plan: Arc<JobPlan>, host: Host) -> (Verdict, Option<(FailureReason, Option<i64>)>) {
    let Host { engine, events, shutdown, echo, helpers, prober } = host;
    let names = Arc::new(names::Names::new(&plan));
    let puller = pull::Puller::new(engine.clone(), events.clone(), plan.credentials.clone(), helpers);
    let images = image::Images::new(puller);
    let ledger = ledger::Ledger::new(plan.anonymous_volumes);
    let context = Context { plan, engine, events, shutdown, names, ledger, images, echo, prober };
    context.events.send(Event::Secrets(context.plan.secrets.clone())).await;
    let mut record = job::Record::new(&context.plan);
    let result = tokio::select! {
        result = job::run(&context, &mut record) => result,
        () = context.events.closed() => Err(Failure::Interrupted(shutdown::Signal::Pipe)),
    };
    let cause = result.as_ref().err().and_then(Failure::retry_cause);
    let (outcome, verdict) = conclude(&context.plan, result);
    context.events.send(Event::Idle).await;
    context.events.send(Event::Finished(outcome)).await;
    let job::Record { mut timings, mut coverage } = record;
    if let Some(finding) = coverage.finding() {
        context.events.send(Event::Coverage(finding)).await;
    }

    let started = Instant::now();
    let leftovers = context.ledger.teardown(&context.engine).await;
    timings.push((Phase::Cleanup, started.elapsed()));
    for leftover in leftovers {
        let command = leftover.object.removal_command();
        let line = format!("{}; remove it with `{command}`", outcome::chain(&leftover.error));
        context.events.line(Tone::Warning, line).await;
    }
    context.events.send(Event::Timings(timings)).await;
    (verdict, cause)
}

fn conclude(plan: &JobPlan, result: Result<(), Failure>) -> (JobOutcome, Verdict) {
    let Err(failure) = result else { return (JobOutcome::Passed, Verdict::Passed) };
    let allowed = failure.allowed(&plan.allow_failure);
    let verdict = match &failure {
        Failure::Interrupted(signal) => Verdict::Interrupted(*signal),
        _ if allowed == Allowed::Yes => Verdict::Passed,
        failure if failure.is_the_scripts() => Verdict::JobFailed,
        _ => Verdict::SystemFailed,
    };
    (JobOutcome::Failed(failure, allowed), verdict)
}
