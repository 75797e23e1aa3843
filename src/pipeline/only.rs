//! `only` and `except`: the older way to say in which pipelines a job is.

use super::decode::{check_keys, one_or_more, present, problem, string};
use super::expression::Expression;
use super::rules;
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};

/// What one of the two keywords says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policy {
    /// `refs`: names, `/patterns/` and keywords such as `branches`; `None` where it says nothing of them.
    pub refs: Option<Vec<String>>,
    /// `variables`: expressions of which one has to be true.
    pub variables: Option<Vec<Expression>>,
    /// `changes`: patterns of which one has to stand for a changed file.
    pub changes: Option<Vec<String>>,
    /// `kubernetes: active`, which no machine without GitLab is.
    pub kubernetes: bool,
}

/// Reads an `only` or `except`. `path` is GitLab's name of it: `jobs:test:only`.
pub fn read(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Policy {
    match &node.value {
        Value::Mapping(_) => {
            check_keys(node, path, &["refs", "variables", "changes", "kubernetes"], diagnostics);
            let mut refs =
                |node| list(node, &format!("{path} refs should be an array of strings"), diagnostics);
            let refs = present(node, "refs").map(&mut refs);
            let changes = present(node, "changes").and_then(|node| rules::changes(node, path, diagnostics));
            let variables = present(node, "variables").map(|node| expressions(node, path, diagnostics));
            Policy {
                refs,
                variables,
                changes: changes.map(|changes| changes.paths),
                kubernetes: present(node, "kubernetes").is_some(),
            }
        }
        Value::Scalar(_) | Value::Sequence(_) => {
            let message = format!("{path} config should be an array of strings or regexps");
            Policy { refs: Some(list(node, &message, diagnostics)), ..Policy::default() }
        }
    }
}

/// Strings, of which one may stand alone.
fn list(node: &Node, message: &str, diagnostics: &mut Diagnostics) -> Vec<String> {
    let items = one_or_more(node);
    if items.is_empty() {
        diagnostics.push(problem(node, message));
    }
    items.iter().filter_map(|item| string(item, message, diagnostics)).collect()
}

fn expressions(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<Expression> {
    let Value::Sequence(items) = &node.value else {
        diagnostics.push(problem(node, format!("{path} variables should be an array of strings")));
        return Vec::new();
    };
    let path = format!("{path}:variables");
    items.iter().filter_map(|item| rules::condition(item, &path, diagnostics)).collect()
}
