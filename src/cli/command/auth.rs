//! `runner-lite auth`: explains whose credentials an image is pulled with.

use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::message::{UserMessage, tell};
use crate::cli::options::{AuthOptions, Format};
use crate::cli::project::{LoadedProject, PipelineLocation};
use crate::cli::runtime::block_on;
use crate::credentials::memory::Helpers;
use crate::credentials::search::search;
use crate::pipeline::job::Job;
use crate::plan::credentials;
use crate::registry::credential_source::{CredentialSource, DOCKER_AUTH_CONFIG};
use crate::registry::reference::Reference;
use crate::report::auth::{json, text};
use crate::report::console;

/// Runs `auth` and returns its exit code.
pub fn run(options: &AuthOptions) -> Result<u8, CommandError> {
    Reference::parse(&options.image).map_err(|error| {
        let error = format!("`{}` is no image name: {error}", options.image);
        CommandError::new(CommandErrorKind::Usage, error)
    })?;
    let sources = sources(options)?;
    let helpers = Helpers::new(None);
    let found = block_on(search(&sources, &options.image, &helpers))?;
    console::answer(match options.format {
        Format::Text => text(&options.image, &sources, &found),
        Format::Json => json(&options.image, &sources, &found),
    });
    Ok(if found.found.is_some() { exit_code::PASSED } else { exit_code::NO_CREDENTIALS })
}

/// Collects the credential sources of the named job, or those that every job has.
fn sources(options: &AuthOptions) -> Result<Vec<CredentialSource>, CommandError> {
    let location = PipelineLocation::find(&options.project);
    // Without a pipeline file, `auth` explains the credentials of this host.
    let needs_file = options.job.is_some() || options.project.file.is_some() || location.file.exists();
    let (facts, variables) = if needs_file {
        let (project, messages) = LoadedProject::load_at(&options.project, location)?;
        tell(&messages);
        if let Some(job) = &options.job {
            let (plan, messages) = project.plan(job, &project.selector())?;
            tell(&messages);
            return Ok(plan.credentials);
        }
        tell(note_about_jobs(&project).as_slice());
        (project.facts, project.pipeline.variables)
    } else {
        tell(&location.warnings);
        options.project.runner.warnings.iter().for_each(console::warning);
        (location.facts(&options.project).map_err(CommandError::invalid_configuration)?, Vec::new())
    };
    // In ascending order of precedence, as for a job.
    let of_runner = &facts.runner.runner.environment.0;
    let all = of_runner.iter().map(|(key, value)| (key, value.expose()));
    let all = all.chain(variables.iter().map(|variable| (&variable.key, &*variable.value)));
    let all = all.chain(facts.project_variables.iter().map(|variable| (&variable.key, &*variable.value)));
    let all = all.chain(facts.variables.iter().map(|variable| (&variable.key, &*variable.value)));
    let value = all.filter(|(key, _)| *key == DOCKER_AUTH_CONFIG).map(|(_, value)| value).next_back();
    Ok(credentials(value, &facts))
}

/// Names the jobs with a `DOCKER_AUTH_CONFIG` of their own, which replaces the one that the answer explains.
fn note_about_jobs(project: &LoadedProject) -> Option<UserMessage> {
    let is_own = |job: &Job| job.variables.iter().any(|variable| variable.key == DOCKER_AUTH_CONFIG);
    let jobs = project.pipeline.jobs.iter().filter(|(_, job)| is_own(job));
    let names: Vec<_> = jobs.map(|(name, _)| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| {
        let names = names.join(", ");
        UserMessage::Note(format!("these jobs have a {DOCKER_AUTH_CONFIG} of their own, see --job: {names}"))
    })
}
