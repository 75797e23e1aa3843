//! The variables that rules see: of the pipeline, or of a job.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::Selector;
use crate::pipeline::job::Job;
use crate::pipeline::rule_context::RuleVariables;
use crate::pipeline::variables::Variable;
use crate::pipeline::when::When;
use crate::vars::environment::Deployment;
use crate::vars::expand::{Definition, expand_known};
use crate::vars::scope::Layers;
use crate::vars::slug::slug;

/// How variables begin that each job has its own values of.
const OWN: [&str; 3] = ["CI_JOB_", "CI_NODE_", "CI_ENVIRONMENT_"];

/// The variables of the pipeline, or of one of its jobs.
pub(super) struct Scope<'s> {
    selector: &'s Selector<'s>,
    job: Option<&'s Job>,
    /// What GitLab defines for the job, where a rule asks for it.
    own: OnceCell<Vec<Definition>>,
    /// All variables with the references between them replaced, where a path has one.
    expanded: OnceCell<HashMap<String, String>>,
}

impl<'s> Scope<'s> {
    /// Of the pipeline.
    pub(super) fn of_pipeline(selector: &'s Selector<'s>) -> Self {
        Self { selector, job: None, own: OnceCell::new(), expanded: OnceCell::new() }
    }

    /// Of a job.
    pub(super) fn of_job(selector: &'s Selector<'s>, job: &'s Job) -> Self {
        Self { job: Some(job), ..Self::of_pipeline(selector) }
    }

    /// What stands above the file: of the command line, or else of the project.
    fn typed(&self, name: &str) -> Option<&str> {
        let facts = self.selector.facts;
        let file = facts.variable_files.iter().rfind(|file| file.key == name);
        let typed = facts.variables.iter().rfind(|variable| variable.key == name);
        let of_project = facts.project_variables.iter().rfind(|variable| variable.key == name);
        let typed = typed.map(|variable| &*variable.value);
        let of_project = || of_project.map(|variable| &*variable.value);
        file.map(|file| file.content.expose()).or(typed).or_else(of_project)
    }

    /// Those of the top level and then of the rule of `workflow` that matched, as far as the job takes them over.
    fn global(&self) -> impl DoubleEndedIterator<Item = &'s Variable> {
        let (selector, job) = (self.selector, self.job);
        let rule = selector.workflow.as_ref().and_then(|workflow| workflow.rule);
        let all = selector.global.iter().chain(rule.map(|rule| &*rule.variables).unwrap_or_default());
        all.filter(move |variable| job.is_none_or(|job| job.inherit.variables.has(&variable.key)))
    }

    fn own(&self) -> &[Definition] {
        self.own.get_or_init(|| {
            let Some(job) = self.job else { return Vec::new() };
            let mut own = vec![
                Definition::new("CI_JOB_NAME", &job.name.value),
                Definition::new("CI_JOB_NAME_SLUG", slug(&job.name.value)),
                Definition::new("CI_JOB_GROUP_NAME", &job.group),
                Definition::new("CI_JOB_STAGE", &job.stage),
            ];
            if let Some(instance) = job.instance {
                own.push(Definition::new("CI_NODE_INDEX", instance.index.to_string()));
                own.push(Definition::new("CI_NODE_TOTAL", instance.total.to_string()));
            }
            if matches!(job.when, When::Manual | When::Delayed) {
                own.push(Definition::new("CI_JOB_MANUAL", "true"));
            }
            own.extend(self.deployment(&own));
            own
        })
    }

    /// `CI_ENVIRONMENT_*`, whose values may refer to all other variables.
    fn deployment(&self, own: &[Definition]) -> Vec<Definition> {
        let Some(environment) = self.job.and_then(|job| job.environment.as_ref()) else { return Vec::new() };
        let global: Vec<Variable> = self.global().cloned().collect();
        // Circles of references are told of where the job is planned.
        let Ok(variables) = self.layers(own, &global).expand() else { return Vec::new() };
        Deployment::new(environment, &variables).predefined()
    }

    /// Where variables refer to each other in circles GitLab takes them as they are written.
    fn all_expanded(&self) -> HashMap<String, String> {
        let global: Vec<Variable> = self.global().cloned().collect();
        let layers = self.layers(self.own(), &global);
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        match layers.clone().expand() {
            Ok(variables) => variables.iter().map(owned).collect(),
            Err(_) => layers.unexpanded().iter().map(owned).collect(),
        }
    }

    fn layers<'v>(&self, own: &[Definition], global: &'v [Variable]) -> Layers<'v>
    where
        's: 'v,
    {
        let selector = self.selector;
        let defined = |(key, value): (&String, &String)| Definition::new(key, value);
        let (user, base) =
            selector.base.iter().partition::<Vec<_>, _>(|(key, _)| key.starts_with("GITLAB_USER_"));
        let project = selector.facts.project_variables.iter().map(|variable| Definition {
            key: variable.key.clone(),
            value: variable.value.clone(),
            expansion: variable.expansion,
        });
        let typed = selector.facts.variables.iter().map(|typed| Definition::new(&typed.key, &typed.value));
        let files = selector.facts.variable_files.iter();
        let files = files.map(|file| Definition::new(&file.key, file.content.expose()));
        Layers {
            predefined: base.into_iter().map(defined).chain(own.iter().cloned()).collect(),
            global,
            job: self.job.map(|job| &*job.variables).unwrap_or_default(),
            user: user.into_iter().map(defined).collect(),
            project: project.collect(),
            command_line: typed.chain(files).collect(),
            environment: Vec::new(),
        }
    }
}

impl RuleVariables for Scope<'_> {
    fn variable(&self, name: &str) -> Option<&str> {
        let base = |name: &str| self.selector.base.get(name).map(String::as_str);
        if let Some(value) = self.typed(name) {
            return Some(value);
        }
        if name.starts_with("GITLAB_USER_")
            && let Some(value) = base(name)
        {
            return Some(value);
        }
        let of_job = self.job.into_iter().flat_map(|job| job.variables.iter().rev());
        let written = of_job.chain(self.global().rev()).find(|variable| variable.key == name);
        let own = || match OWN.iter().any(|prefix| name.starts_with(prefix)) {
            true => self.own().iter().find(|own| own.key == name).map(|own| &*own.value),
            false => None,
        };
        written.map(|variable| &*variable.value).or_else(own).or_else(|| base(name))
    }

    fn expand(&self, text: &str) -> String {
        if !text.contains(['$', '%']) {
            return text.to_owned();
        }
        let expanded = self.expanded.get_or_init(|| self.all_expanded());
        expand_known(text, |name| expanded.get(name).map(String::as_str))
    }
}
