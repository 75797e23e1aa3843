//! Every keyword of GitLab's language, and whether it has an effect here.

use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::Span;
use crate::source::node::{Node, Value};
use crate::suggest::closest;

/// Keywords of the file's top level that have an effect.
const GLOBAL: [&str; 7] =
    ["include", "image", "services", "variables", "before_script", "after_script", "default"];
/// Keywords of the top level that are known and have none yet.
const GLOBAL_LATER: [&str; 4] = ["stages", "cache", "workflow", "spec"];
/// Keywords of `default:` that have an effect.
const DEFAULT: [&str; 5] = ["image", "services", "before_script", "after_script", "timeout"];
/// Keywords of `default:` that are known and have none yet.
const DEFAULT_LATER: [&str; 8] =
    ["artifacts", "cache", "hooks", "id_tokens", "identity", "interruptible", "retry", "tags"];
/// Keywords of a job that have an effect.
const JOB: [&str; 11] = [
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
];
/// Keywords of a job that are known and have none yet.
const JOB_LATER: [&str; 29] = [
    "artifacts",
    "cache",
    "coverage",
    "dast_configuration",
    "dependencies",
    "environment",
    "except",
    "hooks",
    "id_tokens",
    "identity",
    "inherit",
    "inputs",
    "interruptible",
    "manual_confirmation",
    "needs",
    "only",
    "pages",
    "publish",
    "release",
    "resource_group",
    "retry",
    "rules",
    "run",
    "secrets",
    "start_in",
    "tags",
    "trigger",
    "type",
    "when",
];

/// Whether a key of the top level is no job.
pub fn is_global(name: &str) -> bool {
    GLOBAL.contains(&name) || GLOBAL_LATER.contains(&name)
}

/// The warning on a keyword that is known and has no effect.
pub fn not_supported(name: &str, span: Span) -> Diagnostic {
    let message = format!("keyword `{name}` is not supported yet and has no effect");
    Diagnostic::warning(Code::Unsupported, message).label(span, "ignored")
}

/// Warns of keywords without effect at the top level and in `default:`.
pub fn check_global(root: &Node, diagnostics: &mut Diagnostics) {
    warn(root, &GLOBAL_LATER, diagnostics);
    if let Some(default) = root.get("default") {
        check(default, "default", (&DEFAULT, &DEFAULT_LATER), diagnostics);
    }
}

/// Warns of a job's keywords without effect; unknown ones are errors, as in GitLab.
pub fn check_job(job: &Node, path: &str, diagnostics: &mut Diagnostics) {
    check(job, path, (&JOB, &JOB_LATER), diagnostics);
}

fn warn(node: &Node, later: &[&str], diagnostics: &mut Diagnostics) {
    let Value::Mapping(pairs) = &node.value else { return };
    for (key, _) in pairs {
        if let Some(name) = later.iter().find(|name| key.key_text() == **name) {
            diagnostics.push(not_supported(name, key.span));
        }
    }
}

fn check(node: &Node, path: &str, (now, later): (&[&str], &[&str]), diagnostics: &mut Diagnostics) {
    warn(node, later, diagnostics);
    let Value::Mapping(pairs) = &node.value else { return };
    for (key, _) in pairs {
        let name = key.key_text();
        if now.contains(&&*name) || later.contains(&&*name) {
            continue;
        }
        let message = format!("{path} config contains unknown keys: {name}");
        let problem =
            Diagnostic::error(Code::UnknownKey, message).label(key.span, "GitLab does not know this key");
        let known = now.iter().chain(later).copied();
        diagnostics.push(match closest(&name, known) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        });
    }
}
