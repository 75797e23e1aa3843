//! `spec:inputs:rules`: options and a default that depend on other inputs. GitLab has them since 18.7.

use std::collections::{HashMap, HashSet};

use serde_json::Value as Json;

use super::value;
use crate::pipeline::decode::{check_keys, invalid_value, present, problem, string};
use crate::pipeline::expression::Expression;
use crate::source::diagnostic::{Diagnostic, Diagnostics};
use crate::source::map::Spanned;
use crate::source::node::{Node, Value};

/// The most options of an input or of a rule; GitLab's limit.
pub(super) const OPTIONS_MAX: usize = 50;

const OPEN: &str = "$[[";
const CLOSE: &str = "]]";

/// The name of a variable that stands for an input in an expression, before its number.
const VARIABLE: &str = "INPUT_";

/// A rule of an input.
pub(super) struct InputRule {
    /// Without one, the rule always matches.
    condition: Option<InputCondition>,
    pub(super) options: Option<Vec<Json>>,
    /// `Some` also for null.
    pub(super) default: Option<Spanned<Json>>,
}

/// An expression about other inputs.
struct InputCondition {
    /// The text between the inputs: one more than there are inputs.
    texts: Vec<String>,
    /// The names of the inputs, in the order of the expression.
    inputs: Vec<String>,
}

impl InputRule {
    /// Whether the rule matches. `value` gives the values of other inputs; one without a value counts as null.
    pub(super) fn matches(&self, value: &dyn Fn(&str) -> Option<Json>) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.holds(value))
    }

    /// Whether the input needs no argument because of this rule.
    pub(super) fn gives_default(&self) -> bool {
        self.default.is_some() || self.condition.is_none()
    }

    /// The inputs that the rule depends on.
    pub(super) fn inputs(&self) -> &[String] {
        self.condition.as_ref().map_or(&[], |condition| &condition.inputs)
    }
}

impl InputCondition {
    /// Parses an expression; the error is about the text that `$[[ ]]` are replaced in.
    fn parse(text: &str) -> Result<Self, String> {
        let (mut texts, mut inputs, mut rest) = (Vec::new(), Vec::new(), text);
        while let Some((before, after)) = rest.split_once(OPEN) {
            let (block, behind) = after.split_once(CLOSE).ok_or("a `$[[` without its `]]`")?;
            let name = block.trim().strip_prefix("inputs.").ok_or("a block without `inputs.`")?;
            texts.push(before.to_owned());
            inputs.push(name.to_owned());
            rest = behind;
        }
        texts.push(rest.to_owned());
        let condition = Self { texts, inputs };
        let parsed = Expression::parse(&condition.text_with(|_| None));
        parsed.map(|_| condition).map_err(|error| error.to_string())
    }

    /// The expression with a literal, or else a variable, in place of each input.
    fn text_with(&self, literal: impl Fn(usize) -> Option<&'static str>) -> String {
        let mut whole = String::new();
        for (number, text) in self.texts.iter().enumerate() {
            whole.push_str(text);
            match literal(number) {
                _ if number == self.inputs.len() => {}
                Some(literal) => whole.push_str(literal),
                None => whole.push_str(&format!("${VARIABLE}{number}")),
            }
        }
        whole
    }

    fn holds(&self, value: &dyn Fn(&str) -> Option<Json>) -> bool {
        let values: Vec<Json> = self.inputs.iter().map(|name| value(name).unwrap_or(Json::Null)).collect();
        let text = self.text_with(|number| match values.get(number)? {
            Json::Null => Some("null"),
            Json::Bool(true) => Some("true"),
            Json::Bool(false) => Some("false"),
            _ => None,
        });
        let texts: Vec<String> = values.iter().map(value::text).collect();
        let variable = |name: &str| {
            let number: usize = name.strip_prefix(VARIABLE)?.parse().ok()?;
            texts.get(number).map(String::as_str)
        };
        Expression::parse(&text).is_ok_and(|expression| expression.is_true(&variable))
    }
}

/// Decodes the rules of an input. `path` is the path of the input.
pub(super) fn decode_rules(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<InputRule> {
    let path = format!("{path}:rules");
    let Value::Sequence(items) = &node.value else {
        diagnostics.push(problem(node, format!("{path} config should be an array")).help(RULE_HELP));
        return Vec::new();
    };
    items.iter().filter_map(|item| decode_rule(item, &format!("{path}:rule"), diagnostics)).collect()
}

const RULE_HELP: &str =
    "write it as a list: `- if: $[[ inputs.cloud ]] == 'aws'`, with `options` or `default`";

fn decode_rule(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<InputRule> {
    if !matches!(node.value, Value::Mapping(_)) {
        diagnostics.push(problem(node, format!("{path} config should be a hash")).help(RULE_HELP));
        return None;
    }
    check_keys(node, path, &["if", "options", "default"], diagnostics);
    let (written, options) = (present(node, "if"), present(node, "options"));
    let default = node.get("default").map(|node| Spanned { value: value::to_json(node), span: node.span });
    let missing = match written {
        Some(_) if options.is_none() && default.is_none() => {
            "rule with 'if' must define 'options' or 'default'"
        }
        None if options.is_none() => "fallback rule must define 'options'",
        _ => "",
    };
    if !missing.is_empty() {
        diagnostics.push(invalid_value(node, format!("{path} config {missing}"), "").help(RULE_HELP));
    }
    Some(InputRule {
        condition: written.and_then(|written| decode_condition(written, path, diagnostics)),
        options: options.and_then(|options| decode_options(options, path, diagnostics)),
        default,
    })
}

fn decode_condition(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<InputCondition> {
    let text = string(node, &format!("{path} if should be a string"), diagnostics)?;
    InputCondition::parse(&text)
        .map_err(|reason| {
            let problem = invalid_value(node, format!("{path} if invalid expression syntax"), &reason);
            diagnostics.push(problem.help("compare inputs with texts: `$[[ inputs.cloud ]] == 'aws'`"));
        })
        .ok()
}

fn decode_options(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Vec<Json>> {
    let Value::Sequence(items) = &node.value else {
        let problem = problem(node, format!("{path} options should be an array"));
        diagnostics.push(problem.help("write it as a list: `[a, b]`"));
        return None;
    };
    if items.len() > OPTIONS_MAX {
        let message = format!("{path} config cannot define more than {OPTIONS_MAX} options");
        diagnostics.push(problem(node, message).help("remove some of them"));
    }
    Some(items.iter().map(value::to_json).collect())
}

/// Checks that rules name inputs that there are, and that no input depends on itself. `all` has the name and the rules of
/// each input.
pub(super) fn check_dependencies(all: &[(&str, &[InputRule])], node: &Node, diagnostics: &mut Diagnostics) {
    let defined: HashSet<&str> = all.iter().map(|(name, _)| *name).collect();
    for (name, rules) in all {
        for (number, rule) in rules.iter().enumerate() {
            let undefined = rule.inputs().iter().map(String::as_str).filter(|input| !defined.contains(input));
            let undefined: Vec<&str> = undefined.collect();
            if !undefined.is_empty() {
                let message = format!(
                    "header:spec:inputs:{name} config rule[{number}] references undefined inputs: {}",
                    undefined.join(", ")
                );
                diagnostics.push(about(node, message).help("rules can use the inputs of the same file"));
            }
        }
    }
    if let Some(name) = part_of_circle(all) {
        let message = format!("header:spec:inputs:{name} config circular dependency detected");
        diagnostics.push(about(node, message).help("let the rules of one of these inputs use others"));
    }
}

fn about(node: &Node, message: String) -> Diagnostic {
    invalid_value(node, message, "these inputs")
}

/// An input that depends on itself: inputs whose dependencies are all known become known, until none is left.
fn part_of_circle<'n>(all: &[(&'n str, &'n [InputRule])]) -> Option<&'n str> {
    let mut dependants: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut unknown: HashMap<&str, usize> = HashMap::new();
    for (name, rules) in all {
        let needed: Vec<&String> = rules.iter().flat_map(InputRule::inputs).collect();
        unknown.insert(name, needed.len());
        needed.into_iter().for_each(|input| dependants.entry(input).or_default().push(name));
    }
    let mut known: Vec<&str> =
        all.iter().map(|(name, _)| *name).filter(|name| unknown.get(name) == Some(&0)).collect();
    while let Some(name) = known.pop() {
        for dependant in dependants.remove(name).unwrap_or_default() {
            let Some(left) = unknown.get_mut(dependant) else { continue };
            *left = left.saturating_sub(1);
            if *left == 0 {
                known.push(dependant);
            }
        }
    }
    all.iter().map(|(name, _)| *name).find(|name| unknown.get(name).is_some_and(|left| *left > 0))
}
