//! Help texts that name the includes that could not be read.

use crate::source::diagnostic::Diagnostic;

/// The most includes that a help text names.
const NAMED_MAX: usize = 3;

/// Says first in the help text that a missing object may come from one of the includes that were not read.
pub(in crate::pipeline) fn mention_missing_includes(
    mut problem: Diagnostic,
    missing_includes: &[String],
) -> Diagnostic {
    let named: Vec<String> =
        missing_includes.iter().take(NAMED_MAX).map(|name| format!("`{name}`")).collect();
    let (named, others) = (named.join(", "), missing_includes.len().saturating_sub(NAMED_MAX));
    let places = match (missing_includes, others) {
        ([], _) => return problem,
        ([_], _) => format!("{named}, which is not included"),
        (_, 0) => format!("one of {named}, which are not included"),
        (_, others) => format!("one of {named} and {others} more, which are not included"),
    };
    let places = match missing_includes.iter().any(|name| is_fetched(name)) {
        true => format!("{places} (`runner-lite include fetch` makes copies)"),
        false => places,
    };
    let advice = match problem.help.take() {
        Some(known) => format!("it may come from {places}. If not, {known}"),
        None => format!("it may come from {places}"),
    };
    problem.help(advice)
}

/// Whether `include fetch` makes copies of an include with this name.
pub(super) fn is_fetched(name: &str) -> bool {
    ["project: ", "component: "].iter().any(|kind| name.starts_with(kind))
}
