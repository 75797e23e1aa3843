//! `allow_failure`: failures that do not fail the pipeline.

use super::decode::{integers, problem};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// Which failures of a job do not fail the pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowFailure {
    /// Every failure counts.
    No,
    /// No failure counts.
    Yes,
    /// A script that ends with one of these exit codes does not count.
    ExitCodes(Vec<i64>),
}

impl From<bool> for AllowFailure {
    fn from(allowed: bool) -> Self {
        if allowed { Self::Yes } else { Self::No }
    }
}

/// Reads an `allow_failure` of a job. `path` is the job's.
pub fn read(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> AllowFailure {
    match &node.value {
        Value::Scalar(Scalar::Boolean(allowed)) => AllowFailure::from(*allowed),
        Value::Mapping(_) => {
            let message =
                format!("{path}:allow_failure exit codes should be an array of integers or an integer");
            AllowFailure::ExitCodes(integers(node.get("exit_codes").unwrap_or(node), &message, diagnostics))
        }
        _ => {
            diagnostics
                .push(problem(node, format!("{path} allow failure should be a hash or a boolean value")));
            AllowFailure::No
        }
    }
}
