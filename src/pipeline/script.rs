//! `script`, `before_script` and `after_script`: a string, or lists of strings nested up to ten levels.

use super::decode::flatten;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::Spanned;
use crate::source::node::{Node, Value};

/// Decodes the commands of a script. `path` is the path in GitLab's messages: `jobs:test:script`.
pub fn decode_script(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<Spanned<String>> {
    let commands = flatten(node).into_iter().map(|item| match item.as_str() {
        Some(text) => Ok(Spanned { value: text.to_owned(), span: item.span }),
        None => Err(Box::new(wrong_shape(item, path))),
    });
    commands.collect::<Result<_, _>>().unwrap_or_else(|problem| {
        diagnostics.push(*problem);
        Vec::new()
    })
}

fn wrong_shape(node: &Node, path: &str) -> Diagnostic {
    let message =
        format!("{path} config should be a string or a nested array of strings up to 10 levels deep");
    let problem = Diagnostic::error(Code::InvalidConfig, message);
    let problem = problem.label(node.span, format!("this is {}", node.kind()));
    match &node.value {
        Value::Mapping(_) => problem.help("a command with `: ` in it reads as a mapping: put it in quotes"),
        Value::Scalar(_) => problem.help("put it in quotes to make it a string"),
        Value::Sequence(_) => problem.help("remove one level of lists"),
    }
}
