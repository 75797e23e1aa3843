//! How far a pipeline is: the graph with the states of its jobs.

use super::blocked::blocked_by;
use super::decision::{DelayedStart, StartRules, Transition, decide, started_state};
use super::graph::JobGraph;
use super::job_state::{JobState, StateReason};
use super::status::{CountedState, SetStatus, status_of_stages};

/// The jobs of a pipeline with their states. Whoever runs the jobs does this:
///
/// 1. [`advance`](Self::advance), and tell the changes that it returns;
/// 2. start jobs of [`pending`](Self::pending), and [`set`](Self::set) each to `Running`, or to `WaitingForResource`; with
///    [`DelayedStart::Wait`] set a timer for each job that has become `Scheduled`;
/// 3. wait until something happens: a job ends ([`excuse`](Self::excuse) if its exit code is allowed, then `set`), or a timer
///    ends ([`start_delayed`](Self::start_delayed));
/// 4. after a failure for good, perhaps [`auto_cancel`](Self::auto_cancel);
/// 5. begin again, until [`is_over`](Self::is_over).
///
/// A failed attempt that is repeated is not `Failed` here: its job goes from `Running` to `Pending`.
#[derive(Debug, Clone)]
pub struct Schedule {
    graph: JobGraph,
    /// [`JobGraph::decision_order`].
    order: Vec<usize>,
    rules: StartRules,
    jobs: Vec<CountedState>,
}

/// What a cancellation changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cancellation {
    /// The jobs that are canceled now.
    pub transitions: Vec<Transition>,
    /// The jobs that run and have to be stopped. They are canceled when they have ended.
    pub running: Vec<usize>,
}

impl Schedule {
    /// A pipeline that has not begun: all of its jobs are `Created`. Jobs that an earlier run has done are `set` to
    /// `Success` before the first `advance`.
    pub fn new(graph: JobGraph, rules: StartRules) -> Self {
        let created = |may_fail| CountedState { state: JobState::Created, may_fail };
        let jobs = graph.jobs.iter().map(|node| created(node.may_fail)).collect();
        Self { order: graph.decision_order(), graph, rules, jobs }
    }

    /// The graph.
    pub fn graph(&self) -> &JobGraph {
        &self.graph
    }

    /// The states of the jobs, in the order of the graph.
    pub fn jobs(&self) -> &[CountedState] {
        &self.jobs
    }

    /// Makes every change that is due, and returns the changes in their order.
    pub fn advance(&mut self) -> Vec<Transition> {
        let transitions = decide(&self.graph, &self.order, &self.jobs, &self.rules);
        transitions.iter().for_each(|change| self.set(change.job, change.to));
        transitions
    }

    /// Sets the state of a job.
    pub fn set(&mut self, job: usize, state: JobState) {
        if let Some(status) = self.jobs.get_mut(job) {
            status.state = state;
        }
    }

    /// Excuses the failure of a job: it ended with an exit code that is allowed.
    pub fn excuse(&mut self, job: usize) {
        if let Some(status) = self.jobs.get_mut(job) {
            status.may_fail = true;
        }
    }

    /// Starts a job whose delay is over. `None` if it is not `Scheduled` any more.
    pub fn start_delayed(&mut self, job: usize) -> Option<Transition> {
        let from = self.jobs.get(job)?.state;
        let to = started_state(self.graph.jobs.get(job)?);
        (from == JobState::Scheduled).then(|| {
            self.set(job, to);
            let reason = (to == JobState::Success).then_some(StateReason::NotRunHere);
            Transition { job, from, to, reason }
        })
    }

    /// The jobs that wait for a slot, in the order in which they start.
    pub fn pending(&self) -> impl Iterator<Item = usize> {
        self.with(|job| job.state == JobState::Pending)
    }

    /// The jobs that have failed and may not, in the order of the pipeline.
    pub fn failed(&self) -> impl Iterator<Item = usize> {
        self.with(|job| *job == CountedState { state: JobState::Failed, may_fail: false })
    }

    /// Whether nothing will happen any more: no job runs or is going to, no timer runs, and no change is due.
    pub fn is_over(&self) -> bool {
        let will_change = |job: &CountedState| match job.state {
            JobState::Running | JobState::Pending | JobState::WaitingForResource => true,
            JobState::Scheduled => self.rules.delayed != DelayedStart::Skip,
            _ => false,
        };
        !self.jobs.iter().any(will_change)
            && decide(&self.graph, &self.order, &self.jobs, &self.rules).is_empty()
    }

    /// The status of the pipeline.
    pub fn status(&self) -> SetStatus {
        status_of_stages(self.jobs.iter().copied())
    }

    /// The jobs that were not reached when the pipeline is over, each with the manual and scheduled jobs that block it.
    pub fn not_reached(&self) -> Vec<(usize, StateReason)> {
        blocked_by(&self.graph, &self.order, &self.jobs)
    }

    /// Cancels the other jobs, because `failed` has failed for good (`workflow:auto_cancel:on_job_failure: all`, or
    /// `--fail-fast`). Manual jobs stay manual. An excused failure, or no failure, cancels nothing.
    pub fn auto_cancel(&mut self, failed: usize) -> Cancellation {
        let is_failure = self.failed().any(|job| job == failed);
        let node = self.graph.jobs.get(failed).filter(|_| is_failure);
        let reason = node.map(|node| StateReason::AutoCanceled(node.name.clone()));
        reason.map_or_else(Cancellation::default, |reason| self.cancel(&reason))
    }

    /// Cancels all jobs, because the user has stopped the run. Manual jobs stay manual.
    pub fn stop(&mut self) -> Cancellation {
        self.cancel(&StateReason::Stopped)
    }

    fn cancel(&mut self, reason: &StateReason) -> Cancellation {
        let waits = |job: &CountedState| match job.state {
            JobState::Created | JobState::WaitingForResource | JobState::Pending | JobState::Scheduled => {
                true
            }
            JobState::Manual | JobState::Running => false,
            JobState::Success | JobState::Failed | JobState::Canceled | JobState::Skipped => false,
        };
        let canceled: Vec<usize> = self.with(waits).collect();
        let change = |job: usize| {
            let from = self.jobs.get(job)?.state;
            Some(Transition { job, from, to: JobState::Canceled, reason: Some(reason.clone()) })
        };
        let transitions: Vec<Transition> = canceled.into_iter().filter_map(change).collect();
        transitions.iter().for_each(|change| self.set(change.job, change.to));
        Cancellation { transitions, running: self.with(|job| job.state == JobState::Running).collect() }
    }

    fn with(&self, is_meant: impl Fn(&CountedState) -> bool) -> impl Iterator<Item = usize> {
        self.jobs.iter().enumerate().filter(move |(_, job)| is_meant(job)).map(|(place, _)| place)
    }
}

#[cfg(test)]
mod tests;
