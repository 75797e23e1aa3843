//! What `workflow`, `rules`, `only` and `except` decide about a job, for every command that asks.

use std::time::Duration;

use crate::pipeline::allow_failure::AllowFailure;
use crate::pipeline::job::Job;
use crate::pipeline::needs::Need;
use crate::pipeline::rules::Rule;
use crate::pipeline::when::When;
use crate::vars::layers::JobVariables;

/// The outcome of one list of rules, or of `only` and `except`.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection<'p> {
    /// `never` excludes the job from the pipeline; from `workflow` it means that there is no pipeline.
    pub when: When,
    /// The first rule that matches.
    pub rule: Option<MatchedRule<'p>>,
    /// The reason, in the file's words; empty for a job without `rules`, `only` and `except`.
    pub why: String,
}

/// A rule that matches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatchedRule<'p> {
    /// Its place in the list, from 1.
    pub number: usize,
    /// What it says.
    pub rule: &'p Rule,
}

/// The decision about one job, with the variables that follow from it.
#[derive(Clone)]
pub struct Decision<'s> {
    /// The job.
    pub job: &'s Job,
    /// The outcome of `workflow:rules`, if the file has any.
    pub workflow: Option<&'s Selection<'s>>,
    /// The outcome of the job's own keywords.
    pub selection: Selection<'s>,
    /// The job's variables, those of the matching rules included.
    pub variables: JobVariables<'s>,
}

impl<'s> Decision<'s> {
    /// Whether the pipeline of this branch or tag has the job.
    pub fn is_in_pipeline(&self) -> bool {
        self.is_selected() && self.workflow.is_none_or(|workflow| workflow.when != When::Never)
    }

    /// Whether the job's own keywords select it, whether there is a pipeline or not.
    pub fn is_selected(&self) -> bool {
        self.selection.when != When::Never
    }

    /// `needs` of the matching rule, else of the job; `None` for a job that waits for the stages before its own. An
    /// empty list in a rule replaces the job's needs, but does not make a job without any start at once.
    pub fn needs(&self) -> Option<&'s [Need]> {
        let of_job = self.job.needs.as_deref();
        let of_rule = self.rule().and_then(|rule| rule.needs.as_deref());
        of_rule.filter(|needs| !needs.is_empty() || of_job.is_some()).or(of_job)
    }

    /// `allow_failure` of the matching rule, else of the job.
    pub fn allow_failure(&self) -> &'s AllowFailure {
        self.rule().and_then(|rule| rule.allow_failure.as_ref()).unwrap_or(&self.job.allow_failure)
    }

    /// How long the job waits with `when: delayed`: `start_in` of the matching rule, else of the job.
    pub fn start_in(&self) -> Option<Duration> {
        self.rule().and_then(|rule| rule.start_in).or(self.job.start_in)
    }

    fn rule(&self) -> Option<&'s Rule> {
        self.selection.rule.map(|matched| matched.rule)
    }
}
