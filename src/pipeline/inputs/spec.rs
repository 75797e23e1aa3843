//! The declarations in `spec:inputs`: names, types, defaults and further conditions.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::input_rules::{self, InputRule, OPTIONS_MAX};
use super::value::{self, text};
use crate::pipeline::decode::{check_keys, present, problem, string, suggest};
use crate::pipeline::expression::Pattern;
use crate::pipeline::keywords::not_supported;
use crate::source::diagnostic::Diagnostics;
use crate::source::map::{Span, Spanned};
use crate::source::node::{Node, Value};

const INPUT_HELP: &str = "write each input as `NAME:`, with `default:` or nothing below it";

/// The keys of an input of a job.
pub(super) const JOB_KEYS: [&str; 5] = ["default", "description", "options", "regex", "type"];

/// The keys of an input of a file.
const KEYS: [&str; 6] = ["default", "description", "options", "regex", "rules", "type"];

/// The declaration of an input.
pub(super) struct InputSpec {
    pub(super) name: String,
    /// The position of the name.
    pub(super) span: Span,
    input_type: InputType,
    /// The value without an argument; an input without a default needs one.
    pub(super) default: Option<Spanned<Json>>,
    options: Option<Vec<Json>>,
    regex: Option<Pattern>,
    rules: Option<Vec<InputRule>>,
    pub(super) description: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InputType {
    Array,
    Boolean,
    Number,
    String,
}

impl InputType {
    const ALL: [Self; 4] = [Self::Array, Self::Boolean, Self::Number, Self::String];

    fn name(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
        }
    }

    /// Converts a value to this type. A text may be JSON, as on the command line.
    fn value(self, value: &Json) -> Option<Json> {
        if self == Self::String {
            return (!value.is_array() && !value.is_object()).then(|| Json::from(text(value)));
        }
        let parsed = value.as_str().and_then(|text| serde_json::from_str(text).ok());
        let value = parsed.unwrap_or_else(|| value.clone());
        let fits = match self {
            Self::Array => value.is_array(),
            Self::Boolean => value.is_boolean(),
            Self::Number | Self::String => value.is_number(),
        };
        fits.then_some(value)
    }
}

/// What an input may be and is by default, in view of other inputs.
#[derive(Default)]
pub(super) struct Choice<'s> {
    pub(super) options: Option<&'s [Json]>,
    /// `None` means that a value has to be given.
    pub(super) default: Option<Cow<'s, Spanned<Json>>>,
}

impl InputSpec {
    /// The rules, if they decide about options and default.
    pub(super) fn rules(&self) -> &[InputRule] {
        self.rules.as_deref().unwrap_or_default()
    }

    /// The options and the default. The first rule that matches has them; `value` gives the values of other inputs.
    pub(super) fn choice(&self, value: &dyn Fn(&str) -> Option<Json>) -> Choice<'_> {
        let Some(rules) = &self.rules else {
            return Choice {
                options: self.options.as_deref(),
                default: self.default.as_ref().map(Cow::Borrowed),
            };
        };
        let found = rules.iter().find(|rule| rule.matches(value));
        let default = found.and_then(|rule| rule.default.as_ref()).or(self.default.as_ref());
        // As in GitLab, an input is empty if a rule has a default and none matches.
        let nothing = || Cow::Owned(Spanned { value: Json::Null, span: self.span });
        let is_optional = rules.iter().any(InputRule::gives_default);
        Choice {
            options: found.map_or(self.options.as_deref(), |rule| rule.options.as_deref()),
            default: default.map(Cow::Borrowed).or_else(|| is_optional.then(nothing)),
        }
    }

    /// Checks a value against the declaration and converts it. `whose` is "provided" or "default". The error is
    /// GitLab's message.
    pub(super) fn check(&self, given: &Json, whose: &str, options: Option<&[Json]>) -> Result<Json, String> {
        if given.is_null() && self.rules.is_some() {
            return Ok(Json::Null);
        }
        let article = if self.input_type == InputType::Array { "an" } else { "a" };
        let value = self
            .input_type
            .value(given)
            .ok_or_else(|| format!("{whose} value is not {article} {}", self.input_type.name()))?;
        if let Some(options) = options {
            let is_option =
                |value: &Json| options.iter().any(|option| option == value || text(option) == text(value));
            let all = value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice);
            if let Some(other) = all.iter().find(|value| !is_option(value)) {
                let options: Vec<String> = options.iter().map(text).collect();
                return Err(format!(
                    "`{}` cannot be used because it is not in the list of allowed options: {}",
                    text(other),
                    options.join(", ")
                ));
            }
        }
        if let Some(regex) = &self.regex
            && !regex.is_match(&text(&value))
        {
            return Err(format!("{whose} value does not match required RegEx pattern"));
        }
        Ok(value)
    }
}

/// Decodes the inputs of a header. `None` means that an error was reported.
pub(super) fn decode_specs(header: &Node, diagnostics: &mut Diagnostics) -> Option<Vec<InputSpec>> {
    check_keys(header, "header", &["spec"], diagnostics);
    let spec = header.get("spec").filter(|node| !node.is_null());
    if let Some(spec) = spec {
        if !matches!(spec.value, Value::Mapping(_)) {
            let problem = problem(spec, "header:spec config should be a hash");
            diagnostics.push(problem.help("write `inputs:` below it"));
            return None;
        }
        check_keys(spec, "header:spec", &["inputs", "component", "include"], diagnostics);
        if let Some(node) = present(spec, "include") {
            diagnostics.push(not_supported("spec:include", node.span));
        }
    }
    let Some(inputs) = super::spec_inputs(header) else { return Some(Vec::new()) };
    let Value::Mapping(pairs) = &inputs.value else {
        let problem = problem(inputs, "header:spec:inputs config should be a hash");
        diagnostics.push(problem.help(INPUT_HELP));
        return None;
    };
    let path = |key: &Node| format!("header:spec:inputs:{}", key.key_text());
    let one = |(key, node): &(Node, Node)| decode_spec(key, node, &path(key), &KEYS, diagnostics);
    let all: Vec<InputSpec> = pairs.iter().filter_map(one).collect();
    let rules: Vec<_> = all.iter().map(|input| (&*input.name, input.rules())).collect();
    input_rules::check_dependencies(&rules, inputs, diagnostics);
    (!diagnostics.has_errors()).then_some(all)
}

/// Decodes an input, which may have `keys`. `path` is its path in GitLab's messages.
pub(super) fn decode_spec(
    key: &Node,
    node: &Node,
    path: &str,
    keys: &[&str],
    diagnostics: &mut Diagnostics,
) -> Option<InputSpec> {
    let name = key.key_text();
    if !node.is_null() && !matches!(node.value, Value::Mapping(_)) {
        diagnostics.push(problem(node, format!("{path} config should be a hash")).help(INPUT_HELP));
        return None;
    }
    check_keys(node, path, keys, diagnostics);
    let input_type = decode_type(node, &name, diagnostics)?;
    let default = node.get("default");
    Some(InputSpec {
        input_type,
        span: key.span,
        default: default.map(|node| Spanned { value: value::to_json(node), span: node.span }),
        options: decode_options(node, input_type, (&name, path), diagnostics),
        regex: decode_regex(node, input_type, (&name, path), diagnostics),
        rules: present(node, "rules")
            .filter(|_| keys.contains(&"rules"))
            .map(|rules| input_rules::decode_rules(rules, path, diagnostics)),
        description: present(node, "description")
            .and_then(|node| string(node, &format!("{path} description should be a string"), diagnostics)),
        name,
    })
}

fn decode_type(node: &Node, name: &str, diagnostics: &mut Diagnostics) -> Option<InputType> {
    let Some(written) = node.get("type") else { return Some(InputType::String) };
    let text = written.as_str().unwrap_or_default();
    let found = InputType::ALL.into_iter().find(|input_type| input_type.name() == text);
    if found.is_none() {
        let names = InputType::ALL.map(InputType::name);
        let message = format!("unknown input specification for `{name}` (valid types: {})", names.join(", "));
        diagnostics.push(suggest(problem(written, message), text, names, |problem| {
            problem.help("write one of these values")
        }));
    }
    found
}

fn decode_options(
    node: &Node,
    input_type: InputType,
    (name, path): (&str, &str),
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Json>> {
    let written = present(node, "options")?;
    let Value::Sequence(items) = &written.value else {
        let message = format!("{path} options should be an array");
        diagnostics.push(problem(written, message).help("write it as a list: `[a, b]`"));
        return None;
    };
    let message = match (input_type, items.len()) {
        (InputType::Boolean, _) => "Options can only be used with string and number inputs".to_owned(),
        (_, count) if count > OPTIONS_MAX => {
            format!("cannot define more than {OPTIONS_MAX} options")
        }
        _ => return Some(items.iter().map(value::to_json).collect()),
    };
    let problem = problem(written, format!("`{name}` input: {message}"));
    diagnostics.push(problem.help("remove some of them, or all"));
    None
}

fn decode_regex(
    node: &Node,
    input_type: InputType,
    (name, path): (&str, &str),
    diagnostics: &mut Diagnostics,
) -> Option<Pattern> {
    let written = present(node, "regex")?;
    let text = string(written, &format!("{path} regex should be a string"), diagnostics)?;
    if input_type != InputType::String {
        let message = format!("`{name}` input: RegEx validation can only be used with string inputs");
        diagnostics.push(problem(written, message).help("remove it, or write `type: string`"));
        return None;
    }
    match Pattern::parse_without_slashes(&text) {
        Ok(pattern) => Some(pattern),
        Err(reason) => {
            let message = format!("`{name}` input: invalid regular expression");
            diagnostics.push(problem(written, message).help(reason.to_string()));
            None
        }
    }
}
