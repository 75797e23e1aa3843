//! The jobs that a pipeline does not reach, because a job before them waits for a person or for its time.

use std::collections::BTreeSet;

use super::graph::JobGraph;
use super::job_state::{JobState, StateReason};
use super::status::CountedState;

/// The jobs that are `created`, in the order of the pipeline, each with the jobs that block it, directly or over others.
/// `order` is [`JobGraph::decision_order`].
pub(super) fn blocked_by(
    graph: &JobGraph,
    order: &[usize],
    jobs: &[CountedState],
) -> Vec<(usize, StateReason)> {
    let state = |place: usize| jobs.get(place).map(|job| job.state);
    let mut blockers: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); graph.jobs.len()];
    for place in order.iter().copied().filter(|place| state(*place) == Some(JobState::Created)) {
        let mut of_job = BTreeSet::new();
        for before in graph.before(place) {
            let Some(CountedState { state, may_fail }) = jobs.get(before) else { continue };
            match state {
                JobState::Scheduled => of_job.extend([before]),
                JobState::Manual if !may_fail => of_job.extend([before]),
                JobState::Created => of_job.extend(blockers.get(before).into_iter().flatten()),
                _ => {}
            }
        }
        if let Some(slot) = blockers.get_mut(place) {
            *slot = of_job;
        }
    }
    let names = |places: &BTreeSet<usize>| {
        let nodes = places.iter().filter_map(|place| graph.jobs.get(*place));
        StateReason::BlockedBy(nodes.map(|node| node.name.clone()).collect())
    };
    let created = blockers.iter().enumerate().filter(|(place, _)| state(*place) == Some(JobState::Created));
    created.map(|(place, blockers)| (place, names(blockers))).collect()
}
