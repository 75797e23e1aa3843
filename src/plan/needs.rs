//! The jobs that names in `needs` mean, and `needs` of jobs that the pipeline does not have.

use std::collections::{HashMap, HashSet};

use super::decision::Decision;
use crate::pipeline::Pipeline;
use crate::source::diagnostic::{Code, Diagnostic};

/// The names of the instances of each parallel job, by the job's name in the file.
#[derive(Debug)]
pub struct ParallelInstances<'p>(HashMap<&'p str, Vec<&'p str>>);

impl<'p> ParallelInstances<'p> {
    /// Collects the instances of all parallel jobs.
    pub fn of(pipeline: &'p Pipeline) -> Self {
        let mut groups: HashMap<&str, Vec<&str>> = HashMap::new();
        for job in pipeline.jobs.values().filter(|job| job.instance.is_some()) {
            groups.entry(&job.group).or_default().push(&job.name.value);
        }
        Self(groups)
    }

    /// The jobs that a name in `needs` means: a single job, or every instance of a parallel one.
    pub fn named(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(instances) => instances.iter().map(|name| (*name).to_owned()).collect(),
            None => vec![name.to_owned()],
        }
    }
}

/// Warns, in GitLab's words, about each needed job that the pipeline does not have.
pub fn missing_needs(decisions: &[Decision<'_>]) -> Vec<Diagnostic> {
    let in_pipeline = || decisions.iter().filter(|decision| decision.is_in_pipeline());
    let names: HashSet<&str> =
        in_pipeline().flat_map(|decision| [&*decision.job.name.value, &*decision.job.group]).collect();
    let mut found = Vec::new();
    for decision in in_pipeline() {
        let needs = decision.needs().unwrap_or_default();
        for need in needs.iter().filter(|need| !need.optional && !names.contains(&*need.job)) {
            let message = format!(
                "'{0}' job needs '{1}' job, but '{1}' does not exist in the pipeline. This might be because of the \
                 only, except, or rules keywords. To need a job that sometimes does not exist in the pipeline, use \
                 needs:optional.",
                decision.job.name.value, need.job
            );
            let warning = Diagnostic::warning(Code::InvalidConfig, message);
            found.push(warning.label(need.span, "not in the pipeline of this branch or tag"));
        }
    }
    found
}
