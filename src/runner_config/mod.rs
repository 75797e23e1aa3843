//! GitLab Runner's `config.toml`: what of it has an effect here.
//!
//! Invariant: no error quotes a value, for `environment` holds secrets.

mod node;

use thiserror::Error;

use self::node::Node;
use crate::registry::pull_policy::{PullPolicy, RunnerPolicies};

/// A `[[runners]]` section. Absent keys are empty.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct RunnerConfig {
    /// `environment`: variables below all of the job's. Values may be secret.
    pub environment: Vec<(String, String)>,
    /// `pull_policy` and `allowed_pull_policies` of `[runners.docker]`.
    pub pull_policies: RunnerPolicies,
}

/// Why a `config.toml` cannot be used, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{line}:{column}: {problem}")]
pub struct ConfigError {
    line: usize,
    column: usize,
    problem: String,
}

impl RunnerConfig {
    /// Reads the section of that name, or the first one.
    pub fn parse(text: &str, name: Option<&str>) -> Result<Self, ConfigError> {
        let root = Node::parse(text)?;
        let runners = root.get("runners").map_or(Ok(Vec::new()), |runners| runners.list())?;
        for runner in &runners {
            let own = runner.get("name");
            let own = own.as_ref().map(Node::text).transpose()?;
            if name.is_none_or(|name| own == Some(name)) {
                return Self::section(runner);
            }
        }
        Err(root.problem(match name {
            Some(name) => format!("no [[runners]] section is named `{name}`"),
            None => "there is no [[runners]] section".to_owned(),
        }))
    }

    fn section(runner: &Node<'_>) -> Result<Self, ConfigError> {
        let docker = runner.get("docker");
        let policies = |key: &str| match docker.as_ref().and_then(|docker| docker.get(key)) {
            Some(node) => policies(key, &node),
            None => Ok(Vec::new()),
        };
        Ok(Self {
            environment: match runner.get("environment") {
                Some(node) => node.list()?.iter().map(variable).collect::<Result<_, _>>()?,
                None => Vec::new(),
            },
            pull_policies: RunnerPolicies {
                configured: policies("pull_policy")?,
                allowed: policies("allowed_pull_policies")?,
            },
        })
    }
}

fn variable(node: &Node<'_>) -> Result<(String, String), ConfigError> {
    match node.text()?.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(node.problem("an entry of `environment` is no KEY=VALUE".to_owned())),
    }
}

/// One policy, or a list of them.
fn policies(key: &str, node: &Node<'_>) -> Result<Vec<PullPolicy>, ConfigError> {
    let names = if node.is_list() { node.list()? } else { vec![node.clone()] };
    let policy = |node: &Node<'_>| {
        let name = node.text()?;
        let unknown = || node.problem(format!("unsupported {key} config: \"{name}\""));
        PullPolicy::parse(name).ok_or_else(unknown)
    };
    names.iter().map(policy).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"
concurrent = 1
[[runners]]
  name = "one"
  environment = ["A=1=2", "DOCKER_AUTH_CONFIG={}"]
  [runners.docker]
    image = "ruby:2.6"
    pull_policy = ["always", "if-not-present"]
    allowed_pull_policies = ["never"]
[[runners]]
  name = "two"
  [runners.docker]
    pull_policy = "never"
"#;

    #[track_caller]
    fn check_error(text: &str, expect: &str) {
        assert_eq!(RunnerConfig::parse(text, None).err().map(|error| error.to_string()).unwrap(), expect);
    }

    #[test]
    fn the_first_section_counts_or_the_one_that_is_named() {
        let one = RunnerConfig::parse(TWO, None).unwrap();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(one.environment, [pair("A", "1=2"), pair("DOCKER_AUTH_CONFIG", "{}")]);
        assert_eq!(one.pull_policies.configured, [PullPolicy::Always, PullPolicy::IfNotPresent]);
        assert_eq!(one.pull_policies.allowed, [PullPolicy::Never]);
        let two = RunnerConfig::parse(TWO, Some("two")).unwrap();
        assert_eq!(two.pull_policies.configured, [PullPolicy::Never]);
        assert!(two.environment.is_empty());
    }

    #[test]
    fn errors_have_a_place_and_no_value() {
        check_error("", "1:1: there is no [[runners]] section");
        check_error("[[runners]]\nenvironment = \"A=hunter2\"", "2:15: a list belongs here");
        check_error(
            "[[runners]]\nenvironment = [\"hunter2\"]",
            "2:16: an entry of `environment` is no KEY=VALUE",
        );
        check_error("[[runners]]\n[runners.docker]\npull_policy = 1", "3:15: a string belongs here");
        check_error(
            "[[runners]]\n[runners.docker]\npull_policy = \"x\"",
            "3:15: unsupported pull_policy config: \"x\"",
        );
        let named = RunnerConfig::parse(TWO, Some("three")).err().unwrap();
        assert!(named.to_string().ends_with("no [[runners]] section is named `three`"));
        let syntax = RunnerConfig::parse("[[runners]]\nname = hunter2\n", None).err().unwrap().to_string();
        assert!(syntax.starts_with("2:8: ") && !syntax.contains("hunter2"), "{syntax}");
    }
}
