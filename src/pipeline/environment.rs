//! `environment`: its name, URL, action and tier become variables. Nothing is deployed or recorded.

use super::decode::{check_keys, invalid_value, present, problem, string, suggest, unknown_value};
use super::duration;
use super::keywords::server_only;
use crate::source::diagnostic::Diagnostics;
use crate::source::map::{Span, Spanned};
use crate::source::node::{Node, Value};

const KEYS: [&str; 7] = ["name", "url", "action", "on_stop", "auto_stop_in", "deployment_tier", "kubernetes"];
const ACTIONS: [&str; 5] = ["start", "stop", "prepare", "verify", "access"];
const TIERS: [&str; 5] = ["production", "staging", "testing", "development", "other"];

/// The most characters of a name or URL; GitLab's limit.
const LENGTH_MAX: usize = 255;

/// The characters that a name may have, in GitLab's words.
pub const NAME_RULE: &str = "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', and spaces, but it \
                             cannot start or end with '/'";

/// The environment that a job deploys to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The name, with variables not yet expanded.
    pub name: String,
    /// The URL, with variables not yet expanded.
    pub url: Option<String>,
    /// What the job does with the environment: `start`, `stop`, `prepare`, `verify` or `access`.
    pub action: String,
    /// `deployment_tier`, with variables not yet expanded.
    pub tier: Option<String>,
    /// The job that stops the environment.
    pub on_stop: Option<Spanned<String>>,
    /// The position of the name.
    pub span: Span,
}

/// Whether GitLab accepts this name of an environment.
pub fn is_valid_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_/${}. -".contains(c);
    let length = name.chars().count();
    (1..=LENGTH_MAX).contains(&length)
        && name.chars().all(fits)
        && !name.starts_with('/')
        && !name.ends_with('/')
}

/// Decodes an `environment`. `path` is the path of the job: `jobs:test`.
pub fn decode_environment(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Environment> {
    let path = format!("{path}:environment");
    let start = || ACTIONS.first().copied().unwrap_or_default().to_owned();
    match &node.value {
        Value::Scalar(_) => {
            let name = decode_name(node, &path, diagnostics)?;
            Some(Environment { name, url: None, action: start(), tier: None, on_stop: None, span: node.span })
        }
        Value::Mapping(_) => {
            check_keys(node, &path, &KEYS, diagnostics);
            let url = present(node, "url").and_then(|url| decode_url(url, &path, diagnostics));
            let action = decode_word(
                node,
                "action",
                "action should be start, stop, prepare, verify, or access",
                &ACTIONS,
                &path,
                diagnostics,
            );
            let message = format!("deployment tier must be one of {}", TIERS.join(", "));
            let tier = decode_word(node, "deployment_tier", &message, &TIERS, &path, diagnostics);
            for key in ["on_stop", "auto_stop_in", "kubernetes"] {
                if let Some(value) = present(node, key) {
                    diagnostics.push(server_only(&format!("environment:{key}"), value.span));
                }
            }
            let on_stop =
                present(node, "on_stop").and_then(|value| decode_on_stop(value, &path, diagnostics));
            check_auto_stop_in(node, &path, diagnostics);
            check_kubernetes(node, &path, diagnostics);
            let Some(written) = present(node, "name") else {
                let problem = problem(node, format!("{path} name can't be blank"));
                diagnostics.push(problem.help("write `name: production` below it"));
                return None;
            };
            let name = decode_name(written, &path, diagnostics)?;
            let action = action.unwrap_or_else(start);
            Some(Environment { name, url, action, tier, on_stop, span: written.span })
        }
        Value::Sequence(_) => {
            let problem = problem(node, format!("{path} config should be a hash or a string"));
            diagnostics.push(problem.help("a job has one environment: write `environment: production`"));
            None
        }
    }
}

fn decode_name(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<String> {
    let rule = format!("{path} name {NAME_RULE}");
    diagnostics.push(match node.as_str() {
        Some("") => {
            let message = format!("{path} name can't be blank");
            invalid_value(node, message, "no name").help("write `environment: production`")
        }
        Some(name) if is_valid_name(name) => return Some(name.to_owned()),
        Some(_) => invalid_value(node, rule, "not a valid name").help("replace other characters with `-`"),
        None => problem(node, rule).help("put it in quotes to make it a string"),
    });
    None
}

fn decode_url(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<String> {
    let url = string(node, &format!("{path} url should be a string"), diagnostics)?;
    if url.chars().count() > LENGTH_MAX {
        let message = format!("{path} url is too long (maximum is {LENGTH_MAX} characters)");
        diagnostics.push(problem(node, message).help("shorten it"));
    }
    Some(url)
}

fn decode_on_stop(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Spanned<String>> {
    let value = string(node, &format!("{path} on stop should be a string"), diagnostics)?;
    Some(Spanned { value, span: node.span })
}

/// Checks `auto_stop_in`, which may contain a variable.
fn check_auto_stop_in(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let Some(written) = present(node, "auto_stop_in") else { return };
    let is_duration = |text: &str| text == "never" || text.contains('$') || duration::parse(text).is_some();
    if !written.as_str().is_some_and(is_duration) {
        let problem = problem(written, format!("{path} auto stop in should be a duration"));
        diagnostics.push(problem.help("write it as `1 week` or `never`"));
    }
}

fn check_kubernetes(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let Some(written) = present(node, "kubernetes") else { return };
    let keys = ["namespace", "agent", "flux_resource_path", "managed_resources", "dashboard"];
    check_keys(written, &format!("{path}:kubernetes"), &keys, diagnostics);
    if !matches!(written.value, Value::Mapping(_)) {
        let problem = problem(written, format!("{path} kubernetes should be a hash"));
        diagnostics.push(problem.help("write `namespace: …` below it"));
    }
}

/// Decodes a keyword whose value is one of the `known` words. `deployment_tier` may also contain a variable.
fn decode_word(
    node: &Node,
    key: &str,
    message: &str,
    known: &[&str],
    path: &str,
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    let node = present(node, key)?;
    let written = node.as_str().unwrap_or_default();
    let is_variable = key == "deployment_tier" && written.contains('$');
    if known.contains(&written) || is_variable {
        return Some(written.to_owned());
    }
    let problem = unknown_value(node, format!("{path} {message}"));
    diagnostics.push(suggest(problem, written, known.iter().copied(), |problem| {
        problem.help("write one of these values")
    }));
    None
}
