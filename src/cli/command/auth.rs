//! `runner-lite auth`: whose credentials an image would be pulled with.

use std::process::ExitCode;

use crate::cli::exit_code;
use crate::cli::options::{AuthOptions, Format};
use crate::cli::print;
use crate::cli::project::loaded_project::{Project, Refused, refuse};
use crate::cli::project::location::Place;
use crate::cli::runtime::runtime;
use crate::cli::say;
use crate::credentials::memory::Helpers;
use crate::credentials::search::search;
use crate::pipeline::job::Job;
use crate::plan::credentials;
use crate::registry::reference::Reference;
use crate::registry::source::{CredentialSource, DOCKER_AUTH_CONFIG};
use crate::report::auth::{json, text};

/// Runs `auth` and gives its exit code.
pub fn run(options: AuthOptions) -> ExitCode {
    if let Err(error) = Reference::parse(&options.image) {
        say(&format!("error: `{}` is no image name: {error}", options.image));
        return ExitCode::from(exit_code::USAGE);
    }
    let sources = match sources(&options) {
        Ok(sources) => sources,
        Err(Refused(code)) => return ExitCode::from(code),
    };
    let helpers = Helpers::new(None);
    let Some(found) = runtime(search(&sources, &options.image, &helpers)) else {
        return ExitCode::from(exit_code::SYSTEM_FAILED);
    };
    let shown = match options.format {
        Format::Text => text(&options.image, &sources, &found),
        Format::Json => json(&options.image, &sources, &found),
    };
    print(&shown);
    ExitCode::from(if found.found.is_some() { exit_code::PASSED } else { exit_code::NO_CREDENTIALS })
}

/// The sources of the job that was named, or else those that any job has.
fn sources(options: &AuthOptions) -> Result<Vec<CredentialSource>, Refused> {
    let place = Place::of(&options.project);
    let is_wanted = options.job.is_some() || options.project.file.is_some() || place.file.exists();
    let (facts, variables) = if is_wanted {
        let project = Project::load_at(&options.project, place)?;
        if let Some(job) = &options.job {
            return Ok(project.plan(job, &project.selector())?.credentials);
        }
        note_jobs(&project);
        (project.facts, project.pipeline.variables)
    } else {
        {
            options.project.runner.say_warnings();
            (place.facts(&options.project).map_err(refuse)?, Vec::new())
        }
    };
    // From the lowest to the highest, as for a job.
    let of_runner = &facts.runner.runner.environment.0;
    let all = of_runner.iter().map(|(key, value)| (key, value.expose()));
    let all = all.chain(variables.iter().map(|variable| (&variable.key, &*variable.value)));
    let all = all.chain(facts.project_variables.iter().map(|variable| (&variable.key, &*variable.value)));
    let all = all.chain(facts.variables.iter().map(|variable| (&variable.key, &*variable.value)));
    let value = all.filter(|(key, _)| *key == DOCKER_AUTH_CONFIG).map(|(_, value)| value).next_back();
    Ok(credentials(value, &facts))
}

/// Says which jobs have a configuration of their own, for it replaces the one that is explained.
fn note_jobs(project: &Project) {
    let is_own = |job: &Job| job.variables.iter().any(|variable| variable.key == DOCKER_AUTH_CONFIG);
    let jobs = project.pipeline.jobs.iter().filter(|(_, job)| is_own(job));
    let names: Vec<_> = jobs.map(|(name, _)| format!("`{name}`")).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        say(&format!("note: these jobs have a {DOCKER_AUTH_CONFIG} of their own, see --job: {names}"));
    }
}
