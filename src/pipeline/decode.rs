//! Decodes nodes of the YAML tree into Rust values, with GitLab's messages for values of the wrong type.

use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;
use crate::suggest::closest;

/// How deep lists may be nested; GitLab's limit.
const LEVELS_MAX: usize = 10;

/// A configuration error whose label says which type the node has.
pub fn problem(node: &Node, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::InvalidConfig, message).label(node.span, format!("this is {}", node.kind()))
}

/// A configuration error about a value whose type is right. `remark` is the text of the label.
pub fn invalid_value(node: &Node, message: impl Into<String>, remark: &str) -> Diagnostic {
    Diagnostic::error(Code::InvalidConfig, message).label(node.span, remark)
}

/// A configuration error about a value that is not one of the words that GitLab knows.
pub fn unknown_value(node: &Node, message: impl Into<String>) -> Diagnostic {
    match node.as_str() {
        Some(_) => invalid_value(node, message, "not one of these values"),
        None => problem(node, message),
    }
}

/// The value of a key. `None` means that the key is absent or null, which GitLab treats alike.
pub fn present<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.get(key).filter(|value| !value.is_null())
}

/// Decodes a string. Any other type is an error with `message`.
pub fn string(node: &Node, message: &str, diagnostics: &mut Diagnostics) -> Option<String> {
    let text = node.as_str().map(str::to_owned);
    if text.is_none() {
        diagnostics.push(problem(node, message).help(match &node.value {
            Value::Scalar(_) => "put it in quotes to make it a string",
            Value::Sequence(_) | Value::Mapping(_) => "write a string instead",
        }));
    }
    text
}

/// Decodes a list of strings. Any other type is an error with `message`.
pub fn strings(node: &Node, message: &str, diagnostics: &mut Diagnostics) -> Option<Vec<String>> {
    let Value::Sequence(items) = &node.value else {
        diagnostics.push(problem(node, message).help("write it as a list: `[a, b]`"));
        return None;
    };
    items.iter().map(|item| string(item, message, diagnostics)).collect()
}

/// The items of a list; any other node stands for a list of itself alone.
pub fn one_or_more(node: &Node) -> &[Node] {
    match &node.value {
        Value::Sequence(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// Flattens nested lists, which `!reference` makes, in their order. Lists below the tenth level stay as they are.
pub fn flatten(node: &Node) -> Vec<&Node> {
    flatten_levels(node, LEVELS_MAX)
}

/// Flattens nested lists at any depth; the reader and the composer bound it.
pub fn flatten_fully(node: &Node) -> Vec<&Node> {
    flatten_levels(node, usize::MAX)
}

fn flatten_levels(node: &Node, levels: usize) -> Vec<&Node> {
    match (&node.value, levels.checked_sub(1)) {
        (Value::Sequence(items), Some(below)) => {
            items.iter().flat_map(|item| flatten_levels(item, below)).collect()
        }
        _ => vec![node],
    }
}

/// Warns about lists in a list of strings, which GitLab refuses and which are flattened here. `message` is GitLab's.
pub fn warn_about_nested_lists(node: &Node, message: &str, diagnostics: &mut Diagnostics) {
    let nested = one_or_more(node).iter().find(|item| matches!(item.value, Value::Sequence(_)));
    let Some(nested) = nested else { return };
    let warning = Diagnostic::warning(Code::InvalidConfig, format!("{message}, without lists in it"));
    let warning = warning.label(nested.span, "GitLab refuses this nested list; runner-lite uses its items");
    diagnostics.push(warning.help("write the items themselves, or let the whole value be one `!reference`"));
}

/// A boolean; `None` means another type.
pub fn boolean(node: &Node) -> Option<bool> {
    match node.value {
        Value::Scalar(Scalar::Boolean(value)) => Some(value),
        _ => None,
    }
}

/// Decodes an integer or a list of integers. Any other type is an error with `message`.
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

/// Adds the known name that is most similar to `written` as help text. Without a similar name, `otherwise` adds the
/// help.
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

/// Keys of other systems: the key, a key that the same mapping may have in a pipeline file, and what is written there in
/// place of the first.
const FOREIGN_KEYS: [(&str, &str, &str); 17] = [
    ("env", "script", "`variables:`"),
    ("steps", "script", "`script:` with a list of commands"),
    ("commands", "script", "`script:`"),
    ("command", "script", "`script:`"),
    ("depends_on", "script", "`needs:`"),
    ("runs-on", "script", "`image:`"),
    ("container", "script", "`image:`"),
    ("on", "script", "`rules:`"),
    ("if", "script", "`rules: [{if: …}]`"),
    ("branches", "script", "`only: {refs: […]}` or `rules:`"),
    ("volumes", "script", "`cache:` or `artifacts:`, or the option `--docker-volumes`"),
    ("matrix", "script", "`parallel: {matrix: […]}`"),
    ("name", "script", "it as the key of the job"),
    // GitLab knew it until 16.0.
    ("type", "script", "`stage:`"),
    ("image", "entrypoint", "`name:`"),
    ("branch", "refs", "`refs:`"),
    ("branches", "refs", "`refs:`"),
];

/// The most keys that a help text lists.
const KEYS_SHOWN_MAX: usize = 15;

/// Reports every key of a mapping that is not in `known`. `path` is the path of the mapping, as GitLab's messages
/// have it.
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
        let foreign = FOREIGN_KEYS.iter().find(|(key, beside, _)| *key == name && known.contains(beside));
        if let Some((_, _, instead)) = foreign {
            diagnostics.push(problem.help(format!("write {instead} instead")));
            continue;
        }
        diagnostics.push(suggest(problem, &name, known.iter().copied(), |problem| match known {
            [one] => problem.help(format!("the only allowed key is `{one}`")),
            [rest @ .., last] if known.len() <= KEYS_SHOWN_MAX => {
                problem.help(format!("the allowed keys are {} and {last}", rest.join(", ")))
            }
            _ => problem.help("the keywords are described at https://docs.gitlab.com/ci/yaml/"),
        }));
    }
}
