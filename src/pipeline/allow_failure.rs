//! `allow_failure`: failures that do not fail the pipeline.

use super::decode::{check_keys, integers, present, problem};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowFailure {
    /// Every failure fails the pipeline.
    No,
    /// No failure fails the pipeline.
    Yes,
    /// The job is `when: manual` and does not say: no failure fails the pipeline.
    Manual,
    /// Only a script that ends with one of these exit codes is excused.
    ExitCodes(Vec<i64>),
}

impl From<bool> for AllowFailure {
    fn from(allowed: bool) -> Self {
        if allowed { Self::Yes } else { Self::No }
    }
}

/// Decodes the `allow_failure` of a job. `path` is the path of the job: `jobs:test`.
pub fn decode_allow_failure(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> AllowFailure {
    match &node.value {
        Value::Scalar(Scalar::Boolean(allowed)) => AllowFailure::from(*allowed),
        Value::Mapping(_) => {
            let path = format!("{path}:allow_failure");
            check_keys(node, &path, &["exit_codes"], diagnostics);
            let message = format!("{path} exit codes should be an array of integers or an integer");
            let codes = present(node, "exit_codes").map(|codes| integers(codes, &message, diagnostics));
            codes.map_or(AllowFailure::No, AllowFailure::ExitCodes)
        }
        _ => {
            let problem = problem(node, format!("{path} allow failure should be a hash or a boolean value"));
            diagnostics.push(problem.help("write `true`, `false`, or `exit_codes: [137]` below it"));
            AllowFailure::No
        }
    }
}
