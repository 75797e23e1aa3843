//! Runs the jobs of a pipeline: starts those whose turn has come, waits for what happens next, and tells the changes.

use std::collections::HashMap;
use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep, sleep_until};

use crate::cli::command::pipeline::jobs::{ChosenJobs, PipelineJob, PipelineJobs};
use crate::cli::command::pipeline::resource_groups::{ResourceGrant, ResourceGroups};
use crate::cli::command_error::CommandError;
use crate::cli::options::{CacheUse, WhenBlocked};
use crate::cli::run::in_store::RunInStore;
use crate::cli::run::unavailable_image::WrittenImages;
use crate::error_chain::chain;
use crate::executor::event::EventKind;
use crate::executor::execute;
use crate::executor::executed_job::ExecutedJob;
use crate::executor::image::pulls_ahead::PullsAhead;
use crate::executor::outcome::{Allowed, Failure, JobOutcome};
use crate::executor::run_context::RunContext;
use crate::executor::run_report::{JobReport, JobStateChange};
use crate::executor::run_store::{DotenvLimits, now};
use crate::executor::shutdown::{ShutdownSender, Signal};
use crate::pipeline::auto_cancel::OnJobFailure;
use crate::plan::identity::Slot;
use crate::plan::job_plan::{JobPlan, TerminalUse};
use crate::schedule::decision::{DelayedStart, Transition};
use crate::schedule::job_state::{JobState, StateReason};
use crate::schedule::progress::{Cancellation, Schedule};
use crate::store::{ProjectStore, RunId, SlotLock, StoreError};

/// How often a job looks whether another process has released its resource.
const RESOURCE_POLL: Duration = Duration::from_millis(250);

/// What the user has decided about the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunSettings {
    /// How many jobs may run at the same time.
    pub(super) slots: usize,
    pub(super) delayed: DelayedStart,
    pub(super) on_job_failure: OnJobFailure,
    pub(super) when_blocked: WhenBlocked,
    pub(super) caches: CacheUse,
    pub(super) archive_bytes_max: u64,
    pub(super) dotenv_limits: DotenvLimits,
    pub(super) terminal: TerminalUse,
}

/// A pipeline while its jobs run.
pub(super) struct RunningPipeline<'r, 'p> {
    pub(super) jobs: &'r PipelineJobs<'p>,
    pub(super) schedule: Schedule,
    pub(super) in_store: &'r mut RunInStore<'p>,
    pub(super) store: Arc<ProjectStore>,
    pub(super) run: RunId,
    pub(super) context: RunContext,
    pub(super) resources: ResourceGroups,
    /// `None` once the run is stopped.
    pub(super) pulls: Option<PullsAhead>,
    pub(super) settings: RunSettings,
    pub(super) chosen: &'r ChosenJobs,
    pub(super) state: JobsSoFar,
}

/// What has happened so far.
#[derive(Default)]
pub(super) struct JobsSoFar {
    tasks: JoinSet<(usize, ExecutedJob)>,
    running: HashMap<usize, RunningJob>,
    /// When the delays of scheduled jobs end.
    timers: Vec<(Instant, usize)>,
    /// What is known of jobs that have ended or will not run.
    reports: HashMap<usize, JobReport>,
    reasons: HashMap<usize, StateReason>,
    /// The signal that has stopped the run.
    signal: Option<Signal>,
}

/// A job that runs.
struct RunningJob {
    task: Id,
    stop: ShutdownSender,
    /// The job whose failure has stopped it: a second request would kill its processes.
    stopped_by: Option<String>,
    images: WrittenImages,
    _slot: SlotLock,
}

/// What happened.
enum Happening {
    Ended(usize, ExecutedJob),
    Panicked(JoinError),
    DelayOver(usize),
    ResourcesLookedFor,
    Stopped(Signal),
}

/// How the jobs of a pipeline have ended.
pub(super) struct EndedJobs {
    pub(super) schedule: Schedule,
    /// In the order of the pipeline.
    pub(super) reports: Vec<JobReport>,
    pub(super) signal: Option<Signal>,
}

impl RunningPipeline<'_, '_> {
    /// Runs the jobs until nothing runs and nothing can start any more.
    pub(super) async fn run(mut self) -> EndedJobs {
        for place in &self.chosen.reused {
            self.change(*place, JobState::Created, JobState::Success, Some(StateReason::Reused));
        }
        let (events, shutdown) = (self.context.events.clone(), self.context.shutdown.clone());
        // One wait for the whole run: it takes a moment, which other happenings must not begin anew.
        let mut unread = pin!(events.closed_without_signal(&shutdown));
        loop {
            // A signal may have come while something else was done.
            if self.state.signal.is_none() && shutdown.is_requested() {
                let signal = shutdown.requested().await;
                self.stop(signal);
            }
            self.advance();
            self.start_jobs();
            if self.state.tasks.is_empty() && (self.state.signal.is_some() || self.schedule.is_over()) {
                break;
            }
            match self.next(unread.as_mut()).await {
                Happening::Ended(place, ended) => self.ended(place, ended).await,
                Happening::Panicked(error) => self.panicked(&error),
                Happening::DelayOver(place) => {
                    self.state.timers.retain(|(_, job)| *job != place);
                    let changes = self.schedule.start_delayed(place);
                    self.apply(changes.into_iter().collect());
                }
                Happening::ResourcesLookedFor => {}
                Happening::Stopped(signal) => self.stop(signal),
            }
        }
        self.end()
    }

    /// No job starts any more. Those that run know of the signal themselves.
    fn stop(&mut self, signal: Signal) {
        self.state.signal = Some(signal);
        self.pulls = None;
        let Cancellation { transitions, .. } = self.schedule.stop();
        self.apply(transitions);
    }

    /// Waits for what happens next; `unread` ends when nobody reads the log.
    async fn next(&mut self, unread: Pin<&mut impl Future<Output = ()>>) -> Happening {
        let is_stopped = self.state.signal.is_some();
        let timer = self.state.timers.iter().min().copied();
        let delay = async {
            match timer {
                Some((at, place)) => {
                    sleep_until(at).await;
                    place
                }
                None => pending().await,
            }
        };
        let shutdown = &self.context.shutdown;
        tokio::select! {
            Some(ended) = self.state.tasks.join_next() => match ended {
                Ok((place, ended)) => Happening::Ended(place, ended),
                Err(error) => Happening::Panicked(error),
            },
            signal = shutdown.requested(), if !is_stopped => Happening::Stopped(signal),
            () = unread, if !is_stopped => Happening::Stopped(Signal::Pipe),
            place = delay, if !is_stopped => Happening::DelayOver(place),
            () = sleep(RESOURCE_POLL), if self.resources.has_waiting() && !is_stopped => {
                Happening::ResourcesLookedFor
            }
        }
    }

    /// Makes all changes that are due. What follows from a change may be the reason for others.
    fn advance(&mut self) {
        while self.state.signal.is_none() {
            for (place, granted) in self.resources.grant() {
                match granted {
                    Ok(()) => self.change(place, JobState::WaitingForResource, JobState::Pending, None),
                    Err(error) => self.not_started(place, not_started(&error)),
                }
            }
            let changes = self.schedule.advance();
            if changes.is_empty() {
                return;
            }
            self.apply(changes);
        }
    }

    /// Tells changes of the schedule, and does what follows from them.
    fn apply(&mut self, changes: Vec<Transition>) {
        for Transition { job, from, to, reason } in changes {
            // A change before it may have canceled the job.
            if self.state_of(job) != Some(to) {
                continue;
            }
            self.tell(job, JobStateChange::new(from, to, reason));
            match to {
                JobState::Pending => self.want_resource(job),
                JobState::Scheduled if self.settings.delayed == DelayedStart::Wait => {
                    let delay = self.jobs.all().get(job).and_then(|job| job.decision.start_in());
                    self.state.timers.push((Instant::now() + delay.unwrap_or_default(), job));
                }
                JobState::Canceled => self.resources.release(job),
                _ => {}
            }
        }
    }

    /// Takes the resource of a job whose turn has come, or lets it wait.
    fn want_resource(&mut self, place: usize) {
        let Some(job) = self.jobs.all().get(place) else { return };
        match self.resources.want(place, job.name()) {
            Ok(ResourceGrant::Granted) => {}
            Ok(ResourceGrant::Waits { resource, holder }) => {
                let reason = StateReason::WaitsForResource { resource, holder };
                self.change(place, JobState::Pending, JobState::WaitingForResource, Some(reason));
            }
            Err(error) => self.not_started(place, not_started(&error)),
        }
    }

    fn state_of(&self, place: usize) -> Option<JobState> {
        self.schedule.jobs().get(place).map(|job| job.state)
    }

    fn start_jobs(&mut self) {
        while self.state.signal.is_none() && self.state.running.len() < self.settings.slots {
            let Some(place) = self.schedule.pending().next() else { return };
            if let Err(failure) = self.start(place) {
                self.not_started(place, failure);
                // The jobs behind it may have their turn now.
                self.advance();
            }
        }
    }

    /// Starts a job. The error says why it cannot start.
    fn start(&mut self, place: usize) -> Result<(), Failure> {
        let Some(job) = self.jobs.all().get(place) else {
            return Err(Failure::NotStarted { detail: "it is unknown".to_owned() });
        };
        let slot = self.store.take_slot().map_err(|error| not_started(&error))?;
        let planned = self.jobs.plan(job, Slot::new(slot.number()), &self.in_store.given);
        let (mut plan, warnings) = planned.map_err(|CommandError { messages, .. }| {
            self.in_store.messages.extend(messages);
            let name = job.name();
            let problem =
                format!("`{name}` cannot be planned with the variables of the jobs before it; see below");
            Failure::Unplanned { problem }
        })?;
        if job.early_plan.is_none() {
            self.in_store.messages.extend(warnings);
        }
        if self.settings.caches == CacheUse::Ignored {
            plan.caches.clear();
        }
        self.change(place, JobState::Pending, JobState::Running, None);
        let plan = plan.with_terminal(self.settings.terminal);
        let images = WrittenImages::of(&plan);
        let (stop, shutdown) = self.context.shutdown.for_job();
        let context = RunContext { shutdown, ..self.context.clone() };
        let task = self.state.tasks.spawn(run_job(place, plan, context)).id();
        self.state.running.insert(place, RunningJob { task, stop, stopped_by: None, images, _slot: slot });
        Ok(())
    }

    /// A job could not start: it has failed.
    fn not_started(&mut self, place: usize, failure: Failure) {
        let Some((job, from)) = self.jobs.all().get(place).zip(self.state_of(place)) else { return };
        let outcome = JobOutcome::new(Err(failure), job.decision.allow_failure());
        let executed = ExecutedJob::not_started(outcome, now());
        let finished = EventKind::Finished(Arc::clone(&executed.outcome));
        self.context.events.for_job(job.name()).send(finished);
        let change = JobStateChange { from, ..JobStateChange::ended(1, &executed.outcome, None) };
        self.record(place, executed, change);
    }

    /// Records how a job has ended, and tells it.
    fn record(&mut self, place: usize, ended: ExecutedJob, change: JobStateChange) {
        if matches!(*ended.outcome, JobOutcome::Failed(_, Allowed::Yes)) {
            self.schedule.excuse(place);
        }
        self.schedule.set(place, change.to);
        self.resources.release(place);
        let report = JobReport::of(ended, change.reason.clone());
        self.state.reports.insert(place, report);
        self.tell(place, change);
        if self.settings.on_job_failure == OnJobFailure::All {
            let Cancellation { transitions, running } = self.schedule.auto_cancel(place);
            self.apply(transitions);
            let failed = self.jobs.all().get(place).map(PipelineJob::name).unwrap_or_default();
            for place in running {
                let Some(job) = self.state.running.get_mut(&place) else { continue };
                if job.stopped_by.is_none() {
                    job.stop.signal(Signal::JobFailure);
                    job.stopped_by = Some(failed.to_owned());
                }
            }
        }
        if let Some(job) = self.jobs.all().get(place) {
            self.context.terminals.pass_on(job.name());
        }
    }

    async fn ended(&mut self, place: usize, ended: ExecutedJob) {
        let running = self.state.running.remove(&place);
        let Some(job) = self.jobs.all().get(place) else { return };
        let stopped_by = running.as_ref().and_then(|job| job.stopped_by.clone());
        if let Some(RunningJob { images, .. }) = &running {
            let renderer = &self.in_store.project.renderer;
            let explained = images.explain(&ended.outcome, &self.context.engine, renderer);
            self.in_store.messages.extend(self.context.shutdown.unless(explained).await.unwrap_or_default());
        }
        // The slot is free for the next job.
        drop(running);
        if job.decision.job.artifacts.gives_anything() {
            self.in_store.take_over(&self.run, job.name(), &self.context).await;
            self.pull_images_behind(job.name());
        }
        let reason = match ended.outcome.failure() {
            Some(Failure::Interrupted(Signal::JobFailure)) => stopped_by.map(StateReason::AutoCanceled),
            Some(Failure::Interrupted(_)) => Some(StateReason::Stopped),
            _ => None,
        };
        let change = JobStateChange::ended(ended.attempts, &ended.outcome, reason);
        self.record(place, ended, change);
    }

    /// A task has panicked, which says so itself: nothing is known of its job.
    fn panicked(&mut self, error: &JoinError) {
        let of_task = self.state.running.iter().find(|(_, job)| job.task == error.id());
        let Some(place) = of_task.map(|(place, _)| *place) else { return };
        self.state.running.remove(&place);
        let detail = format!("the task that ran the job has ended: {error}");
        self.not_started(place, Failure::NotStarted { detail });
    }

    /// Begins to pull the images of jobs that are known now, because `producer` has given its variables.
    fn pull_images_behind(&mut self, producer: &str) {
        let given = &self.in_store.given;
        let waits = |job: &&PipelineJob<'_>| {
            self.state_of(job.place) == Some(JobState::Created) && self.chosen.let_run(job)
        };
        let unplanned = self.jobs.complete_with(producer, given).filter(|job| job.early_plan.is_none());
        let unplanned = unplanned.filter(waits);
        let plans = unplanned.filter_map(|job| self.jobs.plan(job, Slot::FIRST, given).ok());
        let plans: Vec<JobPlan> = plans.map(|(plan, _)| plan).collect();
        if let Some(pulls) = &mut self.pulls {
            plans.iter().for_each(|plan| pulls.begin(plan));
        }
    }

    fn change(&mut self, place: usize, from: JobState, to: JobState, reason: Option<StateReason>) {
        self.schedule.set(place, to);
        self.tell(place, JobStateChange::new(from, to, reason));
    }

    fn tell(&mut self, place: usize, change: JobStateChange) {
        let Some(job) = self.jobs.all().get(place) else { return };
        match &change.reason {
            Some(reason) => drop(self.state.reasons.insert(place, reason.clone())),
            None => drop(self.state.reasons.remove(&place)),
        }
        self.context.events.for_job(job.name()).send(EventKind::JobState(change));
    }

    fn end(mut self) -> EndedJobs {
        let unreached: HashMap<usize, StateReason> = self.schedule.not_reached().into_iter().collect();
        let states: Vec<JobState> = self.schedule.jobs().iter().map(|job| job.state).collect();
        let reports = states.into_iter().enumerate().map(|(place, state)| {
            let reason = unreached.get(&place).or(self.state.reasons.get(&place)).cloned();
            let report = self.state.reports.remove(&place);
            report.unwrap_or_else(|| JobReport::not_run(state, reason))
        });
        let reports = reports.collect();
        EndedJobs { schedule: self.schedule, reports, signal: self.state.signal }
    }
}

async fn run_job(place: usize, plan: JobPlan, context: RunContext) -> (usize, ExecutedJob) {
    (place, execute(plan, context).await)
}

fn not_started(error: &StoreError) -> Failure {
    Failure::NotStarted { detail: chain(error) }
}
