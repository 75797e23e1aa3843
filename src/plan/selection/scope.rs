//! The variables that rules see: of the pipeline, or of a job.
//!
//! A pipeline may have thousands of jobs, whose rules mostly compare variables that all of them share: what only some
//! rules ask for is computed when one does.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::Selector;
use crate::pipeline::job::Job;
use crate::pipeline::rule_context::RuleVariables;
use crate::pipeline::when::When;
use crate::vars::environment::Deployment;
use crate::vars::expand::{Definition, expand_known};
use crate::vars::layers::{JobVariables, LayeredVariables, ServerVariables};
use crate::vars::predefined::{JobFacts, described_job};
use crate::vars::run_variables::FileValue;

/// Prefixes of the predefined variables that differ from job to job.
const JOB_PREFIXES: [&str; 3] = ["CI_JOB_", "CI_NODE_", "CI_ENVIRONMENT_"];

/// The variables of the pipeline, or of one of its jobs before a rule of it has matched.
pub(super) struct RuleScope<'s> {
    selector: &'s Selector<'s>,
    job: Option<&'s Job>,
    /// Those that are not predefined.
    pub(super) variables: JobVariables<'s>,
    /// The job's predefined variables, once a rule asks for one.
    of_job: OnceCell<Vec<Definition>>,
    /// All variables, with references to each other replaced, once a path refers to one.
    expanded: OnceCell<HashMap<String, String>>,
}

impl<'s> RuleScope<'s> {
    /// The scope of `workflow:rules`.
    pub(super) fn of_pipeline(selector: &'s Selector<'s>) -> Self {
        let variables = selector.variables();
        Self { selector, job: None, variables, of_job: OnceCell::new(), expanded: OnceCell::new() }
    }

    /// The scope of a job's rules.
    pub(super) fn of_job(selector: &'s Selector<'s>, job: &'s Job) -> Self {
        let of_pipeline = Self::of_pipeline(selector);
        let JobVariables { yaml, run } = of_pipeline.variables;
        let variables = JobVariables { yaml: yaml.with_job(job), run };
        Self { job: Some(job), variables, ..of_pipeline }
    }

    fn of_job_value(&self, name: &str) -> Option<&str> {
        if !JOB_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            return None;
        }
        let of_job = self.of_job.get_or_init(|| self.predefined_of_job());
        of_job.iter().rfind(|known| known.key == name).map(|known| &*known.value)
    }

    fn predefined_of_job(&self) -> Vec<Definition> {
        let Some(job) = self.job else { return Vec::new() };
        let mut of_job = described_job(&JobFacts::of(job));
        if matches!(job.when, When::Manual | When::Delayed) {
            of_job.push(Definition::new("CI_JOB_MANUAL", "true"));
        }
        if let Some(environment) = &job.environment
            // Planning reports variables that refer to each other in circles.
            && let Ok(variables) = self.layered(&of_job).expand()
        {
            of_job.extend(Deployment::new(environment, &variables).predefined());
        }
        of_job
    }

    fn all_expanded(&self) -> HashMap<String, String> {
        let layered = self.layered(self.of_job.get_or_init(|| self.predefined_of_job()));
        let variables = layered.expand().map(ServerVariables::into_definitions);
        let variables = variables.unwrap_or_else(|_| layered.unexpanded());
        variables.into_iter().map(|known| (known.key, known.value)).collect()
    }

    fn layered(&self, of_job: &[Definition]) -> LayeredVariables {
        let shared = self.selector.predefined.iter().map(|(key, value)| Definition::new(key, value));
        self.variables.over(shared.chain(of_job.iter().cloned()).collect(), FileValue::Content)
    }
}

impl RuleVariables for RuleScope<'_> {
    fn variable(&self, name: &str) -> Option<&str> {
        let shared = || self.selector.predefined.get(name).map(String::as_str);
        self.variables.value(name).or_else(|| self.of_job_value(name)).or_else(shared)
    }

    fn expand(&self, text: &str) -> String {
        if !text.contains(['$', '%']) {
            return text.to_owned();
        }
        let expanded = self.expanded.get_or_init(|| self.all_expanded());
        expand_known(text, |name| expanded.get(name).map(String::as_str))
    }
}
