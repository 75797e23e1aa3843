//! `workflow`: whether the pipeline runs at all, variables for all its jobs, and whether a failed job stops the others.

use super::auto_cancel::{OnJobFailure, decode_auto_cancel};
use super::decode::{check_keys, invalid_value, present, problem};
use super::keywords::server_only;
use super::rules::{self, Rule, RulesOwner};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};

/// What `workflow` says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Workflow {
    /// `None` without rules.
    pub rules: Option<Vec<Rule>>,
    pub on_job_failure: OnJobFailure,
}

/// The most characters of a pipeline's name; GitLab's limit.
const NAME_CHARS_MAX: usize = 255;

/// Decodes `workflow`.
pub fn decode_workflow(node: &Node, diagnostics: &mut Diagnostics) -> Workflow {
    if !matches!(node.value, Value::Mapping(_)) {
        let problem = problem(node, "workflow config should be a hash");
        diagnostics.push(problem.help("write `rules:` below it"));
        return Workflow::default();
    }
    check_keys(node, "workflow", &["rules", "name", "auto_cancel"], diagnostics);
    if let Some(name) = present(node, "name") {
        diagnostics.push(server_only("workflow:name", name.span));
        check_name(name, diagnostics);
    }
    let rules = present(node, "rules");
    let rules =
        rules.map(|rules| rules::decode_rules(rules, RulesOwner::Workflow, "workflow:rules", diagnostics));
    let auto_cancel = present(node, "auto_cancel");
    let on_job_failure = auto_cancel.and_then(|node| decode_auto_cancel(node, "workflow", diagnostics));
    Workflow { rules, on_job_failure: on_job_failure.unwrap_or_default() }
}

fn check_name(node: &Node, diagnostics: &mut Diagnostics) {
    let Some(name) = node.as_str() else { return };
    if name.is_empty() {
        let problem = invalid_value(node, "workflow name is too short (minimum is 1 character)", "no name");
        diagnostics.push(problem.help("name the pipeline, or leave `name` out"));
    }
    if name.chars().count() > NAME_CHARS_MAX {
        let message = format!("workflow name is too long (maximum is {NAME_CHARS_MAX} characters)");
        diagnostics.push(invalid_value(node, message, "").help("shorten it"));
    }
}
