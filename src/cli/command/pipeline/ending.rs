//! How a run ends: its report, its exit code and its state in the store. Pure.

use std::sync::Arc;
use std::time::Duration;

use crate::cli::exit_code;
use crate::cli::options::WhenBlocked;
use crate::executor::outcome::{Failure, JobOutcome};
use crate::executor::run_report::{JobReport, RunFacts, RunReport};
use crate::executor::shutdown::Signal;
use crate::schedule::job_state::JobState;
use crate::schedule::status::SetStatus;
use crate::store::EndState;

/// What decides the exit code besides the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RunCircumstances {
    /// The signal that has stopped the run.
    pub(super) signal: Option<Signal>,
    pub(super) when_blocked: WhenBlocked,
    /// Whether artifacts are missing that `--artifacts-to` asks for.
    pub(super) lacks_copies: bool,
    pub(super) wall: Duration,
}

/// The report of a run with this status, whose jobs have ended so.
pub(super) fn report(
    facts: Arc<RunFacts>,
    status: SetStatus,
    jobs: Vec<JobReport>,
    end: RunCircumstances,
) -> RunReport {
    let code = code(status, &jobs, end);
    RunReport { facts, status: status.state, has_warnings: status.has_warnings, code, wall: end.wall, jobs }
}

fn code(status: SetStatus, jobs: &[JobReport], end: RunCircumstances) -> u8 {
    if let Some(signal) = end.signal {
        return exit_code::of_signal(signal);
    }
    let failures: Vec<&JobOutcome> = jobs
        .iter()
        .filter(|job| job.state == JobState::Failed && !job.may_fail)
        .filter_map(|job| job.outcome.as_deref())
        .collect();
    let is_system = |outcome: &&JobOutcome| outcome.failure().is_some_and(|failure| !is_the_jobs(failure));
    match (&failures[..], status.state) {
        ([], JobState::Failed) => exit_code::JOB_FAILED,
        ([], JobState::Manual | JobState::Scheduled) if end.when_blocked == WhenBlocked::Fail => {
            exit_code::BLOCKED
        }
        ([], _) if end.lacks_copies => exit_code::SYSTEM_FAILED,
        ([], _) => exit_code::PASSED,
        (failures, _) if failures.iter().all(is_system) => exit_code::SYSTEM_FAILED,
        _ => exit_code::JOB_FAILED,
    }
}

/// Whether the failure is about the job itself, and not about the engine, an image or this program.
fn is_the_jobs(failure: &Failure) -> bool {
    failure.is_the_scripts() || matches!(failure, Failure::Unplanned { .. } | Failure::CachePolicy { .. })
}

/// The state of the run in the store.
pub(super) fn end_state(report: &RunReport) -> EndState {
    match report.code {
        exit_code::PASSED | exit_code::BLOCKED => EndState::Success,
        code if code > exit_code::SIGNAL => EndState::Canceled,
        _ => EndState::Failed,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::executor::outcome::Allowed;

    fn job(failure: Option<Failure>, allowed: Allowed) -> JobReport {
        let state = if failure.is_some() { JobState::Failed } else { JobState::Success };
        let outcome = failure.map_or(JobOutcome::Passed, |failure| JobOutcome::Failed(failure, allowed));
        JobReport {
            outcome: Some(Arc::new(outcome)),
            may_fail: allowed == Allowed::Yes,
            ..JobReport::not_run(state, None)
        }
    }

    fn check(state: JobState, jobs: Vec<JobReport>, expect: u8) {
        let end = RunCircumstances {
            signal: None,
            when_blocked: WhenBlocked::Pass,
            lacks_copies: false,
            wall: Duration::ZERO,
        };
        let status = SetStatus { state, has_warnings: false };
        assert_eq!(code(status, &jobs, end), expect, "{state} {jobs:?}");
    }

    #[test]
    fn the_exit_code_says_whether_jobs_or_the_engine_failed() {
        let script = || job(Some(Failure::script(7)), Allowed::No);
        let lost =
            || job(Some(Failure::Lost { container: "c".to_owned(), detail: "d".to_owned() }), Allowed::No);
        check(JobState::Success, vec![job(None, Allowed::No)], 0);
        check(JobState::Success, vec![job(Some(Failure::script(7)), Allowed::Yes)], 0);
        check(JobState::Failed, vec![script()], 1);
        check(JobState::Failed, vec![script(), lost()], 1);
        check(JobState::Failed, vec![lost(), lost()], 125);
        check(JobState::Manual, vec![script()], 1);
        check(JobState::Manual, vec![job(None, Allowed::No)], 0);
        check(JobState::Skipped, vec![], 0);
    }

    #[test]
    fn a_blocked_pipeline_a_signal_and_missing_copies_have_their_codes() {
        let facts = Arc::new(RunFacts {
            run: None,
            pipeline_id: 1,
            commit: None,
            is_dirty: None,
            started: Timestamp::UNIX_EPOCH,
            slots: 1,
            jobs: Vec::new(),
        });
        let when_blocked = WhenBlocked::Fail;
        let end = RunCircumstances { signal: None, when_blocked, lacks_copies: false, wall: Duration::ZERO };
        let run = |state, end| {
            let report =
                report(Arc::clone(&facts), SetStatus { state, has_warnings: false }, Vec::new(), end);
            (report.code, end_state(&report))
        };
        assert_eq!(run(JobState::Manual, end), (4, EndState::Success));
        assert_eq!(run(JobState::Scheduled, end), (4, EndState::Success));
        assert_eq!(run(JobState::Success, end), (0, EndState::Success));
        let signal = Some(Signal::Interrupt);
        assert_eq!(run(JobState::Canceled, RunCircumstances { signal, ..end }), (130, EndState::Canceled));
        assert_eq!(
            run(JobState::Success, RunCircumstances { lacks_copies: true, ..end }),
            (125, EndState::Failed)
        );
    }
}
