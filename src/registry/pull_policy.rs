//! Pull policies, and which of them apply to an image.

use std::fmt;

use thiserror::Error;

/// When an image is pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PullPolicy {
    /// Pull even if the engine has the image, because the tag may have moved.
    Always,
    /// Pull if the engine does not have the image.
    IfNotPresent,
    /// Use the image that the engine has, or fail.
    Never,
}

impl PullPolicy {
    pub const ALL: [Self; 3] = [Self::Always, Self::IfNotPresent, Self::Never];

    /// The policy's name in configuration files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::IfNotPresent => "if-not-present",
            Self::Never => "never",
        }
    }

    /// The policy with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }
}

/// `[always if-not-present]`, as GitLab Runner prints a list.
pub fn list(policies: &[PullPolicy]) -> String {
    let names: Vec<_> = policies.iter().map(|policy| policy.name()).collect();
    format!("[{}]", names.join(" "))
}

/// The policies in `[runners.docker]`. An absent list is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunnerPolicies {
    /// `pull_policy`.
    pub configured: Vec<PullPolicy>,
    /// `allowed_pull_policies`.
    pub allowed: Vec<PullPolicy>,
}

/// The policies from sources other than the pipeline file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PullPolicies {
    /// `--pull-policy`, which outranks the pipeline file as variables from the command line do. Empty without the flag.
    pub typed: Vec<PullPolicy>,
    /// The policies of the runner's configuration, if there is one.
    pub runner: Option<RunnerPolicies>,
}

/// The default without a runner's configuration. Unlike GitLab Runner's, it does not ask the registry each time and
/// works offline, which suits a person at a terminal.
const DEFAULT: [PullPolicy; 1] = [PullPolicy::IfNotPresent];

/// The default with a runner's configuration, as in GitLab Runner.
const RUNNER_DEFAULT: [PullPolicy; 1] = [PullPolicy::Always];

impl PullPolicies {
    /// The policies to try in turn for an image with the `pull_policy` `written`. The command line outranks the file,
    /// which outranks the runner's configuration; policies that the runner does not allow are removed.
    pub fn effective(&self, written: &[PullPolicy]) -> Result<Vec<PullPolicy>, NotAllowed> {
        let runner = self.runner.as_ref();
        let configured = runner.map_or(&[][..], |runner| &runner.configured);
        let default = if runner.is_some() { &RUNNER_DEFAULT } else { &DEFAULT };
        let lists = [
            ("--pull-policy", &*self.typed),
            ("GitLab pipeline config", written),
            ("Runner config", configured),
            ("Runner config (default)", default),
        ];
        let first = lists.iter().position(|(_, list)| !list.is_empty()).unwrap_or_default();
        let (place, wanted) = lists.get(first).copied().unwrap_or(("", &DEFAULT));
        let Some(runner) = runner else { return Ok(wanted.to_vec()) };
        let allowed = match (runner.allowed.is_empty(), configured.is_empty()) {
            (false, _) => &*runner.allowed,
            // The command line is only restricted by an explicit `allowed_pull_policies`.
            (true, _) if !self.typed.is_empty() => &PullPolicy::ALL,
            (true, false) => configured,
            (true, true) => default,
        };
        let policies: Vec<_> = wanted.iter().filter(|policy| allowed.contains(policy)).copied().collect();
        if policies.is_empty() {
            return Err(NotAllowed { wanted: list(wanted), place, allowed: list(allowed) });
        }
        Ok(policies)
    }
}

/// The runner allows none of the policies. The text is GitLab Runner's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("pull_policy ({wanted}) defined in {place} is not one of the allowed_pull_policies ({allowed})")]
pub struct NotAllowed {
    wanted: String,
    place: &'static str,
    allowed: String,
}

/// A pull policy with this name does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a pull policy; write always, if-not-present or never")]
pub struct UnknownPolicy(pub String);

impl fmt::Display for PullPolicy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policies(text: &str) -> Vec<PullPolicy> {
        text.split(' ').filter_map(PullPolicy::parse).collect()
    }

    /// A row of GitLab Runner's table: pipeline file, configuration, allowed policies, result.
    #[track_caller]
    fn check(written: &str, configured: &str, allowed: &str, expect: &str) {
        let runner = RunnerPolicies { configured: policies(configured), allowed: policies(allowed) };
        let all = PullPolicies { typed: Vec::new(), runner: Some(runner) };
        let effective = all.effective(&policies(written));
        let shown = effective.map_or_else(|error| error.to_string(), |policies| list(&policies));
        assert_eq!(shown, expect, "{written}, {configured}, {allowed}");
    }

    #[test]
    fn with_a_configuration_gitlab_runners_rules_apply() {
        check("", "", "", "[always]");
        check("", "always if-not-present", "if-not-present", "[if-not-present]");
        check("", "always always", "", "[always always]");
        check("if-not-present always", "always", "always if-not-present", "[if-not-present always]");
        let refused = |wanted: &str, source: &str, allowed: &str| {
            format!(
                "pull_policy ({wanted}) defined in {source} is not one of the allowed_pull_policies ({allowed})"
            )
        };
        check("if-not-present", "", "", &refused("[if-not-present]", "GitLab pipeline config", "[always]"));
        check("", "never", "if-not-present", &refused("[never]", "Runner config", "[if-not-present]"));
        check("", "", "if-not-present", &refused("[always]", "Runner config (default)", "[if-not-present]"));
    }

    #[test]
    fn without_a_configuration_every_policy_is_allowed_and_the_command_line_outranks_the_file() {
        let none = PullPolicies::default();
        assert_eq!(none.effective(&[]), Ok(vec![PullPolicy::IfNotPresent]));
        assert_eq!(none.effective(&[PullPolicy::Never]), Ok(vec![PullPolicy::Never]));
        let typed = PullPolicies { typed: vec![PullPolicy::Always], runner: None };
        assert_eq!(typed.effective(&[PullPolicy::Never]), Ok(vec![PullPolicy::Always]));
    }

    #[test]
    fn the_command_line_is_only_restricted_by_an_explicit_list() {
        let typed = |allowed: &str| {
            let runner = RunnerPolicies { configured: policies("always"), allowed: policies(allowed) };
            PullPolicies { typed: vec![PullPolicy::Never], runner: Some(runner) }.effective(&[])
        };
        assert_eq!(typed(""), Ok(vec![PullPolicy::Never]));
        assert!(typed("always").is_err());
    }
}
