//! From nodes to Rust values, with GitLab's messages where they do not fit.

use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::node::{Node, Value};

/// An error of the configuration at a node.
pub fn problem(node: &Node, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::InvalidConfig, message).label(node.span, format!("this is {}", node.kind()))
}

/// The value of a key, if it is there and not null; null counts as absent, as in GitLab.
pub fn present<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.get(key).filter(|value| !value.is_null())
}

/// A string; anything else is an error with `message`.
pub fn string(node: &Node, message: &str, diagnostics: &mut Diagnostics) -> Option<String> {
    let text = node.as_str().map(str::to_owned);
    if text.is_none() {
        diagnostics.push(problem(node, message));
    }
    text
}

/// A list of strings; anything else is an error with `message`.
pub fn strings(node: &Node, message: &str, diagnostics: &mut Diagnostics) -> Option<Vec<String>> {
    let Value::Sequence(items) = &node.value else {
        diagnostics.push(problem(node, message));
        return None;
    };
    items.iter().map(|item| string(item, message, diagnostics)).collect()
}
