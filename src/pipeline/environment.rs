//! `environment`: its name and address become variables; nothing is deployed or recorded here.

use super::decode::{check_keys, present, problem, string};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};

const KEYS: [&str; 7] = ["name", "url", "action", "on_stop", "auto_stop_in", "deployment_tier", "kubernetes"];
const ACTIONS: [&str; 5] = ["start", "stop", "prepare", "verify", "access"];

/// Where a job deploys to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name, not expanded.
    pub name: String,
    /// Its address, not expanded.
    pub url: Option<String>,
    /// What the job does with it.
    pub action: String,
    /// `deployment_tier`, where it is written.
    pub tier: Option<String>,
}

/// Reads an `environment`. `path` is the job's.
pub fn read(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Option<Environment> {
    let path = format!("{path}:environment");
    let start = || ACTIONS.first().copied().unwrap_or_default().to_owned();
    match &node.value {
        Value::Scalar(_) => {
            let name = string(node, &format!("{path} config should be a hash or a string"), diagnostics)?;
            Some(Environment { name, url: None, action: start(), tier: None })
        }
        Value::Mapping(_) => {
            check_keys(node, &path, &KEYS, diagnostics);
            let mut text = |key: &str| {
                let value = present(node, key)?;
                string(value, &format!("{path} {key} should be a string"), diagnostics)
            };
            let (name, url, tier) = (text("name"), text("url"), text("deployment_tier"));
            let action = text("action").unwrap_or_else(start);
            if !ACTIONS.contains(&&*action) {
                let written = node.get("action").unwrap_or(node);
                let message = format!("{path} action should be {}", ACTIONS.join(", "));
                diagnostics.push(problem(written, message));
            }
            if name.is_none() {
                diagnostics.push(problem(node, format!("{path} name can't be blank")));
            }
            Some(Environment { name: name?, url, action, tier })
        }
        Value::Sequence(_) => {
            diagnostics.push(problem(node, format!("{path} config should be a hash or a string")));
            None
        }
    }
}
