//! Whether jobs of a run may run at the same time, so that their lines mix. Pure.

use crate::executor::run_report::{RunFacts, RunJob};

/// How the logs of the jobs of a run lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogLayout {
    /// One after another: each has a headline.
    OneByOne,
    /// Among each other: each line has the name of its job.
    Mixed,
}

impl LogLayout {
    /// Jobs mix if there are several slots and a moment at which two of the jobs may run.
    pub(super) fn of(facts: &RunFacts) -> Self {
        if facts.slots > 1 && may_overlap(&facts.jobs) { Self::Mixed } else { Self::OneByOne }
    }
}

/// Whether the jobs are no chain: ends them one by one, and looks whether two of them ever wait for none.
fn may_overlap(jobs: &[RunJob]) -> bool {
    let mut left: Vec<&RunJob> = jobs.iter().collect();
    while !left.is_empty() {
        let ready: Vec<usize> = (0..)
            .zip(&left)
            .filter(|(at, job)| is_ready(job, *at, &left))
            .map(|(at, _)| at)
            .take(2)
            .collect();
        match *ready {
            [only] => drop(left.remove(only)),
            // A circle of needs cannot run at all.
            [] => return false,
            _ => return true,
        }
    }
    false
}

/// Whether none of the jobs that are left is one that the job waits for.
fn is_ready(job: &RunJob, at: usize, left: &[&RunJob]) -> bool {
    match &job.needs {
        Some(needs) => !left.iter().any(|other| needs.contains(&other.name)),
        // Jobs are in the order of their stages.
        None => left.iter().take(at).all(|other| other.stage == job.stage),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example_run::{facts, job};

    fn layout(slots: usize, jobs: &[(&str, &str, Option<&[&str]>)]) -> LogLayout {
        LogLayout::of(&facts(
            slots,
            jobs.iter().map(|(name, stage, needs)| job(name, stage, *needs)).collect(),
        ))
    }

    #[test]
    fn jobs_that_can_never_overlap_have_their_logs_one_after_another() {
        let chain = [("a", "build", None), ("b", "test", None), ("c", "deploy", None)];
        assert_eq!(layout(4, &chain), LogLayout::OneByOne);
        let needs: [(&str, &str, Option<&[&str]>); 3] =
            [("a", "x", Some(&[])), ("b", "x", Some(&["a"])), ("c", "x", Some(&["b"]))];
        assert_eq!(layout(4, &needs), LogLayout::OneByOne);
        assert_eq!(layout(4, &[("a", "x", None)]), LogLayout::OneByOne);
        assert_eq!(layout(4, &[]), LogLayout::OneByOne);
    }

    #[test]
    fn two_jobs_that_may_run_at_once_mix_their_lines_unless_there_is_one_slot() {
        let stage = [("a", "build", None), ("b", "test", None), ("c", "test", None)];
        assert_eq!((layout(2, &stage), layout(1, &stage)), (LogLayout::Mixed, LogLayout::OneByOne));
        let early: [(&str, &str, Option<&[&str]>); 2] = [("a", "build", None), ("b", "test", Some(&[]))];
        assert_eq!(layout(2, &early), LogLayout::Mixed);
    }
}
