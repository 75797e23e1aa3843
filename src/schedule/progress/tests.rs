use super::*;
use crate::schedule::testing::{graph, job_status};

/// A pipeline whose jobs are in these states.
fn schedule(jobs: &str, states: &str, delayed: DelayedStart) -> Schedule {
    let mut schedule = Schedule::new(graph(jobs), StartRules { delayed, ..StartRules::default() });
    for (job, state) in states.split(' ').enumerate() {
        schedule.set(job, job_status(state).state);
    }
    schedule
}

#[track_caller]
fn check_status(jobs: &str, states: &str, expect: JobState) {
    assert_eq!(schedule(jobs, states, DelayedStart::Now).status().state, expect, "{jobs}: {states}");
}

const ALL: &str = "c 0; w 0; p 0; s 0 delayed; m 0 manual; r 0; ok 0; bad 0; x 0; k 0";
const STATES: &str =
    "created waiting_for_resource pending scheduled manual running success failed canceled skipped";

#[test]
fn a_failure_cancels_all_that_has_not_begun_and_leaves_manual_jobs() {
    let mut all = schedule(ALL, STATES, DelayedStart::Wait);
    let canceled = all.auto_cancel(7);
    let jobs: Vec<usize> = canceled.transitions.iter().map(|change| change.job).collect();
    assert_eq!((jobs, canceled.running), (vec![0, 1, 2, 3], vec![5]));
    let reason = Some(StateReason::AutoCanceled("bad".to_owned()));
    assert!(canceled.transitions.iter().all(|change| change.reason == reason));
    let states: Vec<&str> = all.jobs().iter().map(|job| job.state.as_str()).collect();
    let expect = "canceled canceled canceled canceled manual running success failed canceled skipped";
    assert_eq!(states.join(" "), expect);
}

#[test]
fn an_always_job_does_not_run_after_an_automatic_cancellation() {
    let mut all = schedule("a 0; b 0; c 1 always", "failed running created", DelayedStart::Now);
    assert_eq!(all.auto_cancel(0).running, [1]);
    all.set(1, JobState::Canceled);
    assert_eq!(all.advance(), []);
    assert!(all.is_over());
    assert_eq!(all.status().state, JobState::Failed);
}

#[test]
fn only_a_failure_that_is_not_excused_cancels() {
    let mut all = schedule("a 0; b 0", "failed pending", DelayedStart::Now);
    all.excuse(0);
    assert_eq!(all.auto_cancel(0), Cancellation::default());
    assert_eq!(all.auto_cancel(1), Cancellation::default());
    assert_eq!(all.auto_cancel(9), Cancellation::default());
}

#[test]
fn stopping_cancels_without_a_failure() {
    let mut all = schedule(ALL, STATES, DelayedStart::Wait);
    let stopped = all.stop();
    assert_eq!((stopped.transitions.len(), stopped.running), (4, vec![5]));
    assert_eq!(stopped.transitions[0].reason, Some(StateReason::Stopped));
}

#[test]
fn a_pipeline_is_over_when_nothing_will_happen() {
    let is_over = |states: &str, delayed| schedule("a 0 delayed; b 1", states, delayed).is_over();
    assert!(is_over("success success", DelayedStart::Now));
    assert!(!is_over("success created", DelayedStart::Now));
    assert!(!is_over("created created", DelayedStart::Now));
    assert!(!is_over("scheduled created", DelayedStart::Wait));
    assert!(is_over("scheduled created", DelayedStart::Skip));
    assert!(is_over("manual created", DelayedStart::Now));
    for state in ["pending", "running", "waiting_for_resource"] {
        assert!(!is_over(&format!("{state} created"), DelayedStart::Skip), "{state}");
    }
}

#[test]
fn a_delay_that_is_over_starts_the_job_unless_it_was_canceled() {
    let mut all = schedule("a 0 delayed; t 0 delayed trigger", "scheduled scheduled", DelayedStart::Wait);
    assert_eq!(all.start_delayed(0).map(|change| change.to), Some(JobState::Pending));
    assert_eq!(all.start_delayed(1).and_then(|change| change.reason), Some(StateReason::NotRunHere));
    assert_eq!(all.start_delayed(0), None);
    assert_eq!(all.start_delayed(9), None);
    assert_eq!(all.pending().collect::<Vec<_>>(), [0]);
}

#[test]
fn the_pipeline_has_the_status_of_its_jobs() {
    check_status("m 0 manual ?", "manual", JobState::Skipped);
    check_status("m 0 manual", "manual", JobState::Manual);
    check_status("a 0; m 0 manual", "failed manual", JobState::Manual);
    check_status("a 0; b 1", "success running", JobState::Running);
    let mut warned = schedule("a 0; b 0", "failed success", DelayedStart::Now);
    assert_eq!(warned.failed().collect::<Vec<_>>(), [0]);
    warned.excuse(0);
    assert_eq!(warned.failed().count(), 0);
    assert_eq!(warned.status(), SetStatus { state: JobState::Success, has_warnings: true });
}

#[test]
fn all_jobs_that_block_a_job_are_named() {
    let jobs = "m 0 manual; o 0 manual ?; s 0 delayed; b 1; c 2 needs b; d 3 needs s; e 2 needs m c";
    let all = schedule(jobs, "manual manual scheduled created created created created", DelayedStart::Skip);
    let names = |names: &[&str]| StateReason::BlockedBy(names.iter().map(ToString::to_string).collect());
    assert_eq!(
        all.not_reached(),
        [(3, names(&["m", "s"])), (4, names(&["m", "s"])), (5, names(&["s"])), (6, names(&["m", "s"]))]
    );
}
