//! `when`: what must have happened before a job runs.

use std::fmt;

use super::decode::{suggest, unknown_value};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::Node;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// After all earlier jobs have passed.
    OnSuccess,
    /// After an earlier job has failed.
    OnFailure,
    /// Whatever the result of earlier jobs is.
    Always,
    /// After somebody starts the job by hand.
    Manual,
    /// After the delay of `start_in`.
    Delayed,
    /// Never; only a rule may say this.
    Never,
}

/// The values that a job may have.
const JOB_VALUES: [When; 5] = [When::OnSuccess, When::OnFailure, When::Always, When::Manual, When::Delayed];
/// The values that a rule of a job may have.
pub const RULE_VALUES: [When; 6] =
    [When::OnSuccess, When::OnFailure, When::Always, When::Never, When::Manual, When::Delayed];
/// The values that a rule of `workflow` or `include` may have.
pub const ALWAYS_OR_NEVER: [When; 2] = [When::Always, When::Never];

impl When {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnSuccess => "on_success",
            Self::OnFailure => "on_failure",
            Self::Always => "always",
            Self::Manual => "manual",
            Self::Delayed => "delayed",
            Self::Never => "never",
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Decodes the `when` of a job. `path` is the path of the job: `jobs:test`.
pub fn decode_job_when(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<When> {
    decode_when(node, &JOB_VALUES, diagnostics, |names| format!("{path} when should be one of: {names}"))
}

/// Decodes the `when` of a rule, which is one of `allowed`. `path` is the path of the rule.
pub fn decode_rule_when(
    node: &Node,
    allowed: &[When],
    path: &str,
    diagnostics: &mut Diagnostics,
) -> Option<When> {
    decode_when(node, allowed, diagnostics, |_| format!("{path} when unknown value: {}", node.key_text()))
}

fn decode_when(
    node: &Node,
    allowed: &[When],
    diagnostics: &mut Diagnostics,
    message: impl Fn(&str) -> String,
) -> Option<When> {
    let found = node.as_str().and_then(|text| allowed.iter().find(|when| when.as_str() == text));
    if found.is_none() {
        let names: Vec<&str> = allowed.iter().map(|when| when.as_str()).collect();
        let list = names.join(", ");
        let problem = unknown_value(node, message(&list));
        diagnostics.push(suggest(problem, node.as_str().unwrap_or_default(), names, |problem| {
            problem.help(format!("the allowed values are {list}"))
        }));
    }
    found.copied()
}
