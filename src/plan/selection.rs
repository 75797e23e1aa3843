//! Which jobs the pipeline of this branch or tag has, and why: `workflow`, `rules`, `only` and `except`.

use std::collections::HashMap;

use self::scope::Scope;
use super::facts::Facts;
use crate::pipeline::Pipeline;
use crate::pipeline::job::Job;
use crate::pipeline::rule_context::RuleFiles;
use crate::pipeline::rules::Rule;
use crate::pipeline::variables::Variable;
use crate::pipeline::when::When;
use crate::vars::predefined::{RunFacts, predefined, user};
use crate::vars::project::Project;

mod policy;
mod scope;

/// Variables that GitLab has only once there is a job, or only on the runner: rules cannot see them.
const NOT_YET: [&str; 10] = [
    "CI_JOB_ID",
    "CI_JOB_URL",
    "CI_JOB_TOKEN",
    "CI_JOB_STARTED_AT",
    "CI_PIPELINE_ID",
    "CI_PIPELINE_URL",
    "CI_PIPELINE_IID",
    "CI_REGISTRY_USER",
    "CI_REGISTRY_PASSWORD",
    "CI_REPOSITORY_URL",
];

/// What was decided of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection<'p> {
    /// When it runs; `never` where the pipeline does not have it.
    pub when: When,
    /// The rule that decided.
    pub rule: Option<&'p Rule>,
    /// Why, in the file's words; empty for a job that says nothing about it.
    pub why: String,
}

/// Decides which jobs there are.
pub struct Selector<'p> {
    facts: &'p Facts,
    files: &'p dyn RuleFiles,
    global: &'p [Variable],
    stages: &'p [String],
    project: Project,
    base: HashMap<String, String>,
    workflow: Option<Selection<'p>>,
}

impl<'p> Selector<'p> {
    /// For the jobs of `pipeline`.
    pub fn new(pipeline: &'p Pipeline, facts: &'p Facts, files: &'p dyn RuleFiles) -> Self {
        let project = facts.project();
        let base = known_beforehand(facts, &project);
        let mut selector = Self {
            facts,
            files,
            global: &pipeline.variables,
            stages: &pipeline.stages,
            project,
            base,
            workflow: None,
        };
        if let Some(rules) = &pipeline.workflow {
            let decided = selector.first(rules, When::Always, &Scope::of_pipeline(&selector));
            selector.workflow = Some(decided);
        }
        selector
    }

    /// What `workflow:rules` decided: with `never` there is no pipeline. `None` where the file has none.
    pub fn workflow(&self) -> Option<&Selection<'p>> {
        self.workflow.as_ref()
    }

    /// Decides about a job.
    pub fn select(&self, job: &'p Job) -> Selection<'p> {
        let scope = Scope::of_job(self, job);
        if let Some(rules) = &job.rules {
            return self.first(rules, job.when, &scope);
        }
        match self.excluded(job.only.as_ref(), job.except.as_ref(), &scope) {
            Some(why) => Selection { when: When::Never, rule: None, why },
            None => Selection { when: job.when, rule: None, why: String::new() },
        }
    }

    /// The place of a job's stage in the pipeline; `None` where there is no such stage.
    pub fn stage(&self, job: &Job) -> Option<usize> {
        self.stages.iter().position(|stage| *stage == job.stage)
    }

    /// The first rule that matches.
    fn first(&self, rules: &'p [Rule], default: When, scope: &Scope<'_>) -> Selection<'p> {
        for (index, rule) in rules.iter().enumerate() {
            if let Some(clauses) = rule.matching_clauses(scope, self.files) {
                let clauses = if clauses.is_empty() { String::new() } else { format!(": {clauses}") };
                let why = format!("rule {}{clauses}", index + 1);
                return Selection { when: rule.when.unwrap_or(default), rule: Some(rule), why };
            }
        }
        Selection { when: When::Never, rule: None, why: "no rule matches".to_owned() }
    }
}

/// Predefined variables that there are before there are jobs.
fn known_beforehand(facts: &Facts, project: &Project) -> HashMap<String, String> {
    let run = RunFacts {
        runner: facts.runner.runner.name.as_deref(),
        job: "",
        group: "",
        instance: None,
        stage: "",
        project,
        git: facts.git.as_ref(),
        config_file: &facts.config_file,
        job_id: 0,
        pipeline_id: facts.pipeline_id,
        now: facts.now,
    };
    let is_known = |key: &str| !NOT_YET.contains(&key) && !key.starts_with("CI_JOB_");
    let known = predefined(&run).into_iter().filter(|found| is_known(&found.key));
    known.chain(user(facts.git.as_ref())).map(|found| (found.key, found.value)).collect()
}

/// The variables that an `include` sees: those of the command line and of the project, and the predefined ones.
pub fn variables_for_includes(facts: &Facts) -> HashMap<String, String> {
    let mut known = known_beforehand(facts, &facts.project());
    let of_project = facts.project_variables.iter();
    known.extend(of_project.map(|variable| (variable.key.clone(), variable.value.clone())));
    known.extend(facts.variables.iter().map(|variable| (variable.key.clone(), variable.value.clone())));
    let files = facts.variable_files.iter();
    known.extend(files.map(|file| (file.key.clone(), file.content.expose().to_owned())));
    known
}

#[cfg(test)]
mod tests;
