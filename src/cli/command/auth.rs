//! `runner-lite auth`: explains whose credentials an image is pulled with.

use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::options::{AuthOptions, Format};
use crate::cli::project::{LoadedProject, PipelineLocation};
use crate::cli::runtime::block_on;
use crate::cli::user_message::{UserMessage, tell};
use crate::credentials::lookup::search;
use crate::credentials::memory::Helpers;
use crate::pipeline::job::Job;
use crate::pipeline::variables::Variable;
use crate::plan::credential_sources::credential_sources;
use crate::plan::selection::Selector;
use crate::registry::credential_source::{CredentialSource, DOCKER_AUTH_CONFIG};
use crate::registry::reference::Reference;
use crate::report::auth::{json, text};
use crate::report::console;
use crate::vars::layers::JobVariables;
use crate::vars::yaml_variables::YamlVariables;

/// Runs `auth` and returns its exit code.
pub fn run(options: &AuthOptions) -> Result<u8, CommandError> {
    Reference::parse(&options.image).map_err(|error| {
        let error = format!("`{}` is not a valid image name: {error}", options.image);
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
    if !needs_file {
        tell(&location.warnings);
        options.project.runner.warnings.iter().for_each(console::warning);
        let facts = location.facts(&options.project).map_err(CommandError::invalid_configuration)?;
        let (yaml, run) = (YamlVariables::of_pipeline(&[], None), facts.run_variables());
        return Ok(credential_sources(JobVariables { yaml, run: &run }, &facts));
    }
    let (project, messages) = LoadedProject::load_at(&options.project, location)?;
    tell(&messages);
    let selector = project.selector();
    if let Some(name) = &options.job {
        let (plan, messages) = project.plan(&selector.decide(project.job(name)?))?;
        tell(&messages);
        return Ok(plan.credentials);
    }
    let note = note_about_jobs(&project, &selector);
    tell(&project.take_warnings());
    tell(note.as_slice());
    Ok(credential_sources(selector.variables(), &project.facts))
}

/// Names the jobs with a `DOCKER_AUTH_CONFIG` of their own, which replaces the one that the answer explains.
fn note_about_jobs(project: &LoadedProject, selector: &Selector<'_>) -> Option<UserMessage> {
    let defines = |variables: &[Variable]| variables.iter().any(|known| known.key == DOCKER_AUTH_CONFIG);
    let is_own = |job: &Job| {
        let may_match = job.rules.iter().flatten().any(|rule| defines(&rule.variables));
        let matching = || selector.decide(job).selection.rule.map(|matched| matched.rule);
        defines(&job.variables) || may_match && matching().is_some_and(|rule| defines(&rule.variables))
    };
    let jobs = project.pipeline.jobs.iter().filter(|(_, job)| is_own(job));
    let names: Vec<_> = jobs.map(|(name, _)| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| {
        let names = names.join(", ");
        UserMessage::Note(format!("these jobs define their own {DOCKER_AUTH_CONFIG}; see --job: {names}"))
    })
}
