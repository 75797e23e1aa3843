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

/// Where policies come from besides the pipeline file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PullPolicies {
    /// `--pull-policy`; what is typed outranks the file, as with variables. Empty where it was not given.
    pub typed: Vec<PullPolicy>,
}

/// What counts where nobody says anything. GitLab Runner's own default is `always`; a runner that a person works with
/// does not ask a registry each time, and works without a network.
const DEFAULT: [PullPolicy; 1] = [PullPolicy::IfNotPresent];

impl PullPolicies {
    /// The policies to try in turn for an image whose `pull_policy` says `written`.
    pub fn effective(&self, written: &[PullPolicy]) -> Vec<PullPolicy> {
        let lists = [&*self.typed, written];
        lists.into_iter().find(|list| !list.is_empty()).unwrap_or(&DEFAULT).to_vec()
    }
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
