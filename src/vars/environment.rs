//! The variables `CI_ENVIRONMENT_*` of a job with an `environment`.

use super::expand::Definition;
use super::layers::ServerVariables;
use super::slug::environment_slug;
use crate::pipeline::environment::Environment;

/// An environment whose name and tier are expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment<'a> {
    pub environment: &'a Environment,
    pub name: String,
    /// `deployment_tier`; `None` lets GitLab guess the tier from the name.
    pub tier: Option<String>,
}

impl<'a> Deployment<'a> {
    /// Expands the environment's name and tier with the job's variables.
    pub fn new(environment: &'a Environment, variables: &ServerVariables) -> Self {
        let tier = environment.tier.as_deref().map(|tier| variables.expand(tier));
        Self { environment, name: variables.expand(&environment.name), tier }
    }

    /// The variables that rules can use and the file can override. The URL is expanded later, with all
    /// other variables.
    pub fn predefined(&self) -> Vec<Definition> {
        let tier = self.tier.as_deref().unwrap_or_else(|| guess_tier(&self.name));
        let mut variables = vec![
            Definition::new("CI_ENVIRONMENT_NAME", &self.name),
            Definition::new("CI_ENVIRONMENT_ACTION", &self.environment.action),
            Definition::new("CI_ENVIRONMENT_TIER", tier),
        ];
        variables.extend(self.url());
        variables
    }

    /// The variables of the recorded environment. They override all others, even those of the command line.
    pub fn persisted(&self) -> Vec<Definition> {
        let mut variables = vec![
            Definition::new("CI_ENVIRONMENT_NAME", &self.name),
            Definition::new("CI_ENVIRONMENT_SLUG", environment_slug(&self.name)),
        ];
        variables.extend(self.url());
        variables
    }

    fn url(&self) -> Option<Definition> {
        self.environment.url.as_ref().map(|url| Definition::new("CI_ENVIRONMENT_URL", url))
    }
}

/// Guesses the tier from the name, as GitLab's `Environment#guess_tier` does: the first tier with a word
/// that occurs anywhere in the name, in upper or lower case.
fn guess_tier(name: &str) -> &'static str {
    const WORDS: [(&str, &[&str]); 4] = [
        ("development", &["dev", "review", "trunk"]),
        ("testing", &["test", "tst", "int", "accept", "acpt", "qa", "qc", "control", "quality"]),
        ("staging", &["stag", "stg", "model", "modl", "pre", "demo", "non"]),
        ("production", &["prod", "prd", "live"]),
    ];
    let name = name.to_lowercase();
    let found = WORDS.into_iter().find(|(_, words)| words.iter().any(|word| name.contains(word)));
    found.map_or("other", |(tier, _)| tier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_are_guessed_as_gitlab_guesses_them() {
        for (name, expect) in [
            ("production", "production"),
            ("Live", "production"),
            ("prd-1", "production"),
            ("staging", "staging"),
            ("stg", "staging"),
            ("pre-prod", "staging"),
            ("demo", "staging"),
            ("mod-l", "other"),
            ("test", "testing"),
            ("QA/3", "testing"),
            ("acpt", "testing"),
            ("integration", "testing"),
            ("review/my-branch", "development"),
            ("dev-test", "development"),
            ("trunk", "development"),
            ("blue", "other"),
            ("", "other"),
        ] {
            assert_eq!(guess_tier(name), expect, "{name}");
        }
    }
}
