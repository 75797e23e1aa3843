//! Which jobs the pipeline of this branch or tag has, and why: `workflow`, `rules`, `only` and `except`.

use std::collections::HashMap;
use std::rc::Rc;

use super::facts::Facts;
use crate::pipeline::Pipeline;
use crate::pipeline::job::Job;
use crate::pipeline::path_pattern::PathPattern;
use crate::pipeline::rules::Rule;
use crate::pipeline::variables::Variable;
use crate::pipeline::when::When;
use crate::vars::predefined::{RunFacts, predefined, user};
use crate::vars::project::Project;

mod policy;

/// Comparisons of a pattern with a path after which GitLab stops and takes it for a match.
const COMPARISONS_MAX: usize = 50_000;

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

/// The files of the project, asked for only where a rule needs them.
pub trait Tree {
    /// The files that differ from what the pipeline is compared with, or from `compare_to`; `None` where there is
    /// nothing to compare with: then everything counts as changed.
    fn changed(&self, compare_to: Option<&str>) -> Option<Rc<[String]>>;
    /// All files.
    fn files(&self) -> Rc<[String]>;
}

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
    tree: &'p dyn Tree,
    global: &'p [Variable],
    stages: &'p [String],
    project: Project,
    base: HashMap<String, String>,
    workflow: Option<Selection<'p>>,
}

impl<'p> Selector<'p> {
    /// For the jobs of `pipeline`.
    pub fn new(pipeline: &'p Pipeline, facts: &'p Facts, tree: &'p dyn Tree) -> Self {
        let project = facts.project();
        let run = RunFacts {
            job: "",
            group: "",
            instance: None,
            stage: "",
            project: &project,
            git: facts.git.as_ref(),
            config_file: &facts.config_file,
            job_id: facts.job_id,
            pipeline_id: facts.pipeline_id,
            now: facts.now,
        };
        let known = predefined(&run)
            .into_iter()
            .filter(|found| !NOT_YET.contains(&&*found.key) && !found.key.starts_with("CI_JOB_"));
        let base = known.chain(user(facts.git.as_ref())).map(|found| (found.key, found.value)).collect();
        let mut selector = Self {
            facts,
            tree,
            global: &pipeline.variables,
            stages: &pipeline.stages,
            project,
            base,
            workflow: None,
        };
        if let Some(rules) = &pipeline.workflow {
            selector.workflow = Some(selector.first(rules, When::Always, &|name| selector.of_pipeline(name)));
        }
        selector
    }

    /// What `workflow:rules` decided: with `never` there is no pipeline. `None` where the file has none.
    pub fn workflow(&self) -> Option<&Selection<'p>> {
        self.workflow.as_ref()
    }

    /// Decides about a job.
    pub fn select(&self, job: &'p Job) -> Selection<'p> {
        let variable = |name: &str| self.of_job(job, name);
        if let Some(rules) = &job.rules {
            return self.first(rules, job.when, &variable);
        }
        match self.excluded(job.only.as_ref(), job.except.as_ref(), &variable) {
            Some(why) => Selection { when: When::Never, rule: None, why },
            None => Selection { when: job.when, rule: None, why: String::new() },
        }
    }

    /// The place of a job's stage in the pipeline; `None` where there is no such stage.
    pub fn stage(&self, job: &Job) -> Option<usize> {
        self.stages.iter().position(|stage| *stage == job.stage)
    }

    /// The first rule that matches.
    fn first<'v>(
        &self,
        rules: &'p [Rule],
        default: When,
        variable: &dyn Fn(&str) -> Option<&'v str>,
    ) -> Selection<'p> {
        for (index, rule) in rules.iter().enumerate() {
            if let Some(clauses) = self.matched(rule, variable) {
                let clauses = if clauses.is_empty() { String::new() } else { format!(": {clauses}") };
                let why = format!("rule {}{clauses}", index + 1);
                return Selection { when: rule.when.unwrap_or(default), rule: Some(rule), why };
            }
        }
        Selection { when: When::Never, rule: None, why: "no rule matches".to_owned() }
    }

    /// The clauses of a rule, where all of them hold.
    fn matched<'v>(&self, rule: &Rule, variable: &dyn Fn(&str) -> Option<&'v str>) -> Option<String> {
        let mut clauses = Vec::new();
        if let Some(condition) = &rule.condition {
            condition.is_true(variable).then(|| clauses.push(format!("if {condition}")))?;
        }
        if let Some(changes) = &rule.changes {
            let changed = self.changed(&changes.paths, changes.compare_to.as_deref());
            changed.then(|| clauses.push(format!("changes {}", changes.paths.join(", "))))?;
        }
        if let Some(paths) = &rule.exists {
            any_matches(paths, &self.tree.files())
                .then(|| clauses.push(format!("exists {}", paths.join(", "))))?;
        }
        Some(clauses.join(", "))
    }

    fn changed(&self, paths: &[String], compare_to: Option<&str>) -> bool {
        self.tree.changed(compare_to).is_none_or(|changed| any_matches(paths, &changed))
    }

    /// A variable as rules see it: what is written, references not expanded.
    fn of_job<'v>(&'v self, job: &'v Job, name: &str) -> Option<&'v str> {
        if let Some(value) = self.typed(name) {
            return Some(value);
        }
        if name.starts_with("GITLAB_USER_") && self.base.contains_key(name) {
            return self.base.get(name).map(String::as_str);
        }
        if let Some(found) = job.variables.iter().rfind(|variable| variable.key == name) {
            return Some(&found.value);
        }
        match name {
            "CI_JOB_NAME" => return Some(&job.name.value),
            "CI_JOB_GROUP_NAME" => return Some(&job.group),
            "CI_JOB_STAGE" => return Some(&job.stage),
            _ => {}
        }
        let written = if job.inherit.variables.has(name) { self.written(name) } else { None };
        written.or_else(|| self.base.get(name).map(String::as_str))
    }

    fn of_pipeline(&self, name: &str) -> Option<&str> {
        self.typed(name).or_else(|| self.written(name)).or_else(|| self.base.get(name).map(String::as_str))
    }

    fn typed(&self, name: &str) -> Option<&str> {
        let file = self.facts.variable_files.iter().rfind(|file| file.key == name);
        let typed = self.facts.variables.iter().rfind(|variable| variable.key == name);
        file.map(|file| file.content.expose()).or_else(|| typed.map(|variable| &*variable.value))
    }

    /// In `workflow:rules` or else at the top level.
    fn written(&self, name: &str) -> Option<&str> {
        let rule = self.workflow.as_ref().and_then(|workflow| workflow.rule);
        let variables = self.global.iter().chain(rule.map(|rule| &*rule.variables).unwrap_or_default());
        variables.rev().find(|variable| variable.key == name).map(|variable| &*variable.value)
    }
}

/// Whether one of the patterns stands for one of the paths. As in GitLab, too many are not compared.
fn any_matches(patterns: &[String], paths: &[String]) -> bool {
    if patterns.len().saturating_mul(paths.len()) > COMPARISONS_MAX {
        return true;
    }
    patterns.iter().any(|pattern| {
        let pattern = PathPattern::new(pattern);
        paths.iter().any(|path| pattern.matches(path))
    })
}

#[cfg(test)]
mod tests;
