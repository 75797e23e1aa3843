//! Pull policies: when an image is pulled although, or because, the engine has it or not.

use std::fmt;

use thiserror::Error;

/// One policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PullPolicy {
    /// Pull, even if it is there: the tag may have moved.
    Always,
    /// Pull if it is not there.
    IfNotPresent,
    /// Use what is there.
    Never,
}

impl PullPolicy {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Always, Self::IfNotPresent, Self::Never];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::IfNotPresent => "if-not-present",
            Self::Never => "never",
        }
    }

    /// The policy of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }
}

/// `[always if-not-present]`, as GitLab Runner prints a list.
pub fn list(policies: &[PullPolicy]) -> String {
    let names: Vec<_> = policies.iter().map(|policy| policy.name()).collect();
    format!("[{}]", names.join(" "))
}

/// What `[runners.docker]` says. Empty lists are absent ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunnerPolicies {
    /// `pull_policy`.
    pub configured: Vec<PullPolicy>,
    /// `allowed_pull_policies`.
    pub allowed: Vec<PullPolicy>,
}

/// Where policies come from besides the pipeline file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PullPolicies {
    /// `--pull-policy`; what is typed outranks the file, as with variables. Empty where it was not given.
    pub typed: Vec<PullPolicy>,
    /// The runner's configuration, where there is one.
    pub runner: Option<RunnerPolicies>,
}

/// What counts where nobody says anything and there is no configuration of a runner: one that a person works with does
/// not ask a registry each time, and works without a network.
const DEFAULT: [PullPolicy; 1] = [PullPolicy::IfNotPresent];

/// What counts where a runner's configuration says nothing.
const RUNNER_DEFAULT: [PullPolicy; 1] = [PullPolicy::Always];

impl PullPolicies {
    /// The policies to try in turn for an image whose `pull_policy` says `written`: those of the command line, else of
    /// the file, else of the runner, as far as the runner allows them.
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
            // What the person at the machine types needs nobody's leave but an express one.
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

/// The runner allows none of the policies; GitLab Runner's text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("pull_policy ({wanted}) defined in {place} is not one of the allowed_pull_policies ({allowed})")]
pub struct NotAllowed {
    wanted: String,
    place: &'static str,
    allowed: String,
}

/// No policy has that name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no pull policy; write always, if-not-present or never")]
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

    /// The row of GitLab Runner's table: file, configuration, allowed, and what comes of it.
    #[track_caller]
    fn check(written: &str, configured: &str, allowed: &str, expect: &str) {
        let runner = RunnerPolicies { configured: policies(configured), allowed: policies(allowed) };
        let all = PullPolicies { typed: Vec::new(), runner: Some(runner) };
        let effective = all.effective(&policies(written));
        let shown = effective.map_or_else(|error| error.to_string(), |policies| list(&policies));
        assert_eq!(shown, expect, "{written}, {configured}, {allowed}");
    }

    #[test]
    fn with_a_configuration_the_rules_are_the_runners() {
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
    fn without_a_configuration_everything_is_allowed_and_what_is_typed_comes_first() {
        let none = PullPolicies::default();
        assert_eq!(none.effective(&[]), Ok(vec![PullPolicy::IfNotPresent]));
        assert_eq!(none.effective(&[PullPolicy::Never]), Ok(vec![PullPolicy::Never]));
        let typed = PullPolicies { typed: vec![PullPolicy::Always], runner: None };
        assert_eq!(typed.effective(&[PullPolicy::Never]), Ok(vec![PullPolicy::Always]));
    }

    #[test]
    fn what_is_typed_must_be_allowed_only_by_an_express_list() {
        let typed = |allowed: &str| {
            let runner = RunnerPolicies { configured: policies("always"), allowed: policies(allowed) };
            PullPolicies { typed: vec![PullPolicy::Never], runner: Some(runner) }.effective(&[])
        };
        assert_eq!(typed(""), Ok(vec![PullPolicy::Never]));
        assert!(typed("always").is_err());
    }
}
