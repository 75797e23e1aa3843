//! Finds the sources of credentials for a job's images, and the secrets in them.

use super::facts::Facts;
use crate::registry::auth_config::AuthConfig;
use crate::registry::credential_source::{CredentialSource, DOCKER_AUTH_CONFIG};
use crate::secret::Secret;
use crate::vars::expand::Definition;
use crate::vars::layers::JobVariables;
use crate::vars::predefined::predefined_before_jobs;
use crate::vars::run_variables::FileValue;

/// The sources for a job with these variables, or for all jobs of a pipeline.
pub fn credential_sources(variables: JobVariables<'_>, facts: &Facts) -> Vec<CredentialSource> {
    sources_with(auth_config(variables, facts).as_deref(), facts)
}

/// The secrets to mask in a job's unexpanded configuration. Every value of `DOCKER_AUTH_CONFIG` contains credentials,
/// also one that a higher layer replaces.
pub fn written_secrets(variables: JobVariables<'_>, facts: &Facts) -> Vec<Secret> {
    let of_runner = facts.runner.runner.environment.0.iter().filter(|(key, _)| *key == DOCKER_AUTH_CONFIG);
    let of_runner = of_runner.map(|(_, value)| value.expose().to_owned());
    let written = of_runner.chain(variables.values(DOCKER_AUTH_CONFIG));
    let mut sources = credential_sources(variables, facts);
    sources.extend(written.map(|value| CredentialSource::new(format!("${DOCKER_AUTH_CONFIG}"), &value)));
    registry_secrets(&sources).chain(facts.masked_values()).collect()
}

/// The sources for a job whose `DOCKER_AUTH_CONFIG` has the value `variable`, which replaces the value in the process's
/// environment.
pub(super) fn sources_with(variable: Option<&str>, facts: &Facts) -> Vec<CredentialSource> {
    let mut files = facts.variable_files.iter().rev();
    let file = files.find(|file| file.key == DOCKER_AUTH_CONFIG).map(|file| file.content.expose());
    let of_job = file.or(variable).filter(|value| !value.is_empty());
    let of_job = of_job.map(|value| CredentialSource::new(format!("${DOCKER_AUTH_CONFIG}"), value));
    let variable = of_job.or_else(|| facts.environment_auth.clone());
    variable.into_iter().chain(facts.docker_config.clone()).collect()
}

/// The passwords and tokens in these sources.
pub(super) fn registry_secrets(sources: &[CredentialSource]) -> impl Iterator<Item = Secret> {
    sources.iter().filter_map(|source| source.config.as_ref().ok()).flat_map(AuthConfig::secrets)
}

/// The value of `DOCKER_AUTH_CONFIG` in the job; unexpanded if the variables cannot be expanded.
fn auth_config(variables: JobVariables<'_>, facts: &Facts) -> Option<String> {
    let environment = facts.runner.runner.environment.0.iter();
    let environment: Vec<_> = environment.map(|(key, value)| Definition::new(key, value.expose())).collect();
    let predefined = predefined_before_jobs(&facts.pipeline_facts(&facts.project()));
    let layered = variables.over(predefined, FileValue::Path);
    let expanded = layered.expand().and_then(|server| server.with_runner(environment.clone(), Vec::new()));
    let all = expanded.unwrap_or_else(|_| [environment, layered.unexpanded()].concat());
    all.into_iter().rfind(|known| known.key == DOCKER_AUTH_CONFIG).map(|known| known.value)
}
