//! Keywords that nothing is done with here still have a form that GitLab insists on: it refuses the file otherwise.
//!
//! A form is data; [`check`] is the only code.

mod tables;

use super::decode::{boolean, check_keys, one_or_more, present, problem, suggest};
use super::duration;
use crate::source::diagnostic::{Diagnostic, Diagnostics};
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// What a value has to be.
enum Shape {
    /// Anything.
    Any,
    /// `true` or `false`.
    Boolean,
    /// A string.
    Text,
    /// A list of strings.
    Texts,
    /// A string, or a list of them.
    TextOrTexts,
    /// One of these words, or a variable; how GitLab puts it.
    OneOf(&'static [&'static str], &'static str),
    /// A duration of at least a second, or `never`.
    Expiry,
    /// A mapping with these keys.
    Hash(&'static [KeyShape]),
    /// A string, or such a mapping.
    TextOr(&'static [KeyShape]),
    /// A boolean, or such a mapping.
    BooleanOr(&'static [KeyShape]),
    /// A mapping, or a list of so many at most.
    HashOrList(&'static [KeyShape], usize),
}

/// A key of a mapping.
struct KeyShape {
    name: &'static str,
    /// Whether GitLab says `job:key config …`, and not `job key …`.
    has_path: bool,
    shape: Shape,
}

impl Shape {
    /// What GitLab says that the value should be, and how it is written.
    fn wanted(&self) -> (String, &'static str) {
        let (wanted, advice) = match self {
            Self::Any => ("anything", ""),
            Self::Boolean => ("a boolean value", "write `true` or `false`, without quotes"),
            Self::Text => ("a string", "put it in quotes to make it a string"),
            Self::Texts => ("an array of strings", "write it as a list: `[a, b]`"),
            Self::TextOrTexts => ("an array of strings or a string", "write it as a list: `[a, b]`"),
            Self::OneOf(_, wanted) => (*wanted, "write one of these words"),
            Self::Expiry => ("a duration", "write it as `1 week` or `never`"),
            Self::Hash(_) => ("a hash", "write it as a mapping: `key: value`"),
            Self::TextOr(_) => ("a hash or a string", "write it as a mapping: `key: value`"),
            Self::BooleanOr(_) => ("a hash or a boolean value", "write it as a mapping: `key: value`"),
            Self::HashOrList(..) => ("a hash or an array of hashes", "write it as a mapping: `key: value`"),
        };
        (wanted.to_owned(), advice)
    }

    fn fits(&self, node: &Node) -> bool {
        let is_text = |node: &Node| node.as_str().is_some();
        let is_hash = matches!(node.value, Value::Mapping(_));
        let is_list = matches!(node.value, Value::Sequence(_));
        match self {
            Self::Any => true,
            Self::Boolean => boolean(node).is_some(),
            Self::Text => matches!(&node.value, Value::Scalar(Scalar::String(_) | Scalar::Integer(_))),
            Self::Texts => is_list && one_or_more(node).iter().all(is_texts),
            Self::TextOrTexts => one_or_more(node).iter().all(is_texts),
            Self::OneOf(words, _) => {
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

/// A string, or what `!reference` makes of several.
fn is_texts(node: &Node) -> bool {
    match &node.value {
        Value::Sequence(items) => items.iter().all(|item| item.as_str().is_some()),
        _ => node.as_str().is_some(),
    }
}

/// Says what is wrong with the form of keywords in `node`, a job or the defaults, which GitLab calls `path`.
pub(super) fn check(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    check_hash(node, path, tables::KEYWORDS, diagnostics);
}

/// The same for keywords of the top level, of which `cache` alone has a form that is looked at here.
pub(super) fn check_global(root: &Node, diagnostics: &mut Diagnostics) {
    let Some(cache) = present(root, "cache") else { return };
    let Some(key) = tables::KEYWORDS.iter().find(|key| key.name == "cache") else { return };
    check_value(cache, key, "", diagnostics);
}

fn check_hash(node: &Node, path: &str, keys: &[KeyShape], diagnostics: &mut Diagnostics) {
    let Value::Mapping(pairs) = &node.value else { return };
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_null()) {
        if let Some(key) = keys.iter().find(|key| name.is_key(key.name)) {
            check_value(value, key, path, diagnostics);
        }
    }
}

fn check_value(node: &Node, key: &KeyShape, path: &str, diagnostics: &mut Diagnostics) {
    let inner = below(path, key.name);
    if !key.shape.fits(node) {
        diagnostics.push(wrong_shape(node, key, path));
        return;
    }
    match &key.shape {
        Shape::Hash(keys) | Shape::TextOr(keys) | Shape::BooleanOr(keys) => {
            check_known(node, &inner, keys, diagnostics);
        }
        Shape::HashOrList(keys, most) => {
            let items = one_or_more(node);
            if items.len() > *most {
                let message = format!("{inner}s config no more than {most} {}s can be created", key.name);
                diagnostics.push(problem(node, message).help("put some of them together"));
            }
            for item in items {
                match &item.value {
                    Value::Mapping(_) => check_known(item, &inner, keys, diagnostics),
                    _ => diagnostics.push(wrong_shape(item, key, path)),
                }
            }
        }
        _ => {}
    }
}

fn check_known(node: &Node, path: &str, keys: &[KeyShape], diagnostics: &mut Diagnostics) {
    // A mapping of which nothing is tabled may have any keys.
    if !keys.is_empty() {
        let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
        check_keys(node, path, &names, diagnostics);
    }
    check_hash(node, path, keys, diagnostics);
}

/// GitLab's name of a key: at the top level, the key alone.
fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}:{key}") }
}

fn wrong_shape(node: &Node, key: &KeyShape, path: &str) -> Diagnostic {
    let (wanted, advice) = key.shape.wanted();
    let message = if key.has_path {
        format!("{} config should be {wanted}", below(path, key.name))
    } else {
        format!("{path} {} should be {wanted}", key.name.replace('_', " "))
    };
    let problem = problem(node, message);
    match &key.shape {
        Shape::OneOf(words, _) => {
            let written = node.as_str().unwrap_or_default();
            suggest(problem, written, words.iter().copied(), |problem| problem.help(advice))
        }
        _ => problem.help(advice),
    }
}

#[cfg(test)]
mod tests;
