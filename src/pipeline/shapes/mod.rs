//! The forms of keywords that have no effect here. GitLab rejects a file in which their values have the wrong type.
//!
//! The forms are data; [`check`] interprets them.

mod tables;

use super::decode::{
    boolean, check_keys, flatten_fully, invalid_value, one_or_more, present, problem, suggest,
    warn_about_nested_lists,
};
use super::duration;
use crate::source::diagnostic::{Diagnostic, Diagnostics};
use crate::source::node::{Node, Value};

/// The form that a value must have.
enum Shape {
    Any,
    Boolean,
    Text,
    Texts,
    TextOrTexts,
    /// A list of at most this number of texts.
    FewTexts(usize),
    /// A date and time as in ISO 8601.
    DateTime,
    /// An address of the web, or a text with a variable.
    Url,
    /// The name of a step.
    StepName,
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
    /// A list of mappings with these keys. The first field is what an item is called.
    List(&'static str, &'static [KeyShape]),
    /// A mapping of any names to mappings with these keys.
    Named(&'static [KeyShape]),
}

/// A key of a mapping, and the form of its value.
struct KeyShape {
    name: &'static str,
    /// Whether GitLab's message is `job:key config …` rather than `job key …`.
    has_path: bool,
    shape: Shape,
    /// What GitLab says of a mapping without this key, after the path of the mapping. `None` means that the key may be
    /// absent.
    missing: Option<&'static str>,
}

impl Shape {
    /// GitLab's description of the form, and how to write it.
    fn description(&self) -> (String, &'static str) {
        let (wanted, advice) = match self {
            Self::Any => ("anything", ""),
            Self::Boolean => ("a boolean value", "write `true` or `false`, without quotes"),
            Self::Text => ("a string", "put it in quotes to make it a string"),
            Self::Texts | Self::FewTexts(_) => ("an array of strings", "write it as a list: `[a, b]`"),
            Self::DateTime => ("a valid datetime", "write it as `2026-01-31T12:00:00Z`, in quotes"),
            Self::Url => ("a valid URL", "write it with `http://` or `https://`"),
            Self::StepName => ("a name of letters, digits and `_`", "write it as `my_step`"),
            Self::TextOrTexts => ("an array of strings or a string", "write it as a list: `[a, b]`"),
            Self::OneOf(_, wanted) | Self::VariableOr(_, wanted) => (*wanted, "write one of these values"),
            Self::Expiry => ("a duration", "write it as `1 week` or `never`"),
            Self::Hash(keys) if has_paths(keys) => ("a hash", "write the list below `paths:`"),
            Self::HashOrList(keys, _) if has_paths(keys) => {
                ("a hash or an array of hashes", "write the list below `paths:`")
            }
            Self::Hash(_) | Self::Named(_) => ("a hash", "write it as a mapping: `key: value`"),
            Self::List(..) => ("an array of hashes", "write it as a list of mappings: `- name: a`"),
            Self::TextOr(_) => ("a hash or a string", "write it as a mapping: `key: value`"),
            Self::BooleanOr(_) => ("a hash or a boolean value", "write it as a mapping: `key: value`"),
            Self::HashOrList(..) => ("a hash or an array of hashes", "write it as a mapping: `key: value`"),
        };
        (wanted.to_owned(), advice)
    }

    /// The words of GitLab's message before the description.
    fn verb(&self) -> &'static str {
        match self {
            Self::DateTime | Self::Url => "must be",
            _ => "should be",
        }
    }

    fn accepts(&self, node: &Node) -> bool {
        let is_text = |node: &Node| node.as_str().is_some();
        let is_hash = matches!(node.value, Value::Mapping(_));
        let is_list = matches!(node.value, Value::Sequence(_));
        match self {
            Self::Any => true,
            Self::Boolean => boolean(node).is_some(),
            Self::Text => is_text(node),
            Self::DateTime => node.as_str().is_some_and(is_date_time),
            Self::Url => node.as_str().is_some_and(|text| text.contains('$') || is_web_address(text)),
            Self::StepName => node.as_str().is_some_and(is_step_name),
            Self::Texts | Self::FewTexts(_) => is_list && one_or_more(node).iter().all(is_text_or_texts),
            Self::TextOrTexts => one_or_more(node).iter().all(is_text_or_texts),
            Self::OneOf(words, _) => node.as_str().is_some_and(|text| words.contains(&text)),
            Self::VariableOr(words, _) => {
                node.as_str().is_some_and(|text| words.contains(&text) || text.contains('$'))
            }
            Self::Expiry => node
                .as_str()
                .is_some_and(|text| text == "never" || text.contains('$') || duration::parse(text).is_some()),
            Self::Hash(_) | Self::Named(_) => is_hash,
            Self::List(..) => is_list,
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

/// Whether a text may be a date, or a date with a time, in one of the forms of ISO 8601.
fn is_date_time(text: &str) -> bool {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let is_letter_of_it = |letter: char| is_digit(letter) || "TtZzW:+-., ".contains(letter);
    let year = text.get(..4).unwrap_or_default();
    let month =
        text.get(4..7).and_then(|part| part.strip_prefix('-')).and_then(|part| part.parse::<u8>().ok());
    let is_month = month.is_none_or(|month| (1..=12).contains(&month));
    year.len() == 4 && year.chars().all(is_digit) && is_month && text.chars().all(is_letter_of_it)
}

/// Whether a text is an address that GitLab accepts for a link: of the web, with a host.
fn is_web_address(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| host.starts_with(|first: char| first.is_alphanumeric() || first == '['))
}

fn is_step_name(text: &str) -> bool {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.chars().all(is_word) && text.starts_with(|first: char| !first.is_ascii_digit() && is_word(first))
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
                diagnostics.push(problem(node, message).help("merge some of them"));
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
        Shape::FewTexts(most) => {
            warn_about_nested_lists(node, &wrong_shape_message(key, path), diagnostics);
            if one_or_more(node).len() > *most {
                let limit = most.saturating_add(1);
                let message = format!("{inner} config must be less than the limit of {limit} {}", key.name);
                diagnostics.push(problem(node, message).help("remove some of them"));
            }
        }
        Shape::List(item_name, keys) => check_items(node, &child_path(&inner, item_name), keys, diagnostics),
        Shape::Named(keys) => check_named(node, &inner, keys, diagnostics),
        _ => {}
    }
}

fn check_items(node: &Node, path: &str, keys: &[KeyShape], diagnostics: &mut Diagnostics) {
    for item in one_or_more(node) {
        check_hash(item, path, keys, diagnostics);
    }
}

fn check_named(node: &Node, path: &str, keys: &[KeyShape], diagnostics: &mut Diagnostics) {
    let Value::Mapping(pairs) = &node.value else { return };
    for (name, value) in pairs {
        check_hash(value, &child_path(path, &name.key_text()), keys, diagnostics);
    }
}

fn check_hash(node: &Node, path: &str, keys: &[KeyShape], diagnostics: &mut Diagnostics) {
    match node.value {
        Value::Mapping(_) => check_mapping(node, path, keys, diagnostics),
        _ => {
            let first = keys.first().map_or("key", |key| key.name);
            let problem = problem(node, format!("{path} config should be a hash"));
            diagnostics.push(problem.help(format!("write it as a mapping: `{first}: …`")));
        }
    }
}

fn check_mapping(node: &Node, path: &str, keys: &[KeyShape], diagnostics: &mut Diagnostics) {
    if !matches!(node.value, Value::Mapping(_)) {
        return;
    }
    // Without listed keys, a mapping may have any key.
    if !keys.is_empty() {
        let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
        check_keys(node, path, &names, diagnostics);
    }
    for (key, missing) in keys.iter().filter_map(|key| Some((key, key.missing?))) {
        let is_blank = |value: &Node| value.as_str().is_some_and(|text| text.trim().is_empty());
        let written = present(node, key.name);
        if written.is_none_or(is_blank) {
            let (place, remark) = match written {
                Some(written) => (written, "it is empty".to_owned()),
                None => (node, format!("`{}` is missing", key.name)),
            };
            let problem = invalid_value(place, format!("{path} {missing}"), &remark);
            diagnostics.push(problem.help(format!("write a value for `{}:`", key.name)));
        }
    }
    check_values(node, path, keys, diagnostics);
}

/// The path of a key; at the top level, the key alone.
fn child_path(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}:{key}") }
}

/// GitLab's message for a value of the wrong form.
fn wrong_shape_message(key: &KeyShape, path: &str) -> String {
    let ((wanted, _), verb) = (key.shape.description(), key.shape.verb());
    match key.has_path {
        true => format!("{} config {verb} {wanted}", child_path(path, key.name)),
        false => format!("{path} {} {verb} {wanted}", key.name.replace('_', " ")),
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
