//! The forms of keywords that have no effect here. GitLab rejects a file in which their values have the wrong type.
//!
//! The forms are data; [`check`] interprets them.

mod tables;

use super::decode::{
    boolean, check_keys, flatten_fully, one_or_more, present, problem, suggest, warn_about_nested_lists,
};
use super::duration;
use crate::source::diagnostic::{Diagnostic, Diagnostics};
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// The form that a value must have.
enum Shape {
    Any,
    Boolean,
    Text,
    Texts,
    TextOrTexts,
    /// One of these words. The second field is the list in GitLab's message.
    OneOf(&'static [&'static str], &'static str),
    /// The same, or a text with a variable.
    VariableOr(&'static [&'static str], &'static str),
    /// A duration of at least a second, or `never`.
    Expiry,
    /// A mapping with these keys; an empty list allows any key.
    Hash(&'static [KeyShape]),
    /// A string, or a mapping with these keys.
    TextOr(&'static [KeyShape]),
    /// A boolean, or a mapping with these keys.
    BooleanOr(&'static [KeyShape]),
    /// A mapping with these keys, or a list of at most this number of mappings.
    HashOrList(&'static [KeyShape], usize),
}

/// A key of a mapping, and the form of its value.
struct KeyShape {
    name: &'static str,
    /// Whether GitLab's message is `job:key config …` rather than `job key …`.
    has_path: bool,
    shape: Shape,
}

impl Shape {
    /// GitLab's description of the form, and how to write it.
    fn description(&self) -> (String, &'static str) {
        let (wanted, advice) = match self {
            Self::Any => ("anything", ""),
            Self::Boolean => ("a boolean value", "write `true` or `false`, without quotes"),
            Self::Text => ("a string", "put it in quotes to make it a string"),
            Self::Texts => ("an array of strings", "write it as a list: `[a, b]`"),
            Self::TextOrTexts => ("an array of strings or a string", "write it as a list: `[a, b]`"),
            Self::OneOf(_, wanted) | Self::VariableOr(_, wanted) => (*wanted, "write one of these words"),
            Self::Expiry => ("a duration", "write it as `1 week` or `never`"),
            Self::Hash(keys) if has_paths(keys) => ("a hash", "write the list below `paths:`"),
            Self::HashOrList(keys, _) if has_paths(keys) => {
                ("a hash or an array of hashes", "write the list below `paths:`")
            }
            Self::Hash(_) => ("a hash", "write it as a mapping: `key: value`"),
            Self::TextOr(_) => ("a hash or a string", "write it as a mapping: `key: value`"),
            Self::BooleanOr(_) => ("a hash or a boolean value", "write it as a mapping: `key: value`"),
            Self::HashOrList(..) => ("a hash or an array of hashes", "write it as a mapping: `key: value`"),
        };
        (wanted.to_owned(), advice)
    }

    fn accepts(&self, node: &Node) -> bool {
        let is_text = |node: &Node| node.as_str().is_some();
        let is_hash = matches!(node.value, Value::Mapping(_));
        let is_list = matches!(node.value, Value::Sequence(_));
        match self {
            Self::Any => true,
            Self::Boolean => boolean(node).is_some(),
            Self::Text => matches!(&node.value, Value::Scalar(Scalar::String(_) | Scalar::Integer(_))),
            Self::Texts => is_list && one_or_more(node).iter().all(is_text_or_texts),
            Self::TextOrTexts => one_or_more(node).iter().all(is_text_or_texts),
            Self::OneOf(words, _) => node.as_str().is_some_and(|text| words.contains(&text)),
            Self::VariableOr(words, _) => {
                node.as_str().is_some_and(|text| words.contains(&text) || text.contains('$'))
            }
            Self::Expiry => node
                .as_str()
                .is_some_and(|text| text == "never" || text.contains('$') || duration::parse(text).is_some()),
            Self::Hash(_) => is_hash,
            Self::TextOr(_) => is_hash || is_text(node),
            Self::BooleanOr(_) => is_hash || boolean(node).is_some(),
            Self::HashOrList(..) => is_hash || is_list,
        }
    }
}

fn has_paths(keys: &[KeyShape]) -> bool {
    keys.iter().any(|key| key.name == "paths")
}

/// A string, or the list of strings that `!reference` may make in its place.
fn is_text_or_texts(node: &Node) -> bool {
    match &node.value {
        Value::Sequence(items) => items.iter().all(|item| item.as_str().is_some()),
        _ => node.as_str().is_some(),
    }
}

/// Reports keywords of the wrong form in a job or in `default:`. `path` is its path in GitLab's messages.
pub(super) fn check(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    check_values(node, path, tables::KEYWORDS, diagnostics);
}

/// Reports a `cache` of the wrong form at the top level. The other keywords there are checked where they are decoded.
pub(super) fn check_global(root: &Node, diagnostics: &mut Diagnostics) {
    let Some(cache) = present(root, "cache") else { return };
    let Some(key) = tables::KEYWORDS.iter().find(|key| key.name == "cache") else { return };
    check_value(cache, key, "", diagnostics);
}

fn check_values(node: &Node, path: &str, keys: &[KeyShape], diagnostics: &mut Diagnostics) {
    let Value::Mapping(pairs) = &node.value else { return };
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_null()) {
        if let Some(key) = keys.iter().find(|key| name.is_key(key.name)) {
            check_value(value, key, path, diagnostics);
        }
    }
}

fn check_value(node: &Node, key: &KeyShape, path: &str, diagnostics: &mut Diagnostics) {
    let inner = child_path(path, key.name);
    if !key.shape.accepts(node) {
        diagnostics.push(wrong_shape(node, key, path));
        return;
    }
    match &key.shape {
        Shape::Hash(keys) | Shape::TextOr(keys) | Shape::BooleanOr(keys) => {
            check_mapping(node, &inner, keys, diagnostics);
        }
        Shape::HashOrList(keys, most) => {
            // GitLab counts before it flattens.
            if one_or_more(node).len() > *most {
                let message = format!("{inner}s config no more than {most} {}s can be created", key.name);
                diagnostics.push(problem(node, message).help("put some of them together"));
            }
            for item in flatten_fully(node) {
                match &item.value {
                    Value::Mapping(_) => check_mapping(item, &inner, keys, diagnostics),
                    _ => diagnostics.push(wrong_shape(item, key, path)),
                }
            }
        }
        Shape::Texts | Shape::TextOrTexts => {
            warn_about_nested_lists(node, &wrong_shape_message(key, path), diagnostics);
        }
        _ => {}
    }
}

fn check_mapping(node: &Node, path: &str, keys: &[KeyShape], diagnostics: &mut Diagnostics) {
    // Without listed keys, a mapping may have any key.
    if !keys.is_empty() {
        let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
        check_keys(node, path, &names, diagnostics);
    }
    check_values(node, path, keys, diagnostics);
}

/// The path of a key; at the top level, the key alone.
fn child_path(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}:{key}") }
}

/// GitLab's message for a value of the wrong form.
fn wrong_shape_message(key: &KeyShape, path: &str) -> String {
    let (wanted, _) = key.shape.description();
    match key.has_path {
        true => format!("{} config should be {wanted}", child_path(path, key.name)),
        false => format!("{path} {} should be {wanted}", key.name.replace('_', " ")),
    }
}

fn wrong_shape(node: &Node, key: &KeyShape, path: &str) -> Diagnostic {
    let (_, advice) = key.shape.description();
    let problem = problem(node, wrong_shape_message(key, path));
    match &key.shape {
        Shape::OneOf(words, _) | Shape::VariableOr(words, _) => {
            let written = node.as_str().unwrap_or_default();
            suggest(problem, written, words.iter().copied(), |problem| problem.help(advice))
        }
        _ => problem.help(advice),
    }
}

#[cfg(test)]
mod tests;
