//! `spec:component`: what a component can know of itself, as `$[[ component.name ]]`. GitLab has it since 18.6.

use serde_json::{Map, Value as Json};

use crate::pipeline::decode::{present, problem, strings, suggest};
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::node::Node;

/// What a component can ask for.
const NAMES: [&str; 4] = ["name", "sha", "version", "reference"];

/// The digits of a commit's id.
const SHA_DIGITS: usize = 40;

/// The component as which a file is included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pipeline) struct ComponentContext {
    /// The last part of the address.
    pub name: String,
    /// What follows the `@` of the address.
    pub reference: String,
    /// The commit; `None` if only a server knows which one the reference is.
    pub sha: Option<String>,
}

impl ComponentContext {
    /// The values that are known here. A server finds the version that `~latest` and `1.0` stand for.
    fn value(&self, name: &str) -> Option<String> {
        match name {
            "name" => Some(self.name.clone()),
            "reference" => Some(self.reference.clone()),
            "sha" => self.sha.clone().or_else(|| Some(self.reference.clone()).filter(|text| is_sha(text))),
            _ => Some(&self.reference).filter(|text| is_version(text)).cloned(),
        }
    }
}

/// The values of the names that the header lists. Without a component there are none.
pub(super) fn values(
    header: &Node,
    component: Option<&ComponentContext>,
    diagnostics: &mut Diagnostics,
) -> Json {
    let mut values = Map::new();
    let Some(written) = header.get("spec").and_then(|spec| present(spec, "component")) else {
        return Json::Object(values);
    };
    let message = "header:spec:component config should be an array of strings";
    for name in strings(written, message, diagnostics).unwrap_or_default() {
        if !NAMES.contains(&&*name) {
            let message = format!("header:spec:component config contains unknown values: {name}");
            diagnostics.push(suggest(problem(written, message), &name, NAMES, |problem| {
                problem.help("the values are `name`, `sha`, `version` and `reference`")
            }));
            continue;
        }
        let Some(component) = component else { continue };
        match component.value(&name) {
            Some(value) => drop(values.insert(name, Json::from(value))),
            None => {
                let message = format!("only a server knows `component.{name}` of `@{}`", component.reference);
                let warning =
                    Diagnostic::warning(Code::Unsupported, message).label(written.span, "empty here");
                diagnostics.push(warning.help("include the component by its full version or commit"));
                values.insert(name, Json::Null);
            }
        }
    }
    Json::Object(values)
}

fn is_sha(text: &str) -> bool {
    text.len() == SHA_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether the text is a whole semantic version: three numbers, and perhaps more after a `-` or `+`.
fn is_version(text: &str) -> bool {
    let numbers = text.split(['-', '+']).next().unwrap_or_default();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    numbers.split('.').count() == 3 && numbers.split('.').all(is_number)
}
