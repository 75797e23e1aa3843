//! The variables that the pipeline file defines for a job, in GitLab's order of precedence.
//!
//! Nothing is copied: a pipeline may have thousands of jobs, and all of them share the global variables.

use crate::pipeline::inherit::Inherited;
use crate::pipeline::job::Job;
use crate::pipeline::rules::Rule;
use crate::pipeline::variables::Variable;
use crate::source::map::Span;

/// Where the pipeline file defines a variable, from the lowest precedence to the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YamlLevel {
    /// `variables` at the top level.
    Global,
    /// `variables` of the matching rule in `workflow:rules`.
    WorkflowRule,
    /// `variables` of the job.
    Job,
    /// `variables` of the job's matching rule.
    JobRule,
}

/// The variables of a pipeline, or of one of its jobs; of two equal names the later one counts.
#[derive(Debug, Clone, Copy)]
pub struct YamlVariables<'p> {
    global: &'p [Variable],
    workflow_rule: &'p [Variable],
    /// The global variables and those of `workflow:rules` that the job inherits.
    inherited: &'p Inherited,
    job: &'p [Variable],
    job_rule: &'p [Variable],
}

impl<'p> YamlVariables<'p> {
    /// The variables of a pipeline, without any job's.
    pub fn of_pipeline(global: &'p [Variable], workflow_rule: Option<&'p Rule>) -> Self {
        let workflow_rule = workflow_rule.map(|rule| &*rule.variables).unwrap_or_default();
        Self { global, workflow_rule, inherited: &Inherited::All, job: &[], job_rule: &[] }
    }

    /// Adds a job's variables. The job's `inherit:variables` decides which global ones stay.
    #[must_use]
    pub fn with_job(self, job: &'p Job) -> Self {
        Self { inherited: &job.inherit.variables, job: &job.variables, ..self }
    }

    /// Adds the variables of the job's matching rule.
    #[must_use]
    pub fn with_job_rule(self, rule: Option<&'p Rule>) -> Self {
        Self { job_rule: rule.map(|rule| &*rule.variables).unwrap_or_default(), ..self }
    }

    /// Variables of each level, for tests.
    #[cfg(test)]
    pub(crate) fn of_levels(levels: [&'p [Variable]; 4], inherited: &'p Inherited) -> Self {
        let [global, workflow_rule, job, job_rule] = levels;
        Self { global, workflow_rule, inherited, job, job_rule }
    }

    /// All variables, from the lowest level to the highest.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = (YamlLevel, &'p Variable)> {
        let level =
            |level, variables: &'p [Variable]| variables.iter().map(move |variable| (level, variable));
        let global = level(YamlLevel::Global, self.global)
            .chain(level(YamlLevel::WorkflowRule, self.workflow_rule))
            .filter(move |(_, variable)| self.inherited.has(&variable.key));
        global.chain(level(YamlLevel::Job, self.job)).chain(level(YamlLevel::JobRule, self.job_rule))
    }

    /// The value of the variable `key`, as written.
    pub fn value(self, key: &str) -> Option<&'p str> {
        self.find(key).map(|variable| &*variable.value)
    }

    /// Where the file defines the variable `key`.
    pub fn span(self, key: &str) -> Option<Span> {
        self.find(key).map(|variable| variable.span)
    }

    fn find(self, key: &str) -> Option<&'p Variable> {
        self.iter().rfind(|(_, variable)| variable.key == key).map(|(_, variable)| variable)
    }
}
