//! One attempt at a job: its steps from the images to the exit code, in GitLab Runner's order.

use tokio::time::Instant;

use super::attempt_record::AttemptRecord;
use super::coverage::Coverage;
use super::prepare::{PreparedJob, prepare};
use super::session::{RunningSession, Session, SessionEnd};
use super::terminate;
use crate::engine::name::Name;
use crate::executor::create::script::{self, JobStatus};
use crate::executor::event::{EventKind, Phase, Section};
use crate::executor::job_context::JobContext;
use crate::executor::notice::Notice;
use crate::executor::outcome::Failure;
use crate::plan::job_plan::JobPlan;

/// Runs the steps. Whatever happens, the context's ledger has all objects created.
pub async fn run(context: &JobContext, record: &mut AttemptRecord) -> Result<(), Failure> {
    let begun = Instant::now();
    let prepared = match context.shutdown.unless(prepare(context, record)).await {
        Ok(prepared) => prepared,
        Err(signal) => Err(Failure::Interrupted(signal)),
    };
    if prepared.is_err() {
        record.timings.push((Phase::Prepare, begun.elapsed()));
    }
    let PreparedJob { container, running } = prepared?;
    let script = step_script(context, running, record).await;
    let status = match &script {
        Ok(()) => JobStatus::Success,
        Err(Failure::Script { .. }) => JobStatus::Failed,
        Err(Failure::ScriptTimeout { .. }) => JobStatus::TimedOut,
        // The container is lost or was stopped, or the job's time is over: `after_script` cannot run.
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

async fn step_script(
    context: &JobContext,
    running: RunningSession,
    record: &mut AttemptRecord,
) -> Result<(), Failure> {
    let started = Instant::now();
    context.events.send(EventKind::Section(Section::StepScript)).await;
    let JobPlan { timeout, script_timeout, .. } = *context.plan;
    let ended = running.run(context, script_timeout.unwrap_or(timeout), &mut record.coverage).await;
    record.timings.push((Phase::Script, started.elapsed()));
    match (ended?, script_timeout) {
        (SessionEnd::TimedOut, Some(after)) => Err(Failure::ScriptTimeout { after }),
        (ended, _) => ended.success(timeout),
    }
}

/// Runs `after_script`: restarts the container, with a new shell and the file system as the script left it.
async fn after_script(
    context: &JobContext,
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
