//! What planning needs to know of the machine and the command line, as plain values.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::job_plan::{EnvironmentVariable, VariableFile};
use crate::git::facts::GitFacts;
use crate::registry::credential_source::CredentialSource;
use crate::registry::pull_policy::PullPolicies;
use crate::runner_config::RunnerConfig;
use crate::secret::Secret;
use crate::vars::env_file::{MASKED_CHARS_MIN, ProjectVariable, Visibility};
use crate::vars::expand::Definition;
use crate::vars::predefined::{PipelineFacts, user};
use crate::vars::project::Project;
use crate::vars::run_variables::RunVariables;

/// Everything outside of the pipeline file that decides a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The repository; `None` where there is none or git cannot be asked.
    pub git: Option<GitFacts>,
    /// The project's directory on the host, absolute; the repository's root is taken where there is one.
    pub project_directory: PathBuf,
    /// When the run starts.
    pub now: Timestamp,
    /// The runner's configuration.
    pub runner: RunnerConfig,
    /// `--pull-policy`, and what the runner's configuration says.
    pub pull_policies: PullPolicies,
    /// `DOCKER_AUTH_CONFIG` of the process, where `--auth-from-env` asks for it.
    pub environment_auth: Option<CredentialSource>,
    /// Docker's configuration file, where there is one.
    pub docker_config: Option<CredentialSource>,
    /// `.runner-lite.env`: the project's variables, in order.
    pub project_variables: Vec<ProjectVariable>,
    /// `--variable`, in order.
    pub variables: Vec<EnvironmentVariable>,
    /// `--variable-file`, in order.
    pub variable_files: Vec<VariableFile>,
    /// The pipeline file, relative to the project (`CI_CONFIG_PATH`).
    pub config_file: String,
    /// `CI_PIPELINE_ID`: the second, since 1970, in which the run starts.
    pub pipeline_id: u64,
    /// `linux/amd64`.
    pub executable_arch: String,
    /// Our version.
    pub version: String,
    /// `--timeout`: how long a job may take, whatever the file says.
    pub timeout: Option<Duration>,
}

impl Facts {
    /// The root of the project.
    pub fn root(&self) -> &Path {
        self.git.as_ref().map_or(&self.project_directory, |git| &git.root)
    }

    /// Whether a variable's values may not be seen, whatever gives it one.
    pub fn is_masked(&self, key: &str) -> bool {
        let mut masked = self.project_variables.iter().filter(|known| known.visibility == Visibility::Masked);
        masked.any(|known| known.key == key)
    }

    /// The values, as they are written, that may not be seen.
    pub fn masked_values(&self) -> Vec<Secret> {
        let of_project = self.project_variables.iter().map(|variable| (&*variable.key, &*variable.value));
        let typed = self.variables.iter().map(|variable| (&*variable.key, &*variable.value));
        let masked = of_project.chain(typed).filter(|(key, _)| self.is_masked(key));
        masked.filter_map(|(_, value)| maskable(value)).collect()
    }

    /// The project in GitLab.
    pub fn project(&self) -> Project {
        Project::new(self.git.as_ref().and_then(|git| git.origin.as_ref()), self.root())
    }

    /// What decides the predefined variables of all jobs; `project` is [`Facts::project`].
    pub(super) fn pipeline_facts<'a>(&'a self, project: &'a Project) -> PipelineFacts<'a> {
        PipelineFacts {
            project,
            git: self.git.as_ref(),
            config_file: &self.config_file,
            pipeline_id: self.pipeline_id,
            now: self.now,
            runner: self.runner.runner.name.as_deref(),
        }
    }

    /// The variables from outside of the pipeline file.
    pub fn run_variables(&self) -> RunVariables {
        let project = self.project_variables.iter().map(|variable| Definition {
            key: variable.key.clone(),
            value: variable.value.clone(),
            expansion: variable.expansion,
        });
        let typed = self.variables.iter().map(|typed| Definition::new(&typed.key, &typed.value));
        let files = self.variable_files.iter();
        RunVariables {
            user: user(self.git.as_ref()),
            project: project.collect(),
            command_line: typed.collect(),
            files: files.map(|file| Definition::new(&file.key, file.content.expose())).collect(),
        }
    }
}

/// A value as a secret, unless it is too short to be told from other text.
pub(super) fn maskable(value: &str) -> Option<Secret> {
    (value.chars().count() >= MASKED_CHARS_MIN).then(|| Secret::new(value))
}
