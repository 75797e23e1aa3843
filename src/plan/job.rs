//! One job, from configuration and facts to a plan.

use std::collections::HashSet;
use std::time::Duration;

use super::container::Shared;
use super::facts::{Facts, maskable};
use super::identity::JobIdentity;
use super::image::{plan_image, too_long};
use super::job_plan::{EnvironmentVariable, JobPlan, VolumePlan};
use super::service::{Surroundings, plan_services};
use super::settings::{GitStrategy, Settings};
use super::volumes::Volumes;
use super::{problem, project_dir, runner, volumes};
use crate::pipeline::Pipeline;
use crate::pipeline::allow_failure::AllowFailure;
use crate::pipeline::environment;
use crate::pipeline::job::{Job, JobKind};
use crate::pipeline::rules::Rule;
use crate::pipeline::variables::Variable;
use crate::registry::auth_config::AuthConfig;
use crate::registry::credential_source::{CredentialSource, DOCKER_AUTH_CONFIG};
use crate::runner_config::Runner;
use crate::secret::Secret;
use crate::source::diagnostic::{Diagnostic, Severity};
use crate::source::map::Span;
use crate::vars::environment::Deployment;
use crate::vars::expand::{Definition, ExpandError, Lookup};
use crate::vars::predefined::{RunFacts, RunnerFacts, predefined, runner_head, runner_tail, user};
use crate::vars::project::Project;
use crate::vars::scope::{Layers, ServerVariables};

/// How long a job may take when nobody says, as in a new GitLab project.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(3600);

/// Decides everything about `job`. There is a plan unless one of the problems is an error. `rules` are the ones of
/// `workflow` and of the job that matched; `identity` tells the job from others that run at the same time.
pub fn plan_job(
    job: &Job,
    rules: [Option<&Rule>; 2],
    pipeline: &Pipeline,
    facts: &Facts,
    identity: JobIdentity,
) -> (Option<JobPlan>, Vec<Diagnostic>) {
    if let Some(problem) = work_problem(job) {
        return (None, vec![problem]);
    }
    let mut problems = Vec::new();
    let [of_workflow, of_job] = rules;
    let of_workflow = of_workflow.map(|rule| &*rule.variables).unwrap_or_default();
    let taken = |variable: &&Variable| job.inherit.variables.has(&variable.key);
    let global = pipeline.variables.iter().chain(of_workflow).filter(taken).cloned().collect();
    let of_job_rule = of_job.map(|rule| &*rule.variables).unwrap_or_default();
    let variables = [&job.variables[..], of_job_rule].concat();
    let allow_failure = of_job.and_then(|rule| rule.allow_failure.as_ref()).unwrap_or(&job.allow_failure);
    let planning = Planning { job, global, variables, allow_failure, facts, identity };
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
    job: &'a Job,
    /// Global variables that the job takes over, those of the rule of `workflow` last.
    global: Vec<Variable>,
    /// The job's variables, those of its rule last.
    variables: Vec<Variable>,
    allow_failure: &'a AllowFailure,
    facts: &'a Facts,
    identity: JobIdentity,
}

impl Planning<'_> {
    fn plan(&self, problems: &mut Vec<Diagnostic>) -> Result<Option<JobPlan>, ExpandError> {
        let Self { job, facts, identity, .. } = *self;
        let project = facts.project();
        let mut layers = self.layers(&project);
        let private = self.private_keys(&layers.predefined);
        self.deploy(&mut layers, problems)?;
        let server = layers.expand()?;
        let runner = &facts.runner.runner;
        let settings = Settings::read(&server, runner, self.timeout(), |key| self.span_of(key), problems)?;
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
        let variables = self.environment(definitions, problems);
        let mut public = variables.clone();
        public.retain(|variable| !private.contains(&variable.key));
        let lookup = Lookup::new(variables.iter().map(|variable| (&*variable.key, &*variable.value)));
        let written = self.global.iter().chain(&self.variables);
        let lookup = lookup.written(written.map(|variable| (&*variable.key, &*variable.value)));
        let docker = &facts.runner.docker;
        let shared = Shared::new(docker, settings.flags.is_on("FF_USE_INIT_WITH_DOCKER_EXECUTOR"), &lookup)?;
        let surroundings =
            Surroundings { facts, shared: &shared, variables: &lookup, public_variables: &public };
        let image = plan_image(job.image.as_ref(), facts, &lookup, problems);
        let services = plan_services(&job.services, &surroundings, problems);
        let places = Places { builds_dir: &builds_dir, project_dir: &project_dir, project: &project };
        let volumes = self.volumes(&places, &settings, &lookup, problems);
        let (Some(image), Some(volumes)) = (image, volumes) else { return Ok(None) };
        let credentials = credentials(lookup.get(DOCKER_AUTH_CONFIG), facts);
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
            allow_failure: self.allow_failure.clone(),
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
        let texts = credentials.iter().filter_map(|source| source.config.as_ref().ok());
        let expanded = variables.iter().filter(|variable| self.facts.is_masked(&variable.key));
        let expanded = expanded.filter_map(|variable| maskable(&variable.value));
        texts.flat_map(AuthConfig::secrets).chain(self.facts.masked_values()).chain(expanded).collect()
    }

    fn timeout(&self) -> Duration {
        self.facts.timeout.or(self.job.timeout).unwrap_or(TIMEOUT_DEFAULT)
    }

    fn layers(&self, project: &Project) -> Layers<'_> {
        let facts = self.facts;
        let run = RunFacts {
            runner: facts.runner.runner.name.as_deref(),
            job: &self.job.name.value,
            group: &self.job.group,
            instance: self.job.instance,
            stage: &self.job.stage,
            project,
            git: facts.git.as_ref(),
            config_file: &facts.config_file,
            job_id: self.identity.job_id,
            pipeline_id: facts.pipeline_id,
            now: facts.now,
        };
        let typed = facts.variables.iter().map(|variable| Definition::new(&variable.key, &variable.value));
        // The runner knows the folder; the server leaves the reference to it.
        let path = |key: &str| format!("${{RUNNER_TEMP_PROJECT_DIR}}/{key}");
        let files = facts.variable_files.iter().map(|file| Definition::new(&file.key, path(&file.key)));
        let project = facts.project_variables.iter().map(|variable| Definition {
            key: variable.key.clone(),
            value: variable.value.clone(),
            expansion: variable.expansion,
        });
        Layers {
            predefined: predefined(&run),
            global: &self.global,
            job: &self.variables,
            user: user(facts.git.as_ref()),
            project: project.collect(),
            command_line: typed.chain(files).collect(),
            environment: Vec::new(),
        }
    }

    /// Adds the variables of the job's `environment`, whose name may have all others in it.
    fn deploy(&self, layers: &mut Layers<'_>, problems: &mut Vec<Diagnostic>) -> Result<(), ExpandError> {
        let Some(environment) = &self.job.environment else { return Ok(()) };
        let deployment = Deployment::new(environment, &layers.clone().expand()?);
        if !environment::is_valid_name(&deployment.name) {
            let name = deployment.name.escape_debug();
            let message = format!("environment name `{name}` is not allowed: it {}", environment::NAME_RULE);
            let warning = problem::warning(Some(environment.span), message);
            problems.push(warning.help("GitLab would not run the job with it"));
        }
        layers.predefined.extend(deployment.predefined());
        layers.environment = deployment.persisted();
        Ok(())
    }

    /// Variables of the command line and the project alone. On GitLab those of a manual run and of the settings are
    /// not public either: services see them only where the file names them, so a token for the job stays in the job.
    fn private_keys(&self, predefined: &[Definition]) -> HashSet<String> {
        let written = self.global.iter().chain(&self.variables).map(|variable| &*variable.key);
        let public: HashSet<&str> =
            written.chain(predefined.iter().map(|definition| &*definition.key)).collect();
        let typed = self.facts.variables.iter().map(|variable| &variable.key);
        let typed = typed.chain(self.facts.variable_files.iter().map(|file| &file.key));
        let typed = typed.chain(self.facts.project_variables.iter().map(|variable| &variable.key));
        typed.filter(|key| !public.contains(&***key)).cloned().collect()
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

    fn environment(
        &self,
        definitions: Vec<Definition>,
        problems: &mut Vec<Diagnostic>,
    ) -> Vec<EnvironmentVariable> {
        let entries =
            definitions.into_iter().map(|Definition { key, value, .. }| EnvironmentVariable { key, value });
        entries
            .filter_map(|entry| {
                // Asked only where there is something to say: a job may have tens of thousands of variables.
                usable(entry, |key| self.span_of(key), problems)
            })
            .collect()
    }

    /// Where a variable is written: in the job, else globally.
    fn span_of(&self, key: &str) -> Option<Span> {
        let find =
            |variables: &[Variable]| variables.iter().rfind(|variable| variable.key == key).map(|v| v.span);
        find(&self.variables).or_else(|| find(&self.global))
    }

    fn variable_problem(&self, error: &ExpandError) -> Diagnostic {
        match error {
            ExpandError::Circular { cycles } => {
                let span = cycles.iter().flatten().find_map(|key| self.span_of(key));
                let problem = problem::error(span, format!("{}: {error}", self.job.name.value));
                problem.help("give one of them a value without the others in it")
            }
            ExpandError::TooLong { key } | ExpandError::TooLongTogether { key } => {
                too_long(error, self.span_of(key))
            }
        }
    }
}

/// Where credentials are looked for, `variable` being the value of the job's `DOCKER_AUTH_CONFIG`. It replaces that of the
/// environment, and does not add to it, as definitions of a variable do.
pub fn credentials(variable: Option<&str>, facts: &Facts) -> Vec<CredentialSource> {
    let files = facts.variable_files.iter().rev();
    let file = files.clone().find(|file| file.key == DOCKER_AUTH_CONFIG).map(|file| file.content.expose());
    let of_job = file.or(variable).filter(|value| !value.is_empty());
    let of_job = of_job.map(|value| CredentialSource::new(format!("${DOCKER_AUTH_CONFIG}"), value));
    let variable = of_job.or_else(|| facts.environment_auth.clone());
    variable.into_iter().chain(facts.docker_config.clone()).collect()
}

/// The entry, unless no environment can hold it.
pub(super) fn usable(
    entry: EnvironmentVariable,
    span: impl Fn(&str) -> Option<Span>,
    problems: &mut Vec<Diagnostic>,
) -> Option<EnvironmentVariable> {
    let name = entry.key.escape_debug();
    if entry.key.contains('\0') || entry.value.contains('\0') {
        let message = format!("variable `{name}` has a NUL character in it, which no environment can hold");
        problems.push(problem::error(span(&entry.key), message));
        return None;
    }
    if entry.key.is_empty() || entry.key.contains('=') {
        let message = format!("variable `{name}` is left out: its name is empty or has a `=` in it");
        problems.push(problem::warning(span(&entry.key), message));
        return None;
    }
    Some(entry)
}

/// GitLab Runner trims every item at both ends, for what it prints as for what it runs.
fn trimmed<'s>(items: impl Iterator<Item = &'s String>) -> Vec<String> {
    items.map(|item| item.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests;
