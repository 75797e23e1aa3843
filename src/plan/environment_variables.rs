//! Converts a job's variables into a container's environment, and reports those that no environment can hold.

use super::job_plan::EnvironmentVariable;
use super::problem;
use crate::source::diagnostic::Diagnostic;
use crate::source::map::Span;
use crate::vars::expand::Definition;

/// Converts the variables. `span` tells where the file defines a variable. It is called only for problems, because a
/// job may have tens of thousands of variables.
pub(super) fn environment_variables(
    definitions: Vec<Definition>,
    span: impl Fn(&str) -> Option<Span>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<EnvironmentVariable> {
    let entries =
        definitions.into_iter().map(|Definition { key, value, .. }| EnvironmentVariable { key, value });
    entries.filter_map(|entry| usable(entry, &span, problems)).collect()
}

/// Checks that an environment can hold the entry; adds the reason to the problems if not.
pub(super) fn usable(
    entry: EnvironmentVariable,
    span: impl Fn(&str) -> Option<Span>,
    problems: &mut Vec<Diagnostic>,
) -> Option<EnvironmentVariable> {
    let name = &entry.key;
    if entry.key.contains('\0') || entry.value.contains('\0') {
        let message = format!("variable `{name}` contains a NUL character, which an environment cannot hold");
        problems.push(problem::error(span(&entry.key), message));
        return None;
    }
    if entry.key.is_empty() || entry.key.contains('=') {
        let message = format!("variable `{name}` is left out: its name is empty or contains a `=`");
        problems.push(problem::warning(span(&entry.key), message));
        return None;
    }
    Some(entry)
}
