//! `variables`: their names and values, and whether GitLab expands them.

use super::decode::{boolean, present, problem, strings};
use super::inert_variables;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::Span;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// An entry of a `variables` mapping. Its value is not yet expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub key: String,
    /// The value as text; numbers and booleans are written as GitLab writes them.
    pub value: String,
    /// What happens to `$NAME` in the value.
    pub expansion: Expansion,
    /// The position of the key.
    pub span: Span,
}

/// The `expand` of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expansion {
    /// References to other variables are replaced.
    Expanded,
    /// With `expand: false`, the value is passed on as written.
    Raw,
}

/// The owner of a `variables` mapping, which decides the forms of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariablesOwner {
    /// The top level of the file: variables may have a description and options.
    TopLevel,
    /// A job or a service: variables may have `expand`.
    Job,
    /// A rule: a variable is only a value.
    Rule,
}

/// Decodes a `variables` mapping. `path` is the path in GitLab's messages: `jobs:test:variables`.
pub fn decode_variables(
    node: &Node,
    owner: VariablesOwner,
    path: &str,
    diagnostics: &mut Diagnostics,
) -> Vec<Variable> {
    if node.is_null() {
        return Vec::new();
    }
    let Value::Mapping(pairs) = &node.value else {
        let problem = problem(node, format!("{path} config should be a hash"));
        diagnostics.push(problem.help("write each variable as `NAME: value`"));
        return Vec::new();
    };
    let read = |(key, value): &(Node, Node)| {
        let (value, expansion) = match &value.value {
            Value::Scalar(scalar) => (scalar_text(scalar, value, diagnostics), Expansion::Expanded),
            Value::Sequence(_) => {
                let message = "variable definition must be either a string or a hash";
                let problem = problem(value, format!("{path}:{} {message}", key.key_text()));
                diagnostics.push(problem.help("a list is not a value; put its items into one string"));
                return None;
            }
            Value::Mapping(_) => {
                decode_variable_mapping(value, owner, &format!("{path}:{}", key.key_text()), diagnostics)?
            }
        };
        Some(Variable { key: key.key_text(), value, expansion, span: key.span })
    };
    let variables: Vec<Variable> = pairs.iter().filter_map(read).collect();
    let inert = variables.iter().filter_map(|known| inert_variables::warning(&known.key, known.span));
    inert.for_each(|warning| diagnostics.push(warning));
    variables
}

/// Decodes a variable that is a mapping. `path` is the path of the variable.
fn decode_variable_mapping(
    node: &Node,
    owner: VariablesOwner,
    path: &str,
    diagnostics: &mut Diagnostics,
) -> Option<(String, Expansion)> {
    check_data_keys(node, owner, path, diagnostics);
    let value = match present(node, "value").map(|value| (&value.value, value)) {
        Some((Value::Scalar(scalar), value)) => scalar_text(scalar, value, diagnostics),
        Some((_, value)) => {
            let problem = problem(value, format!("{path} config value must be a scalar"));
            diagnostics.push(problem.help("put it into one string"));
            return None;
        }
        None => String::new(),
    };
    if let Some(description) =
        present(node, "description").filter(|node| !matches!(node.value, Value::Scalar(_)))
    {
        let problem =
            problem(description, format!("{path} config description must be an alphanumeric string"));
        diagnostics.push(problem.help("put it into one string"));
    }
    check_options(node, &value, path, diagnostics);
    let expand = present(node, "expand");
    if let Some(written) = expand.filter(|written| boolean(written).is_none()) {
        let problem = problem(written, format!("{path} config expand should be a boolean value"));
        diagnostics.push(problem.help("write `true` or `false`"));
    }
    let is_raw = expand.and_then(boolean) == Some(false);
    Some((value, if is_raw { Expansion::Raw } else { Expansion::Expanded }))
}

fn check_data_keys(node: &Node, owner: VariablesOwner, path: &str, diagnostics: &mut Diagnostics) {
    let Value::Mapping(pairs) = &node.value else { return };
    let allowed: &[&str] = match owner {
        VariablesOwner::TopLevel => &["value", "description", "options", "expand"],
        VariablesOwner::Job => &["value", "expand"],
        VariablesOwner::Rule => {
            let problem = problem(node, format!("{path} config must be a string"));
            diagnostics.push(problem.help("the variables of a rule are written as `NAME: value`"));
            return;
        }
    };
    let extra: Vec<&Node> =
        pairs.iter().map(|(key, _)| key).filter(|key| !allowed.contains(&&*key.key_text())).collect();
    let Some(first) = extra.first() else { return };
    let names: Vec<String> = extra.iter().map(|key| key.key_text()).collect();
    let message = format!("{path} config uses invalid data keys: {}", names.join(", "));
    let problem = Diagnostic::error(Code::InvalidConfig, message).label(first.span, "not allowed here");
    diagnostics.push(problem.help(match owner {
        VariablesOwner::TopLevel => "a variable may have `value`, `description`, `options` and `expand`",
        VariablesOwner::Job | VariablesOwner::Rule => {
            "only variables of the top level can have a description; here, `value` and `expand` are allowed"
        }
    }));
}

/// Checks that `options` are strings and contain the value.
fn check_options(node: &Node, value: &str, path: &str, diagnostics: &mut Diagnostics) {
    let Some(written) = present(node, "options") else { return };
    let message = format!("{path} config options should be an array of strings");
    let Some(options) = strings(written, &message, diagnostics) else { return };
    if !options.is_empty() && !options.iter().any(|option| option == value) {
        let span = node.get("value").map_or(written.span, |value| value.span);
        let message = format!("{path} config value must be present in options");
        let problem = Diagnostic::error(Code::InvalidConfig, message).label(span, "not one of the options");
        diagnostics.push(problem.help(format!("the options are {}", options.join(", "))));
    }
}

/// The text of a scalar as GitLab writes it. A warning says if this differs from the file.
fn scalar_text(scalar: &Scalar, node: &Node, diagnostics: &mut Diagnostics) -> String {
    let text = scalar.to_text();
    if let Scalar::Float(_) | Scalar::Integer(_) = scalar {
        let written = node.span.end.saturating_sub(node.span.start);
        // A number that YAML does not change has the same length in the file; `1.10` and `010` are longer.
        if written != text.len() {
            let problem =
                Diagnostic::warning(Code::ValueChanged, format!("YAML reads this number as `{text}`"));
            diagnostics.push(
                problem
                    .label(node.span, "differs from what is written")
                    .help("put it in quotes to keep it as it is"),
            );
        }
    }
    text
}
