//! `when`: what has to have happened for a job to run.

use std::convert::identity;
use std::fmt;

use super::decode::{problem, suggest};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::Node;

/// When a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Once the jobs before it have passed.
    OnSuccess,
    /// Once one before it has failed.
    OnFailure,
    /// Whatever happened before.
    Always,
    /// When somebody asks for it.
    Manual,
    /// Some time after it could (`start_in`).
    Delayed,
    /// Not at all; only rules say so.
    Never,
}

/// What a job may say.
pub const OF_JOB: [When; 5] = [When::OnSuccess, When::OnFailure, When::Always, When::Manual, When::Delayed];
/// What a rule may say.
pub const OF_RULE: [When; 6] =
    [When::OnSuccess, When::OnFailure, When::Always, When::Never, When::Manual, When::Delayed];
/// What a rule of `workflow` may say.
pub const ALWAYS_OR_NEVER: [When; 2] = [When::Always, When::Never];

impl When {
    /// The keyword.
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

/// Reads a `when` that may be one of `allowed`. `path` is that of the entry it stands in.
pub fn read(node: &Node, allowed: &[When], path: &str, diagnostics: &mut Diagnostics) -> Option<When> {
    let found = node.as_str().and_then(|text| allowed.iter().find(|when| when.as_str() == text));
    if found.is_none() {
        let names: Vec<&str> = allowed.iter().map(|when| when.as_str()).collect();
        let problem = problem(node, format!("{path} when should be one of: {}", names.join(", ")));
        diagnostics.push(suggest(problem, node.as_str().unwrap_or_default(), names, identity));
    }
    found.copied()
}
