//! The facts about the machine, the repository and the command line that decide a plan, as plain values.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::identity::SlotStore;
use super::job_plan::{EnvironmentVariable, VariableFile};
use super::project_identity::project_identity;
use crate::git::facts::{GitFacts, RepositoryFolders};
use crate::registry::credential_source::CredentialSource;
use crate::registry::pull_policy::PullPolicies;
use crate::runner_config::RunnerConfig;
use crate::secret::Secret;
use crate::vars::env_file::{MASKED_CHARS_MIN, ProjectVariable, Visibility};
use crate::vars::environment_scope::variables_for;
use crate::vars::event::{MergeRequest, PipelineEvent};
use crate::vars::expand::Definition;
use crate::vars::predefined::{PipelineFacts, user};
use crate::vars::project::Project;
use crate::vars::run_variables::RunVariables;

/// Everything that decides a plan beside the pipeline file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The repository; `None` without one, or if git fails.
    pub git: Option<GitFacts>,
    /// The absolute path of the project on the host. The root of a repository takes precedence.
    pub project_directory: PathBuf,
    /// What jobs get in place of the working tree (`--committed`).
    pub committed: Option<CommittedSources>,
    /// When the run starts.
    pub now: Timestamp,
    pub runner: RunnerConfig,
    /// `--pull-policy`, and `pull_policy` of the runner's configuration.
    pub pull_policies: PullPolicies,
    /// The process's own `DOCKER_AUTH_CONFIG`, with `--auth-from-env`.
    pub environment_auth: Option<CredentialSource>,
    /// Docker's configuration file, if it exists.
    pub docker_config: Option<CredentialSource>,
    /// `.runner-lite.env`: the project's variables, in order.
    pub project_variables: Vec<ProjectVariable>,
    /// `--variable`, in order.
    pub variables: Vec<EnvironmentVariable>,
    /// `--variable-file`, in order.
    pub variable_files: Vec<VariableFile>,
    /// The pipeline file, relative to the project (`CI_CONFIG_PATH`).
    pub config_file: String,
    /// `CI_PIPELINE_ID`: a number that no other run of this user has. It is about the second, since 1970, in which the
    /// run starts.
    pub pipeline_id: u64,
    /// `CI_PIPELINE_IID`: the number of the run among those of this project.
    pub pipeline_iid: u64,
    /// What creates the pipeline (`--as`); `None` for a push of what is checked out.
    pub event: Option<PipelineEvent>,
    /// In the pipeline of a merge request.
    pub merge_request: Option<MergeRequest>,
    /// The store in which the slots of jobs are counted.
    pub slots: SlotStore,
    /// `CI_RUNNER_EXECUTABLE_ARCH`, such as `linux/amd64`.
    pub executable_arch: String,
    /// The version of this program (`CI_RUNNER_VERSION`).
    pub version: String,
    /// `--timeout`, which takes precedence over `timeout` in the file.
    pub timeout: Option<Duration>,
}

/// The files of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedSources {
    /// The folder with the files.
    pub root: PathBuf,
    /// The folders of their repository.
    pub repository: RepositoryFolders,
}

impl Facts {
    /// The folder from which the files of the project are read.
    pub fn sources_root(&self) -> &Path {
        self.committed.as_ref().map_or(self.root(), |committed| &committed.root)
    }

    /// The root of the project.
    pub fn root(&self) -> &Path {
        self.git.as_ref().map_or(&self.project_directory, |git| &git.root)
    }

    /// What the runs have in common that share kept volumes, caches and slots. It contains the runner's token.
    pub fn project_identity(&self) -> String {
        project_identity(&self.runner, self.git.as_ref(), self.root())
    }

    /// Whether a variable is masked: then each of its values is, whichever layer defines it.
    pub fn is_masked(&self, key: &str) -> bool {
        let mut masked = self.project_variables.iter().filter(|known| known.visibility == Visibility::Masked);
        masked.any(|known| known.key == key)
    }

    /// The values of masked variables, as written.
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
            pipeline_iid: self.pipeline_iid,
            now: self.now,
            runner: self.runner.runner.name.as_deref(),
            source: self.event.as_ref().map_or("push", PipelineEvent::source),
            merge_request: self.merge_request.as_ref(),
        }
    }

    /// The variables of the project for a job with this environment, or for a job without one. Of two with the same name
    /// the later one counts.
    pub fn project_definitions(&self, environment: Option<&str>) -> Vec<Definition> {
        let definition = |variable: &ProjectVariable| Definition {
            key: variable.key.clone(),
            value: variable.value.clone(),
            expansion: variable.expansion,
        };
        variables_for(&self.project_variables, environment).into_iter().map(definition).collect()
    }

    /// The variables from outside of the pipeline file. Rules and included files see no variable that is for an
    /// environment, because the job's environment is known later.
    pub fn run_variables(&self) -> RunVariables {
        let project = self.project_definitions(None);
        let typed = self.variables.iter().map(|typed| Definition::new(&typed.key, &typed.value));
        let files = self.variable_files.iter();
        RunVariables {
            user: user(self.git.as_ref()),
            dotenv: Vec::new(),
            project,
            command_line: typed.collect(),
            files: files.map(|file| Definition::new(&file.key, file.content.expose())).collect(),
        }
    }
}

/// The secret to mask; `None` for a value so short that masking it would hide unrelated text.
pub(super) fn maskable(value: &str) -> Option<Secret> {
    (value.chars().count() >= MASKED_CHARS_MIN).then(|| Secret::new(value))
}
