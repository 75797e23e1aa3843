//! All keywords of GitLab's language, and which of them have an effect here.

use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::Span;
use crate::source::node::{Node, Value};

use super::decode::check_keys;
use super::shapes;

/// Keywords of the top level.
const GLOBAL: [&str; 11] = [
    "include",
    "image",
    "services",
    "variables",
    "before_script",
    "after_script",
    "default",
    "stages",
    "workflow",
    "cache",
    "spec",
];
pub(super) const DEFAULT: [&str; 13] = [
    "image",
    "services",
    "before_script",
    "after_script",
    "timeout",
    "hooks",
    "retry",
    "artifacts",
    "cache",
    "id_tokens",
    "identity",
    "interruptible",
    "tags",
];
/// Keywords of a job that have an effect, if only on `list`.
const JOB: [&str; 28] = [
    "extends",
    "image",
    "services",
    "variables",
    "before_script",
    "script",
    "after_script",
    "stage",
    "allow_failure",
    "timeout",
    "parallel",
    "rules",
    "only",
    "except",
    "when",
    "start_in",
    "retry",
    "needs",
    "inherit",
    "coverage",
    "environment",
    "dependencies",
    "hooks",
    "inputs",
    "artifacts",
    "cache",
    "resource_group",
    // It is about another pipeline of the same branch.
    "interruptible",
];
/// Keywords that are checked and have no effect yet.
const UNSUPPORTED: [&str; 2] = ["run", "secrets"];
/// Keywords that only a GitLab server acts on.
const SERVER_ONLY: [&str; 9] = [
    "dast_configuration",
    "id_tokens",
    "identity",
    "manual_confirmation",
    "pages",
    "publish",
    "release",
    "tags",
    "trigger",
];

/// Whether a key of the top level is a keyword, not a job.
pub fn is_global(name: &str) -> bool {
    GLOBAL.contains(&name)
}

/// The keywords of the top level.
pub(super) fn global_names() -> impl Iterator<Item = &'static str> {
    GLOBAL.into_iter()
}

/// Whether a key is a keyword of jobs.
pub(super) fn is_of_job(name: &str) -> bool {
    [&JOB[..], &UNSUPPORTED, &SERVER_ONLY].iter().any(|names| names.contains(&name))
}

/// Warns that a keyword has no effect yet.
pub fn not_supported(name: &str, span: Span) -> Diagnostic {
    let message = format!("keyword `{name}` is not supported yet and has no effect");
    Diagnostic::warning(Code::Unsupported, message).label(span, "ignored").help("the job runs without it")
}

/// Warns that a keyword has an effect only on a GitLab server.
pub fn server_only(name: &str, span: Span) -> Diagnostic {
    without_effect(name, "on GitLab", span)
}

/// Warns that a keyword has an effect only somewhere else: `on GitLab`.
pub fn without_effect(name: &str, place: &str, span: Span) -> Diagnostic {
    let message = format!("keyword `{name}` only applies {place} and is ignored here");
    Diagnostic::warning(Code::Unsupported, message).label(span, "ignored")
}

/// Warns about keywords without effect at the top level and in `default:`.
pub fn check_global(root: &Node, diagnostics: &mut Diagnostics) {
    warn(root, diagnostics);
    shapes::check_global(root, diagnostics);
    if let Some(default) = root.get("default") {
        warn(default, diagnostics);
        check_keys(default, "default", &DEFAULT, diagnostics);
        shapes::check(default, "default", diagnostics);
    }
}

/// Warns about keywords of a job that have no effect, and reports unknown keywords as errors, as GitLab does.
pub fn check_job(job: &Node, path: &str, diagnostics: &mut Diagnostics) {
    warn(job, diagnostics);
    check_keys(job, path, &[&JOB[..], &UNSUPPORTED, &SERVER_ONLY].concat(), diagnostics);
    shapes::check(job, path, diagnostics);
}

fn warn(node: &Node, diagnostics: &mut Diagnostics) {
    let Value::Mapping(pairs) = &node.value else { return };
    // A null value removes what a template has set.
    for (key, _) in pairs.iter().filter(|(_, value)| !value.is_null()) {
        let name = key.key_text();
        if UNSUPPORTED.contains(&&*name) {
            diagnostics.push(not_supported(&name, key.span));
        } else if SERVER_ONLY.contains(&&*name) {
            diagnostics.push(server_only(&name, key.span));
        }
    }
}
