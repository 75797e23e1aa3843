//! The declarations in `spec:inputs`: names, types, defaults and further conditions.

use serde_json::Value as Json;

use super::value::{self, text};
use crate::pipeline::decode::{check_keys, present, problem, string, suggest};
use crate::pipeline::expression::Pattern;
use crate::pipeline::keywords::not_supported;
use crate::source::diagnostic::Diagnostics;
use crate::source::map::{Span, Spanned};
use crate::source::node::{Node, Value};

/// The most options of an input; GitLab's limit.
const OPTIONS_MAX: usize = 50;

const INPUT_HELP: &str = "write each input as `NAME:`, with `default:` or nothing below it";

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

impl InputSpec {
    /// Checks a value against the declaration and converts it. `whose` is "provided" or "default". The error is
    /// GitLab's message.
    pub(super) fn check(&self, given: &Json, whose: &str) -> Result<Json, String> {
        let article = if self.input_type == InputType::Array { "an" } else { "a" };
        let value = self
            .input_type
            .value(given)
            .ok_or_else(|| format!("{whose} value is not {article} {}", self.input_type.name()))?;
        if let Some(options) = &self.options {
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
        for key in ["component", "include"] {
            if let Some(node) = present(spec, key) {
                diagnostics.push(not_supported(&format!("spec:{key}"), node.span));
            }
        }
    }
    let Some(inputs) = super::spec_inputs(header) else { return Some(Vec::new()) };
    let Value::Mapping(pairs) = &inputs.value else {
        let problem = problem(inputs, "header:spec:inputs config should be a hash");
        diagnostics.push(problem.help(INPUT_HELP));
        return None;
    };
    let all = pairs.iter().filter_map(|(key, node)| decode_spec(key, node, diagnostics)).collect();
    (!diagnostics.has_errors()).then_some(all)
}

fn decode_spec(key: &Node, node: &Node, diagnostics: &mut Diagnostics) -> Option<InputSpec> {
    let name = key.key_text();
    let path = format!("header:spec:inputs:{name}");
    if !node.is_null() && !matches!(node.value, Value::Mapping(_)) {
        diagnostics.push(problem(node, format!("{path} config should be a hash")).help(INPUT_HELP));
        return None;
    }
    check_keys(node, &path, &KEYS, diagnostics);
    if let Some(rules) = present(node, "rules") {
        diagnostics.push(not_supported("spec:inputs:rules", rules.span));
    }
    let input_type = decode_type(node, &name, diagnostics)?;
    let default = node.get("default");
    Some(InputSpec {
        input_type,
        span: key.span,
        default: default.map(|node| Spanned { value: value::to_json(node), span: node.span }),
        options: decode_options(node, input_type, &name, diagnostics),
        regex: decode_regex(node, input_type, &name, diagnostics),
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
            problem.help("write one of these words")
        }));
    }
    found
}

fn decode_options(
    node: &Node,
    input_type: InputType,
    name: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Json>> {
    let written = present(node, "options")?;
    let Value::Sequence(items) = &written.value else {
        let message = format!("header:spec:inputs:{name} options should be an array");
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
    diagnostics.push(problem.help("take some of them, or all, out"));
    None
}

fn decode_regex(
    node: &Node,
    input_type: InputType,
    name: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Pattern> {
    let written = present(node, "regex")?;
    let path = format!("header:spec:inputs:{name}");
    let text = string(written, &format!("{path} regex should be a string"), diagnostics)?;
    if input_type != InputType::String {
        let message = format!("`{name}` input: RegEx validation can only be used with string inputs");
        diagnostics.push(problem(written, message).help("take it out, or let `type` be `string`"));
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
