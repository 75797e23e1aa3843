//! Graphs, states and whole runs as text, for tests.

use std::collections::HashMap;

use super::graph::{JobGraph, JobNode};
use super::job_state::{JobState, StateReason};
use super::progress::Schedule;
use super::status::CountedState;
use crate::pipeline::when::When;

/// Reads jobs, which `; ` separates: `NAME STAGE`, then perhaps `on_failure` or another `when`, `?` for a job that may fail,
/// `trigger`, and at the end `needs` with names.
pub(super) fn graph(text: &str) -> JobGraph {
    let jobs: Vec<&str> = text.split("; ").collect();
    let names: Vec<&str> = jobs.iter().map(|job| job.split(' ').next().unwrap()).collect();
    let place = |name: &str| names.iter().position(|other| *other == name).unwrap();
    let node = |job: &&str| {
        let (head, needs) = match job.split_once(" needs") {
            Some((head, needs)) => (head, Some(needs.split_whitespace().map(place).collect())),
            None => (*job, None),
        };
        let mut words = head.split(' ');
        let (name, stage) = (words.next().unwrap().to_owned(), words.next().unwrap().parse().unwrap());
        let mut node =
            JobNode { name, stage, when: When::OnSuccess, needs, may_fail: false, is_trigger: false };
        for word in words {
            match word {
                "?" => node.may_fail = true,
                "trigger" => node.is_trigger = true,
                "on_failure" => node.when = When::OnFailure,
                "always" => node.when = When::Always,
                "manual" => node.when = When::Manual,
                "delayed" => node.when = When::Delayed,
                _ => panic!("{word}"),
            }
        }
        node
    };
    JobGraph { jobs: jobs.iter().map(node).collect() }
}

/// Reads a state by GitLab's name, and `?` behind it for a job that may fail.
pub(super) fn job_status(text: &str) -> CountedState {
    let name = text.trim_end_matches('?');
    let all = [
        JobState::Created,
        JobState::Manual,
        JobState::Scheduled,
        JobState::WaitingForResource,
        JobState::Pending,
        JobState::Running,
        JobState::Success,
        JobState::Failed,
        JobState::Canceled,
        JobState::Skipped,
    ];
    let state = all.into_iter().find(|state| state.as_str() == name).unwrap();
    CountedState { state, may_fail: text.ends_with('?') }
}

/// Runs the pipeline, and tells the states in which its jobs end, with reasons. Jobs end in the order of the pipeline.
/// `ends` has `NAME STATE` for jobs that do not pass, which commas separate: `a failed, b canceled`.
pub(super) fn run(schedule: &mut Schedule, ends: &str) -> String {
    let mut reasons: HashMap<usize, StateReason> = HashMap::new();
    loop {
        for change in schedule.advance() {
            reasons.extend(change.reason.map(|reason| (change.job, reason)));
        }
        let Some(job) = schedule.pending().next() else { break };
        let name = &schedule.graph().jobs[job].name;
        let end = ends.split(", ").find_map(|end| end.strip_prefix(&format!("{name} ")));
        let end = job_status(end.unwrap_or("success"));
        if end.may_fail {
            schedule.excuse(job);
        }
        schedule.set(job, end.state);
    }
    reasons.extend(schedule.not_reached());
    let job = |(place, status): (usize, &CountedState)| {
        let name = &schedule.graph().jobs[place].name;
        let reason = reasons.get(&place).map(|reason| format!(" {reason:?}")).unwrap_or_default();
        format!("{name} {}{reason}", status.state)
    };
    schedule.jobs().iter().enumerate().map(job).collect::<Vec<_>>().join("; ")
}
