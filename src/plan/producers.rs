//! Which jobs give their artifacts to a job, and which jobs it waits for.
//!
//! Jobs are in the order of their stages, then of the file, then of their instances. GitLab delivers archives in this
//! order, so that of two files with one path the later job's stays.

#![warn(missing_docs)]

use std::collections::HashSet;

use super::decision::Decision;
use super::selection::Selector;
use crate::pipeline::Pipeline;
use crate::pipeline::job::Job;
use crate::pipeline::needs::Need;

/// The jobs of a pipeline in their order.
pub struct JobOrder<'p> {
    selector: &'p Selector<'p>,
    /// Each job with the position of its stage.
    jobs: Vec<(Option<usize>, &'p Job)>,
}

impl<'p> JobOrder<'p> {
    /// Sorts the jobs. Rules are evaluated later, and only those of jobs that matter.
    pub fn new(pipeline: &'p Pipeline, selector: &'p Selector<'p>) -> Self {
        let mut jobs: Vec<_> = pipeline.jobs.values().map(|job| (selector.stage(job), job)).collect();
        // The sort is stable: within a stage the order of the file stays.
        jobs.sort_by_key(|(stage, _)| *stage);
        Self { selector, jobs }
    }

    /// The jobs of the pipeline whose archives and dotenv variables the job receives, without jobs that have neither.
    /// [`Artifacts::stores_archive`](crate::pipeline::artifacts::Artifacts::stores_archive) says whether one of them
    /// stores its archive after success or after a failure.
    pub fn producers(&self, decision: &Decision<'_>) -> Vec<&'p Job> {
        let dependencies = decision.job.dependencies.as_deref();
        let depends =
            |job: &Job| dependencies.is_none_or(|names| names.iter().any(|(name, _)| is_named(job, name)));
        let required = self.required(decision, |need| need.artifacts);
        let giving = required.filter(|job| job.artifacts.gives_anything() && depends(job));
        giving.filter(|job| self.selector.decide(job).is_selected()).collect()
    }

    /// The first job whose dotenv report gives variables to the job.
    pub fn giver_of_variables(&self, decision: &Decision<'_>) -> Option<&'p str> {
        let giver = self.producers(decision).into_iter().find(|job| job.artifacts.has_dotenv());
        giver.map(|job| &*job.name.value)
    }

    /// The jobs that the job waits for directly.
    pub fn direct(&self, decision: &Decision<'_>) -> Vec<&'p Job> {
        self.required(decision, |_| true).collect()
    }

    /// The jobs that the job's `needs` name, as far as `counts` says so, or else all jobs of earlier stages.
    fn required(
        &self,
        decision: &Decision<'_>,
        counts: impl Fn(&Need) -> bool,
    ) -> impl Iterator<Item = &'p Job> {
        let needed = decision.needs().map(|needs| {
            let counted = needs.iter().filter(|need| counts(need));
            counted.map(|need| need.job.clone()).collect::<HashSet<String>>()
        });
        let stage = self.selector.stage(decision.job);
        let own = decision.job.name.value.clone();
        let is_required = move |(of_job, job): &&(Option<usize>, &'p Job)| match &needed {
            Some(names) => {
                (names.contains(&job.name.value) || names.contains(&job.group)) && job.name.value != own
            }
            None => *of_job < stage,
        };
        self.jobs.iter().filter(is_required).map(|(_, job)| *job)
    }
}

/// Whether `name` is the job's own, or the one that all instances of a parallel job have in the file.
fn is_named(job: &Job, name: &str) -> bool {
    name == job.group || name == job.name.value
}

#[cfg(test)]
mod tests;
