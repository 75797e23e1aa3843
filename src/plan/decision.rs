//! What `workflow`, `rules`, `only` and `except` decide about a job, for every command that asks.

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
        let is_never = |selection: &Selection<'_>| selection.when == When::Never;
        !is_never(&self.selection) && !self.workflow.is_some_and(is_never)
    }

    /// `needs` of the matching rule, else of the job; `None` for a job that waits for the stages before its own.
    pub fn needs(&self) -> Option<&'s [Need]> {
        self.rule().and_then(|rule| rule.needs.as_deref()).or(self.job.needs.as_deref())
    }

    /// `allow_failure` of the matching rule, else of the job.
    pub fn allow_failure(&self) -> &'s AllowFailure {
        self.rule().and_then(|rule| rule.allow_failure.as_ref()).unwrap_or(&self.job.allow_failure)
    }

    fn rule(&self) -> Option<&'s Rule> {
        self.selection.rule.map(|matched| matched.rule)
    }
}
