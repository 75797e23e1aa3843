//! One job, from the decision about it to its plan.

use std::time::Duration;

use super::container::Shared;
use super::decision::Decision;
use super::environment_variables::environment_variables;
use super::facts::{Facts, maskable};
use super::identity::JobIdentity;
use super::image::{plan_image, too_long};
use super::job_plan::{EnvironmentVariable, JobPlan, VolumePlan};
use super::registry_credentials::{registry_secrets, sources_with};
use super::server_variables::{predefined, server_variables};
use super::service::{Surroundings, plan_services};
use super::settings::{GitStrategy, Settings};
use super::volumes::Volumes;
use super::{problem, project_dir, runner, volumes};
use crate::pipeline::job::{Job, JobKind};
use crate::registry::credential_source::{CredentialSource, DOCKER_AUTH_CONFIG};
use crate::runner_config::Runner;
use crate::secret::Secret;
use crate::source::diagnostic::{Diagnostic, Severity};
use crate::source::map::Span;
use crate::vars::expand::{Definition, ExpandError, Lookup};
use crate::vars::layers::ServerVariables;
use crate::vars::predefined::{RunnerFacts, runner_head, runner_tail};
use crate::vars::project::Project;

/// How long a job may take when nobody says, as in a new GitLab project.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(3600);

/// Decides everything else about a job. There is a plan unless one of the problems is an error. `identity` tells the job
/// from others that run at the same time.
pub fn plan_job(
    decision: &Decision<'_>,
    facts: &Facts,
    identity: JobIdentity,
) -> (Option<JobPlan>, Vec<Diagnostic>) {
    if let Some(problem) = work_problem(decision.job) {
        return (None, vec![problem]);
    }
    let mut problems = Vec::new();
    let planning = Planning { decision, job: decision.job, facts, identity };
    let plan = planning.plan(&mut problems).unwrap_or_else(|error| {
        problems.push(planning.variable_problem(&error));
        None
    });
    let fails = problems.iter().any(|problem| problem.severity == Severity::Error);
    (plan.filter(|_| !fails), problems)
}

/// What is said of a job that has nothing to run here.
fn work_problem(job: &Job) -> Option<Diagnostic> {
    let name = &job.name.value;
    let message = match job.kind {
        JobKind::Script => return None,
        JobKind::Trigger => {
            format!("job \"{name}\" starts another pipeline (`trigger`): there is nothing to run")
        }
        JobKind::Run => {
            format!("job \"{name}\" has steps (`run`) in place of a script, which are not supported")
        }
    };
    Some(problem::error(Some(job.name.span), message).help("run another job; `list` shows them"))
}

/// Where the sources go, and whose they are.
struct Places<'a> {
    builds_dir: &'a str,
    project_dir: &'a str,
    project: &'a Project,
}

struct Planning<'a> {
    decision: &'a Decision<'a>,
    job: &'a Job,
    facts: &'a Facts,
    identity: JobIdentity,
}

impl Planning<'_> {
    fn plan(&self, problems: &mut Vec<Diagnostic>) -> Result<Option<JobPlan>, ExpandError> {
        let Self { job, facts, identity, .. } = *self;
        let yaml = self.decision.variables.yaml;
        let project = facts.project();
        let predefined = predefined(self.decision, facts, identity);
        let private = self.decision.variables.private_keys(&predefined);
        let server = server_variables(self.decision, predefined, problems)?;
        let runner = &facts.runner.runner;
        let settings = Settings::read(&server, runner, self.timeout(), |key| yaml.span(key), problems)?;
        let builds_dir = match volumes::builds_dir(&facts.runner) {
            Ok(builds_dir) => builds_dir,
            Err(problem) => {
                problems.push(problem);
                return Ok(None);
            }
        };
        let shared = volumes::shared_prefix(&facts.runner, &builds_dir, identity.slot);
        let parent = format!("{builds_dir}{shared}");
        let project_dir = project_dir::path(&parent, &project, settings.strategy);
        let definitions = self.with_runner(server, &settings, &builds_dir, &project_dir)?;
        let variables = environment_variables(definitions, |key| yaml.span(key), problems);
        let mut public = variables.clone();
        public.retain(|variable| !private.contains(&*variable.key));
        let lookup = Lookup::new(variables.iter().map(|variable| (&*variable.key, &*variable.value)));
        let lookup = lookup.written(yaml.iter().map(|(_, variable)| (&*variable.key, &*variable.value)));
        let docker = &facts.runner.docker;
        let shared = Shared::new(docker, settings.flags.is_on("FF_USE_INIT_WITH_DOCKER_EXECUTOR"), &lookup)?;
        let surroundings =
            Surroundings { facts, shared: &shared, variables: &lookup, public_variables: &public };
        let image = plan_image(job.image.as_ref(), facts, &lookup, problems);
        let services = plan_services(&job.services, &surroundings, problems);
        let places = Places { builds_dir: &builds_dir, project_dir: &project_dir, project: &project };
        let volumes = self.volumes(&places, &settings, &lookup, problems);
        let (Some(image), Some(volumes)) = (image, volumes) else { return Ok(None) };
        let credentials = sources_with(lookup.get(DOCKER_AUTH_CONFIG), facts);
        Ok(Some(JobPlan {
            name: job.name.value.clone(),
            stage: job.stage.clone(),
            job_id: identity.job_id,
            slot: identity.slot,
            settings: shared.of_job(&self.image_as_asked(&lookup)?),
            image,
            hostname: docker.hostname.clone(),
            project_dir_content: project_dir::content(&settings, &volumes, &project_dir),
            sources: project_dir::sources(&settings, facts.root(), &volumes, &project_dir, problems),
            volumes,
            volume_driver: runner::volume_driver(docker),
            anonymous_volumes: runner::anonymous_volumes(docker),
            secrets: self.secrets(&variables, &credentials),
            credentials,
            services,
            variables,
            variable_files: facts.variable_files.clone(),
            pre_get_sources: self.hook(settings.strategy),
            script: self.script(),
            after_script: trimmed(job.after_script.iter()),
            project_dir,
            network: runner::network(docker, settings.flags.is_on("FF_NETWORK_PER_BUILD")),
            timeout: self.timeout(),
            script_timeout: settings.script_timeout.filter(|limit| *limit < self.timeout()),
            after_script_timeout: settings.after_script_timeout,
            after_script_counts: settings.after_script_counts,
            debug_trace: settings.debug_trace,
            services_timeout: runner::services_timeout(docker),
            allow_failure: self.decision.allow_failure().clone(),
            retry: job.retry.clone(),
            coverage: job.coverage.clone(),
        }))
    }

    /// The runner's script and the job's hook before the sources, where the strategy asks for some.
    fn hook(&self, strategy: GitStrategy) -> Vec<String> {
        match strategy {
            GitStrategy::Fetch | GitStrategy::Clone => {
                let of_runner = self.facts.runner.runner.pre_get_sources_script.iter();
                trimmed(of_runner.chain(&self.job.pre_get_sources))
            }
            GitStrategy::None | GitStrategy::Empty => Vec::new(),
        }
    }

    /// The job's commands, between those of the runner's configuration.
    fn script(&self) -> Vec<String> {
        let Runner { pre_build_script, post_build_script, .. } = &self.facts.runner.runner;
        let of_job = self.job.before_script.iter().chain(&self.job.script);
        trimmed(pre_build_script.iter().chain(of_job).chain(post_build_script))
    }

    /// The job's own image, expanded; an empty text where it has none.
    fn image_as_asked(&self, variables: &Lookup<'_>) -> Result<String, ExpandError> {
        let written = self.job.image.as_ref().map(|image| &*image.name.value).unwrap_or_default();
        variables.expand("image", written)
    }

    fn volumes(
        &self,
        places: &Places<'_>,
        settings: &Settings,
        variables: &Lookup<'_>,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Vec<VolumePlan>> {
        let facts = self.facts;
        let root = facts.root().display().to_string();
        let has_origin = facts.git.as_ref().is_some_and(|git| git.origin.is_some());
        let project = if has_origin { places.project.url() } else { root };
        let volumes = Volumes {
            config: &facts.runner,
            builds_dir: places.builds_dir,
            project_dir: places.project_dir,
            strategy: settings.strategy,
            project: &project,
            is_protected: settings.is_protected,
            slot: self.identity.slot,
            variables,
        };
        volumes.plan().map_err(|problem| problems.push(problem)).ok()
    }

    /// Passwords and tokens for registries, and values that are to be masked, as written and as expanded.
    fn secrets(&self, variables: &[EnvironmentVariable], credentials: &[CredentialSource]) -> Vec<Secret> {
        let expanded = variables.iter().filter(|variable| self.facts.is_masked(&variable.key));
        let expanded = expanded.filter_map(|variable| maskable(&variable.value));
        registry_secrets(credentials).chain(self.facts.masked_values()).chain(expanded).collect()
    }

    fn timeout(&self) -> Duration {
        self.facts.timeout.or(self.job.timeout).unwrap_or(TIMEOUT_DEFAULT)
    }

    fn with_runner(
        &self,
        server: ServerVariables,
        settings: &Settings,
        builds_dir: &str,
        project_dir: &str,
    ) -> Result<Vec<Definition>, ExpandError> {
        let written = self.job.image.as_ref().map(|image| &*image.name.value).filter(|name| !name.is_empty());
        let token = self.facts.runner.runner.token.as_ref().map(|token| volumes::short_token(token.expose()));
        let runner = RunnerFacts {
            slot: self.identity.slot.number(),
            short_token: token.as_deref().unwrap_or_default(),
            image: written.or(self.facts.runner.docker.image.as_deref()),
            builds_dir,
            project_dir,
            timeout: self.timeout(),
            version: &self.facts.version,
            executable_arch: &self.facts.executable_arch,
        };
        let mut head = settings.flags.variables.clone();
        let environment = self.facts.runner.runner.environment.0.iter();
        head.extend(environment.map(|(key, value)| Definition::new(key, value.expose())));
        head.extend(runner_head(&runner));
        server.with_runner(head, runner_tail(&runner))
    }

    fn span(&self, key: &str) -> Option<Span> {
        self.decision.variables.yaml.span(key)
    }

    fn variable_problem(&self, error: &ExpandError) -> Diagnostic {
        match error {
            ExpandError::Circular { cycles } => {
                let span = cycles.iter().flatten().find_map(|key| self.span(key));
                let problem = problem::error(span, format!("{}: {error}", self.job.name.value));
                problem.help("give one of them a value without the others in it")
            }
            ExpandError::TooLong { key } | ExpandError::TooLongTogether { key } => {
                too_long(error, self.span(key))
            }
        }
    }
}

/// GitLab Runner trims every item at both ends, for what it prints as for what it runs.
fn trimmed<'s>(items: impl Iterator<Item = &'s String>) -> Vec<String> {
    items.map(|item| item.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests;
