//! A job: its attempts, as many as its `retry` allows, and the removal of everything that each of them created.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::attempt;
use super::attempt_record::AttemptRecord;
use super::coverage::CoverageResult;
use super::heartbeat::heartbeat;
use super::keep::keep;
use crate::engine::Engine;
use crate::error_chain::chain;
use crate::executor::call_events::call_events;
use crate::executor::cleanup::ledger::{Ledger, Object};
use crate::executor::event::{EventKind, Phase, Section};
use crate::executor::event_channel::EventSender;
use crate::executor::executed_job::ExecutedJob;
use crate::executor::files_notice::FilesNotice;
use crate::executor::image::job_images::JobImages;
use crate::executor::image::pull::Puller;
use crate::executor::job_context::JobContext;
use crate::executor::job_deadline::JobDeadline;
use crate::executor::notice::Notice;
use crate::executor::outcome::{Failure, JobOutcome};
use crate::executor::run_context::{ProbeSettings, RunContext};
use crate::executor::run_report::JobStateChange;
use crate::executor::run_store::{JobEnd, JobStore, StoredFiles, now};
use crate::executor::service::log_stream::{ServiceLogs, ServicesEnd};
use crate::executor::shutdown::{Shutdown, Signal};
use crate::plan::job_plan::{JobPlan, SocketPath, TerminalUse};
use crate::store::StoreError;

/// Runs one job, and runs it again after a failure that its `retry` covers, each time from nothing, as GitLab does.
pub async fn execute(plan: JobPlan, mut context: RunContext) -> ExecutedJob {
    context.events = context.events.for_job(&plan.name);
    context.engine = context.engine.observed_by(|| call_events(context.events.clone()));
    let (plan, started, begun) = (Arc::new(plan), now(), Instant::now());
    let store = begin_in_store(&context, &plan);
    let (mut attempts, mut pulled_since) = (1, context.pulls.created());
    loop {
        let attempt = run_once(Arc::clone(&plan), context.clone(), store.clone(), pulled_since);
        // On the heap: two attempts beside each other, unoptimized, would fill a thread's stack of 2 MiB.
        let (outcome, stored) = Box::pin(attempt).await;
        let retries = attempts - 1;
        if retries == plan.retry.max || !may_retry(&plan, &outcome, &context.shutdown) {
            let (archive, coverage) = (stored.archive_size(), stored.coverage.clone());
            let folder = store.as_ref().map(|store| store.folder.path().to_owned());
            if let Some(store) = store {
                let ended = JobEnd { outcome: &outcome, attempts, stored };
                tell_unstored(&context.events, store.finish(&plan, ended));
            }
            return ExecutedJob {
                outcome,
                attempts,
                started,
                took: begun.elapsed(),
                archive,
                coverage,
                folder,
            };
        }
        tell_retry(&context.events, attempts, &outcome);
        (attempts, pulled_since) = (attempts.saturating_add(1), std::time::Instant::now());
        context.events.notice(Notice::JobRetried { retry: attempts - 1, max: plan.retry.max });
    }
}

/// Tells those who follow the states of jobs that an attempt has failed, and another one begins.
fn tell_retry(events: &EventSender, attempt: u32, outcome: &JobOutcome) {
    events.send(EventKind::JobState(JobStateChange::will_repeat(attempt, outcome)));
    events.send(EventKind::JobState(JobStateChange::repeated(attempt.saturating_add(1))));
}

/// Begins the job in the store, if there is one, and says where its log goes, and those of its services.
fn begin_in_store(context: &RunContext, plan: &JobPlan) -> Option<Arc<JobStore>> {
    let begun =
        JobStore::begin(context.store.clone()?, plan).and_then(|store| Ok((store.folder.log()?, store)));
    let (log, store) = tell_unstored(&context.events, begun)?;
    context.events.send(EventKind::LogFile(Arc::new(log)));
    if !plan.services.is_empty()
        && let Some(folder) = tell_unstored(&context.events, store.begin_service_logs(plan))
    {
        context.events.send(EventKind::ServiceLogFolder(Arc::new(folder)));
    }
    Some(Arc::new(store))
}

/// Warns that something is missing in the store. It does not change the result of the job.
fn tell_unstored<T>(events: &EventSender, result: Result<T, StoreError>) -> Option<T> {
    let failed = |error| events.send(EventKind::Files(FilesNotice::RecordMissing { error: chain(&error) }));
    result.map_err(failed).ok()
}

/// Whether `retry` covers the failure of an attempt. A job that the user has stopped is never run again, whatever its
/// result was by then.
fn may_retry(plan: &JobPlan, outcome: &JobOutcome, shutdown: &Shutdown) -> bool {
    let cause = outcome.failure().and_then(Failure::retry_cause);
    let is_covered = cause.is_some_and(|(reason, exit_code)| plan.retry.covers(reason, exit_code));
    is_covered && !shutdown.is_requested()
}

/// Runs one job once and removes everything that it created. Announces the outcome before the removal starts. Images
/// that the run has pulled before `pulled_since` are pulled again.
async fn run_once(
    plan: Arc<JobPlan>,
    context: RunContext,
    store: Option<Arc<JobStore>>,
    pulled_since: std::time::Instant,
) -> (Arc<JobOutcome>, StoredFiles) {
    let begun = Instant::now();
    let RunContext {
        engine, events, shutdown, echo, helpers, pulls, probe, services, terminals, names, ..
    } = context;
    let plan = with_socket_path(plan, &engine, &probe);
    let names = Arc::new(names(&plan));
    let puller = Puller::new(engine.clone(), events.clone(), plan.credentials.clone(), helpers);
    let images = JobImages::new(puller, pulls, pulled_since);
    let ledger = Ledger::new(plan.anonymous_volumes);
    let service_logs = ServiceLogs::new(&plan, services, store.is_some());
    let deadline = JobDeadline::new(begun + plan.timeout);
    let context = JobContext {
        plan,
        engine,
        events,
        shutdown,
        names,
        ledger,
        images,
        echo,
        probe,
        services,
        service_logs,
        terminals,
        store,
        deadline,
    };
    context.events.send(EventKind::Secrets(context.plan.secrets.clone()));
    context.events.send(EventKind::LogPlan(context.plan.log));
    let mut record = AttemptRecord::new(&context.plan);
    let result = tokio::select! {
        result = attempt::run(&context, &mut record) => result,
        () = context.events.closed_without_signal(&context.shutdown) => Err(Failure::Interrupted(Signal::Pipe)),
        signal = context.shutdown.forced() => Err(Failure::Interrupted(signal)),
        never = heartbeat(&context.events, &context.terminals, begun) => match never {},
    };
    let outcome = Arc::new(JobOutcome::new(result, &context.plan.allow_failure));
    context.events.send(EventKind::ActivityEnded);
    record.end();
    let AttemptRecord { mut timings, mut output, mut stored, .. } = record;
    context.events.send(EventKind::Section(Section::Result));
    if let Some(finding) = output.coverage.finding() {
        if let CoverageResult::Figure(figure) = finding {
            stored.coverage = Some(figure.to_string());
        }
        context.events.send(EventKind::Coverage(finding));
    }
    for remark in &stored.remarks {
        context.events.send(EventKind::Files(remark.clone()));
    }
    if !is_of_terminal(&context.plan, &outcome) {
        context.events.send(EventKind::Finished(Arc::clone(&outcome)));
    }
    keep(&context).await;
    timings.push((Phase::Cleanup, teardown(&context).await));
    context.events.send(EventKind::Timings { total: begun.elapsed(), phases: timings });
    (outcome, stored)
}

/// Whether the outcome is that of a shell in place of the script, which says nothing about the job.
fn is_of_terminal(plan: &JobPlan, outcome: &JobOutcome) -> bool {
    let is_of_shell = matches!(outcome.failure(), None | Some(Failure::Script { .. }));
    plan.terminal == TerminalUse::InPlaceOfScript && is_of_shell
}

/// Names the path at which the engine's host has the socket that the job gets. What this program sees says nothing about
/// it if this program runs in a container.
fn with_socket_path(mut plan: Arc<JobPlan>, engine: &Engine, probe: &ProbeSettings) -> Arc<JobPlan> {
    let is_own = plan.engine_socket.as_ref().is_some_and(|socket| socket.path == SocketPath::Own);
    if is_own && probe.own_container_ids.is_empty() {
        let path = SocketPath::Given(engine.endpoint().address().to_string());
        Arc::make_mut(&mut plan).engine_socket.iter_mut().for_each(|socket| socket.path = path.clone());
    }
    plan
}

/// Removes everything that the attempt created and warns of what is still there. Returns how long that took.
async fn teardown(context: &JobContext) -> Duration {
    let started = Instant::now();
    let removal = async {
        let leftovers = context.ledger.teardown(&context.engine).await;
        let are_kept = context.names.are_of_kept_job();
        context.service_logs.end(if are_kept { ServicesEnd::Kept } else { ServicesEnd::Removed }).await;
        leftovers
    };
    let leftovers = tokio::select! {
        leftovers = removal => leftovers,
        () = context.shutdown.abandoned() => {
            context.service_logs.end(ServicesEnd::Kept).await;
            let objects = context.ledger.remaining().iter().map(Object::description).collect();
            context.events.notice(Notice::ObjectsAbandoned { objects });
            Vec::new()
        }
    };
    let elapsed = started.elapsed();
    for leftover in leftovers {
        let (error, command) = (chain(&leftover.error), leftover.object.removal_command());
        context.events.notice(Notice::ObjectNotRemoved { error, command });
    }
    elapsed
}

#[cfg(test)]
mod tests;
