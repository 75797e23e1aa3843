//! `workflow:auto_cancel`: whether a failed job stops the others.

use super::decode::{check_keys, invalid_value, present, problem};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};

/// `workflow:auto_cancel:on_job_failure`: what happens to the other jobs when one fails that is not allowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnJobFailure {
    /// They go on.
    #[default]
    None,
    /// All of them are canceled, those that run among them.
    All,
}

/// Decodes `auto_cancel` of the workflow, or of one of its rules. `None` means that `on_job_failure` is not set.
///
/// `on_new_commit` is about another pipeline of the same branch, so that it is checked and has no effect.
pub fn decode_auto_cancel(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<OnJobFailure> {
    let path = &format!("{path}:auto_cancel");
    if !matches!(node.value, Value::Mapping(_)) {
        let problem = problem(node, format!("{path} config should be a hash"));
        diagnostics.push(problem.help("write `on_job_failure: all` below it"));
        return None;
    }
    check_keys(node, path, &["on_new_commit", "on_job_failure"], diagnostics);
    let mut choice = |key: &str, values: &[&str]| {
        let value = present(node, key)?;
        let text = value.as_str().filter(|text| values.contains(text));
        if text.is_none() {
            let list = values.join(", ");
            let message = format!("{path} {} must be one of: {list}", key.replace('_', " "));
            diagnostics.push(invalid_value(value, message, "").help(format!("write one of {list}")));
        }
        text
    };
    choice("on_new_commit", &["conservative", "interruptible", "none"]);
    choice("on_job_failure", &["none", "all"]).map(|value| match value {
        "all" => OnJobFailure::All,
        _ => OnJobFailure::None,
    })
}
