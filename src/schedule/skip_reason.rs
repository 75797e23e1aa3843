//! Why a job is skipped.

use super::graph::JobGraph;
use super::job_state::{JobState, StateReason};
use super::status::CountedState;
use crate::pipeline::when::When;

/// The reason why the job at `place` is skipped, where `before` is the status of the jobs that it waits for. Of several jobs
/// that are a reason, the first one of the pipeline is named.
pub(super) fn skip_reason(
    graph: &JobGraph,
    jobs: &[CountedState],
    place: usize,
    before: JobState,
) -> Option<StateReason> {
    let node = graph.jobs.get(place)?;
    let places = graph.before(place);
    let first = |state: JobState, may_fail: bool| {
        let is_it = |place: &&usize| jobs.get(**place) == Some(&CountedState { state, may_fail });
        let job = places.iter().filter(is_it).min()?;
        Some(graph.jobs.get(*job)?.name.clone())
    };
    let failed = || first(JobState::Failed, false).map(StateReason::Failed);
    let canceled = || first(JobState::Canceled, false).map(StateReason::Canceled);
    let skipped = || {
        let by_need = first(JobState::Skipped, false).or_else(|| first(JobState::Skipped, true));
        by_need.map(StateReason::Skipped)
    };
    let not_started = || first(JobState::Manual, true).map(StateReason::NotStarted);
    match before {
        JobState::Failed => failed(),
        JobState::Canceled => canceled(),
        JobState::Skipped if node.needs.is_some() => match node.when {
            // A failure would have been the job's reason to run.
            When::OnFailure => skipped().or_else(not_started),
            _ => failed().or_else(canceled).or_else(skipped).or_else(not_started),
        },
        _ => Some(StateReason::NothingFailed),
    }
}
