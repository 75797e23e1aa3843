//! `only` and `except`: the older way to say in which pipelines a job is.

use super::decode::{check_keys, present, problem, string};
use super::expression::{Expression, Pattern, PatternError};
use super::rules;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
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
pub fn decode_only(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Policy {
    match &node.value {
        Value::Mapping(_) => {
            check_keys(node, path, &["refs", "variables", "changes", "kubernetes"], diagnostics);
            let refs =
                present(node, "refs").map(|refs| decode_refs(refs, &format!("{path} refs"), diagnostics));
            let changes =
                present(node, "changes").and_then(|node| rules::decode_changes(node, path, diagnostics));
            let variables =
                present(node, "variables").map(|node| decode_expressions(node, path, diagnostics));
            Policy {
                refs,
                variables,
                changes: changes.map(|changes| changes.paths),
                kubernetes: present(node, "kubernetes").is_some(),
            }
        }
        Value::Sequence(_) => {
            let refs = decode_refs(node, &format!("{path} config"), diagnostics);
            Policy { refs: Some(refs), ..Policy::default() }
        }
        Value::Scalar(_) => {
            let message = format!("{path} has to be either an array of conditions or a hash");
            diagnostics
                .push(problem(node, message).help(format!("write it as a list: `[{}]`", node.key_text())));
            Policy::default()
        }
    }
}

/// Names, keywords and `/patterns/`. `path` is that of the list: `jobs:test:only config`.
fn decode_refs(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<String> {
    let message = format!("{path} should be an array of strings or regular expressions using re2 syntax");
    let Value::Sequence(items) = &node.value else {
        diagnostics.push(problem(node, message).help("write it as a list: `[main, tags]`"));
        return Vec::new();
    };
    let mut refs = Vec::new();
    for item in items {
        let Some(text) = string(item, &message, diagnostics) else { continue };
        match Pattern::parse(&text) {
            Some(Err(PatternError::Invalid(reason))) => {
                let problem = Diagnostic::error(Code::InvalidConfig, &*message).label(item.span, reason);
                diagnostics.push(problem.help("a pattern for a name such as `issue-7` is `/^issue-.*$/`"));
            }
            Some(Err(PatternError::Unsupported(reason))) => {
                let message = format!("{path} has a pattern that is not supported here");
                let problem = Diagnostic::error(Code::UnsupportedPattern, message).label(item.span, reason);
                diagnostics.push(problem.help("write the characters out, as in `[a-zà-ÿ]`"));
            }
            Some(Ok(_)) | None => refs.push(text),
        }
    }
    refs
}

fn decode_expressions(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<Expression> {
    let Value::Sequence(items) = &node.value else {
        let problem = problem(node, format!("{path} variables should be an array of strings"));
        diagnostics.push(problem.help("write it as a list of expressions: `[$A == \"b\"]`"));
        return Vec::new();
    };
    let path = format!("{path}:variables");
    items.iter().filter_map(|item| rules::decode_condition(item, &path, diagnostics)).collect()
}
