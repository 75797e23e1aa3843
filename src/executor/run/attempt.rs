//! One attempt at a job: its steps from the images to the exit code, in GitLab Runner's order.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::attempt_record::AttemptRecord;
use super::out_of_memory::{KILLED, was_out_of_memory};
use super::prepare::{PreparedJob, prepare};
use super::session::{RunningSession, Session, Stop};
use super::session_state::{FirstProcess, SessionEnd, StopReason};
use crate::engine::name::Name;
use crate::error_chain::chain;
use crate::executor::collect::{self, EndedScripts};
use crate::executor::create::script::{self, JobStatus};
use crate::executor::event::{EventKind, Phase, Section};
use crate::executor::failed_command::ScriptPosition;
use crate::executor::hint::hint;
use crate::executor::job_context::JobContext;
use crate::executor::notice::{LimitedScript, Notice};
use crate::executor::outcome::{Failure, ScriptArrival};
use crate::plan::job_plan::{JobPlan, ScriptItem};

/// How long `after_script` may run after the user has stopped the job. GitLab allows it its whole time limit, but here
/// somebody waits at a terminal.
pub const CANCELED_AFTER_SCRIPT_WITHIN: Duration = Duration::from_secs(30);

/// How often `after_script` is sent once more because its shell has seen the end of its input too early. Under load,
/// Docker (seen with 26.1) may close the input of a container's run before only when the container has been started again.
const SENT_AGAIN_MAX: u32 = 3;

/// How long after the exit of a container the engine may learn that the kernel killed its processes for lack of memory:
/// that is an event of its own, which a busy Docker gets after the one of the exit.
const OUT_OF_MEMORY_WITHIN: Duration = Duration::from_secs(1);

/// Runs the steps. Whatever happens, the context's ledger has all objects created.
pub async fn run(context: &JobContext, record: &mut AttemptRecord) -> Result<(), Failure> {
    record.begin(Phase::Prepare);
    // On the heap: unoptimized, the future is too large for the stack of a thread.
    let preparation = timeout_at(context.deadline.at(), Box::pin(prepare(context, record)));
    let prepared = match context.shutdown.unless(preparation).await {
        Ok(prepared) => prepared.unwrap_or(Err(Failure::Timeout { after: context.plan.timeout })),
        Err(signal) => Err(Failure::Interrupted(signal)),
    };
    let mut prepared = prepared?;
    record.forget();
    let delivered = prepared.delivered.take();
    // What selects files is prepared while the scripts run, so that it takes no time of its own.
    let scripts = Box::pin(run_scripts(context, prepared, record));
    let (result, selector) = tokio::join!(scripts, collect::prepare(context));
    let scripts = EndedScripts { result, selector, delivered };
    collect::collect(context, scripts, record).await
}

/// Runs `script`, `after_script` and what they need, and tells how the job ended so far.
async fn run_scripts(
    context: &JobContext,
    prepared: PreparedJob,
    record: &mut AttemptRecord,
) -> Result<(), Failure> {
    let PreparedJob { container, first_process, running, services, .. } = prepared;
    let script = step_script(context, running, record).await;
    // Also after a failure: a service that has just ended may be its reason.
    let script = script.and(services.end().await);
    let Some(status) = status_for_after_script(&script) else { return script };
    if context.plan.after_script.is_empty() {
        return script;
    }
    if Instant::now() >= context.deadline.at() {
        context.events.notice(Notice::TimeLimitExceeded { script: LimitedScript::AfterScript });
        return script;
    }
    record.begin(Phase::AfterScript);
    let after = after_script(context, &container, first_process, status, record).await;
    record.end();
    match after {
        Ok(()) => script,
        // The user has stopped the job, or its time is over: both are about the job as a whole.
        Err(failure @ (Failure::Interrupted(_) | Failure::Timeout { .. })) => Err(failure),
        Err(failure) if context.plan.after_script_counts => script.and(Err(failure)),
        Err(failure) => {
            let error = chain(&failure);
            let command = failure.into_command();
            context.events.notice(Notice::AfterScriptFailed { error, command });
            script
        }
    }
}

/// The status that `after_script` sees; `None` if it does not run: the container is lost, or the job's time is over.
fn status_for_after_script(script: &Result<(), Failure>) -> Option<JobStatus> {
    match script {
        Ok(()) => Some(JobStatus::Success),
        Err(Failure::Script { .. } | Failure::ServiceEnded { .. }) => Some(JobStatus::Failed),
        Err(Failure::ScriptTimeout { .. }) => Some(JobStatus::TimedOut),
        Err(Failure::Interrupted(_)) => Some(JobStatus::Canceled),
        Err(_) => None,
    }
}

async fn step_script(
    context: &JobContext,
    running: RunningSession,
    record: &mut AttemptRecord,
) -> Result<(), Failure> {
    record.begin(Phase::Script);
    context.events.send(EventKind::Section(Section::StepScript));
    let lines = Arc::new(script::step_lines(&context.plan, context.echo));
    context.events.send(EventKind::ScriptLines(Arc::clone(&lines)));
    let script_ends = context.plan.script_timeout.map(|limit| (limit, Instant::now() + limit));
    // The job's own limit outranks one that would be reached later.
    let script_ends = script_ends.filter(|(_, at)| *at < context.deadline.at());
    let deadline = script_ends.map_or(context.deadline.at(), |(_, at)| at);
    let stop = Stop { deadline, reader_deadline: deadline, signal: context.shutdown.requested() };
    let ended = running.run(context, stop, &mut record.output).await;
    record.end();
    match ended? {
        SessionEnd::Exited { exit_code, position } => {
            let tail = record.output.tail.text();
            let position = position.map(|at| at.with_line_of_message(exit_code, &tail, &lines));
            exited(context, exit_code, position, &context.plan.script, &tail).await
        }
        SessionEnd::Stopped { reason: StopReason::Signal(signal), .. } => {
            context.events.notice(Notice::ScriptCanceled { signal });
            Err(Failure::Interrupted(signal))
        }
        SessionEnd::Stopped { reason: StopReason::TimeLimit, .. } => {
            context.events.notice(Notice::TimeLimitExceeded { script: LimitedScript::StepScript });
            Err(match script_ends {
                Some((after, _)) => Failure::ScriptTimeout { after },
                None => Failure::Timeout { after: context.plan.timeout },
            })
        }
    }
}

/// Runs `after_script`. Once the user has stopped the job, only a second request ends it before its time.
async fn after_script(
    context: &JobContext,
    container: &Name,
    first_process: FirstProcess,
    status: JobStatus,
    record: &mut AttemptRecord,
) -> Result<(), Failure> {
    context.events.send(EventKind::Section(Section::AfterScript));
    let lines = Arc::new(script::after_lines(&context.plan, status, context.echo));
    context.events.send(EventKind::ScriptLines(Arc::clone(&lines)));
    let is_stopped = context.shutdown.is_requested();
    let limit = match is_stopped {
        true => canceled_after_script_limit(&context.plan),
        false => context.plan.after_script_timeout,
    };
    let own_deadline = Instant::now() + limit;
    let deadline = own_deadline.min(context.deadline.at());
    let out_of_time = || match deadline == own_deadline {
        true => Failure::ScriptTimeout { after: limit },
        false => Failure::Timeout { after: context.plan.timeout },
    };
    let signal = || async {
        match is_stopped {
            true => std::future::pending().await,
            false => context.shutdown.requested().await,
        }
    };
    let mut sent_again = 0;
    let ended = loop {
        let running = tokio::select! {
            started = timeout_at(deadline, restart(context, container, first_process, status)) => {
                started.unwrap_or_else(|_| Err(out_of_time()))?
            }
            signal = signal() => return Err(Failure::Interrupted(signal)),
        };
        // A user who has stopped the job may read no more of it.
        let reader_deadline = if is_stopped { Instant::now() } else { deadline };
        let stop = Stop { deadline, reader_deadline, signal: signal() };
        match running.run(context, stop, &mut record.output).await {
            Err(Failure::ScriptNotReceived { arrival: ScriptArrival::Cut, .. })
                if sent_again < SENT_AGAIN_MAX =>
            {
                sent_again += 1;
            }
            ended => break ended?,
        }
    };
    match ended {
        SessionEnd::Exited { exit_code, position } => {
            let tail = record.output.tail.text();
            let position = position.map(|at| at.with_line_of_message(exit_code, &tail, &lines));
            exited(context, exit_code, position, &context.plan.after_script, &tail).await
        }
        SessionEnd::Stopped { reason: StopReason::Signal(signal), .. } => Err(Failure::Interrupted(signal)),
        SessionEnd::Stopped { reason: StopReason::TimeLimit, exit_code } => {
            context.events.notice(Notice::TimeLimitExceeded { script: LimitedScript::AfterScript });
            match (out_of_time(), exit_code) {
                // As in GitLab Runner's log. Where the failure counts, the code after SIGTERM is not the script's own.
                (Failure::ScriptTimeout { .. }, Some(exit_code)) if !context.plan.after_script_counts => {
                    Err(Failure::script(exit_code))
                }
                (failure, _) => Err(failure),
            }
        }
    }
}

/// Starts the job's container once more, with a new shell and the file system as the script left it.
async fn restart(
    context: &JobContext,
    container: &Name,
    first_process: FirstProcess,
    status: JobStatus,
) -> Result<RunningSession, Failure> {
    if matches!(status, JobStatus::Canceled | JobStatus::TimedOut) {
        // Processes that have survived SIGTERM must not live on beside `after_script`.
        context.engine.container_stop(container, Duration::ZERO).await?;
    }
    let text = script::after_script(&context.plan, status, context.echo);
    let session = Session::open(context, container, first_process).await?;
    Ok(session.start(context, text, std::future::ready(())).await?)
}

/// How long `after_script` may run after the user has stopped the job.
fn canceled_after_script_limit(plan: &JobPlan) -> Duration {
    plan.after_script_timeout.min(CANCELED_AFTER_SCRIPT_WITHIN)
}

/// The result of a script that consists of `items`, and ended at `position` with this exit code, after output that ends with
/// `tail`.
async fn exited(
    context: &JobContext,
    exit_code: i64,
    position: Option<ScriptPosition>,
    items: &[ScriptItem],
    tail: &str,
) -> Result<(), Failure> {
    if exit_code == 0 {
        return Ok(());
    }
    if exit_code == KILLED {
        let (container, memory) = (context.names.build(), context.plan.settings.memory);
        let was_out_of_memory =
            was_out_of_memory(&context.engine, &container, exit_code, memory, OUT_OF_MEMORY_WITHIN).await;
        match (was_out_of_memory, memory) {
            (true, _) => context.events.notice(Notice::OutOfMemory),
            (false, Some(_)) => context.events.notice(Notice::KilledBelowMemoryLimit),
            (false, None) => {}
        }
    }
    let hint = hint(&context.plan, exit_code, tail);
    Err(Failure::of_script(exit_code, position, items, hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::testing::plan;

    #[test]
    fn after_script_of_a_canceled_job_has_at_most_thirty_seconds() {
        let limit = |own: u64| {
            let plan = JobPlan { after_script_timeout: Duration::from_secs(own), ..plan() };
            canceled_after_script_limit(&plan).as_secs()
        };
        assert_eq!((limit(300), limit(7)), (30, 7));
    }
}
