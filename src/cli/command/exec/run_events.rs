//! Tells how a run and its jobs go on, for programs that follow it.

use std::sync::Arc;

use tokio::time::Instant;

use crate::cli::command::exec::steps::PlannedStep;
use crate::executor::event::EventKind;
use crate::executor::event_channel::EventSender;
use crate::executor::executed_job::ExecutedJob;
use crate::executor::outcome::Failure;
use crate::executor::run_report::{JobReport, JobStateChange, RunFacts, RunJob, RunReport};
use crate::schedule::job_state::{JobState, StateReason};

/// The jobs of a run, and what has become of them so far.
pub(super) struct RunEvents {
    facts: Arc<RunFacts>,
    /// In the order of the facts; `None` for a job that has not ended.
    reports: Vec<Option<JobReport>>,
    events: EventSender,
    begun: Instant,
}

/// How a run ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunResult {
    pub(super) code: u8,
    pub(super) status: JobState,
    /// Whether the user has stopped the run.
    pub(super) is_stopped: bool,
}

/// The job of a step.
pub(super) fn run_job(step: &PlannedStep<'_>) -> RunJob {
    let needs = step.decision.needs();
    RunJob {
        name: step.name().to_owned(),
        stage: step.decision.job.stage.clone(),
        needs: needs.map(|needs| needs.iter().map(|need| need.job.clone()).collect()),
        when: step.decision.selection.when,
    }
}

impl RunEvents {
    /// Tells that the run begins.
    pub(super) fn begin(facts: RunFacts, events: EventSender) -> Self {
        let facts = Arc::new(facts);
        events.send(EventKind::RunStarted(Arc::clone(&facts)));
        let reports = facts.jobs.iter().map(|_| None).collect();
        Self { facts, reports, events, begun: Instant::now() }
    }

    /// Tells that the job at this place runs.
    pub(super) fn job_starts(&self, place: usize) {
        for (from, to) in [(JobState::Created, JobState::Pending), (JobState::Pending, JobState::Running)] {
            self.send(place, JobStateChange::new(from, to, None));
        }
    }

    /// Tells how the job has ended.
    pub(super) fn job_ended(&mut self, place: usize, job: ExecutedJob) {
        let is_stopped = matches!(job.outcome.failure(), Some(Failure::Interrupted(_)));
        let reason = is_stopped.then_some(StateReason::Stopped);
        self.send(place, JobStateChange::ended(job.attempts, &job.outcome, reason.clone()));
        self.keep(place, JobReport::of(job, reason));
    }

    /// Tells that the job does not run.
    pub(super) fn job_omitted(&mut self, place: usize, state: JobState, reason: Option<StateReason>) {
        self.send(place, JobStateChange::new(JobState::Created, state, reason.clone()));
        self.keep(place, JobReport::not_run(state, reason));
    }

    /// Why a job does not run that waits for one that has failed.
    pub(super) fn failed_before(&self) -> Option<StateReason> {
        let failed = |report: &JobReport| report.state == JobState::Failed && !report.may_fail;
        let place = self.reports.iter().position(|report| report.as_ref().is_some_and(failed))?;
        self.facts.jobs.get(place).map(|job| StateReason::Failed(job.name.clone()))
    }

    /// Tells how the run has ended, and that the jobs which are left do not run.
    pub(super) fn finish(mut self, result: RunResult) {
        let RunResult { code, status, is_stopped } = result;
        let (state, reason) = match is_stopped {
            true => (JobState::Canceled, Some(StateReason::Stopped)),
            false => (JobState::Skipped, self.failed_before()),
        };
        let left: Vec<usize> =
            (0..).zip(&self.reports).filter(|(_, it)| it.is_none()).map(|(at, _)| at).collect();
        left.into_iter().for_each(|place| self.job_omitted(place, state, reason.clone()));
        let jobs: Vec<JobReport> = self.reports.into_iter().flatten().collect();
        let report = RunReport {
            facts: self.facts,
            status,
            has_warnings: jobs.iter().any(JobReport::is_warning),
            code,
            wall: self.begun.elapsed(),
            jobs,
        };
        self.events.send(EventKind::RunFinished(Arc::new(report)));
    }

    fn keep(&mut self, place: usize, report: JobReport) {
        if let Some(kept) = self.reports.get_mut(place) {
            *kept = Some(report);
        }
    }

    fn send(&self, place: usize, change: JobStateChange) {
        let Some(job) = self.facts.jobs.get(place) else { return };
        self.events.for_job(&job.name).send(EventKind::JobState(change));
    }
}
