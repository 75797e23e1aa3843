//! `workflow`: whether the pipeline runs at all, and variables for all its jobs.

use super::decode::{check_keys, present, problem};
use super::keywords::server_only;
use super::rules::{self, Rule, RulesOwner};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};

/// Decodes the `rules` of a `workflow`. `None` means that the keyword has no rules.
pub fn decode_workflow_rules(node: &Node, diagnostics: &mut Diagnostics) -> Option<Vec<Rule>> {
    if !matches!(node.value, Value::Mapping(_)) {
        let problem = problem(node, "workflow config should be a hash");
        diagnostics.push(problem.help("write `rules:` below it"));
        return None;
    }
    check_keys(node, "workflow", &["rules", "name", "auto_cancel"], diagnostics);
    for keyword in ["name", "auto_cancel"] {
        if let Some(value) = present(node, keyword) {
            diagnostics.push(server_only(&format!("workflow:{keyword}"), value.span));
        }
    }
    let rules = present(node, "rules")?;
    Some(rules::decode_rules(rules, RulesOwner::Workflow, "workflow:rules", diagnostics))
}
