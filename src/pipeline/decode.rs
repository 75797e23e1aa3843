//! From nodes to Rust values, with GitLab's messages where they do not fit.

use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;
use crate::suggest::closest;

/// How deep lists may be nested, as in GitLab.
const LEVELS_MAX: usize = 10;

/// An error of the configuration at a node.
pub fn problem(node: &Node, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::InvalidConfig, message).label(node.span, format!("this is {}", node.kind()))
}

/// An error of the configuration in what a node says, where its type is right.
pub fn invalid_value(node: &Node, message: impl Into<String>, remark: &str) -> Diagnostic {
    Diagnostic::error(Code::InvalidConfig, message).label(node.span, remark)
}

/// An error at a word that is none of those that GitLab knows.
pub fn unknown_value(node: &Node, message: impl Into<String>) -> Diagnostic {
    match node.as_str() {
        Some(_) => invalid_value(node, message, "not one of them"),
        None => problem(node, message),
    }
}

/// The value of a key, if it is there and not null; null counts as absent, as in GitLab.
pub fn present<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.get(key).filter(|value| !value.is_null())
}

/// A string; anything else is an error with `message`.
pub fn string(node: &Node, message: &str, diagnostics: &mut Diagnostics) -> Option<String> {
    let text = node.as_str().map(str::to_owned);
    if text.is_none() {
        diagnostics.push(problem(node, message).help(match &node.value {
            Value::Scalar(_) => "put it in quotes to make it a string",
            Value::Sequence(_) | Value::Mapping(_) => "write a string in its place",
        }));
    }
    text
}

/// A list of strings; anything else is an error with `message`.
pub fn strings(node: &Node, message: &str, diagnostics: &mut Diagnostics) -> Option<Vec<String>> {
    let Value::Sequence(items) = &node.value else {
        diagnostics.push(problem(node, message).help("write it as a list: `[a, b]`"));
        return None;
    };
    items.iter().map(|item| string(item, message, diagnostics)).collect()
}

/// The entries of a list, or what stands in place of one.
pub fn one_or_more(node: &Node) -> &[Node] {
    match &node.value {
        Value::Sequence(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// What lists within lists hold, in order; `!reference` makes them. A list below the tenth level is left as it is.
pub fn flatten(node: &Node) -> Vec<&Node> {
    fn collect<'n>(node: &'n Node, level: usize, leaves: &mut Vec<&'n Node>) {
        match &node.value {
            Value::Sequence(items) if level < LEVELS_MAX => {
                items.iter().for_each(|item| collect(item, level.saturating_add(1), leaves));
            }
            _ => leaves.push(node),
        }
    }
    let mut leaves = Vec::new();
    collect(node, 0, &mut leaves);
    leaves
}

/// A boolean; `None` for anything else.
pub fn boolean(node: &Node) -> Option<bool> {
    match node.value {
        Value::Scalar(Scalar::Boolean(value)) => Some(value),
        _ => None,
    }
}

/// A list of whole numbers, or one that stands alone; anything else is an error with `message`.
pub fn integers(node: &Node, message: &str, diagnostics: &mut Diagnostics) -> Vec<i64> {
    let number = |node: &Node| match node.value {
        Value::Scalar(Scalar::Integer(number)) => Some(number),
        _ => None,
    };
    one_or_more(node).iter().map(number).collect::<Option<_>>().unwrap_or_else(|| {
        diagnostics.push(problem(node, message).help("write it as a number or as a list: `[1, 137]`"));
        Vec::new()
    })
}

/// Suggests the name that `written` is nearest to, or else what `otherwise` says.
pub fn suggest<'n>(
    problem: Diagnostic,
    written: &str,
    known: impl IntoIterator<Item = &'n str>,
    otherwise: impl FnOnce(Diagnostic) -> Diagnostic,
) -> Diagnostic {
    match closest(written, known) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => otherwise(problem),
    }
}

/// The most keys that are named where none is near.
const KEYS_SHOWN_MAX: usize = 15;

/// Every key of a mapping that is not among `known` is an error. `path` is GitLab's name of the mapping.
pub fn check_keys(node: &Node, path: &str, known: &[&str], diagnostics: &mut Diagnostics) {
    let Value::Mapping(pairs) = &node.value else { return };
    for (key, _) in pairs {
        if known.iter().any(|known| key.is_key(known)) {
            continue;
        }
        let name = key.key_text();
        let message = format!("{path} config contains unknown keys: {name}");
        let problem =
            Diagnostic::error(Code::UnknownKey, message).label(key.span, "GitLab does not know this key");
        diagnostics.push(suggest(problem, &name, known.iter().copied(), |problem| match known {
            [one] => problem.help(format!("it can have `{one}` alone")),
            [rest @ .., last] if known.len() <= KEYS_SHOWN_MAX => {
                problem.help(format!("it can have {} and {last}", rest.join(", ")))
            }
            _ => problem.help("the keywords are described at https://docs.gitlab.com/ci/yaml/"),
        }));
    }
}
