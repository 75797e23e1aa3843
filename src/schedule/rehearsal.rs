//! How a pipeline would end if every job that starts passed.

use super::job_state::{JobState, StateReason};
use super::progress::Schedule;

/// The state of a job, and why it has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedState {
    /// The state.
    pub state: JobState,
    /// Why, if that is not the job's own doing.
    pub reason: Option<StateReason>,
}

/// A pipeline whose jobs all pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// The states of the jobs when the pipeline begins, in the order of the graph.
    pub begin: Vec<ExplainedState>,
    /// Their states when it is over.
    pub end: Vec<ExplainedState>,
    /// The status of the pipeline when it is over.
    pub status: JobState,
}

impl Rehearsal {
    /// Lets the pipeline begin, and every job pass that starts. Delays end, unless the schedule leaves delayed jobs out.
    pub fn of(mut schedule: Schedule) -> Self {
        let created = ExplainedState { state: JobState::Created, reason: None };
        let mut states = vec![created; schedule.jobs().len()];
        let mut begin = None;
        loop {
            for change in schedule.advance() {
                if let Some(slot) = states.get_mut(change.job) {
                    *slot = ExplainedState { state: change.to, reason: change.reason };
                }
            }
            begin.get_or_insert_with(|| states.clone());
            if schedule.is_over() {
                break;
            }
            for job in 0..states.len() {
                let delayed = schedule.start_delayed(job);
                let reason = delayed.and_then(|change| change.reason);
                let state = schedule.jobs().get(job).map(|job| job.state);
                if let Some(slot) =
                    states.get_mut(job).filter(|_| state == Some(JobState::Pending) || reason.is_some())
                {
                    schedule.set(job, JobState::Success);
                    *slot = ExplainedState { state: JobState::Success, reason };
                }
            }
        }
        for (job, reason) in schedule.not_reached() {
            if let Some(slot) = states.get_mut(job) {
                slot.reason = Some(reason);
            }
        }
        Self { begin: begin.unwrap_or_default(), end: states, status: schedule.status().state }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::decision::{DelayedStart, StartRules};
    use crate::schedule::testing::graph;

    /// The states in which the jobs begin and end, and the status of the pipeline.
    #[track_caller]
    fn check(jobs: &str, delayed: DelayedStart, begin: &str, end: &str, status: JobState) {
        let rules = StartRules { delayed, ..StartRules::default() };
        let rehearsal = Rehearsal::of(Schedule::new(graph(jobs), rules));
        let text = |states: &[ExplainedState]| {
            let state = |state: &ExplainedState| match &state.reason {
                Some(reason) => format!("{} {reason:?}", state.state),
                None => state.state.to_string(),
            };
            states.iter().map(state).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(
            (&*text(&rehearsal.begin), &*text(&rehearsal.end), rehearsal.status),
            (begin, end, status)
        );
    }

    #[test]
    fn every_job_that_starts_passes() {
        check(
            "a 0; b 1; c 1 on_failure; m 1 manual ?; t 2 trigger",
            DelayedStart::Now,
            "pending, created, created, created, created",
            "success, success, skipped NothingFailed, manual, success NotRunHere",
            JobState::Success,
        );
    }

    #[test]
    fn blocked_jobs_name_what_blocks_them() {
        check(
            "m 0 manual; b 1",
            DelayedStart::Now,
            "manual, created",
            r#"manual, created BlockedBy(["m"])"#,
            JobState::Manual,
        );
    }

    #[test]
    fn delays_end_unless_delayed_jobs_are_left_out() {
        let jobs = "d 0 delayed; t 0 delayed trigger; b 1";
        check(
            jobs,
            DelayedStart::Wait,
            "scheduled, scheduled, created",
            "success, success NotRunHere, success",
            JobState::Success,
        );
        check(
            jobs,
            DelayedStart::Skip,
            "scheduled, scheduled, created",
            r#"scheduled, scheduled, created BlockedBy(["d", "t"])"#,
            JobState::Scheduled,
        );
    }
}
