//! The jobs that names in `needs` mean, and `needs` of jobs that the pipeline does not have.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use super::decision::Decision;
use super::selection::Selector;
use crate::pipeline::Pipeline;
use crate::pipeline::expression::Expression;
use crate::pipeline::job::Job;
use crate::pipeline::needs::Need;
use crate::source::diagnostic::{Code, Diagnostic, Severity};

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

/// Reports, in GitLab's words, each needed job that the pipeline does not have. A job that rules left out is an error,
/// because GitLab then creates no pipeline. It is a warning if the rules depend on what only GitLab knows, and for a job
/// that is not in the file: what is wrong is reported elsewhere then.
pub fn missing_needs(decisions: &[Decision<'_>]) -> Vec<Diagnostic> {
    let names = |decision: &Decision<'_>| [decision.job.name.value.clone(), decision.job.group.clone()];
    let in_pipeline = || decisions.iter().filter(|decision| decision.is_in_pipeline());
    let present: HashSet<String> = in_pipeline().flat_map(names).collect();
    let certain = decisions.iter().filter(|decision| is_certain(decision));
    let left_out: HashSet<String> = certain.flat_map(names).collect();
    let missing = in_pipeline().flat_map(|decision| {
        let needs = decision.needs().unwrap_or_default().iter();
        let missing = needs.filter(|need| !need.optional && !present.contains(&need.job));
        missing.map(|need| {
            let severity = if left_out.contains(&need.job) { Severity::Error } else { Severity::Warning };
            Diagnostic { severity, ..missing_need(decision, need) }
        })
    });
    missing.collect()
}

/// The errors about needs of one job, as [`missing_needs`] reports them. They prevent a pipeline that has the job.
pub fn missing_needs_of(
    decision: &Decision<'_>,
    pipeline: &Pipeline,
    selector: &Selector<'_>,
) -> Vec<Diagnostic> {
    if !decision.is_in_pipeline() {
        return Vec::new();
    }
    let is_left_out = |need: &&Need| {
        let is_named = |job: &&Job| job.name.value == need.job || job.group == need.job;
        let mut named = pipeline.jobs.values().filter(is_named).map(|job| selector.decide(job)).peekable();
        named.peek().is_some() && named.all(|other| !other.is_in_pipeline() && is_certain(&other))
    };
    let needs = decision.needs().unwrap_or_default().iter();
    let missing = needs.filter(|need| !need.optional).filter(is_left_out);
    missing.map(|need| missing_need(decision, need)).collect()
}

/// Whether the decision about a job is GitLab's, too: its conditions compare no commits and read no variable that is
/// defined nowhere here, such as one of the project's settings.
fn is_certain(decision: &Decision<'_>) -> bool {
    let Decision { job, variables, .. } = decision;
    let run = variables.run;
    let outside = || [&run.user, &run.project, &run.command_line, &run.files].into_iter().flatten();
    let is_known = |name: &str| {
        ["CI", "GITLAB"].iter().any(|begin| name.starts_with(begin))
            || variables.yaml.value(name).is_some()
            || outside().any(|known| known.key == name)
    };
    let reads_unknown = |condition: &Expression| {
        let unknown = Cell::new(false);
        condition.is_true(&|name| {
            unknown.set(unknown.get() || !is_known(name));
            variables.yaml.value(name)
        });
        unknown.get()
    };
    let rules = job.rules.iter().flatten();
    let policies = [&job.only, &job.except].into_iter().flatten();
    let mut of_rules = rules.map(|rule| rule.changes.is_none() && !rule.condition.iter().any(reads_unknown));
    let mut of_policies = policies.map(|policy| {
        policy.changes.is_none()
            && !policy.kubernetes
            && !policy.variables.iter().flatten().any(reads_unknown)
    });
    of_rules.all(|certain| certain) && of_policies.all(|certain| certain)
}

fn missing_need(decision: &Decision<'_>, need: &Need) -> Diagnostic {
    let message = format!(
        "'{0}' job needs '{1}' job, but '{1}' does not exist in the pipeline. This might be because of the only, except, or \
         rules keywords. To need a job that sometimes does not exist in the pipeline, use needs:optional.",
        decision.job.name.value, need.job
    );
    let problem = Diagnostic::error(Code::InvalidConfig, message);
    let problem = problem.label(need.span, "not in the pipeline of this branch or tag");
    problem.help(format!("give both jobs the same rules, or write `{{job: {}, optional: true}}`", need.job))
}
