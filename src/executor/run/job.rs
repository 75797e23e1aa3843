//! One job from its images to its exit code, in GitLab Runner's order.

use std::time::Instant;

use super::coverage::Coverage;
use super::prepare::{Prepared, prepare};
use super::record::Record;
use super::session::{Ended, Running, Session};
use super::terminate;
use crate::engine::name::Name;
use crate::executor::context::Context;
use crate::executor::create::script::{self, JobStatus};
use crate::executor::event::{EventKind, Phase, Section};
use crate::executor::notice::Notice;
use crate::executor::outcome::Failure;
use crate::plan::job_plan::JobPlan;

/// Runs the job. What it made is in the context's ledger, whatever happens.
pub async fn run(context: &Context, record: &mut Record) -> Result<(), Failure> {
    let prepared = match context.shutdown.unless(prepare(context, record)).await {
        Ok(prepared) => prepared?,
        Err(signal) => return Err(Failure::Interrupted(signal)),
    };
    let Prepared { container, running } = prepared;
    let script = step_script(context, running, record).await;
    let status = match &script {
        Ok(()) => JobStatus::Success,
        Err(Failure::Script { .. }) => JobStatus::Failed,
        Err(Failure::ScriptTimeout { .. }) => JobStatus::TimedOut,
        // The container has been lost, stopped, or has used up the job's time.
        Err(_) => return script,
    };
    if context.plan.after_script.is_empty() {
        return script;
    }
    let started = Instant::now();
    let after = after_script(context, &container, status, &mut record.coverage).await;
    record.timings.push((Phase::AfterScript, started.elapsed()));
    match after {
        Err(failure @ Failure::Interrupted(_)) => Err(failure),
        Err(failure) if context.plan.after_script_counts => script.and(Err(failure)),
        Err(failure) => {
            context.events.notice(Notice::AfterScriptFailed { error: failure.to_string() }).await;
            script
        }
        Ok(()) => script,
    }
}

async fn step_script(context: &Context, running: Running, record: &mut Record) -> Result<(), Failure> {
    let started = Instant::now();
    context.events.send(EventKind::Section(Section::StepScript)).await;
    let JobPlan { timeout, script_timeout, .. } = *context.plan;
    let ended = running.run(context, script_timeout.unwrap_or(timeout), &mut record.coverage).await;
    record.timings.push((Phase::Script, started.elapsed()));
    match (ended?, script_timeout) {
        (Ended::TimedOut, Some(after)) => Err(Failure::ScriptTimeout { after }),
        (ended, _) => ended.success(timeout),
    }
}

/// Starts the container once more, with a fresh shell and the file system as the script left it.
async fn after_script(
    context: &Context,
    container: &Name,
    status: JobStatus,
    coverage: &mut Coverage,
) -> Result<(), Failure> {
    context.events.send(EventKind::Section(Section::AfterScript)).await;
    let limit = context.plan.after_script_timeout;
    if status == JobStatus::TimedOut {
        terminate::stop(context, container).await?;
    }
    let text = script::after_script(&context.plan, status, context.echo);
    let session = Session::open(context, container).await?;
    let running = session.start(context, text, std::future::ready(())).await?;
    running.run(context, limit, coverage).await?.success(limit)
}
