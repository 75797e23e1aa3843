//! `spec:inputs`, the parameters of a file, and `$[[ inputs.name ]]`, which stands for the value of one.
//!
//! As in GitLab, the text of the file is replaced before it is parsed as YAML: a string is inserted as it is, any
//! other value as JSON, which YAML understands.

mod access;
mod component;
mod functions;
mod input_rules;
mod interpolate;
pub(super) mod job_inputs;
mod spec;
mod value;

use std::ops::Range;

use serde_json::{Map, Value as Json, json};

pub(super) use self::component::ComponentContext;
use self::spec::InputSpec;
use super::decode::{present, problem};
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::{FileId, Span};
use crate::source::mapped_text::MappedText;
use crate::source::node::{Node, Value};

/// A value for an input, from the command line or an `include`.
#[derive(Debug, Clone, PartialEq)]
pub struct InputArgument {
    pub name: String,
    /// A text from the command line may also be JSON of another type.
    pub value: Json,
    /// The position of the argument; `None` means the command line.
    pub span: Option<Span>,
}

/// What the loader needs to fill in the inputs of a file.
pub(super) struct InputContext<'a> {
    pub arguments: &'a [InputArgument],
    /// The position of the include; `None` means the main file.
    pub included_at: Option<Span>,
    /// The component that the file is included as.
    pub component: Option<&'a ComponentContext>,
    /// Expands variables, for `expand_vars`.
    pub expand: &'a dyn Fn(&str) -> String,
}

/// The text of a file, and the part of it below the header.
pub(super) struct FileBody<'t> {
    pub file: FileId,
    pub text: &'t str,
    pub part: Range<usize>,
}

/// Decodes the `inputs` of an `include`.
pub(super) fn decode_arguments(node: &Node, diagnostics: &mut Diagnostics) -> Vec<InputArgument> {
    let Value::Mapping(pairs) = &node.value else {
        diagnostics.push(problem(node, "include:inputs config should be a hash"));
        return Vec::new();
    };
    let one = |(key, value): &(Node, Node)| InputArgument {
        name: key.key_text(),
        value: value::to_json(value),
        span: Some(key.span),
    };
    pairs.iter().map(one).collect()
}

/// Fills in the body of a file that has a `spec:` header. `None` means that an error was reported.
pub(super) fn fill_in<'t>(
    header: &Node,
    content: &FileBody<'t>,
    context: &InputContext<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<MappedText<'t>> {
    let specified = spec::decode_specs(header, diagnostics)?;
    let known = |given: &&InputArgument| !specified.iter().any(|input| input.name == given.name);
    for unknown in context.arguments.iter().filter(known) {
        let problem =
            error_at(format!("unknown input arguments: {}", unknown.name), unknown.span, context.included_at);
        let names = specified.iter().map(|input| &*input.name);
        diagnostics.push(super::decode::suggest(problem, &unknown.name, names, |problem| {
            problem.help("the file's `spec:inputs` does not have it")
        }));
    }
    let mut values = Map::new();
    for input in &specified {
        match input_value(input, context, &values) {
            Ok(value) => drop(values.insert(input.name.clone(), value)),
            Err(problem) => diagnostics.push(*problem),
        }
    }
    let component = component::values(header, context.component, diagnostics);
    if diagnostics.has_errors() {
        return None;
    }
    let values = json!({ "inputs": values, "component": component });
    interpolate::interpolate(content, &values, context.expand, diagnostics)
}

/// Reports arguments for a file that has no inputs.
pub(super) fn refuse_arguments(context: &InputContext<'_>, diagnostics: &mut Diagnostics) {
    if let Some(given) = context.arguments.first() {
        let message = "Given inputs not defined in the `spec` section of the included configuration file";
        let problem = error_at(message.to_owned(), given.span, context.included_at);
        let name = &given.name;
        let help = format!(
            "the file has no input `{name}`; to declare it, begin the file with `spec: {{inputs: {{{name}: \
             }}}}` and `---`"
        );
        diagnostics.push(problem.help(help));
    }
}

/// The value of an input: its argument, or else its default. Its rules may look at arguments, and at the inputs before it.
fn input_value(
    input: &InputSpec,
    context: &InputContext<'_>,
    before: &Map<String, Json>,
) -> Result<Json, Box<Diagnostic>> {
    let failed = |text: String, span: Option<Span>| {
        let message = format!("`{}` input: {text}", input.name);
        let mut problem = error_at(message, span, context.included_at);
        if span != Some(input.span) {
            problem = problem.label(input.span, "the input");
        }
        Box::new(match &input.description {
            Some(description) => problem.help(format!("the input is: {description}")),
            None => problem.help(format!(
                "`spec:inputs` defines the allowed values of `{}`, and can have a `default`",
                input.name
            )),
        })
    };
    let argument =
        |name: &str| context.arguments.iter().rfind(|given| given.name == name && !given.value.is_null());
    let choice = input.choice(&|name| match argument(name) {
        Some(given) => Some(given.value.clone()),
        None => before.get(name).cloned(),
    });
    let Some(given) = argument(&input.name) else {
        let Some(default) = &choice.default else {
            let at = context.included_at.or(Some(input.span));
            let problem = failed("required value has not been provided".to_owned(), at);
            return Err(match (&input.description, context.included_at) {
                (None, None) => Box::new(problem.help(format!("pass `--input {}=VALUE`", input.name))),
                (None, Some(_)) => Box::new(problem.help("write it below the `inputs:` of the include")),
                (Some(_), _) => problem,
            });
        };
        let checked = input.check(&default.value, "default", choice.options);
        return checked.map_err(|text| failed(text, Some(default.span)));
    };
    input.check(&given.value, "provided", choice.options).map_err(|text| failed(text, given.span))
}

fn error_at(message: String, span: Option<Span>, otherwise: Option<Span>) -> Diagnostic {
    let problem = Diagnostic::error(Code::InvalidConfig, message);
    match (span, otherwise) {
        (Some(span), _) => problem.label(span, ""),
        (None, Some(span)) => problem.label(span, "included here"),
        (None, None) => problem,
    }
}

/// The `spec:inputs` of a header.
fn spec_inputs(header: &Node) -> Option<&Node> {
    present(header.get("spec")?, "inputs")
}

#[cfg(test)]
mod tests;
