//! `script`, `before_script` and `after_script`: a string, or a list of them, nested up to ten levels.

use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::node::{Node, Value};

/// How deep lists may be nested, as in GitLab.
pub(super) const LEVELS_MAX: usize = 10;

/// The commands of a script in order. `path` is GitLab's name of the place: `jobs:test:script`.
pub fn read(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<String> {
    let mut commands = Vec::new();
    if let Err(problem) = collect(node, path, 0, &mut commands) {
        diagnostics.push(*problem);
    }
    commands
}

fn collect(node: &Node, path: &str, level: usize, commands: &mut Vec<String>) -> Result<(), Box<Diagnostic>> {
    match &node.value {
        Value::Sequence(items) if level < LEVELS_MAX => {
            items.iter().try_for_each(|item| collect(item, path, level.saturating_add(1), commands))
        }
        _ => match node.as_str() {
            Some(text) => {
                commands.push(text.to_owned());
                Ok(())
            }
            None => Err(Box::new(misshapen(node, path))),
        },
    }
}

fn misshapen(node: &Node, path: &str) -> Diagnostic {
    let message =
        format!("{path} config should be a string or a nested array of strings up to 10 levels deep");
    let problem = Diagnostic::error(Code::InvalidConfig, message);
    let problem = problem.label(node.span, format!("this is {}", node.kind()));
    match &node.value {
        Value::Mapping(_) => problem.help("a command with `: ` in it reads as a mapping: put it in quotes"),
        Value::Scalar(_) => problem.help("put it in quotes to make it a string"),
        Value::Sequence(_) => problem,
    }
}
