//! `variables`: names, values, and whether GitLab expands them.

use super::decode::{present, problem, strings};
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::Span;
use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// One entry of a `variables` mapping; the value is not expanded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub key: String,
    /// The value as text (numbers and booleans as GitLab writes them).
    pub value: String,
    /// What happens to `$NAME` inside the value.
    pub expansion: Expansion,
    /// Where the key stands.
    pub span: Span,
}

/// `expand:` of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expansion {
    /// References to other variables are replaced.
    Expanded,
    /// `expand: false`: the value is passed on as written.
    Raw,
}

/// Where a `variables` mapping stands: only at the top level may variables be described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The top level of the file.
    Global,
    /// A job or a service.
    Job,
    /// A rule, where a variable is nothing but its value.
    Rule,
}

/// Reads a `variables` mapping. `path` is GitLab's name of the place: `jobs:test:variables`.
pub fn read(node: &Node, place: Place, path: &str, diagnostics: &mut Diagnostics) -> Vec<Variable> {
    if node.is_null() {
        return Vec::new();
    }
    let Value::Mapping(pairs) = &node.value else {
        diagnostics.push(problem(node, format!("{path} config should be a hash of key value pairs")));
        return Vec::new();
    };
    pairs.iter().filter_map(|(key, value)| variable(key, value, place, path, diagnostics)).collect()
}

fn variable(
    key: &Node,
    node: &Node,
    place: Place,
    path: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Variable> {
    let make = |value, expansion| Some(Variable { key: key.key_text(), value, expansion, span: key.span });
    match &node.value {
        Value::Scalar(scalar) => make(text(scalar, node, diagnostics), Expansion::Expanded),
        Value::Sequence(_) => {
            diagnostics.push(problem(
                node,
                format!("{path}:{} variable definition must be either a string or a hash", key.key_text()),
            ));
            None
        }
        Value::Mapping(pairs) => {
            let allowed: &[&str] = match place {
                Place::Global => &["value", "description", "options", "expand"],
                Place::Job => &["value", "expand"],
                Place::Rule => &[],
            };
            for (name, _) in pairs.iter().filter(|(name, _)| !allowed.contains(&&*name.key_text())) {
                let message = format!(
                    "{path}:{} variable definition uses invalid data keys: {}",
                    key.key_text(),
                    name.key_text()
                );
                let problem =
                    Diagnostic::error(Code::InvalidConfig, message).label(name.span, "not allowed here");
                diagnostics.push(problem.help(match allowed {
                    [] => "a rule's variable is nothing but its value".to_owned(),
                    allowed => format!("here a variable has {}", allowed.join(", ")),
                }));
            }
            let value = match node.get("value").map(|value| (&value.value, value)) {
                Some((Value::Scalar(scalar), value)) => text(scalar, value, diagnostics),
                Some((_, value)) => {
                    diagnostics
                        .push(problem(value, format!("{path}:{} value should be a string", key.key_text())));
                    return None;
                }
                None => String::new(),
            };
            check_options(node, &value, &format!("{path}:{}", key.key_text()), diagnostics);
            let raw = node
                .get("expand")
                .is_some_and(|expand| expand.value == Value::Scalar(Scalar::Boolean(false)));
            make(value, if raw { Expansion::Raw } else { Expansion::Expanded })
        }
    }
}

/// `options` are strings, of which the value has to be one.
fn check_options(node: &Node, value: &str, path: &str, diagnostics: &mut Diagnostics) {
    let Some(written) = present(node, "options") else { return };
    let message = format!("{path} options should be an array of strings");
    let Some(options) = strings(written, &message, diagnostics) else { return };
    if !options.iter().any(|option| option == value) {
        let span = node.get("value").map_or(written.span, |value| value.span);
        let message = format!("{path} config value must be present in options");
        let problem = Diagnostic::error(Code::InvalidConfig, message).label(span, "not one of the options");
        diagnostics.push(problem.help(format!("the options are {}", options.join(", "))));
    }
}

/// A scalar as GitLab writes it, with a warning where that is not what stands in the file.
fn text(scalar: &Scalar, node: &Node, diagnostics: &mut Diagnostics) -> String {
    let text = scalar.to_text();
    if let Scalar::Float(_) | Scalar::Integer(_) = scalar {
        let written = node.span.end.saturating_sub(node.span.start);
        // A number that was written as it is read has as many bytes; `1.10` and `010` have more.
        if written != text.len() {
            let problem =
                Diagnostic::warning(Code::ValueChanged, format!("YAML reads this number as `{text}`"));
            diagnostics.push(
                problem.label(node.span, "not what is written").help("put it in quotes to keep it as it is"),
            );
        }
    }
    text
}
