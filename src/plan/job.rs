//! Plans a job: expands its variables and applies the runner's configuration.

use std::time::Duration;

use super::artifacts::plan_artifacts;
use super::cache_key::KeyResolver;
use super::caches::{CachePlan, plan_caches};
use super::credential_sources::{registry_secrets, sources_with};
use super::decision::Decision;
use super::environment_variables::environment_variables;
use super::facts::{Facts, maskable};
use super::identity::JobIdentity;
use super::image::{plan_image, too_long};
use super::job_inputs::JobInputs;
use super::job_plan::{EnvironmentVariable, JobPlan, ScriptItem, TerminalUse, VolumePlan};
use super::job_settings::{GitStrategy, JobSettings};
use super::project_identity::project_name;
use super::server_variables::{predefined, run_variables, server_variables};
use super::service::{ServiceContext, plan_services};
use super::shared_settings::SharedSettings;
use super::volumes::VolumePlanner;
use super::{docker_in_docker, link_variables, problem, project_dir, runner, volumes};
use crate::pipeline::job::{Job, JobKind};
use crate::registry::credential_source::{CredentialSource, DOCKER_AUTH_CONFIG};
use crate::runner_config::Runner;
use crate::secret::Secret;
use crate::source::diagnostic::{Diagnostic, Severity};
use crate::source::map::{SourceMap, Span, Spanned};
use crate::vars::expand::{Definition, ExpandError, Lookup};
use crate::vars::layers::{JobVariables, ServerVariables};
use crate::vars::predefined::{RunnerFacts, runner_head, runner_tail};

/// The time limit of a job without `timeout`, as in a new GitLab project.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(3600);

/// The variable that names the project directory.
const GIT_CLONE_PATH: &str = "GIT_CLONE_PATH";

/// Plans a job. There is a plan unless one of the problems is an error. `identity` distinguishes the job from others
/// that run at the same time, `inputs` are what its producers have stored, and `map` has the files.
pub fn plan_job(
    decision: &Decision<'_>,
    facts: &Facts,
    identity: JobIdentity,
    inputs: &JobInputs,
    map: &SourceMap,
) -> (Option<JobPlan>, Vec<Diagnostic>) {
    if let Some(problem) = not_runnable(decision.job) {
        return (None, vec![problem]);
    }
    let mut problems = Vec::new();
    let planner = JobPlanner { decision, job: decision.job, facts, identity, inputs, map };
    let plan = planner.plan(&mut problems).unwrap_or_else(|error| {
        problems.push(planner.variable_problem(&error));
        None
    });
    let fails = problems.iter().any(|problem| problem.severity == Severity::Error);
    let plan = plan.filter(|_| !fails);
    problems.extend(plan.iter().flat_map(|plan| link_variables::warnings(plan, decision.job)));
    (plan.map(|plan| docker_in_docker::decide(plan, facts.runner.docker.docker_in_docker.as_ref())), problems)
}

/// The problem of a job that cannot run here, because it has no script.
fn not_runnable(job: &Job) -> Option<Diagnostic> {
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

/// The directories in the containers.
struct JobDirectories<'a> {
    builds_dir: &'a str,
    project_dir: &'a str,
}

struct JobPlanner<'a> {
    decision: &'a Decision<'a>,
    job: &'a Job,
    facts: &'a Facts,
    identity: JobIdentity,
    inputs: &'a JobInputs,
    map: &'a SourceMap,
}

impl JobPlanner<'_> {
    fn plan(&self, problems: &mut Vec<Diagnostic>) -> Result<Option<JobPlan>, ExpandError> {
        let Self { job, facts, identity, .. } = *self;
        let yaml = self.decision.variables.yaml;
        let predefined = predefined(self.decision, facts, identity);
        let run = self.inputs.run_variables(run_variables(self.decision, facts, &predefined)?);
        let layers = JobVariables { yaml, run: &run };
        let private = layers.private_keys(&predefined);
        let server = server_variables(self.decision, layers, predefined, problems)?;
        let (runner, docker) = (&facts.runner.runner, &facts.runner.docker);
        let settings =
            JobSettings::from_variables(&server, runner, self.timeout(), |key| yaml.span(key), problems)?;
        let builds_dir = volumes::builds_dir(&facts.runner).map_err(|problem| problems.push(problem));
        let Ok(builds_dir) = builds_dir else { return Ok(None) };
        let project_dir = self.project_dir(&server, &settings, &builds_dir)?;
        let project_dir = project_dir.map_err(|problem| problems.push(problem));
        let Ok(project_dir) = project_dir else { return Ok(None) };
        let definitions = self.runner_variables(server, &settings, &builds_dir, &project_dir)?;
        let variables = environment_variables(definitions, |key| yaml.span(key), problems);
        let public = public_variables(&variables, |key| private.contains(key));
        let lookup = Lookup::new(variables.iter().map(|variable| (&*variable.key, &*variable.value)));
        let lookup = lookup.written(yaml.iter().map(|(_, variable)| (&*variable.key, &*variable.value)));
        let has_init = settings.flags.is_on("FF_USE_INIT_WITH_DOCKER_EXECUTOR");
        let shared = SharedSettings::new(docker, has_init, &lookup)?;
        let context = ServiceContext { facts, shared: &shared, variables: &lookup, public: &public };
        let image = plan_image(job, facts, &lookup, problems);
        let services = plan_services(&job.services, &context, problems);
        let dirs = JobDirectories { builds_dir: &builds_dir, project_dir: &project_dir };
        let volumes = self.volumes(&dirs, &settings, &lookup, problems);
        let (Some(image), Some(volumes)) = (image, volumes) else { return Ok(None) };
        let credentials = sources_with(lookup.get(DOCKER_AUTH_CONFIG), facts);
        Ok(Some(JobPlan {
            name: job.name.value.clone(),
            stage: job.stage.clone(),
            job_id: identity.job_id,
            slot: identity.slot,
            settings: shared.of_job(&self.expanded_image(&lookup)?),
            image,
            hostname: docker.hostname.clone(),
            project_dir_content: project_dir::content(&settings, &volumes, &project_dir),
            sources: project_dir::sources(&settings, facts, &volumes, &project_dir, problems),
            engine_socket: None,
            volumes,
            volume_driver: runner::volume_driver(docker),
            anonymous_volumes: runner::anonymous_volumes(docker),
            secrets: self.secrets(&variables, &credentials),
            log: settings.log_plan(runner),
            credentials,
            services,
            variable_files: facts.variable_files.clone(),
            pre_get_sources: self.pre_get_sources(settings.strategy),
            script: self.script(),
            after_script: self.of_job(&job.after_script).collect(),
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
            terminal: TerminalUse::Never,
            coverage: job.coverage.clone(),
            artifacts: plan_artifacts(&job.artifacts),
            caches: self.caches(&lookup, &settings)?,
            received: self.inputs.received.clone(),
            variables,
        }))
    }

    /// The project directory: that of `GIT_CLONE_PATH`, if a variable has this name.
    fn project_dir(
        &self,
        server: &ServerVariables,
        settings: &JobSettings,
        builds_dir: &str,
    ) -> Result<Result<String, Diagnostic>, ExpandError> {
        let facts = self.facts;
        let of_runner = facts.runner.runner.environment.0.iter().map(|(key, _)| &**key);
        let mut names = server.iter().map(|(key, _)| key).chain(of_runner);
        if names.any(|name| name == GIT_CLONE_PATH) {
            // As in GitLab Runner, `CI_PROJECT_DIR` is empty in this value.
            let known = self.runner_variables(server.clone(), settings, builds_dir, "")?;
            let written = known.iter().rfind(|known| known.key == GIT_CLONE_PATH);
            if let Some(path) = written.map(|known| &*known.value).filter(|path| !path.is_empty()) {
                let span = self.span(GIT_CLONE_PATH);
                return Ok(project_dir::custom(path, builds_dir, &facts.runner.runner, span));
            }
        }
        let shared = volumes::shared_prefix(&facts.runner, builds_dir, &facts.slots, self.identity.slot);
        Ok(Ok(project_dir::path(&format!("{builds_dir}{shared}"), &facts.project(), settings.strategy)))
    }

    /// `pre_get_sources_script` of the runner and of the job. GitLab Runner runs them only if it gets sources.
    fn pre_get_sources(&self, strategy: GitStrategy) -> Vec<ScriptItem> {
        match strategy {
            GitStrategy::Fetch | GitStrategy::Clone => {
                let of_runner = of_runner(&self.facts.runner.runner.pre_get_sources_script);
                of_runner.chain(self.of_job(&self.job.pre_get_sources)).collect()
            }
            GitStrategy::None | GitStrategy::Empty => Vec::new(),
        }
    }

    /// `before_script` and `script`, between `pre_build_script` and `post_build_script` of the runner.
    fn script(&self) -> Vec<ScriptItem> {
        let Runner { pre_build_script, post_build_script, .. } = &self.facts.runner.runner;
        let Job { before_script, script, .. } = self.job;
        let of_job = self.of_job(before_script).chain(self.of_job(script));
        of_runner(pre_build_script).chain(of_job).chain(of_runner(post_build_script)).collect()
    }

    fn of_job<'s>(&'s self, commands: &'s [Spanned<String>]) -> impl Iterator<Item = ScriptItem> + 's {
        commands.iter().map(|command| ScriptItem::of_file(command, self.map))
    }

    /// The job's own image, expanded; empty for a job without one.
    fn expanded_image(&self, variables: &Lookup<'_>) -> Result<String, ExpandError> {
        let written = self.job.image.as_ref().map(|image| &*image.name.value).unwrap_or_default();
        variables.expand("image", written)
    }

    fn caches(&self, variables: &Lookup<'_>, settings: &JobSettings) -> Result<Vec<CachePlan>, ExpandError> {
        let keys = KeyResolver {
            variables,
            hashes: &self.inputs.key_hashes,
            job: &self.job.name.value,
            git_ref: variables.get("CI_COMMIT_REF_NAME").unwrap_or_default(),
            keeps_keys: settings.flags.is_on("FF_HASH_CACHE_KEYS"),
        };
        plan_caches(&self.job.caches, &keys)
    }

    fn volumes(
        &self,
        directories: &JobDirectories<'_>,
        settings: &JobSettings,
        variables: &Lookup<'_>,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Vec<VolumePlan>> {
        let facts = self.facts;
        let project = project_name(facts.git.as_ref(), facts.root());
        let volumes = VolumePlanner {
            config: &facts.runner,
            builds_dir: directories.builds_dir,
            project_dir: directories.project_dir,
            strategy: settings.strategy,
            project: &project,
            is_protected: settings.is_protected,
            slots: &facts.slots,
            slot: self.identity.slot,
            variables,
        };
        volumes.plan().map_err(|problem| problems.push(problem)).ok()
    }

    /// Passwords and tokens for registries, and the values of masked variables, both as written and expanded.
    fn secrets(&self, variables: &[EnvironmentVariable], credentials: &[CredentialSource]) -> Vec<Secret> {
        let expanded = variables.iter().filter(|variable| self.facts.is_masked(&variable.key));
        let expanded = expanded.filter_map(|variable| maskable(&variable.value));
        registry_secrets(credentials).chain(self.facts.masked_values()).chain(expanded).collect()
    }

    fn timeout(&self) -> Duration {
        self.facts.timeout.or(self.job.timeout).unwrap_or(TIMEOUT_DEFAULT)
    }

    /// Adds the runner's variables to the server's, and expands all of them.
    fn runner_variables(
        &self,
        server: ServerVariables,
        settings: &JobSettings,
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
                problem.help("give one of them a value that does not refer to the others")
            }
            ExpandError::TooLong { key } | ExpandError::TooLongTogether { key } => {
                too_long(error, self.span(key))
            }
        }
    }
}

fn public_variables(
    variables: &[EnvironmentVariable],
    is_private: impl Fn(&str) -> bool,
) -> Vec<EnvironmentVariable> {
    variables.iter().filter(|variable| !is_private(&variable.key)).cloned().collect()
}

fn of_runner(command: &Option<String>) -> impl Iterator<Item = ScriptItem> {
    command.iter().map(|command| ScriptItem::of_runner(command))
}

#[cfg(test)]
mod tests;
