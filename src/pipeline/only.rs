//! `only` and `except`: the older keywords that select the pipelines of a job.

use super::decode::{check_keys, present, problem, string};
use super::expression::{Expression, Pattern, PatternError};
use super::rules;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::node::{Node, Value};

/// The value of one of the two keywords.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policy {
    /// Branch and tag names, `/patterns/` and keywords such as `branches`. `None` means that the keyword does not
    /// concern refs.
    pub refs: Option<Vec<String>>,
    /// At least one of these expressions must be true.
    pub variables: Option<Vec<Expression>>,
    /// At least one of these patterns must match a changed file.
    pub changes: Option<Vec<String>>,
    /// Whether `kubernetes: active` is required, which never holds without a GitLab server.
    pub kubernetes: bool,
}

/// Decodes an `only` or `except`. `path` is the path in GitLab's messages: `jobs:test:only`.
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

/// Decodes names, keywords and `/patterns/`. `path` is the path of the list: `jobs:test:only config`.
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
