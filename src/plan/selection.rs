//! Which jobs the pipeline of this branch or tag has, and why: `workflow`, `rules`, `only` and `except`.

use std::collections::HashMap;

use indexmap::IndexMap;

use self::scope::RuleScope;
use super::decision::{Decision, MatchedRule, Selection};
use super::facts::Facts;
use crate::pipeline::Pipeline;
use crate::pipeline::auto_cancel::OnJobFailure;
use crate::pipeline::job::Job;
use crate::pipeline::rule_context::RuleFiles;
use crate::pipeline::rules::Rule;
use crate::pipeline::when::When;
use crate::vars::layers::JobVariables;
use crate::vars::predefined::predefined_before_jobs;
use crate::vars::project::Project;
use crate::vars::run_variables::{FileValue, RunVariables};
use crate::vars::yaml_variables::YamlVariables;

mod policy;
mod scope;

/// Decides which jobs of a pipeline there are. What is the same for all of them is computed once.
pub struct Selector<'p> {
    pipeline: &'p Pipeline,
    files: &'p dyn RuleFiles,
    project: Project,
    /// The predefined variables that there are before there are jobs.
    predefined: IndexMap<String, String>,
    run: RunVariables,
    workflow: Option<Selection<'p>>,
}

impl<'p> Selector<'p> {
    /// Decides `workflow:rules`, which the jobs' own decisions depend on.
    pub fn new(pipeline: &'p Pipeline, facts: &Facts, files: &'p dyn RuleFiles) -> Self {
        let project = facts.project();
        let predefined = predefined_before_jobs(&facts.pipeline_facts(&project));
        let predefined = predefined.into_iter().map(|known| (known.key, known.value)).collect();
        let run = facts.run_variables();
        let mut selector = Self { pipeline, files, project, predefined, run, workflow: None };
        if let Some(rules) = &pipeline.workflow {
            selector.workflow =
                Some(selector.first_match(rules, When::Always, &RuleScope::of_pipeline(&selector)));
        }
        selector
    }

    /// What `workflow:rules` says where it says that there is no pipeline.
    pub fn without_pipeline(&self) -> Option<&Selection<'p>> {
        self.workflow.as_ref().filter(|workflow| workflow.when == When::Never)
    }

    /// What a failed job does to the others: the matching rule of the workflow decides, or else the workflow.
    pub fn on_job_failure(&self) -> OnJobFailure {
        let rule = self.workflow.as_ref().and_then(|workflow| workflow.rule);
        rule.and_then(|matched| matched.rule.on_job_failure).unwrap_or(self.pipeline.on_job_failure)
    }

    /// The variables of the pipeline without any job's.
    pub fn variables(&self) -> JobVariables<'_> {
        let rule = self.workflow.as_ref().and_then(|workflow| workflow.rule);
        let rule = rule.map(|matched| matched.rule);
        JobVariables { yaml: YamlVariables::of_pipeline(&self.pipeline.variables, rule), run: &self.run }
    }

    /// Decides about a job.
    pub fn decide<'s>(&'s self, job: &'s Job) -> Decision<'s> {
        let scope = RuleScope::of_job(self, job);
        let selection = match &job.rules {
            Some(rules) => self.first_match(rules, job.when, &scope),
            None => match self.excluded(job.only.as_ref(), job.except.as_ref(), &scope) {
                Some(why) => Selection { when: When::Never, rule: None, why },
                None => Selection { when: job.when, rule: None, why: String::new() },
            },
        };
        let JobVariables { yaml, run } = scope.variables;
        let yaml = yaml.with_job_rule(selection.rule.map(|matched| matched.rule));
        let variables = JobVariables { yaml, run };
        Decision { job, workflow: self.workflow.as_ref(), selection, variables }
    }

    /// The position of a job's stage in the pipeline; `None` if the pipeline does not have the stage.
    pub fn stage(&self, job: &Job) -> Option<usize> {
        self.pipeline.stages.iter().position(|stage| *stage == job.stage)
    }

    fn first_match<'r>(&self, rules: &'r [Rule], default: When, scope: &RuleScope<'_>) -> Selection<'r> {
        for (number, rule) in (1..).zip(rules) {
            if let Some(clauses) = rule.matching_clauses(scope, self.files) {
                let clauses = if clauses.is_empty() { String::new() } else { format!(": {clauses}") };
                let why = format!("rule {number}{clauses}");
                let when = rule.when.unwrap_or(default);
                return Selection { when, rule: Some(MatchedRule { number, rule }), why };
            }
        }
        Selection { when: When::Never, rule: None, why: "no rule matches".to_owned() }
    }
}

/// The variables that `include` can use: the predefined ones, the project's, and those of the command line.
pub fn variables_for_includes(facts: &Facts) -> HashMap<String, String> {
    let predefined = predefined_before_jobs(&facts.pipeline_facts(&facts.project()));
    let of_run = facts.run_variables();
    let all = predefined.into_iter().chain(of_run.definitions(FileValue::Content));
    all.map(|known| (known.key, known.value)).collect()
}

#[cfg(test)]
mod tests;
