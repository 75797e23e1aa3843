//! `runner-lite auth`: whose credentials an image would be pulled with.

use std::process::ExitCode;

use super::options::{AuthOptions, Format};
use super::project::{Project, Refused, bare_facts, has_file};
use super::{exit, runtime, say};
use crate::credentials::memory::Helpers;
use crate::credentials::search::search;
use crate::plan::credentials;
use crate::registry::reference::Reference;
use crate::registry::source::{CredentialSource, DOCKER_AUTH_CONFIG};
use crate::report::auth::{json, text};

/// Runs `auth` and gives its exit code.
pub fn run(options: AuthOptions) -> ExitCode {
    if let Err(error) = Reference::parse(&options.image) {
        say(&format!("error: `{}` is no image name: {error}", options.image));
        return ExitCode::from(exit::USAGE);
    }
    let sources = match sources(&options) {
        Ok(sources) => sources,
        Err(Refused(code)) => return ExitCode::from(code),
    };
    let helpers = Helpers::new(None);
    let Some(found) = runtime(search(&sources, &options.image, &helpers)) else {
        return ExitCode::from(exit::SYSTEM_FAILED);
    };
    let shown = match options.format {
        Format::Text => text(&options.image, &sources, &found),
        Format::Json => json(&options.image, &sources, &found),
    };
    super::print(&shown);
    ExitCode::from(if found.found.is_some() { exit::PASSED } else { exit::NO_CREDENTIALS })
}

/// The sources of the job that was named, or else those that any job has.
fn sources(options: &AuthOptions) -> Result<Vec<CredentialSource>, Refused> {
    let project = match options.job.is_some() || has_file(&options.project) {
        true => Some(Project::load(&options.project)?),
        false => None,
    };
    if let (Some(project), Some(job)) = (&project, &options.job) {
        return Ok(project.plan(job)?.credentials);
    }
    let typed = options.project.variables.iter().rev().find(|variable| variable.key == DOCKER_AUTH_CONFIG);
    let written = project.as_ref().and_then(|project| {
        let own = |variables: &[crate::pipeline::variables::Variable]| {
            variables.iter().any(|variable| variable.key == DOCKER_AUTH_CONFIG)
        };
        let jobs = project.pipeline.jobs.iter().filter(|(_, job)| own(&job.variables));
        let names: Vec<_> = jobs.map(|(name, _)| format!("`{name}`")).collect();
        if !names.is_empty() {
            let names = names.join(", ");
            say(&format!(
                "note: of their own have a {DOCKER_AUTH_CONFIG}: {names}; name one of them with --job"
            ));
        }
        project.pipeline.variables.iter().rev().find(|variable| variable.key == DOCKER_AUTH_CONFIG)
    });
    let facts =
        project.as_ref().map_or_else(|| bare_facts(&options.project), |project| project.facts.clone());
    let configured =
        facts.runner_environment.iter().rev().find(|variable| variable.key == DOCKER_AUTH_CONFIG);
    let value = typed.map(|variable| &variable.value).or(written.map(|variable| &variable.value));
    let value = value.or(configured.map(|variable| &variable.value));
    Ok(credentials(value.map(String::as_str), &facts))
}
