//! Which jobs of a run still run after one of them has failed, as in a GitLab pipeline. Pure.

use crate::pipeline::when::When;

/// What decides whether a job of the run starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StartCondition {
    pub(super) when: When,
    /// The places in the run of the jobs that it waits for, which are before it.
    pub(super) awaited: Vec<usize>,
}

impl StartCondition {
    /// Whether the job runs after jobs that have passed or not: a job that did not run has not.
    fn is_met(&self, passed: &[bool]) -> bool {
        let has_passed = |place: &usize| passed.get(*place) == Some(&true);
        matches!(self.when, When::Always | When::OnFailure) || self.awaited.iter().all(has_passed)
    }
}

/// Whether the job behind those of `passed` runs.
pub(super) fn next_runs(run: &[StartCondition], passed: &[bool]) -> bool {
    run.get(passed.len()).is_some_and(|next| next.is_met(passed))
}

/// Whether the last job has passed, or can run if all jobs before it pass that still run.
pub(super) fn last_can_run(run: &[StartCondition], passed: &[bool]) -> bool {
    let mut passed = passed.to_vec();
    while passed.len() < run.len() {
        passed.push(next_runs(run, &passed));
    }
    passed.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A job with that `when`, and the places of those that it waits for.
    fn job(when: When, awaited: &[usize]) -> StartCondition {
        StartCondition { when, awaited: awaited.to_vec() }
    }

    #[test]
    fn a_job_that_waits_for_a_failed_one_runs_only_if_its_when_says_so() {
        for (when, expect) in [
            (When::OnSuccess, false),
            (When::Delayed, false),
            (When::Manual, false),
            (When::OnFailure, true),
            (When::Always, true),
        ] {
            let run = [job(When::OnSuccess, &[]), job(when, &[0])];
            assert_eq!((next_runs(&run, &[false]), last_can_run(&run, &[false])), (expect, expect), "{when}");
            assert!(next_runs(&run, &[true]), "{when}");
        }
    }

    #[test]
    fn only_the_jobs_that_a_job_waits_for_itself_matter() {
        // The second runs whatever becomes of the first, and the third needs the second alone.
        let run = [job(When::OnSuccess, &[]), job(When::Always, &[0]), job(When::OnSuccess, &[1])];
        assert!(next_runs(&run, &[false]) && last_can_run(&run, &[false]));
        assert!(next_runs(&run, &[false, true]));
        assert!(!next_runs(&run, &[false, false]) && !last_can_run(&run, &[false, false]));
    }

    #[test]
    fn a_job_that_cannot_run_any_more_is_known_before_its_turn() {
        // The first fails; the second is independent of it; the third needs both.
        let run = |last| [job(When::OnSuccess, &[]), job(When::OnSuccess, &[]), job(last, &[0, 1])];
        assert!(!last_can_run(&run(When::OnSuccess), &[false]));
        assert!(next_runs(&run(When::Always), &[false]) && last_can_run(&run(When::Always), &[false]));
    }

    #[test]
    fn a_job_behind_one_that_did_not_run_does_not_run() {
        let run = [job(When::OnSuccess, &[]), job(When::OnSuccess, &[0]), job(When::OnSuccess, &[1])];
        assert!(!last_can_run(&run, &[false]));
        assert!(last_can_run(&run, &[true]) && last_can_run(&run, &[true; 3]));
    }
}
