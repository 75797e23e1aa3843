//! One attempt at a job, and the removal of everything that it created.

use std::sync::Arc;
use std::time::Instant;

use super::job;
use super::record::Record;
use crate::error_chain::chain;
use crate::executor::cleanup::ledger::Ledger;
use crate::executor::context::Context;
use crate::executor::create::names::Names;
use crate::executor::event::{Event, Phase, Tone};
use crate::executor::image::by_policy::Images;
use crate::executor::image::pull::Puller;
use crate::executor::outcome::{Allowed, Failure, JobOutcome, Verdict};
use crate::executor::run_context::RunContext;
use crate::executor::shutdown::Signal;
use crate::plan::job_plan::{FailureReason, JobPlan};

/// Runs one job once and removes everything that it made. The result is told before the removal starts. With it comes
/// the reason of the failure and the exit code of the script, if `retry` may cover it.
pub(super) async fn attempt(
    plan: Arc<JobPlan>,
    host: RunContext,
) -> (Verdict, Option<(FailureReason, Option<i64>)>) {
    let RunContext { engine, events, shutdown, echo, helpers, probe } = host;
    let names = Arc::new(Names::new(&plan));
    let puller = Puller::new(engine.clone(), events.clone(), plan.credentials.clone(), helpers);
    let images = Images::new(puller);
    let ledger = Ledger::new(plan.anonymous_volumes);
    let context = Context { plan, engine, events, shutdown, names, ledger, images, echo, probe };
    context.events.send(Event::Secrets(context.plan.secrets.clone())).await;
    let mut record = Record::new(&context.plan);
    let result = tokio::select! {
        result = job::run(&context, &mut record) => result,
        () = context.events.closed() => Err(Failure::Interrupted(Signal::Pipe)),
    };
    let cause = result.as_ref().err().and_then(Failure::retry_cause);
    let (outcome, verdict) = conclude(&context.plan, result);
    context.events.send(Event::Idle).await;
    context.events.send(Event::Finished(outcome)).await;
    let Record { mut timings, mut coverage } = record;
    if let Some(finding) = coverage.finding() {
        context.events.send(Event::Coverage(finding)).await;
    }

    let started = Instant::now();
    let leftovers = context.ledger.teardown(&context.engine).await;
    timings.push((Phase::Cleanup, started.elapsed()));
    for leftover in leftovers {
        let command = leftover.object.removal_command();
        let line = format!("{}; remove it with `{command}`", chain(&leftover.error));
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
