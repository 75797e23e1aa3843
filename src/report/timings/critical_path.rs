//! The critical path of a run: the jobs of which each had to wait for the one before, up to the one that ended last. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::executor::run_report::{JobReport, RunReport};

/// A job on the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CriticalStep {
    /// Its place among the jobs of the run.
    pub(super) place: usize,
    /// How long it did not run although no job had to end before it: for a slot, a resource or a delay.
    pub(super) waited: Duration,
    pub(super) took: Duration,
}

/// The path, from the first job on. A job counts as waiting for the one that ended last of those that it waits for. Empty if
/// no job has run.
pub(super) fn critical_path(report: &RunReport) -> Vec<CriticalStep> {
    let last = (0..).zip(&report.jobs).filter_map(|(place, job)| Some((end(job)?, place))).max();
    let (mut path, mut seen, mut next) = (Vec::new(), BTreeSet::new(), last.map(|(_, place)| place));
    while let Some((place, job)) = next.and_then(|place| Some((place, report.jobs.get(place)?))) {
        // No job waits for itself over others; a path that cannot end would be worse than a wrong one.
        if !seen.insert(place) {
            break;
        }
        let ended = |before: &usize| Some((end(report.jobs.get(*before)?)?, *before));
        let before = jobs_before(report, place).iter().filter_map(ended).max();
        let free_since = before.map_or(report.facts.started, |(end, _)| end);
        let waited = job.started.map_or(SignedDuration::ZERO, |started| started.duration_since(free_since));
        let waited = Duration::try_from(waited).unwrap_or_default();
        path.push(CriticalStep { place, waited, took: job.duration });
        next = before.map(|(_, place)| place);
    }
    path.reverse();
    path
}

/// When the job ended; `None` if it has not run.
fn end(job: &JobReport) -> Option<Timestamp> {
    let took = SignedDuration::try_from(job.duration).ok()?;
    job.started?.checked_add(took).ok()
}

/// The places of the jobs that a job waits for: its needs, or else all jobs of earlier stages.
fn jobs_before(report: &RunReport, place: usize) -> Vec<usize> {
    let jobs = &report.facts.jobs;
    let Some(job) = jobs.get(place) else { return Vec::new() };
    match &job.needs {
        Some(needs) => (0..).zip(jobs).filter(|(_, it)| needs.contains(&it.name)).map(|(at, _)| at).collect(),
        None => {
            // Jobs come by their stages.
            let stage = jobs.iter().position(|it| it.stage == job.stage).unwrap_or_default();
            (0..stage).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::executor::outcome::JobOutcome;
    use crate::report::example_run::{facts, job, ran, report};
    use crate::schedule::job_state::JobState;

    /// A run of jobs: name, stage, needs, begin and duration in seconds; a job without these has not run.
    type TimedJob = (&'static str, &'static str, Option<&'static [&'static str]>, Option<(i64, u64)>);

    fn run(jobs: &[TimedJob]) -> RunReport {
        let facts = facts(2, jobs.iter().map(|(name, stage, needs, _)| job(name, stage, *needs)).collect());
        let report_of = |times: &Option<(i64, u64)>| match times {
            None => JobReport::not_run(JobState::Manual, None),
            Some((begun, took)) => JobReport {
                started: Some(facts.started + SignedDuration::from_secs(*begun)),
                ..ran(JobOutcome::Passed, *took)
            },
        };
        let jobs = jobs.iter().map(|(.., times)| report_of(times)).collect();
        RunReport { facts: Arc::new(facts.clone()), jobs, ..report() }
    }

    /// The path as `job waited+took`.
    #[track_caller]
    fn check(jobs: &[TimedJob], expect: &[&str]) {
        let path = critical_path(&run(jobs));
        let texts = path.iter().map(|CriticalStep { place, waited, took }| {
            format!("{} {}+{}", jobs[*place].0, waited.as_secs(), took.as_secs())
        });
        assert_eq!(texts.collect::<Vec<_>>(), expect);
    }

    #[test]
    fn a_job_is_reached_over_the_job_that_it_waited_for_longest() {
        let jobs: [TimedJob; 5] = [
            ("build", "build", None, Some((0, 5))),
            ("docs", "build", None, Some((0, 9))),
            ("unit", "test", Some(&["build"]), Some((5, 10))),
            ("lint", "test", None, Some((9, 1))),
            ("deploy", "deploy", None, Some((16, 2))),
        ];
        check(&jobs, &["build 0+5", "unit 0+10", "deploy 1+2"]);
        check(&jobs[..4], &["build 0+5", "unit 0+10"]);
        check(&jobs[..2], &["docs 0+9"]);
    }

    #[test]
    fn a_job_without_needs_of_its_own_may_wait_for_a_slot() {
        let jobs: [TimedJob; 2] =
            [("a", "test", Some(&[]), Some((0, 5))), ("b", "test", Some(&[]), Some((5, 5)))];
        check(&jobs, &["b 5+5"]);
    }

    #[test]
    fn jobs_that_have_not_run_are_not_on_the_path() {
        let jobs: [TimedJob; 3] = [
            ("build", "build", None, Some((0, 5))),
            ("manual", "test", None, None),
            ("deploy", "deploy", None, Some((5, 1))),
        ];
        check(&jobs, &["build 0+5", "deploy 0+1"]);
        check(&[("manual", "test", None, None)], &[]);
    }
}
