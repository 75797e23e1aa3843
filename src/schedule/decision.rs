//! What becomes of the jobs whose turn has come. A pure function of the graph and the states of its jobs.

use std::collections::BTreeSet;

use super::graph::{JobGraph, JobNode};
use super::job_state::{JobState, StateReason};
use super::skip_reason::skip_reason;
use super::status::{CountedState, SetStatus, Words};
use crate::pipeline::when::When;

/// What the user has decided about jobs that do not start by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StartRules {
    /// The places of the jobs that the user starts. A manual job of these runs when its turn comes, and a job with
    /// `when: on_failure` also runs if nothing has failed. For other jobs it means nothing.
    pub started: BTreeSet<usize>,
    /// When delayed jobs start.
    pub delayed: DelayedStart,
}

/// When a job with `when: delayed` starts, once its turn has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DelayedStart {
    /// At once.
    #[default]
    Now,
    /// When its `start_in` is over; until then it is scheduled.
    Wait,
    /// Never: it stays scheduled.
    Skip,
}

/// A change of a job's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The place of the job in the graph.
    pub job: usize,
    /// The state before.
    pub from: JobState,
    /// The state now.
    pub to: JobState,
    /// Why, if that is not the job's own doing.
    pub reason: Option<StateReason>,
}

/// Every change that is due now for jobs that are `created`, in the order in which they happen. `order` is
/// [`JobGraph::decision_order`]; `jobs` has a status for each job of the graph.
///
/// A job's change counts at once for the jobs behind it, so that nothing is due any more when all changes are made.
///
/// A job with `needs` of which one is skipped has a decision, even if others still run: GitLab then skips it, or starts
/// it if it is `when: always`. Thus the moment at which such a job starts depends on the order in which jobs end, and the
/// state in which it ends does not.
pub fn decide(
    graph: &JobGraph,
    order: &[usize],
    jobs: &[CountedState],
    rules: &StartRules,
) -> Vec<Transition> {
    let mut jobs = jobs.to_vec();
    let mut transitions = Vec::new();
    let (mut earlier, mut of_stage, mut stage) = (Words::default(), Words::default(), 0);
    for place in order.iter().copied() {
        let Some((node, status)) = graph.jobs.get(place).zip(jobs.get(place).copied()) else { continue };
        if node.stage != stage {
            earlier = earlier.and(std::mem::take(&mut of_stage));
            stage = node.stage;
        }
        let mut now = status;
        if status.state == JobState::Created {
            let before = match &node.needs {
                Some(needs) => statuses(&jobs, needs).collect::<Words>().of_needs(),
                None => earlier.of_stages(),
            };
            if let Some(state) = next_state(node, before, rules, place) {
                let reason = match state {
                    JobState::Skipped => skip_reason(graph, &jobs, place, before.state),
                    JobState::Success => Some(StateReason::NotRunHere),
                    _ => None,
                };
                transitions.push(Transition { job: place, from: status.state, to: state, reason });
                now.state = state;
            }
        }
        if let Some(slot) = jobs.get_mut(place) {
            *slot = now;
        }
        of_stage = of_stage.and(Words::of(now));
    }
    transitions
}

fn statuses(jobs: &[CountedState], places: &[usize]) -> impl Iterator<Item = CountedState> {
    places.iter().filter_map(|place| jobs.get(*place).copied())
}

/// The next state of a job that is `created`, if it has one now. `before` is the status of the jobs that it waits for.
fn next_state(node: &JobNode, before: SetStatus, rules: &StartRules, place: usize) -> Option<JobState> {
    if !before.state.is_complete() {
        return None;
    }
    let is_started = rules.started.contains(&place);
    if !goes_on(node, before.state, is_started) {
        return Some(JobState::Skipped);
    }
    Some(match node.when {
        When::Manual if !is_started => JobState::Manual,
        When::Delayed if rules.delayed != DelayedStart::Now => JobState::Scheduled,
        _ => started_state(node),
    })
}

/// The state of a job that starts: a trigger job passes without having run.
pub(super) fn started_state(node: &JobNode) -> JobState {
    if node.is_trigger { JobState::Success } else { JobState::Pending }
}

/// Whether the job runs, or is offered, after jobs with this complete status.
fn goes_on(node: &JobNode, before: JobState, is_started: bool) -> bool {
    let runs_after_all = matches!(before, JobState::Success | JobState::Failed | JobState::Skipped);
    match node.when {
        When::OnSuccess | When::Manual | When::Delayed => match before {
            JobState::Success => true,
            // Of needs, one that is skipped skips the job.
            JobState::Skipped => node.needs.is_none(),
            _ => false,
        },
        When::OnFailure => before == JobState::Failed || (is_started && runs_after_all),
        When::Always => runs_after_all,
        When::Never => false,
    }
}

#[cfg(test)]
mod tests;
